package ruleset

import "strings"

// Subset says which rows a subset takes.
type Subset struct {
	Position
	Start    []Start
	Children Children // what happens to rows that refer to a chosen one; all by default
	Keys     []KeyChildren
	Whole    []TableName
	Lookup   int64 // tables of up to so many rows are copied whole when they refer to such tables alone; 100 by default
}

// DefaultLookup is how many rows a table may have to be taken for a lookup table.
const DefaultLookup = 100

// TableName is a table that the rules name, as "schema.table" without quotes.
type TableName struct {
	Position
	Schema, Name string
}

// Start is a table that a subset starts from. Of Percent and Rows one is set at the most;
// with neither every row that Where holds for is taken.
type Start struct {
	TableName
	Percent float64 // 0 is not given
	Rows    int64   // 0 is not given
	Where   string  // empty: no condition
}

// Children says how many of the rows that refer to a chosen row come along.
type Children struct {
	None bool
	Most int64 // for each row that they refer to; 0 is all
}

// KeyChildren is Children of the keys of one table.
type KeyChildren struct {
	TableName
	Columns []string // of one key; empty: of all its keys
	Children
}

// VirtualKey is a foreign key that the schema does not have.
type VirtualKey struct {
	Position
	Table    TableName
	Columns  []string // empty when JSON is set
	JSON     string   // column
	Path     string   // JSONPath
	When     string   // column that names the kind of target; empty: there is one kind
	Is       string   // its value
	RefTable TableName
	To       []string // empty: the primary key
}

func (b *builder) subset(t *tree) {
	if !t.mapping() {
		return
	}
	s := &Subset{Position: b.position(t), Lookup: DefaultLookup, Children: b.children(t.get("children"))}
	if l := t.get("lookup"); l.scalar() {
		s.Lookup = b.integer(l)
	}
	if starts := t.get("start"); starts.mapping() {
		for _, e := range starts.entries {
			start := Start{TableName: b.tableName(e.key), Rows: b.integer(e.value.get("rows")), Where: e.value.get("where").word()}
			if p := e.value.get("percent"); p.scalar() {
				start.Percent, _ = p.number()
			}
			if rows := e.value.entry("rows"); rows != nil && e.value.get("percent") != nil {
				b.problem(b.position(rows.key), "remove one of them", "a start has a percentage or a number of rows, not both")
			}
			s.Start = append(s.Start, start)
		}
	}
	if tables := t.get("tables"); tables.mapping() {
		for _, e := range tables.entries {
			name := b.tableName(e.key)
			if !e.value.mapping() {
				s.Keys = append(s.Keys, KeyChildren{TableName: name, Children: b.children(e.value)})
				continue
			}
			for _, key := range e.value.entries {
				var columns []string
				for c := range strings.SplitSeq(key.key.text, ",") {
					columns = append(columns, strings.TrimSpace(c))
				}
				name.Position = b.position(key.key)
				s.Keys = append(s.Keys, KeyChildren{TableName: name, Columns: columns, Children: b.children(key.value)})
			}
		}
	}
	if whole := t.get("whole"); whole.sequence() {
		for _, item := range whole.items {
			s.Whole = append(s.Whole, b.tableName(item))
		}
	}
	b.rules.Subset = s
}

func (b *builder) children(t *tree) Children {
	return Children{None: t.word() == "none", Most: b.integer(t)}
}

// tableName reads schema.table; what is none is reported.
func (b *builder) tableName(t *tree) TableName {
	n := TableName{}
	if !t.scalar() {
		return n
	}
	n.Position = b.position(t)
	parts, err := splitName(t.text, 2)
	if err != nil {
		b.problem(n.Position, "write schema.table", "%q is no table name: %s", t.text, err)
		return n
	}
	n.Schema, n.Name = parts[0], parts[1]
	return n
}

func (b *builder) virtualKey(t *tree) {
	if !t.mapping() {
		return
	}
	json, when := t.get("json"), t.get("when")
	k := VirtualKey{
		Position: b.position(t), Table: b.tableName(t.get("table")), RefTable: b.tableName(t.get("references")),
		Columns: b.words(t.get("columns")), To: b.words(t.get("to")),
		JSON: json.get("column").word(), Path: json.get("path").word(), When: when.get("column").word(), Is: when.get("is").word(),
	}
	switch {
	case json != nil && t.get("columns") != nil:
		b.problem(k.Position, "remove one of them", "a virtual key lies in columns or in a JSON column, not in both")
	case json == nil && t.get("columns") == nil:
		b.problem(k.Position, "say columns: [customer_id], or json: {column: payload, path: $.customer.id}", "a virtual key needs columns or json")
	}
	b.rules.Virtual = append(b.rules.Virtual, k)
}

// words reads a list of texts.
func (b *builder) words(t *tree) []string {
	if !t.sequence() {
		return nil
	}
	var list []string
	for _, item := range t.items {
		list = append(list, item.word())
	}
	return list
}
