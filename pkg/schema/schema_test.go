package schema_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/pgtest"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/schema"
	"github.com/understudy-db/understudy/pkg/session"
)

// awkward is what real schemas have and what breaks naive tools.
const awkward = `
CREATE SCHEMA "We ""ird";
CREATE SCHEMA shop;
COMMENT ON SCHEMA shop IS 'The shop''s own';
CREATE TYPE shop.mood AS ENUM ('sad', 'it''s ok', 'glück');
CREATE DOMAIN shop.positive AS numeric(12,2) CHECK (VALUE > 0);
CREATE TYPE shop.pair AS (a int, b shop.mood[]);
CREATE FUNCTION shop.twice(i int) RETURNS int LANGUAGE sql IMMUTABLE AS $f$ SELECT i * 2 $f$;
CREATE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN NEW.at := now(); RETURN NEW; END $f$;
CREATE TABLE shop.a (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, b int, m shop.mood DEFAULT 'it''s ok', p shop.positive, at timestamptz,
    double int GENERATED ALWAYS AS (shop.twice(1)) STORED, x shop.pair);
CREATE TABLE "We ""ird"."ta
ble; 1" ("Id" bigserial PRIMARY KEY, a int REFERENCES shop.a DEFERRABLE, "select" text COLLATE "C" UNIQUE, parent bigint REFERENCES "We ""ird"."ta
ble; 1");
ALTER TABLE shop.a ADD CONSTRAINT cycle FOREIGN KEY (b) REFERENCES "We ""ird"."ta
ble; 1" ("Id");
COMMENT ON COLUMN shop.a.b IS 'line 1
line 2';
CREATE INDEX "in dex" ON shop.a (shop.twice(b)) WHERE b > 0;
CREATE STATISTICS shop.st ON b, id FROM shop.a;
CREATE TRIGGER touch BEFORE UPDATE ON shop.a FOR EACH ROW EXECUTE FUNCTION shop.touch();
CREATE TABLE shop.orders (id int, placed date NOT NULL, PRIMARY KEY (id, placed)) PARTITION BY RANGE (placed);
CREATE TABLE shop.orders_2025 PARTITION OF shop.orders FOR VALUES FROM ('2025-01-01') TO ('2026-01-01') PARTITION BY LIST (id);
CREATE TABLE shop.orders_2025_1 PARTITION OF shop.orders_2025 FOR VALUES IN (1, 2);
CREATE TABLE shop.orders_rest PARTITION OF shop.orders DEFAULT;
CREATE TABLE shop.nothing ();
CREATE VIEW shop.v AS SELECT id, b FROM shop.a;
CREATE MATERIALIZED VIEW shop.mv AS SELECT count(*) AS n, 1 AS one FROM shop.a;
CREATE MATERIALIZED VIEW shop.mv2 AS SELECT n + 1 AS n FROM shop.mv;
CREATE UNIQUE INDEX mv_one ON shop.mv (one);
CREATE RULE quiet AS ON DELETE TO shop.v DO INSTEAD NOTHING;
ALTER TABLE shop.a ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody ON shop.a USING (id > 0);
`

