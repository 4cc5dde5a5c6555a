package proposal

import (
	"fmt"
	"slices"
	"strings"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/detect"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/ruleset"
	"github.com/understudy-db/understudy/pkg/survey"
)

// Candidates returns the columns whose names point to another table's key without a
// constraint that says so: customer_id to customers.id, or to customers.customer_id. The
// types have to be equal. Whether the values agree, the survey tries.
func Candidates(c *catalog.Catalog) []survey.Key {
	targets := map[string][]*catalog.Table{} // by the name that a column would have
	for i := range c.Tables {
		t := &c.Tables[i]
		key := soleKey(t)
		if key == nil || t.Partition != nil || t.Extension != "" {
			continue
		}
		for _, name := range keyNames(t.Name.Name, key.Name) {
			targets[name] = append(targets[name], t)
		}
	}
	var out []survey.Key
	for i := range c.Tables {
		t := &c.Tables[i]
		if t.Partition != nil || t.Extension != "" || t.Kind == 'f' {
			continue
		}
		for k := range t.Columns {
			col := &t.Columns[k]
			if col.Generated || inForeignKey(c, t, col.Name) || alone(t, col) {
				continue
			}
			if to := target(targets[strings.ToLower(col.Name)], t, col); to != nil {
				out = append(out, survey.Key{Table: t.Name, Column: col.Name, RefTable: to.Name, RefCol: soleKey(to).Name})
			}
		}
	}
	return out
}

// target chooses among the tables that a column's name fits: of the same schema if there
// is one, and nobody when two fit equally.
func target(fits []*catalog.Table, t *catalog.Table, col *catalog.Column) *catalog.Table {
	fits = slices.DeleteFunc(slices.Clone(fits), func(to *catalog.Table) bool {
		return to == t || soleKey(to).Type != col.Type
	})
	near := slices.DeleteFunc(slices.Clone(fits), func(to *catalog.Table) bool { return to.Name.Schema != t.Name.Schema })
	if len(near) > 0 {
		fits = near
	}
	if len(fits) != 1 {
		return nil
	}
	return fits[0]
}

// keyNames are what columns that point to a table's key are called.
func keyNames(table, key string) []string {
	table, key = strings.ToLower(table), strings.ToLower(key)
	var names []string
	for _, one := range []string{table, strings.TrimSuffix(table, "s"), strings.TrimSuffix(table, "es"), strings.TrimSuffix(table, "ies") + "y"} {
		if len(one) < 3 {
			continue
		}
		names = append(names, one+"_"+key, one+key)
		if key != "id" {
			names = append(names, one+"_id")
		}
	}
	if key != "id" && key != "name" && key != "code" && key != "key" && len(key) > 3 {
		names = append(names, key) // customer_id in customers
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// soleKey is the one column of the primary key, nil when there are several or none.
func soleKey(t *catalog.Table) *catalog.Column {
	for _, ix := range t.Indexes {
		if ix.Primary && len(ix.Columns) == 1 {
			for i := range t.Columns {
				if t.Columns[i].Num == ix.Columns[0] {
					return &t.Columns[i]
				}
			}
		}
	}
	return nil
}

// alone reports whether the column is its table's whole primary key.
func alone(t *catalog.Table, c *catalog.Column) bool {
	key := soleKey(t)
	return key != nil && key.Num == c.Num
}

func inForeignKey(c *catalog.Catalog, t *catalog.Table, column string) bool {
	return slices.ContainsFunc(c.ForeignKeys, func(fk catalog.ForeignKey) bool { return fk.Table == t.OID && slices.Contains(fk.Columns, column) })
}

// believed are the tried keys whose every value was found, of columns that nothing decides
// yet: a key over one that a person has decided could contradict him. A few values prove little, so three at least are asked for.
func believed(tried []survey.Key, open []plan.Undecided) []survey.Key {
	var out []survey.Key
	for _, k := range tried {
		if k.Values >= 3 && k.Found == k.Values && slices.ContainsFunc(open, func(u plan.Undecided) bool { return u.Table == k.Table && u.Column == k.Column }) {
			out = append(out, k)
		}
	}
	slices.SortFunc(out, func(a, b survey.Key) int {
		return strings.Compare(a.Table.String()+"."+a.Column, b.Table.String()+"."+b.Column)
	})
	return out
}

// subjects finds whom the rows of the tables with people's names are about: the row
// itself, or the one that its only key to such a table names.
func (p *proposer) subjects() {
	people := map[uint32]bool{}
	for _, c := range p.columns {
		switch c.kind {
		case detect.FirstName, detect.LastName, detect.FullName, detect.Username:
			if c.confidence >= sure && plan.ClassOf(p.Catalog, c.table.Column(c.name).Type) == "text" {
				people[c.table.OID] = true
			}
		}
	}
	for oid := range people {
		t := p.Catalog.Table(oid)
		if t.Kind == 'f' || p.ruled(t.Name) {
			continue
		}
		if key := soleKey(t); key != nil {
			p.subject[t.Name] = key.Name
			continue
		}
		var to []string
		for _, fk := range p.Catalog.ForeignKeys {
			if fk.Table == oid && len(fk.Columns) == 1 && people[fk.RefTable] && fk.RefTable != oid {
				to = append(to, fk.Columns[0])
			}
		}
		if len(to) == 1 {
			p.subject[t.Name] = to[0]
		}
	}
}

// ruled reports whether the file has rules for the table: its subject is then its author's.
func (p *proposer) ruled(n catalog.Name) bool {
	return slices.ContainsFunc(p.rules.Tables, func(t ruleset.Table) bool { return t.Schema == n.Schema && t.Name == n.Name })
}

// virtualKey writes a key as an item of the rules.
func virtualKey(k survey.Key) string {
	return fmt.Sprintf("{table: %s, columns: [%s], references: %s, to: [%s]}  # proposed: all of %d values were found there",
		ruleset.TableKey(k.Table.Schema, k.Table.Name), ruleset.Key(k.Column), ruleset.TableKey(k.RefTable.Schema, k.RefTable.Name), ruleset.Key(k.RefCol), k.Values)
}
