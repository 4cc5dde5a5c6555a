package inspect

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/mask"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/rowcodec"
)

// Table is one table to be looked through.
type Table struct {
	Name    catalog.Name
	Root    catalog.Name // of a partition: the table that the rules name; empty is Name
	Columns []Column
	Pages   int64 // blocks, to cut large tables; 0 is not known

	Filenode uint32 // of its file: another one, and the table was rewritten; 0 is not known
}

// Column is one column of it.
type Column struct {
	Name   string
	Type   string // of the server's own, or "": what is known of it saves the server a text
	Class  mask.Class
	Kind   string // what classification takes it for
	Array  bool   // Class is that of its elements, which are looked at one by one
	Masked bool   // its values are stand-ins, whole
	Valid  bool   // they are declared as "valid": their check digits are right by intent
	Swept  bool   // a document or text in which everything that was recognised was replaced
	Bare   bool   // only compared with the evidence: detectors have nothing to say of its class
}

// Reader copies the result of a query out of the database that is looked through.
type Reader interface {
	CopyOut(ctx context.Context, sql string, w io.Writer) error
}

// Options says what to read and what has been agreed to.
type Options struct {
	Generation string // name of the database, for locators
	Tables     []Table
	Accept     []Acceptance
	Locale     string
	Jobs       int
	Sample     int64                                                         // rows per table at the most; 0 is all
	Open       func(ctx context.Context) (Reader, func(), error)             // one per worker
	Await      func(ctx context.Context, table catalog.Name) error           // returns when the table may be read; nil: at once
	Progress   func(table catalog.Name, bytes int64, finished bool)          // may be nil; never called twice at once
	Rate       int64                                                         // bytes a second, of all workers together; 0 is no limit
	Unknown    bool                                                          // nobody knows what the columns hold: it may be a staging of ours
	Evidence   func() Evidence                                               // one per worker; nil compares with nothing
	Blanks     func(table catalog.Name, column string, nulls, empties int64) // told at the end of each column that was read; may be nil
	Resume     *State                                                        // how far an earlier process came; only without Accept and Evidence
	Save       func(*State) error                                            // after each part, by one worker at a time; may be nil
	PartPages  int64                                                         // size of a part of a large table; 0 is 256 MiB
}

// Acceptance is a finding that a person has agreed to, ready to be matched.
type Acceptance struct {
	Code    string
	Column  string                  // schema.table.column
	Matches func(value []byte) bool // nil matches every value
	Max     int64                   // 0 is any number
	Report  report.Accepted
}

// locatorsPerFinding is how many rows a finding points at: enough to see what is
// meant, too few to be a list of people.
const locatorsPerFinding = 3

// partPages is the size of a part of a large table: 256 MiB.
const partPages = 256 << 20 / 8192

// Run reads everything and returns the findings, the worst first, and the rows read. A
// finding that the rules accept is in the list and marked.
func Run(ctx context.Context, o Options) ([]report.Finding, int64, error) {
	resumed(&o)
	state, parts := newReading(&o, cut(o.Tables, o.Sample, cmp.Or(o.PartPages, partPages)))
	if progress := o.Progress; progress != nil {
		var one sync.Mutex // workers report a block at a time, an observer takes one report at a time
		o.Progress = func(table catalog.Name, bytes int64, finished bool) {
			one.Lock()
			defer one.Unlock()
			progress(table, bytes, finished)
		}
	}
	together := &pace{rate: float64(o.Rate)}
	var next atomic.Int64
	var mu sync.Mutex
	chances, blanks := map[place]float64{}, map[place]blank{}
	group, ctx := errgroup.WithContext(ctx)
	for range max(1, min(o.Jobs, len(parts))) {
		group.Go(func() error {
			if int(next.Load()) >= len(parts) {
				return nil
			}
			reader, done, err := o.Open(ctx)
			if err != nil {
				return err
			}
			defer done()
			w := newWorker(o)
			w.pace = together
			for {
				i := int(next.Add(1)) - 1
				if i >= len(parts) {
					mu.Lock()
					for p, c := range w.chances {
						chances[p] += c
					}
					for p, b := range w.blanks {
						blanks[p] = blank{blanks[p].nulls + b.nulls, blanks[p].empties + b.empties}
					}
					mu.Unlock()
					return nil
				}
				if o.Await != nil {
					if err := o.Await(ctx, parts[i].table.Name); err != nil {
						return err
					}
				}
				n, err := w.read(ctx, reader, parts[i])
				if err != nil {
					return fmt.Errorf("inspect %s: %w", parts[i].table.Name, err)
				}
				mu.Lock()
				err = state.done(parts[i], w.tallies, n)
				mu.Unlock()
				if err != nil {
					return err
				}
				w.tallies = tallies{}
			}
		})
	}
	if err := group.Wait(); err != nil {
		return nil, 0, err
	}
	if o.Blanks != nil {
		for p, b := range blanks {
			o.Blanks(p.table, p.column, b.nulls, b.empties)
		}
	}
	return state.seen.findings(o, chances), state.rows, nil
}

