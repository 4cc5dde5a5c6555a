package plan

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/ruleset"
)

var baseTypes = map[string]uint32{"text": 25, "int4": 23, "int8": 20, "jsonb": 3802, "date": 1082, "timestamptz": 1184, "varchar": 1043, "regclass": 2205, "tsquery": 3615, "numeric": 1700, "uuid": 2950}

// db builds a catalog by hand: tables are numbered from 1 in the order they are added.
type db struct{ c catalog.Catalog }

func newDB() *db {
	d := &db{c: catalog.Catalog{Database: catalog.Database{Version: 150000}, Types: map[uint32]*catalog.Type{}, Volatile: []string{"clock_timestamp", "random"}}}
	for name, oid := range baseTypes {
		d.c.Types[oid] = &catalog.Type{OID: oid, Schema: "pg_catalog", Name: name, Kind: 'b', TypMod: -1, Binary: true, Delim: ','}
	}
	return d
}

// table adds public.name with columns given as "name type".
func (d *db) table(name string, columns ...string) *catalog.Table {
	t := catalog.Table{
		OID: uint32(len(d.c.Tables) + 1), Name: catalog.Name{Schema: "public", Name: name}, Kind: 'r', Persistence: 'p',
		AccessMethod: "heap", Readable: true, Rows: 1000, Pages: 10, Bytes: 81920,
	}
	for i, c := range columns {
		n, typ, _ := strings.Cut(c, " ")
		t.Columns = append(t.Columns, catalog.Column{Num: int16(i + 1), Name: n, Type: baseTypes[typ], TypMod: -1, TypeName: typ})
	}
	d.c.Tables = append(d.c.Tables, t)
	return &d.c.Tables[len(d.c.Tables)-1]
}

func (d *db) key(from, column, to, ref string) {
	d.c.ForeignKeys = append(d.c.ForeignKeys, catalog.ForeignKey{
		Name: from + "_" + column + "_fkey", Table: d.oid(from), Columns: []string{column}, RefTable: d.oid(to), RefColumns: []string{ref},
	})
}

func (d *db) oid(name string) uint32 { return d.find(name).OID }

func (d *db) find(name string) *catalog.Table {
	for i := range d.c.Tables {
		if d.c.Tables[i].Name.Name == name {
			return &d.c.Tables[i]
		}
	}
	panic("no table " + name)
}

func (d *db) plan(t *testing.T, rules string) (*Plan, error) {
	t.Helper()
	return d.planWith(t, rules, Input{Jobs: 2})
}

func (d *db) planWith(t *testing.T, rules string, in Input) (*Plan, error) {
	t.Helper()
	r, err := ruleset.Parse("rules.yaml", []byte("version: 1\npurpose: test\n"+rules))
	if err != nil {
		t.Fatal(err)
	}
	in.Rules, in.Catalog, in.SnapshotTime = r, &d.c, "2026-03-01 02:00:00+00"
	return Make(in)
}

