package profile

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
)

// Nature is what the caller knows of a column.
type Nature struct {
	Kind     string // of package detect
	Class    string // of package mask
	Personal bool   // the rules or its name say so: no value is read
	Names    bool   // it names a person: its table is one of people
}

// Options says how to measure.
type Options struct {
	K       int                                           // 0 is DefaultK
	Nature  func(*catalog.Table, *catalog.Column) Nature  // of a column
	Subject func(*catalog.Table) string                   // the column that the rules name as the table's subject, or ""
	Done    func(table string, rows int64, at, total int) // after each table; may be nil
}

const (
	mostValues  = 200     // of one column; a category has no more
	mostShapes  = 20      //
	bins        = 20      // of a histogram, about
	shapeSample = 200_000 // rows that shapes and lengths are taken from, about
)

// Measure reads every table through the connection, inside the caller's transaction:
// a read-only one of a single snapshot. Errors are faults of the source.
func Measure(ctx context.Context, tx pgx.Tx, c *catalog.Catalog, o Options) (*Profile, error) {
	if o.K <= 0 {
		o.K = DefaultK
	}
	m := &meter{ctx: ctx, tx: tx, c: c, Options: o, people: map[uint32]bool{}}
	tables := Tables(c)
	for _, t := range tables {
		for i := range t.Columns {
			if o.Nature(t, &t.Columns[i]).Names {
				m.people[t.OID] = true
			}
		}
	}
	p := &Profile{Version: Version, Schema: Digest(c), K: o.K}
	for i, t := range tables {
		pt, err := m.table(t)
		if err != nil {
			return nil, session.Fault(report.Source, "measure "+t.Name.String(), err)
		}
		p.Tables = append(p.Tables, *pt)
		if o.Done != nil {
			o.Done(pt.Name, pt.Rows, i+1, len(tables))
		}
	}
	return p, nil
}

type meter struct {
	Options
	ctx    context.Context //nolint:containedctx // lives for one call of Measure
	tx     pgx.Tx
	c      *catalog.Catalog
	people map[uint32]bool
}

// measured is a table at work.
type measured struct {
	*Table
	t        *catalog.Table
	from     string   // "schema.table AS t LEFT JOIN …"
	subjects []string // expressions of whom a row is about; empty: each row is its own
	exact    int64    // rows, not rounded
}

func (m *meter) table(t *catalog.Table) (*Table, error) {
	w := &measured{Table: &Table{Name: t.Name.String()}, t: t}
	m.findSubjects(w)
	if err := m.counts(w); err != nil {
		return nil, err
	}
	for i := range t.Columns {
		if err := m.column(w, &t.Columns[i], &w.Columns[i]); err != nil {
			return nil, err
		}
	}
	for _, k := range m.c.ForeignKeys {
		if k.Table == t.OID {
			if err := m.key(w, k); err != nil {
				return nil, err
			}
		}
	}
	return w.Table, nil
}

// findSubjects walks foreign keys up to the nearest tables of people, at most four
// steps, and joins what lies between. A table of people is its own subject as well.
func (m *meter) findSubjects(w *measured) {
	w.from = w.t.Name.SQL() + " AS t"
	if m.Subject != nil {
		if s := m.Subject(w.t); s != "" {
			w.subjects, w.Subjects = []string{"t." + catalog.Quote(s)}, []string{s}
			return
		}
	}
	type step struct {
		oid   uint32
		alias string
		path  string
	}
	seen := map[uint32]bool{w.t.OID: true}
	level := []step{{w.t.OID, "t", ""}}
	for depth := 0; depth < 4 && len(level) > 0; depth++ {
		var next []step
		for _, at := range level {
			for _, k := range m.c.ForeignKeys {
				parent := m.c.Table(k.RefTable)
				if k.Table != at.oid || parent == nil || seen[k.RefTable] {
					continue
				}
				path := at.path + strings.Join(k.Columns, ", ") + " → " + parent.Name.String()
				if m.people[k.RefTable] {
					parts := make([]string, len(k.Columns))
					for i, col := range k.Columns {
						parts[i] = at.alias + "." + catalog.Quote(col)
					}
					expr := parts[0]
					if len(parts) > 1 {
						expr = "(" + strings.Join(parts, ", ") + ")"
					}
					w.subjects, w.Subjects = append(w.subjects, expr), append(w.Subjects, path)
				}
				seen[k.RefTable] = true
				alias := fmt.Sprintf("j%d", len(seen))
				on := make([]string, len(k.Columns))
				for i, col := range k.Columns {
					on[i] = fmt.Sprintf("%s.%s = %s.%s", alias, catalog.Quote(k.RefColumns[i]), at.alias, catalog.Quote(col))
				}
				next = append(next, step{k.RefTable, alias, path + ", "})
				if len(m.peopleAbove(k.RefTable, map[uint32]bool{w.t.OID: true}, depth+1)) > 0 {
					w.from += fmt.Sprintf(" LEFT JOIN %s AS %s ON %s", parent.Name.SQL(), alias, strings.Join(on, " AND "))
				} else {
					next = next[:len(next)-1]
				}
			}
		}
		level = next
	}
	if m.people[w.t.OID] || len(w.subjects) == 0 {
		w.Subjects = append(w.Subjects, "row")
	}
}

