package seed

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/profile"
	"github.com/understudy-db/understudy/pkg/report"
)

// Nature is what the caller knows of a column: profile's words, and places of its
// document that the rules name.
type Nature struct {
	profile.Nature
	MaxChars int
	Bits     int // of an integer
	Digits   int // numeric(p, s)
	Scale    int
	Paths    []string // places in documents that the rules name
	Masks    []string // what each of Paths is masked as
	Schema   string   // JSON Schema that the rules name for documents; a constraint's own counts more
}

// State is a situation that the result has to contain.
type State struct {
	Table   string            // schema.table
	Each    string            // a column: one row for each value that it may have
	Set     map[string]string // values of columns; "null" is NULL
	Without string            // a table that refers to this one: rows nothing there refers to
	Rows    int64             // how many rows; 0 is 1
	Where   string            // file:line, for what is wrong with it
}

// Options is what the person said.
type Options struct {
	Rows    int64            // of each table; 0 is 1000, or what the profile says
	Scale   float64          // of the profile's rows; 0 is 1
	PerRow  map[string]int64 // tables with a number of their own
	Seed    string           // the same seed gives the same rows
	Locales []string         // of people and places
	Until   time.Time        // no time is later, but for what is due
	Nature  func(*catalog.Table, *catalog.Column) Nature
	Profile *profile.Profile
	States  []State
	Held    Held // what the tables hold already
}

// model is every table with how its values are made.
type model struct {
	Options
	c       *catalog.Catalog
	seed    uint64
	folks   []*folk
	tables  []*table
	byOID   map[uint32]*table
	notes   []Note
	vocab   *vocabulary
	problem []string
}

// Note is something that a person should know of the result.
type Note struct {
	Table string `json:"table"`
	What  string `json:"what"`
}

type table struct {
	m       *model
	cat     *catalog.Table
	name    catalog.Name
	columns []*column
	byName  map[string]*column
	keys    []*key
	checks  []check
	rows    int64
	base    int64 // rows that are there: numbering goes on behind them
	fixed   []fixedRow
	person  *key // the foreign key to the person whom a row is about; nil is the row itself
	folk    bool // it holds people
	profile *profile.Table
	country *column
	empty   string // why no row is made; empty where some are
}

// check is a CHECK constraint that limits did not take in; e is nil where it is not understood.
type check struct {
	name string
	e    expr
}

// fixedRow is a row with values that a state asks for.
type fixedRow map[string]datum

type column struct {
	t          *table
	cat        *catalog.Column
	at         int
	n          Nature
	base       *catalog.Type // domains resolved
	typmod     int32
	limits     limits
	above      []lower
	computed   expr
	key        *key // it belongs to a foreign key
	keyAt      int
	unique     numbering // 0 is not
	radix      uint64    // of unique: it takes the number divided by this …
	size       uint64    // … modulo that; 0 is all of it
	enumerat   *key      // of an ordinal: whose children are numbered
	nulls      float64
	gen        generator
	stable     bool // others look it up: no second attempt may change it
	hash       uint64
	profile    *profile.Column
	rank       int // order of a time
	after      *column
	unless     *column // it may be NULL only where that column is unlessText
	unlessText string
	flag       *key // true for the first child of this key alone
	omit       bool // not in the COPY: its default fills it
}

// lower says that a column is not below another one.
type lower struct {
	column *column
	open   bool
}

// numbering is what numbers a unique column's values.
type numbering byte

const (
	byRow     numbering = 1 // the row's number
	byOrdinal numbering = 2 // which child of its parent the row is
)

// key is a foreign key.
type key struct {
	fk      catalog.ForeignKey
	t       *table
	parent  *table
	columns []*column
	refs    []*column
	fan     *fanout
	nulls   float64
	one     bool   // one to one
	fixed   bool   // its choice numbers a column, or others look its columns up
	most    int64  // children of one parent; 0 is no limit
	inner   *key   // of a unique pair: the parent is chosen by the ordinal below this key
	innerN  int64  // divided by
	lower   bool   // its inner key takes what lies above it
	lead    bool   // its children stand in order
	overlap []*key // keys before it that share columns
	hash    uint64
}

