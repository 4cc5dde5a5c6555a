package copier

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/rowcodec"
)

// Source reads one chunk in the snapshot, writes its COPY stream to w and returns the
// server's own count of rows. What w got is w's only during Write.
type Source interface {
	CopyOut(ctx context.Context, t *plan.Table, c plan.Chunk, w io.Writer) (rows int64, err error)
}

// Target stores one chunk in one transaction. It commits when check, called within it
// with the rows stored, returns nil; else it rolls back and returns check's error. When
// nobody knows whether it committed, the error is an UncertainError.
type Target interface {
	CopyIn(ctx context.Context, t *plan.Table, c plan.Chunk, r io.Reader, check func(tx pgx.Tx, stored int64) error) error
}

// Open gives a worker its two ends, and what closes them.
type Open func(ctx context.Context) (Source, Target, func(), error)

// Copier moves the chunks of one plan.
type Copier struct {
	plan  *plan.Plan
	bind  Bind
	meter *Meter
	done  func(t *plan.Table, index int)
	spare spareBlocks

	journal   Journal // nil: nothing is kept of what was committed
	recovered map[ChunkID]bool
	retry     Retry
}

// New returns a copier for p. done, which may be nil, is called by a worker when the
// last chunk of a table is committed.
func New(p *plan.Plan, bind Bind, done func(t *plan.Table, index int)) *Copier {
	columns := make([]int, len(p.Tables))
	for i := range p.Tables {
		columns[i] = len(p.Tables[i].Columns)
	}
	return &Copier{plan: p, bind: bind, meter: NewMeter(columns), done: done, recovered: map[ChunkID]bool{}, retry: Retry{Attempts: 1}}
}

// Meter returns the counters; they move while Run runs.
func (c *Copier) Meter() *Meter { return c.meter }

// RowCountError says that the target did not store the rows that were read.
type RowCountError struct {
	Table                 string
	Sent, Decoded, Stored int64
}

// Error names the table and the counts.
func (e *RowCountError) Error() string {
	return fmt.Sprintf("%s: the source sent %d rows, %d were decoded and %d stored", e.Table, e.Sent, e.Decoded, e.Stored)
}

// Run copies every chunk that was not recovered with so many workers and returns the
// first failure's cause. The chunks that were committed before it stay.
func (c *Copier) Run(ctx context.Context, jobs int, open Open) error {
	left := make([]atomic.Int64, len(c.plan.Tables))
	var todo []plan.Chunk
	for _, ch := range c.plan.Chunks {
		if !c.recovered[c.id(ch)] {
			left[ch.Table].Add(1)
			todo = append(todo, ch)
		}
	}
	c.tellRecovered(left)
	var next atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	jobs = max(1, min(jobs, len(todo)))
	c.spare = make(spareBlocks, jobs*blocksPerChunk)
	for range jobs {
		group.Go(func() error {
			w := &worker{open: open}
			defer w.close()
			for {
				i := int(next.Add(1)) - 1
				if i >= len(todo) || ctx.Err() != nil {
					return context.Cause(ctx)
				}
				ch := todo[i]
				if err := c.copyRetried(ctx, w, ch); err != nil {
					return err
				}
				if left[ch.Table].Add(-1) == 0 && c.done != nil {
					c.done(&c.plan.Tables[ch.Table], ch.Table)
				}
			}
		})
	}
	return group.Wait()
}

// stream is what stands between the two ends of one chunk.
type stream struct {
	w       io.Writer
	close   func() error
	rows    func() int64 // nil when bytes pass undecoded
	nulls   func(i int) (arrived, made int64)
	columns []*column
	kept    []bool    // columns that are written as they are, and looked at
	same    *sameRow  // nil when rows are not looked through
	record  Recorder  // nil when nothing of the table is recorded
	count   *counting // what passed, to be taken back when the chunk fails
}

// tallies are the counts of the chunk's columns.
func (s *stream) tallies() []tally {
	out := make([]tally, len(s.columns))
	for i, col := range s.columns {
		if col != nil {
			out[i] = col.tally
		}
		if s.kept[i] {
			continue // only looked at
		}
		arrived, made := s.nulls(i)
		out[i].nulls += arrived
		out[i].nulled += made
	}
	if s.same != nil {
		for place, field := range s.same.what.Places {
			out[field].same = s.same.check.Counts(place)
		}
	}
	return out
}

