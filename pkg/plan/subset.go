package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/ruleset"
)

// Subset says how the rows of a subset are found: a graph of tables and keys, and the
// queries that walk it. A row is known by its address (ctid), which one snapshot keeps
// still: so no value of a key ever leaves the source, and whatever a key consists of, the
// server itself compares it.
type Subset struct {
	Nodes []Node      `json:"nodes"` // what is referred to comes before what refers to it, as far as there are no circles
	Keys  []SubsetKey `json:"keys"`
}

// Node is a table as the rules see it, with its leaves. Queries return a leaf's OID and a
// row's address; Start.Scan returns the texts that name the row as well.
type Node struct {
	Name   catalog.Name `json:"name"`
	Leaves []Leaf       `json:"leaves"`
	Start  *Start       `json:"start,omitempty"`
	Whole  string       `json:"whole,omitempty"` // why all of its rows are taken; empty: they are not
	All    string       `json:"all,omitempty"`   // the query for them
	Skip   bool         `json:"skip,omitempty"`
	Filter string       `json:"filter,omitempty"` // where or follow, as the rules say it
}

// Start is how much of a table the subset starts from.
type Start struct {
	Percent float64 `json:"percent,omitempty"` // 0 is not given
	Rows    int64   `json:"rows,omitempty"`    // 0 is not given
	Where   string  `json:"where,omitempty"`   // as the rules say it
	Scan    string  `json:"scan"`
	File    string  `json:"file"`
	Line    int     `json:"line"`
}

// Leaf is one table that holds rows.
type Leaf struct {
	OID     uint32       `json:"oid"`
	Name    catalog.Name `json:"name"`
	Rows    int64        `json:"rows"`    // estimate
	Bytes   int64        `json:"bytes"`   // with TOAST
	Index   int64        `json:"index"`   // bytes of all its indexes
	Indexes int          `json:"indexes"` //
	Width   string       `json:"width"`   // query: count and sum of the stored bytes of the rows at the addresses in $1, and whether there is a TOAST table
}

// SubsetKey is a foreign key, declared or virtual, between two nodes.
type SubsetKey struct {
	From    int     `json:"from"`           // node that refers
	To      int     `json:"to"`             // node that is referred to
	Label   string  `json:"label"`          // public.orders.customer_id
	None    string  `json:"none,omitempty"` // why the rows that refer to a chosen one are not taken; empty: they are
	Most    int64   `json:"most,omitempty"` // of them, for each row that they refer to; 0 is all
	Indexed bool    `json:"indexed"`        // they are found by an index
	Virtual bool    `json:"virtual,omitempty"`
	Up      []Query `json:"up"`   // by leaf of From: the rows that the rows at the addresses in $1 refer to
	Down    []Query `json:"down"` // by leaf of To: the rows that refer to the rows at the addresses in $1
	// Of a virtual key, which no constraint holds: how many references lead nowhere.
	Loose  []Query `json:"loose,omitempty"`  // by leaf of From: of the rows at the addresses in $1
	Broken string  `json:"broken,omitempty"` // of what was written
}

// Query is one statement over the rows of one leaf.
type Query struct {
	Leaf uint32 `json:"leaf"`
	SQL  string `json:"sql"`
}

// subset builds the graph, or says what of the rules' subset does not fit.
func (p *planner) subset() *Subset {
	rule := p.Rules.Subset
	if rule == nil {
		p.problem(Problem{Table: "subset", Message: "the rules do not say where a subset starts", Hint: p.proposeStart()})
		return nil
	}
	g := &grapher{planner: p, rule: rule, place: map[*logical]int{}, s: &Subset{}}
	g.nodes()
	g.keys()
	g.starts()
	g.whole()
	g.choices()
	return g.s
}

