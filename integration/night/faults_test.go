package night

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/localpg"
)

const peopleRules = `version: 1
purpose: a night with faults
tables:
  public.people:
    columns:
      email: {mask: email}
    keep: [{why: a test, columns: [id, note]}]
  public.events:
    keep: [{why: a test, columns: [id, person, body]}]
  public.extra:
    keep: [{why: a test, columns: [id]}]
`

const people = `
CREATE TABLE people (id int PRIMARY KEY, email text UNIQUE, note text);
INSERT INTO people SELECT i, 'person' || i || '@brambleposte.co.uk', repeat('word ', i % 20) FROM generate_series(1, 6000) i;
CREATE TABLE events (id bigserial PRIMARY KEY, person int REFERENCES people, body text);
INSERT INTO events (person, body) SELECT 1 + i % 6000, repeat(md5(i::text), 4) FROM generate_series(1, 24000) i;
CREATE INDEX ON events (person);
CREATE TABLE extra (id int PRIMARY KEY);
INSERT INTO extra SELECT generate_series(1, 100);
ANALYZE`

// fault is one row of the table.
type fault struct {
	name   string
	source *proxy                                   // stands before production
	target *proxy                                   // stands before staging
	during func(t *testing.T, f *faults) (met bool) // while rows move
	before func(t *testing.T, f *faults)            // before the run
	after  func(t *testing.T, f *faults)            // undoes before
	args   []string
	exits  []int    // one of these
	says   []string // each of these, unless it ended with 0
}

type faults struct {
	*night
	source, target string
	today          string
	yesterday      string
	ended          chan struct{} // the run that is played
	crowd          func()        // goes
	slow           []*proxy      // stand before its servers until it is struck
}

func (f *faults) production(t *testing.T, sql string) { t.Helper(); execute(t, f.source, sql) }

// background runs a statement that will wait; its end is awaited by the test's end.
func background(t *testing.T, dsn, sql string) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		conn, err := pgx.Connect(ctx, dsn)
		if err != nil {
			return
		}
		defer conn.Close(ctx)
		_, _ = conn.PgConn().Exec(ctx, sql).ReadAll() // what it does is undone by its own text
	}()
	t.Cleanup(func() { <-done })
}

// crash kills a backend: the server's other processes follow it, and it recovers.
func crash(t *testing.T, s *localpg.Server) bool {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), s.DSN("postgres"))
	if err != nil {
		t.Error(err)
		return false
	}
	_ = syscall.Kill(int(conn.PgConn().PID()), syscall.SIGKILL)
	_ = conn.Close(context.Background())
	return true
}

// crowd takes every connection that a server has left, until it is told to leave.
func crowd(t *testing.T, dsn string) (leave func()) {
	t.Helper()
	maintenance := strings.Replace(dsn, "/night_staging", "/postgres", 1) // nobody may be in staging when it is swapped
	var all []*pgx.Conn
	for {
		conn, err := pgx.Connect(context.Background(), maintenance)
		if err != nil {
			break
		}
		all = append(all, conn)
	}
	if len(all) == 0 {
		t.Error("there was no connection to take")
	}
	return func() {
		for _, conn := range all {
			_ = conn.Close(context.Background())
		}
	}
}

// up waits until a server takes connections again.
func up(t *testing.T, s *localpg.Server) {
	t.Helper()
	eventually(t, "a server to come back", func() string {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		conn, err := pgx.Connect(ctx, s.DSN("postgres"))
		if err != nil {
			return "it is down"
		}
		_ = conn.Close(ctx)
		return ""
	})
}

// ours runs a function of a backend on the tool's sessions of a server, until one was met;
// with always, until the run ends. It is false when the run ended before.
func (f *faults) ours(t *testing.T, s *localpg.Server, function, where string, always bool) (met bool) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), s.DSN("postgres"))
	if err != nil {
		t.Error(err)
		return false
	}
	defer conn.Close(context.Background())
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		var n int
		err := conn.QueryRow(context.Background(), "SELECT count("+function+"(pid)) FROM pg_stat_activity WHERE starts_with(application_name, 'understudy/') AND "+where).Scan(&n)
		if err != nil {
			t.Error(err)
			return false
		}
		if n > 0 && !met {
			met = true
			f.hurry()
		}
		if met && !always {
			return true
		}
		select {
		case <-tick.C:
		case <-f.ended:
			return met
		}
	}
}

// moving waits until the first COPY passes the proxy. It is false when the run ended before.
func (f *faults) moving(p *proxy) bool {
	select {
	case <-p.rows:
		return true
	case <-f.ended:
		return false
	}
}

// slowly is a network on which the rows take some seconds.
func slowly() *proxy { return &proxy{delay: 15 * time.Millisecond, rowsOnly: true} }

// hurry lets what crawls pass: what a fault does is seen when the rows before it arrived.
func (f *faults) hurry() {
	for _, p := range f.slow {
		p.hurry()
	}
}

// crawling is for runs that do not see their last row.
func crawling() *proxy { return &proxy{delay: 100 * time.Millisecond, rowsOnly: true, struck: true} }

