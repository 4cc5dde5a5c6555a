package pipeline

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/understudy-db/understudy/fixtures"
	"github.com/understudy-db/understudy/pkg/copier"
	"github.com/understudy-db/understudy/pkg/localpg"
	"github.com/understudy-db/understudy/pkg/pgtest"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
)

// seedable are options for an empty database with a schema.
func seedable(t *testing.T, schema ...string) SeedOptions {
	t.Helper()
	dsn := pgtest.DSN(t)
	pgtest.Exec(t, dsn, schema...)
	return SeedOptions{Target: dsn, Seed: "1", Log: zerolog.Nop()}
}

func mustSeed(t *testing.T, o SeedOptions) *SeedResult {
	t.Helper()
	r, err := Seed(t.Context(), o)
	if err != nil {
		t.Fatal(err, report.HintOf(err))
	}
	return r
}

// refused runs a seed that must fail with these words, and must leave no row.
func refused(t *testing.T, o SeedOptions, words string, tables ...string) {
	t.Helper()
	_, err := Seed(t.Context(), o)
	if err == nil || !strings.Contains(err.Error(), words) {
		t.Errorf("got %v, want %q", err, words)
	}
	for _, table := range tables {
		if n := count(t, o.Target, "SELECT count(*) FROM "+table); n != 0 {
			t.Errorf("%s has %d rows", table, n)
		}
	}
}

func count(t *testing.T, dsn, sql string) (n int64) {
	t.Helper()
	if err := pgtest.Conn(t, dsn).QueryRow(t.Context(), sql).Scan(&n); err != nil {
		t.Fatal(sql, err)
	}
	return n
}

// brokenKeys counts rows whose foreign key points to nothing, by letting the server
// check every key anew.
func validateKeys(t *testing.T, dsn string) {
	t.Helper()
	conn := pgtest.Conn(t, dsn)
	rows, err := conn.Query(t.Context(), `SELECT format('ALTER TABLE %s DROP CONSTRAINT %I, ADD %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
		FROM pg_constraint WHERE contype = 'f' AND conparentid = 0`)
	if err != nil {
		t.Fatal(err)
	}
	var statements []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		statements = append(statements, s)
	}
	if len(statements) == 0 {
		t.Fatal("no foreign key was found")
	}
	for _, s := range statements {
		if _, err := conn.Exec(t.Context(), s); err != nil {
			t.Errorf("%s: %v", s, err)
		}
	}
}

const shopDigest = `SELECT md5(string_agg(x, '' ORDER BY x)) FROM (
	SELECT c::text FROM public.customers c UNION ALL SELECT o::text FROM sales.orders o UNION ALL SELECT s::text FROM public.staff s) AS t (x)`

