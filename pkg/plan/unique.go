package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/mask"
	"github.com/understudy-db/understudy/pkg/ruleset"
)

// collisionLimit is the probability of a duplicate key, per index and run, below
// which a bounded masker may stand under a unique index.
const collisionLimit = 1e-6

// checkUnique refuses unique indexes over columns whose stand-ins could meet.
func (p *planner) checkUnique() {
	for _, l := range p.tables {
		seen := map[string]bool{}
		for _, t := range append([]*catalog.Table{l.table}, l.leaves...) {
			for _, ix := range t.Indexes {
				key := ix.Name
				if t != l.table {
					key = indexColumns(t, ix) // a partition's copy of its root's index has another name
				}
				if (ix.Unique || ix.Exclusion) && !seen[key] && !seen[indexColumns(t, ix)] {
					seen[key], seen[indexColumns(t, ix)] = true, true
					p.checkIndex(l, t, ix)
				}
			}
		}
	}
}

func (p *planner) checkIndex(l *logical, t *catalog.Table, ix catalog.Index) {
	var masked []*resolved
	for _, r := range l.columns {
		if r.decision.Kind != Mask || r.decision.Spec == nil {
			continue
		}
		if indexUses(t, ix, r.column.Name) {
			masked = append(masked, r)
		}
	}
	slices.SortFunc(masked, func(a, b *resolved) int { return int(a.column.Num) - int(b.column.Num) })
	together, call := p.together(l, t, ix, masked), ""
	for _, e := range indexExpressions(t, ix) {
		if call == "" {
			call = unclearCall(e)
		}
	}
	for _, r := range masked {
		d := r.decision
		at := ruleset.Position{File: d.File, Line: d.Line}
		switch {
		case ix.Unique && call != "" && ruledUse(t, ix, r.column.Name):
			p.blame(r, at, fmt.Sprintf("the unique index %s is on an expression of it, and what %s() leaves of two stand-ins may be the same", ix.Name, call),
				"keep it with a reason, make it null, or drop the index from what staging needs")
		case ix.Exclusion:
			if why, hint := p.excludes(l, t, ix, r); why != "" {
				p.blame(r, at, "the exclusion constraint "+ix.Name+" covers it, and "+why, hint)
			}
		case together >= collisionLimit:
			p.blame(r, at, fmt.Sprintf("the unique index %s covers it, and two of its %d rows share a stand-in of %s with probability %s",
				ix.Name, l.rows, d.Spec.Name, probability(together)),
				"use a masker with more stand-ins (`understudy show maskers`), overflow: unassigned where the masker has it, or null")
		}
	}
	if len(masked) == 0 && ix.Unique && strings.Contains(ix.Def, "NULLS NOT DISTINCT") {
		for _, r := range l.columns {
			if r.decision.Kind == Null && indexUses(t, ix, r.column.Name) {
				p.blame(r, ruleset.Position{File: r.decision.File, Line: r.decision.Line}, "the unique index "+ix.Name+" takes NULLs for equal", "mask it")
			}
		}
	}
}

// together is the probability that two rows come to share all the index's stand-ins. The
// columns that are kept count only where they tell all rows apart by themselves, as those
// of another unique index do: how many rows share a value of them, nobody has counted.
func (p *planner) together(l *logical, t *catalog.Table, ix catalog.Index, masked []*resolved) float64 {
	all := mask.Traits{Capacity: 1}
	for _, r := range masked {
		traits := leastOf(&r.decision)
		if traits.Injective {
			return 0
		}
		all.Capacity *= max(traits.Capacity, 1)
	}
	if len(masked) > 0 && p.keptApart(l, t, ix) {
		return 0
	}
	return all.Collision(l.rows)
}

// leastOf are the traits of a decision with its other branch. A permutation beside another
// branch is injective no more: its stand-ins are values that the other branch may write.
func leastOf(d *Decision) mask.Traits {
	least := d.Traits
	for e := d.Else; e != nil; e = e.Else {
		switch {
		case e.Kind == Null:
		case permutes(d) || permutes(e):
			return mask.Traits{Capacity: 1}
		case e.Kind == Mask && !e.Traits.Injective && (least.Injective || e.Traits.Capacity < least.Capacity):
			least = e.Traits
		}
	}
	return least
}

