package copier

import (
	"bytes"
	"fmt"

	"github.com/understudy-db/understudy/pkg/mask"
	"github.com/understudy-db/understudy/pkg/mask/condition"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/rowcodec"
)

// Watcher looks at originals on their way to the masker. It is bound per worker.
type Watcher interface {
	// Placeholder reports whether value is filler, a test or a joke. It depends on the value
	// alone, and is not asked again of one that was seen a moment ago.
	Placeholder(value []byte) bool
}

// Evidence remembers originals, to prove later that none of them was written.
type Evidence interface {
	// Chunk returns what records one chunk of t; nil when nothing of t is recorded.
	Chunk(t *plan.Table) Recorder
}

// Recorder takes the originals of one chunk. What it took counts after Commit.
type Recorder interface {
	Wants(column int) bool
	Record(column int, original []byte) // before a stand-in is made; neither NULL nor empty
	Flush() error                       // before the chunk commits, which an error forbids
	// Export gives away, after Flush, what it took: put is called for one part after the other
	// and keeps none of them. Whoever resumes the run has them taken back in.
	Export(put func(part []byte) error) error
	Commit() // after the chunk committed
	Drop()   // at the end of every chunk; after Commit without effect
}

// Bind makes what a worker needs and a plan only names.
type Bind struct {
	Masker   func(mask.Spec) (mask.Masker, error)
	Watcher  func(t *plan.Table, column int) Watcher // nil, or a nil Watcher: nobody looks
	Evidence Evidence                                // nil: no originals are recorded
	SameRow  func(t *plan.Table) *SameRow            // nil, or a nil SameRow: rows are not looked through for their own originals
	Seed     Seed                                    // of the hash by which values are counted
	Blind    bool                                    // values and stand-ins are counted, and nothing else is noted of them
}

// column rewrites the values of one field as its decision says.
type column struct {
	branch
	watch    Watcher
	evidence Recorder // nil when this column's originals are not recorded
	same     *sameRow // nil when what is written here is not looked through
	place    int      // of same
	field    int
	seed     Seed
	blind    bool
	seen     verdicts
	tally    tally
}

// branch is a decision with its masker bound; other is what happens when the condition
// does not hold.
type branch struct {
	kind    plan.Kind
	masker  mask.Masker
	subject int
	args    []int
	input   mask.Input
	when    *condition.Condition
	fields  []int
	values  [][]byte
	other   *branch
}

func bindColumn(t *plan.Table, i int, bind Bind) (*column, error) {
	b, err := bindBranch(&t.Columns[i].Decision, bind)
	if err != nil {
		return nil, fmt.Errorf("bind %s.%s: %w", t.Name, t.Columns[i].Name, err)
	}
	c := &column{branch: *b, field: i, seed: bind.Seed, blind: bind.Blind}
	if bind.Watcher != nil && !bind.Blind {
		c.watch = bind.Watcher(t, i)
	}
	return c, nil
}

func bindBranch(d *plan.Decision, bind Bind) (*branch, error) {
	b := &branch{kind: d.Kind, subject: d.Subject, args: d.Args, input: mask.Input{Args: make([][]byte, len(d.Args))}}
	if d.Kind == plan.Mask {
		m, err := bind.Masker(*d.Spec)
		if err != nil {
			return nil, err
		}
		b.masker = m
	}
	if d.When != nil {
		when, err := condition.Compile(d.When.Expr, d.When.Classes)
		if err != nil {
			return nil, err
		}
		b.when, b.fields, b.values = when, d.When.Fields, make([][]byte, len(d.When.Fields))
		if b.other, err = bindBranch(d.Else, bind); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// Rewrite does what the decision says to one value.
func (c *column) Rewrite(dst, value []byte, row *rowcodec.Row) ([]byte, rowcodec.Verdict, error) {
	var sum uint64
	if !c.blind {
		sum = c.seed.sum(value)
	}
	if c.watch != nil && c.seen.placeholder(sum, value, c.watch) {
		c.tally.placeholders++
	}
	b := &c.branch
	for b.when != nil && !b.holds(row) {
		b = b.other
	}
	switch {
	case b.kind == plan.Keep:
		if c.same != nil {
			return dst, rowcodec.Keep, c.same.look(c.place, value, row)
		}
		return dst, rowcodec.Keep, nil
	case b.kind == plan.Null:
		c.tally.nulled++
		return dst, rowcodec.Null, nil
	case b.kind != plan.Mask:
		return dst, 0, fmt.Errorf("a column with the decision %q cannot be in a stream", b.kind)
	case len(value) == 0:
		c.tally.empties++
		return dst, rowcodec.Keep, nil
	}
	if c.evidence != nil {
		c.evidence.Record(c.field, value)
	}
	b.input.Value, b.input.Subject = value, nil
	if b.subject >= 0 {
		subject, err := row.Text(b.subject)
		if err != nil {
			return dst, 0, err
		}
		b.input.Subject = subject
	}
	for i, f := range b.args {
		arg, err := row.Text(f)
		if err != nil {
			return dst, 0, err
		}
		b.input.Args[i] = arg
	}
	out, err := b.masker.Mask(dst, b.input)
	if err != nil {
		return dst, 0, &report.Fault{
			Side: report.Rules, Doing: "mask a value", Err: err,
			Hint: "the rules ask for what this value does not allow, as \"rest: refuse\" does; the row was not written",
		}
	}
	c.tally.masked++
	if c.blind {
		return out, rowcodec.Replace, nil
	}
	standIn := out[len(dst):]
	if c.same != nil {
		if err := c.same.look(c.place, standIn, row); err != nil {
			return dst, 0, err
		}
	}
	if w := weight(c.tally.masked); w > 0 {
		c.tally.shapesBefore.add(value, w)
		c.tally.shapesAfter.add(standIn, w)
	}
	if bytes.Equal(standIn, value) {
		c.tally.unchanged++
	}
	c.tally.originals.add(sum)
	c.tally.standIns.add(c.seed.sum(standIn))
	return out, rowcodec.Replace, nil
}

// holds reports whether the condition is true of the row. One that cannot be evaluated
// holds: what is in doubt is masked.
func (b *branch) holds(row *rowcodec.Row) bool {
	for i, f := range b.fields {
		v, err := row.Text(f)
		if err != nil {
			return true
		}
		b.values[i] = v
	}
	ok, err := b.when.Eval(b.values)
	return ok || err != nil
}
