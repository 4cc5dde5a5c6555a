package copier

import (
	"context"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/plan"
)

// book is a Journal in memory.
type book struct {
	entries   []ChunkID
	exported  int
	recorded  bool // Record says that it has the chunk already
	committed bool
}

func (b *book) Record(_ context.Context, _ pgx.Tx, e *Entry, originals Recorder) error {
	if b.recorded {
		return ErrRecorded
	}
	b.entries = append(b.entries, e.Chunk)
	if originals != nil {
		return originals.Export(func([]byte) error { b.exported++; return nil })
	}
	return nil
}

func (b *book) Committed(context.Context, ChunkID) (bool, error) { return b.committed, nil }

var lost = &pgconn.PgError{Code: "57P01"}

// attempts runs one masked chunk against a target that answers each attempt's commit with the next of errs.
func attempts(t *testing.T, n *notes, j Journal, errs ...error) (c *Copier, opened int, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		table := textTable()
		table.Name, table.OID = catalog.Name{Schema: "public", Name: "t"}, 4711
		p := &plan.Plan{Tables: []plan.Table{*table}, Chunks: []plan.Chunk{{Table: 0, Parts: 1}}}
		src := sourceFunc(func(_ context.Context, w io.Writer) (int64, error) {
			_, err := io.WriteString(w, "a\tb\nc\td\n")
			return 2, err
		})
		commits := 0
		dst := committing(func() error { commits++; return errs[commits-1] })
		c = New(p, testBind(n), nil)
		c.Retry(Retry{Attempts: 3, Pause: time.Second, Longest: time.Minute})
		if j != nil {
			c.Keep(j)
		}
		err = c.Run(t.Context(), 1, func(context.Context) (Source, Target, func(), error) {
			opened++
			return src, dst, func() {}, nil
		})
	})
	return c, opened, err
}

// committing is a target whose check passes and whose commit then ends as told.
type committing func() error

func (f committing) CopyIn(_ context.Context, _ *plan.Table, _ plan.Chunk, r io.Reader, check func(pgx.Tx, int64) error) error {
	if err := drain(r, quiet); err != nil {
		return err
	}
	if err := check(nil, 2); err != nil {
		return err
	}
	return f()
}

func TestAFailureThatMayPassIsTriedAgainOnNewConnections(t *testing.T) {
	t.Parallel()
	n := &notes{}
	c, opened, err := attempts(t, n, nil, lost, lost, nil)
	m := c.Meter().Table(0)
	if err != nil || opened != 3 || m.Retries.Load() != 2 {
		t.Fatalf("%v after %d pairs of connections and %d retries", err, opened, m.Retries.Load())
	}
	if m.Stored.Load() != 2 || m.Read.Load() != 8 || m.Decoded.Load() != 2 || m.Column(0).Masked.Load() != 2 {
		t.Errorf("a chunk of two rows counts as %d rows, %d bytes, %d decoded, %d masked", m.Stored.Load(), m.Read.Load(), m.Decoded.Load(), m.Column(0).Masked.Load())
	}
}

func TestTriesHaveAnEnd(t *testing.T) {
	t.Parallel()
	if _, opened, err := attempts(t, &notes{}, nil, lost, lost, lost, nil); !errors.Is(err, lost) || opened != 3 {
		t.Errorf("%v after %d attempts, want three", err, opened)
	}
	full := &pgconn.PgError{Code: "53100"}
	if _, opened, err := attempts(t, &notes{}, nil, full, nil); !errors.Is(err, full) || opened != 1 {
		t.Errorf("%v after %d attempts: a full disk does not pass", err, opened)
	}
}

func TestACommitWhoseAnswerWasLostCountsOnce(t *testing.T) {
	t.Parallel()
	n := &notes{}
	c, opened, err := attempts(t, n, &book{committed: true}, &UncertainError{Err: lost})
	if err != nil || opened != 1 || c.Meter().Table(0).Stored.Load() != 2 || n.committed != 2 {
		t.Errorf("%v after %d attempts: the chunk is there", err, opened)
	}
	// it committed only after it was asked for: the next attempt meets its entry
	b := &book{}
	n = &notes{}
	late := func() error { b.recorded = true; return &UncertainError{Err: lost} }
	synctest.Test(t, func(t *testing.T) {
		table := textTable()
		p := &plan.Plan{Tables: []plan.Table{*table}, Chunks: []plan.Chunk{{Table: 0, Parts: 1}}}
		src := sourceFunc(func(_ context.Context, w io.Writer) (int64, error) {
			_, err := io.WriteString(w, "a\tb\nc\td\n")
			return 2, err
		})
		c = New(p, testBind(n), nil)
		c.Retry(Retry{Attempts: 3, Pause: time.Second, Longest: time.Minute})
		c.Keep(b)
		err = c.Run(t.Context(), 1, func(context.Context) (Source, Target, func(), error) { return src, committing(late), func() {}, nil })
	})
	if err != nil || c.Meter().Table(0).Stored.Load() != 2 || c.Meter().Table(0).Column(0).Masked.Load() != 2 {
		t.Errorf("%v, %d rows", err, c.Meter().Table(0).Stored.Load())
	}
}

func TestARecoveredChunkIsNotCopiedAgainAndCounts(t *testing.T) {
	t.Parallel()
	first, _, err := attempts(t, &notes{}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	col := &tally{masked: 2}
	col.originals.add(testSeed.sum([]byte("a")))
	e := Entry{Chunk: ChunkID{4711, 0}, Sent: 2, Stored: 2, Read: 8, tallies: []tally{*col, {nulls: 1}}}
	var told []int
	c := New(first.plan, testBind(&notes{}), func(_ *plan.Table, i int) { told = append(told, i) })
	if err := c.Recover(e, e.Counts()); err != nil {
		t.Fatal(err)
	}
	err = c.Run(t.Context(), 2, func(context.Context) (Source, Target, func(), error) { return nil, nil, nil, errors.New("opened") })
	m := c.Meter().Table(0)
	if err != nil || m.Stored.Load() != 2 || m.Column(0).Masked.Load() != 2 || m.Column(1).Nulls.Load() != 1 || !slices.Equal(told, []int{0}) {
		t.Errorf("%v, %d rows, told %v", err, m.Stored.Load(), told)
	}
	if c.Recover(e, e.Counts()) == nil {
		t.Error("one chunk is recovered twice")
	}
	e.Chunk.Part = 7
	if c.Recover(e, e.Counts()) == nil {
		t.Error("a chunk is recovered that the plan does not have")
	}
}

// FuzzTallies: counts that were written read back as they are, and nothing else reads
// without an error or an end.
func FuzzTallies(f *testing.F) {
	var full tally
	full.masked, full.nulls = 3, 1<<40
	for i := range 5000 {
		full.originals.add(testSeed.sum([]byte{byte(i), byte(i >> 8)}))
	}
	f.Add(appendTallies(nil, []tally{full, {}}), 2)
	f.Add(appendTallies(nil, nil), 0)
	f.Fuzz(func(t *testing.T, b []byte, columns int) {
		if columns < 0 || columns > 1600 {
			return
		}
		got, err := readTallies(b, columns)
		if err != nil {
			return
		}
		again, err := readTallies(appendTallies(nil, got), columns)
		if err != nil {
			t.Fatal(err)
		}
		for i := range got {
			if *got[i].counts()[0] != *again[i].counts()[0] || got[i].originals.distinct() != again[i].originals.distinct() {
				t.Fatal("counts change when they are written again")
			}
		}
	})
}
