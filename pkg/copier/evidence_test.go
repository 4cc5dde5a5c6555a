package copier

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/plan"
)

// chunkWith copies one chunk of three rows whose target answers with err.
func chunkWith(t *testing.T, n *notes, failed error) error {
	t.Helper()
	table := textTable()
	table.Name = catalog.Name{Schema: "public", Name: "t"}
	p := &plan.Plan{Tables: []plan.Table{*table}, Chunks: []plan.Chunk{{Table: 0, Parts: 1}}}
	src := sourceFunc(func(_ context.Context, w io.Writer) (int64, error) {
		_, err := io.WriteString(w, "a\tb\nc\td\ne\tf\n")
		return 3, err
	})
	dst := targetFunc(func(_ context.Context, r io.Reader) (int64, error) {
		if err := drain(r, quiet); err != nil {
			return 0, err
		}
		return 3, failed
	})
	return New(p, testBind(n), nil).Run(t.Context(), 1, func(context.Context) (Source, Target, func(), error) { return src, dst, func() {}, nil })
}

func TestEvidenceIsCommittedWithItsChunk(t *testing.T) {
	t.Parallel()
	n := &notes{}
	if err := chunkWith(t, n, nil); err != nil {
		t.Fatal(err)
	}
	if n.committed != 3 || n.flushed != 1 || n.dropped != 1 {
		t.Errorf("of a committed chunk: %+v", *n)
	}
	n = &notes{}
	if err := chunkWith(t, n, errors.New("rejected")); err == nil {
		t.Fatal("the target's error is lost")
	}
	if n.committed != 0 || n.dropped != 1 {
		t.Errorf("of a failed chunk: %+v", *n)
	}
	n = &notes{full: true}
	if err := chunkWith(t, n, nil); err == nil || n.committed != 0 {
		t.Errorf("a chunk without its evidence is committed: %v, %+v", err, *n)
	}
}
