package copier

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/plan"
)

type sourceFunc func(ctx context.Context, w io.Writer) (int64, error)

func (f sourceFunc) CopyOut(ctx context.Context, _ *plan.Table, _ plan.Chunk, w io.Writer) (int64, error) {
	return f(ctx, w)
}

// targetFunc reads to the end and says how many rows it stored.
type targetFunc func(ctx context.Context, r io.Reader) (int64, error)

func (f targetFunc) CopyIn(ctx context.Context, _ *plan.Table, _ plan.Chunk, r io.Reader, check func(pgx.Tx, int64) error) error {
	n, err := f(ctx, r)
	if err != nil {
		return err
	}
	return check(nil, n)
}

func rawPlan() *plan.Plan {
	return &plan.Plan{
		Tables: []plan.Table{{Name: catalog.Name{Schema: "public", Name: "t"}, Raw: true, Format: "binary"}},
		Chunks: []plan.Chunk{{Table: 0, Parts: 1}},
	}
}

func run(ctx context.Context, src sourceFunc, dst targetFunc) (*Copier, error) {
	c := New(rawPlan(), Bind{}, nil)
	return c, c.Run(ctx, 1, func(context.Context) (Source, Target, func(), error) { return src, dst, func() {}, nil })
}

// drain behaves like pgconn.CopyFrom: it looks for the server's error between reads and
// turns a reader's error into the server's echo of it.
func drain(r io.Reader, serverErr func() error) error {
	buf := make([]byte, 4096)
	for {
		if err := serverErr(); err != nil {
			return err
		}
		if _, err := r.Read(buf); err == io.EOF { // as pgconn compares it
			return nil
		} else if err != nil {
			return errors.New("COPY from stdin failed (SQLSTATE 57014)")
		}
	}
}

func quiet() error { return nil }

func TestPipeKeepsEveryByte(t *testing.T) {
	t.Parallel()
	for _, step := range []int{1, 777, 65536, 65537, 300000} {
		p := newPipe(t.Context(), 2, 65536, nil)
		in := bytes.Repeat([]byte("abcdefg"), 20000)
		go func() {
			for i := 0; i < len(in); i += step {
				if _, err := p.Write(in[i:min(i+step, len(in))]); err != nil {
					t.Error(err)
				}
			}
			p.closeWrite(nil)
		}()
		out, err := io.ReadAll(p)
		if err != nil || !bytes.Equal(in, out) {
			t.Fatalf("step %d: %d bytes, %v", step, len(out), err)
		}
		p.stop()
	}
}

func TestAPipeMakesTheBlocksThatItNeedsAndLeavesThemToTheNext(t *testing.T) {
	t.Parallel()
	spare := make(spareBlocks, 3)
	through := func(n int) {
		p := newPipe(t.Context(), 4, 1024, spare)
		defer p.stop()
		var out []byte
		buf := make([]byte, 1024)
		for range n { // the reader is always there: one block is filled while the other is read
			if _, err := p.Write(bytes.Repeat([]byte("a"), 1024)); err != nil {
				t.Fatal(err)
			}
			if len(p.full) > 0 {
				k, err := p.Read(buf)
				if err != nil {
					t.Fatal(err)
				}
				out = append(out, buf[:k]...)
			}
		}
		p.closeWrite(nil)
		rest, err := io.ReadAll(p)
		if out = append(out, rest...); err != nil || !bytes.Equal(out, bytes.Repeat([]byte("a"), 1024*n)) {
			t.Errorf("%d bytes of %d: %v", len(out), 1024*n, err)
		}
		p.release()
	}
	through(1)
	if len(spare) != 1 {
		t.Fatalf("%d blocks were made for one", len(spare))
	}
	first := <-spare
	spare <- first
	through(1)
	if again := <-spare; &again[:1][0] != &first[:1][0] || len(again) > 0 {
		t.Error("the block that was there was not taken")
	}
	through(20)
	if len(spare) > 3 || len(spare) < 2 {
		t.Errorf("%d blocks are spare", len(spare))
	}
}

func TestAChunkLeavesItsBlocksUnlessItFailed(t *testing.T) {
	t.Parallel()
	source := func(_ context.Context, w io.Writer) (int64, error) {
		_, err := w.Write([]byte("rows"))
		return 0, err
	}
	c, err := run(t.Context(), source, func(_ context.Context, r io.Reader) (int64, error) { return 0, drain(r, quiet) })
	if err != nil || len(c.spare) != 1 {
		t.Errorf("%d blocks are spare: %v", len(c.spare), err)
	}
	c, err = run(t.Context(), source, func(_ context.Context, r io.Reader) (int64, error) {
		return 0, errors.Join(drain(r, quiet), errors.New("not stored"))
	})
	if err == nil || len(c.spare) != 0 {
		t.Errorf("%d blocks are spare after a failure: %v", len(c.spare), err)
	}
}