// copyChunk copies one chunk. Nothing of it is left behind when it fails.
func (c *Copier) copyChunk(ctx context.Context, ch plan.Chunk, src Source, dst Target) (err error) {
	t := &c.plan.Tables[ch.Table]
	meter := c.meter.Table(ch.Table)
	start := time.Now()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	blocks := newPipe(ctx, blocksPerChunk, blockSize, c.spare)
	defer blocks.stop()
	s, err := c.stream(t, blocks, meter)
	if err != nil {
		return err
	}
	defer func() {
		if s.record != nil {
			s.record.Drop()
		}
		if err != nil {
			s.count.takeBack()
		}
	}()

	var wg sync.WaitGroup
	var sent int64
	wg.Go(func() {
		var err error
		sent, err = src.CopyOut(ctx, t, ch, s.w)
		if err == nil {
			err = s.close() // half a row at the end
		}
		if err != nil {
			cancel(err) // before closing the pipe: the target's echo must come second
		}
		blocks.closeWrite(err)
	})
	var e *Entry
	err = dst.CopyIn(ctx, t, ch, blocks, func(tx pgx.Tx, stored int64) error {
		wg.Wait() // the stream has ended: the target saw its end
		if cause := context.Cause(ctx); cause != nil {
			return cause
		}
		decoded := sent
		if s.rows != nil {
			decoded = s.rows()
		}
		if sent != stored || decoded != stored {
			return &report.Fault{
				Side: report.Target, Doing: "copy " + t.Name.String(), Err: &RowCountError{Table: t.Name.String(), Sent: sent, Decoded: decoded, Stored: stored},
				Hint: "a rule or trigger of the target swallows rows, or the stream was cut: run again, and report it if it stays",
			}
		}
		if s.record != nil {
			if err := s.record.Flush(); err != nil {
				return err
			}
		}
		e = &Entry{Chunk: c.id(ch), Sent: sent, Stored: stored, Read: s.count.total, Elapsed: time.Since(start), tallies: s.tallies()}
		if c.journal == nil {
			return nil
		}
		return c.journal.Record(ctx, tx, e, s.record)
	})
	if err != nil && e != nil && c.committed(ctx, e.Chunk, err) {
		err = nil // this attempt, or the one before it, whose answer was lost
	}
	if err != nil {
		cancel(err) // no effect if the source failed first
	}
	wg.Wait()
	if cause := context.Cause(ctx); cause != nil {
		return fmt.Errorf("copy %s: %w", t.Name, cause)
	}
	blocks.release()
	if s.record != nil {
		s.record.Commit()
	}
	c.count(ch.Table, e)
	return nil
}

// stream is a raw pipe for a table with nothing to rewrite, else a decoder.
func (c *Copier) stream(t *plan.Table, blocks *pipe, meter *TableMeter) (*stream, error) {
	if t.Raw {
		w := &counting{w: blocks, meter: meter}
		return &stream{w: w, count: w, close: func() error { return nil }}, nil
	}
	return decode(t, c.bind, blocks, meter)
}

// decode binds the chunk's maskers to a decoder that fills the sink.
func decode(t *plan.Table, bind Bind, blocks rowcodec.Sink, meter *TableMeter) (*stream, error) {
	fields := make([]rowcodec.Field, len(t.Columns))
	s := &stream{columns: make([]*column, len(t.Columns)), kept: make([]bool, len(t.Columns))}
	if bind.Evidence != nil {
		s.record = bind.Evidence.Chunk(t)
	}
	bound := false
	defer func() {
		if !bound && s.record != nil {
			s.record.Drop()
		}
	}()
	for i := range t.Columns {
		fields[i] = rowcodec.Field{Type: t.Columns[i].Type, Skip: t.Columns[i].Context}
		d := &t.Columns[i].Decision
		if d.Kind == plan.Null && d.When == nil {
			fields[i].Null = true
			continue
		}
		if t.Columns[i].Context || !d.Rewrites() && d.When == nil {
			continue
		}
		col, err := bindColumn(t, i, bind)
		if err != nil {
			return nil, &report.Fault{Side: report.Rules, Doing: "bind the maskers of " + t.Name.String(), Err: err}
		}
		if s.record != nil && s.record.Wants(i) {
			col.evidence = s.record
		}
		s.columns[i], fields[i].Rewrite = col, col
	}
	if s.same = bindSameRow(t, bind, s.columns); s.same != nil {
		for place, field := range s.same.what.Places {
			if col := s.columns[field]; col != nil {
				col.same, col.place = s.same, place
			} else {
				fields[field].Rewrite, s.kept[field] = &keptPlace{s.same, place}, true
			}
		}
	}
	format := rowcodec.Binary
	if t.Format == rowcodec.Text.String() {
		format = rowcodec.Text
	}
	d, err := rowcodec.NewDecoder(format, fields, blocks)
	if err != nil {
		return nil, fmt.Errorf("decode %s: %w", t.Name, err)
	}
	s.count = &counting{w: d, meter: meter, rows: d.Rows}
	s.w = s.count
	s.close, s.rows, s.nulls, bound = d.Close, d.Rows, d.Nulls, true
	return s, nil
}

// hugeMessage is the size from which a message is worth a collection: the driver allocates
// each anew, and the collector would let several of them lie before it looks.
const hugeMessage = 32 << 20

// counting feeds the meter as bytes arrive: once a message, not once a row.
type counting struct {
	w     io.Writer
	meter *TableMeter
	rows  func() int64
	total int64 // bytes
	last  int64 // rows
}

func (c *counting) Write(b []byte) (int, error) {
	if len(b) >= hugeMessage {
		runtime.GC()
	}
	n, err := c.w.Write(b)
	c.total += int64(n)
	c.meter.Read.Add(int64(n))
	if c.rows != nil {
		if now := c.rows(); now != c.last {
			c.meter.Decoded.Add(now - c.last)
			c.last = now
		}
	}
	return n, err
}

// takeBack forgets what passed of a chunk that failed: it will pass again.
func (c *counting) takeBack() {
	c.meter.Read.Add(-c.total)
	c.meter.Decoded.Add(-c.last)
}
