package publish_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/pgtest"
	"github.com/understudy-db/understudy/pkg/publish"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
)

var noon = time.Date(2026, 5, 17, 12, 0, 0, 0, time.UTC)

// stage is a staging's name on the test server, with an Admin of a role with CREATEDB and nothing else.
type stage struct {
	t       *testing.T
	name    string
	role    string
	roleDSN string // of the role, in the server's maintenance database
	admin   *publish.Admin
}

func setup(t *testing.T, name string) *stage {
	t.Helper()
	role, dsn := pgtest.Role(t, pgtest.Server(t), "CREATEDB")
	if name == "" {
		name = "st_" + strings.ToLower(rand.Text()[:10])
	}
	s := &stage{t: t, name: name, role: role, roleDSN: dsn}
	// Whatever is made under the staging's name and carries our mark is dropped, also when a test fails half way.
	t.Cleanup(func() {
		a := s.open(pgtest.Server(t))
		defer a.Close(context.Background())
		for _, list := range []func(context.Context, string) ([]publish.Database, error){a.Generations, a.Leftovers} {
			found, err := list(context.Background(), name)
			if err != nil {
				t.Error(err)
			}
			for _, d := range found {
				pgtest.Drop(t, d.Name)
			}
		}
		pgtest.Drop(t, name)
	})
	s.admin = s.open(dsn)
	t.Cleanup(func() { _ = s.admin.Close(context.Background()) })
	return s
}