// proposeStart names the table to which most others lead.
func (p *planner) proposeStart() string {
	best, most := "public.customers", 0
	for _, l := range p.tables {
		if n := len(p.keysTo[l.table.OID]); n > most || n == most && n > 0 && l.table.Name.String() < best {
			best, most = l.table.Name.String(), n
		}
	}
	return fmt.Sprintf("add to the rules: subset: {start: {%s: {percent: 1}}}", best)
}

// grapher holds what the parts of the graph share while it is made.
type grapher struct {
	*planner
	rule  *ruleset.Subset
	order []*logical
	place map[*logical]int
	s     *Subset
}

func (g *grapher) nodes() {
	g.order = g.sorted()
	for i, l := range g.order {
		g.place[l] = i
		n := Node{Name: l.table.Name, Skip: l.rule != nil && l.rule.Skip != ""}
		if l.rule != nil && l.rule.Where != "" {
			n.Filter = "where " + l.rule.Where
		} else if l.rule != nil && l.rule.Follow != "" {
			n.Filter = "follow " + l.rule.Follow
		}
		n.All = g.scan(l, "", "")
		for _, leaf := range l.leaves {
			f := Leaf{OID: leaf.OID, Name: leaf.Name, Rows: estimateRows(leaf), Bytes: leaf.Bytes, Indexes: len(leaf.Indexes), Width: width(leaf)}
			for k := range leaf.Indexes {
				f.Index += leaf.Indexes[k].Bytes
			}
			n.Leaves = append(n.Leaves, f)
		}
		g.s.Nodes = append(g.s.Nodes, n)
	}
}

// sorted puts what is referred to before what refers to it.
func (g *grapher) sorted() []*logical {
	tables := slices.SortedFunc(slices.Values(g.tables), func(a, b *logical) int { return cmp.Compare(a.table.Name.String(), b.table.Name.String()) })
	var order []*logical
	seen := map[*logical]bool{}
	var visit func(l *logical)
	visit = func(l *logical) {
		if seen[l] {
			return
		}
		seen[l] = true
		for _, fk := range g.keysOf[l.table.OID] {
			visit(g.byOID[fk.RefTable])
		}
		for _, k := range g.virtual {
			if k.from == l {
				visit(k.to)
			}
		}
		order = append(order, l)
	}
	for _, l := range tables {
		visit(l)
	}
	return order
}

// width sums what the columns take on disk, with the header of a row and its line
// pointer. A value that lies in the TOAST table counts with what it takes there.
func width(t *catalog.Table) string {
	sum := "24"
	for i := range t.Columns {
		sum += " + coalesce(pg_catalog.pg_column_size(r." + catalog.Quote(t.Columns[i].Name) + "), 0)"
	}
	return "SELECT pg_catalog.count(*)::int8, coalesce(pg_catalog.sum((" + sum + " + 7) / 8 * 8 + 4), 0)::int8, (SELECT pg_catalog.count(*) FROM pg_catalog.pg_class AS c WHERE c.oid = " +
		strconv.FormatUint(uint64(t.OID), 10) + " AND c.reltoastrelid <> 0)::int8 FROM ONLY " + t.Name.SQL() + " AS r WHERE r.ctid = ANY ($1)"
}

// candidates is a table in FROM with those rows alone that the rules' where lets through.
func (g *grapher) candidates(l *logical, from string) string {
	if l.rule == nil || l.rule.Where == "" {
		return from
	}
	where, err := g.rewrite(l.rule.Where)
	if err != nil {
		return from // reported already
	}
	return "(SELECT tableoid, ctid, * FROM " + from + " WHERE (" + where + "))"
}

// scan returns every row that the rules let through.
func (g *grapher) scan(l *logical, where, fields string) string {
	q := "SELECT r.tableoid, r.ctid" + fields + " FROM " + g.candidates(l, only(l.table)) + " AS r"
	var conditions []string
	if where != "" {
		// inside, as the rules' own where is: there no alias can shadow a column
		q = "SELECT r.tableoid, r.ctid" + fields + " FROM (SELECT r.tableoid, r.ctid, r.* FROM " + g.candidates(l, only(l.table)) + " AS r) AS r"
		conditions = append(conditions, "("+where+")")
	}
	if e := g.exists(l, "r", 1); e != "" {
		conditions = append(conditions, e)
	}
	if len(conditions) > 0 {
		q += " WHERE " + strings.Join(conditions, " AND ")
	}
	return q
}