func permutes(d *Decision) bool {
	return d.Spec != nil && (d.Spec.Name == "key" || d.Spec.Name == "text_key")
}

// keptApart reports whether the index's kept columns contain all those of another unique
// index that holds for every row.
func (p *planner) keptApart(l *logical, t *catalog.Table, ix catalog.Index) bool {
	for _, other := range t.Indexes {
		if !other.Unique || other.Partial || other.Name == ix.Name || len(other.Columns) == 0 {
			continue
		}
		if !slices.ContainsFunc(other.Columns, func(n int16) bool {
			r := l.columns[attName(t, n)]
			return n == 0 || !slices.Contains(ix.Columns, n) || r == nil || r.decision.Kind != Keep || r.decision.When != nil || !r.column.NotNull && !other.Primary
		}) {
			return true
		}
	}
	return false
}

func probability(x float64) string {
	if x >= 0.01 {
		return fmt.Sprintf("%.0f %%", x*100)
	}
	return fmt.Sprintf("%.1g", x)
}

// indexUses reports whether the index covers the column, by number or in an expression.
func indexUses(t *catalog.Table, ix catalog.Index, column string) bool {
	for _, n := range ix.Columns {
		if n != 0 && attName(t, n) == column {
			return true
		}
	}
	return ruledUse(t, ix, column)
}

// ruledUse reports whether an expression of the index names the column. A name inside
// another name is a false alarm at worst.
func ruledUse(t *catalog.Table, ix catalog.Index, column string) bool {
	return slices.ContainsFunc(indexExpressions(t, ix), func(e string) bool { return strings.Contains(e, column) })
}

// indexExpressions are what the index computes of columns: its own expressions, and those
// of the generated columns that it covers, which staging computes from stand-ins.
func indexExpressions(t *catalog.Table, ix catalog.Index) []string {
	var all []string
	for _, n := range ix.Columns {
		if n == 0 { // "USING btree (lower(email)) WHERE …"
			_, def, _ := strings.Cut(ix.Def, " USING ")
			_, def, _ = strings.Cut(def, "(")
			def, _, _ = strings.Cut(def, ") INCLUDE (")
			def, _, _ = strings.Cut(def, ") WHERE ")
			all = append(all, def)
		} else if c := t.Column(attName(t, n)); c != nil && c.Generated {
			all = append(all, c.Default)
		}
	}
	return all
}

// unclearCall returns the first function of an expression that may map two stand-ins to
// one value, "" for none: those of letter case, white space and NULL do so for spellings only.
func unclearCall(expression string) string {
	expression = strings.ReplaceAll(expression, `"`, "") // "left" is a reserved word, and quoted
	for i := 0; i < len(expression); i++ {
		if expression[i] == '\'' {
			if i = closing(expression, i, false); i < 0 {
				return ""
			}
			i--
			continue
		}
		from := i
		for i < len(expression) && wordByte(expression[i]) {
			i++
		}
		name := strings.ToLower(expression[from:i])
		if i < len(expression) && expression[i] == '(' && from < i && !slices.Contains(spellingCalls, name) {
			return name
		}
		if i > from {
			i--
		}
	}
	return ""
}

var spellingCalls = []string{"lower", "upper", "btrim", "ltrim", "rtrim", "trim", "coalesce", "and", "or"}

func indexColumns(t *catalog.Table, ix catalog.Index) string {
	names := make([]string, len(ix.Columns))
	for i, n := range ix.Columns {
		if names[i] = attName(t, n); n == 0 {
			_, names[i], _ = strings.Cut(ix.Def, " USING ")
		}
	}
	return strings.Join(names, "\x00")
}

func attName(t *catalog.Table, num int16) string {
	for i := range t.Columns {
		if t.Columns[i].Num == num {
			return t.Columns[i].Name
		}
	}
	return ""
}
