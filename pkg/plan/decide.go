package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/agext/levenshtein"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/ruleset"
)

// matchRules finds each rule's table. A rule for a table that is not there is a
// problem: it may be a typo that leaves the real table undecided.
func (p *planner) matchRules() {
	for i := range p.Rules.Tables {
		rule := &p.Rules.Tables[i]
		name := catalog.Name{Schema: rule.Schema, Name: rule.Name}
		l := p.byName[name]
		if l == nil && rule.Preserve && p.Catalog.Lookup(name) == nil {
			continue // staging's own
		}
		if l == nil {
			p.problem(Problem{Table: name.String(), Message: "there is no such table", Hint: p.whyNoTable(name), File: rule.File, Line: rule.Line})
			continue
		}
		l.rule = rule
		for _, c := range rule.Columns {
			p.mustHave(l, c.Name, c.Position)
		}
		for _, k := range rule.Keep {
			for _, c := range k.Columns {
				p.mustHave(l, c, k.Position)
			}
		}
		if rule.Subject != "" {
			p.mustHave(l, rule.Subject, rule.Position)
		}
		for _, q := range rule.Quasi {
			p.mustHave(l, q.Column, q.Position)
			p.mustGroup(l, q)
		}
	}
}

func (p *planner) whyNoTable(name catalog.Name) string {
	if t := p.Catalog.Lookup(name); t != nil {
		switch {
		case t.Partition != nil:
			if root := p.byOID[t.OID]; root != nil {
				return "it is a partition: name its root, " + root.table.Name.String()
			}
		case t.Kind == 'f':
			return "it is a foreign table: its rows are not in this database and are not copied"
		case t.Extension != "":
			return "it belongs to the extension " + t.Extension + ", which brings it along"
		}
	}
	names := make([]string, 0, len(p.byName))
	for n := range p.byName {
		names = append(names, n.String())
	}
	return nearest(name.String(), names)
}

func (p *planner) mustHave(l *logical, column string, at ruleset.Position) {
	if l.columns[column] != nil {
		return
	}
	names := make([]string, 0, len(l.columns))
	for n := range l.columns {
		names = append(names, n)
	}
	p.problem(Problem{
		Table: l.table.Name.String(), Column: column, Message: "there is no such column",
		Hint: nearest(column, names), File: at.File, Line: at.Line,
	})
}

// nearest says "did you mean x?" when a known name is close, else "".
func nearest(name string, known []string) string {
	slices.Sort(known)
	best, distance := "", 1+len(name)/3
	for _, k := range known {
		if d := levenshtein.Distance(name, k, nil); d <= distance && (best == "" || d < distance) {
			best, distance = k, d
		}
	}
	if best == "" {
		return ""
	}
	return "did you mean " + best + "?"
}

// mustGroup reports a quasi-identifier of a type by which PostgreSQL cannot tell rows apart.
func (p *planner) mustGroup(l *logical, q ruleset.Quasi) {
	r := l.columns[q.Column]
	if r == nil {
		return
	}
	base, _ := p.base(r.column.Type, r.column.TypMod)
	if base == nil || !builtin(base) {
		return
	}
	switch base.Name {
	case "json", "xml", "point", "line", "lseg", "box", "path", "polygon", "circle":
		p.problem(Problem{
			Table: l.table.Name.String(), Column: q.Column, Message: "PostgreSQL cannot group by " + base.Name + ", so rows cannot be counted by it",
			Hint: "leave it out of quasi", File: q.File, Line: q.Line,
		})
	}
}

func (p *planner) decideAll() {
	for _, l := range p.tables {
		for i := range l.table.Columns {
			p.decide(l.columns[l.table.Columns[i].Name])
		}
	}
}

// decide fills in r's decision, and the decisions it is taken from first.
func (p *planner) decide(r *resolved) {
	if r.state != 0 {
		return
	}
	r.state = 1
	p.classify(r)
	r.decision = p.decision(r)
	r.decision.Special = r.decision.Special || p.special(r.kind)
	r.state = 2
	if r.decision.Kind == Null && r.column.NotNull && r.decision.By != "undecided" {
		p.problem(Problem{
			Table: r.owner.table.Name.String(), Column: r.column.Name, Message: "it is decided to be NULL and may not be: it is NOT NULL",
			Hint: "mask it, or use {mask: constant, value: …}", File: r.decision.File, Line: r.decision.Line,
		})
	}
}

