package plan

import (
	"fmt"
	"slices"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/mask"
	"github.com/understudy-db/understudy/pkg/report"
)

// Drawn returns the domains, of values and of subjects, whose keys the stand-ins are drawn
// with: the column's own, those of places in its documents, and those of its else. What is
// the same under every key is drawn from none.
func (d *Decision) Drawn() []string {
	var drawn []string
	for ; d != nil; d = d.Else {
		if d.Kind == Mask && d.Spec != nil {
			drawn = drawnBy(drawn, d.Spec)
		}
	}
	slices.Sort(drawn)
	return slices.Compact(drawn)
}

func drawnBy(drawn []string, s *mask.Spec) []string {
	if t, err := mask.Check(*s); err != nil || !fixed(s.Name, t) {
		drawn = append(drawn, s.Domain)
		if s.Subject != "" {
			drawn = append(drawn, s.Subject)
		}
	}
	if named, ok := s.Params["domains"].(map[string]any); ok { // of what is found by scanning
		for _, domain := range named {
			if name, ok := domain.(string); ok {
				drawn = append(drawn, name)
			}
		}
	}
	for i := range s.Paths {
		if name := s.Paths[i].Spec.Name; name != "" && name != mask.NullName {
			drawn = drawnBy(drawn, &s.Paths[i].Spec)
		}
	}
	return drawn
}

// fixed reports whether the stand-ins are the same under every key. A user agent is drawn
// from those of its kind of device, which ISO/IEC 20889 calls a generalisation as well.
func fixed(masker string, t mask.Traits) bool {
	return t.Technique == "suppression" || t.Technique == "generalization" && masker != "user_agent"
}

// Rotated is a column that has other stand-ins when a domain has another key.
type Rotated struct {
	Domain string `json:"domain"`
	Schema string `json:"schema"`
	Table  string `json:"table"`
	Column string `json:"column"`
	Masker string `json:"masker"`
	Key    string `json:"key,omitempty"` // "primary", "foreign" or "unique", of a column that rows are found by
}

// Rotation tells what another key for the domains changes. A domain that no column's
// stand-ins are drawn from is an error, which names the nearest.
func (p *Plan) Rotation(c *catalog.Catalog, domains []string) ([]Rotated, error) {
	var known []string
	for _, e := range p.Ledger {
		known = append(known, e.Drawn...)
	}
	slices.Sort(known)
	known = slices.Compact(known)
	var out []Rotated
	for _, domain := range domains {
		if !slices.Contains(known, domain) {
			hint := nearest(domain, known)
			if hint == "" {
				hint = "`understudy plan` prints the domain of every column; one that the rules name is written as there"
			}
			return nil, &report.Fault{Side: report.Usage, Doing: "give a domain a key of its own", Err: fmt.Errorf("no column's stand-ins are drawn from the domain %s", domain), Hint: hint}
		}
		for _, e := range p.Ledger {
			if slices.Contains(e.Drawn, domain) {
				out = append(out, Rotated{domain, e.Schema, e.Table, e.Column, e.Masker, keyKind(c, e)})
			}
		}
	}
	return out, nil
}

// keyKind says what kind of key the column is part of, "" of none.
func keyKind(c *catalog.Catalog, e report.Entry) string {
	t := c.Lookup(catalog.Name{Schema: e.Schema, Name: e.Table})
	if t == nil {
		return ""
	}
	if slices.ContainsFunc(c.ForeignKeys, func(fk catalog.ForeignKey) bool { return fk.Table == t.OID && slices.Contains(fk.Columns, e.Column) }) {
		return "foreign"
	}
	kind := ""
	for _, ix := range t.Indexes {
		if !slices.ContainsFunc(ix.Columns, func(n int16) bool { return n != 0 && attName(t, n) == e.Column }) {
			continue
		}
		switch {
		case ix.Primary:
			return "primary"
		case ix.Unique:
			kind = "unique"
		}
	}
	return kind
}
