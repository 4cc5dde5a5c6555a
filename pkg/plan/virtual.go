package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/ruleset"
)

// virtualKey is a foreign key that the rules declare and that no column pair alone can
// stand for: it lies in a document, or its target depends on another column. The others
// become foreign keys like any other.
type virtualKey struct {
	rule     *ruleset.VirtualKey
	from, to *logical
	columns  []string // of the table that is referred to
}

// matchVirtual finds the tables and columns of the declared keys.
func (p *planner) matchVirtual() {
	for i := range p.Rules.Virtual {
		rule := &p.Rules.Virtual[i]
		from, to := p.named(rule.Table), p.named(rule.RefTable)
		if from == nil || to == nil {
			continue
		}
		k := virtualKey{rule: rule, from: from, to: to, columns: rule.To}
		if len(k.columns) == 0 {
			k.columns = primaryKey(to.table)
		}
		if !p.checkVirtual(&k) {
			continue
		}
		if rule.JSON != "" || rule.When != "" {
			p.virtual = append(p.virtual, k)
			continue
		}
		fk := catalog.ForeignKey{
			Name: "virtual key " + strings.Join(rule.Columns, ", "), Table: from.table.OID, Columns: rule.Columns, RefTable: to.table.OID, RefColumns: k.columns, Virtual: true,
		}
		p.keysOf[from.table.OID] = append(p.keysOf[from.table.OID], fk)
		p.keysTo[to.table.OID] = append(p.keysTo[to.table.OID], fk)
	}
}

// named finds a table that the rules name outside of tables; nil when there is none,
// which is then a problem.
func (p *planner) named(n ruleset.TableName) *logical {
	name := catalog.Name{Schema: n.Schema, Name: n.Name}
	l := p.byName[name]
	if l == nil {
		p.problem(Problem{Table: name.String(), Message: "there is no such table", Hint: p.whyNoTable(name), File: n.File, Line: n.Line})
	}
	return l
}

func primaryKey(t *catalog.Table) []string {
	for i := range t.Indexes {
		if t.Indexes[i].Primary {
			return columnNames(t, t.Indexes[i].Columns)
		}
	}
	return nil
}

func columnNames(t *catalog.Table, numbers []int16) []string {
	names := make([]string, len(numbers))
	for i, n := range numbers {
		names[i] = attName(t, n)
	}
	return names
}

// checkVirtual reports whether the key can hold, and what is wrong with it.
func (p *planner) checkVirtual(k *virtualKey) bool {
	before := len(p.trouble)
	bad := func(l *logical, column, message, hint string) {
		p.problem(Problem{Table: l.table.Name.String(), Column: column, Message: message, Hint: hint, File: k.rule.File, Line: k.rule.Line})
	}
	own := k.rule.Columns
	if k.rule.JSON != "" {
		own = []string{k.rule.JSON}
	}
	for _, c := range own {
		p.mustHave(k.from, c, k.rule.Position)
	}
	for _, c := range k.columns {
		p.mustHave(k.to, c, k.rule.Position)
	}
	if k.rule.When != "" {
		p.mustHave(k.from, k.rule.When, k.rule.Position)
	}
	if len(p.trouble) > before {
		return false
	}
	switch {
	case len(k.columns) == 0:
		bad(k.to, "", "a virtual key refers to it, and it has no primary key", "say the column: to: [id]")
		return false
	case len(own) != len(k.columns):
		bad(k.from, strings.Join(own, ", "), fmt.Sprintf("the virtual key has %d columns and refers to %d of %s (%s)", len(own), len(k.columns), k.to.table.Name, strings.Join(k.columns, ", ")), "name as many on either side: columns, to")
		return false
	case !uniqueOn(k.to.table, k.columns):
		bad(k.to, strings.Join(k.columns, ", "), "a virtual key refers to it, and no unique index holds it", "a key refers to at most one row: make the index, or refer to another column")
		return false
	}
	if k.rule.JSON != "" {
		if c := k.from.columns[k.rule.JSON].column; !p.isOneOf(c.Type, "json", "jsonb") {
			bad(k.from, c.Name, "it is "+c.TypeName+", and the virtual key looks into a document", "name a json or jsonb column")
		}
		c := k.to.columns[k.columns[0]].column
		if p.fromText(c, "") == "" {
			bad(k.to, c.Name, "a virtual key out of a document cannot refer to "+c.TypeName, "integers, numeric, uuid and texts can be referred to")
		}
		return len(p.trouble) == before
	}
	for i, name := range own {
		a, b := k.from.columns[name].column, k.to.columns[k.columns[i]].column
		if p.family(a.Type) != p.family(b.Type) {
			bad(k.from, name, fmt.Sprintf("the virtual key compares %s with %s (%s.%s), which are different types", a.TypeName, b.TypeName, k.to.table.Name, b.Name), "refer to a column of the same type")
		}
	}
	return len(p.trouble) == before
}

// uniqueOn reports whether at most one row has the same values in the columns.
func uniqueOn(t *catalog.Table, columns []string) bool {
	want := slices.Sorted(slices.Values(columns))
	return slices.ContainsFunc(t.Indexes, func(x catalog.Index) bool {
		return x.Unique && !x.Partial && slices.Equal(slices.Sorted(slices.Values(columnNames(t, x.Columns))), want)
	})
}

func (p *planner) isOneOf(oid uint32, names ...string) bool {
	t, _ := p.base(oid, -1)
	return t != nil && t.Schema == "pg_catalog" && slices.Contains(names, t.Name)
}

// family names what types can be compared with an index: integers of every size, texts
// of every kind, and else a type with itself.
func (p *planner) family(oid uint32) string {
	t, _ := p.base(oid, -1)
	switch {
	case t == nil:
		return ""
	case p.isOneOf(oid, "int2", "int4", "int8"):
		return "integer"
	case p.isOneOf(oid, "text", "varchar", "bpchar", "name") || t.Ext == "citext":
		return "text"
	}
	return t.Schema + "." + t.Name
}

// fromText is an SQL expression that turns text into a value of the column's family, or
// into NULL where it is none: a document may hold anything, and a failed cast would end
// the run and put the value into the source's log. Empty when there is no such expression.
func (p *planner) fromText(c *catalog.Column, text string) string {
	guard := func(pattern, typ string) string {
		return fmt.Sprintf("CASE WHEN %s ~ '%s' THEN (%s)::%s END", text, pattern, text, typ)
	}
	switch {
	case p.family(c.Type) == "text":
		return text + "::text"
	case p.family(c.Type) == "integer":
		return guard("^-?[0-9]{1,18}$", "int8")
	case p.isOneOf(c.Type, "numeric"):
		return guard("^-?[0-9]{1,100}([.][0-9]{1,100})?$", "numeric")
	case p.isOneOf(c.Type, "uuid"):
		return guard("^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$", "uuid")
	}
	return ""
}

// equal compares a column under an alias with an expression. The search path of our
// sessions is pg_catalog alone, so the operator of an extension's type must be named: with
// the one of pg_catalog, citext would be compared like text.
func (p *planner) equal(c *catalog.Column, alias, other string) string {
	operator := "="
	if t, _ := p.base(c.Type, -1); t != nil && t.Kind == 'b' && t.Schema != "pg_catalog" {
		operator = "OPERATOR(" + catalog.Quote(t.Schema) + ".=)"
	}
	return fmt.Sprintf("%s.%s %s %s", alias, catalog.Quote(c.Name), operator, other)
}
