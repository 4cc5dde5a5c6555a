package plan

import (
	"regexp"
	"strings"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/mask"
)

// What excludes says to those who mask a column of an exclusion constraint.
const (
	shiftHint = "a range of dates may take {mask: date, shift: 30d, per: domain}: one shift for all keeps what overlaps; or keep it with a reason, or make it null"
	equalHint = "mask it by value and with what does not give two values one stand-in (key, uuid, text_key); or keep it with a reason, or make it null"
)

// rangeOfColumns is an expression that makes a range of two columns and nothing else.
var rangeOfColumns = regexp.MustCompile(`^\(?(?:daterange|tsrange|tstzrange)\(("(?:[^"]|"")+"|[a-z_][a-z0-9_$]*), ("(?:[^"]|"")+"|[a-z_][a-z0-9_$]*)(?:, '[\[(][\])]'::text)?\)\)?$`)

// excludes says why a masked column breaks an exclusion constraint or a key WITHOUT
// OVERLAPS, with a hint, or "". What is compared for equality needs stand-ins that are
// equal where the values are; what is compared for overlaps has to move as one.
func (p *planner) excludes(l *logical, t *catalog.Table, ix catalog.Index, r *resolved) (why, hint string) {
	if r.decision.When != nil {
		return "a condition decides over it", "mask it in every row, or in none"
	}
	if len(ix.Operators) != len(ix.Columns) {
		return "what it compares is not known", "keep it with a reason, or make it null"
	}
	for i, n := range ix.Columns {
		column := t.Column(attName(t, n))
		computed := n == 0 || column != nil && column.Generated
		switch {
		case n != 0 && attName(t, n) == r.column.Name:
			if why, hint := p.comparison(ix.Operators[i], r); why != "" {
				return why, hint
			}
		case computed:
			var text string
			if n == 0 {
				text = expressionAt(ix, i)
			} else {
				text = column.Default
			}
			if !strings.Contains(text, r.column.Name) {
				continue
			}
			if ix.Operators[i] != "&&" && ix.Operators[i] != "-|-" || !p.movesAsOne(l, text, r) {
				return "an expression of it may give two rows stand-ins that meet",
					"an expression that makes a range of two columns may take {mask: date, shift: 30d, per: domain} in one domain of both; or keep it with a reason, or make it null"
			}
		}
	}
	return "", ""
}

// comparison says why the stand-ins of a column do not compare as its values do.
func (p *planner) comparison(operator string, r *resolved) (why, hint string) {
	switch operator {
	case "=", "<>":
		if r.decision.Spec.Subject != "" {
			return "two rows of one value may get two stand-ins", equalHint
		}
		if x := r.decision.Traits.Collision(r.owner.rows); x >= collisionLimit {
			return "two of its values share a stand-in with probability " + probability(x), equalHint
		}
	case "&&", "-|-":
		if !p.oneShift(r) {
			return "its stand-ins may overlap", shiftHint
		}
	default:
		return "its stand-ins do not compare by " + operator + " as its values do", "keep it with a reason, or make it null"
	}
	return "", ""
}

// oneShift reports whether all values of a column, or all bounds of its ranges, move by
// the same time.
func (p *planner) oneShift(r *resolved) bool {
	d := &r.decision
	if d.Kind != Mask || d.When != nil || d.Spec.Name != "date" || d.Spec.Params["per"] != "domain" {
		return false
	}
	base, _ := p.base(r.column.Type, -1)
	return base != nil && base.Kind != 'a' && base.Kind != 'c' && (d.Spec.Column.Class == mask.ClassDate || d.Spec.Column.Class == mask.ClassTimestamp)
}

// movesAsOne reports whether the expression is a range of two columns that have one shift.
func (p *planner) movesAsOne(l *logical, expression string, r *resolved) bool {
	m := rangeOfColumns.FindStringSubmatch(strings.TrimSpace(expression))
	if m == nil || !p.oneShift(r) {
		return false
	}
	for _, name := range m[1:] {
		if quoted, ok := strings.CutPrefix(name, `"`); ok {
			name = strings.ReplaceAll(strings.TrimSuffix(quoted, `"`), `""`, `"`)
		}
		other := l.columns[name]
		if other == nil || !p.oneShift(other) || !sameStandIns(r.decision, other.decision) || other.decision.Spec.Column.Class != r.decision.Spec.Column.Class {
			return false
		}
	}
	return true
}

// expressionAt is the i-th column of an index as its definition has it, or all of the
// definition where that cannot be taken apart: nobody takes it for a range of columns.
func expressionAt(ix catalog.Index, i int) string {
	if all := definitionColumns(ix); len(all) == len(ix.Columns) {
		return all[i]
	}
	return ix.Def
}

// definitionColumns splits what an index is on at the commas outside of brackets and quotes.
func definitionColumns(ix catalog.Index) []string {
	_, def, _ := strings.Cut(ix.Def, " USING ")
	_, def, _ = strings.Cut(def, "(")
	var all []string
	depth, from := 0, 0
	for i := 0; i < len(def); i++ {
		switch c := def[i]; {
		case c == '\'' || c == '"':
			if i = closing(def, i, false); i < 0 {
				return nil
			}
			i--
		case c == '(':
			depth++
		case c == ')' && depth == 0:
			return append(all, strings.TrimSpace(def[from:i]))
		case c == ')':
			depth--
		case c == ',' && depth == 0:
			all, from = append(all, strings.TrimSpace(def[from:i])), i+1
		}
	}
	return nil
}