// peopleAbove returns the tables of people that a table reaches.
func (m *meter) peopleAbove(oid uint32, seen map[uint32]bool, depth int) (out []uint32) {
	seen[oid] = true
	for _, k := range m.c.ForeignKeys {
		if k.Table != oid || depth >= 4 {
			continue
		}
		if m.people[k.RefTable] {
			out = append(out, k.RefTable)
		}
		if !seen[k.RefTable] {
			out = append(out, m.peopleAbove(k.RefTable, seen, depth+1)...)
		}
	}
	return out
}

// enough is the condition of a group that may be told of.
func (m *meter) enough(w *measured) string {
	parts := []string{fmt.Sprintf("count(*) >= %d", m.K)}
	for _, s := range w.subjects {
		parts = append(parts, fmt.Sprintf("count(DISTINCT %s) >= %d", s, m.K))
	}
	return strings.Join(parts, " AND ")
}

// counts reads rows, NULLs and distinct values of all columns at once.
func (m *meter) counts(w *measured) error {
	list := []string{"count(*)"}
	for i := range w.t.Columns {
		col := &w.t.Columns[i]
		q := "t." + catalog.Quote(col.Name)
		list = append(list, "count("+q+")")
		if m.Nature(w.t, col).Personal || !m.comparable(col.Type) {
			list = append(list, "0::bigint")
		} else {
			list = append(list, "count(DISTINCT "+q+")")
		}
	}
	values := make([]int64, len(list))
	dest := make([]any, len(list))
	for i := range dest {
		dest[i] = &values[i]
	}
	if err := m.tx.QueryRow(m.ctx, "SELECT "+strings.Join(list, ", ")+" FROM "+w.t.Name.SQL()+" AS t").Scan(dest...); err != nil {
		return err
	}
	w.exact, w.Rows = values[0], rounded(values[0])
	for i := range w.t.Columns {
		col := &w.t.Columns[i]
		n := m.Nature(w.t, col)
		out := Column{Name: col.Name, Type: col.TypeName, Kind: n.Kind, Personal: n.Personal, Distinct: rounded(values[2+2*i])}
		if nulls := values[0] - values[1+2*i]; nulls >= int64(m.K) {
			out.Nulls = 1
			if values[1+2*i] >= int64(m.K) {
				out.Nulls = share(nulls, values[0])
			}
		}
		w.Columns = append(w.Columns, out)
	}
	return nil
}

// unordered are types that have no equality to count distinct values by.
var unordered = map[string]bool{"json": true, "xml": true, "point": true, "polygon": true, "box": true, "path": true, "lseg": true, "line": true, "circle": true}

func (m *meter) comparable(oid uint32) bool {
	t := m.c.Types[oid]
	for t != nil && (t.Kind == 'd' || t.Kind == 'a') {
		t = m.c.Types[t.Elem]
	}
	return t != nil && t.Kind != 'c' && !unordered[t.Name] && (t.Schema == "pg_catalog" || t.Kind == 'e' || t.Ext == "citext")
}