func (s *stage) open(dsn string) *publish.Admin {
	s.t.Helper()
	cfg, err := session.Parse(pgtest.With(s.t, dsn, s.name))
	if err != nil {
		s.t.Fatal(err)
	}
	a, err := publish.Open(context.Background(), cfg, "")
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

func (s *stage) dsn(database string) string { return pgtest.With(s.t, s.roleDSN, database) }

// spec describes an incoming database like the server's own databases.
func (s *stage) spec(run string, masked int, at time.Time) publish.Spec {
	return publish.Spec{Staging: s.name, RunID: run, Source: "f", Rules: "digest", Masked: masked, At: at, Encoding: "UTF8", Collate: "C", CType: "C"}
}

// incoming makes an incoming database that holds one table with the run's name in it.
func (s *stage) incoming(run string, masked int, at time.Time, change ...func(*publish.Spec)) string {
	s.t.Helper()
	spec := s.spec(run, masked, at)
	for _, c := range change {
		c(&spec)
	}
	name, notes, err := s.admin.CreateIncoming(s.t.Context(), spec)
	if err != nil {
		s.t.Fatal(err)
	}
	if len(notes) > 0 {
		s.t.Logf("notes: %v", notes)
	}
	pgtest.Exec(s.t, s.dsn(name), `CREATE TABLE run AS SELECT '`+run+`' AS id`)
	return name
}

func (s *stage) swap(incoming string, at time.Time) *publish.Swapped {
	s.t.Helper()
	done, err := s.admin.Swap(s.t.Context(), publish.SwapOptions{Staging: s.name, Incoming: incoming, Sessions: publish.Terminate, Now: at})
	if err != nil {
		s.t.Fatal(err)
	}
	return done
}

func (s *stage) inspect() *publish.Status {
	s.t.Helper()
	st, err := s.admin.Inspect(s.t.Context(), s.name)
	if err != nil {
		s.t.Fatal(err)
	}
	return st
}

// run returns which run's data stand in a database.
func (s *stage) run(database string) string {
	s.t.Helper()
	var id string
	conn, err := pgx.Connect(s.t.Context(), s.dsn(database))
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close(s.t.Context())
	if err := conn.QueryRow(s.t.Context(), `SELECT id FROM run`).Scan(&id); err != nil {
		s.t.Fatal(err)
	}
	return id
}

func TestFirstRunSecondRunUndoRedo(t *testing.T) {
	t.Parallel()
	for name, staging := range map[string]string{
		"a plain name":      "",
		"quotes and blanks": `St "a'g\ing` + rand.Text()[:6],
		"63 bytes":          strings.Repeat("x", 57) + rand.Text()[:6],
		"four-byte letters": strings.Repeat("𝄞", 14) + rand.Text()[:7],
		"an equals sign":    "a=b" + rand.Text()[:6],
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setup(t, staging)
			if err := s.admin.Lock(t.Context(), s.name); err != nil {
				t.Fatal(err)
			}
			if st := s.inspect(); st.Exists || !st.CreateDB || publish.Guard(st, publish.GuardOptions{}) != nil {
				t.Errorf("before the first run: %+v", st)
			}
			first := s.incoming("one", 5, noon)
			if st := s.inspect(); len(st.Leftovers) != 1 || st.Leftovers[0].Name != first {
				t.Errorf("left-overs are %v", st.Leftovers)
			}
			if done := s.swap(first, noon.Add(time.Minute)); done.Previous != "" || len(done.Notes) != 0 {
				t.Errorf("the first swap: %+v", done)
			}
			st := s.inspect()
			if !st.Exists || st.Empty || st.Database.Mark == nil || st.Database.Mark.State != publish.Staging || st.Database.Mark.RunID != "one" || st.Database.Mark.Masked != 5 {
				t.Errorf("after the first run: %+v", st)
			}
			if err := publish.Guard(st, publish.GuardOptions{}); err != nil {
				t.Error(err)
			}

			second := s.incoming("two", 6, noon.Add(time.Hour))
			done := s.swap(second, noon.Add(2*time.Hour))
			if s.run(s.name) != "two" {
				t.Error("staging is not the second run's")
			}
			st = s.inspect()
			if len(st.Generations) != 1 || st.Generations[0].Name != done.Previous || st.Generations[0].AllowConn || len(st.Leftovers) != 0 {
				t.Errorf("after the second run: %+v", st)
			}

			undo := publish.SwapOptions{Staging: s.name, Sessions: publish.Terminate, Now: noon.Add(3 * time.Hour)}
			if _, err := s.admin.Undo(t.Context(), undo); report.SideOf(err) != report.Usage || !strings.Contains(fmt.Sprint(err), "masked 5 columns, today's mask 6") {
				t.Errorf("undo to weaker rules: %v", err)
			}
			undo.Force = true
			if _, err := s.admin.Undo(t.Context(), undo); err != nil {
				t.Fatal(err)
			}
			if s.run(s.name) != "one" {
				t.Error("undo did not bring the first run back")
			}
			undo.Force, undo.Now = false, noon.Add(4*time.Hour)
			if _, err := s.admin.Undo(t.Context(), undo); err != nil {
				t.Fatal(err)
			}
			if s.run(s.name) != "two" {
				t.Error("the second undo did not bring the second run back")
			}
			dropped, err := s.admin.Keep(t.Context(), s.name, 0, 0, noon)
			if err != nil || len(dropped) != 1 {
				t.Errorf("dropped %v, %v", dropped, err)
			}
			if _, err := s.admin.Undo(t.Context(), undo); report.SideOf(err) != report.Usage {
				t.Errorf("undo without a generation: %v", err)
			}
		})
	}
}

// A clock that was set back must not make the generation of a minute ago the oldest: it
// is what an undo brings back, and the first that is dropped would be it.
func TestAClockThatWasSetBackKeepsTheOrderOfGenerations(t *testing.T) {
	t.Parallel()
	s := setup(t, "")
	s.swap(s.incoming("one", 1, noon), noon)
	s.swap(s.incoming("two", 1, noon), noon.Add(24*time.Hour))
	s.swap(s.incoming("three", 1, noon), noon.Add(time.Hour)) // the clock went back by 23 hours
	if g := s.inspect().Generations; len(g) != 2 || g[0].Mark.RunID != "two" {
		t.Errorf("generations: %+v", g)
	}
	if dropped, err := s.admin.Keep(t.Context(), s.name, 1, time.Hour, noon.Add(time.Hour)); err != nil || len(dropped) != 1 {
		t.Errorf("dropped %v, %v", dropped, err)
	}
	if _, err := s.admin.Undo(t.Context(), publish.SwapOptions{Staging: s.name, Sessions: publish.Terminate, Now: noon}); err != nil {
		t.Fatal(err)
	}
	if s.run(s.name) != "two" {
		t.Error("undo did not bring the last one back")
	}
}

