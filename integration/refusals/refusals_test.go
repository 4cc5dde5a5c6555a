package refusals

import (
	"strings"
	"testing"
	"time"

	"github.com/understudy-db/understudy/integration/stage"
)

const (
	good = `version: 1
tables:
  public.people:
    columns:
      email: {mask: email}
      note: {mask: text}
    keep:
      - {why: a number, columns: [id]}
`
	readerPassword = "pw-of-the-reader"
)

// TestRefusals plays on one server, which has production and staging.
func TestRefusals(t *testing.T) {
	t.Parallel()
	server := stage.New(t, "server:17").Server("server")
	server.Database(t, "production")
	server.Exec(t, "production", `
		CREATE TABLE people (id int PRIMARY KEY, email text NOT NULL, note text);
		INSERT INTO people SELECT i, 'zebra' || i || '@firma.de', 'zebra' FROM generate_series(1, 50) i;
		CREATE ROLE reader LOGIN PASSWORD '`+readerPassword+`';
		CREATE SCHEMA apart; CREATE TABLE apart.withheld (id int PRIMARY KEY); GRANT USAGE ON SCHEMA apart TO reader;
		GRANT SELECT ON people TO reader`)
	server.Database(t, "without_tables")
	server.Database(t, "theirs")
	server.Exec(t, "theirs", "CREATE TABLE precious (id int); INSERT INTO precious VALUES (1)")
	whole := good + "  apart.withheld: {keep: [{why: a number, columns: [id]}]}\n"
	server.Copy(t, 0, server, "production", "staging", whole)

	source, target := server.DSN("production"), server.DSN("staging")
	with := func(dsn string, pairs ...string) string { return strings.NewReplacer(pairs...).Replace(dsn) }
	for _, x := range []struct {
		name           string
		source, target string // empty are the right ones
		rules          string // empty are the right ones
		args           []string
		noKey          bool
		exit           int
		words          []string
	}{
		{name: "a source address that is none", source: "postgres://reader:" + readerPassword + "@server:port/production", exit: 2, words: []string{"--source", "postgres://user@host:5432/database"}},
		{name: "a target address that is none", target: "port=5432 host", exit: 2, words: []string{"--target", "postgres://user@host:5432/database"}},
		{name: "a wrong password of the source", source: with(source, stage.Password, "wrong-password"), exit: 5, words: []string{"source", "password"}},
		{name: "a wrong password of the target", target: with(target, stage.Password, "wrong-password"), exit: 6, words: []string{"target", "password"}},
		{name: "a source database that is not there", source: server.DSN("nowhere"), exit: 5, words: []string{"nowhere"}},
		{name: "no rights on a table", source: with(source, "postgres:"+stage.Password, "reader:"+readerPassword), exit: 5, words: []string{"apart", "withheld", "GRANT"}},
		{name: "no rights on a table that is skipped", source: with(source, "postgres:"+stage.Password, "reader:"+readerPassword), rules: good + "  apart.withheld: {skip: a test}\n", exit: 5, words: []string{"apart.withheld", `GRANT SELECT ON "apart"."withheld" TO "reader"`}},
		{name: "a source that cannot be reached", source: with(source, "@server:", "@nobody.invalid:"), exit: 5, words: []string{"nobody.invalid"}},
		{name: "a target that cannot be reached", target: with(target, "@server:", "@nobody.invalid:"), exit: 6, words: []string{"nobody.invalid"}},
		{name: "a target where nobody listens", target: with(target, ":5432", ":1"), exit: 6, words: []string{"server:1"}},
		{name: "a target that is the source", target: source, exit: 2, words: []string{"source"}},
		{name: "a target that is the source by another address", target: with(source, "@server:", "@127.0.0.1:"), args: []string{"--adopt"}, exit: 2, words: []string{"source"}},
		{name: "a target that nobody marked", target: server.DSN("theirs"), exit: 2, words: []string{"theirs", "--adopt"}},
		{name: "rules that are not YAML", rules: "version: 1\ntables: [\n", exit: 2, words: []string{"rules.yaml:"}},
		{name: "rules that are no text", rules: "\x00\x01\xff", exit: 2, words: []string{"rules.yaml:1"}},
		{name: "a typo in a key", rules: strings.Replace(whole, "columns:\n", "colums:\n", 1), exit: 2, words: []string{"rules.yaml:4", "colums", "columns"}},
		{name: "a masker that is not there", rules: strings.Replace(whole, "mask: email", "mask: emial", 1), exit: 3, words: []string{"rules.yaml:5", "emial", "email"}},
		{name: "a table that is not there", rules: whole + "  public.poeple: {keep: [{why: a number, columns: [id]}]}\n", exit: 3, words: []string{"poeple", "public.people"}},
		{name: "a column left out", rules: strings.Replace(whole, "      note: {mask: text}\n", "", 1), exit: 3, words: []string{"public.people", "note", "note: "}},
		{name: "a table left out", rules: good, exit: 3, words: []string{"apart.withheld", "id"}},
		{name: "a database without tables", source: server.DSN("without_tables"), exit: 3, words: []string{"no tables", "without_tables"}},
		{name: "no key", noKey: true, exit: 2, words: []string{"understudy keygen > ", "--ephemeral-key"}},
		{name: "a key that is none", args: []string{"--key-file", "{dir}/rules/../tmp/.keep"}, noKey: true, exit: 2, words: []string{"32 bytes", "keygen"}},
		{name: "two keys", args: []string{"--ephemeral-key"}, exit: 2, words: []string{"--key-file", "--ephemeral-key"}},
		{name: "no rules", args: []string{"--rules", ""}, exit: 2, words: []string{"--rules"}},
		{name: "a flag that is not there", args: []string{"--soruce", "x"}, exit: 2, words: []string{"--soruce"}},
		{name: "a severity that is none", args: []string{"--fail-on", "urgent"}, exit: 2, words: []string{"--fail-on"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			before, databases := server.Digests(t, "staging"), server.Databases(t)
			if x.source == "" {
				x.source = source
			}
			if x.target == "" {
				x.target = target
			}
			if x.rules == "" {
				x.rules = whole
			}
			args := []string{"copy", "--source", x.source, "--target", x.target, "--rules", "{rules}", "--report", "{report}"}
			if !x.noKey {
				args = append(args, "--key-file", "{key}")
			}
			r := server.Understudy(t, stage.Call{Rules: x.rules, Args: append(args, x.args...)})
			r.Must(t, x.exit, x.words...)
			for _, secret := range []string{stage.Password, readerPassword, "wrong-password", stage.Key, "zebra"} {
				if strings.Contains(r.Out, secret) {
					t.Errorf("the message holds a secret")
				}
			}
			if n := strings.Count(r.Out, "understudy: "); n != 1 {
				t.Errorf("there are %d messages:\n%s", n, r.Out)
			}
			if left := r.Left(t); len(left) > 0 {
				t.Errorf("temporary files were left: %s", left)
			}
			stage.Compare(t, "staging", before, server.Digests(t, "staging"))
			stage.Compare(t, "databases", databases, server.Databases(t))
			if n := server.One(t, "theirs", "SELECT count(*) FROM precious"); n != "1" {
				t.Error("somebody's database is not what it was")
			}
		})
	}

	t.Run("what gets a newcomer going", func(t *testing.T) {
		server.Understudy(t, stage.Call{Rules: whole, Args: []string{"copy", "--source", source, "--target", server.DSN("first"), "--rules", "{rules}", "--ephemeral-key"}}).Must(t, 0)
		server.Understudy(t, stage.Call{Rules: whole, Args: server.CopyArgs(server, "production", "theirs", "--adopt")}).Must(t, 0)
		if n := server.One(t, "theirs", "SELECT count(*) FROM people"); n != "50" {
			t.Errorf("the adopted staging has %s rows", n)
		}
	})
	t.Run("a disk that fills up", func(t *testing.T) {
		server.Exec(t, "postgres", "COPY (SELECT WHERE false) TO PROGRAM 'mkdir -m 700 /small/pg'")
		for _, sql := range []string{"CREATE TABLESPACE small LOCATION '/small/pg'", "CREATE DATABASE cramped TABLESPACE small"} {
			server.Exec(t, "postgres", sql)
		}
		server.Copy(t, 0, server, "production", "cramped", whole, "--keep-generations", "0")
		yesterday, databases := server.Digests(t, "cramped"), server.Databases(t)
		server.Exec(t, "production", "INSERT INTO people SELECT i, 'zebra' || i || '@firma.de', repeat('zebra ', 60) FROM generate_series(51, 150000) i")
		r := server.Understudy(t, stage.Call{Rules: whole, Args: server.CopyArgs(server, "production", "cramped", "--keep-generations", "0")})
		server.Exec(t, "production", "DELETE FROM people WHERE id > 50")
		r.Must(t, 6, "target:", "disk is full", "hint:")
		stage.Compare(t, "staging", yesterday, server.Digests(t, "cramped"))
		stage.Compare(t, "databases", databases, server.Databases(t))
		server.Copy(t, 0, server, "production", "cramped", whole, "--keep-generations", "0")
	})
	t.Run("two runs on one target", func(t *testing.T) {
		conn := server.Connect(t, "production")
		if _, err := conn.Exec(t.Context(), "BEGIN; LOCK TABLE people IN ACCESS EXCLUSIVE MODE"); err != nil {
			t.Fatal(err)
		}
		// The first run waits for our lock, with its own lock on staging in its hand.
		first := make(chan stage.Result, 1)
		go func() {
			first <- server.Understudy(t, stage.Call{Rules: whole, Args: server.CopyArgs(server, "production", "staging", "--lock-timeout", "2m")})
		}()
		poll := time.NewTicker(100 * time.Millisecond)
		defer poll.Stop()
		for server.One(t, "postgres", "SELECT count(*) FROM pg_locks WHERE NOT granted") == "0" {
			select {
			case <-poll.C:
			case r := <-first:
				t.Fatalf("it ended with %d:\n%s", r.Exit, r.Out)
			}
		}
		server.Understudy(t, stage.Call{Rules: whole, Args: server.CopyArgs(server, "production", "staging")}).Must(t, 6, "another run")
		if _, err := conn.Exec(t.Context(), "ROLLBACK"); err != nil {
			t.Fatal(err)
		}
		r := <-first
		r.Must(t, 0)
	})
	t.Run("somebody who works in staging", func(t *testing.T) {
		before := server.Digests(t, "staging")
		conn := server.Connect(t, "staging")
		server.Understudy(t, stage.Call{Rules: whole, Args: server.CopyArgs(server, "production", "staging")}).Must(t, 7, "clean, but not swapped in")
		if err := conn.Ping(t.Context()); err != nil {
			t.Errorf("the session was ended: %v", err)
		}
		stage.Compare(t, "staging", before, server.Digests(t, "staging"))
		server.Understudy(t, stage.Call{Rules: whole, Args: server.CopyArgs(server, "production", "staging", "--sessions", "terminate")}).Must(t, 0)
		if conn.Ping(t.Context()) == nil {
			t.Error("the session goes on in the generation before")
		}
	})
}
