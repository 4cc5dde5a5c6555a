package pipeline

import (
	"context"
	"fmt"
	"sync"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/schema"
)

// openBuilder starts what makes indexes beside the copy. fail is told its first error.
func (r *refresh) openBuilder(ctx context.Context, fail func(error)) error {
	bytes := map[catalog.Name]int64{}
	for _, c := range r.plan.Chunks {
		t := &r.plan.Tables[c.Table]
		bytes[t.Name] = t.Bytes
	}
	var err error
	r.builder, err = schema.NewBuilder(ctx, r.incoming, r.archive, schema.BuildOptions{
		Jobs: r.Jobs, Size: func(n catalog.Name) int64 { return bytes[n] }, Fail: fail, Superuser: r.admin.Superuser(),
	})
	return err
}

// loaded turns "the last chunk of this table is committed" into "nothing more will be
// written to it": where rows of one partition go through the root, they may land in any
// of its partitions, and all of them wait for the last.
type loaded struct {
	mu    sync.Mutex
	plan  *plan.Plan
	tell  func(catalog.Name)
	group map[catalog.Name]*family
}

type family struct {
	left    int
	members []catalog.Name
}

func newLoaded(p *plan.Plan, tell func(catalog.Name)) *loaded {
	l := &loaded{plan: p, tell: tell, group: map[catalog.Name]*family{}}
	for i := range p.Tables {
		if t := &p.Tables[i]; t.Into != t.Name {
			l.group[t.Root] = &family{}
		}
	}
	chunks := map[int]bool{}
	for _, c := range p.Chunks {
		chunks[c.Table] = true
	}
	for i := range p.Tables {
		t := &p.Tables[i]
		if f := l.group[t.Root]; f != nil {
			f.members = append(f.members, t.Name)
			if chunks[i] {
				f.left++
			}
		}
	}
	return l
}

func (l *loaded) done(t *plan.Table, _ int) {
	f := l.group[t.Root]
	if f == nil {
		l.tell(t.Name)
		return
	}
	l.mu.Lock()
	f.left--
	last := f.left == 0
	l.mu.Unlock()
	if last {
		for _, n := range f.members {
			l.tell(n)
		}
	}
}

// finishPostData waits for what was begun while rows were copied, and makes the rest.
func (r *refresh) finishPostData() (string, error) {
	n := 0
	for _, e := range r.archive.Entries {
		if e.Section == schema.PostData {
			n++
		}
	}
	made, work := r.builder.Work()
	r.shadow = work
	err := r.builder.Finish()
	return fmt.Sprintf("%d entries; %d builds and analyses were done while rows were copied", n, made), err
}
