package copier

import (
	"encoding/binary"
	"sync"
	"sync/atomic"
	"time"

	"github.com/understudy-db/understudy/pkg/evidence"
)

// Meter counts what happens to the tables of a plan. It is written by workers and read
// by whoever shows progress, at any time.
type Meter struct {
	tables []TableMeter
}

// TableMeter counts one table. Values are counted, never held.
type TableMeter struct {
	Read    atomic.Int64 // bytes of the COPY stream that came from the source
	Decoded atomic.Int64 // rows decoded, while they pass; of committed chunks once they are done
	Sent    atomic.Int64 // rows of committed chunks, by the source's own count
	Stored  atomic.Int64 // rows of committed chunks
	Chunks  atomic.Int64 // committed
	Nanos   atomic.Int64 // of work, summed over chunks
	Retries atomic.Int64 // attempts that failed and were repeated
	columns []ColumnMeter
}

// ColumnMeter counts one column's values.
type ColumnMeter struct {
	Masked       atomic.Int64 // replaced by a stand-in
	Nulled       atomic.Int64 // made NULL by decision
	Nulls        atomic.Int64 // NULL on the source, and left so
	Empties      atomic.Int64 // empty on the source, and left so
	Unchanged    atomic.Int64 // the stand-in equals the original
	Placeholders atomic.Int64 // the original is a placeholder

	mu           sync.Mutex
	originals    packed
	standIns     packed
	shapesBefore shapes
	shapesAfter  shapes
	same         evidence.RowCounts
}

// SameRow hands out how often originals of a row were met in what this column's rows are
// written with.
func (c *ColumnMeter) SameRow(each func(original int, n evidence.RowCount, different float64)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.same.Len() {
		n, different := c.same.Of(i)
		each(i, n, different)
	}
}

// Shapes returns how many of the replaced values, and of their stand-ins, were written in
// which way; "" is all that has no class of its own. Past the first few thousand values of
// a chunk it is an estimate from a sample.
func (c *ColumnMeter) Shapes() (before, after map[string]int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.shapesBefore.list(), c.shapesAfter.list()
}

// Spread estimates how the column's replaced values were spread over the different
// originals, and their stand-ins over the different stand-ins.
func (c *ColumnMeter) Spread() Spread {
	c.mu.Lock()
	defer c.mu.Unlock()
	originals, standIns := c.originals.spread(), c.standIns.spread()
	return measure(&originals, &standIns)
}

// Merge adds what another meter of the same column has counted: of a partition to its root.
func (c *ColumnMeter) Merge(o *ColumnMeter) {
	o.mu.Lock()
	t := tally{
		masked: o.Masked.Load(), nulled: o.Nulled.Load(), nulls: o.Nulls.Load(), empties: o.Empties.Load(),
		unchanged: o.Unchanged.Load(), placeholders: o.Placeholders.Load(), originals: o.originals.spread(), standIns: o.standIns.spread(),
		shapesBefore: o.shapesBefore, shapesAfter: o.shapesAfter, same: o.same,
	}
	o.mu.Unlock()
	c.add(&t)
}

// NewMeter returns a meter for tables with so many columns each.
func NewMeter(columns []int) *Meter {
	m := &Meter{tables: make([]TableMeter, len(columns))}
	for i, n := range columns {
		m.tables[i].columns = make([]ColumnMeter, n)
	}
	return m
}

// Table returns the meter of Plan.Tables[i].
func (m *Meter) Table(i int) *TableMeter { return &m.tables[i] }

// Column returns the meter of the table's k-th field.
func (t *TableMeter) Column(k int) *ColumnMeter { return &t.columns[k] }

// Elapsed is the time that workers spent on the table, summed.
func (t *TableMeter) Elapsed() time.Duration { return time.Duration(t.Nanos.Load()) }

// Columns sums what happened to the values of all columns.
func (t *TableMeter) Columns() (masked, nulled, nulls, empties int64) {
	for i := range t.columns {
		c := &t.columns[i]
		masked += c.Masked.Load()
		nulled += c.Nulled.Load()
		nulls += c.Nulls.Load()
		empties += c.Empties.Load()
	}
	return
}

// tally is a worker's own count of one column for one chunk: added to the meter when
// the chunk is committed, so that a chunk that fails and is tried again counts once.
type tally struct {
	masked, nulled, nulls, empties, unchanged, placeholders int64
	originals, standIns                                     spread
	shapesBefore, shapesAfter                               shapes
	same                                                    evidence.RowCounts // of this column as a place
}

func (c *ColumnMeter) add(t *tally) {
	c.Masked.Add(t.masked)
	c.Nulled.Add(t.nulled)
	c.Nulls.Add(t.nulls)
	c.Empties.Add(t.empties)
	c.Unchanged.Add(t.unchanged)
	c.Placeholders.Add(t.placeholders)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.originals.merge(&t.originals)
	c.standIns.merge(&t.standIns)
	c.shapesBefore.merge(&t.shapesBefore)
	c.shapesAfter.merge(&t.shapesAfter)
	c.same.Merge(&t.same)
}

// counts are the tally's numbers in the order in which they are written.
func (t *tally) counts() [6]*int64 {
	return [...]*int64{&t.masked, &t.nulled, &t.nulls, &t.empties, &t.unchanged, &t.placeholders}
}

// appendTallies writes the counts of a chunk's columns.
func appendTallies(dst []byte, columns []tally) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(columns)))
	for i := range columns {
		t := &columns[i]
		for _, n := range t.counts() {
			dst = binary.AppendUvarint(dst, uint64(*n)) //nolint:gosec // a count is not negative
		}
		dst = t.standIns.append(t.originals.append(dst))
		dst = t.shapesAfter.append(t.shapesBefore.append(dst))
		dst = t.same.Append(dst)
	}
	return dst
}

// readTallies reads what appendTallies wrote for so many columns.
func readTallies(b []byte, columns int) ([]tally, error) {
	n, b, err := readCount(b)
	if err != nil || n != int64(columns) {
		return nil, errTally
	}
	out := make([]tally, columns)
	for i := range out {
		t := &out[i]
		for _, to := range t.counts() {
			if *to, b, err = readCount(b); err != nil {
				return nil, err
			}
		}
		if b, err = t.originals.read(b); err == nil {
			b, err = t.standIns.read(b)
		}
		if err == nil {
			b, err = t.shapesBefore.read(b)
		}
		if err == nil {
			b, err = t.shapesAfter.read(b)
		}
		if err == nil {
			b, err = t.same.Read(b)
		}
		if err != nil {
			return nil, err
		}
	}
	if len(b) > 0 {
		return nil, errTally
	}
	return out, nil
}