func TestIncomingLetsNobodyButItsOwnerIn(t *testing.T) {
	t.Parallel()
	s := setup(t, "")
	_, other := pgtest.Role(t, pgtest.Server(t), "")
	in := s.incoming("one", 1, noon)
	try := func(database string) error {
		conn, err := pgx.Connect(t.Context(), pgtest.With(t, other, database))
		if err == nil {
			return conn.Close(t.Context())
		}
		return err
	}
	if session.State(try(in)) != "42501" {
		t.Errorf("another role got %v", try(in))
	}
	s.swap(in, noon)
	if err := try(s.name); err != nil {
		t.Errorf("staging keeps out who could connect before: %v", err)
	}
}

func TestSwapCarriesWhatBelongsToTheName(t *testing.T) {
	t.Parallel()
	s := setup(t, "")
	reader, _ := pgtest.Role(t, pgtest.Server(t), "")
	s.swap(s.incoming("one", 1, noon), noon)
	db := catalog.Quote(s.name)
	mark := s.comment(s.name)
	pgtest.Exec(t, pgtest.Server(t),
		`REVOKE ALL ON DATABASE `+db+` FROM PUBLIC`, `GRANT CONNECT ON DATABASE `+db+` TO `+reader+` WITH GRANT OPTION`,
		`ALTER DATABASE `+db+` CONNECTION LIMIT 7`,
		`ALTER DATABASE `+db+` SET work_mem TO '5MB'`, `ALTER DATABASE `+db+` SET search_path TO "$user", 'a,b'`, `ALTER DATABASE `+db+` SET app.tenant TO 'it''s \'`,
		`ALTER ROLE `+s.role+` IN DATABASE `+db+` SET statement_timeout TO '3s'`,
		`ALTER ROLE `+reader+` IN DATABASE `+db+` SET statement_timeout TO '4s'`,
		`COMMENT ON DATABASE `+db+` IS `+session.Literal("Our staging.\nAsk Ann."+"\n"+mark))
	before := s.describe(s.name)
	done := s.swap(s.incoming("two", 1, noon.Add(time.Hour)), noon.Add(time.Hour))
	after := s.describe(s.name)
	// A plain role may not change another role's settings, nor set what no extension has
	// defined: that is told, and nothing else is lost.
	expected := before
	for _, lost := range []string{` ` + reader + `:{statement_timeout=4s}`, `,"app.tenant=it's \\"`} {
		if !strings.Contains(before, lost) {
			t.Errorf("%s is not in %s", lost, before)
		}
		expected = strings.Replace(expected, lost, "", 1)
	}
	if expected != after {
		t.Errorf("before: %s\nafter:  %s", before, after)
	}
	if len(done.Notes) != 2 || !strings.Contains(strings.Join(done.Notes, "\n"), "setting statement_timeout for role "+reader) || strings.Contains(strings.Join(done.Notes, "\n"), "it's") {
		t.Errorf("notes are %q", done.Notes)
	}
	if st := s.inspect(); st.Database.Comment != "Our staging.\nAsk Ann." || st.Database.Mark.RunID != "two" {
		t.Errorf("the comment is %q, the mark %+v", st.Database.Comment, st.Database.Mark)
	}
}

func (s *stage) comment(database string) string {
	s.t.Helper()
	var c string
	conn := pgtest.Conn(s.t, pgtest.Server(s.t))
	if err := conn.QueryRow(s.t.Context(), `SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = $1`, database).Scan(&c); err != nil {
		s.t.Fatal(err)
	}
	return c
}

