package subset_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/mask/prf"
	"github.com/understudy-db/understudy/pkg/pgtest"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/ruleset"
	"github.com/understudy-db/understudy/pkg/session"
	"github.com/understudy-db/understudy/pkg/subset"
)

// source is a database in one snapshot, and what the rules make of it.
type source struct {
	conn  *pgx.Conn
	graph *plan.Subset
}

// Rows reads as a walk does.
func (s *source) Rows(ctx context.Context, doing, sql string, param *session.Param, format session.Format, each func([][]byte) error) (int64, error) {
	return session.Rows(ctx, s.conn.PgConn(), report.Source, doing, sql, param, format, each)
}

// open makes the graph; every column is kept, so that the rules say of subsets alone.
func open(t *testing.T, sql, rules string) *source {
	t.Helper()
	dsn := pgtest.DSN(t)
	pgtest.Exec(t, dsn, sql, "ANALYZE")
	cfg, err := session.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := session.Connect(t.Context(), cfg, session.Source("test"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	tx, err := conn.BeginTx(t.Context(), pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		t.Fatal(err)
	}
	c, err := catalog.Read(t.Context(), tx)
	if err != nil {
		t.Fatal(err)
	}
	text := "version: 1\nundecided: refuse\n" + strings.TrimSpace(rules) + "\n"
	if !strings.Contains(rules, "\ntables:\n") {
		text += "tables:\n"
	}
	for i := range c.Tables {
		if c.Tables[i].Partition != nil || strings.Contains(rules, "\n  "+c.Tables[i].Name.String()+":") {
			continue
		}
		var names []string
		for _, column := range c.Tables[i].Columns {
			names = append(names, column.Name)
		}
		text += fmt.Sprintf("  %s: {keep: [{why: test, columns: [%s]}]}\n", c.Tables[i].Name, strings.Join(names, ", "))
	}
	r, err := ruleset.Parse("rules.yaml", []byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	p, err := plan.Make(plan.Input{Rules: r, Catalog: c, SnapshotTime: "2026-03-01 02:00:00+00", Jobs: 2, Subset: true})
	if err != nil {
		t.Fatal(err)
	}
	return &source{conn: conn, graph: p.Subset}
}

func (s *source) walk(t *testing.T, o subset.Options) *subset.Chosen {
	t.Helper()
	o.Key = prf.TestKey()
	chosen, err := subset.Walk(t.Context(), s.graph, s, o)
	if err != nil {
		t.Fatalf("%v (%s)", err, report.HintOf(err))
	}
	t.Cleanup(func() { _ = chosen.Close() })
	return chosen
}

// ids returns the first column of a table's chosen rows as text, sorted and joined.
func (s *source) ids(t *testing.T, chosen *subset.Chosen, table, column string) string {
	t.Helper()
	var out []string
	for i := range s.graph.Nodes {
		for _, leaf := range s.graph.Nodes[i].Leaves {
			if s.graph.Nodes[i].Name.String() != table {
				continue
			}
			err := chosen.Read(leaf.OID, 0, chosen.Counts()[leaf.OID], 1000, func(tids []session.TID) error {
				_, err := s.Rows(t.Context(), "read", "SELECT "+column+"::text FROM ONLY "+leaf.Name.SQL()+" WHERE ctid = ANY ($1)", session.TIDs(tids), session.TextFormat, func(v [][]byte) error {
					out = append(out, string(v[0]))
					return nil
				})
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func (s *source) expect(t *testing.T, chosen *subset.Chosen, want map[string]string) {
	t.Helper()
	got := map[string]string{}
	for table := range want {
		name, column, _ := strings.Cut(table, "/")
		got[table] = s.ids(t, chosen, name, column)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

const world = `
CREATE SCHEMA other;
CREATE TABLE countries (code char(2) PRIMARY KEY);
INSERT INTO countries VALUES ('DE'), ('GB'), ('XX');
CREATE TABLE people (id int PRIMARY KEY, country char(2) REFERENCES countries, boss int REFERENCES people);
INSERT INTO people SELECT i, CASE WHEN i % 2 = 0 THEN 'DE' ELSE 'GB' END, nullif(i / 10, 0) FROM generate_series(1, 999) i;
CREATE TABLE other.orders (id int, at date NOT NULL, person int NOT NULL REFERENCES people, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE other.orders_1 PARTITION OF other.orders FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE other.orders_2 PARTITION OF other.orders DEFAULT;
INSERT INTO other.orders SELECT i, date '2026-01-20' + i % 20, 1 + i % 999 FROM generate_series(1, 1998) i;
CREATE TABLE lines (order_id int, order_at date, no int, item int, PRIMARY KEY (order_id, no), FOREIGN KEY (order_id, order_at) REFERENCES other.orders (id, at));
CREATE TABLE items (id int PRIMARY KEY);
INSERT INTO items SELECT generate_series(1, 300);
INSERT INTO lines SELECT id, at, n, 1 + (id * 7 + n) % 300 FROM other.orders, generate_series(1, 3) n;
ALTER TABLE lines ADD FOREIGN KEY (item) REFERENCES items;
CREATE TABLE log (n serial, doc jsonb, kind text, target int);
INSERT INTO log (doc, kind, target) SELECT jsonb_build_object('who', jsonb_build_array(i, i + 1)), CASE WHEN i % 2 = 0 THEN 'Person' ELSE 'Item' END, 1 + i % 300 FROM generate_series(1, 400) i;
INSERT INTO log (doc) VALUES ('{"who": ["x", null, {"a": 1}, 12345678901234567890]}'), (NULL), ('[]');
CREATE TABLE alone (id int PRIMARY KEY);
INSERT INTO alone SELECT generate_series(1, 200);
`

func TestAWalkTakesWhatRefersAndWhatIsReferredTo(t *testing.T) {
	t.Parallel()
	s := open(t, world, `subset: {start: {public.people: {where: "id = 123"}}}`)
	chosen := s.walk(t, subset.Options{})
	s.expect(t, chosen, map[string]string{
		"public.people/id":      "1 12 123",                   // the bosses; nobody whose boss it is: that leads around a circle
		"other.orders/id":       "1121 122",                   // of the person alone, in two partitions
		"public.lines/order_id": "1121 1121 1121 122 122 122", //
		"public.items/id":       itemsOf(1121, 122),           // and no other line of these items
		"public.countries/code": "DE GB XX",                   // a small table, whole
		"public.alone/id":       "",                           // nothing leads there
		"public.log/n":          "",                           //
	})
}

// itemsOf are the items of the lines of orders, as world makes them.
func itemsOf(orders ...int) string {
	var out []string
	for _, o := range orders {
		for n := 1; n <= 3; n++ {
			out = append(out, fmt.Sprint(1+(o*7+n)%300))
		}
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), " ")
}

func TestTheRulesSayHowManyChildrenCome(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rules string
		want  map[string]string
	}{
		"a number for each row that they refer to": {
			`subset: {start: {public.people: {where: "id IN (123, 124)"}}, tables: {other.orders: 1, public.lines: {"order_at, order_id": 2}}}`,
			map[string]string{"other.orders/id": "122 123", "public.lines/no": "1 1 2 2"},
		},
		"none": {`subset: {start: {public.people: {where: "id = 123"}}, children: none}`, map[string]string{"other.orders/id": "", "public.people/id": "1 12 123"}},
		"around a circle when it is named": {
			`subset: {start: {public.people: {where: "id = 98"}}, children: none, tables: {public.people: {boss: all}}}`,
			map[string]string{"public.people/id": "9 98 980 981 982 983 984 985 986 987 988 989"},
		},
		"a lookup table and one that is named are whole": {
			`subset: {start: {public.people: {where: "id = 123"}}, lookup: 0, whole: [public.alone]}`,
			map[string]string{"public.countries/code": "DE GB", "public.alone/id": strings.Join(sorted(200), " ")},
		},
		"from below": {
			`subset: {start: {public.lines: {where: "order_id = 500 AND no = 2"}}}`,
			map[string]string{"public.lines/no": "2", "other.orders/id": "500", "public.people/id": "5 50 501", "public.items/id": "203"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, world, c.rules)
			s.expect(t, s.walk(t, subset.Options{}), c.want)
		})
	}
}

func sorted(n int) []string {
	var out []string
	for i := 1; i <= n; i++ {
		out = append(out, fmt.Sprint(i))
	}
	slices.Sort(out)
	return out
}

func TestVirtualKeysOutOfDocumentsAndToSeveralTables(t *testing.T) {
	t.Parallel()
	s := open(t, world, `
subset: {start: {public.people: {where: "id = 40"}}, children: none, tables: {public.log: all}}
virtual_keys:
  - {table: public.log, json: {column: doc, path: "$.who[*]"}, references: public.people}
  - {table: public.log, columns: [target], when: {column: kind, is: Person}, references: public.people}
  - {table: public.log, columns: [target], when: {column: kind, is: Item}, references: public.items}
`)
	s.expect(t, s.walk(t, subset.Options{}), map[string]string{
		"public.log/n":     "39 40", // 39 names 39 and 40 and is an item's; 40 names 40 and 41, and is about person 41
		"public.people/id": "3 39 4 40 41",
		"public.items/id":  "40",
	})
}

func TestWhereAndFollowHoldInASubset(t *testing.T) {
	t.Parallel()
	s := open(t, world, `
subset: {start: {public.people: {where: "id IN (123, 124)"}}}
tables:
  other.orders: {where: "at < '2026-01-23'", keep: [{why: test, columns: [id, at, person]}]}
  public.lines: {follow: other.orders, keep: [{why: test, columns: [order_id, order_at, no, item]}]}
`)
	s.expect(t, s.walk(t, subset.Options{}), map[string]string{
		"other.orders/id":       "1121 1122 122", // 123 is of the 23rd
		"public.lines/order_id": "1121 1121 1121 1122 1122 1122 122 122 122",
	})
}

func TestKeysOfAnExtensionsTypeAreComparedByIt(t *testing.T) {
	t.Parallel()
	s := open(t, `
CREATE EXTENSION citext;
CREATE TABLE users (name citext PRIMARY KEY);
INSERT INTO users VALUES ('Ann'), ('Bob');
CREATE TABLE posts (id int, author citext REFERENCES users);
INSERT INTO posts VALUES (1, 'ANN'), (2, 'ann'), (3, 'BOB');
`, `subset: {start: {public.posts: {where: "id < 3"}}, lookup: 0}`)
	s.expect(t, s.walk(t, subset.Options{}), map[string]string{"public.users/name": "Ann", "public.posts/id": "1 2"})
}

// worst is a circle of three tables and a many-to-many between large ones.
const worst = `
CREATE TABLE a (id int PRIMARY KEY, c int);
CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);
CREATE TABLE c (id int PRIMARY KEY, b int REFERENCES b);
INSERT INTO a SELECT i, i * 7 % 3000 FROM generate_series(0, 2999) i;
INSERT INTO b SELECT i, i * 11 % 3000 FROM generate_series(0, 2999) i;
INSERT INTO c SELECT i, i * 13 % 3000 FROM generate_series(0, 2999) i;
ALTER TABLE a ADD FOREIGN KEY (c) REFERENCES c;
CREATE TABLE a_b (a int REFERENCES a, b int REFERENCES b, PRIMARY KEY (a, b));
INSERT INTO a_b SELECT i * 3 % 3000, i * 17 % 2999 FROM generate_series(0, 8999) i ON CONFLICT DO NOTHING;
CREATE INDEX ON a (c); CREATE INDEX ON b (a); CREATE INDEX ON c (b); CREATE INDEX ON a_b (b);
`

func TestTheWorstCaseEndsAndStaysWithinItsMemory(t *testing.T) {
	t.Parallel()
	s := open(t, worst, `subset: {start: {public.a: {percent: 1}}, tables: {public.a: all, public.b: all, public.c: all, public.a_b: all}}`)
	little := s.walk(t, subset.Options{Memory: 16 << 10, Dir: t.TempDir()})
	much := s.walk(t, subset.Options{})
	if d := cmp.Diff(much.Counts(), little.Counts()); d != "" {
		t.Errorf("with little memory it is another subset: %s", d)
	}
	var rows int64
	for _, n := range much.Counts() {
		rows += n
	}
	if rows < 500 {
		t.Errorf("only %d rows: the circle was not followed", rows)
	}
	// where the rules do not name its keys, nobody goes down a circle
	for _, k := range open(t, worst, `subset: {start: {public.a: {percent: 1}}}`).graph.Keys {
		if circle := strings.Contains(k.None, "circle"); circle == strings.HasPrefix(k.Label, "public.a_b") {
			t.Errorf("%s: %q", k.Label, k.None)
		}
	}
}

func TestASizeIsMet(t *testing.T) {
	t.Parallel()
	s := open(t, world, `subset: {start: {public.people: {percent: 1}, public.alone: {rows: 1}}}`)
	var whole int64
	for i := range s.graph.Nodes {
		for _, l := range s.graph.Nodes[i].Leaves {
			whole += l.Bytes + l.Index
		}
	}
	for _, size := range []int64{whole / 3, whole / 2} {
		chosen, said, err := subset.Fit(t.Context(), s.graph, s, subset.Options{Key: prf.TestKey()}, size)
		if err != nil {
			t.Fatalf("%d: %v", size, err)
		}
		defer chosen.Close()
		if said.Estimate < size*85/100 || said.Estimate > size*115/100 {
			t.Errorf("asked for %d, got %d: %v", size, said.Estimate, said.Starts)
		}
	}
	chosen, said, err := subset.Fit(t.Context(), s.graph, s, subset.Options{Key: prf.TestKey()}, whole*10)
	if err != nil {
		t.Fatal(err)
	}
	defer chosen.Close()
	if i := slices.IndexFunc(said.Tables, func(x report.SubsetTable) bool { return x.Name == "public.people" }); said.Tables[i].Rows != 999 {
		t.Errorf("more than there is gives %d people", said.Tables[i].Rows)
	}
	_, _, err = subset.Fit(t.Context(), s.graph, s, subset.Options{Key: prf.TestKey()}, 1000)
	if report.SideOf(err) != report.Rules || !strings.Contains(err.Error(), "smallest") {
		t.Errorf("less than is possible: %v", err)
	}
}

func TestWhatCannotStartIsToldInOneError(t *testing.T) {
	t.Parallel()
	const empty = "CREATE TABLE t (id int PRIMARY KEY, d jsonb); CREATE TABLE u (id int PRIMARY KEY); INSERT INTO u VALUES (1)"
	for rules, want := range map[string]string{
		`subset: {start: {public.t: {percent: 5}}}`:         "the table has no rows",
		`subset: {start: {public.u: {where: "id > 5"}}}`:    "its condition selects no row",
		`subset: {start: {public.u: {where: "ident > 5"}}}`: "try the condition",
		"subset: {start: {public.u: {percent: 1}}}\nvirtual_keys: [{table: public.t, json: {column: d, path: '$.['}, references: public.u}]": "try the virtual key public.t.d $.[",
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			s := open(t, empty, rules)
			_, err := subset.Walk(t.Context(), s.graph, s, subset.Options{Key: prf.TestKey()})
			if err == nil || report.SideOf(err) != report.Rules || !strings.Contains(err.Error(), want) || report.HintOf(err) == "" {
				t.Errorf("%v (%s)", err, report.HintOf(err))
			}
		})
	}
}

func TestAnEndedWalkReportsItsEnd(t *testing.T) {
	t.Parallel()
	s := open(t, world, `subset: {start: {public.people: {percent: 50}}}`)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := subset.Walk(ctx, s.graph, s, subset.Options{Key: prf.TestKey()}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