func open(t *testing.T, dsn string) *session.Config {
	t.Helper()
	cfg, err := session.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// programs chooses client programs for the test server, or skips.
func programs(t *testing.T) schema.Programs {
	t.Helper()
	conn := pgtest.Conn(t, pgtest.Server(t))
	var version int
	if err := conn.QueryRow(t.Context(), `SELECT current_setting('server_version_num')::int`).Scan(&version); err != nil {
		t.Fatal(err)
	}
	found, err := schema.Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p, err := schema.Choose(found, version, version)
	if err != nil {
		if os.Getenv("CI") == "true" || os.Getenv("UNDERSTUDY_NO_SKIP") == "1" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	return p
}

func dump(t *testing.T, dsn string, p schema.Programs, opt schema.DumpOptions) *schema.Archive {
	t.Helper()
	if opt.TempDir == "" {
		opt.TempDir = t.TempDir()
	}
	if opt.Target.Version == 0 {
		opt.Target = schema.TargetRole{Version: 150000, Superuser: true}
	}
	a, err := schema.Dump(t.Context(), open(t, dsn), p, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

func restore(t *testing.T, dsn string, a *schema.Archive) {
	t.Helper()
	for _, s := range []schema.Section{schema.PreData, schema.PostData} {
		if err := schema.Restore(t.Context(), open(t, dsn), a, schema.RestoreOptions{Section: s, Jobs: 3}); err != nil {
			t.Fatalf("restore %s: %v", s, err)
		}
	}
}

var noise = regexp.MustCompile(`(?m)^(--.*|SET .*|SELECT pg_catalog\.set_config.*|\\(un)?restrict.*|)\n`)

// plain returns the schema as pg_dump writes it, without comments and settings.
func plain(t *testing.T, dsn string, p schema.Programs) string {
	t.Helper()
	out, err := exec.Command(p.Dump, "--schema-only", "--no-owner", "--no-privileges", "--dbname="+dsn).Output()
	if err != nil {
		t.Fatal(err)
	}
	return noise.ReplaceAllString(string(out), "")
}

func TestAwkwardSchemaArrivesAsItWas(t *testing.T) {
	t.Parallel()
	p, source, target := programs(t), pgtest.DSN(t), pgtest.DSN(t)
	pgtest.Exec(t, source, awkward)
	a := dump(t, source, p, schema.DumpOptions{})
	if len(a.Dropped) != 0 {
		t.Errorf("dropped %v", a.Dropped)
	}
	restore(t, target, a)
	if diff := cmp.Diff(plain(t, source, p), plain(t, target, p)); diff != "" {
		t.Error(diff)
	}
	var names []string
	for _, e := range a.Entries {
		if e.Desc == "TABLE" {
			names = append(names, e.Schema+"|"+e.Name)
		}
	}
	if !slices.Contains(names, "We \"ird|ta\nble; 1") {
		t.Errorf("tables are %q", names)
	}
}

func TestDumpReadsAtTheSnapshot(t *testing.T) {
	t.Parallel()
	p, source := programs(t), pgtest.DSN(t)
	pgtest.Exec(t, source, `CREATE TABLE before ()`)
	holder := pgtest.Conn(t, source)
	var id string
	if _, err := holder.Exec(t.Context(), `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`); err != nil {
		t.Fatal(err)
	}
	if err := holder.QueryRow(t.Context(), `SELECT pg_export_snapshot()`).Scan(&id); err != nil {
		t.Fatal(err)
	}
	pgtest.Exec(t, source, `CREATE TABLE after ()`)
	a := dump(t, source, p, schema.DumpOptions{Snapshot: id})
	if len(a.Entries) != 1 || a.Entries[0].Name != "before" {
		t.Errorf("entries are %v", a.Entries)
	}
	if _, err := holder.Exec(t.Context(), `ROLLBACK`); err != nil {
		t.Fatal(err)
	}
	_, err := schema.Dump(t.Context(), open(t, source), p, schema.DumpOptions{Snapshot: id, TempDir: t.TempDir()})
	if report.SideOf(err) != report.Source || !strings.Contains(fmt.Sprint(err), "snapshot is gone") {
		t.Errorf("with the snapshot gone: %v", err)
	}
}

func TestForbiddenThingsStayBehindAndArePrivateOnDisk(t *testing.T) {
	t.Parallel()
	p, source, target := programs(t), pgtest.DSN(t), pgtest.DSN(t)
	conn := pgtest.Conn(t, source)
	var available bool
	if err := conn.QueryRow(t.Context(), `SELECT count(*) = 1 FROM pg_available_extensions WHERE name = 'postgres_fdw'`).Scan(&available); err != nil {
		t.Fatal(err)
	}
	pgtest.Exec(t, source, `
		CREATE TABLE kept (id int PRIMARY KEY);
		COMMENT ON DATABASE `+catalog.Quote(open(t, source).Name())+` IS 'source';
		GRANT SELECT ON kept TO PUBLIC;
		ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;
		CREATE PUBLICATION everything FOR ALL TABLES;
		CREATE SUBSCRIPTION sub CONNECTION 'host=127.0.0.1 port=1 password=hunter2subscription' PUBLICATION x WITH (connect = false, slot_name = NONE);
		CREATE FUNCTION loud() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
		CREATE EVENT TRIGGER loud ON ddl_command_end EXECUTE FUNCTION loud();`)
	t.Cleanup(func() { pgtest.Exec(t, source, `DROP SUBSCRIPTION IF EXISTS sub`) })
	want := []string{"EVENT TRIGGER loud"}
	if available {
		pgtest.Exec(t, source, `
			CREATE EXTENSION postgres_fdw;
			CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'h');
			CREATE USER MAPPING FOR CURRENT_USER SERVER elsewhere OPTIONS (user 'u', password 'hunter2mapping');
			CREATE FOREIGN TABLE far (id int) SERVER elsewhere;
			CREATE VIEW on_far AS SELECT * FROM far;`)
		want = append(want, "FOREIGN TABLE public.far", "SERVER elsewhere", "VIEW public.on_far")
	} else {
		t.Log("the server has no postgres_fdw; the foreign part is not tested")
	}
	temp := t.TempDir()
	a := dump(t, source, p, schema.DumpOptions{TempDir: temp})
	files := 0
	err := filepath.WalkDir(temp, func(path string, d os.DirEntry, err error) error {
		if err != nil || path == temp {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if d.IsDir() {
			if info.Mode().Perm() != 0o700 {
				t.Errorf("the folder has mode %v", info.Mode())
			}
			return nil
		}
		files++
		if info.Mode().Perm() != 0o600 {
			t.Errorf("the file has mode %v", info.Mode())
		}
		b, err := os.ReadFile(path)
		if strings.Contains(string(b), "hunter2") {
			t.Error("a password is in the file")
		}
		return err
	})
	if err != nil || files != 1 {
		t.Errorf("%d files, %v", files, err)
	}
	var told []string
	for _, d := range a.Dropped {
		if strings.Contains(d.Name+d.Why, "hunter2") {
			t.Error("a password is told")
		}
		if !strings.HasPrefix(d.Desc, "USER MAPPING") {
			told = append(told, d.Desc+" "+d.Name)
		}
	}
	slices.Sort(told)
	slices.Sort(want)
	if diff := cmp.Diff(want, told); diff != "" {
		t.Error(diff)
	}
	restore(t, target, a)
	var n int
	err = pgtest.Conn(t, target).QueryRow(t.Context(), `
		SELECT (SELECT count(*) FROM pg_publication) + (SELECT count(*) FROM pg_event_trigger) + (SELECT count(*) FROM pg_foreign_server)
		     + (SELECT count(*) FROM pg_class WHERE relacl IS NOT NULL AND oid >= 16384) + (SELECT count(*) FROM pg_default_acl)
		     + (SELECT count(*) FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid WHERE d.datname = current_database())`).Scan(&n)
	if err != nil || n != 0 {
		t.Errorf("%d forbidden objects arrived, %v", n, err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(temp); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestPlainRoleRestoresIntoItsOwnDatabase(t *testing.T) {
	t.Parallel()
	role, roleDSN := pgtest.Role(t, pgtest.Server(t), "CREATEDB") // before the database, so that it is dropped after it
	p, source, target := programs(t), pgtest.DSN(t), pgtest.DSN(t)
	roleDSN = pgtest.With(t, roleDSN, open(t, target).Name())
	pgtest.Exec(t, target, `ALTER DATABASE `+catalog.Quote(open(t, target).Name())+` OWNER TO `+role)
	pgtest.Exec(t, source, awkward, `CREATE EXTENSION IF NOT EXISTS citext; COMMENT ON EXTENSION citext IS 'ours'; COMMENT ON SCHEMA public IS 'ours'`)
	var version int
	if err := pgtest.Conn(t, target).QueryRow(t.Context(), `SELECT current_setting('server_version_num')::int`).Scan(&version); err != nil {
		t.Fatal(err)
	}
	a := dump(t, source, p, schema.DumpOptions{Target: schema.TargetRole{Version: version}})
	restore(t, roleDSN, a)
	if !slices.Equal(a.Extensions(), []string{"citext"}) {
		t.Errorf("extensions are %v", a.Extensions())
	}
}

func TestPolicyRolesAreFoundMissingOrMapped(t *testing.T) {
	t.Parallel()
	p, source, target := programs(t), pgtest.DSN(t), pgtest.DSN(t)
	role, _ := pgtest.Role(t, source, "")
	pgtest.Exec(t, source, `CREATE TABLE t (id int); CREATE POLICY p ON t TO `+role+` USING (true)`)
	a := dump(t, source, p, schema.DumpOptions{Roles: map[string]string{role: "missing role"}})
	conn := pgtest.Conn(t, target)
	missing, err := schema.MissingRoles(t.Context(), conn, a.Roles)
	if err != nil || !slices.Equal(missing, []string{"missing role"}) {
		t.Errorf("missing %q, %v", missing, err)
	}
	if err := schema.Restore(t.Context(), open(t, target), a, schema.RestoreOptions{Section: schema.PreData}); err != nil {
		t.Fatal(err)
	}
	err = schema.Restore(t.Context(), open(t, target), a, schema.RestoreOptions{Section: schema.PostData})
	if report.SideOf(err) != report.Target || !strings.Contains(fmt.Sprint(err), "POLICY public.t p: role missing role does not exist") {
		t.Errorf("error is %v", err)
	}
	missing, err = schema.MissingExtensions(t.Context(), conn, []string{"plpgsql", "nobody wrote this"})
	if err != nil || !slices.Equal(missing, []string{"nobody wrote this"}) {
		t.Errorf("missing %q, %v", missing, err)
	}
}

func TestErrorsOfRestoreHoldNoValue(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, constraint, rows, want string }{
		{"a unique index", `UNIQUE (v)`, `('canary-value'), ('canary-value')`, "CONSTRAINT public.t c: unique index c cannot be made: rows have equal keys"},
		{"a foreign key", `FOREIGN KEY (v) REFERENCES parent`, `('canary-value')`, "FK CONSTRAINT public.t c: foreign key c of table t does not hold"},
		{"a check that came later", `CHECK (v <> 'canary-value') NOT VALID`, `('canary-value')`, ""},
		{"an index expression", ``, `('canary-value')`, "INDEX public.i: an expression of the object fails on a value"},
	}
	p := programs(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			source, target := pgtest.DSN(t), pgtest.DSN(t)
			pgtest.Exec(t, source, `CREATE TABLE parent (v text PRIMARY KEY); CREATE TABLE t (v text)`)
			if c.constraint != "" {
				pgtest.Exec(t, source, `ALTER TABLE t ADD CONSTRAINT c `+c.constraint)
			} else {
				pgtest.Exec(t, source, `CREATE INDEX i ON t ((v::int))`)
			}
			a := dump(t, source, p, schema.DumpOptions{})
			cfg := open(t, target)
			if err := schema.Restore(t.Context(), cfg, a, schema.RestoreOptions{Section: schema.PreData}); err != nil {
				t.Fatal(err)
			}
			if c.want != "" {
				pgtest.Exec(t, target, `INSERT INTO t VALUES `+c.rows)
			}
			err := schema.Restore(t.Context(), cfg, a, schema.RestoreOptions{Section: schema.PostData, Jobs: 2})
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if report.SideOf(err) != report.Target || !strings.Contains(fmt.Sprint(err), c.want) {
				t.Errorf("error is %v", err)
			}
			if strings.Contains(fmt.Sprintf("%v %+v %s", err, err, report.HintOf(err)), "canary") {
				t.Error("a value is in the error")
			}
		})
	}
}

func TestKeepRestoresAPart(t *testing.T) {
	t.Parallel()
	p, source, target := programs(t), pgtest.DSN(t), pgtest.DSN(t)
	pgtest.Exec(t, source, `CREATE TABLE yes (); CREATE TABLE no (); CREATE TABLE out ()`)
	a := dump(t, source, p, schema.DumpOptions{Exclude: func(e schema.Entry) string {
		if e.Name == "out" {
			return "the rules leave it out"
		}
		return ""
	}})
	if diff := cmp.Diff([]schema.Dropped{{Desc: "TABLE", Name: "public.out", Why: "the rules leave it out"}}, a.Dropped); diff != "" {
		t.Error(diff)
	}
	err := schema.Restore(t.Context(), open(t, target), a, schema.RestoreOptions{Section: schema.PreData, Keep: func(e schema.Entry) bool { return e.Name != "no" }})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	if err := pgtest.Conn(t, target).QueryRow(t.Context(), `SELECT array_agg(relname::text) FROM pg_class WHERE relkind = 'r' AND oid >= 16384 AND relnamespace = 'public'::regnamespace`).Scan(&names); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(names, []string{"yes"}) {
		t.Errorf("restored %v", names)
	}
}

func TestIndexesOfNestedPartitionsAreValidWhateverTheJobs(t *testing.T) {
	t.Parallel()
	p, source, target := programs(t), pgtest.DSN(t), pgtest.DSN(t)
	pgtest.Exec(t, source, `
		CREATE TABLE r (a int, b int, c int, PRIMARY KEY (a, b, c)) PARTITION BY RANGE (a);
		DO $$ BEGIN
			FOR i IN 0..7 LOOP
				EXECUTE format('CREATE TABLE r%s PARTITION OF r FOR VALUES FROM (%s) TO (%s) PARTITION BY RANGE (b)', i, i, i + 1);
				FOR k IN 0..3 LOOP EXECUTE format('CREATE TABLE r%s_%s PARTITION OF r%1$s FOR VALUES FROM (%2$s) TO (%s)', i, k, k + 1); END LOOP;
			END LOOP;
		END $$;
		CREATE INDEX ON r (c, a);
		CREATE TABLE f (a int, b int, c int, CONSTRAINT f_r FOREIGN KEY (a, b, c) REFERENCES r);
		COMMENT ON CONSTRAINT f_r ON f IS 'made after the index is valid'`)
	a := dump(t, source, p, schema.DumpOptions{})
	for _, section := range []schema.Section{schema.PreData, schema.PostData} {
		if err := schema.Restore(t.Context(), open(t, target), a, schema.RestoreOptions{Section: section, Jobs: 4}); err != nil {
			t.Fatal(err)
		}
	}
	var invalid, keys, comments int
	if err := pgtest.Conn(t, target).QueryRow(t.Context(), `SELECT (SELECT count(*) FROM pg_index WHERE NOT indisvalid),
		(SELECT count(*) FROM pg_constraint WHERE conname = 'f_r'), (SELECT count(*) FROM pg_description WHERE classoid = 'pg_constraint'::regclass)`).Scan(&invalid, &keys, &comments); err != nil {
		t.Fatal(err)
	}
	if invalid != 0 || keys != 1 || comments != 1 {
		t.Errorf("%d invalid indexes, %d foreign keys, %d comments", invalid, keys, comments)
	}
}

func TestFaultsNameTheSide(t *testing.T) {
	t.Parallel()
	p, source := programs(t), pgtest.DSN(t)
	gone := open(t, source).Database("no such database")
	if _, err := schema.Dump(t.Context(), gone, p, schema.DumpOptions{TempDir: t.TempDir()}); report.SideOf(err) != report.Source || strings.Contains(fmt.Sprint(err), "withheld") {
		t.Errorf("a missing source gives %v", err)
	}
	_, roleDSN := pgtest.Role(t, source, "")
	pgtest.Exec(t, source, `CREATE SCHEMA closed; CREATE TABLE closed.t ()`)
	if _, err := schema.Dump(t.Context(), open(t, roleDSN), p, schema.DumpOptions{TempDir: t.TempDir()}); report.SideOf(err) != report.Source || !strings.Contains(fmt.Sprint(err), "permission denied") {
		t.Errorf("a source without rights gives %v", err)
	}
	if _, err := schema.Dump(t.Context(), open(t, source), p, schema.DumpOptions{TempDir: filepath.Join(t.TempDir(), "missing")}); report.SideOf(err) != report.Usage {
		t.Errorf("a missing temporary folder gives %v", err)
	}
	a := dump(t, source, p, schema.DumpOptions{})
	if err := schema.Restore(t.Context(), gone, a, schema.RestoreOptions{Section: schema.PreData}); report.SideOf(err) != report.Target {
		t.Errorf("a missing target gives %v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("stopped")
	cancel(cause)
	temp := t.TempDir()
	if _, err := schema.Dump(ctx, open(t, source), p, schema.DumpOptions{TempDir: temp}); !errors.Is(err, cause) && !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled dump gives %v", err)
	}
	if left, _ := os.ReadDir(temp); len(left) != 0 {
		t.Errorf("a failed dump leaves %v", left)
	}
}

func TestSequencesViewsAndStatisticsAreFinished(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	pgtest.Exec(t, dsn, awkward, `INSERT INTO shop.a (b) SELECT NULL FROM generate_series(1, 10)`)
	conn := pgtest.Conn(t, dsn)
	name := "ta\nble; 1_Id_seq"
	err := schema.SetSequences(t.Context(), conn, []schema.SequenceState{
		{Schema: `We "ird`, Name: name, Last: 41, Called: true},
		{Schema: "shop", Name: "a_id_seq", Last: 100},
	})
	if err != nil {
		t.Fatal(err)
	}
	var first, second int64
	err = conn.QueryRow(t.Context(), `SELECT nextval(format('%I.%I', 'We "ird', $1::text)::regclass), nextval('shop.a_id_seq')`, name).Scan(&first, &second)
	if err != nil || first != 42 || second != 100 {
		t.Errorf("next values are %d and %d, %v", first, second, err)
	}
	err = schema.SetSequences(t.Context(), conn, []schema.SequenceState{{Schema: "shop", Name: "gone", Last: 1}})
	if report.SideOf(err) != report.Target || !strings.Contains(fmt.Sprint(err), "shop.gone") {
		t.Errorf("error is %v", err)
	}
	views := []catalog.Name{{Schema: "shop", Name: "mv"}, {Schema: "shop", Name: "mv2"}}
	if err := schema.RefreshViews(t.Context(), conn, views); err != nil {
		t.Fatal(err)
	}
	if err := conn.QueryRow(t.Context(), `SELECT n FROM shop.mv2`).Scan(&first); err != nil || first != 11 {
		t.Errorf("the view of the view has %d, %v", first, err)
	}
	tables := []catalog.Name{{Schema: "shop", Name: "a"}, {Schema: "shop", Name: "orders"}, {Schema: `We "ird`, Name: "ta\nble; 1"}}
	if err := schema.Analyze(t.Context(), open(t, dsn), tables, 2); err != nil {
		t.Fatal(err)
	}
	var rows float64
	if err := conn.QueryRow(t.Context(), `SELECT reltuples FROM pg_class WHERE oid = 'shop.a'::regclass`).Scan(&rows); err != nil || rows != 10 {
		t.Errorf("statistics say %v rows, %v", rows, err)
	}
	err = schema.Analyze(t.Context(), open(t, dsn), append(tables, catalog.Name{Schema: "shop", Name: "gone"}), 2)
	if report.SideOf(err) != report.Target || !strings.Contains(fmt.Sprint(err), "shop.gone") {
		t.Errorf("error is %v", err)
	}
}