// identity is what tells a row from others every night: its primary key, another key that
// is never NULL, or all of its values.
func identity(t *catalog.Table, alias string) (columns []string) {
	for _, primary := range []bool{true, false} {
		for i := range t.Indexes {
			x := &t.Indexes[i]
			if !x.Unique || x.Partial || x.Primary != primary || slices.Contains(x.Columns, 0) {
				continue
			}
			names := columnNames(t, x.Columns)
			if slices.ContainsFunc(names, func(n string) bool { return !t.Column(n).NotNull }) {
				continue
			}
			for k := range names {
				names[k] = alias + "." + catalog.Quote(names[k])
			}
			return names
		}
	}
	all := make([]string, len(t.Columns))
	for i := range t.Columns {
		all[i] = alias + "." + catalog.Quote(t.Columns[i].Name)
	}
	return []string{"pg_catalog.md5(ROW(" + strings.Join(all, ", ") + ")::text)"}
}

// keys adds the keys along which rows belong together. A key that is written as NULL
// binds nothing.
func (g *grapher) keys() {
	nulled := func(l *logical, column string) bool {
		r := l.columns[column]
		return r != nil && r.decision.Kind == Null && r.decision.When == nil
	}
	for _, from := range g.order {
		for _, fk := range g.keysOf[from.table.OID] {
			to := g.byOID[fk.RefTable]
			if slices.ContainsFunc(fk.Columns, func(c string) bool { return nulled(from, c) }) {
				continue
			}
			if fk.Period {
				g.problem(Problem{
					Table: from.table.Name.String(), Column: fk.Columns[len(fk.Columns)-1], Message: "the foreign key " + fk.Name + " is one with PERIOD, along which a subset finds no rows",
					Hint: "leave the key out of a subset: make one of its columns NULL, or copy the database whole",
				})
				continue
			}
			var on []string
			for i := range fk.Columns {
				ref := to.columns[fk.RefColumns[i]]
				if ref == nil {
					return
				}
				on = append(on, g.equal(ref.column, "p", "c."+catalog.Quote(fk.Columns[i])))
			}
			k := g.key(from, to, strings.Join(fk.Columns, ", "), "", strings.Join(on, " AND "), indexed(from.table, fk.Columns), fk.Virtual)
			if fk.Virtual {
				g.held(k, from, to, "", strings.Join(on, " AND "), notNull(fk.Columns))
			}
		}
		for _, k := range g.virtual {
			if k.from != from {
				continue
			}
			var on []string
			lateral, label, set := "", strings.Join(k.rule.Columns, ", "), notNull(k.rule.Columns)
			if k.rule.JSON != "" {
				label = k.rule.JSON + " " + k.rule.Path
				lateral = " CROSS JOIN LATERAL pg_catalog.jsonb_path_query(c." + catalog.Quote(k.rule.JSON) + "::jsonb, " + catalog.Literal(k.rule.Path) + "::jsonpath, '{}', true) AS j(v)"
				ref := k.to.columns[k.columns[0]].column
				value := "(" + g.fromText(ref, "(j.v #>> '{}')") + ")"
				on, set = append(on, g.equal(ref, "p", value)), append(set, value+" IS NOT NULL")
				if nulled(from, k.rule.JSON) {
					continue
				}
			}
			for i, c := range k.rule.Columns {
				on = append(on, g.equal(k.to.columns[k.columns[i]].column, "p", "c."+catalog.Quote(c)))
			}
			if k.rule.When != "" {
				is := "c." + catalog.Quote(k.rule.When) + "::text = " + catalog.Literal(k.rule.Is)
				on, set = append(on, is), append(set, is)
				label += " (" + k.rule.When + " is " + k.rule.Is + ")"
			}
			key := g.key(from, k.to, label, lateral, strings.Join(on, " AND "), k.rule.JSON == "" && indexed(from.table, k.rule.Columns), true)
			g.held(key, from, k.to, lateral, strings.Join(on, " AND "), set)
		}
	}
}