func theFaults() []fault {
	return []fault{
		{name: "source cut once in its first words", source: &proxy{cutAfter: 2_000, once: true}, exits: []int{5}, says: []string{"source:", "hint:"}},
		{name: "source cut once while rows move", source: &proxy{cutAfter: 1_600_000, once: true}, exits: []int{0, 5}},
		{name: "source cut for good while rows move", source: &proxy{cutAfter: 1_600_000}, exits: []int{5}, says: []string{"source:", "hint:"}},
		{name: "target cut once while rows move", target: &proxy{cutAfter: 900_000, once: true}, exits: []int{0, 6}},
		{name: "target cut for good while rows move", target: &proxy{cutAfter: 900_000}, exits: []int{6}, says: []string{"target:", "hint:"}},
		{name: "source crashes while rows move", source: crawling(), during: func(t *testing.T, f *faults) bool { return crash(t, f.night.production) }, exits: []int{5}, says: []string{"source:", "hint:"}},
		{name: "target crashes while rows move", target: slowly(), during: func(t *testing.T, f *faults) bool { return crash(t, f.night.staging) }, exits: []int{0, 6}},
		{name: "the sessions that hold the snapshot are ended, one of them", source: slowly(), during: func(t *testing.T, f *faults) bool {
			return f.ours(t, f.night.production, "pg_terminate_backend", "application_name = 'understudy/snapshot'", false)
		}, exits: []int{0}},
		{name: "the keeper is ended", source: slowly(), during: func(t *testing.T, f *faults) bool {
			return f.ours(t, f.night.production, "pg_terminate_backend", "starts_with(application_name, 'understudy/hold ')", false)
		}, exits: []int{0}},
		{name: "every session of ours on the target is ended", target: slowly(), during: func(t *testing.T, f *faults) bool {
			return f.ours(t, f.night.staging, "pg_terminate_backend", "application_name = 'understudy/copy'", false)
		}, exits: []int{0, 6}},
		{name: "a read is cancelled from outside", source: crawling(), during: func(t *testing.T, f *faults) bool {
			return f.ours(t, f.night.production, "pg_cancel_backend", "application_name = 'understudy/worker' AND state = 'active'", true)
		}, args: []string{"--chunk-mb", "64"}, exits: []int{5}, says: []string{"source:", "57014", "hint:"}},
		{name: "a lock is held on a table", before: func(t *testing.T, f *faults) {
			conn := open(t, f.source)
			if _, err := conn.Exec(t.Context(), "BEGIN; LOCK TABLE people IN ACCESS EXCLUSIVE MODE"); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = conn.Close(context.Background()) })
		}, args: []string{"--lock-timeout", "300ms"}, exits: []int{5}, says: []string{"source:", "pid ", "hint:"}},
		{name: "a migration waits", source: crawling(), during: func(t *testing.T, f *faults) bool {
			background(t, f.source, "ALTER TABLE people ADD COLUMN later int; ALTER TABLE people DROP COLUMN later")
			eventually(t, "the migration to wait for longer than nobody looks", func() string { // or the run to have ended
				return strings.Join(query(t, f.source, "SELECT 'it waits' FROM pg_stat_activity WHERE query LIKE 'ALTER TABLE people ADD%' AND wait_event_type = 'Lock' AND now() - query_start < '2.5 s'"), "")
			})
			return true
		}, exits: []int{5}, says: []string{"a migration waits", "hint:"}},
		{name: "tables are altered, truncated, dropped and rewritten, and wait", source: slowly(), during: func(t *testing.T, f *faults) bool {
			for _, sql := range []string{
				"BEGIN; ALTER TABLE people ALTER note TYPE varchar; ROLLBACK", "BEGIN; TRUNCATE events; ROLLBACK", "BEGIN; DROP TABLE extra; ROLLBACK", "VACUUM FULL people", "VACUUM FULL events",
			} {
				background(t, f.source, sql)
			}
			return true
		}, args: []string{"--on-migration", "wait"}, exits: []int{0}},
		{
			name: "a column was added that nobody decided on", before: func(t *testing.T, f *faults) { f.production(t, "ALTER TABLE people ADD COLUMN phone text") },
			after: func(t *testing.T, f *faults) { f.production(t, "ALTER TABLE people DROP COLUMN phone") }, exits: []int{3}, says: []string{"people.phone"},
		},
		{
			name: "a column was renamed", before: func(t *testing.T, f *faults) { f.production(t, "ALTER TABLE people RENAME note TO remark") },
			after: func(t *testing.T, f *faults) { f.production(t, "ALTER TABLE people RENAME remark TO note") }, exits: []int{3}, says: []string{"note"},
		},
		{
			name: "a column was retyped", before: func(t *testing.T, f *faults) {
				f.production(t, "ALTER TABLE people ALTER email TYPE bytea USING email::bytea")
			},
			after: func(t *testing.T, f *faults) {
				f.production(t, "ALTER TABLE people ALTER email TYPE text USING convert_from(email, 'UTF8')")
			}, exits: []int{3}, says: []string{"email"},
		},
		{
			name: "a table that the rules name is gone", before: func(t *testing.T, f *faults) { f.production(t, "ALTER TABLE extra RENAME TO other") },
			after: func(t *testing.T, f *faults) { f.production(t, "ALTER TABLE other RENAME TO extra") }, exits: []int{3}, says: []string{"extra"},
		},
		{name: "the target has no connection left", before: func(t *testing.T, f *faults) { f.crowd = crowd(t, f.target) }, after: func(t *testing.T, f *faults) { f.crowd() }, exits: []int{6}, says: []string{"target:", "connection", "hint:"}},
		{name: "the target runs out of connections while rows move", target: slowly(), during: func(t *testing.T, f *faults) bool {
			leave := crowd(t, f.target)
			<-f.ended
			leave()
			return true
		}, exits: []int{0, 6}},
		{name: "a slow network", source: &proxy{delay: time.Millisecond}, target: &proxy{delay: time.Millisecond}, exits: []int{0}},
		// the last one: it changes what tomorrow's staging is
		{name: "rows are changed and deleted while others move", source: slowly(), during: func(t *testing.T, f *faults) bool {
			execute(t, f.source, "UPDATE people SET email = 'x' || email; DELETE FROM events WHERE id % 2 = 0; INSERT INTO people VALUES (900000, 'late@brambleposte.co.uk')")
			return true
		}, exits: []int{0}},
	}
}