func (p *planner) decision(r *resolved) Decision {
	l, c := r.owner, r.column
	if c.Generated {
		return Decision{Kind: Generated, Reason: "computed by the target from masked columns", By: "catalog", Subject: -1}
	}
	if l.rule != nil && l.rule.Skip != "" {
		by := "table"
		if l.rule.Preserve {
			by = "preserve"
		}
		return Decision{Kind: Skip, Reason: l.rule.Skip, By: by, File: l.rule.File, Line: l.rule.Line, Subject: -1}
	}
	if a, at := p.ruleFor(r); a != nil {
		d := p.act(r, a, "rule")
		d.File, d.Line = at.File, at.Line
		return d
	}
	if d, ok := p.fromKey(r); ok {
		return d
	}
	if l.parent != nil {
		if up := l.parent.columns[c.Name]; up != nil {
			p.decide(up)
			if up.decision.Kind != "" && up.decision.By != "undecided" {
				d := p.takeFrom(r, up)
				d.Reason, d.By = "inherited from "+l.parent.table.Name.String()+": "+up.decision.Reason, "inheritance"
				return d
			}
		}
	}
	for i := range p.Rules.Packs {
		pack := &p.Rules.Packs[i]
		for k := range pack.Kinds {
			if pack.Kinds[k].Kind == r.kind && r.personal {
				d := p.act(r, &pack.Kinds[k].Action, "pack")
				d.Reason = fmt.Sprintf("pack %s: %s", pack.Name, r.because)
				d.File, d.Line = pack.Kinds[k].File, pack.Kinds[k].Line
				return d
			}
		}
	}
	if p.Rules.Undecided == "null" && !c.NotNull {
		return Decision{Kind: Null, Reason: "no rule names it, and undecided columns are made NULL", By: "undecided", Subject: -1}
	}
	p.open = append(p.open, Undecided{
		Table: l.table.Name, Column: c.Name, Type: c.TypeName, Proposal: p.proposal(r), Because: r.because, Awaits: r.awaits,
	})
	return Decision{Kind: Null, By: "undecided", Subject: -1}
}

// ruleFor returns the action that the rules name for the column: its own, or its keep list's.
func (p *planner) ruleFor(r *resolved) (*ruleset.Action, ruleset.Position) {
	rule := r.owner.rule
	if rule == nil {
		return nil, ruleset.Position{}
	}
	for i := range rule.Columns {
		if rule.Columns[i].Name == r.column.Name {
			return &rule.Columns[i].Action, rule.Columns[i].Position
		}
	}
	for i := range rule.Keep {
		if slices.Contains(rule.Keep[i].Columns, r.column.Name) {
			return &ruleset.Action{Position: rule.Keep[i].Position, Kind: ruleset.KindKeep, Keep: &rule.Keep[i]}, rule.Keep[i].Position
		}
	}
	return nil, ruleset.Position{}
}

// act turns an action into a decision.
func (p *planner) act(r *resolved, a *ruleset.Action, by string) Decision {
	d := Decision{Subject: -1, By: by, File: a.File, Line: a.Line}
	switch a.Kind {
	case ruleset.KindKeep:
		d.Kind, d.Reason, d.Owner = Keep, a.Keep.Why, a.Keep.Owner
		if !a.Keep.Until.IsZero() {
			d.Until = a.Keep.Until.Format(time.DateOnly)
			if today := p.today(); today.After(a.Keep.Until) {
				message, hint := pastKeep(a.Keep)
				p.blame(r, a.Keep.Position, message, hint)
			}
		}
	case ruleset.KindNull:
		d.Kind, d.Reason = Null, a.Why
		if a.Why == "" {
			d.Reason = "the rules make it NULL"
		}
	case ruleset.KindMask, ruleset.KindDomain:
		if a.Kind == ruleset.KindMask && a.Mask == "hash" {
			p.hash(r, a, &d)
		} else {
			p.mask(r, a, &d)
		}
	case ruleset.KindCompute:
		expr, err := rewriteCondition(a.Compute, p.SnapshotTime, p.Catalog.Volatile)
		switch {
		case err != nil:
			p.blame(r, a.Position, "compute: "+err.Error(), "write one immutable expression over the row's columns")
		case strings.Contains(expr, computeTag):
			p.blame(r, a.Position, "compute: "+computeTag+" has no place in an expression", "")
		case p.isKey(r):
			p.blame(r, a.Position, "it is part of a key, which cannot be computed", "mask it, or keep it with a reason")
		}
		d.Kind, d.compute, d.Reason = Generated, expr, "computed by the target: "+a.Compute
	default:
		p.blame(r, a.Position, fmt.Sprintf("an action of kind %q is not known", a.Kind), "")
	}
	if a.When != "" && a.Else != nil {
		p.when(r, a, &d, by)
	}
	return d
}

// today is the snapshot's date: a run that starts before midnight judges by one day.
func (p *planner) today() time.Time {
	if len(p.SnapshotTime) >= len(time.DateOnly) {
		if t, err := time.Parse(time.DateOnly, p.SnapshotTime[:len(time.DateOnly)]); err == nil {
			return t
		}
	}
	return time.Now().UTC().Truncate(24 * time.Hour)
}