// column reads what the column's nature allows.
func (m *meter) column(w *measured, col *catalog.Column, out *Column) error {
	n := m.Nature(w.t, col)
	if w.exact < int64(m.K) {
		return nil
	}
	if n.Class == "text" && !m.isArray(col.Type) {
		if err := m.shapes(w, col, out); err != nil {
			return err
		}
	}
	if n.Personal || n.Class == "json" || n.Class == "xml" || n.Class == "hstore" || n.Class == "bytea" || n.Class == "uuid" || m.inKey(w.t, col) || !m.comparable(col.Type) {
		return nil
	}
	if out.Distinct > 0 && out.Distinct <= mostValues && out.Distinct*2 <= w.exact {
		if err := m.values(w, col, out); err != nil {
			return err
		}
	}
	switch n.Class {
	case "integer", "numeric", "float", "date", "timestamp":
		if !m.isArray(col.Type) && !m.isRange(col.Type) {
			return m.histogram(w, col, n.Class, out)
		}
	}
	return nil
}

func (m *meter) isArray(oid uint32) bool { return m.base(oid, 'a') }
func (m *meter) isRange(oid uint32) bool { return m.base(oid, 'r') || m.base(oid, 'm') }

func (m *meter) base(oid uint32, kind byte) bool {
	t := m.c.Types[oid]
	for t != nil && t.Kind == 'd' {
		t = m.c.Types[t.Elem]
	}
	return t != nil && t.Kind == kind
}

// inKey reports whether the column is part of a primary or a foreign key: its values
// are the database's own numbers, and fan-outs say the rest.
func (m *meter) inKey(t *catalog.Table, col *catalog.Column) bool {
	for _, k := range m.c.ForeignKeys {
		if k.Table == t.OID && slices.Contains(k.Columns, col.Name) {
			return true
		}
	}
	for _, ix := range t.Indexes {
		if ix.Unique && len(ix.Columns) == 1 && ix.Columns[0] == col.Num {
			return true
		}
	}
	return false
}

// values reads the shares of a category's values that enough people have.
func (m *meter) values(w *measured, col *catalog.Column, out *Column) error {
	q := "t." + catalog.Quote(col.Name)
	rows, err := m.tx.Query(m.ctx, fmt.Sprintf("SELECT %s::text, count(*), sum(count(*)) OVER ()::bigint FROM %s WHERE %s IS NOT NULL GROUP BY %s HAVING %s ORDER BY 2 DESC, 1 LIMIT %d",
		q, w.from, q, q, m.enough(w), mostValues))
	if err != nil {
		return err
	}
	present := int64(float64(w.exact) * (1 - out.Nulls))
	var text string
	var n, sum int64
	_, err = pgx.ForEachRow(rows, []any{&text, &n, &sum}, func() error {
		out.Values = append(out.Values, Share{text, share(n, max(present, sum))})
		return nil
	})
	return err
}

// shapes reads lengths and shapes of texts from a sample of the table.
func (m *meter) shapes(w *measured, col *catalog.Column, out *Column) error {
	from := w.from
	if w.exact > 2*shapeSample {
		from = strings.Replace(from, " AS t", fmt.Sprintf(" AS t TABLESAMPLE SYSTEM (%g) REPEATABLE (1)", 100*float64(shapeSample)/float64(w.exact)), 1)
	}
	q := "t." + catalog.Quote(col.Name) + "::text"
	scan := func(expr string, take func(text string, n int64)) error {
		rows, err := m.tx.Query(m.ctx, fmt.Sprintf("SELECT (%s)::text, count(*) FROM %s WHERE %s IS NOT NULL GROUP BY 1 HAVING %s ORDER BY 2 DESC, 1 LIMIT %d", expr, from, q, m.enough(w), mostValues))
		if err != nil {
			return err
		}
		var text string
		var n int64
		_, err = pgx.ForEachRow(rows, []any{&text, &n}, func() error { take(text, n); return nil })
		return err
	}
	var total int64
	edges := []int64{0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 75, 100, 150, 200, 300, 500, 1000, 2000, 5000, 10000}
	counts := make([]int64, len(edges))
	list := make([]string, len(edges))
	for i, e := range edges {
		list[i] = strconv.FormatInt(e, 10)
	}
	if err := scan("pg_catalog.width_bucket(pg_catalog.length("+q+"), ARRAY["+strings.Join(list, ",")+"])", func(text string, n int64) {
		if i, err := strconv.Atoi(text); err == nil && i > 0 {
			counts[i-1], total = n, total+n
		}
	}); err != nil {
		return err
	}
	for i, n := range counts {
		if n > 0 {
			to := edges[min(i+1, len(edges)-1)]
			if i == len(edges)-1 {
				to = 2 * edges[i]
			}
			out.Lengths = append(out.Lengths, Bin{list[i], strconv.FormatInt(to, 10), share(n, total)})
		}
	}
	shape := fmt.Sprintf(`pg_catalog.regexp_replace(pg_catalog.regexp_replace(pg_catalog.regexp_replace(pg_catalog.regexp_replace(pg_catalog.left(%s, 40), '[A-Z]', 'A', 'g'), '[a-z]', 'a', 'g'), '[0-9]', '9', 'g'), '[^ -~]', '?', 'g')`, q)
	return scan(shape, func(text string, n int64) {
		if len(out.Shapes) < mostShapes {
			out.Shapes = append(out.Shapes, Share{text, share(n, total)})
		}
	})
}