func madeDigest(t *testing.T, dsn, sql string) (s string) {
	t.Helper()
	if err := pgtest.Conn(t, dsn).QueryRow(t.Context(), sql).Scan(&s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTheShopIsSeededAndTheSameSeedGivesTheSameRows(t *testing.T) {
	t.Parallel()
	o := seedable(t, fixtures.Schema())
	o.Rows, o.Jobs, o.Locales, o.Rules = 300, 3, []string{"en_GB", "de_DE", "ja_JP"}, "../../rules/examples/shop.yaml"
	r := mustSeed(t, o)
	if r.Rows != 300*16 {
		t.Errorf("%d rows, notes %v", r.Rows, r.Notes)
	}
	validateKeys(t, o.Target)
	first := madeDigest(t, o.Target, shopDigest)
	refused(t, o, "it holds rows: ")
	o.Again, o.Jobs = true, 1
	mustSeed(t, o)
	if again := madeDigest(t, o.Target, shopDigest); again != first {
		t.Error("the same seed gave other rows")
	}
	o.Seed = "2"
	mustSeed(t, o)
	if other := madeDigest(t, o.Target, shopDigest); other == first {
		t.Error("another seed gave the same rows")
	}
	if n := count(t, o.Target, "SELECT count(*) FROM customers WHERE email !~ '@example\\.(com|net|org)$'"); n != 0 {
		t.Errorf("%d addresses could reach somebody", n)
	}
	if n := count(t, o.Target, "SELECT count(*) FROM clinic.cases WHERE closed_on < opened_on"); n != 0 {
		t.Errorf("%d cases were closed before they were opened", n)
	}
	// The application goes on where the rows end.
	pgtest.Exec(t, o.Target, "INSERT INTO public.addresses (customer_id, recipient, street, city, country) VALUES (1, 'x', 'y', 'z', 'GB')")

	// What was made up is not found by the scan as anybody's.
	findings, _, err := Scan(t.Context(), ScanOptions{Source: o.Target, Locale: "en_GB", Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		switch f.Code {
		case "unmasked-email", "unmasked-phone", "unmasked-card", "deliverable":
			t.Errorf("%s: %s (%d)", f.Code, f.Subject, f.Count)
		}
	}
}

// oddSchema has what single generators do not meet in the shop.
const oddSchema = `
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE TYPE level AS ENUM ('low', 'high');
CREATE DOMAIN plate AS text CHECK (VALUE ~ '^[A-Z]{2}-[0-9]{4}$');
CREATE TABLE tenants (id smallint PRIMARY KEY, name varchar(12) NOT NULL UNIQUE);
CREATE TABLE people (tenant smallint NOT NULL REFERENCES tenants, no int, boss int, email text NOT NULL, PRIMARY KEY (tenant, no), FOREIGN KEY (tenant, boss) REFERENCES people (tenant, no));
CREATE UNIQUE INDEX ON people (lower(email));
CREATE TABLE things (tenant smallint NOT NULL REFERENCES tenants, id uuid, plate plate NOT NULL UNIQUE, level level NOT NULL, size int NOT NULL CHECK (size BETWEEN 3 AND 5),
  code char(6) NOT NULL CHECK (code ~ '^[A-F]-?[0-9]{4}$'), low numeric(6,2) NOT NULL, high numeric(6,2) NOT NULL, CHECK (low < high), PRIMARY KEY (tenant, id));
CREATE TABLE loans (tenant smallint NOT NULL, person int NOT NULL, thing uuid NOT NULL, during tstzrange NOT NULL, tags text[], doc xml, spot point, bits bit(5),
  only_one text, other_one text, CHECK (num_nonnulls(only_one, other_one) = 1),
  FOREIGN KEY (tenant, person) REFERENCES people (tenant, no), FOREIGN KEY (tenant, thing) REFERENCES things (tenant, id), EXCLUDE USING gist (thing WITH =, during WITH &&));
CREATE TABLE friends (tenant smallint, a int, b int, PRIMARY KEY (tenant, a, b), FOREIGN KEY (tenant, a) REFERENCES people (tenant, no), FOREIGN KEY (tenant, b) REFERENCES people (tenant, no));
CREATE TABLE details (tenant smallint, thing uuid, note text NOT NULL CHECK (length(note) >= 40), PRIMARY KEY (tenant, thing), FOREIGN KEY (tenant, thing) REFERENCES things (tenant, id));
CREATE TABLE eggs (id int PRIMARY KEY, hen int NOT NULL);
CREATE TABLE hens (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, egg int NOT NULL REFERENCES eggs, twice int GENERATED ALWAYS AS (egg * 2) STORED);
ALTER TABLE eggs ADD FOREIGN KEY (hen) REFERENCES hens;
CREATE TABLE homes (person int NOT NULL, tenant smallint NOT NULL, main bool NOT NULL, FOREIGN KEY (tenant, person) REFERENCES people (tenant, no));
CREATE UNIQUE INDEX ON homes (tenant, person) WHERE main;
`

func TestKeysThatShareColumnsRingsAndConstraintsAreKept(t *testing.T) {
	t.Parallel()
	o := seedable(t, oddSchema)
	o.Rows, o.TableRows = 400, map[string]int64{"public.tenants": 7}
	mustSeed(t, o)
	validateKeys(t, o.Target)
	if n := count(t, o.Target, "SELECT count(*) FROM loans"); n != 400 {
		t.Errorf("%d loans", n)
	}
}

func TestARoleWithoutRightsSeedsInOneTransactionAndTriggersFire(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	pgtest.Exec(t, dsn, "CREATE EXTENSION IF NOT EXISTS btree_gist")
	name, role := pgtest.Role(t, dsn, "")
	pgtest.Exec(t, dsn, "GRANT ALL ON SCHEMA public TO "+name)
	pgtest.Exec(t, role, strings.ReplaceAll(oddSchema, "CREATE EXTENSION IF NOT EXISTS btree_gist;", ""), `CREATE TABLE seen (n int);
		CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.seen VALUES (1); RETURN NULL; END $$;
		CREATE TRIGGER see AFTER INSERT ON tenants EXECUTE FUNCTION see()`)
	o := SeedOptions{Target: role, Seed: "1", Rows: 100, TableRows: map[string]int64{"public.tenants": 7, "public.seen": 0}, Log: zerolog.Nop()}
	if r := mustSeed(t, o); r.How != "one transaction" {
		t.Errorf("it went in by %s", r.How)
	}
	if n := count(t, dsn, "SELECT count(*) FROM seen"); n != 1 {
		t.Errorf("the trigger fired %d times", n)
	}
	if n := count(t, dsn, "SELECT count(*) FROM pg_constraint WHERE condeferrable"); n != 0 {
		t.Errorf("%d keys are deferrable now", n)
	}
	validateKeys(t, role)
	// And more on top of it.
	o.Add, o.Rows, o.TableRows = true, 50, map[string]int64{"public.seen": 0, "public.tenants": 0}
	mustSeed(t, o)
	if n := count(t, dsn, "SELECT count(*) FROM eggs"); n != 150 {
		t.Errorf("%d eggs", n)
	}
	validateKeys(t, role)
}

func TestMadeUpRowsHoldTheKeysThatTheRulesDeclare(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "rules.yaml")
	put(t, file, []byte(`version: 1
undecided: refuse
virtual_keys:
  - {table: public.visits, columns: [person], references: public.people}
  - {table: public.visits, json: {column: detail, path: $.person}, references: public.people}
`))
	for _, add := range []bool{false, true} {
		o := seedable(t, `CREATE TABLE people (id int PRIMARY KEY, email text); CREATE TABLE visits (id int PRIMARY KEY, person int NOT NULL, detail jsonb)`)
		o.Rules, o.Rows = file, 500
		if add { // adding goes through one transaction, after rows that were there
			pgtest.Exec(t, o.Target, "INSERT INTO people SELECT i, i::text FROM generate_series(90001, 90010) i")
			o.Add = true
		}
		result := mustSeed(t, o)
		if n := count(t, o.Target, "SELECT count(*) FROM visits v WHERE NOT EXISTS (SELECT FROM people p WHERE p.id = v.person)"); n > 0 {
			t.Errorf("%d visits are nobody's", n)
		}
		if n := count(t, o.Target, "SELECT count(*) FROM visits"); n != 500 {
			t.Errorf("%d visits", n)
		}
		if len(result.Notes) == 0 || !strings.Contains(result.Notes[0].What, "virtual key") {
			t.Errorf("the key in documents is not noted: %v", result.Notes)
		}
	}
}

func TestDocumentsFollowTheSchemaThatTheRulesName(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, filepath.Join(dir, "rules.yaml"), []byte(`version: 1
undecided: refuse
tables:
  public.settings:
    columns: {doc: {mask: json, schema: doc.schema.json, rest: null}}
`))
	o := seedable(t, "CREATE TABLE settings (id int PRIMARY KEY, doc jsonb NOT NULL)")
	o.Rules, o.Rows = filepath.Join(dir, "rules.yaml"), 300
	schema := func(pages string) {
		t.Helper()
		put(t, filepath.Join(dir, "doc.schema.json"), []byte(`{"type": "object", "required": ["theme", "pages"], "additionalProperties": false, "properties": {
			"theme": {"enum": ["dark", "light"]}, "pages": `+pages+`, "tags": {"type": "array", "maxItems": 3, "items": {"type": "string"}}}}`))
	}
	schema(`{"allOf": [{"type": "integer"}, {"not": {"maximum": 1000000000}}]}`)
	refused(t, o, "public.settings.doc: the JSON Schema that the rules name asks for more than is understood", "settings")
	schema(`{"type": "integer", "minimum": 1, "maximum": 9}`)
	mustSeed(t, o)
	if n := count(t, o.Target, `SELECT count(*) FROM settings WHERE doc->>'theme' IN ('dark', 'light') AND (doc->>'pages')::int BETWEEN 1 AND 9
		AND doc - '{theme,pages,tags}'::text[] = '{}' AND (doc->'tags' IS NULL OR jsonb_array_length(doc->'tags') <= 3)`); n != 300 {
		t.Errorf("%d documents of 300 are as the schema says", n)
	}
}

func TestStatesAreInTheResult(t *testing.T) {
	t.Parallel()
	rules := `version: 1
tables:
  public.customers:
    states:
      - {without: sales.orders, rows: 3}
      - {set: {kind: company, country: XK, company: Northern Lights, last_visit: null}, rows: 2}
  sales.orders:
    states:
      - {each: state, rows: 4}
`
	o := seedable(t, fixtures.Schema())
	o.Rules = filepath.Join(t.TempDir(), "rules.yaml")
	o.Rows = 20
	if err := os.WriteFile(o.Rules, []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
	mustSeed(t, o)
	for want, sql := range map[int64]string{
		0:  "SELECT count(*) FROM customers c JOIN sales.orders o ON o.customer_id = c.id WHERE c.id <= 3",
		2:  "SELECT count(*) FROM customers WHERE country = 'XK' AND company = 'Northern Lights' AND last_visit IS NULL",
		4:  "SELECT count(DISTINCT state) FROM sales.orders",
		20: "SELECT count(*) FROM sales.orders",
	} {
		if n := count(t, o.Target, sql); n != want {
			t.Errorf("%s gives %d, want %d", sql, n, want)
		}
	}
	if err := os.WriteFile(o.Rules, []byte(strings.Replace(rules, "each: state", "each: remark", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	o.Again = true
	refused(t, o, "rules.yaml:9:9: the values of sales.orders.remark are not known")
}

func TestWhatMustNotBeSeededIsRefusedAndNothingIsWritten(t *testing.T) {
	t.Parallel()
	t.Run("constraints that contradict each other", func(t *testing.T) {
		t.Parallel()
		o := seedable(t, "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (n int NOT NULL CHECK (n > 5), CHECK (n < 3), m text NOT NULL CHECK (m IN ('x')), CHECK (m = 'y'))")
		refused(t, o, "public.b.m: its constraints have no value in common; public.b.n: its lower bound 5 lies above its upper bound 3", "a", "b")
	})
	t.Run("a constraint that is not understood", func(t *testing.T) {
		t.Parallel()
		o := seedable(t, `CREATE TABLE a (id int PRIMARY KEY); CREATE FUNCTION good(text) RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT md5($1) < ''1''';
			CREATE TABLE b (n text NOT NULL CONSTRAINT is_good CHECK (public.good(n)), m int CONSTRAINT small CHECK (m * m + n::int < 0))`)
		refused(t, o, "public.b: our rows break constraint is_good", "a", "b")
	})
	t.Run("a trigger that fails in the middle", func(t *testing.T) {
		t.Parallel()
		o := seedable(t, `CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (n int);
			CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.id = 52000 THEN RAISE 'no'; END IF; RETURN NEW; END $$;
			CREATE TRIGGER fail BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION fail(); ALTER TABLE a ENABLE ALWAYS TRIGGER fail`)
		o.Rows = 55_000
		refused(t, o, "write public.a", "a", "b")
		o.Rows, o.Add = 10, false
		mustSeed(t, o) // the target is as it was
	})
	t.Run("a database that holds rows", func(t *testing.T) {
		t.Parallel()
		o := seedable(t, "CREATE TABLE a (id int PRIMARY KEY); INSERT INTO a VALUES (7)")
		refused(t, o, "it holds rows: public.a")
		o.Again = true
		refused(t, o, "it was not filled by seed")
		if n := count(t, o.Target, "SELECT count(*) FROM a"); n != 1 {
			t.Errorf("%d rows", n)
		}
	})
	t.Run("a name like production's", func(t *testing.T) {
		t.Parallel()
		o := SeedOptions{Target: pgtest.With(t, pgtest.Server(t), "shop_prod"), Log: zerolog.Nop()}
		if _, err := Seed(t.Context(), o); err == nil || !strings.Contains(err.Error(), "sounds like production") {
			t.Error(err)
		}
	})
	t.Run("a database without tables", func(t *testing.T) {
		t.Parallel()
		refused(t, seedable(t), "it has no tables")
	})
}

func TestAnInterruptedSeedLeavesNothing(t *testing.T) {
	t.Parallel()
	o := seedable(t, "CREATE TABLE a (id int PRIMARY KEY, t text)")
	o.Rows = 200_000_000
	ctx, cancel := context.WithCancel(t.Context())
	o.Observer = cancelAtCopy{cancel: cancel}
	if _, err := Seed(ctx, o); err == nil {
		t.Fatal("it was not interrupted")
	}
	if n := count(t, o.Target, "SELECT count(*) FROM a"); n != 0 {
		t.Errorf("%d rows are left", n)
	}
}

func TestADeveloperGetsACleanCopyFromTheTemplate(t *testing.T) {
	t.Parallel()
	o := seedable(t, "CREATE TABLE a (id int PRIMARY KEY)")
	reset := ResetOptions{Target: o.Target}
	var name string
	if err := pgtest.Conn(t, pgtest.Server(t)).QueryRow(t.Context(), "SELECT 1::text").Scan(&name); err != nil {
		t.Fatal(err)
	}
	save := reset
	save.Save = true
	if err := Reset(t.Context(), save); err == nil || !strings.Contains(err.Error(), "neither seed nor copy wrote it") {
		t.Fatal(err)
	}
	mustSeed(t, o)
	conn := pgtest.Conn(t, o.Target)
	if err := conn.QueryRow(t.Context(), "SELECT current_database()").Scan(&name); err != nil {
		t.Fatal(err)
	}
	_ = conn.Close(t.Context())
	t.Cleanup(func() { pgtest.Drop(t, name+templateSuffix) })
	if err := Reset(t.Context(), reset); err == nil || !strings.Contains(err.Error(), "there is no template") {
		t.Fatal(err)
	}
	save.Force = true // sessions of this test that are about to end
	if err := Reset(t.Context(), save); err != nil {
		t.Fatal(err)
	}
	pgtest.Exec(t, o.Target, "TRUNCATE a")
	reset.Force = true
	if err := Reset(t.Context(), reset); err != nil {
		t.Fatal(err)
	}
	if n := count(t, o.Target, "SELECT count(*) FROM a"); n != 1000 {
		t.Errorf("%d rows", n)
	}
}

func TestACleanCopyOfAStagingIsNotTakenForMadeUp(t *testing.T) {
	t.Parallel()
	s := newStory(t, peopleRules, people)
	s.run(t)
	comment := func() (c string) {
		t.Helper()
		conn := pgtest.Conn(t, s.o.Target)
		defer conn.Close(t.Context())
		if err := conn.QueryRow(t.Context(), "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()").Scan(&c); err != nil {
			t.Fatal(err)
		}
		return c
	}
	before := comment()
	cfg, err := session.Parse(s.o.Target)
	if err != nil {
		t.Fatal(err)
	}
	name := cfg.Name()
	t.Cleanup(func() { pgtest.Drop(t, name+templateSuffix) })
	for _, save := range []bool{true, false} {
		if err := Reset(t.Context(), ResetOptions{Target: s.o.Target, Save: save, Force: true}); err != nil {
			t.Fatal(err, report.HintOf(err))
		}
	}
	if after := comment(); after != before || strings.Contains(after, seedMark) {
		t.Errorf("staging was marked %q and is %q", before, after)
	}
	if _, err := Seed(t.Context(), SeedOptions{Target: s.o.Target, Again: true, Log: zerolog.Nop()}); err == nil || !strings.Contains(err.Error(), "was not filled by seed") {
		t.Errorf("seed takes it for its own: %v", err)
	}
}

func TestExportsLoadAndAnUnmarkedDatabaseIsNotExported(t *testing.T) {
	t.Parallel()
	o := seedable(t, "CREATE TABLE a (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text, doc jsonb); CREATE TABLE b (id int PRIMARY KEY, a int NOT NULL REFERENCES a); CREATE VIEW v AS SELECT id FROM a")
	dir := t.TempDir()
	export := ExportOptions{Source: o.Target, To: filepath.Join(dir, "a.sql")}
	if err := Export(t.Context(), export); err == nil || !strings.Contains(err.Error(), "neither copy nor seed wrote it") {
		t.Fatal(err)
	}
	mustSeed(t, o)
	for _, to := range []string{"a.sql", "a.dump", "folder/"} {
		export.To, export.Form = filepath.Join(dir, to), ""
		if strings.HasSuffix(to, "/") {
			export.To += "/"
		}
		if err := Export(t.Context(), export); err != nil {
			t.Fatal(to, err)
		}
		if err := Export(t.Context(), export); err == nil {
			t.Errorf("%s was written over", to)
		}
	}
	for file, head := range map[string]string{
		"a.dump": "PGDMP", "a.sql": "--\n-- PostgreSQL database dump", "folder/docker-entrypoint-initdb.d/10-database.sql": "--\n-- PostgreSQL database dump", "folder/compose.yaml": "# A database",
	} {
		b, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil || !strings.HasPrefix(string(b), head) {
			t.Errorf("%s begins with %.30q, %v", file, b, err)
		}
	}
	sql, err := os.ReadFile(filepath.Join(dir, "a.sql"))
	if err != nil || strings.Count(string(sql), "\n") < 1000 {
		t.Errorf("%d lines, %v", strings.Count(string(sql), "\n"), err)
	}
	programs, err := localpg.Find()
	if err != nil {
		t.Fatal(err)
	}
	const all = "SELECT hashtextextended(string_agg(a::text, ',' ORDER BY id), 0) + (SELECT hashtextextended(string_agg(b::text, ',' ORDER BY id), 0) % 1000 FROM b) + (SELECT count(*) FROM v) FROM a"
	want := count(t, o.Target, all)
	for name, command := range map[string][]string{
		"plain SQL": {"psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-o", os.DevNull, "-f", filepath.Join(dir, "a.sql"), "-d"},
		"a folder":  {"psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-o", os.DevNull, "-f", filepath.Join(dir, "folder/docker-entrypoint-initdb.d/10-database.sql"), "-d"},
		"archive":   {"pg_restore", "--exit-on-error", "--no-owner", filepath.Join(dir, "a.dump"), "-d"},
	} {
		empty := pgtest.DSN(t)
		if out, err := exec.CommandContext(t.Context(), programs.Path(command[0]), append(command[1:], empty)...).CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", name, err, out)
			continue
		}
		if got := count(t, empty, all); got != want {
			t.Errorf("%s: other rows came back", name)
		}
		pgtest.Exec(t, empty, "INSERT INTO a (note) VALUES ('the sequence goes on')")
		validateKeys(t, empty)
	}
}

// cancelAtCopy interrupts a run when its rows begin to move.
type cancelAtCopy struct {
	Observer
	cancel context.CancelFunc
}

func (c cancelAtCopy) Copying(*plan.Plan, *copier.Meter) { c.cancel() }
func (c cancelAtCopy) StepDone(report.Step)              {}