func (d *db) mustPlan(t *testing.T, rules string) *Plan {
	t.Helper()
	p, err := d.plan(t, rules)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func misfitOf(t *testing.T, err error) *Misfit {
	t.Helper()
	var m *Misfit
	if !errors.As(err, &m) {
		t.Fatalf("no misfit: %v", err)
	}
	return m
}

func wants(t *testing.T, err error, words ...string) {
	t.Helper()
	m := misfitOf(t, err)
	for _, w := range words {
		if !strings.Contains(m.Error(), w) {
			t.Errorf("the misfit does not say %q:\n%s", w, m.Error())
		}
	}
}

func tableOf(t *testing.T, p *Plan, name string) *Table {
	t.Helper()
	for i := range p.Tables {
		if p.Tables[i].Name.Name == name {
			return &p.Tables[i]
		}
	}
	t.Fatalf("no table %s in the plan", name)
	return nil
}

func columnOf(t *testing.T, p *Plan, table, column string) Decision {
	t.Helper()
	for _, c := range tableOf(t, p, table).Columns {
		if c.Name == column {
			return c.Decision
		}
	}
	t.Fatalf("no column %s.%s in the plan", table, column)
	return Decision{}
}

func chunkOf(t *testing.T, p *Plan, table string) Chunk {
	t.Helper()
	for _, c := range p.Chunks {
		if p.Tables[c.Table].Name.Name == table {
			return c
		}
	}
	t.Fatalf("no chunk of %s", table)
	return Chunk{}
}

func TestUndecidedColumnsAreListedWithASnippet(t *testing.T) {
	t.Parallel()
	d := newDB()
	d.table("people", "id int4", "email text", "shoe text")
	_, err := d.plan(t, "tables:\n  public.people:\n    keep:\n      - {why: key, columns: [id]}\n")
	m := misfitOf(t, err)
	if len(m.Undecided) != 2 || len(m.Problems) != 0 {
		t.Fatal(m)
	}
	snippet := m.Snippet()
	if !strings.Contains(snippet, "email: {mask: email}") || !strings.Contains(snippet, "public.people:") {
		t.Errorf("snippet:\n%s", snippet)
	}
	if _, err := ruleset.Parse("snippet.yaml", []byte("version: 1\npurpose: p\n"+snippet)); err != nil {
		t.Errorf("the snippet cannot be pasted: %v\n%s", err, snippet)
	}
}

func TestUndecidedCanBeNull(t *testing.T) {
	t.Parallel()
	d := newDB()
	d.table("t", "a text", "b text").Columns[1].NotNull = true
	_, err := d.plan(t, "undecided: \"null\"\ntables: {}\n")
	m := misfitOf(t, err)
	if len(m.Undecided) != 1 || m.Undecided[0].Column != "b" {
		t.Errorf("only the NOT NULL column should be open: %v", m.Undecided)
	}
}

func TestUndecidedColumnsAreNoProblemBesides(t *testing.T) {
	t.Parallel()
	d := newDB()
	d.table("t", "id int8").Columns[0].NotNull = true
	_, err := d.plan(t, "")
	if m := misfitOf(t, err); len(m.Problems) != 0 || len(m.Undecided) != 1 {
		t.Errorf("an undecided column is told once: %v", m)
	}
}

func TestNullKeepsItsReason(t *testing.T) {
	t.Parallel()
	d := newDB()
	d.table("t", "a text", "b text")
	p := d.mustPlan(t, "tables:\n  public.t:\n    columns: {a: {\"null\": nobody needs it}, b: null}\n")
	if a, b := columnOf(t, p, "t", "a"), columnOf(t, p, "t", "b"); a.Reason != "nobody needs it" || b.Reason == "" {
		t.Errorf("reasons are %q and %q", a.Reason, b.Reason)
	}
}

func TestTyposNameTheNearest(t *testing.T) {
	t.Parallel()
	d := newDB()
	d.table("people", "id int4", "email text")
	_, err := d.plan(t, "tables:\n  public.peple:\n    skip: gone\n  public.people:\n    columns:\n      emial: {mask: email}\n    keep:\n      - {why: key, columns: [id, email]}\n")
	wants(t, err, "public.peple: there is no such table (did you mean public.people?)", "did you mean email?", "rules.yaml:")
}

func TestForeignKeysTakeTheReferencedDecision(t *testing.T) {
	t.Parallel()
	d := newDB()
	d.table("people", "email text")
	d.table("mails", "recipient text")
	d.key("mails", "recipient", "people", "email")
	p := d.mustPlan(t, "tables:\n  public.people:\n    columns:\n      email: {mask: email}\n")
	a, b := columnOf(t, p, "people", "email"), columnOf(t, p, "mails", "recipient")
	if b.Kind != Mask || a.Spec.Domain != b.Spec.Domain || b.By != "foreign key" {
		t.Errorf("%+v", b)
	}
}

func TestKeysMaskedUnlikeAreRefused(t *testing.T) {
	t.Parallel()
	d := newDB()
	d.table("people", "email text")
	d.table("mails", "recipient text")
	d.key("mails", "recipient", "people", "email")
	_, err := d.plan(t, "tables:\n  public.people:\n    columns:\n      email: {mask: email}\n  public.mails:\n    columns:\n      recipient: {mask: email}\n")
	wants(t, err, "public.mails.recipient", "references public.people.email", "mails_recipient_fkey")
}

func TestKeysInCyclesEndUndecided(t *testing.T) {
	t.Parallel()
	d := newDB()
	d.table("a", "x int4")
	d.table("b", "y int4")
	d.key("a", "x", "b", "y")
	d.key("b", "y", "a", "x")
	_, err := d.plan(t, "tables: {}\n")
	if m := misfitOf(t, err); len(m.Undecided) != 2 {
		t.Error(m)
	}
	d.mustPlan(t, "tables:\n  public.a:\n    keep:\n      - {why: key, columns: [x]}\n")
}

func TestPartitionsTakeTheirRootsRules(t *testing.T) {
	t.Parallel()
	d := newDB()
	root := d.table("orders", "id int4", "note text")
	root.Kind, root.PartitionBy = 'p', &catalog.Strategy{Strategy: 'r', Columns: []int16{1}}
	leaf := d.table("orders_1", "id int4", "note text")
	leaf.Bytes = 2 << 20
	leaf.Partition = &catalog.Partition{Parent: d.oid("orders"), Root: d.oid("orders")}
	rules := "tables:\n  public.orders:\n    columns:\n      note: {mask: text}\n    keep:\n      - {why: key, columns: [id]}\n"
	p := d.mustPlan(t, rules)
	if len(p.Tables) != 1 || len(p.Ledger) != 2 {
		t.Fatalf("%d tables, %d ledger lines", len(p.Tables), len(p.Ledger))
	}
	if tab := tableOf(t, p, "orders_1"); tab.Into != leaf.Name || !tab.Freeze {
		t.Errorf("it does not load into itself: %+v", tab)
	}
	_, err := d.plan(t, strings.Replace(rules, "public.orders:", "public.orders_1:", 1))
	wants(t, err, "name its root, public.orders")
}

func TestSmallTablesAreNotTruncatedForFreeze(t *testing.T) {
	t.Parallel()
	d := newDB()
	d.table("small", "id int4").Bytes = 1 << 20
	d.table("larger", "id int4").Bytes = 1<<20 + 1
	p := d.mustPlan(t, "tables:\n  public.small:\n    keep:\n      - {why: key, columns: [id]}\n  public.larger:\n    keep:\n      - {why: key, columns: [id]}\n")
	for table, freeze := range map[string]bool{"small": false, "larger": true} {
		c := chunkOf(t, p, table)
		if tableOf(t, p, table).Freeze != freeze || strings.Contains(c.In, "FREEZE") != freeze || strings.Contains(c.Clear, "TRUNCATE") != freeze {
			t.Errorf("%+v", c)
		}
	}
}

func TestMaskedPartitionKeysGoThroughTheRoot(t *testing.T) {
	t.Parallel()
	d := newDB()
	root := d.table("orders", "id int4", "day date")
	root.Kind, root.PartitionBy = 'p', &catalog.Strategy{Strategy: 'r', Columns: []int16{2}}
	leaf := d.table("orders_1", "id int4", "day date")
	leaf.Partition = &catalog.Partition{Parent: d.oid("orders"), Root: d.oid("orders")}
	rules := "tables:\n  public.orders:\n    columns:\n      day: {mask: date, to: same-year}\n    keep:\n      - {why: key, columns: [id]}\n"
	_, err := d.plan(t, rules)
	wants(t, err, "it is the partition key", "add a DEFAULT partition")
	rest := d.table("orders_rest", "id int4", "day date")
	rest.Partition = &catalog.Partition{Parent: d.oid("orders"), Root: d.oid("orders"), Default: true}
	p := d.mustPlan(t, rules)
	tab := tableOf(t, p, "orders_1")
	if tab.Into.Name != "orders" || tab.Freeze || !strings.Contains(tab.Why, "through the root") {
		t.Errorf("%+v", tab)
	}
	if c := chunkOf(t, p, "orders_1"); !strings.HasPrefix(c.In, `COPY "public"."orders" (`) || c.Clear != "" {
		t.Errorf("%+v", c)
	}
}

func TestFilteredTablesNeedTheirChildrenDecided(t *testing.T) {
	t.Parallel()
	d := newDB()
	d.table("orders", "id int4", "placed timestamptz")
	d.table("lines", "order_id int4")
	d.key("lines", "order_id", "orders", "id")
	rules := "tables:\n  public.orders:\n    where: placed > now() - interval '90 days'\n    keep:\n      - {why: k, columns: [id, placed]}\n"
	_, err := d.plan(t, rules)
	wants(t, err, "public.orders: not all of its rows are copied", "lines_order_id_fkey", "follow: public.orders")

	p := d.mustPlan(t, rules+"  public.lines: {follow: public.orders}\n")
	want := `COPY (SELECT r."order_id" FROM ONLY "public"."lines" AS r WHERE EXISTS (SELECT 1 FROM (SELECT * FROM ONLY "public"."orders" WHERE (placed > ('2026-03-01 02:00:00+00'::timestamptz::timestamptz) - interval '90 days')) AS f1 WHERE f1."id" = r."order_id")) TO STDOUT (FORMAT binary)`
	if d := cmp.Diff(want, chunkOf(t, p, "lines").Out); d != "" {
		t.Error(d)
	}
	d.mustPlan(t, rules+"  public.lines: {skip: not needed}\n")
}

func TestConditionsAreImmutable(t *testing.T) {
	t.Parallel()
	const now = "2026-03-01 02:00:00+00"
	lit := "'" + now + "'::timestamptz"
	for in, want := range map[string]string{
		"a > now()":                       "a > (" + lit + "::timestamptz)",
		"a > CURRENT_DATE":                "a > (" + lit + "::date)",
		"a > {{snapshot_time}}":           "a > " + lit,
		"a = 'now()' AND b = $$now()$$":   "a = 'now()' AND b = $$now()$$",
		`"now" = 1 AND now = 2`:           `"now" = 1 AND now = 2`,
		"a > current_timestamp(3) AND b":  "a > (" + lit + "::timestamptz) AND b",
		`a = E'it\'s; now()'`:             `a = E'it\'s; now()'`,
		"f(a) = transaction_timestamp( )": "f(a) = (" + lit + "::timestamptz)",
	} {
		if got, err := rewriteCondition(in, now, []string{"random"}); err != nil || got != want {
			t.Errorf("%s: %s, %v", in, got, err)
		}
	}
	for _, in := range []string{"random() < 0.1", "a; DROP TABLE x", "a) OR (b", "(a", "'open", "a -- b", "a /* b", "$x$ open"} {
		if got, err := rewriteCondition(in, now, []string{"random"}); err == nil {
			t.Errorf("%s was taken as %s", in, got)
		}
	}
}

func TestTypesWhoseEmptyValueIsNotReadBackTravelAsText(t *testing.T) {
	t.Parallel()
	d := newDB()
	d.table("t", "a tsquery")
	p := d.mustPlan(t, "tables:\n  public.t:\n    keep:\n      - {why: k, columns: [a]}\n")
	if tab := tableOf(t, p, "t"); tab.Format != "text" || !strings.Contains(tab.Why, "tsquery") {
		t.Errorf("%s: %s", tab.Format, tab.Why)
	}
}

func TestUniqueIndexesRefuseMaskersThatCollide(t *testing.T) {
	t.Parallel()
	d := newDB()
	tab := d.table("people", "id int4", "name text", "email text")
	tab.Rows = 100_000
	tab.Indexes = []catalog.Index{
		{Name: "people_name_key", Unique: true, Columns: []int16{2}, Def: "CREATE UNIQUE INDEX x ON y USING btree (name)"},
		{Name: "people_email_key", Unique: true, Columns: []int16{0}, Def: "CREATE UNIQUE INDEX x ON y USING btree (lower(email))"},
	}
	_, err := d.plan(t, "tables:\n  public.people:\n    columns:\n      name: {mask: first_name}\n      email: {mask: email}\n    keep:\n      - {why: k, columns: [id]}\n")
	m := misfitOf(t, err)
	if len(m.Problems) != 1 || m.Problems[0].Column != "name" || !strings.Contains(m.Error(), "people_name_key") {
		t.Error(m)
	}
}

func TestTypesWithoutASafeBinaryFormTravelAsText(t *testing.T) {
	t.Parallel()
	d := newDB()
	d.table("t", "a regclass")
	p := d.mustPlan(t, "tables:\n  public.t:\n    keep:\n      - {why: k, columns: [a]}\n")
	if tab := tableOf(t, p, "t"); tab.Format != "text" || !strings.Contains(tab.Why, "regclass") || !tab.Raw {
		t.Errorf("%+v", tab)
	}
}

func TestSubjectsAreFoundThroughKeys(t *testing.T) {
	t.Parallel()
	d := newDB()
	d.table("people", "id int4", "name text")
	d.table("orders", "id int4", "person int4", "name text")
	d.table("parcels", "order_id int4", "name text")
	d.key("orders", "person", "people", "id")
	d.key("parcels", "order_id", "orders", "id")
	p := d.mustPlan(t, `tables:
  public.people: {subject: id, columns: {name: {mask: full_name, from: subject}}, keep: [{why: k, columns: [id]}]}
  public.orders: {subject: person, columns: {name: {mask: full_name, from: subject}}, keep: [{why: k, columns: [id]}]}
  public.parcels: {subject: order_id, columns: {name: {mask: full_name, from: subject}}}
`)
	var domains []string
	for _, table := range []string{"people", "orders", "parcels"} {
		domains = append(domains, columnOf(t, p, table, "name").Spec.Subject)
	}
	if d := cmp.Diff([]string{"subject:public.people.id", "subject:public.people.id", "subject:public.people.id"}, domains); d != "" {
		t.Error(d)
	}
	want := `COPY (SELECT r."order_id", r."name", s1."person" FROM ONLY "public"."parcels" AS r LEFT JOIN ONLY "public"."orders" AS s1 ON s1."id" = r."order_id") TO STDOUT (FORMAT binary)`
	if d := cmp.Diff(want, chunkOf(t, p, "parcels").Out); d != "" {
		t.Error(d)
	}
	parcels := tableOf(t, p, "parcels")
	if s := columnOf(t, p, "parcels", "name").Subject; s != 2 || !parcels.Columns[2].Context {
		t.Errorf("the subject is field %d", s)
	}
	if c := chunkOf(t, p, "parcels"); c.In != `COPY "public"."parcels" ("order_id", "name") FROM STDIN (FORMAT binary)` {
		t.Error(c.In)
	}
}

func TestScrubbedTextsKnowTheRowsOnTheWayToTheirSubject(t *testing.T) {
	t.Parallel()
	d := newDB()
	d.table("people", "id int4", "name text", "phone text", "country text")
	d.table("orders", "id int4", "person int4", "ship_to text")
	d.table("notes", "order_id int4", "body text", "extra jsonb")
	d.key("orders", "person", "people", "id")
	d.key("notes", "order_id", "orders", "id")
	rules := `tables:
  public.people: {subject: id, columns: {name: {mask: full_name, from: subject}, phone: {mask: phone, region: {column: country}}}, keep: [{why: k, columns: [id, country]}]}
  public.orders: {subject: person, columns: {ship_to: {mask: full_name}}, keep: [{why: k, columns: [id]}]}
  public.notes: {subject: order_id, columns: {body: {mask: text, how: {scrub: gist}}, extra: {mask: json, paths: {$.a: {mask: text, how: {scrub: gist}}}, rest: {keep: k}}}}
`
	p := d.mustPlan(t, rules)
	want := `COPY (SELECT r."order_id", r."body", r."extra", s2."name", s2."phone", s2."country", s1."ship_to", s1."person" FROM ONLY "public"."notes" AS r` +
		` LEFT JOIN ONLY "public"."orders" AS s1 ON s1."id" = r."order_id" LEFT JOIN ONLY "public"."people" AS s2 ON s2."id" = s1."person") TO STDOUT (FORMAT binary)`
	if d := cmp.Diff(want, chunkOf(t, p, "notes").Out); d != "" {
		t.Error(d)
	}
	for _, column := range []string{"body", "extra"} {
		c := columnOf(t, p, "notes", column)
		spec := c.Spec
		if column == "extra" {
			spec = &spec.Paths[0].Spec
		}
		var names []string
		for _, path := range spec.Paths {
			names = append(names, path.Path+" "+path.Spec.Name)
		}
		if d := cmp.Diff([]string{"$arg full_name", "$arg phone", "$arg full_name"}, names); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff([]int{3, 4, 5, 6}, c.Args); d != "" || c.Subject != 7 {
			t.Errorf("%s: the subject is field %d, %s", column, c.Subject, d)
		}
	}
	if c := chunkOf(t, p, "notes"); c.In != `COPY "public"."notes" ("order_id", "body", "extra") FROM STDIN (FORMAT binary)` {
		t.Error(c.In)
	}
	// Nobody's row is read for a text that is replaced, or searched by the detectors alone.
	p = d.mustPlan(t, strings.ReplaceAll(rules, "scrub:", "scan:"))
	if out := chunkOf(t, p, "notes").Out; strings.Contains(out, "JOIN") {
		t.Error(out)
	}
}

func TestNoMoreThanSomeColumnsOfASubjectAreReadForTexts(t *testing.T) {
	t.Parallel()
	d := newDB()
	columns := []string{"id int4"}
	rules := "tables:\n  public.people:\n    subject: id\n    columns:\n"
	for i := range 70 {
		columns = append(columns, fmt.Sprintf("name%d text", i))
		rules += fmt.Sprintf("      name%d: {mask: full_name}\n", i)
	}
	d.table("people", columns...)
	d.table("notes", "person int4", "body text")
	d.key("notes", "person", "people", "id")
	p := d.mustPlan(t, rules+"    keep: [{why: k, columns: [id]}]\n  public.notes: {subject: person, columns: {body: {mask: text, how: {scrub: gist}}}}\n")
	if n := len(columnOf(t, p, "notes", "body").Args); n != subjectFields {
		t.Errorf("%d columns are read", n)
	}
}

func TestATableThatInheritsHasItsParentsSubject(t *testing.T) {
	t.Parallel()
	d := newDB()
	d.table("people", "id int4", "name text")
	d.table("notes", "person int4", "body text", "name text")
	d.table("old_notes", "person int4", "body text", "name text").Inherits = []uint32{d.oid("notes")}
	d.key("notes", "person", "people", "id")
	p := d.mustPlan(t, `tables:
  public.people: {subject: id, columns: {name: {mask: full_name, from: subject}}, keep: [{why: k, columns: [id]}]}
  public.notes: {subject: person, columns: {body: {mask: text, how: {scrub: gist}}, name: {mask: full_name, from: subject}}}
`)
	for _, table := range []string{"notes", "old_notes"} {
		if c := columnOf(t, p, table, "body"); c.Subject != 0 || !strings.Contains(chunkOf(t, p, table).Out, `s1."name"`) {
			t.Errorf("%s: the subject is field %d of %s", table, c.Subject, chunkOf(t, p, table).Out)
		}
		if c := columnOf(t, p, table, "name"); c.Subject != 0 {
			t.Errorf("%s: the subject is field %d", table, c.Subject)
		}
	}
}

func TestLargeTablesAreCutWithoutAGap(t *testing.T) {
	t.Parallel()
	d := newDB()
	tab := d.table("big", "id int4")
	tab.Pages = 3*DefaultChunkBytes/pageBytes + 7
	p := d.mustPlan(t, "tables:\n  public.big:\n    keep:\n      - {why: k, columns: [id]}\n")
	if len(p.Chunks) != 4 || tableOf(t, p, "big").Freeze {
		t.Fatalf("%d chunks", len(p.Chunks))
	}
	last := ""
	for i, c := range p.Chunks {
		if from := "ctid >= '(" + last + ",0)'"; i > 0 && !strings.Contains(c.Out, from) {
			t.Errorf("chunk %d does not begin where the one before ends: %s", i, c.Out)
		}
		if i == len(p.Chunks)-1 {
			if strings.Contains(c.Out, "ctid <") {
				t.Errorf("the last chunk has an end: %s", c.Out)
			}
			continue
		}
		_, after, _ := strings.Cut(c.Out, "ctid < '(")
		last, _, _ = strings.Cut(after, ",")
	}
}

func TestConditionalMasksReadWhatTheyNeed(t *testing.T) {
	t.Parallel()
	d := newDB()
	d.table("firms", "kind text", "vat text")
	p := d.mustPlan(t, `tables:
  public.firms:
    columns:
      vat: {mask: token, when: "kind == 'person'", else: {keep: "a company's number is public"}}
    keep:
      - {why: k, columns: [kind]}
`)
	vat := columnOf(t, p, "firms", "vat")
	if vat.When == nil || vat.Else == nil || vat.Else.Kind != Keep || len(vat.When.Fields) != 1 || vat.When.Fields[0] != 0 {
		t.Errorf("%+v", vat)
	}
	_, err := d.plan(t, "tables:\n  public.firms:\n    columns:\n      vat: {mask: token, when: \"nosuch == 'x'\", else: {keep: \"y\"}}\n    keep:\n      - {why: k, columns: [kind]}\n")
	wants(t, err, "nosuch")
}

func TestKeepsThatAreOverAreRefused(t *testing.T) {
	t.Parallel()
	d := newDB()
	d.table("t", "a text")
	_, err := d.plan(t, "tables:\n  public.t:\n    keep:\n      - {why: k, columns: [a], until: 2026-02-28}\n")
	wants(t, err, "kept until 2026-02-28")
}

func TestPlanIsPlainDataAndStable(t *testing.T) {
	t.Parallel()
	d := newDB()
	d.table("people", "id int4", "email text")
	rules := "tables:\n  public.people:\n    columns:\n      email: {mask: email}\n    keep:\n      - {why: k, columns: [id]}\n"
	a, err := json.Marshal(d.mustPlan(t, rules))
	if err != nil {
		t.Fatal(err)
	}
	b, _ := json.Marshal(d.mustPlan(t, rules))
	if string(a) != string(b) {
		t.Error("two plans of the same differ")
	}
	var back Plan
	if err := json.Unmarshal(a, &back); err != nil || len(back.Chunks) != 1 {
		t.Errorf("%v", err)
	}
}

func FuzzCondition(f *testing.F) {
	f.Add("a > now() AND b = 'x''y' OR c = $t$;$t$")
	f.Fuzz(func(t *testing.T, expr string) {
		_, _ = rewriteCondition(expr, "2026-03-01 02:00:00+00", []string{"random"})
	})
}

// What is told of an object is what happens: functions are made in staging, a publication is not.
func TestOutwardFunctionsAreSaidToBeInStaging(t *testing.T) {
	t.Parallel()
	d := newDB()
	d.table("t", "id int4")
	d.c.Outward = []catalog.Outward{{Kind: "http function", Name: "public.call"}, {Kind: "untrusted function", Name: "public.run"}, {Kind: "publication", Name: "pub"}}
	p, err := d.plan(t, "tables:\n  public.t: {keep: [{why: fine, columns: [id]}]}\n")
	if err != nil {
		t.Fatal(err)
	}
	made := map[string]bool{}
	for _, f := range p.Findings {
		if f.Code == "outward" {
			made[f.Subject] = strings.Contains(f.Message, "staging has it")
		}
	}
	if diff := cmp.Diff(map[string]bool{"public.call": true, "public.run": true, "pub": false}, made); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsWrongInEachPartitionIsSaidOnce(t *testing.T) {
	t.Parallel()
	p := &planner{}
	for range 3 {
		p.problem(Problem{Table: "public.log", Column: "who", Message: "it is the partition key"})
	}
	p.problem(Problem{Table: "public.log", Column: "at", Message: "it is the partition key"})
	if len(p.trouble) != 2 {
		t.Errorf("%v", p.trouble)
	}
}

func TestAKeptColumnOfAnIndexTellsRowsApart(t *testing.T) {
	t.Parallel()
	d := newDB()
	tab := d.table("people", "id int4", "name text", "title text")
	tab.Rows = 100_000
	tab.Indexes = []catalog.Index{{Name: "people_key", Unique: true, Columns: []int16{1, 2}, Def: "CREATE UNIQUE INDEX x ON y USING btree (id, name)"}}
	rules := "tables:\n  public.people:\n    columns:\n      name: {mask: first_name}\n      title: {mask: first_name}\n    keep:\n      - {why: k, columns: [id]}\n"
	_, err := d.plan(t, rules)
	wants(t, err, "people_key") // 100,000 rows might have one id
	pk := catalog.Index{Name: "people_pkey", Unique: true, Primary: true, Columns: []int16{1}, Def: "CREATE UNIQUE INDEX x ON y USING btree (id)"}
	d.find("people").Indexes = append(d.find("people").Indexes, pk)
	d.mustPlan(t, rules)
	d.find("people").Indexes[0].Columns = []int16{2, 3}
	d.find("people").Indexes[0].Def = "CREATE UNIQUE INDEX x ON y USING btree (name, title)"
	_, err = d.plan(t, rules)
	wants(t, err, "people_key")
}

func TestUniqueIndexesOverWhatIsComputedAreJudgedByWhatItIsComputedOf(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ generated, rule, want string }{
		"of a name":            {"lower(name)", "{mask: first_name}", "people_key"},
		"of a user name":       {"lower(name)", "{mask: username}", ""},
		"of an email":          {"lower(name)", "{mask: email}", ""},
		"of a part":            {"\"left\"(name, 3)", "{mask: email}", "left()"},
		"of a part of a key":   {"split_part(name, '-'::text, 1)", "{mask: text_key}", "split_part()"},
		"of spaces and casts":  {"(btrim(lower((name)::text)))::character varying", "{mask: email}", ""},
		"a call in a constant": {"COALESCE(name, 'none (yet)'::text)", "{mask: email}", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rules := "tables:\n  public.people:\n    columns:\n      name: " + c.rule + "\n"
			for _, generated := range []bool{true, false} {
				d := newDB()
				tab := d.table("people", "name text", "computed text")
				tab.Rows = 100_000
				tab.Columns[1].Generated, tab.Columns[1].Default = true, c.generated
				ix := catalog.Index{Name: "people_key", Unique: true, Columns: []int16{2}, Def: "CREATE UNIQUE INDEX people_key ON public.people USING btree (computed)"}
				if !generated {
					tab.Columns = tab.Columns[:1]
					ix.Columns, ix.Def = []int16{0}, "CREATE UNIQUE INDEX people_key ON public.people USING btree ("+c.generated+") WHERE (name IS NOT NULL)"
				}
				tab.Indexes = []catalog.Index{ix}
				if _, err := d.plan(t, rules); c.want == "" && err != nil {
					t.Error(err)
				} else if c.want != "" {
					wants(t, err, c.want)
				}
			}
		})
	}
}