// newModel builds the tables of a catalog. What cannot be made at all is in problems.
func newModel(c *catalog.Catalog, o Options) (*model, error) {
	m := &model{Options: o, c: c, seed: nameHash("understudy/seed/1/" + o.Seed), byOID: map[uint32]*table{}}
	var err error
	if m.folks, err = newFolks(o.Locales); err != nil {
		return nil, err
	}
	m.vocab = newVocabulary(m.seed)
	for _, t := range profile.Tables(c) {
		m.addTable(t)
	}
	// A column that several keys share takes its value by the plainest of them.
	keys := slices.Clone(c.ForeignKeys)
	slices.SortStableFunc(keys, func(a, b catalog.ForeignKey) int {
		if n := len(a.Columns) - len(b.Columns); n != 0 {
			return n
		}
		return boolRank(a.Table == a.RefTable) - boolRank(b.Table == b.RefTable)
	})
	for _, fk := range keys {
		m.addKey(fk)
	}
	for _, t := range m.tables {
		t.readChecks()
		t.partitions()
	}
	m.findPeople()
	if err := m.placeStates(); err != nil {
		return nil, err
	}
	m.countRows()
	for _, t := range m.tables {
		t.makeUnique()
	}
	m.capRows()
	for _, t := range m.tables {
		t.orderTimes()
		t.reserveOrder()
	}
	for _, t := range m.tables {
		for _, k := range t.keys {
			k.spread()
		}
		for _, c := range t.columns {
			c.bind()
		}
	}
	for _, t := range m.tables {
		t.contradictions()
	}
	if len(m.problem) > 0 {
		slices.Sort(m.problem)
		return nil, &report.Fault{
			Side: report.Target, Doing: "understand the constraints", Err: fmt.Errorf("%s", strings.Join(m.problem, "; ")),
			Hint: "nothing was written; change the constraints, or leave the table out with --table-rows TABLE=0",
		}
	}
	return m, nil
}

