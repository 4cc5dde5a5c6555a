package pipeline

import (
	"slices"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/detect"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/profile"
	"github.com/understudy-db/understudy/pkg/ruleset"
	"github.com/understudy-db/understudy/pkg/seed"
)

// natures tells what a column holds: its name and type speak, and the rules where
// there are some. rules may be nil.
type natures struct {
	c     *catalog.Catalog
	rules *ruleset.Rules
	known map[*catalog.Column]seed.Nature
}

func newNatures(c *catalog.Catalog, rules *ruleset.Rules) *natures {
	return &natures{c: c, rules: rules, known: map[*catalog.Column]seed.Nature{}}
}

// maskKinds are the kinds of column that a masker of the rules speaks for; what is not
// here keeps the kind of its name.
var maskKinds = map[string]string{
	"email": detect.Email, "phone": detect.Phone, "first_name": detect.FirstName, "last_name": detect.LastName, "full_name": detect.FullName,
	"street": detect.Street, "address": detect.Street, "city": detect.City, "postcode": detect.Postcode, "region": detect.Region, "company": detect.Company,
	"national_id": detect.NationalID, "passport": detect.NationalID, "tax_id": detect.TaxID, "iban": detect.IBAN, "card": detect.Card, "ip": detect.IP, "mac": detect.MAC,
	"username": detect.Username, "password_hash": detect.Password, "token": detect.Token, "push_token": detect.PushToken, "url": detect.URL, "webhook": detect.URL,
	"text": detect.FreeText, "title": detect.Title, "gender": detect.Gender, "job_title": detect.JobTitle,
}

// rule returns the rules of a table and of its column; nil where there are none.
func (n *natures) rule(t *catalog.Table, column string) (*ruleset.Table, *ruleset.Action) {
	if n.rules == nil {
		return nil, nil
	}
	for i := range n.rules.Tables {
		rt := &n.rules.Tables[i]
		if rt.Schema != t.Name.Schema || rt.Name != t.Name.Name {
			continue
		}
		for j := range rt.Columns {
			if rt.Columns[j].Name == column {
				return rt, &rt.Columns[j].Action
			}
		}
		return rt, nil
	}
	return nil, nil
}

// masker is the name of the masker that an action ends in, "" for none.
func (n *natures) masker(a *ruleset.Action) string {
	if a.Kind == ruleset.KindDomain {
		for i := range n.rules.Domains {
			if n.rules.Domains[i].Name == a.Domain {
				return n.rules.Domains[i].Action.Mask
			}
		}
	}
	return a.Mask
}

// of is what made-up data wants to know of a column.
func (n *natures) of(t *catalog.Table, col *catalog.Column) seed.Nature {
	if known, ok := n.known[col]; ok {
		return known
	}
	shape := plan.ShapeOf(n.c, col.Type, col.TypMod)
	kind, sure, _ := detect.Classify(detect.ColumnInfo{
		Table: t.Name.Name, Column: col.Name, Class: string(shape.Class), MaxChars: shape.MaxChars, Key: n.isKey(t, col),
	})
	personal := detect.Personal(kind) && sure >= detect.Threshold
	if sure < 0.4 {
		kind = ""
	}
	out := seed.Nature{MaxChars: shape.MaxChars, Bits: shape.Bits, Digits: shape.Digits, Scale: shape.Scale}
	if _, a := n.rule(t, col.Name); a != nil {
		if a.Kind != ruleset.KindKeep {
			personal = true
		}
		if k := maskKinds[n.masker(a)]; k != "" && shape.Class == "text" {
			kind = k
		}
		if a.Schema != nil {
			out.Schema = a.Schema.Text
		}
		for i := range a.Paths {
			out.Paths, out.Masks = append(out.Paths, a.Paths[i].Path), append(out.Masks, n.masker(&a.Paths[i].Action))
		}
	}
	out.Nature = profile.Nature{Kind: kind, Class: string(shape.Class), Personal: personal}
	switch kind {
	case detect.FirstName, detect.LastName, detect.FullName, detect.Email, detect.Username:
		out.Names = personal
	}
	n.known[col] = out
	return out
}

func (n *natures) isKey(t *catalog.Table, col *catalog.Column) bool {
	for _, fk := range n.c.ForeignKeys {
		if fk.Table == t.OID && slices.Contains(fk.Columns, col.Name) {
			return true
		}
	}
	return slices.ContainsFunc(t.Indexes, func(ix catalog.Index) bool { return ix.Primary && slices.Contains(ix.Columns, col.Num) })
}

// subject is the column that the rules name as a table's subject.
func (n *natures) subject(t *catalog.Table) string {
	if rt, _ := n.rule(t, ""); rt != nil {
		return rt.Subject
	}
	return ""
}