// part is a range of blocks of a table; to is -1 for the last.
type part struct {
	table    *Table
	from, to int64
	limit    int64
	index    int // of the table's parts
}

func cut(tables []Table, sample, partPages int64) []part {
	var parts []part
	for i := range tables {
		t := &tables[i]
		if len(t.Columns) == 0 {
			continue
		}
		n := int64(1)
		if sample == 0 {
			n = max(1, (t.Pages+partPages-1)/partPages)
		}
		for k := range n {
			p := part{table: t, from: t.Pages * k / n, to: t.Pages * (k + 1) / n, limit: sample, index: int(k)}
			if k == n-1 {
				p.to = -1
			}
			parts = append(parts, p)
		}
	}
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(b.table.Pages, a.table.Pages) })
	return parts
}

// Looks reports whether a column of the class and kind is worth reading.
func Looks(class mask.Class, personal bool) bool {
	switch class {
	case mask.ClassText, mask.ClassJSON, mask.ClassXML, mask.ClassHstore, mask.ClassBytes, mask.ClassDate, mask.ClassTimestamp, mask.ClassInet, mask.ClassOther:
		return true
	case mask.ClassInteger, mask.ClassNumeric:
		return personal
	default:
		return false
	}
}

// query reads the row's place and its columns as text. Of what half the columns are the
// server makes no text, which costs it more than all else that it does here.
func (p part) query() string {
	q := "SELECT ctid"
	for _, c := range p.table.Columns {
		q += ", " + catalog.Quote(c.Name) + c.cast()
	}
	q += " FROM ONLY " + p.table.Name.SQL()
	switch {
	case p.from > 0 && p.to >= 0:
		q += fmt.Sprintf(" WHERE ctid >= '(%d,0)'::tid AND ctid < '(%d,0)'::tid", p.from, p.to)
	case p.from > 0:
		q += fmt.Sprintf(" WHERE ctid >= '(%d,0)'::tid", p.from)
	case p.to >= 0:
		q += fmt.Sprintf(" WHERE ctid < '(%d,0)'::tid", p.to)
	}
	if p.limit > 0 {
		q += fmt.Sprintf(" LIMIT %d", p.limit)
	}
	return "COPY (" + q + ") TO STDOUT (FORMAT binary)"
}

// asItIs are the types whose text is made here, as the server would write it: it would take
// several times as long.
var asItIs = map[string]*rowcodec.Type{
	"int2":        {Name: "int2", OID: 21, Kind: rowcodec.Base},
	"int4":        {Name: "int4", OID: 23, Kind: rowcodec.Base},
	"int8":        {Name: "int8", OID: 20, Kind: rowcodec.Base},
	"uuid":        {Name: "uuid", OID: 2950, Kind: rowcodec.Base},
	"date":        {Name: "date", OID: 1082, Kind: rowcodec.Base},
	"timestamp":   {Name: "timestamp", OID: 1114, Kind: rowcodec.Base},
	"timestamptz": {Name: "timestamptz", OID: 1184, Kind: rowcodec.Base},
}

// cast brings all others to one of three that are read: what an output function writes is
// what a person sees.
func (c *Column) cast() string {
	switch {
	case c.Array:
		return "::text[]"
	case c.Class == mask.ClassBytes, asItIs[c.Type] != nil:
		return ""
	default:
		return "::text"
	}
}

func (c *Column) read() *rowcodec.Type {
	switch {
	case c.Array:
		return arrayType
	case c.Class == mask.ClassBytes:
		return bytesType
	case asItIs[c.Type] != nil:
		return asItIs[c.Type]
	default:
		return textType
	}
}

// blank is how many values of a column say nothing.
type blank struct{ nulls, empties int64 }

// worker looks at the values of one part after the other.
type worker struct {
	o        Options
	tallies  tallies
	chances  map[place]float64 // of uncertain hits
	blanks   map[place]blank
	evidence Evidence // nil compares with nothing
	pace     *pace    // of all workers
}

func newWorker(o Options) *worker {
	w := &worker{o: o, tallies: tallies{}, chances: map[place]float64{}, blanks: map[place]blank{}}
	if o.Evidence != nil {
		w.evidence = o.Evidence()
	}
	return w
}

var (
	textType  = &rowcodec.Type{Name: "text", OID: 25, Kind: rowcodec.Base}
	bytesType = &rowcodec.Type{Name: "bytea", OID: 17, Kind: rowcodec.Base}
	arrayType = &rowcodec.Type{Name: "_text", OID: 1009, Kind: rowcodec.Array, Elem: textType, Delim: ','}
)