func boolRank(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (m *model) note(t *table, format string, args ...any) {
	n := Note{t.name.String(), fmt.Sprintf(format, args...)}
	if !slices.Contains(m.notes, n) {
		m.notes = append(m.notes, n)
	}
}

func (m *model) addTable(ct *catalog.Table) {
	t := &table{m: m, cat: ct, name: ct.Name, byName: map[string]*column{}}
	if m.Profile != nil {
		t.profile = m.Profile.Table(ct.Name.String())
	}
	for i := range ct.Columns {
		cc := &ct.Columns[i]
		if cc.Generated {
			continue
		}
		c := &column{t: t, cat: cc, at: len(t.columns), n: m.Nature(ct, cc), hash: nameHash(ct.Name.String() + "\x00" + cc.Name)}
		c.base, c.typmod = m.baseType(cc.Type, cc.TypMod)
		if t.profile != nil {
			c.profile = t.profile.Column(cc.Name)
		}
		c.nulls = c.nullShare()
		t.columns = append(t.columns, c)
		t.byName[cc.Name] = c
		if c.n.Kind == "country" && c.n.Class == "text" {
			t.country = c
		}
	}
	if h := m.Held[ct.OID]; h != nil {
		t.base = h.rows
	}
	m.tables = append(m.tables, t)
	m.byOID[ct.OID] = t
}

// baseType follows domains down.
func (m *model) baseType(oid uint32, typmod int32) (*catalog.Type, int32) {
	t := m.c.Types[oid]
	for t != nil && t.Kind == 'd' {
		if typmod < 0 {
			typmod = t.TypMod
		}
		t = m.c.Types[t.Elem]
	}
	return t, typmod
}

// nullShare is the profile's, else a guess from the column's name.
func (c *column) nullShare() float64 {
	switch name := strings.ToLower(c.cat.Name); {
	case c.cat.NotNull:
		return 0
	case c.profile != nil:
		return c.profile.Nulls
	case strings.Contains(name, "delet") || strings.Contains(name, "archiv") || strings.Contains(name, "cancel"):
		return 0.9
	case c.n.Class == "timestamp" || c.n.Class == "date":
		return 0.2
	}
	return 0.1
}

func (m *model) addKey(fk catalog.ForeignKey) {
	child, parent := m.c.Table(fk.Table), m.c.Table(fk.RefTable)
	t, p := m.byOID[fk.Table], m.byOID[fk.RefTable]
	if child != nil && t == nil && child.Partition != nil || parent != nil && p == nil {
		return // of a single partition: the root's rows may break it, and the end check tells
	}
	if t == nil || p == nil {
		return
	}
	k := &key{fk: fk, t: t, parent: p, hash: nameHash(t.name.String() + "\x01" + fk.Name)}
	for i, name := range fk.Columns {
		c, ref := t.byName[name], p.byName[fk.RefColumns[i]]
		if c == nil || ref == nil {
			m.note(t, "foreign key %s uses a generated column and is left to the server", fk.Name)
			return
		}
		k.columns, k.refs = append(k.columns, c), append(k.refs, ref)
		ref.stable = true
	}
	for i, c := range k.columns {
		if c.key == nil {
			c.key, c.keyAt = k, i
		} else if !slices.Contains(k.overlap, c.key) {
			k.overlap = append(k.overlap, c.key)
		}
		if !c.cat.NotNull {
			k.nulls = max(k.nulls, c.nulls)
		}
	}
	if k.nulls > 0 && t.profile == nil {
		k.nulls = 0.2
	}
	if p == t && !k.columns[0].cat.NotNull && t.profile == nil {
		k.nulls = 0.5 // heads of a tree
	}
	t.keys = append(t.keys, k)
}

// readChecks takes what CHECKs and domains say into limits.
func (t *table) readChecks() {
	names := map[string]bool{}
	for _, c := range t.cat.Columns {
		names[c.Name] = true
	}
	for _, k := range t.cat.Checks {
		e, err := parseCheck(k.Def, names)
		if err != nil {
			t.checks = append(t.checks, check{name: k.Name})
			continue
		}
		t.narrow(e)
		t.checks = append(t.checks, check{k.Name, e}) // what narrows the values is looked at row by row as well
	}
	for _, c := range t.columns {
		oid := c.cat.Type
		for ty := t.m.c.Types[oid]; ty != nil && ty.Kind == 'd'; ty = t.m.c.Types[ty.Elem] {
			for _, def := range ty.Checks {
				e, err := parseCheck(def, map[string]bool{"VALUE": true})
				if err != nil {
					t.checks = append(t.checks, check{name: ty.Name})
					continue
				}
				e = rename(e, c.cat.Name)
				t.narrow(e)
				t.checks = append(t.checks, check{ty.Name, e})
			}
		}
	}
}

// rename puts a column in VALUE's place.
func rename(e expr, name string) expr {
	switch e := e.(type) {
	case columnRef:
		return columnRef{name}
	case binary:
		return binary{e.op, rename(e.left, name), rename(e.right, name)}
	case unary:
		return unary{e.op, rename(e.arg, name)}
	case call:
		args := make([]expr, len(e.args))
		for i := range args {
			args[i] = rename(e.args[i], name)
		}
		return call{e.name, args}
	case anyOf:
		list := make([]expr, len(e.list))
		for i := range list {
			list[i] = rename(e.list[i], name)
		}
		return anyOf{e.op, e.all, rename(e.left, name), list}
	}
	return e
}

// contradictions reports limits that no value satisfies.
func (t *table) contradictions() {
	if t.rows == 0 {
		return
	}
	for _, c := range t.columns {
		why := c.limits.contradiction()
		if why == "" || c.limits.contradictionOfNull(c) {
			continue
		}
		t.m.problem = append(t.m.problem, fmt.Sprintf("%s.%s: %s", t.name, c.cat.Name, why))
	}
}

// contradictionOfNull gives a nullable column NULL where no value fits, and says so.
func (l *limits) contradictionOfNull(c *column) bool {
	if c.cat.NotNull || l.notNull {
		return false
	}
	c.nulls = 1
	c.t.m.note(c.t, "%s is NULL in every row: %s", c.cat.Name, l.contradiction())
	return true
}
