package catalog

import (
	"fmt"
	"slices"
	"strings"

	"github.com/understudy-db/understudy/pkg/attest"
)

// Digest returns the SHA-256, in hex, of what decisions rest on: of [Catalog.Structure].
func (c *Catalog) Digest() string { return c.Structure().Digest() }

// Structure returns what decisions rest on: tables, columns, types, keys and uniqueness.
// Partitions are folded into their root; sizes, sequences, statistics, owners, the
// numbers of columns and the names of constraints are left out. So a new month's
// partition, a grown table or a database that was dumped and restored is the same.
func (c *Catalog) Structure() attest.Structure {
	s := attest.Structure{Tables: map[string]attest.Table{}, Types: map[string]string{}}
	root := make(map[uint32]*Table, len(c.Tables)) // partitions map to their root
	for i := range c.Tables {
		t := &c.Tables[i]
		if root[t.OID] = t; t.Partition != nil {
			if r := c.Table(t.Partition.Root); r != nil {
				root[t.OID] = r
			}
		}
	}
	for i := range c.Tables {
		if t := &c.Tables[i]; t.Partition == nil && t.Extension == "" {
			s.Tables[t.Name.String()] = c.outline(t, s.Types)
		}
	}
	for _, fk := range c.ForeignKeys {
		from, to := root[fk.Table], root[fk.RefTable]
		if from == nil || to == nil {
			continue
		}
		t, ok := s.Tables[from.Name.String()]
		key := fmt.Sprintf("%q to %s %q", fk.Columns, to.Name, fk.RefColumns)
		if fk.MatchFull {
			key += " match full"
		}
		if ok && !slices.Contains(t.Keys, key) {
			t.Keys = append(t.Keys, key)
			slices.Sort(t.Keys)
			s.Tables[from.Name.String()] = t
		}
	}
	return s
}

func (c *Catalog) outline(t *Table, types map[string]string) attest.Table {
	out := attest.Table{Columns: make(map[string]string, len(t.Columns))}
	switch t.Kind {
	case 'p':
		out.Kind = "partitioned"
	case 'f':
		out.Kind = "foreign"
	}
	for _, col := range t.Columns {
		text := col.TypeName
		if col.NotNull {
			text += " not null"
		}
		if col.Generated {
			text += " generated"
		}
		if col.Collation != "" && col.Collation != "default" {
			text += fmt.Sprintf(" collate %q", col.Collation)
		}
		out.Columns[col.Name] = text
		c.define(col.Type, types)
	}
	for _, ix := range t.Indexes {
		if ix.Unique || ix.Exclusion {
			out.Unique = append(out.Unique, t.uniqueness(ix))
		}
	}
	slices.Sort(out.Unique)
	out.Unique = slices.Compact(out.Unique)
	if p := t.PartitionBy; p != nil {
		out.Partitioned = fmt.Sprintf("%c %q %q", p.Strategy, t.names(p.Columns), p.Uses)
	}
	return out
}

// uniqueness says over what an index is unique. Expressions and conditions are quoted
// from its definition, since nothing else has them.
func (t *Table) uniqueness(ix Index) string {
	text := fmt.Sprintf("%q", t.names(ix.Columns))
	if ix.Partial || slices.Contains(ix.Columns, 0) || strings.Contains(ix.Def, "NULLS NOT DISTINCT") {
		_, text, _ = strings.Cut(ix.Def, " USING ")
	}
	if ix.Exclusion {
		text += " exclusion"
	}
	return text
}

func (t *Table) names(numbers []int16) []string {
	out := make([]string, len(numbers))
	for i, n := range numbers {
		for k := range t.Columns {
			if t.Columns[k].Num == n {
				out[i] = t.Columns[k].Name
			}
		}
	}
	return out
}

// define adds what a user's own type is made of, and the types that it is made of: a
// field that is new in a composite is a new column in all but name.
func (c *Catalog) define(oid uint32, types map[string]string) {
	t := c.Types[oid]
	if t == nil {
		return
	}
	name := t.Schema + "." + t.Name
	if _, done := types[name]; done {
		return
	}
	own := t.Schema != "pg_catalog" && t.Ext == ""
	switch {
	case own && t.Kind == 'e':
		types[name] = fmt.Sprintf("enum %q", t.Labels)
	case own && t.Kind == 'c':
		fields := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			fields[i] = fmt.Sprintf("%q %s %d", f.Name, c.typeName(f.Type), f.TypMod)
		}
		types[name] = "composite " + strings.Join(fields, ", ")
	case own && t.Kind == 'd':
		types[name] = fmt.Sprintf("domain over %s %d", c.typeName(t.Elem), t.TypMod)
	case own && (t.Kind == 'r' || t.Kind == 'm'):
		types[name] = "range of " + c.typeName(t.Elem)
	}
	if t.Elem != 0 {
		c.define(t.Elem, types)
	}
	for _, f := range t.Fields {
		c.define(f.Type, types)
	}
}

func (c *Catalog) typeName(oid uint32) string {
	if t := c.Types[oid]; t != nil {
		return t.Schema + "." + t.Name
	}
	return fmt.Sprint(oid) // built-in types alone are not listed, and their numbers never change
}
