package snapshot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/pgtest"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
)

// patient bounds what a test waits for; it is reached only when something is broken.
const patient = time.Minute

func config(t *testing.T, dsn string) *session.Config {
	t.Helper()
	c, err := session.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func hold(t *testing.T, dsn string, o Options) *Holder {
	t.Helper()
	h, err := Hold(t.Context(), config(t, dsn), o)
	if err != nil {
		t.Fatalf("%v (%s)", err, report.HintOf(err))
	}
	t.Cleanup(func() { h.Close(context.Background()) })
	return h
}

func pinned(t *testing.T, h *Holder) *Conn {
	t.Helper()
	c, err := h.Pinned(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(context.Background()) })
	return c
}

func rows(t *testing.T, c *Conn, table string) int64 {
	t.Helper()
	var out bytes.Buffer
	tag, err := c.CopyTo(t.Context(), &out, "COPY (SELECT * FROM ONLY "+table+") TO STDOUT")
	if err != nil {
		t.Fatal(err)
	}
	return tag.RowsAffected()
}

// blocked reports whether a statement runs into a short lock timeout.
func blocked(t *testing.T, dsn, sql string) bool {
	t.Helper()
	conn := pgtest.Conn(t, dsn).PgConn()
	_, err := conn.Exec(t.Context(), "SET lock_timeout = '100ms'; "+sql).ReadAll()
	if err != nil && !session.LockTimeout(err) {
		t.Fatalf("%s: %v", sql, err)
	}
	return err != nil
}

func public(name string) catalog.Name { return catalog.Name{Schema: "public", Name: name} }

