package cli

import (
	"io"
	"testing"

	"github.com/rs/zerolog"
	"github.com/vbauerster/mpb/v8"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/copier"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/report"
)

// The program hangs at its end when one bar is left that has not ended.
func TestEveryBarEndsBeforeTheProgramDoes(t *testing.T) {
	t.Parallel()
	p := &progress{bars: mpb.New(mpb.WithOutput(io.Discard), mpb.WithAutoRefresh()), log: zerolog.Nop()}
	pl := &plan.Plan{}
	for _, name := range []string{"done", "stuck", "empty"} {
		pl.Tables = append(pl.Tables, plan.Table{Name: catalog.Name{Schema: "public", Name: name}, Bytes: 1000})
		pl.Chunks = append(pl.Chunks, plan.Chunk{Table: len(pl.Tables) - 1})
	}
	meter := copier.NewMeter([]int{0, 0, 0})
	bars := map[int]*mpb.Bar{}
	chunks := map[int]int64{0: 1, 1: 1, 2: 1}
	p.Step(8, "copy data")
	meter.Table(0).Read.Store(400)
	meter.Table(1).Read.Store(5000)
	p.update(pl, meter, bars, chunks)
	if len(bars) != 2 {
		t.Fatalf("%d bars", len(bars))
	}
	meter.Table(0).Chunks.Store(1)
	p.update(pl, meter, bars, chunks)
	if len(bars) != 1 {
		t.Fatalf("%d bars are left", len(bars))
	}
	for _, b := range bars {
		b.Abort(true)
	}
	p.StepDone(report.Step{Number: 8, Name: "copy data"})
	p.Step(9, "set sequences")
	p.StepDone(report.Step{Number: 9, Name: "set sequences", Done: true})
	p.Step(10, "interrupted")
	p.close()
}