// fromKey takes over the decision of the column that a foreign key points to.
func (p *planner) fromKey(r *resolved) (Decision, bool) {
	for _, fk := range p.keysOf[r.owner.table.OID] {
		i := slices.Index(fk.Columns, r.column.Name)
		if i < 0 {
			continue
		}
		to := p.byOID[fk.RefTable]
		if to == nil {
			continue
		}
		ref := to.columns[fk.RefColumns[i]]
		if ref == nil || ref == r {
			continue
		}
		if to.rule != nil && to.rule.Skip != "" {
			continue // its decision says nothing of the values
		}
		p.decide(ref)
		if ref.state != 2 || ref.decision.By == "undecided" {
			if ref.state == 2 {
				r.awaits = to.table.Name.String() + "." + ref.column.Name
			}
			continue // a cycle in which nothing is decided, or nothing to take over
		}
		d := p.takeFrom(r, ref)
		d.Reason = fmt.Sprintf("references %s.%s: %s", to.table.Name, ref.column.Name, ref.decision.Reason)
		d.By = "foreign key"
		return d, true
	}
	return Decision{}, false
}

// takeFrom copies the decision of another column: the same domain, the shape of this one.
func (p *planner) takeFrom(r, from *resolved) Decision {
	d := from.decision
	if d.Kind == Mask {
		spec := *d.Spec
		spec.Column = p.columnShape(r)
		d.Spec = &spec
		p.traits(r, &d, ruleset.Position{File: d.File, Line: d.Line})
	}
	return d
}

// checkKeys refuses foreign keys whose two sides are masked unlike: they would dangle.
func (p *planner) checkKeys() {
	for _, l := range p.tables {
		for _, fk := range p.keysOf[l.table.OID] {
			to := p.byOID[fk.RefTable]
			for i, name := range fk.Columns {
				from, ref := l.columns[name], to.columns[fk.RefColumns[i]]
				if from == nil || ref == nil {
					continue
				}
				p.checkKey(fk, from, ref)
			}
		}
	}
}

func (p *planner) checkKey(fk catalog.ForeignKey, from, ref *resolved) {
	a, b := from.decision, ref.decision
	switch {
	case a.By == "undecided" && a.Reason == "", b.By == "undecided" && b.Reason == "":
		return // refused already
	case a.Kind == Skip || a.Kind == Null || a.Kind == Generated && b.Kind == Keep:
		return
	case b.Kind == Skip:
		return // the filters' check names the key
	}
	at := ruleset.Position{File: a.File, Line: a.Line}
	target := ref.owner.table.Name.String() + "." + ref.column.Name
	switch {
	case a.When != nil || b.When != nil:
		p.blame(from, at, "a condition decides over a column of the foreign key "+fk.Name, "a key is masked in every row, or in none")
	case b.Kind == Mask && b.Subject >= 0, b.Kind == Mask && b.Spec.Subject != "":
		p.blame(ref, ruleset.Position{File: b.File, Line: b.Line}, "it is drawn from a subject, and the foreign key "+fk.Name+" references it",
			"mask it by value: the referencing rows know only the value")
	case a.Kind != b.Kind, a.Kind == Mask && !sameStandIns(a, b):
		p.blame(from, at, fmt.Sprintf("it references %s (foreign key %s) and is decided unlike it (%s, %s)", target, fk.Name, describe(a), describe(b)),
			"leave it out of the rules: it takes over what "+target+" has")
	}
}

func sameStandIns(a, b Decision) bool {
	if a.Spec.Name != b.Spec.Name || a.Spec.Domain != b.Spec.Domain || a.Spec.Locale != b.Spec.Locale || len(a.Spec.Params) != len(b.Spec.Params) {
		return false
	}
	for k, v := range a.Spec.Params {
		if fmt.Sprint(v) != fmt.Sprint(b.Spec.Params[k]) {
			return false
		}
	}
	return true
}

func describe(d Decision) string {
	if d.Kind == Mask {
		return "mask " + d.Spec.Name + " in " + d.Spec.Domain
	}
	return string(d.Kind)
}

func (p *planner) checkLargeObjects() {
	switch n := p.Catalog.LargeObjs; {
	case n == 0:
	case p.Rules.Large == nil:
		p.problem(Problem{
			Table: "large objects", Message: fmt.Sprintf("the database has %d of them, and nothing decides over them", n),
			Hint: `add "large_objects: {skip: why}" to the rules`,
		})
	case !p.Rules.Large.Skip:
		p.problem(Problem{
			Table: "large objects", Message: "copying them is not supported yet", Hint: `use "large_objects: {skip: why}"`,
			File: p.Rules.Large.File, Line: p.Rules.Large.Line,
		})
	}
}

// reasonOf is what the ledger says of why.
func reasonOf(d Decision) string {
	if d.Reason != "" {
		return d.Reason
	}
	if d.Kind == Mask {
		return strings.TrimSpace("stand-ins by " + d.Spec.Name)
	}
	return string(d.Kind)
}
