package pipeline

import (
	"fmt"
	"math"

	"github.com/understudy-db/understudy/pkg/copier"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/rowcodec"
)

// masked is one masked column with what was counted of it in all partitions.
type masked struct {
	schema, table, column string
	decision              *plan.Decision
	whole                 bool // a value is no array, composite or range: what is counted of it are not parts
	meter                 *copier.ColumnMeter
}

// maskedColumns lists the masked columns in the plan's order.
func (r *refresh) maskedColumns() []masked {
	var out []masked
	at := map[[3]string]int{}
	for i := range r.plan.Tables {
		t := &r.plan.Tables[i]
		for k := range t.Columns {
			if t.Columns[k].Decision.Kind != plan.Mask {
				continue
			}
			id := [3]string{t.Root.Schema, t.Root.Name, t.Columns[k].Name}
			n, known := at[id]
			if !known {
				n = len(out)
				at[id] = n
				out = append(out, masked{id[0], id[1], id[2], &t.Columns[k].Decision, t.Columns[k].Type.Kind == 0 || t.Columns[k].Type.Kind == rowcodec.Base, &copier.ColumnMeter{}})
			}
			out[n].meter.Merge(r.copier.Meter().Table(i).Column(k))
		}
	}
	return out
}

// judgeStandIns judges each masked column by what its values and their stand-ins were
// like on the stream: "unchanged", "collapse", and placeholders among the originals. What
// was counted goes into the record.
func (r *refresh) judgeStandIns() {
	r.judgeSameRows()
	r.run.Columns = nil
	for _, c := range r.maskedColumns() {
		r.judgeColumn(c.schema+"."+c.table+"."+c.column, c.decision, c.meter)
		spread := c.meter.Spread()
		r.run.Columns = append(r.run.Columns, report.Column{
			Schema: c.schema, Table: c.table, Column: c.column,
			Masked: c.meter.Masked.Load(), Nulls: c.meter.Nulls.Load(), Nulled: c.meter.Nulled.Load(), Empties: c.meter.Empties.Load(), Unchanged: c.meter.Unchanged.Load(),
			DistinctBefore: int64(math.Round(spread.Originals)), DistinctAfter: int64(math.Round(spread.StandIns)),
			Shapes: report.Shapes(c.meter.Shapes()),
		})
	}
}

// blanks is how many values of a column say nothing.
type blanks struct{ nulls, empties int64 }

// compareBlanks compares how many values of each masked column are NULL or empty in what
// was written with what the source had: a masker makes neither, and loses neither. What
// was read back is by column of the root; columns that were not are missing there.
func (r *refresh) compareBlanks(written map[[3]string]blanks) {
	for _, c := range r.maskedColumns() {
		got, read := written[[3]string{c.schema, c.table, c.column}]
		if !read || c.decision.When != nil { // what a condition keeps is not counted
			continue
		}
		say := func(what string, before, after int64) {
			if before == after {
				return
			}
			r.findings = append(r.findings, report.Finding{
				Code: "blanks", Severity: report.Medium, Subject: c.schema + "." + c.table + "." + c.column, Count: max(before-after, after-before), File: c.decision.File, Line: c.decision.Line,
				Message: fmt.Sprintf("%d values are %s where the source had %d", after, what, before),
				Hint:    "the masker, or a trigger of the target, makes or loses values that say nothing: report this",
			})
		}
		say("NULL", c.meter.Nulls.Load()+c.meter.Nulled.Load(), got.nulls)
		if c.whole {
			say("empty", c.meter.Empties.Load(), got.empties)
		}
	}
}

func (r *refresh) judgeColumn(subject string, d *plan.Decision, m *copier.ColumnMeter) {
	if n := m.Placeholders.Load(); n > 0 {
		r.findings = append(r.findings, report.Finding{
			Code: "placeholder", Severity: report.Info, Subject: subject, Count: n, File: d.File, Line: d.Line,
			Message: "production holds placeholders here; staging has stand-ins in their place",
			Hint:    "tell its owners: what is sent from production goes out with them",
		})
	}
	if document(d.Spec) || d.Spec.Name == "constant" {
		return
	}
	spread := m.Spread()
	if n := m.Unchanged.Load(); n > 0 && (d.Traits.ClassA || unchangedTooOften(n, m.Masked.Load(), d, spread)) {
		r.findings = append(r.findings, report.Finding{
			Code: "unchanged", Severity: report.High, Subject: subject, Count: n, File: d.File, Line: d.Line,
			Message: fmt.Sprintf("stand-ins of %s equal their originals more often than chance allows", d.Spec.Name),
			Hint:    "the masker does not fit the column's values: choose another, and report this",
		})
	}
	if why := collapsed(d, spread); why != "" {
		r.findings = append(r.findings, report.Finding{
			Code: "collapse", Severity: report.Medium, Subject: subject, Count: spread.Values, File: d.File, Line: d.Line,
			Message: why, Hint: "the masker or its parameters do not fit the column: staging would not behave like production",
		})
	}
}

// unchangedTooOften judges names, dates and their like, of which some stand-ins equal
// their originals by chance: Σ p·q of all, where p and q are the shares of a value among
// originals and stand-ins, or one in the masker's capacity where it draws from few.
func unchangedTooOften(unchanged, masked int64, d *plan.Decision, s copier.Spread) bool {
	chance := s.Coincidence
	if d.Traits.Capacity >= 1 {
		chance = max(chance, 1/d.Traits.Capacity)
	}
	return unlikely(float64(unchanged), float64(masked)*chance)
}

// unlikely reports whether count events are less probable than one in a million where
// mean are expected: Chernoff's bound, which holds for the binomial distribution.
func unlikely(count, mean float64) bool {
	if count <= mean {
		return false
	}
	if mean <= 0 {
		return true
	}
	return count*math.Log(count/mean)-count+mean > math.Log(1e6)
}

// leastSpread is how many values a column needs before their spread is judged.
const leastSpread = 100

// collapsed says why a column's stand-ins are too few or too alike, or "".
func collapsed(d *plan.Decision, s copier.Spread) string {
	if s.Values < leastSpread {
		return ""
	}
	expected, top := s.Originals, s.OriginalTopShare
	if c := d.Traits.Capacity; !d.Traits.Injective {
		c = max(c, 1)
		// C·(1-(1-1/C)^n), in a form that keeps its digits for a large C
		expected = min(expected, c*-math.Expm1(float64(s.Values)*math.Log1p(-1/c)))
		top = max(top, 1/c)
	}
	switch {
	case s.StandIns < expected/2:
		return fmt.Sprintf("%s has about %.0f different stand-ins where %.0f are expected", d.Spec.Name, s.StandIns, expected)
	case s.StandInTopShare > 3*top && s.StandInTopShare > 0.05:
		return fmt.Sprintf("one stand-in of %s has %.0f %% of all values, where %.1f %% are expected", d.Spec.Name, 100*s.StandInTopShare, 100*top)
	}
	return ""
}