func TestFaultsLeaveStagingWholeAndSayWhoseTheyAre(t *testing.T) {
	t.Parallel()
	n := begin(t, peopleRules)
	f := &faults{night: n, source: n.production.DSN("night"), target: n.staging.DSN("night_staging")}
	execute(t, n.production.DSN("postgres"), "CREATE DATABASE night")
	execute(t, f.source, people)
	n.must(t, 0, n.copyArgs(f.source, f.target)...)
	f.yesterday = digest(t, f.target)
	f.production(t, "UPDATE people SET email = 'new-' || email WHERE id % 2 = 0")
	n.must(t, 0, n.copyArgs(f.source, f.target)...)
	f.today = digest(t, f.target)
	f.production(t, "CHECKPOINT") // a crash moves sequences that were written since the last one
	undo := func(t *testing.T) {
		t.Helper()
		n.must(t, 0, "publish", "--undo", "--target", f.target, "--sessions", "terminate")
	}
	undo(t)
	for _, row := range theFaults() {
		t.Run(row.name, func(t *testing.T) {
			for range 4 {
				if f.play(t, row, undo) {
					return
				}
			}
			t.Error("the rows were there each time before the fault could come")
		})
	}
	n.must(t, 0, n.copyArgs(f.source, f.target)...)
	n.nothingLeft(t, "night_staging")
}

// play has one refresh meet one fault. It is false when the fault came too late to be met.
func (f *faults) play(t *testing.T, row fault, undo func(*testing.T)) (met bool) {
	t.Helper()
	n := f.night
	source, target := f.source, f.target
	var before, behind *proxy
	if row.source != nil {
		before, source = through(t, source, row.source.again())
	}
	if row.target != nil {
		behind, target = through(t, target, row.target.again())
	}
	if row.before != nil {
		row.before(t, f)
	}
	f.slow = nil
	for _, p := range []*proxy{before, behind} {
		if p != nil && p.struck {
			f.slow = append(f.slow, p)
		}
	}
	met = row.during == nil
	f.ended = make(chan struct{})
	var happens sync.WaitGroup
	if row.during != nil {
		happens.Go(func() {
			met = f.moving(cmp.Or(before, behind)) && row.during(t, f)
			f.hurry()
		})
	}
	// attempts are few: for a server that never comes back the default waits most of a minute
	args := append(n.copyArgs(source, target, row.args...), "--attempts", "4")
	code, said := n.start(t, func(_ *run, line string) {
		if strings.Contains(line, `"step":"copy data"`) && strings.Contains(line, `"message":"step"`) {
			before.hurry()
			behind.hurry()
		}
	}, args...).wait(t)
	close(f.ended)
	happens.Wait()
	defer func() { // whatever came of it, the next row begins with yesterday's
		if digest(t, f.target) != f.yesterday {
			undo(t)
		}
	}()
	if row.after != nil {
		row.after(t, f)
	}
	up(t, n.production)
	up(t, n.staging)
	if !met || row.during != nil && code == 0 && !slices.Contains(row.exits, 0) {
		return false // the rows were there before it struck
	}
	if !slices.Contains(row.exits, code) {
		t.Fatalf("it ended with %d, want one of %d:\n%s", code, row.exits, said)
	}
	_, told, _ := strings.Cut(said, "\nunderstudy: ")
	t.Logf("exit %d %s", code, told)
	want := f.yesterday
	if code == 0 {
		want = f.today
	}
	if digest(t, f.target) != want {
		t.Errorf("after exit %d staging is not what it should be", code)
	}
	for _, w := range row.says {
		if code != 0 && !strings.Contains(said, w) {
			t.Errorf("it does not say %q:\n%s", w, said)
		}
	}
	if c := strings.Count(said, "\nunderstudy: "); code != 0 && c != 1 {
		t.Errorf("it says %d errors, want one:\n%s", c, said)
	}
	return true
}