func TestAHashOfAnotherColumnKnowsItsStandIn(t *testing.T) {
	t.Parallel()
	d := newDB()
	d.table("people", "id int4", "email text", "email_hash text", "cc text", "search text")
	rules := "tables:\n  public.people:\n    columns:\n      email_hash: {hash: {of: email, with: sha256-lower}}\n      email: {mask: email}\n" +
		"      search: {compute: \"to_tsvector('english', email || now())\"}\n    keep:\n      - {why: k, columns: [id, cc]}\n"
	p := d.mustPlan(t, rules)
	h := columnOf(t, p, "people", "email_hash")
	if h.Kind != Mask || len(h.Spec.Paths) != 1 || h.Spec.Paths[0].Spec.Name != "email" || len(h.Args) != 1 || tableOf(t, p, "people").Columns[h.Args[0]].Name != "email" {
		t.Errorf("%+v", h)
	}
	c := chunkOf(t, p, "people")
	if strings.Contains(c.In, "search") || !strings.Contains(c.Clear, `INTO NEW."search" FROM`) || strings.Contains(c.Clear, "now()") || !strings.HasPrefix(c.After, "DROP TRIGGER") {
		t.Errorf("%+v", c)
	}
	for rule, want := range map[string]string{
		"{hash: {of: emial, with: md5}}":                                         "no other column",
		"{hash: {of: email_hash, with: md5}}":                                    "no other column",
		"{hash: {of: search, with: md5}}":                                        "generated",
		"{compute: \"random()::text\"}":                                          "volatile",
		"{compute: \"1; DROP TABLE x\"}":                                         "semicolon",
		"{mask: json, rest: null, paths: {$.a: {compute: \"1\"}}}":               "place in a document",
		"{mask: json, rest: null, paths: {$.a: {hash: {of: email, with: md5}}}}": "another column",
		"{mask: email, when: \"cc == 'x'\", else: {compute: \"lower(cc)\"}}":     "computed",
	} {
		_, err := d.plan(t, strings.Replace(rules, "{hash: {of: email, with: sha256-lower}}", rule, 1))
		wants(t, err, want)
	}
}

