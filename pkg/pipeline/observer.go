package pipeline

import (
	"sync"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/copier"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/report"
)

// oneAtATime keeps an observer's promise: steps and the reading back go on side by side.
type oneAtATime struct {
	mu sync.Mutex
	o  Observer
}

func (s *oneAtATime) Step(number int, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.o.Step(number, name)
}

func (s *oneAtATime) StepDone(step report.Step) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.o.StepDone(step)
}

func (s *oneAtATime) Copying(p *plan.Plan, meter *copier.Meter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.o.Copying(p, meter)
}

func (s *oneAtATime) Inspecting(table catalog.Name, bytes int64, finished bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.o.Inspecting(table, bytes, finished)
}
