package preflight_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/localpg"
	"github.com/understudy-db/understudy/pkg/pgtest"
	"github.com/understudy-db/understudy/pkg/preflight"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/ruleset"
)

// own is a server of the test's own, for what shows in a whole cluster.
func own(t *testing.T, settings map[string]string) *localpg.Server {
	t.Helper()
	s, err := localpg.Start(t.Context(), localpg.Options{Settings: settings})
	if err != nil {
		if testing.Short() {
			t.Skip("there is no server's program")
		}
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

func has(r preflight.Result, code string) bool {
	return slices.ContainsFunc(r.Findings, func(f report.Finding) bool { return f.Code == code })
}

func TestWhatATargetsServerCannotDoIsFound(t *testing.T) {
	t.Parallel()
	source := pgtest.DSN(t)
	pgtest.Exec(t, source, `CREATE TABLE t (id int, name text COLLATE "ucs_basic")`)
	server := own(t, map[string]string{"max_locks_per_transaction": "10", "max_connections": "20", "wal_level": "replica", "max_wal_senders": "3", "allow_in_place_tablespaces": "on"})
	admin := server.DSN("postgres")
	pgtest.Exec(t, admin, "CREATE ROLE owner LOGIN CREATEDB PASSWORD 'a password'", "CREATE TABLESPACE away LOCATION ''", "CREATE DATABASE stg OWNER owner TABLESPACE away")
	_, host, _ := strings.Cut(server.DSN("stg"), "@")
	target := "postgres://owner:a%20password@" + host

	s := site(t, source, target)
	stops(t, ask(t, s, "tablespace"), report.Target, "away", `GRANT CREATE ON TABLESPACE "away" TO "owner"`)
	pgtest.Exec(t, admin, "GRANT CREATE ON TABLESPACE away TO owner")
	if r := ask(t, s, "tablespace"); r.Err != nil || r.Seen != "away" {
		t.Errorf("what was printed is not enough: %s %v", r.Seen, r.Err)
	}

	if r := ask(t, s, "collations"); r.Err != nil {
		t.Errorf("it is there: %v", r.Err)
	}
	pgtest.Exec(t, admin, "DELETE FROM pg_collation WHERE collname = 'ucs_basic'")
	stops(t, ask(t, s, "collations"), report.Target, "ucs_basic", "pg_import_system_collations")

	if r := ask(t, s, "locks"); r.Err != nil {
		t.Errorf("one table: %v", r.Err)
	}
	s.Catalog.Tables = make([]catalog.Table, 200)
	stops(t, ask(t, s, "locks"), report.Target, "max_locks_per_transaction")

	if r := ask(t, s, "target replicas"); r.Err != nil || has(r, "replicas") {
		t.Errorf("there are none: %+v", r)
	}
	pgtest.Exec(t, admin, "SELECT pg_create_physical_replication_slot('follower')")
	if r := ask(t, s, "target replicas"); r.Err != nil || !has(r, "replicas") || !strings.Contains(r.Findings[0].Message, "1 physical slots") {
		t.Errorf("a slot: %+v", r)
	}

	if r := ask(t, s, "target platform"); r.Err != nil {
		t.Error(r.Err)
	}
	pgtest.Exec(t, admin, "CREATE ROLE cloudsqlsuperuser")
	if r := ask(t, s, "target platform"); r.Err != nil || r.Seen != "Google Cloud SQL" {
		t.Errorf("a platform that swaps: %+v", r)
	}
	pgtest.Exec(t, admin, "DROP ROLE cloudsqlsuperuser; CREATE ROLE heroku_admin")
	stops(t, ask(t, s, "target platform"), report.Target, "Heroku", "--in-place")
	s.InPlace = true
	if r := ask(t, s, "target platform"); r.Err != nil || r.Seen != "Heroku" {
		t.Errorf("in place: %+v", r)
	}
}

// standBy makes a server a standby of nobody: it recovers from a crash, finds the signal,
// and waits for more log for ever.
func standBy(t *testing.T, s *localpg.Server) {
	t.Helper()
	conn := pgtest.Conn(t, s.DSN("postgres"))
	if _, err := conn.Exec(t.Context(), "CHECKPOINT; SELECT pg_switch_wal(); COPY (SELECT WHERE false) TO PROGRAM 'touch standby.signal'"); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(int(conn.PgConn().PID()), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(time.Minute); ; {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		again, err := pgx.Connect(ctx, s.DSN("postgres"))
		if err == nil {
			var recovers bool
			err = again.QueryRow(ctx, "SELECT pg_is_in_recovery()").Scan(&recovers)
			_ = again.Close(ctx)
			if err == nil && recovers {
				cancel()
				return
			}
		}
		cancel()
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("it does not become a standby: %v", err)
		}
	}
}

func TestAStandbyIsToldAndItsUnloggedTablesNeedADecision(t *testing.T) {
	t.Parallel()
	server := own(t, map[string]string{"restart_after_crash": "on", "wal_level": "replica", "max_wal_senders": "3", "hot_standby": "on"})
	pgtest.Exec(t, server.DSN("postgres"), "CREATE DATABASE shop")
	pgtest.Exec(t, server.DSN("shop"), "CREATE TABLE t (id int); CREATE UNLOGGED TABLE u (id int)")
	standBy(t, server)
	s := site(t, server.DSN("shop"), stagingName(t, pgtest.DSN(t)))
	stops(t, ask(t, s, "source is no standby"), report.Rules, "public.u", "skip")
	s.Rules = &ruleset.Rules{Tables: []ruleset.Table{{Schema: "public", Name: "u", Skip: "not needed"}}}
	if r := ask(t, s, "source is no standby"); r.Err != nil || !has(r, "standby") || !strings.Contains(fmt.Sprint(r.Findings), "hot_standby_feedback") {
		t.Errorf("skipped: %+v", r)
	}
}