func TestAKeptTimeBesideAShiftedOneIsTold(t *testing.T) {
	t.Parallel()
	for rules, want := range map[string]int{"{mask: date, shift: 30d}": 1, "{mask: date, to: same-year}": 0} {
		d := newDB()
		d.table("visits", "id int4", "seen timestamptz", "created timestamptz", "born date")
		p := d.mustPlan(t, "tables:\n  public.visits:\n    columns:\n      seen: "+rules+"\n      born: {mask: date}\n    keep:\n      - {why: k, columns: [id, created]}\n")
		n := 0
		for _, f := range p.Findings {
			if f.Code == "shift-anchor" {
				if n++; f.Subject != "public.visits.seen" || !strings.Contains(f.Message, "(created)") {
					t.Errorf("%+v", f)
				}
			}
		}
		if n != want {
			t.Errorf("%s: %d findings", rules, n)
		}
	}
}

func TestAPermutationBesideAnotherBranchIsNotUnique(t *testing.T) {
	t.Parallel()
	d := newDB()
	tab := d.table("people", "id int4", "kind text")
	tab.Indexes = []catalog.Index{{Name: "people_pkey", Unique: true, Primary: true, Columns: []int16{1}, Def: "CREATE UNIQUE INDEX x ON y USING btree (id)"}}
	rules := "tables:\n  public.people:\n    columns:\n      id: {mask: key, when: \"kind == 'p'\", else: {keep: k}}\n    keep:\n      - {why: k, columns: [kind]}\n"
	_, err := d.plan(t, rules)
	wants(t, err, "people_pkey")
}

