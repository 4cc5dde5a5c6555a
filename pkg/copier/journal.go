package copier

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/plan"
)

// ChunkID names a chunk for as long as its snapshot lives: two plans of one catalog cut
// their tables alike.
type ChunkID struct {
	Relation uint32 // the table's OID on the source
	Part     int
}

func (c *Copier) id(ch plan.Chunk) ChunkID { return ChunkID{c.plan.Tables[ch.Table].OID, ch.Part} }

// Entry is what is known of a committed chunk.
type Entry struct {
	Chunk        ChunkID
	Sent, Stored int64 // rows
	Read         int64 // bytes of the COPY stream
	Elapsed      time.Duration
	tallies      []tally
}

// Counts returns what was counted of the columns' values, for a later process's Recover.
// It holds no value; it says how often values of equal hash occurred.
func (e *Entry) Counts() []byte { return appendTallies(nil, e.tallies) }

// Journal keeps in the target which chunks are committed there.
type Journal interface {
	// Record writes e in the chunk's own transaction, just before its commit, and what
	// originals, which may be nil, exports. When the chunk is there already, because an
	// earlier attempt's answer was lost, the error is ErrRecorded.
	Record(ctx context.Context, tx pgx.Tx, e *Entry, originals Recorder) error
	// Committed reports whether the chunk is recorded, asked over a connection of its own.
	Committed(ctx context.Context, id ChunkID) (bool, error)
}

// ErrRecorded says that the chunk was committed by an earlier attempt.
var ErrRecorded = errors.New("the chunk is recorded already")

// UncertainError says that the answer to a commit was lost: the chunk is stored whole, or
// nothing of it is.
type UncertainError struct{ Err error }

// Error tells the trouble.
func (e *UncertainError) Error() string { return "the answer to a commit was lost: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *UncertainError) Unwrap() error { return e.Err }

// Keep has every chunk recorded in j. It comes before Run.
func (c *Copier) Keep(j Journal) { c.journal = j }

// Recover takes over a chunk that an earlier process committed: Run leaves it out, and
// its counts, which Entry.Counts wrote, go into the meter. An error means that it was
// not written for this plan, or is damaged.
func (c *Copier) Recover(e Entry, counts []byte) error {
	for _, ch := range c.plan.Chunks {
		if c.id(ch) != e.Chunk {
			continue
		}
		t := &c.plan.Tables[ch.Table]
		columns := len(t.Columns)
		if t.Raw {
			columns = 0 // bytes passed undecoded
		}
		var err error
		if e.tallies, err = readTallies(counts, columns); err != nil {
			return err
		}
		if e.Stored != e.Sent || e.Sent < 0 || e.Read < 0 || e.Elapsed < 0 || c.recovered[e.Chunk] {
			return errTally
		}
		c.recovered[e.Chunk] = true
		c.meter.Table(ch.Table).Read.Add(e.Read)
		c.meter.Table(ch.Table).Decoded.Add(e.Sent)
		c.count(ch.Table, &e)
		return nil
	}
	return errors.New("the plan has no such chunk")
}

// Recovered returns how many chunks earlier processes have committed.
func (c *Copier) Recovered() int { return len(c.recovered) }

// tellRecovered says that a table is done when an earlier process did all of it.
func (c *Copier) tellRecovered(left []atomic.Int64) {
	if c.done == nil {
		return
	}
	told := map[int]bool{}
	for _, ch := range c.plan.Chunks {
		if c.recovered[c.id(ch)] && left[ch.Table].Load() == 0 && !told[ch.Table] {
			told[ch.Table] = true
			c.done(&c.plan.Tables[ch.Table], ch.Table)
		}
	}
}

// count adds a committed chunk to the meter.
func (c *Copier) count(table int, e *Entry) {
	meter := c.meter.Table(table)
	for i := range e.tallies {
		meter.Column(i).add(&e.tallies[i])
	}
	meter.Sent.Add(e.Sent)
	meter.Stored.Add(e.Stored)
	meter.Chunks.Add(1)
	meter.Nanos.Add(int64(e.Elapsed))
}
