package plan

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/mask"
	"github.com/understudy-db/understudy/pkg/ruleset"
)

// CheckActions looks for what is wrong with the rules' actions whatever database they
// meet: unknown maskers, unknown countries, a keep whose last day is past today, and the
// like. Whether a masker fits its column only the database tells. The error is a
// [ruleset.Problems].
func CheckActions(rules *ruleset.Rules, today time.Time) error {
	o := &offline{planner: &planner{Input: Input{Rules: rules}}, today: today}
	for i := range rules.Domains {
		d := &rules.Domains[i]
		o.check("domain "+d.Name, &d.Action)
	}
	for i := range rules.Tables {
		t := &rules.Tables[i]
		table := catalog.Name{Schema: t.Schema, Name: t.Name}.String()
		for j := range t.Columns {
			o.check(table+"."+t.Columns[j].Name, &t.Columns[j].Action)
		}
		for j := range t.Keep {
			o.expired(table+": "+strings.Join(t.Keep[j].Columns, ", "), &t.Keep[j])
		}
	}
	if len(o.found) > 0 {
		return o.found
	}
	return nil
}

type offline struct {
	planner *planner
	today   time.Time
	found   ruleset.Problems
}

// check looks at an action, at its else, and at those of its places in documents. A
// reference to a domain is not followed: the domain has been looked at itself.
func (o *offline) check(place string, a *ruleset.Action) {
	if a.Else != nil {
		o.check(place, a.Else)
	}
	for i := range a.Paths {
		o.check(place+" "+a.Paths[i].Path, &a.Paths[i].Action)
	}
	if a.Kind == ruleset.KindKeep {
		o.expired(place, a.Keep)
	}
	if a.Kind != ruleset.KindMask {
		return
	}
	if len(a.Paths) > 0 || a.Rest != nil {
		o.document(place, a)
		return
	}
	spec := mask.Spec{Name: a.Mask, Domain: place, Locale: o.planner.Rules.Locale, Params: maps.Clone(a.Params)}
	if a.How != nil {
		spec.How = a.How.Mode
	}
	info, _ := mask.Lookup(a.Mask)
	for _, name := range slices.Sorted(maps.Keys(spec.Params)) {
		if _, ok := spec.Params[name].(ruleset.ColumnRef); ok {
			delete(spec.Params, name)
			spec.Args = append(spec.Args, name)
		} else if locale, ok := spec.Params[name].(string); ok && name == "locale" && !hasParam(a.Mask, name) {
			delete(spec.Params, name)
			spec.Locale = locale
		}
	}
	// A parameter may be meant for one type of several: one that takes it is enough.
	var first error
	for _, class := range append(slices.Clone(info.Classes), mask.ClassText) {
		spec.Column = mask.Column{Class: class}
		_, err := mask.Check(spec)
		if err == nil {
			return
		}
		if first == nil {
			first = err
		}
	}
	o.found = append(o.found, ruleset.Problem{Position: a.Position, Message: place + ": " + first.Error(), Hint: o.planner.maskerHint(&spec)})
}

// document looks at what a document's masker has besides its places: paths and a schema.
func (o *offline) document(place string, a *ruleset.Action) {
	spec := mask.Spec{Name: a.Mask, Domain: place, Params: a.Params, Column: mask.Column{Class: mask.ClassText}}
	for i := range a.Paths {
		spec.Paths = append(spec.Paths, mask.PathSpec{Path: a.Paths[i].Path}) // its action has been looked at
	}
	if a.Rest != nil {
		spec.Rest = a.Rest.Mode
	}
	at := a.Position
	_, err := mask.Check(spec)
	if err == nil && a.Schema != nil {
		spec.Schema, at = a.Schema.Text, a.Schema.Position
		_, err = mask.Check(spec)
	}
	if err != nil {
		o.found = append(o.found, ruleset.Problem{Position: at, Message: place + ": " + err.Error(), Hint: o.planner.maskerHint(&spec)})
	}
}

// expired reports a keep whose last day is past.
func (o *offline) expired(place string, k *ruleset.Keep) {
	if k == nil || k.Until.IsZero() || !o.today.After(k.Until) {
		return
	}
	message, hint := pastKeep(k)
	o.found = append(o.found, ruleset.Problem{Position: k.Position, Message: place + ": " + message, Hint: hint})
}

// pastKeep says that a keep is past its last day, and what can be done.
func pastKeep(k *ruleset.Keep) (message, hint string) {
	return "it was kept until " + k.Until.Format(time.DateOnly) + ", which is past", "decide again: mask it, or give the keep a new date"
}
