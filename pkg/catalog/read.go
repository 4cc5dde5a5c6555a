package catalog

import (
	"cmp"
	"context"
	"embed"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
)

//go:embed queries/*.sql
var queries embed.FS

// Querier is a connection or a transaction.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// Read reads the catalog of the connected database, one round trip a query. The caller
// opens the transaction, whose snapshot and locks decide what is seen; its search_path
// is pg_catalog alone, as the session room sets it, so that definitions and types come
// out with their schemas. The error is a report.Fault of side Source.
func Read(ctx context.Context, q Querier) (*Catalog, error) {
	r := &reader{ctx: ctx, q: q, c: &Catalog{Types: map[uint32]*Type{}}}
	for _, step := range []func() error{
		r.database, r.schemas, r.tables, r.inherits, r.partitionKeys, r.columns, r.types,
		r.indexes, r.checks, r.foreignKeys, r.sequences, r.views, r.extensions, r.outward, r.volatile, r.texts,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	r.c.reindex()
	return r.c, nil
}

// reader links the rows of the queries by OID. Tables are sorted before the others come,
// and tables holds their places.
type reader struct {
	ctx    context.Context //nolint:containedctx // lives for one call of Read
	q      Querier
	c      *Catalog
	places map[uint32]int // OID of a table → its index in c.Tables
}

// each runs a query file and calls take after every row has been scanned into dest.
func (r *reader) each(file string, dest []any, take func()) error {
	doing := "read the catalog (" + file + ")"
	text, err := queries.ReadFile("queries/" + file + ".sql")
	if err != nil {
		return err
	}
	rows, err := r.q.Query(r.ctx, string(text))
	if err != nil {
		return session.Fault(report.Source, doing, err)
	}
	_, err = pgx.ForEachRow(rows, dest, func() error { take(); return nil })
	return session.Fault(report.Source, doing, err)
}

// table returns the table with the OID, or nil for one that is not ours to read.
func (r *reader) table(oid uint32) *Table {
	if i, ok := r.places[oid]; ok {
		return &r.c.Tables[i]
	}
	return nil
}

// letter returns the first byte of a one-letter code, 0 for an empty one.
func letter(s string) byte {
	if s == "" {
		return 0
	}
	return s[0]
}

// compare orders names by schema and name, by bytes: the database's collation would
// order equal databases differently.
func compare(a, b Name) int {
	if c := strings.Compare(a.Schema, b.Schema); c != 0 {
		return c
	}
	return strings.Compare(a.Name, b.Name)
}

func (r *reader) database() error {
	d := &r.c.Database
	return r.each("database", []any{
		&d.Name, &d.Version, &d.Encoding, &d.Collate, &d.CType, &d.Provider, &d.Locale, &d.Owner, &d.Bytes,
		&d.InRecovery, &d.Superuser, &d.LCMonetary, &d.Compressed, &r.c.LargeObjs,
	}, func() {})
}

func (r *reader) schemas() error {
	var s Schema
	err := r.each("schemas", []any{&s.Name, &s.Owner, &s.Extension}, func() { r.c.Schemas = append(r.c.Schemas, s) })
	slices.SortFunc(r.c.Schemas, func(a, b Schema) int { return strings.Compare(a.Name, b.Name) })
	return err
}

func (r *reader) tables() error {
	var t Table
	var kind, persistence, bound string
	var parent uint32
	err := r.each("tables", []any{
		&t.OID, &t.Name.Schema, &t.Name.Name, &kind, &persistence, &t.AccessMethod, &t.Owner, &parent, &bound,
		&t.Rows, &t.Pages, &t.Bytes, &t.Filenode, &t.RowSecurity, &t.Readable, &t.Extension, &t.ExtConfig, &t.Comment,
	}, func() {
		t.Kind, t.Persistence, t.Partition = letter(kind), letter(persistence), nil
		if parent != 0 {
			t.Partition = &Partition{Parent: parent, Bound: bound, Default: bound == "DEFAULT"}
		}
		r.c.Tables = append(r.c.Tables, t)
	})
	if err != nil {
		return err
	}
	slices.SortFunc(r.c.Tables, func(a, b Table) int { return compare(a.Name, b.Name) })
	r.places = make(map[uint32]int, len(r.c.Tables))
	for i := range r.c.Tables {
		r.places[r.c.Tables[i].OID] = i
	}
	for i := range r.c.Tables {
		if p := r.c.Tables[i].Partition; p != nil {
			p.Root = r.root(p.Parent)
		}
	}
	return nil
}

// root climbs from a partitioned table to the topmost one.
func (r *reader) root(oid uint32) uint32 {
	for {
		t := r.table(oid)
		if t == nil || t.Partition == nil {
			return oid
		}
		oid = t.Partition.Parent
	}
}

func (r *reader) inherits() error {
	var child, parent uint32
	return r.each("inherits", []any{&child, &parent}, func() {
		if t := r.table(child); t != nil {
			t.Inherits = append(t.Inherits, parent)
		}
		if t := r.table(parent); t != nil {
			t.Children = true
		}
	})
}

func (r *reader) partitionKeys() error {
	var oid uint32
	var strategy string
	var columns []int16
	var uses, collates []string
	return r.each("partition_keys", []any{&oid, &strategy, &columns, &uses, &collates}, func() {
		if t := r.table(oid); t != nil {
			t.PartitionBy = &Strategy{Strategy: letter(strategy), Columns: some(columns), Uses: some(uses), Collates: some(collates)}
		}
		columns, uses, collates = nil, nil, nil
	})
}

// some returns nil for an empty slice, so that a catalog equals itself after JSON. The
// scanned slice is handed over: its variable is cleared before the next row.
func some[T any](s []T) []T {
	if len(s) == 0 {
		return nil
	}
	return s
}

func (r *reader) columns() error {
	var oid uint32
	var identity string
	var c Column
	return r.each("columns", []any{
		&oid, &c.Num, &c.Name, &c.Type, &c.TypMod, &c.TypeName, &c.NotNull, &c.Default, &c.Generated, &identity,
		&c.FoldedCase, &c.Collation, &c.Comment,
	}, func() {
		if t := r.table(oid); t != nil {
			c.Identity = letter(identity)
			t.Columns = append(t.Columns, c)
		}
	})
}

func (r *reader) types() error {
	var t Type
	var kind, delim, category string
	var names, labels, checks []string
	var types []uint32
	var typmods []int32
	return r.each("types", []any{
		&t.OID, &t.Schema, &t.Name, &kind, &t.Elem, &t.TypMod, &names, &types, &typmods, &labels,
		&t.Binary, &delim, &category, &t.Ext, &checks, &t.Default,
	}, func() {
		n := t
		n.Kind, n.Delim, n.Category = letter(kind), letter(delim), letter(category)
		n.Labels, n.Checks, n.Fields = some(labels), some(checks), nil
		for i := range names {
			n.Fields = append(n.Fields, TypeField{Name: names[i], Type: types[i], TypMod: typmods[i]})
		}
		r.c.Types[n.OID] = &n
		names, labels, checks, types, typmods = nil, nil, nil, nil, nil
	})
}

func (r *reader) indexes() error {
	var oid uint32
	var x Index
	err := r.each("indexes", []any{&oid, &x.Name, &x.Unique, &x.Primary, &x.Exclusion, &x.Columns, &x.Operators, &x.Partial, &x.Def, &x.Bytes}, func() {
		if t := r.table(oid); t != nil {
			x.Operators = some(x.Operators)
			t.Indexes = append(t.Indexes, x)
		}
		x.Columns, x.Operators = nil, nil
	})
	for i := range r.c.Tables {
		slices.SortFunc(r.c.Tables[i].Indexes, func(a, b Index) int { return strings.Compare(a.Name, b.Name) })
	}
	return err
}

func (r *reader) checks() error {
	var oid uint32
	var k Check
	err := r.each("checks", []any{&oid, &k.Name, &k.Def}, func() {
		if t := r.table(oid); t != nil {
			t.Checks = append(t.Checks, k)
		}
	})
	for i := range r.c.Tables {
		slices.SortFunc(r.c.Tables[i].Checks, func(a, b Check) int { return strings.Compare(a.Name, b.Name) })
	}
	return err
}

func (r *reader) foreignKeys() error {
	var k ForeignKey
	err := r.each("foreign_keys", []any{&k.Name, &k.Table, &k.Columns, &k.RefTable, &k.RefColumns, &k.MatchFull, &k.Validated, &k.Period}, func() {
		r.c.ForeignKeys = append(r.c.ForeignKeys, k)
		k.Columns, k.RefColumns = nil, nil
	})
	// By the name of the table, as everything else: OIDs differ between equal databases.
	slices.SortFunc(r.c.ForeignKeys, func(a, b ForeignKey) int {
		if c := r.places[a.Table] - r.places[b.Table]; c != 0 {
			return c
		}
		return strings.Compare(a.Name, b.Name)
	})
	return err
}

func (r *reader) sequences() error {
	var s Sequence
	err := r.each("sequences", []any{
		&s.Name.Schema, &s.Name.Name, &s.Last, &s.Called, &s.Increment, &s.Max, &s.Min, &s.OwnerTab, &s.OwnerCol, &s.Readable, &s.Extension,
	}, func() { r.c.Sequences = append(r.c.Sequences, s) })
	slices.SortFunc(r.c.Sequences, func(a, b Sequence) int { return compare(a.Name, b.Name) })
	return err
}

func (r *reader) extensions() error {
	var x Extension
	err := r.each("extensions", []any{&x.Name, &x.Version, &x.Schema}, func() { r.c.Extensions = append(r.c.Extensions, x) })
	slices.SortFunc(r.c.Extensions, func(a, b Extension) int { return strings.Compare(a.Name, b.Name) })
	return err
}

func (r *reader) outward() error {
	var o Outward
	err := r.each("outward", []any{&o.Kind, &o.Name}, func() { r.c.Outward = append(r.c.Outward, o) })
	slices.SortFunc(r.c.Outward, func(a, b Outward) int {
		if c := strings.Compare(a.Kind, b.Kind); c != 0 {
			return c
		}
		return strings.Compare(a.Name, b.Name)
	})
	return err
}

func (r *reader) texts() error {
	var t Text
	err := r.each("texts", []any{&t.Kind, &t.Name, &t.Text}, func() { r.c.Texts = append(r.c.Texts, t) })
	slices.SortFunc(r.c.Texts, func(a, b Text) int {
		return cmp.Or(strings.Compare(a.Kind, b.Kind), strings.Compare(a.Name, b.Name), strings.Compare(a.Text, b.Text))
	})
	return err
}

func (r *reader) volatile() error {
	var name string
	err := r.each("volatile", []any{&name}, func() { r.c.Volatile = append(r.c.Volatile, name) })
	slices.Sort(r.c.Volatile)
	return err
}