func notNull(columns []string) []string {
	var set []string
	for _, c := range columns {
		set = append(set, "c."+catalog.Quote(c)+" IS NOT NULL")
	}
	return set
}

// held adds the queries that count references which lead nowhere. set says which rows
// refer to anything at all. k is nil for a key that is not followed.
func (g *grapher) held(k *SubsetKey, from, to *logical, lateral, on string, set []string) {
	if k == nil {
		return
	}
	where := strings.Join(set, " AND ")
	parent := "SELECT FROM " + g.candidates(to, only(to.table)) + " AS p WHERE " + on
	if e := g.exists(to, "p", 1); e != "" {
		parent += " AND " + e
	}
	for _, leaf := range from.leaves {
		k.Loose = append(k.Loose, Query{
			Leaf: leaf.OID, SQL: "SELECT pg_catalog.count(*) FROM ONLY " + leaf.Name.SQL() + " AS c" + lateral + " WHERE c.ctid = ANY ($1) AND " + where + " AND NOT EXISTS (" + parent + ")",
		})
	}
	k.Broken = "SELECT pg_catalog.count(*) FROM " + only(from.table) + " AS c" + lateral + " WHERE " + where + " AND NOT EXISTS (SELECT FROM " + only(to.table) + " AS p WHERE " + on + ")"
}

// indexed reports whether rows are found by the columns without reading the whole table.
func indexed(t *catalog.Table, columns []string) bool {
	return slices.ContainsFunc(t.Indexes, func(x catalog.Index) bool {
		return len(x.Columns) > 0 && !x.Partial && slices.Contains(columns, attName(t, x.Columns[0]))
	})
}

// key adds one key, and returns it until the next is added; nil when a table of it is
// skipped. c is the row that refers, p the row that it refers to.
func (g *grapher) key(from, to *logical, label, lateral, on string, indexed, virtual bool) *SubsetKey {
	k := SubsetKey{From: g.place[from], To: g.place[to], Label: from.table.Name.String() + "." + label, Indexed: indexed, Virtual: virtual}
	if g.s.Nodes[k.From].Skip || g.s.Nodes[k.To].Skip {
		return nil
	}
	var columns []string
	for c := range strings.SplitSeq(label, ", ") {
		columns = append(columns, c)
	}
	choice := g.rule.Children
	for _, x := range g.rule.Keys { // the more particular comes second
		if x.Schema == from.table.Name.Schema && x.Name == from.table.Name.Name && len(x.Columns) == 0 {
			choice = x.Children
		}
	}
	for _, x := range g.rule.Keys {
		if x.Schema == from.table.Name.Schema && x.Name == from.table.Name.Name && len(x.Columns) > 0 && sameColumns(x.Columns, columns) {
			choice = x.Children
		}
	}
	if k.Most = choice.Most; choice.None {
		k.None = "the rules say none"
	}
	for _, leaf := range from.leaves {
		q := "SELECT DISTINCT p.tableoid, p.ctid FROM ONLY " + leaf.Name.SQL() + " AS c" + lateral + " JOIN " + g.candidates(to, only(to.table)) + " AS p ON " + on + " WHERE c.ctid = ANY ($1)"
		if e := g.exists(to, "p", 1); e != "" {
			q += " AND " + e
		}
		k.Up = append(k.Up, Query{Leaf: leaf.OID, SQL: q})
	}
	for _, leaf := range to.leaves {
		rows := "FROM ONLY " + leaf.Name.SQL() + " AS p JOIN (" + g.candidates(from, only(from.table)) + " AS c" + lateral + ") ON " + on + " WHERE p.ctid = ANY ($1)"
		if lateral == "" {
			rows = "FROM ONLY " + leaf.Name.SQL() + " AS p JOIN " + g.candidates(from, only(from.table)) + " AS c ON " + on + " WHERE p.ctid = ANY ($1)"
		}
		if e := g.exists(from, "c", 1); e != "" {
			rows += " AND " + e
		}
		q := "SELECT c.tableoid, c.ctid " + rows
		if k.Most > 0 {
			q = fmt.Sprintf("SELECT n.t, n.i FROM (SELECT c.tableoid AS t, c.ctid AS i, pg_catalog.row_number() OVER (PARTITION BY p.ctid ORDER BY %s) AS n %s) AS n WHERE n.n <= %d",
				strings.Join(identity(from.table, "c"), ", "), rows, k.Most)
		}
		k.Down = append(k.Down, Query{Leaf: leaf.OID, SQL: q})
	}
	g.s.Keys = append(g.s.Keys, k)
	return &g.s.Keys[len(g.s.Keys)-1]
}