// describe returns grants, limit, owner and settings of a database as one text.
func (s *stage) describe(database string) string {
	s.t.Helper()
	var out string
	err := pgtest.Conn(s.t, pgtest.Server(s.t)).QueryRow(s.t.Context(), `
		SELECT (SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(datacl) a) || ' ' || datconnlimit || ' ' || datdba::regrole || ' ' ||
		       (SELECT string_agg(coalesce(nullif(setrole, 0)::regrole::text, '') || ':' || setconfig::text, ' ' ORDER BY setconfig::text) FROM pg_db_role_setting WHERE setdatabase = d.oid)
		FROM pg_database d WHERE datname = $1`, database).Scan(&out)
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

func TestOwnerOfTheOldStagingIsKeptWhereMembershipAllows(t *testing.T) {
	t.Parallel()
	app, _ := pgtest.Role(t, pgtest.Server(t), "")
	s := setup(t, "")
	pgtest.Exec(t, pgtest.Server(t), `CREATE DATABASE `+catalog.Quote(s.name)+` OWNER `+app)
	st := s.inspect()
	if err := publish.Guard(st, publish.GuardOptions{}); report.SideOf(err) != report.Target || !strings.Contains(report.HintOf(err), app) {
		t.Errorf("without membership: %v", err)
	}
	_, notes, err := s.admin.CreateIncoming(t.Context(), func() publish.Spec { sp := s.spec("x", 1, noon); sp.Owner = app; return sp }())
	if err != nil || len(notes) != 1 {
		t.Errorf("without membership: %v, %v", notes, err)
	}
	pgtest.Exec(t, pgtest.Server(t), `GRANT `+app+` TO `+s.role)
	st = s.inspect()
	if err := publish.Guard(st, publish.GuardOptions{}); err != nil || !st.Empty {
		t.Errorf("an empty database of our owner: %v", err)
	}
	s.swap(s.incoming("one", 1, noon, func(sp *publish.Spec) { sp.Owner = st.Database.Owner }), noon)
	if st = s.inspect(); st.Database.Owner != app || s.run(s.name) != "one" {
		t.Errorf("the owner is %s", st.Database.Owner)
	}
}

func TestGuardSeesAForeignDatabase(t *testing.T) {
	t.Parallel()
	s := setup(t, "")
	pgtest.Exec(t, s.roleDSN, `CREATE DATABASE `+catalog.Quote(s.name))
	if st := s.inspect(); !st.Empty || publish.Guard(st, publish.GuardOptions{}) != nil {
		t.Errorf("an empty database: %+v", st)
	}
	pgtest.Exec(t, s.dsn(s.name), `CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'`)
	st := s.inspect()
	if err := publish.Guard(st, publish.GuardOptions{}); report.SideOf(err) != report.Usage {
		t.Errorf("somebody's database: %v", err)
	}
	if err := publish.Guard(st, publish.GuardOptions{Adopt: true}); err != nil {
		t.Error(err)
	}
	if err := s.admin.Drop(t.Context(), s.name); err == nil {
		t.Error("a database without our mark was dropped")
	}
	// What was adopted is kept, and nobody knows what it holds.
	s.swap(s.incoming("one", 1, noon), noon)
	if _, err := s.admin.Undo(t.Context(), publish.SwapOptions{Staging: s.name, Now: noon}); report.SideOf(err) != report.Usage || !strings.Contains(fmt.Sprint(err), "never published by us") {
		t.Errorf("undo to an adopted database: %v", err)
	}
}

func TestSessionsAreNamedWaitedForOrTerminated(t *testing.T) {
	t.Parallel()
	s := setup(t, "")
	s.swap(s.incoming("one", 1, noon), noon)
	guest := pgtest.Conn(t, s.dsn(s.name))
	if _, err := guest.Exec(t.Context(), `SET application_name = 'a guest'`); err != nil {
		t.Fatal(err)
	}
	in := s.incoming("two", 1, noon.Add(time.Hour))
	opt := publish.SwapOptions{Staging: s.name, Incoming: in, Now: noon.Add(time.Hour)}
	for name, try := range map[string]publish.SwapOptions{
		"fail":         opt,
		"a short wait": {Staging: s.name, Incoming: in, Now: opt.Now, Sessions: publish.Wait, Wait: 300 * time.Millisecond},
	} {
		_, err := s.admin.Swap(t.Context(), try)
		busy := publish.BusyOf(err)
		if busy == nil || !slices.ContainsFunc(busy.Sessions, func(one publish.Session) bool { return one.Application == "a guest" && one.User == s.role }) || report.SideOf(err) != report.Target {
			t.Fatalf("%s: %v", name, err)
		}
	}
	if st := s.inspect(); st.Database.Mark.RunID != "one" || len(st.Leftovers) != 1 || len(st.Sessions) == 0 {
		t.Errorf("a swap that failed changed something: %+v", st)
	}

	// The guest leaves while the swap waits.
	left := make(chan error, 1)
	go func() { left <- guest.Close(context.Background()) }()
	opt.Sessions, opt.Wait = publish.Wait, time.Minute
	if _, err := s.admin.Swap(t.Context(), opt); err != nil {
		t.Fatal(err)
	}
	if err := <-left; err != nil {
		t.Error(err)
	}
	if got := s.run(s.name); got != "two" {
		t.Errorf("staging is %s", got)
	}

	// A guest that stays is sent away.
	stays := pgtest.Conn(t, s.dsn(s.name))
	s.swap(s.incoming("three", 1, noon.Add(2*time.Hour)), noon.Add(2*time.Hour))
	if err := stays.Ping(t.Context()); err == nil {
		t.Error("the guest is still there")
	}
	if got := s.run(s.name); got != "three" {
		t.Errorf("staging is %s", got)
	}
}

func TestSessionThatWeMayNotEndKeepsStagingAsItWas(t *testing.T) {
	t.Parallel()
	s := setup(t, "")
	s.swap(s.incoming("one", 1, noon), noon)
	super := pgtest.Conn(t, pgtest.With(t, pgtest.Server(t), s.name)) // a superuser's
	in := s.incoming("two", 1, noon.Add(time.Hour))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err := s.admin.Swap(ctx, publish.SwapOptions{Staging: s.name, Incoming: in, Sessions: publish.Terminate, Now: noon.Add(time.Hour)})
	if busy := publish.BusyOf(err); busy == nil || len(busy.Sessions) == 0 {
		t.Fatalf("error is %v", err)
	}
	if err := super.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	if st := s.inspect(); st.Database.Mark.RunID != "one" || !st.Database.AllowConn {
		t.Errorf("staging changed: %+v", st.Database)
	}
}

func TestWhatStandsInTheWayIsNamed(t *testing.T) {
	t.Parallel()
	s := setup(t, "")
	s.swap(s.incoming("one", 1, noon), noon)
	super := pgtest.With(t, pgtest.Server(t), s.name)
	conn := pgtest.Conn(t, super)
	var level, prepared string
	if err := conn.QueryRow(t.Context(), `SELECT current_setting('wal_level'), current_setting('max_prepared_transactions')`).Scan(&level, &prepared); err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if level != "logical" || prepared == "0" {
		t.Skip("the server has no logical slots or no prepared transactions")
	}
	slot := "slot_" + strings.ToLower(rand.Text()[:8])
	pgtest.Exec(t, super, `SELECT pg_create_logical_replication_slot('`+slot+`', 'pgoutput')`)
	pgtest.Exec(t, super, `BEGIN; CREATE TABLE two_phase (); PREPARE TRANSACTION '`+slot+`'`)
	st := s.inspect()
	way := strings.Join(st.InTheWay(), "\n")
	if st.Prepared != 1 || !strings.Contains(way, slot) || !strings.Contains(way, "prepared transactions") {
		t.Errorf("in the way: %s", way)
	}
	if err := publish.Guard(st, publish.GuardOptions{}); report.SideOf(err) != report.Target {
		t.Errorf("guard: %v", err)
	}
	pgtest.Exec(t, super, `ROLLBACK PREPARED '`+slot+`'`)
	pgtest.Exec(t, super, `SELECT pg_drop_replication_slot('`+slot+`')`)
}

func TestTwoRunsExcludeEachOther(t *testing.T) {
	t.Parallel()
	s := setup(t, "")
	if err := s.admin.Lock(t.Context(), s.name); err != nil {
		t.Fatal(err)
	}
	other := s.open(s.roleDSN)
	defer other.Close(t.Context())
	err := other.Lock(t.Context(), s.name)
	if !errors.Is(err, publish.ErrLocked) || !strings.Contains(err.Error(), "understudy/admin") || report.SideOf(err) != report.Target {
		t.Errorf("error is %v", err)
	}
	if err := other.Lock(t.Context(), s.name+"x"); err != nil {
		t.Errorf("another staging is locked too: %v", err)
	}

	// Another maintenance database makes no difference.
	elsewhere := pgtest.DSN(t)
	cfg, err := session.Parse(pgtest.With(t, elsewhere, s.name))
	if err != nil {
		t.Fatal(err)
	}
	here, err := session.Parse(elsewhere)
	if err != nil {
		t.Fatal(err)
	}
	third, err := publish.Open(t.Context(), cfg, here.Name())
	if err != nil {
		t.Fatal(err)
	}
	defer third.Close(t.Context())
	if err := third.Lock(t.Context(), s.name); !errors.Is(err, publish.ErrLocked) {
		t.Errorf("through another maintenance database: %v", err)
	}
	if err := s.admin.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	// The next run need not wait until the server has noticed the end of the session.
	if err = third.Lock(t.Context(), s.name); err != nil {
		t.Errorf("the lock outlived its run: %v", err)
	}
}

// A killed run's session lives on in the server until its statement ends. The next run
// waits for that instead of telling the person on call to end a run that is dead.
func TestTheLockOfADeadRunIsWaitedFor(t *testing.T) {
	t.Parallel()
	s := setup(t, "")
	cfg, err := session.Parse(s.roleDSN)
	if err != nil {
		t.Fatal(err)
	}
	dead, err := session.Connect(t.Context(), cfg, session.Target("admin"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dead.Exec(t.Context(), `SELECT pg_catalog.pg_advisory_lock($1)`, publish.LockKey(s.name)); err != nil {
		t.Fatal(err)
	}
	// Its client goes at a statement that would take a minute, without a word.
	dead.PgConn().Frontend().SendQuery(&pgproto3.Query{String: "SELECT pg_catalog.pg_sleep(60)"})
	if err := dead.PgConn().Frontend().Flush(); err != nil {
		t.Fatal(err)
	}
	if err := dead.PgConn().Conn().Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.admin.LookForRun(t.Context(), s.name); err != nil {
		t.Errorf("a look for others: %v", err)
	}
	if err := s.admin.Lock(t.Context(), s.name); err != nil {
		t.Errorf("the lock: %v", err)
	}
}

func TestLeftoversAndGenerationsAreDroppedAndNothingElse(t *testing.T) {
	t.Parallel()
	s := setup(t, "")
	dead := s.incoming("dead", 1, noon)
	alive := s.incoming("alive", 1, noon) // the same second: another name
	if dead == alive {
		t.Fatal("two incoming databases have one name")
	}
	guest := pgtest.Conn(t, s.dsn(dead))
	// A run that died between creating and marking leaves a closed database without a mark.
	unmarked := publish.IncomingName(s.name, noon.Add(24*time.Hour))
	pgtest.Exec(t, s.roleDSN, `CREATE DATABASE `+catalog.Quote(unmarked)+` TEMPLATE template0 ALLOW_CONNECTIONS false`)
	bystander := publish.IncomingName(s.name, noon.Add(48*time.Hour))
	pgtest.Exec(t, s.roleDSN, `CREATE DATABASE `+catalog.Quote(bystander)+` TEMPLATE template0`)
	t.Cleanup(func() { pgtest.Drop(t, unmarked); pgtest.Drop(t, bystander) })

	dropped, err := s.admin.CleanLeftovers(t.Context(), s.name, alive)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(dropped)
	want := []string{dead, unmarked}
	slices.Sort(want)
	if !slices.Equal(dropped, want) {
		t.Errorf("dropped %q, want %q", dropped, want)
	}
	if guest.Ping(t.Context()) == nil {
		t.Error("the guest of a dead run is still there")
	}
	if err := s.admin.Drop(t.Context(), bystander); err == nil {
		t.Error("a database without our mark was dropped")
	}
	if err := s.admin.Drop(t.Context(), alive); err != nil {
		t.Error(err)
	}
	if err := s.admin.Drop(t.Context(), alive); err != nil {
		t.Errorf("dropping what is gone: %v", err)
	}

	for i := range 4 {
		at := noon.Add(time.Duration(i) * 24 * time.Hour)
		s.swap(s.incoming(fmt.Sprint(i), 1, at), at)
	}
	if err := s.admin.Drop(t.Context(), s.name); err == nil {
		t.Error("staging itself was dropped")
	}
	// Three generations, retired on days 1, 2 and 3.
	dropped, err = s.admin.Keep(t.Context(), s.name, 2, 36*time.Hour, noon.Add(3*24*time.Hour))
	if err != nil || len(dropped) != 1 {
		t.Errorf("dropped %v, %v", dropped, err)
	}
	dropped, err = s.admin.Keep(t.Context(), s.name, 5, time.Hour, noon.Add(3*24*time.Hour))
	if err != nil || len(dropped) != 1 {
		t.Errorf("by age dropped %v, %v", dropped, err)
	}
	if st := s.inspect(); len(st.Generations) != 1 || st.Database.Mark.RunID != "3" {
		t.Errorf("left are %+v", st.Generations)
	}
}

func TestSwapRefusesWhatIsNotAnIncomingDatabaseOfThisStaging(t *testing.T) {
	t.Parallel()
	s := setup(t, "")
	in := s.incoming("one", 1, noon)
	for _, opt := range []publish.SwapOptions{
		{Staging: s.name + "x", Incoming: in, Now: noon},
		{Staging: s.name, Incoming: "postgres", Now: noon},
		{Staging: s.name, Incoming: "no such database", Now: noon},
	} {
		if _, err := s.admin.Swap(t.Context(), opt); report.SideOf(err) != report.Target {
			t.Errorf("%+v: %v", opt, err)
		}
	}
}

func TestMissingLocaleIsOneClearError(t *testing.T) {
	t.Parallel()
	s := setup(t, "")
	spec := s.spec("one", 1, noon)
	spec.Collate = "xx_YY.utf8"
	_, _, err := s.admin.CreateIncoming(t.Context(), spec)
	if report.SideOf(err) != report.Target || !strings.Contains(fmt.Sprint(err), "xx_YY.utf8") || !strings.Contains(report.HintOf(err), "locale") {
		t.Errorf("error is %v; hint is %s", err, report.HintOf(err))
	}
	if st := s.inspect(); len(st.Leftovers) != 0 {
		t.Errorf("left over: %v", st.Leftovers)
	}
}

func TestOpenNeedsADatabaseBesideStaging(t *testing.T) {
	t.Parallel()
	cfg, err := session.Parse(pgtest.Server(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := publish.Open(t.Context(), cfg, cfg.Name()); report.SideOf(err) != report.Target {
		t.Errorf("error is %v", err)
	}
	if _, err := publish.Open(t.Context(), cfg, "no such database"); report.SideOf(err) != report.Target {
		t.Errorf("error is %v", err)
	}
}

func TestPrivilegesInsideSurviveByName(t *testing.T) {
	t.Parallel()
	app, _ := pgtest.Role(t, pgtest.Server(t), "")
	reader, _ := pgtest.Role(t, pgtest.Server(t), "")
	s := setup(t, "")
	pgtest.Exec(t, pgtest.Server(t), `GRANT `+app+` TO `+s.role)
	const objects = `
		CREATE SCHEMA "Sch ema"; CREATE TYPE "Sch ema".e AS ENUM ('a'); CREATE DOMAIN d AS int;
		CREATE TABLE "Sch ema"."T 1" (id serial PRIMARY KEY, secret text, open text);
		CREATE SEQUENCE free; CREATE VIEW v AS SELECT 1 AS one; CREATE MATERIALIZED VIEW mv AS SELECT 1 AS one;
		CREATE FUNCTION f(i int, t text) RETURNS int LANGUAGE sql AS 'SELECT 1';
		CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1';`
	const query = `
		SELECT string_agg(line, E'\n' ORDER BY line) FROM (
		    SELECT 'n ' || nspname || ' ' || nspowner::regrole || ' ' || coalesce((SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(nspacl) a), '') FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
		    UNION ALL SELECT 'c ' || relname || ' ' || relowner::regrole || ' ' || coalesce((SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(relacl) a), '') FROM pg_class WHERE oid >= 16384 AND relkind IN ('r', 'v', 'm', 'S') AND relnamespace::regnamespace::text !~ '^pg_'
		    UNION ALL SELECT 'a ' || attname || ' ' || attacl::text FROM pg_attribute WHERE attacl IS NOT NULL AND attrelid >= 16384
		    UNION ALL SELECT 'f ' || proname || ' ' || proowner::regrole || ' ' || coalesce((SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(proacl) a), '') FROM pg_proc WHERE oid >= 16384
		    UNION ALL SELECT 't ' || typname || ' ' || typowner::regrole || ' ' || coalesce((SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(typacl) a), '') FROM pg_type WHERE oid >= 16384 AND typtype IN ('e', 'd')
		    UNION ALL SELECT 'd ' || defaclrole::regrole || ' ' || defaclnamespace::regnamespace || ' ' || defaclobjtype::text || ' ' || (SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(defaclacl) a) FROM pg_default_acl
		) x (line)`
	describe := func(database string) (out string) {
		conn, err := pgx.Connect(t.Context(), s.dsn(database))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(t.Context())
		if err := conn.QueryRow(t.Context(), query).Scan(&out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	first := s.incoming("one", 1, noon)
	pgtest.Exec(t, s.dsn(first), objects, `
		CREATE TABLE only_here (); GRANT SELECT ON only_here TO `+reader+`; DROP TABLE run;
		GRANT USAGE ON SCHEMA "Sch ema" TO `+reader+`; GRANT SELECT (id, open), UPDATE (open) ON "Sch ema"."T 1" TO `+reader+`;
		GRANT INSERT ON "Sch ema"."T 1" TO `+reader+` WITH GRANT OPTION; GRANT USAGE ON SEQUENCE free TO `+reader+`; GRANT SELECT ON v TO PUBLIC;
		REVOKE EXECUTE ON FUNCTION f(int, text) FROM PUBLIC; GRANT EXECUTE ON FUNCTION f(int, text) TO `+reader+`;
		REVOKE EXECUTE ON PROCEDURE p() FROM PUBLIC; REVOKE USAGE ON TYPE "Sch ema".e FROM PUBLIC;
		GRANT CREATE ON SCHEMA "Sch ema" TO `+app+`; GRANT CREATE ON SCHEMA public TO `+app+`;
		ALTER TABLE "Sch ema"."T 1" OWNER TO `+app+`; ALTER FUNCTION f(int, text) OWNER TO `+app+`; ALTER DOMAIN d OWNER TO `+app+`; ALTER MATERIALIZED VIEW mv OWNER TO `+app+`;
		REVOKE CREATE ON SCHEMA "Sch ema" FROM `+app+`;
		ALTER DEFAULT PRIVILEGES FOR ROLE `+app+` IN SCHEMA "Sch ema" GRANT SELECT ON TABLES TO `+reader+`;
		ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;`)
	s.swap(first, noon)
	want := describe(s.name)

	list, err := s.admin.StagingPrivileges(t.Context(), s.name)
	if err != nil {
		t.Fatal(err)
	}
	second := s.incoming("two", 1, noon.Add(time.Hour))
	pgtest.Exec(t, s.dsn(second), objects, `DROP TABLE run`)
	conn := pgtest.Conn(t, s.dsn(second))
	notes, err := publish.ApplyPrivileges(t.Context(), conn, list)
	if err != nil || len(notes) != 0 {
		t.Errorf("notes %q, %v", notes, err)
	}
	pgtest.Exec(t, s.dsn(second), `CREATE TABLE only_here (); GRANT SELECT ON only_here TO `+reader)
	if got := describe(second); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	// What is refused is told by name.
	notes, err = publish.ApplyPrivileges(t.Context(), conn, []publish.Privilege{{What: "a wish", SQL: `ALTER TABLE "Sch ema"."T 1" OWNER TO pg_monitor`}, {What: "gone", SQL: `GRANT SELECT ON nowhere TO PUBLIC`}})
	if err != nil || len(notes) != 1 || !strings.Contains(notes[0], "a wish") {
		t.Errorf("notes %q, %v", notes, err)
	}
}
