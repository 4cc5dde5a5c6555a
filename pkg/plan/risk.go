package plan

import (
	"slices"

	"github.com/understudy-db/understudy/pkg/mask"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/ruleset"
)

// risk ranks a column for whoever reviews the ledger. A decision with a condition counts as
// the worse of its two ways.
func (p *planner) risk(r *resolved) report.Risk {
	d := &r.decision
	worst := p.riskOf(r, d)
	if d.When != nil {
		if other := p.riskOf(r, d.Else); rank(other) > rank(worst) {
			worst = other
		}
	}
	return worst
}

func (p *planner) riskOf(r *resolved, d *Decision) report.Risk {
	switch d.Kind {
	case Keep:
		switch {
		case d.Special || r.personal && !coarse[r.kind] && d.By != "foreign key":
			return report.RiskHigh
		case r.quasi() || r.personal:
			return report.RiskElevated
		}
	case Mask:
		if bestEffort(d.Spec) || d.Traits.Safety == mask.Valid {
			return report.RiskElevated
		}
		return report.RiskLow
	}
	return report.RiskNone
}

func rank(r report.Risk) int {
	return slices.Index([]report.Risk{report.RiskNone, report.RiskLow, report.RiskElevated, report.RiskHigh}, r)
}

// bestEffort reports whether parts of the value arrive as they are unless a detector knows them.
func bestEffort(s *mask.Spec) bool {
	return s.Rest == "scan" || s.Rest == "keep" || s.How == "scan" || s.How == "scrub"
}

func (r *resolved) quasi() bool {
	return r.owner.rule != nil && slices.ContainsFunc(r.owner.rule.Quasi, func(q ruleset.Quasi) bool { return q.Column == r.column.Name })
}

// quasis lists the declared quasi-identifiers of tables whose rows are copied.
func (p *planner) quasis() []Quasi {
	var out []Quasi
	for _, l := range p.tables {
		if l.rule == nil || len(l.rule.Quasi) == 0 {
			continue
		}
		q := Quasi{Table: l.table.Name}
		for _, c := range l.rule.Quasi {
			q.Columns = append(q.Columns, c.Column)
		}
		out = append(out, q)
	}
	return out
}