func TestWorkersSeeOneMoment(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	pgtest.Exec(t, dsn, `CREATE TABLE public.t AS SELECT generate_series(1, 10) AS id`)
	h := hold(t, dsn, Options{})
	early := pinned(t, h)
	pgtest.Exec(t, dsn, `INSERT INTO public.t SELECT generate_series(11, 50); DELETE FROM public.t WHERE id <= 3; CREATE TABLE public.late (id int)`)
	late := pinned(t, h)
	for _, c := range []*Conn{early, late} {
		if err := c.Lock(t.Context(), public("t")); err != nil {
			t.Fatal(err)
		}
		if n := rows(t, c, "public.t"); n != 10 {
			t.Errorf("a worker sees %d rows, want 10", n)
		}
	}
	err := h.Read(t.Context(), func(tx pgx.Tx) error {
		c, err := catalog.Read(t.Context(), tx)
		if err == nil && (c.Lookup(public("t")) == nil || c.Lookup(public("late")) != nil) {
			t.Error("the catalog is not the snapshot's")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Check(t.Context()); err != nil {
		t.Error(err)
	}
	var ok bool
	if err := pgtest.Conn(t, dsn).QueryRow(t.Context(), `SELECT $1::timestamptz <= now() AND $1::timestamptz > now() - interval '1 hour' AND $2::pg_lsn <= pg_current_wal_lsn()`,
		h.Time(), h.LSN()).Scan(&ok); err != nil || !ok {
		t.Errorf("time %s, LSN %s: %v", h.Time(), h.LSN(), err)
	}
	if !strings.HasSuffix(h.Time(), "+00") || h.ID() == "" || h.Standby() || h.Age() <= 0 {
		t.Errorf("time is %s, id %q", h.Time(), h.ID())
	}
}

func TestEveryTableIsLockedUntilClose(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	pgtest.Exec(t, dsn, `CREATE SCHEMA "Odd ""S"`, `CREATE TABLE "Odd ""S"."select; --" ("a b" int)`,
		`CREATE TABLE public.p (id int, k text) PARTITION BY RANGE (id)`, `CREATE TABLE public.p1 PARTITION OF public.p FOR VALUES FROM (1) TO (9) PARTITION BY LIST (k)`,
		`CREATE TABLE public.p1a PARTITION OF public.p1 DEFAULT`, `CREATE TABLE public.parent (a int)`, `CREATE TABLE public.child () INHERITS (public.parent)`,
		`CREATE TABLE public.ext_owned (a int)`, `CREATE EXTENSION hstore`, `ALTER EXTENSION hstore ADD TABLE public.ext_owned`,
		`CREATE VIEW public.v AS SELECT 1`, `CREATE UNLOGGED TABLE public.quick (a int)`)
	h := hold(t, dsn, Options{})
	var got []string
	for _, l := range h.Tables() {
		got = append(got, l.Name.String())
	}
	slices.Sort(got)
	want := []string{`Odd "S.select; --`, "public.child", "public.p", "public.p1", "public.p1a", "public.parent", "public.quick"}
	if !slices.Equal(got, want) {
		t.Errorf("locked are %v, want %v", got, want)
	}
	for _, sql := range []string{
		`TRUNCATE "Odd ""S"."select; --"`, `TRUNCATE public.p1a`, `ALTER TABLE public.p ADD COLUMN x int`, `ALTER TABLE public.child ADD COLUMN x int`,
		`DROP TABLE public.quick`, `VACUUM FULL public.parent`,
	} {
		if strings.HasPrefix(sql, "VACUUM") { // cannot stand in a message with others
			conn := pgtest.Conn(t, dsn)
			if _, err := conn.Exec(t.Context(), "SET lock_timeout = '100ms'"); err != nil {
				t.Fatal(err)
			}
			if _, err := conn.Exec(t.Context(), sql); !session.LockTimeout(err) {
				t.Errorf("%s is not blocked: %v", sql, err)
			}
			continue
		}
		if !blocked(t, dsn, sql) {
			t.Errorf("%s is not blocked", sql)
		}
	}
	if blocked(t, dsn, `INSERT INTO public.parent VALUES (1); CREATE INDEX ON public.parent (a)`) {
		t.Error("production's ordinary work is blocked")
	}
	if blocked(t, dsn, `ALTER TABLE public.ext_owned ADD COLUMN x int`) {
		t.Error("an extension's table is locked")
	}
	if err := h.Check(t.Context()); err != nil {
		t.Error(err)
	}
	h.Close(t.Context())
	if blocked(t, dsn, `TRUNCATE public.p1a`) {
		t.Error("the locks outlive Close")
	}
	if err := h.Read(t.Context(), func(pgx.Tx) error { return nil }); err == nil {
		t.Error("a closed holder reads")
	}
	if h.Err() != nil {
		t.Errorf("an orderly Close is a loss: %v", h.Err())
	}
	h.Close(t.Context())
}

func TestOnlyTheNamedSchemas(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	pgtest.Exec(t, dsn, `CREATE SCHEMA a; CREATE SCHEMA b; CREATE TABLE a.t (x int); CREATE TABLE b.t (x int)`)
	h := hold(t, dsn, Options{Schemas: []string{"b"}})
	if len(h.Tables()) != 1 || h.Tables()[0].Name.Schema != "b" {
		t.Errorf("locked are %v", h.Tables())
	}
}

func TestEmptyDatabase(t *testing.T) {
	t.Parallel()
	h := hold(t, pgtest.DSN(t), Options{})
	if len(h.Tables()) != 0 || h.Check(t.Context()) != nil {
		t.Errorf("%v, %v", h.Tables(), h.Check(t.Context()))
	}
	if s, err := h.MigrationWaiting(t.Context()); err != nil || len(s) != 0 {
		t.Errorf("%v, %v", s, err)
	}
	pinned(t, h)
}

func TestManyTablesAreLockedInBatches(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	pgtest.Exec(t, dsn, fmt.Sprintf(`DO $$ BEGIN FOR i IN 1..%d LOOP EXECUTE format('CREATE TABLE public.%%I (a int)', 'Table ' || i); END LOOP; END $$`, batch+20))
	h := hold(t, dsn, Options{})
	if len(h.Tables()) != batch+20 || !blocked(t, dsn, fmt.Sprintf(`TRUNCATE public."Table %d"`, batch+20)) || !blocked(t, dsn, `TRUNCATE public."Table 1"`) {
		t.Errorf("%d tables", len(h.Tables()))
	}
}

func TestHoldNamesWhoHasTheLock(t *testing.T) {
	t.Parallel()
	const canary = "c4nary-value"
	dsn := pgtest.DSN(t)
	pgtest.Exec(t, dsn, `CREATE TABLE public.a (x int); CREATE TABLE public.b (x int)`)
	migration := pgtest.Conn(t, dsn)
	for _, sql := range []string{`SET application_name = 'the-migration'`, `BEGIN`, `ALTER TABLE public.b ADD COLUMN y text DEFAULT '` + canary + `'`} {
		if _, err := migration.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	h, err := Hold(t.Context(), config(t, dsn), Options{LockTimeout: 200 * time.Millisecond})
	if err == nil {
		h.Close(t.Context())
		t.Fatal("held in spite of the migration")
	}
	if report.SideOf(err) != report.Source || report.HintOf(err) == "" || !session.LockTimeout(err) {
		t.Errorf("side %v, hint %q: %v", report.SideOf(err), report.HintOf(err), err)
	}
	for _, want := range []string{"the-migration", fmt.Sprintf("pid %d", migration.PgConn().PID()), "public.b"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not name %s", err, want)
		}
	}
	if strings.Contains(err.Error(), canary) || strings.Contains(err.Error(), "ALTER") {
		t.Error("the other session's query got out")
	}
	// Nothing of ours is left behind; a closed session may take the server a moment.
	if _, err := migration.Exec(t.Context(), `ROLLBACK`); err != nil {
		t.Fatal(err)
	}
	left := 1
	for deadline := time.Now().Add(patient); left != 0; {
		if time.Now().After(deadline) {
			t.Fatalf("%d sessions are left behind", left)
		}
		err := migration.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'understudy/%'`).Scan(&left)
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestMissingRightsAreToldWithTheirGrants(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	pgtest.Exec(t, dsn, `CREATE SCHEMA "My S"; CREATE TABLE "My S"."T one" (a int); CREATE TABLE public.open (a int); CREATE TABLE public.shut (a int)`,
		`GRANT SELECT ON public.open TO public; GRANT USAGE ON SCHEMA public TO public`)
	role, roleDSN := pgtest.Role(t, dsn, "")
	_, err := Hold(t.Context(), config(t, roleDSN), Options{})
	if err == nil {
		t.Fatal("held without rights")
	}
	if report.SideOf(err) != report.Source || !strings.Contains(err.Error(), "My S.T one, public.shut") || strings.Contains(err.Error(), "public.open") {
		t.Errorf("%v", err)
	}
	want := `GRANT USAGE ON SCHEMA "My S" TO "` + role + `"; GRANT SELECT ON "My S"."T one" TO "` + role + `"; GRANT SELECT ON "public"."shut" TO "` + role + `";`
	if got := report.HintOf(err); got != want {
		t.Errorf("hint is\n%s, want\n%s", got, want)
	}
	pgtest.Exec(t, dsn, report.HintOf(err)) // ready to paste
	h := hold(t, roleDSN, Options{})
	c := pinned(t, h)
	if err := c.Lock(t.Context(), public("shut")); err != nil {
		t.Error(err)
	}
	h.Close(t.Context())
}

func TestTablesThatComeAndGoWhileLocking(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	pgtest.Exec(t, dsn, `CREATE TABLE public.a (x int); CREATE TABLE public.b (x int); CREATE TABLE public.c (x int); CREATE TABLE public.d (x int)`)
	changes := []string{
		`CREATE TABLE public.new (x int)`,
		`DROP TABLE public.b`,
		`ALTER TABLE public.c RENAME TO was_c; CREATE TABLE public.c (x int, y int)`,
		`TRUNCATE public.d`, // no other list: only the file changes, and it is looked at after the lock
	}
	rounds := 0
	h := hold(t, dsn, Options{listed: func() {
		if rounds < len(changes) {
			pgtest.Exec(t, dsn, changes[rounds])
		}
		rounds++
	}})
	if rounds != 4 {
		t.Errorf("%d rounds, want 4", rounds)
	}
	var got []string
	for _, l := range h.Tables() {
		got = append(got, l.Name.Name)
	}
	slices.Sort(got)
	if !slices.Equal(got, []string{"a", "c", "d", "new", "was_c"}) {
		t.Errorf("locked are %v", got)
	}
	if err := h.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestHoldGivesUpWhenTablesNeverSettle(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	n := 0
	_, err := Hold(t.Context(), config(t, dsn), Options{listed: func() {
		n++
		pgtest.Exec(t, dsn, fmt.Sprintf(`CREATE TABLE public.t%d (x int)`, n))
	}})
	if err == nil || n != attempts || report.SideOf(err) != report.Source || report.HintOf(err) == "" {
		t.Errorf("%d rounds, %v", n, err)
	}
}

func TestAMigrationThatWaitsIsNamedAndStopsWorkers(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	pgtest.Exec(t, dsn, `CREATE TABLE public.a (x int); CREATE TABLE public.b (x int); INSERT INTO public.b VALUES (1)`)
	h := hold(t, dsn, Options{})
	worker := pinned(t, h)
	migration := pgtest.Conn(t, dsn)
	if _, err := migration.Exec(t.Context(), `SET application_name = 'the-migration'`); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() { _, _ = migration.Exec(context.Background(), `ALTER TABLE public.a ADD COLUMN y text`) }) // ends when the holder closes
	t.Cleanup(wg.Wait)
	t.Cleanup(func() { h.Close(context.Background()) })

	var waiting []Session
	for deadline := time.Now().Add(patient); len(waiting) == 0; {
		var err error
		if waiting, err = h.MigrationWaiting(t.Context()); err != nil || time.Now().After(deadline) {
			t.Fatalf("nobody waits, %v", err)
		}
	}
	s := waiting[0]
	if len(waiting) != 1 || s.PID != int32(migration.PgConn().PID()) || s.Application != "the-migration" || s.Table != public("a") || !s.Waiting || s.Mode != "AccessExclusiveLock" {
		t.Errorf("waiting: %v", waiting)
	}
	start := time.Now()
	err := worker.Lock(t.Context(), public("b"), public("a"))
	if !session.LockTimeout(err) || !strings.Contains(err.Error(), "the-migration") || report.SideOf(err) != report.Source {
		t.Errorf("a worker got behind the migration: %v", err)
	}
	if waited := time.Since(start); waited > patient/2 {
		t.Errorf("the worker waited %v", waited)
	}
	if worker.Closed() {
		t.Fatal("the refusal cost the worker its snapshot")
	}
	if err := worker.Lock(t.Context(), public("b")); err != nil || rows(t, worker, "public.b") != 1 {
		t.Errorf("the worker cannot go on: %v", err)
	}
}

func TestLossIsSeenAtOnceAndWorkersCanGoOn(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	pgtest.Exec(t, dsn, `CREATE TABLE public.t AS SELECT generate_series(1, 10) AS id`)
	h := hold(t, dsn, Options{KeepAlive: time.Hour}) // only listening can notice
	worker := pinned(t, h)
	if err := worker.Lock(t.Context(), public("t")); err != nil {
		t.Fatal(err)
	}
	if h.Err() != nil {
		t.Fatal(h.Err())
	}
	pgtest.Exec(t, dsn, fmt.Sprintf(`SELECT pg_terminate_backend(%d)`, h.pid), `INSERT INTO public.t VALUES (11)`)
	select {
	case <-h.Lost():
	case <-time.After(patient):
		t.Fatal("the loss was not noticed")
	}
	if err := h.Err(); report.SideOf(err) != report.Source || report.HintOf(err) == "" || session.State(err) != "57P01" {
		t.Errorf("the loss is %v", err)
	}
	if err := h.Check(t.Context()); err == nil {
		t.Error("Check passes without a holder")
	}
	if _, err := h.Pinned(t.Context()); err == nil {
		t.Error("a worker was pinned to a lost snapshot")
	}
	if err := h.Read(t.Context(), func(pgx.Tx) error { return nil }); err == nil {
		t.Error("a lost holder reads")
	}
	_, err := Open(t.Context(), h.Config(), h.ID(), Options{})
	if err == nil || !strings.Contains(report.HintOf(err), "load balancer") {
		t.Errorf("an unknown snapshot is %v", err)
	}
	id, err := worker.Export(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	again, err := Open(t.Context(), h.Config(), id, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close(t.Context())
	if n := rows(t, again, "public.t"); n != 10 {
		t.Errorf("the snapshot that was exported again shows %d rows", n)
	}
}

func TestKeepAliveOutlastsTheServersPatience(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	h := hold(t, dsn, Options{KeepAlive: 100 * time.Millisecond, Timeouts: session.Timeouts{IdleInTransaction: time.Second}})
	pgtest.Exec(t, dsn, `SELECT pg_sleep(1.6)`)
	if err := h.Err(); err != nil {
		t.Errorf("lost: %v", err)
	}
	// The proof that the limit is real: without signs of life the same holder is ended.
	silent := hold(t, dsn, Options{KeepAlive: time.Hour, Timeouts: session.Timeouts{IdleInTransaction: 300 * time.Millisecond}})
	select {
	case <-silent.Lost():
		if s := session.State(silent.Err()); s != "25P03" {
			t.Errorf("ended with %s", s)
		}
	case <-time.After(patient):
		t.Error("the server was patient")
	}
}

func TestAConnectionThatWaitsForItsWorkOutlastsTheServersPatience(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	pgtest.Exec(t, dsn, `CREATE TABLE public.t AS SELECT generate_series(1, 10) AS id`)
	h := hold(t, dsn, Options{Timeouts: session.Timeouts{IdleInTransaction: 500 * time.Millisecond}, KeepAlive: 100 * time.Millisecond})
	waits, forgotten := pinned(t, h), pinned(t, h)
	if err := waits.MayIdle(t.Context(), time.Hour); err != nil {
		t.Fatal(err)
	}
	if err := forgotten.conn.PgConn().WaitForNotification(t.Context()); err == nil {
		t.Error("the server let it wait without having been asked")
	}
	if n := rows(t, waits, "public.t"); n != 10 {
		t.Errorf("it sees %d rows, want 10", n)
	}
}

func TestReadSurvivesErrorsAndIsSerialised(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	pgtest.Exec(t, dsn, `CREATE TABLE public.t (id int)`)
	h := hold(t, dsn, Options{})
	boom := errors.New("boom")
	if err := h.Read(t.Context(), func(pgx.Tx) error { return boom }); !errors.Is(err, boom) {
		t.Errorf("fn's error came back as %v", err)
	}
	for _, sql := range []string{`SELECT 1/0`, `INSERT INTO public.t VALUES (1)`, `CREATE TEMP TABLE x (a int)`} {
		if err := h.Read(t.Context(), func(tx pgx.Tx) error { _, err := tx.Exec(t.Context(), sql); return err }); err == nil {
			t.Errorf("%s passed", sql)
		}
	}
	var wg sync.WaitGroup
	inside := 0
	for range 20 {
		wg.Go(func() {
			err := h.Read(t.Context(), func(tx pgx.Tx) error {
				inside++ // the race detector sees it if two are inside
				var n int
				return tx.QueryRow(t.Context(), `SELECT count(*) FROM public.t`).Scan(&n)
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if inside != 20 || h.Err() != nil || !blocked(t, dsn, `TRUNCATE public.t`) {
		t.Errorf("%d reads, %v", inside, h.Err())
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := h.Read(ended, func(pgx.Tx) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("an ended context gave %v", err)
	}
	if h.Err() != nil {
		t.Error("a context that ended before cost the snapshot")
	}
	if err := pinned(t, h).Lock(t.Context(), public("t")); err != nil {
		t.Error(err)
	}
}

func TestCheckSeesRewritesAndDrops(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	pgtest.Exec(t, dsn, `CREATE TABLE public.a (x int); CREATE TABLE public.b (x int)`)
	h := hold(t, dsn, Options{})
	// While the lock is held nobody can do this, so the holder's memory is changed instead.
	h.tables[0].Filenode++
	if err := h.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "public.a was rewritten") || report.SideOf(err) != report.Source {
		t.Errorf("a rewrite gives %v", err)
	}
	h.tables[0].Filenode--
	if err := h.Check(t.Context()); err != nil {
		t.Error(err)
	}
	oid := h.tables[1].OID
	h.tables[1].OID = 1
	if err := h.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "public.b was dropped") {
		t.Errorf("a drop gives %v", err)
	}
	h.tables[1].OID = oid
}

func TestSnapshotOfAnotherDatabaseOrServer(t *testing.T) {
	t.Parallel()
	h := hold(t, pgtest.DSN(t), Options{})
	for name, open := range map[string]struct{ dsn, id string }{
		"another database": {pgtest.DSN(t), h.ID()},
		"unknown":          {pgtest.DSN(t), "00000003-0000001B-1"},
		"no name":          {pgtest.DSN(t), "'; DROP TABLE x; --"},
	} {
		_, err := Open(t.Context(), config(t, open.dsn), open.id, Options{})
		if err == nil || report.SideOf(err) != report.Source || !strings.Contains(report.HintOf(err), "load balancer") {
			t.Errorf("%s: %v (%s)", name, err, report.HintOf(err))
		}
	}
}

// broken is a writer that fails.
type broken struct{ err error }

func (b broken) Write([]byte) (int, error) { return 0, b.err }

func TestCopyToReturnsTheFirstCause(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	pgtest.Exec(t, dsn, `CREATE TABLE public.t AS SELECT 'secret-c4nary' AS v FROM generate_series(1, 100)`)
	h := hold(t, dsn, Options{})
	boom := errors.New("boom")
	c := pinned(t, h)
	if c.Closed() {
		t.Error("a new connection passes for closed")
	}
	if _, err := c.CopyTo(t.Context(), broken{boom}, `COPY public.t TO STDOUT`); !errors.Is(err, boom) {
		t.Errorf("the writer's error came back as %v", err)
	}
	if !c.Closed() {
		t.Error("a connection that a writer broke passes for usable")
	}
	c = pinned(t, h)
	_, err := c.CopyTo(t.Context(), &bytes.Buffer{}, `COPY (SELECT v::int FROM public.t) TO STDOUT`)
	if session.State(err) != "22P02" || strings.Contains(err.Error(), "c4nary") || report.SideOf(err) != report.Source {
		t.Errorf("the server's error came back as %v", err)
	}
	if !c.Closed() {
		t.Error("a failed transaction passes for usable")
	}
}

func TestCancelInTheMiddleOfAQueryIsALoss(t *testing.T) {
	t.Parallel()
	h := hold(t, pgtest.DSN(t), Options{})
	ctx, cancel := context.WithCancel(t.Context())
	err := h.Read(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT 1"); err != nil {
			return err
		}
		time.AfterFunc(50*time.Millisecond, cancel)
		_, err := tx.Exec(ctx, "SELECT pg_sleep(30)")
		return err
	})
	if err == nil {
		t.Fatal("the query was not cancelled")
	}
	select {
	case <-h.Lost():
	case <-time.After(patient):
		t.Fatal("the loss was not noticed")
	}
	if !errors.Is(h.Err(), context.Canceled) {
		t.Errorf("the loss is %v, want the caller's own cancel", h.Err())
	}
}