func TestTargetErrorIsReportedWhileTheSourceIsIdle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		want := errors.New("check violated")
		reads := 0
		_, err := run(t.Context(),
			func(ctx context.Context, _ io.Writer) (int64, error) { <-ctx.Done(); return 0, ctx.Err() },
			func(_ context.Context, r io.Reader) (int64, error) {
				return 0, drain(r, func() error {
					if reads++; reads > 2 {
						return want
					}
					return nil
				})
			})
		if !errors.Is(err, want) {
			t.Fatal(err)
		}
	})
}

func TestSourceErrorBeatsTheTargetsEcho(t *testing.T) {
	t.Parallel()
	want := errors.New("mask failed")
	for range 2000 {
		_, err := run(t.Context(),
			func(context.Context, io.Writer) (int64, error) { return 0, want },
			func(_ context.Context, r io.Reader) (int64, error) { return 0, drain(r, quiet) })
		if !errors.Is(err, want) {
			t.Fatal(err)
		}
	}
}

func TestCancelFreesBothEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := run(ctx,
			func(ctx context.Context, _ io.Writer) (int64, error) { cancel(); <-ctx.Done(); return 0, ctx.Err() },
			func(_ context.Context, r io.Reader) (int64, error) { return 0, drain(r, quiet) })
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	})
}

func TestRowsThatTheTargetSwallowsStopTheCommit(t *testing.T) {
	t.Parallel()
	c, err := run(t.Context(),
		func(_ context.Context, w io.Writer) (int64, error) { _, err := w.Write([]byte("rows")); return 3, err },
		func(_ context.Context, r io.Reader) (int64, error) { return 2, drain(r, quiet) })
	var count *RowCountError
	if !errors.As(err, &count) || count.Sent != 3 || count.Stored != 2 {
		t.Fatal(err)
	}
	if n := c.Meter().Table(0).Stored.Load(); n != 0 {
		t.Errorf("%d rows are said to be stored", n)
	}
}

func TestSlowTargetHoldsTheSourceBack(t *testing.T) {
	t.Parallel()
	written := 0
	stop := errors.New("enough")
	_, err := run(t.Context(),
		func(_ context.Context, w io.Writer) (int64, error) {
			for {
				n, err := w.Write(make([]byte, 100_000))
				if err != nil {
					return 0, err
				}
				written += n
			}
		},
		func(context.Context, io.Reader) (int64, error) { return 0, stop })
	if !errors.Is(err, stop) {
		t.Fatal(err)
	}
	if limit := (blocksPerChunk + 1) * blockSize; written > limit {
		t.Errorf("%d bytes ran ahead, %d are allowed", written, limit)
	}
}

// A target that takes a hundredth of what the source could give is kept up with, in the
// memory of the blocks.
func TestASlowTargetGetsEverythingAtItsOwnPace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const total, message = 64 << 20, 64 << 10
		var written, read atomic.Int64
		ahead, stalls := int64(0), 0
		start := time.Now()
		c, err := run(t.Context(),
			func(_ context.Context, w io.Writer) (int64, error) {
				for range total / message {
					n, err := w.Write(make([]byte, message))
					if err != nil {
						return 0, err
					}
					ahead = max(ahead, written.Add(int64(n))-read.Load())
				}
				return 1, nil
			},
			func(_ context.Context, r io.Reader) (int64, error) {
				last := time.Now()
				b := make([]byte, message)
				for {
					n, err := r.Read(b)
					read.Add(int64(n))
					if err == io.EOF { // as pgconn compares it
						return 1, nil
					}
					if err != nil {
						return 0, err
					}
					if time.Since(last) > time.Second {
						stalls++
					}
					last = time.Now()
					<-time.After(time.Duration(n) * time.Microsecond) // a megabyte a second
				}
			})
		if err != nil {
			t.Fatal(err)
		}
		if n := read.Load(); n != total || c.Meter().Table(0).Stored.Load() != 1 {
			t.Errorf("%d bytes arrived of %d", n, total)
		}
		if limit := int64(blocksPerChunk+1)*blockSize + message; ahead > limit {
			t.Errorf("%d bytes ran ahead, %d are allowed", ahead, limit)
		}
		if took := time.Since(start); took > 70*time.Second || stalls > 0 {
			t.Errorf("it took %s of the 67 s that the target needs, with %d pauses", took, stalls)
		}
	})
}