func TestATableIsCutWhereAWorkerWouldBeLeftAloneWithIt(t *testing.T) {
	t.Parallel()
	const whole = DefaultChunkBytes / pageBytes
	for name, c := range map[string]struct {
		pages      []int64
		jobs       int
		chunkBytes int64
		chunks     int
	}{
		"a fair share":            {[]int64{2 * whole, 2 * whole}, 2, 0, 2},
		"more than a fair share":  {[]int64{3 * whole, whole}, 2, 0, 4},
		"more workers":            {[]int64{2 * whole, 2 * whole}, 4, 0, 2 * 2},
		"too much to repeat":      {[]int64{9 * whole, 9 * whole}, 2, 0, 2 * 9},
		"a size that was asked":   {[]int64{2 * whole, 2 * whole}, 2, DefaultChunkBytes, 2 * 2},
		"smaller than any chunk":  {[]int64{whole, 1}, 8, 0, 2},
		"one worker cuts nothing": {[]int64{9 * whole, 1}, 1, 0, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDB()
			rules := "tables:\n"
			for i, pages := range c.pages {
				tab := d.table("t"+string(rune('a'+i)), "id int4")
				tab.Pages = pages
				rules += "  public." + tab.Name.Name + ":\n    keep:\n      - {why: k, columns: [id]}\n"
			}
			p, err := d.planWith(t, rules, Input{Jobs: c.jobs, ChunkBytes: c.chunkBytes})
			if err != nil {
				t.Fatal(err)
			}
			if len(p.Chunks) != c.chunks {
				t.Errorf("%d chunks instead of %d", len(p.Chunks), c.chunks)
			}
		})
	}
}
