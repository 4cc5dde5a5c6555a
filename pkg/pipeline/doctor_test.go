package pipeline

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/pkg/pgtest"
	"github.com/understudy-db/understudy/pkg/preflight"
	"github.com/understudy-db/understudy/pkg/publish"
	"github.com/understudy-db/understudy/pkg/report"
)

// as returns the DSN with another role in it.
func as(t *testing.T, dsn, role, password string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(role, password)
	return u.String()
}

// TestThePrintedRolesAreEnough runs the scripts that doctor prints, and does with the
// roles they make all that a night and a bad morning need. No superuser is in it.
func TestThePrintedRolesAreEnough(t *testing.T) {
	t.Parallel()
	s := newStory(t, peopleRules, people, "CREATE SCHEMA sales; CREATE SEQUENCE sales.s; CREATE VIEW sales.v AS SELECT 1 AS one; CREATE MATERIALIZED VIEW years AS SELECT extract(year FROM born) AS y FROM people")
	tag := strings.ToLower(rand.Text()[:8])
	roles := preflight.Roles{Database: nameOf(t, s.source), Staging: nameOf(t, s.o.Target), Reader: "reader_" + tag, Owner: "owner_" + tag}
	pgtest.Exec(t, s.source, preflight.ReaderScript(roles), preflight.OwnerScript(roles),
		fmt.Sprintf("ALTER ROLE %q PASSWORD 'pw-of-reader'; ALTER ROLE %q PASSWORD 'pw-of-owner'", roles.Reader, roles.Owner))
	t.Cleanup(func() {
		pgtest.Drop(t, roles.Staging)
		pgtest.Exec(t, s.source, fmt.Sprintf("DROP OWNED BY %[1]q; DROP ROLE %[1]q", roles.Reader))
		for _, name := range databasesLike(t, s.source, roles.Staging+"__g%") {
			pgtest.Drop(t, name)
		}
		pgtest.Exec(t, s.source, fmt.Sprintf("DROP OWNED BY %[1]q; DROP ROLE %[1]q", roles.Owner))
	})
	s.o.Source, s.o.Target = as(t, s.source, roles.Reader, "pw-of-reader"), as(t, s.o.Target, roles.Owner, "pw-of-owner")
	s.o.KeepGenerations, s.o.Sessions = 1, publish.Terminate

	results := Doctor(t.Context(), s.o)
	if err := DoctorError(results); err != nil {
		t.Errorf("doctor: %v (%s)", err, report.HintOf(err))
	}
	for _, r := range results {
		for _, f := range r.Findings {
			if f.Code == "may-write" || f.Code == "server-log" {
				t.Errorf("%s: %s", r.Check, f.Message)
			}
		}
	}
	if left := databasesLike(t, s.source, roles.Staging+"%"); len(left) > 0 {
		t.Errorf("doctor made %s", left)
	}
	for night := range 2 {
		run, err := Refresh(t.Context(), s.o)
		if err != nil {
			t.Fatalf("night %d: %v (%s)", night, err, report.HintOf(err))
		}
		for _, f := range run.Findings {
			if f.Code == "server-log" || f.Code == "privilege" || f.Code == "not-carried-over" || f.Code == "incoming-differs" {
				t.Errorf("night %d: %s: %s", night, f.Code, f.Message)
			}
		}
		pgtest.Conn(t, as(t, pgtest.With(t, s.source, roles.Staging), roles.Reader, "pw-of-reader")) // somebody is logged in when the next night swaps
	}
	if _, err := Publish(t.Context(), PublishOptions{Target: s.o.Target, Sessions: publish.Terminate}); err != nil {
		t.Errorf("undo: %v", err)
	}
}

// TestAnExtensionThatOnlyASuperuserMayMakeComesFromATemplate: without it, the refresh ends
// before it has made a database.
func TestAnExtensionThatOnlyASuperuserMayMakeComesFromATemplate(t *testing.T) {
	t.Parallel()
	s := newStory(t, peopleRules, people, "CREATE EXTENSION amcheck")
	staging := nameOf(t, s.o.Target)
	_, owner := pgtest.Role(t, s.source, "CREATEDB")
	t.Cleanup(func() { pgtest.Drop(t, staging) }) // before its owner goes
	s.o.Target = pgtest.With(t, owner, staging)
	run, err := Refresh(t.Context(), s.o)
	if report.SideOf(err) != report.Target || !strings.Contains(err.Error(), "amcheck") || run.Generation != "" {
		t.Errorf("%v, and it had made %q", err, run.Generation)
	}
	template := pgtest.DSN(t)
	pgtest.Exec(t, template, "CREATE EXTENSION amcheck", fmt.Sprintf("ALTER DATABASE %q IS_TEMPLATE true", nameOf(t, template)))
	s.o.Template = nameOf(t, template)
	if _, err := Refresh(t.Context(), s.o); err != nil {
		t.Errorf("%v (%s)", err, report.HintOf(err))
	}
}

func TestDoctorSaysAllThatIsWrongAtOnce(t *testing.T) {
	t.Parallel()
	s := newStory(t, peopleRules, people, "CREATE TABLE undecided (id int)", "CREATE TABLE withheld (id int)")
	_, reader := pgtest.Role(t, s.source, "CONNECTION LIMIT 6")
	s.o.Source = reader
	results := Doctor(t.Context(), s.o)
	stopped := map[string]string{}
	for _, r := range results {
		if r.Err != nil {
			stopped[r.Check] = r.Err.Error()
		}
	}
	if len(stopped) < 2 || !strings.Contains(stopped["source rights"], "withheld") || !strings.Contains(stopped["rules fit the database"], "undecided") {
		t.Errorf("it found %v", stopped)
	}
	if err := DoctorError(results); err == nil || report.SideOf(err) != report.Source {
		t.Errorf("%v", err)
	}
	s.o.Target = "postgres://nobody@127.0.0.1:1/x?sslmode=disable"
	if results := Doctor(t.Context(), s.o); report.SideOf(DoctorError(results)) != report.Target {
		t.Errorf("%v", DoctorError(results))
	}
	if err := DoctorError(nil); err != nil {
		t.Errorf("%v", err)
	}
	s.o.Target = s.source
	if err := DoctorError(Doctor(t.Context(), s.o)); err == nil {
		t.Error("the target was the source")
	}
}

// databasesLike lists the databases whose names match a LIKE pattern, for up to the time
// that a dropped one takes to vanish.
func databasesLike(t *testing.T, server, pattern string) []string {
	t.Helper()
	rows, err := pgtest.Conn(t, server).Query(context.WithoutCancel(t.Context()), "SELECT datname::text FROM pg_database WHERE datname LIKE $1", pattern)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		out = append(out, name)
	}
	return out
}
