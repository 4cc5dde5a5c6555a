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
	together := p.together(l, t, ix, masked)
	for _, r := range masked {
		d := r.decision
		at := ruleset.Position{File: d.File, Line: d.Line}
		switch {
		case ix.Exclusion:
			p.blame(r, at, "the exclusion constraint "+ix.Name+" covers it, and its stand-ins may overlap", "keep it with a reason, or make it null")
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

// together is the probability that two rows come to share all the index's stand-ins. A
// column of the index that is kept, or masked one to one, still tells rows apart; how
// well, nobody has counted, so the index itself is left to judge: when it cannot be
// built, the run fails and staging stays.
func (p *planner) together(l *logical, t *catalog.Table, ix catalog.Index, masked []*resolved) float64 {
	all := mask.Traits{Capacity: 1}
	for _, r := range masked {
		traits := r.decision.Traits
		if e := r.decision.Else; e != nil && e.Kind == Mask && !e.Traits.Injective && (traits.Injective || e.Traits.Capacity < traits.Capacity) {
			traits = e.Traits
		}
		if traits.Injective {
			return 0
		}
		all.Capacity *= max(traits.Capacity, 1)
	}
	if len(ix.Columns) > len(masked) {
		for _, n := range ix.Columns {
			if r := l.columns[attName(t, n)]; r != nil && r.decision.Kind == Keep {
				return 0
			}
		}
	}
	return all.Collision(l.rows)
}

func probability(x float64) string {
	if x >= 0.01 {
		return fmt.Sprintf("%.0f %%", x*100)
	}
	return fmt.Sprintf("%.1g", x)
}

// indexUses reports whether the index covers the column, by number or in an expression.
func indexUses(t *catalog.Table, ix catalog.Index, column string) bool {
	expression := false
	for _, n := range ix.Columns {
		if n == 0 {
			expression = true
		} else if attName(t, n) == column {
			return true
		}
	}
	if !expression {
		return false
	}
	// "USING btree (lower(email))": a name inside another name is a false alarm at worst
	_, def, _ := strings.Cut(ix.Def, " USING ")
	return strings.Contains(def, column)
}

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