// key reads how many children the parents of a foreign key have.
func (m *meter) key(w *measured, k catalog.ForeignKey) error {
	parent := m.c.Table(k.RefTable)
	if parent == nil {
		return nil
	}
	cols := make([]string, len(k.Columns))
	for i, c := range k.Columns {
		cols[i] = catalog.Quote(c)
	}
	list := strings.Join(cols, ", ")
	out := Key{Columns: k.Columns, References: parent.Name.String()}
	var parents int64
	if err := m.tx.QueryRow(m.ctx, "SELECT count(*) FROM "+parent.Name.SQL()).Scan(&parents); err != nil {
		return err
	}
	rows, err := m.tx.Query(m.ctx, fmt.Sprintf(`SELECT n, count(*) FROM (SELECT count(*) AS n FROM %s WHERE (%s) IS NOT NULL GROUP BY %s) AS c GROUP BY n ORDER BY n`, w.t.Name.SQL(), list, list))
	if err != nil {
		return err
	}
	var fans []Fan
	var counts []int64
	left := parents
	var n, c int64
	if _, err := pgx.ForEachRow(rows, []any{&n, &c}, func() error {
		fans, counts, left = append(fans, Fan{From: n, To: n}), append(counts, c), left-c
		return nil
	}); err != nil {
		return err
	}
	fans, counts = slices.Insert(fans, 0, Fan{}), slices.Insert(counts, 0, max(0, left))
	// What few parents have joins its neighbour.
	for i := 0; i < len(fans); i++ {
		if counts[i] >= int64(m.K) || len(fans) == 1 {
			continue
		}
		j := i + 1
		if j == len(fans) {
			j = i - 1
		}
		if counts[i] > 0 {
			fans[j] = Fan{From: min(fans[i].From, fans[j].From), To: max(fans[i].To, fans[j].To)}
		}
		counts[j] += counts[i]
		fans, counts = slices.Delete(fans, i, i+1), slices.Delete(counts, i, i+1)
		i = max(-1, i-2)
	}
	if len(fans) == 1 && counts[0] < int64(m.K) {
		w.Keys = append(w.Keys, out)
		return nil
	}
	// Neighbours of like sizes are told as one, or a large table has a line for each.
	for i := range fans {
		fans[i].Share = float64(counts[i]) / float64(max(1, parents))
		if n := len(out.FanOut); n > 0 && fans[i].From > 10 && fans[i].To*10 <= out.FanOut[n-1].From*12 {
			out.FanOut[n-1].To = fans[i].To
			out.FanOut[n-1].Share += fans[i].Share
			continue
		}
		out.FanOut = append(out.FanOut, fans[i])
	}
	for i := range out.FanOut {
		f := &out.FanOut[i]
		f.Share = round3(f.Share)
		if f.From > 10 {
			f.From, f.To = rounded(f.From), rounded(f.To)
		}
	}
	w.Keys = append(w.Keys, out)
	return nil
}
