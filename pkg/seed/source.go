package seed

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/copier"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/rowcodec"
)

// chunkRows is how many rows one COPY takes. Chunks of one table go in side by side.
const chunkRows = 50_000

// A Data is the rows to be: the model, and the plan that a copier carries out. Its
// chunks name the rows by number: "0 50000".
type Data struct {
	m       *model
	Plan    *plan.Plan
	Loading time.Duration // of the rows, without the check of the keys; set by Write
}

// New decides how every row is made. The error is a fault that lists every constraint
// that no row can satisfy.
func New(c *catalog.Catalog, o Options) (*Data, error) {
	m, err := newModel(c, o)
	if err != nil {
		return nil, err
	}
	d := &Data{m: m, Plan: &plan.Plan{}}
	for i, t := range m.inOrder() {
		d.Plan.Tables = append(d.Plan.Tables, plan.Table{
			OID: t.cat.OID, Name: t.name, Root: t.name, Into: t.name, Format: rowcodec.Text.String(), Raw: true, Rows: t.rows,
		})
		for from := int64(0); from < t.rows; from += chunkRows {
			d.Plan.Chunks = append(d.Plan.Chunks, plan.Chunk{
				Table: i, Part: int(from / chunkRows), Parts: int((t.rows + chunkRows - 1) / chunkRows), Out: fmt.Sprintf("%d %d", from, min(from+chunkRows, t.rows)), In: t.copyIn(t.name.SQL()),
			})
		}
	}
	return d, nil
}

// copyIn is the COPY that takes the table's rows.
func (t *table) copyIn(into string) string {
	var names []string
	for _, c := range t.columns {
		if !c.omit {
			names = append(names, catalog.Quote(c.cat.Name))
		}
	}
	return fmt.Sprintf("COPY %s (%s) FROM STDIN", into, strings.Join(names, ", "))
}

// Rows is how many rows there will be.
func (d *Data) Rows() (n int64) {
	for _, t := range d.m.tables {
		n += t.rows
	}
	return n
}

// Notes returns what a person should know: columns that stay NULL, tables with fewer
// rows than asked for, constraints that are left to the server.
func (d *Data) Notes() []Note { return d.m.notes }

// Source makes rows; it is one worker's.
func (d *Data) Source() copier.Source { return &source{d.m, newEvaluator(d.m), nil} }

type source struct {
	m   *model
	e   *evaluator
	buf []byte
}

// writeSize is how much is made before it is handed on.
const writeSize = 60_000

// CopyOut writes the rows of one chunk.
func (s *source) CopyOut(ctx context.Context, pt *plan.Table, c plan.Chunk, w io.Writer) (int64, error) {
	t := s.m.byOID[pt.OID]
	var from, to int64
	if _, err := fmt.Sscanf(c.Out, "%d %d", &from, &to); err != nil {
		return 0, fmt.Errorf("chunk of %s: %w", pt.Name, err)
	}
	return to - from, s.write(ctx, t, from, to, w)
}

func (s *source) write(ctx context.Context, t *table, from, to int64, w io.Writer) error {
	r := s.e.newRow(t, 0)
	buf := s.buf[:0]
	for i := from; i < to; i++ {
		r.fill(i)
		buf = r.appendCopy(buf)
		if len(buf) >= writeSize || i == to-1 {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if _, err := w.Write(buf); err != nil {
				return err
			}
			buf = buf[:0]
		}
	}
	s.buf = buf
	return nil
}

// inOrder returns the tables such that parents come before children; inside of a cycle
// the order is that of the names.
func (m *model) inOrder() []*table {
	done, out := map[*table]bool{}, []*table(nil)
	for len(out) < len(m.tables) {
		before := len(out)
		for _, t := range m.tables {
			if done[t] {
				continue
			}
			ready := true
			for _, k := range t.keys {
				ready = ready && (done[k.parent] || k.parent == t)
			}
			if ready {
				done[t] = true
				out = append(out, t)
			}
		}
		if len(out) == before { // a cycle: its first table goes ahead
			for _, t := range m.tables {
				if !done[t] {
					done[t] = true
					out = append(out, t)
					break
				}
			}
		}
	}
	return out
}
