package schema_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/pgtest"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/schema"
)

// built restores pre-data, says that every ordinary table is loaded, and finishes.
func built(t *testing.T, target string, a *schema.Archive, opt schema.BuildOptions) (*schema.Builder, error) {
	t.Helper()
	cfg := open(t, target)
	if err := schema.Restore(t.Context(), cfg, a, schema.RestoreOptions{Section: schema.PreData}); err != nil {
		t.Fatal(err)
	}
	b, err := schema.NewBuilder(t.Context(), cfg, a, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	for _, e := range a.Entries {
		if e.Desc == "TABLE" && e.Name != "r" { // r is partitioned
			b.Loaded(catalog.Name{Schema: e.Schema, Name: e.Name})
		}
	}
	return b, b.Finish()
}

const manyKeys = `
	CREATE TABLE r (a int, b int, PRIMARY KEY (a, b)) PARTITION BY RANGE (a);
	CREATE TABLE r1 PARTITION OF r FOR VALUES FROM (0) TO (10);
	CREATE TABLE r2 PARTITION OF r FOR VALUES FROM (10) TO (20);
	CREATE INDEX ON r (b);
	CREATE TABLE parent (id int PRIMARY KEY, mail text UNIQUE, EXCLUDE USING btree (mail WITH =));
	CREATE TABLE "Odd ""Name" (id int PRIMARY KEY, "a b" int CONSTRAINT "a "" FOREIGN KEY (" REFERENCES parent ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED, r_a int, r_b int,
		CONSTRAINT to_r FOREIGN KEY (r_a, r_b) REFERENCES r, other int CONSTRAINT twice REFERENCES parent);
	CREATE INDEX ON "Odd ""Name" (lower("a b"::text)) WHERE id > 7;
	CREATE INDEX clustered ON "Odd ""Name" ("a b"); ALTER TABLE "Odd ""Name" CLUSTER ON clustered;
	CREATE STATISTICS st ON id, "a b" FROM "Odd ""Name";
	CREATE TABLE late (id int);
	ALTER TABLE late ADD CONSTRAINT never FOREIGN KEY (id) REFERENCES parent NOT VALID;
	CREATE TABLE fromr (a int, b int, id int REFERENCES parent) PARTITION BY LIST (a);
	COMMENT ON CONSTRAINT twice ON "Odd ""Name" IS 'a comment';
	COMMENT ON INDEX clustered IS 'another'`

func TestABuilderMakesWhatPgRestoreWould(t *testing.T) {
	t.Parallel()
	p := programs(t)
	for name, ddl := range map[string]string{"awkward": awkward, "keys": manyKeys} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			source, target := pgtest.DSN(t), pgtest.DSN(t)
			pgtest.Exec(t, source, ddl)
			a := dump(t, source, p, schema.DumpOptions{})
			var mu sync.Mutex
			var tables []string
			b, err := built(t, target, a, schema.BuildOptions{Jobs: 3, Superuser: true, Built: func(n catalog.Name) {
				mu.Lock()
				defer mu.Unlock()
				tables = append(tables, n.String())
			}})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(plain(t, source, p), plain(t, target, p)); diff != "" {
				t.Error(diff)
			}
			if name == "keys" && (!slices.Contains(tables, "public.parent") || !b.Analysed(catalog.Name{Schema: "public", Name: "parent"})) {
				t.Errorf("built are %v", tables)
			}
			var invalid int
			if err := pgtest.Conn(t, target).QueryRow(t.Context(), `SELECT count(*) FROM pg_index WHERE NOT indisvalid`).Scan(&invalid); err != nil || invalid > 0 {
				t.Errorf("%d invalid indexes, %v", invalid, err)
			}
			// pg_dump says nothing of a key's copies for the partitions that it refers to
			if diff := cmp.Diff(validated(t, source), validated(t, target)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// validated counts the foreign keys of each name, the copies for partitions among them.
func validated(t *testing.T, dsn string) string {
	t.Helper()
	var s string
	err := pgtest.Conn(t, dsn).QueryRow(t.Context(), `SELECT string_agg(format('%s of %s: %s', conrelid::regclass, confrelid::regclass, convalidated), '; ' ORDER BY conrelid::regclass::text, confrelid::regclass::text, convalidated)
		FROM pg_constraint WHERE contype = 'f'`).Scan(&s)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestABuilderGoesOnWithWhatIsThere(t *testing.T) {
	t.Parallel()
	p, source, target := programs(t), pgtest.DSN(t), pgtest.DSN(t)
	pgtest.Exec(t, source, manyKeys)
	a := dump(t, source, p, schema.DumpOptions{})
	cfg := open(t, target)
	if err := schema.Restore(t.Context(), cfg, a, schema.RestoreOptions{Section: schema.PreData}); err != nil {
		t.Fatal(err)
	}
	pgtest.Exec(t, target, `ALTER TABLE parent ADD CONSTRAINT parent_pkey PRIMARY KEY (id); CREATE INDEX clustered ON "Odd ""Name" ("a b"); ALTER TABLE "Odd ""Name" CLUSTER ON clustered;
		ALTER TABLE "Odd ""Name" ADD CONSTRAINT twice FOREIGN KEY (other) REFERENCES parent NOT VALID`)
	b, err := schema.NewBuilder(t.Context(), cfg, a, schema.BuildOptions{Jobs: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	b.Loaded(catalog.Name{Schema: "public", Name: "parent"}) // the others are not said to be loaded: what they need is made at the end
	if err := b.Finish(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(plain(t, source, p), plain(t, target, p)); diff != "" {
		t.Error(diff)
	}
}

func TestABuildThatFailsIsToldAtOnceAndNamed(t *testing.T) {
	t.Parallel()
	p, source, target := programs(t), pgtest.DSN(t), pgtest.DSN(t)
	pgtest.Exec(t, source, `CREATE TABLE t (id int PRIMARY KEY)`)
	a := dump(t, source, p, schema.DumpOptions{})
	cfg := open(t, target)
	if err := schema.Restore(t.Context(), cfg, a, schema.RestoreOptions{Section: schema.PreData}); err != nil {
		t.Fatal(err)
	}
	pgtest.Exec(t, target, `INSERT INTO t VALUES (7331), (7331)`)
	told := make(chan error, 1)
	b, err := schema.NewBuilder(t.Context(), cfg, a, schema.BuildOptions{Jobs: 2, Fail: func(err error) { told <- err }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	b.Loaded(catalog.Name{Schema: "public", Name: "t"})
	err = <-told
	if report.SideOf(err) != report.Target || !strings.Contains(err.Error(), "make CONSTRAINT public.t t_pkey") || strings.Contains(err.Error(), "7331") {
		t.Errorf("told: %v", err)
	}
	if finish := b.Finish(); !errors.Is(finish, err) {
		t.Errorf("finish: %v", finish)
	}
}

func TestABuilderThatIsCancelledEnds(t *testing.T) {
	t.Parallel()
	p, source, target := programs(t), pgtest.DSN(t), pgtest.DSN(t)
	pgtest.Exec(t, source, `CREATE FUNCTION slow(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); RETURN $1; END'; CREATE TABLE t (id int); CREATE INDEX ON t (slow(id))`)
	a := dump(t, source, p, schema.DumpOptions{})
	cfg := open(t, target)
	if err := schema.Restore(t.Context(), cfg, a, schema.RestoreOptions{Section: schema.PreData}); err != nil {
		t.Fatal(err)
	}
	pgtest.Exec(t, target, `INSERT INTO t VALUES (1)`)
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	b, err := schema.NewBuilder(ctx, cfg, a, schema.BuildOptions{Jobs: 2})
	if err != nil {
		t.Fatal(err)
	}
	b.Loaded(catalog.Name{Schema: "public", Name: "t"})
	cancel(cause)
	if err := b.Finish(); !errors.Is(err, cause) {
		t.Errorf("finish: %v", err)
	}
	b.Close()
	b.Close()
}

// The function ends the session that makes the index, once.
func TestAnIndexWhoseSessionEndsIsMadeAgain(t *testing.T) {
	t.Parallel()
	p := programs(t)
	source, target := pgtest.DSN(t), pgtest.DSN(t)
	pgtest.Exec(t, source, `CREATE SEQUENCE calls; CREATE TABLE t (id int PRIMARY KEY);
		CREATE FUNCTION once(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
			IF current_setting('application_name') = 'understudy/index' AND nextval('public.calls') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
			RETURN $1; END $$;
		CREATE INDEX made ON t (public.once(id))`)
	a := dump(t, source, p, schema.DumpOptions{})
	cfg := open(t, target)
	if err := schema.Restore(t.Context(), cfg, a, schema.RestoreOptions{Section: schema.PreData}); err != nil {
		t.Fatal(err)
	}
	pgtest.Exec(t, target, "INSERT INTO t VALUES (1)")
	b, err := schema.NewBuilder(t.Context(), cfg, a, schema.BuildOptions{Jobs: 2, Superuser: true})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	b.Loaded(catalog.Name{Schema: "public", Name: "t"})
	if err := b.Finish(); err != nil {
		t.Fatal(err)
	}
	var calls, made int
	if err := pgtest.Conn(t, target).QueryRow(t.Context(), "SELECT (SELECT last_value FROM calls), (SELECT count(*) FROM pg_indexes WHERE indexname IN ('made', 't_pkey'))").Scan(&calls, &made); err != nil {
		t.Fatal(err)
	}
	if calls < 2 || made != 2 {
		t.Errorf("the function was called %d times, and %d of 2 indexes are there", calls, made)
	}
}

// What a crash of the server took back is made again at the end.
func TestAnIndexThatTheServerLostIsMadeAtTheEnd(t *testing.T) {
	t.Parallel()
	p := programs(t)
	source, target := pgtest.DSN(t), pgtest.DSN(t)
	pgtest.Exec(t, source, "CREATE TABLE t (id int PRIMARY KEY, n int); CREATE INDEX made ON t (n)")
	a := dump(t, source, p, schema.DumpOptions{})
	cfg := open(t, target)
	if err := schema.Restore(t.Context(), cfg, a, schema.RestoreOptions{Section: schema.PreData}); err != nil {
		t.Fatal(err)
	}
	name := catalog.Name{Schema: "public", Name: "t"}
	b, err := schema.NewBuilder(t.Context(), cfg, a, schema.BuildOptions{Jobs: 1, Superuser: true})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	b.Loaded(name)
	if err := b.Await(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	pgtest.Exec(t, target, "DROP INDEX made")
	if err := b.Finish(); err != nil {
		t.Fatal(err)
	}
	var made int
	if err := pgtest.Conn(t, target).QueryRow(t.Context(), "SELECT count(*) FROM pg_indexes WHERE tablename = 't'").Scan(&made); err != nil || made != 2 {
		t.Errorf("%d of 2 indexes are there: %v", made, err)
	}
}

// While another table's rows are on their way an index is made in little memory by one process;
// a table that gets none, as one that is skipped, is not waited for.
func TestAnIndexBesideRowsIsMadeInLittleMemory(t *testing.T) {
	t.Parallel()
	source, target := pgtest.DSN(t), pgtest.DSN(t)
	pgtest.Exec(t, source, `
		CREATE SEQUENCE little; CREATE SEQUENCE much;
		CREATE FUNCTION noted(a int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
			PERFORM nextval(CASE WHEN current_setting('maintenance_work_mem') = '16MB' AND current_setting('max_parallel_maintenance_workers') = '0' THEN 'public.little' ELSE 'public.much' END);
			RETURN a; END $$;
		CREATE TABLE first (a int); CREATE INDEX ON first (noted(a));
		CREATE TABLE second (a int); CREATE INDEX ON second (noted(a));
		CREATE TABLE huge (a int); CREATE INDEX ON huge (noted(a));
		CREATE TABLE skipped (a int); CREATE INDEX ON skipped (noted(a))`)
	a := dump(t, source, programs(t), schema.DumpOptions{})
	cfg := open(t, target)
	if err := schema.Restore(t.Context(), cfg, a, schema.RestoreOptions{Section: schema.PreData}); err != nil {
		t.Fatal(err)
	}
	pgtest.Exec(t, target, `INSERT INTO first VALUES (1), (2), (3); INSERT INTO second SELECT FROM generate_series(1, 100); INSERT INTO huge SELECT FROM generate_series(1, 1000)`)
	bytes := map[string]int64{"first": 1, "second": 1, "huge": 1 << 30}
	b, err := schema.NewBuilder(t.Context(), cfg, a, schema.BuildOptions{Jobs: 2, Size: func(n catalog.Name) int64 { return bytes[n.Name] }})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for _, table := range []string{"huge", "first", "second"} {
		name := catalog.Name{Schema: "public", Name: table}
		b.Loaded(name)
		if err := b.Await(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Finish(); err != nil {
		t.Fatal(err)
	}
	var little int
	var much bool
	if err := pgtest.Conn(t, target).QueryRow(t.Context(), `SELECT little.last_value, much.is_called FROM little, much`).Scan(&little, &much); err != nil {
		t.Fatal(err)
	}
	if little != 3 || !much {
		t.Errorf("%d rows were read in little memory, others %t", little, much)
	}
}