func (w *worker) read(ctx context.Context, r Reader, p part) (int64, error) {
	fields := []rowcodec.Field{{Type: bytesType}} // a ctid, as it is
	var eyes []*eye
	for i := range p.table.Columns {
		c := &p.table.Columns[i]
		f := rowcodec.Field{Type: c.read()}
		e := newEye(w, p.table, c)
		eyes, f.Rewrite = append(eyes, e), e
		fields = append(fields, f)
	}
	d, err := rowcodec.NewDecoder(rowcodec.Binary, fields, &discard{})
	if err != nil {
		return 0, err
	}
	tap := &tap{w: d, table: p.table.Name, progress: w.o.Progress, wait: func(n int) error { return w.pace.wait(ctx, n) }}
	if err := r.CopyOut(ctx, p.query(), tap); err != nil {
		return 0, err
	}
	if err := d.Close(); err != nil {
		return 0, err
	}
	for i, e := range eyes {
		at := place{p.table.Name, e.column.Name}
		w.chances[at] += e.chance
		nulls, _ := d.Nulls(i + 1) // the first field is the row's place
		w.blanks[at] = blank{w.blanks[at].nulls + nulls, w.blanks[at].empties + e.empties}
	}
	if w.o.Progress != nil {
		w.o.Progress(p.table.Name, 0, p.to < 0)
	}
	return d.Rows(), nil
}

// discard is a Sink that keeps nothing: the decoder is used to read, not to write.
type discard struct{ block []byte }

func (d *discard) Next(full []byte) ([]byte, error) {
	if full != nil {
		d.block = full[:0]
	} else if d.block == nil {
		d.block = make([]byte, 0, 64<<10)
	}
	return d.block, nil
}

type tap struct {
	w        io.Writer
	table    catalog.Name
	progress func(catalog.Name, int64, bool)
	wait     func(n int) error
}

func (t *tap) Write(b []byte) (int, error) {
	if err := t.wait(len(b)); err != nil {
		return 0, err
	}
	n, err := t.w.Write(b)
	if t.progress != nil {
		t.progress(t.table, int64(n), false)
	}
	return n, err
}

// eye looks at each value of one column and changes none.
type eye struct {
	worker  *worker
	table   *Table
	column  *Column
	look    func(value []byte, report func(code string, severity report.Severity, what string, hit []byte))
	chance  float64 // of uncertain hits so far
	empties int64
	quiet   quiet
	spoke   bool // something was found in the value that is looked at
	row     *rowcodec.Row
	failed  error

	// bound once: a method value is an allocation
	note     func(code string, severity report.Severity, what string, hit []byte)
	original func(hit []byte, certain bool)
}

func newEye(w *worker, t *Table, c *Column) *eye {
	e := &eye{worker: w, table: t, column: c}
	if !c.Bare && !keyedBytes(c) {
		e.look = newLooker(&w.o, c).at(t, c) // its own: what a scanner knows of a column is worked out once
	}
	e.note, e.original = e.count, e.found
	return e
}

// keyedBytes reports whether a column holds nothing but bytes that a masker made under the
// key. In random bytes something looks like an address now and then (a@b.cd in one of some
// hundred kilobytes), and nothing of an original is in them: detectors have nothing to say
// of them, and the evidence still looks for originals.
func keyedBytes(c *Column) bool { return c.Masked && c.Class == mask.ClassBytes }

// Rewrite looks at a value; the row's place is asked for only when something is found.
func (e *eye) Rewrite(dst, value []byte, row *rowcodec.Row) ([]byte, rowcodec.Verdict, error) {
	if len(value) == 0 {
		e.empties++
		return dst, rowcodec.Keep, nil
	}
	known, slot, hash := e.quiet.known(value)
	if known {
		return dst, rowcodec.Keep, nil
	}
	e.row, e.spoke = row, false
	if e.column.Class != mask.ClassBytes {
		if err := e.see(value); err != nil {
			return dst, 0, err
		}
	} else {
		for i := 0; i < len(value); {
			start, end := nextText(value, i)
			if start < end {
				if err := e.see(value[start:end]); err != nil {
					return dst, 0, err
				}
			}
			i = end
		}
	}
	if slot != nil && !e.spoke {
		*slot = hash
	}
	return dst, rowcodec.Keep, e.failed
}

// see shows a text to whoever has something to say of it.
func (e *eye) see(text []byte) error {
	if e.look != nil {
		e.look(text, e.note)
	}
	if e.worker.evidence != nil && Holds(e.column.Class) {
		return e.survived(text)
	}
	return nil
}

func (e *eye) count(code string, severity report.Severity, what string, hit []byte) {
	e.spoke = true
	ctid := e.row.Raw(0)
	if len(ctid) != ctidBytes {
		e.failed = errPlace
		return
	}
	e.worker.count(e, code, severity, what, hit, ctid)
}

var errPlace = errors.New("a row's place (ctid) has another form than PostgreSQL's")

// ctidBytes are four of a block's number and two of a line's.
const ctidBytes = 6

// writtenCTID is a row's place as SQL has it.
func writtenCTID(b []byte) string {
	return fmt.Sprintf("(%d,%d)", binary.BigEndian.Uint32(b), binary.BigEndian.Uint16(b[4:]))
}