func sameColumns(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

func (g *grapher) starts() {
	for _, rule := range g.rule.Start {
		l := g.named(rule.TableName)
		if l == nil {
			continue
		}
		bad := func(message, hint string) {
			g.problem(Problem{Table: l.table.Name.String(), Message: message, Hint: hint, File: rule.File, Line: rule.Line})
		}
		n := &g.s.Nodes[g.place[l]]
		if n.Skip {
			bad("the subset starts from it, and it is skipped", "remove one of them")
			continue
		}
		where, err := g.rewrite(rule.Where)
		if err != nil {
			bad("where: "+err.Error(), "conditions are immutable; now() is the snapshot's time")
		}
		fields := ""
		for _, c := range identity(l.table, "r") {
			fields += ", " + c + "::text"
		}
		n.Start = &Start{Percent: rule.Percent, Rows: rule.Rows, Where: rule.Where, Scan: g.scan(l, where, fields), File: rule.File, Line: rule.Line}
	}
}

// whole finds the tables that are copied whole: those that the rules name, and small
// tables that refer to such tables alone, because whoever uses the subset expects to find
// every country and every state in it.
func (g *grapher) whole() {
	for _, w := range g.rule.Whole {
		l := g.named(w)
		if l == nil {
			continue
		}
		n := &g.s.Nodes[g.place[l]]
		if n.Start != nil || n.Skip {
			g.problem(Problem{Table: n.Name.String(), Message: "it is to be copied whole, and the subset starts from it or skips it", Hint: "remove one of them", File: w.File, Line: w.Line})
			continue
		}
		n.Whole = "the rules say so"
	}
	small := make([]bool, len(g.s.Nodes))
	for i := range g.s.Nodes {
		n := &g.s.Nodes[i]
		small[i] = n.Start == nil && !n.Skip && g.order[i].rows <= g.rule.Lookup && g.rule.Lookup > 0
	}
	for again := true; again; {
		again = false
		for _, k := range g.s.Keys {
			if small[k.From] && !small[k.To] && g.s.Nodes[k.To].Whole == "" {
				small[k.From], again = false, true
			}
		}
	}
	for i := range small {
		if small[i] && g.s.Nodes[i].Whole == "" {
			g.s.Nodes[i].Whole = fmt.Sprintf("at most %d rows", g.rule.Lookup)
		}
	}
}

// choices settles what the rules leave open: a key that leads around a circle is followed
// down only where the rules name it, since it may lead through everything.
func (g *grapher) choices() {
	for _, x := range g.rule.Keys {
		l := g.named(x.TableName)
		if l == nil {
			continue
		}
		found := slices.ContainsFunc(g.s.Keys, func(k SubsetKey) bool {
			_, label, _ := strings.Cut(k.Label, l.table.Name.String()+".")
			return g.order[k.From] == l && (len(x.Columns) == 0 || sameColumns(x.Columns, strings.Split(label, ", ")))
		})
		if !found {
			var known []string
			for _, k := range g.s.Keys {
				if g.order[k.From] == l {
					known = append(known, strings.TrimPrefix(k.Label, l.table.Name.String()+"."))
				}
			}
			hint := "it refers to no other table"
			if len(known) > 0 {
				hint = "its keys are: " + strings.Join(known, "; ")
			}
			g.problem(Problem{Table: l.table.Name.String(), Message: "the subset's tables name a key that it does not have: " + strings.Join(x.Columns, ", "), Hint: hint, File: x.File, Line: x.Line})
		}
	}
	circle := g.circles()
	for i := range g.s.Keys {
		k := &g.s.Keys[i]
		named := slices.ContainsFunc(g.rule.Keys, func(x ruleset.KeyChildren) bool {
			return x.Schema == g.s.Nodes[k.From].Name.Schema && x.Name == g.s.Nodes[k.From].Name.Name
		})
		switch {
		case k.None != "":
		case g.s.Nodes[k.From].Whole != "":
			k.None = "the table is copied whole"
		case g.s.Nodes[k.To].Whole != "":
			k.None = "rows of a table that is copied whole draw no others"
		case !named && circle[k.From] == circle[k.To]:
			k.None = "it leads around a circle, and the rules do not name it"
		}
	}
}

// circles numbers the nodes so that two have the same number when each leads to the
// other (Tarjan's components) along keys that may be followed down.
func (g *grapher) circles() []int {
	n := len(g.s.Nodes)
	next := make([][]int, n)
	for _, k := range g.s.Keys {
		if k.None == "" && g.s.Nodes[k.From].Whole == "" && g.s.Nodes[k.To].Whole == "" {
			next[k.To] = append(next[k.To], k.From)
		}
	}
	component, low, number := make([]int, n), make([]int, n), make([]int, n)
	count, components := 0, 0
	var stack []int
	var visit func(v int)
	visit = func(v int) {
		count++
		number[v], low[v] = count, count
		stack = append(stack, v)
		for _, w := range next[v] {
			if number[w] == 0 {
				visit(w)
			}
			if component[w] == 0 {
				low[v] = min(low[v], low[w])
			}
		}
		if low[v] != number[v] {
			return
		}
		components++
		for {
			w := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			component[w] = components
			if w == v {
				return
			}
		}
	}
	for v := range n {
		if number[v] == 0 {
			visit(v)
		}
	}
	return component
}

// Choose cuts the chosen rows into chunks: how many were chosen of each table, by OID.
// What was not chosen is not copied; its table is there.
func (p *Plan) Choose(chosen map[uint32]int64, jobs int, chunkBytes int64) {
	if chunkBytes <= 0 {
		chunkBytes = DefaultChunkBytes
	}
	p.Chunks = nil
	for i := range p.Tables {
		t := &p.Tables[i]
		n := chosen[t.OID]
		if t.Skip != "" || n == 0 {
			continue
		}
		bytes := n * max(t.Bytes/max(t.Rows, 1), 1)
		parts := int64(1)
		if jobs > 1 {
			parts = min((bytes+chunkBytes-1)/chunkBytes, n)
		}
		t.Freeze = parts == 1 && t.Into == t.Name && bytes > mostBytesPlain
		for k := range parts {
			from, to := n*k/parts, n*(k+1)/parts
			c := Chunk{Table: i, Part: int(k), Parts: int(parts), Bytes: bytes / parts, First: from, Rows: to - from}
			c.into(t)
			p.Chunks = append(p.Chunks, c)
		}
	}
	slices.SortStableFunc(p.Chunks, func(a, b Chunk) int { return cmp.Compare(b.Bytes, a.Bytes) })
}
