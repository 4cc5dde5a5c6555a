package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/understudy-db/understudy/pkg/catalog"
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
	for _, r := range masked {
		d := r.decision
		at := ruleset.Position{File: d.File, Line: d.Line}
		switch {
		case ix.Exclusion:
			p.blame(r, at, "the exclusion constraint "+ix.Name+" covers it, and its stand-ins may overlap", "keep it with a reason, or make it null")
		case d.Traits.Collision(l.rows) >= collisionLimit:
			p.blame(r, at, fmt.Sprintf("the unique index %s covers it, and two of its %d rows share a stand-in of %s with probability %s",
				ix.Name, l.rows, d.Spec.Name, probability(d.Traits.Collision(l.rows))),
				"use a masker with more stand-ins (`understudy show maskers`), overflow: unassigned where the masker has it, or null")
		}
		if d.Else != nil && d.Else.Kind == Mask && d.Else.Traits.Collision(l.rows) >= collisionLimit {
			p.blame(r, at, "the unique index "+ix.Name+" covers it, and its else branch can give two rows one stand-in", "use a masker with more stand-ins")
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
