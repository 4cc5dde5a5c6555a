package pipeline

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/pgtest"
	"github.com/understudy-db/understudy/pkg/report"
)

// hook writes a file of SQL beside the story's rules.
func (s *story) hook(t *testing.T, name, sql string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(filepath.Dir(s.o.Rules), name), []byte(sql), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (s *story) rewrite(t *testing.T, rules string) {
	t.Helper()
	if err := os.WriteFile(s.o.Rules, []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
}

func one(t *testing.T, dsn, query string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context()) // nobody may be in staging when it is swapped
	var v *string
	if err := conn.QueryRow(t.Context(), query).Scan(&v); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	if v == nil {
		return "NULL"
	}
	return *v
}

const shopFlags = `
CREATE TABLE flags (id serial PRIMARY KEY, name text UNIQUE, on_ boolean NOT NULL DEFAULT false);
INSERT INTO flags (name, on_) VALUES ('checkout', true), ('search', true);`

func TestHooksRunBeforeInspectionAndWhatTheyWriteIsInspected(t *testing.T) {
	t.Parallel()
	s := newStory(t, peopleRules+"  public.flags: {keep: [{why: no person, columns: [id, name, on_]}]}\nhooks: [flags.sql]\n", people, shopFlags,
		"CREATE MATERIALIZED VIEW on_now AS SELECT name FROM flags WHERE on_")
	s.hook(t, "flags.sql", "-- endpoints of staging\nUPDATE public.flags SET on_ = false;\nALTER TABLE public.flags ADD note text; CREATE TABLE public.made (contact text);")
	if run := s.run(t); run.Outcome != report.Published {
		t.Fatalf("%s: %+v", run.Outcome, run.Findings)
	}
	staging := pgtest.With(t, s.source, nameOf(t, s.o.Target))
	if n := one(t, staging, "SELECT count(*)::text FROM flags WHERE on_"); n != "0" {
		t.Errorf("the hook left %s flags on", n)
	}
	if n := one(t, staging, "SELECT count(*)::text FROM on_now"); n != "0" {
		t.Errorf("the materialised view was filled before the hook: %s rows", n)
	}
	for _, leak := range []string{
		"UPDATE public.flags SET name = 'ann.whitcombe' || id || '@brambleposte.co.uk'",
		"ALTER TABLE public.flags ADD note text; UPDATE public.flags SET note = 'call +44 7700 900' || 100 + id || ' or ann.whitcombe@brambleposte.co.uk'",
		"CREATE TABLE public.made (contact text); INSERT INTO public.made VALUES ('ann.whitcombe@brambleposte.co.uk')",
	} {
		s.hook(t, "flags.sql", leak)
		if run := s.run(t); run.Outcome != report.Withheld {
			t.Errorf("%s: the run ended as %s", leak, run.Outcome)
		}
	}
	if n := one(t, staging, "SELECT count(*)::text FROM flags WHERE name LIKE '%@%'"); n != "0" {
		t.Error("what was found was published")
	}
}

func TestAHookThatFailsNamesFileAndLineAndNoValue(t *testing.T) {
	t.Parallel()
	s := newStory(t, peopleRules+"hooks: [flags.sql]\n", people)
	for _, x := range []struct{ sql, want string }{
		{"SELECT 1;\n\nSELECT nothing_like_it FROM public.people;", "line 3"},
		{"INSERT INTO public.people SELECT * FROM public.people", "flags.sql"},
		{"BEGIN; SELECT 1", "does not end it"},
		{"DO $$ BEGIN RAISE EXCEPTION 'canary of %', (SELECT email FROM public.people LIMIT 1); END $$", "flags.sql"},
	} {
		s.hook(t, "flags.sql", x.sql)
		run, err := Refresh(t.Context(), s.o)
		if report.SideOf(err) != report.Rules || !strings.Contains(err.Error(), x.want) || strings.Contains(fmt.Sprint(err, run.Error), "canary") || strings.Contains(err.Error(), "@") {
			t.Errorf("%s: %v", x.sql, err)
		}
		if left := incomings(t, s.source, s.o.Target); len(left) > 0 {
			t.Errorf("it left %s", left)
		}
	}
}

const preserveRules = peopleRules + `
preserve:
  public.flags: staging has its own switches
  lab.runs: made by the testers alone
`

func TestPreservedTablesKeepTheOldStagingsRows(t *testing.T) {
	t.Parallel()
	s := newStory(t, preserveRules, people, shopFlags, "CREATE TABLE uses (flag int REFERENCES flags)")
	s.rewrite(t, strings.Replace(preserveRules, "  public.notes:\n", "  public.uses: {keep: [{why: a number, columns: [flag]}]}\n  public.notes:\n", 1))
	first := s.run(t)
	if _, any := found(first, "preserved-nothing", "public.flags"); !any || first.Outcome != report.Published {
		t.Fatalf("the first night: %s, %+v", first.Outcome, first.Findings)
	}
	staging := pgtest.With(t, s.source, nameOf(t, s.o.Target))
	if n := one(t, staging, "SELECT count(*)::text FROM flags"); n != "0" {
		t.Errorf("production's %s flags came", n)
	}
	pgtest.Exec(t, staging,
		"INSERT INTO flags (id, name, on_) VALUES (1, 'checkout', false), (2, 'search', false), (40, 'mine', true); SELECT setval('flags_id_seq', 77)",
		`CREATE SCHEMA lab; CREATE TABLE lab.runs (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, flag int REFERENCES public.flags, "odd "" name" text DEFAULT E'a\tb');
		 INSERT INTO lab.runs (flag) VALUES (40), (1); CREATE INDEX by_flag ON lab.runs (flag)`)
	pgtest.Exec(t, s.source, "ALTER TABLE flags ADD since date DEFAULT '2026-01-01'; INSERT INTO uses VALUES (1), (2)")
	second := s.run(t)
	if second.Outcome != report.Published {
		t.Fatalf("the second night: %s, %+v", second.Outcome, second.Findings)
	}
	for _, x := range []struct{ query, want string }{ // in this order: one of them writes
		{"SELECT string_agg(name || ' ' || on_ || ' ' || since, ',' ORDER BY id) FROM flags", "checkout false 2026-01-01,search false 2026-01-01,mine true 2026-01-01"},
		{"SELECT nextval('flags_id_seq')::text", "78"},
		{"SELECT string_agg(id || ' ' || flag || \"odd \"\" name\", ',' ORDER BY id) FROM lab.runs", "1 40a\tb,2 1a\tb"},
		{"SELECT count(*)::text FROM pg_constraint WHERE conrelid = 'lab.runs'::regclass", "2"},
		{"SELECT count(*)::text FROM pg_indexes WHERE indexname = 'by_flag'", "1"},
		{"INSERT INTO lab.runs (flag) VALUES (2) RETURNING id::text", "3"},
		{"SELECT count(*)::text FROM uses", "2"},
	} {
		if got := one(t, staging, x.query); got != x.want {
			t.Errorf("%s: %q, expected %q", x.query, got, x.want)
		}
	}

	// What is preserved is looked at as what is kept: staging's testers are no exception.
	pgtest.Exec(t, staging, "UPDATE flags SET name = 'ann.whitcombe@brambleposte.co.uk' WHERE id = 40")
	if run := s.run(t); run.Outcome != report.Withheld {
		t.Errorf("an address in a preserved table: %s", run.Outcome)
	}
	// Rows that production's keys no longer find end the run, and staging stays.
	pgtest.Exec(t, staging, "UPDATE flags SET name = 'mine' WHERE id = 40; DELETE FROM uses; DELETE FROM lab.runs WHERE flag = 2; DELETE FROM flags WHERE id = 2")
	if _, err := Refresh(t.Context(), s.o); report.SideOf(err) != report.Target {
		t.Errorf("a key that finds nothing: %v", err)
	}
	if n := one(t, staging, "SELECT count(*)::text FROM flags"); n != "2" {
		t.Errorf("staging has %s flags", n)
	}
}

func TestTheFirstRunTakesGrantsFromTheSourceForMappedRoles(t *testing.T) {
	t.Parallel()
	s := newStory(t, peopleRules, people)
	app, _ := pgtest.Role(t, s.source, "")
	other, _ := pgtest.Role(t, s.source, "")
	standin, _ := pgtest.Role(t, s.source, "")
	t.Cleanup(func() { pgtest.Drop(t, nameOf(t, s.o.Target)) })
	pgtest.Exec(t, s.source, fmt.Sprintf("GRANT SELECT, INSERT ON people TO %q; GRANT SELECT ON notes TO %q; GRANT UPDATE (body) ON notes TO %q", app, other, app))
	s.rewrite(t, peopleRules+fmt.Sprintf("roles: {%s: %s}\n", app, standin))
	if run := s.run(t); run.Outcome != report.Published {
		t.Fatalf("%+v", run.Findings)
	}
	staging := pgtest.With(t, s.source, nameOf(t, s.o.Target))
	for query, want := range map[string]string{
		fmt.Sprintf("SELECT has_table_privilege('%s', 'people', 'SELECT')::text", standin):         "true",
		fmt.Sprintf("SELECT has_table_privilege('%s', 'people', 'INSERT')::text", standin):         "true",
		fmt.Sprintf("SELECT has_table_privilege('%s', 'people', 'DELETE')::text", standin):         "false",
		fmt.Sprintf("SELECT has_column_privilege('%s', 'notes', 'body', 'UPDATE')::text", standin): "true",
		fmt.Sprintf("SELECT has_table_privilege('%s', 'people', 'SELECT')::text", app):             "false",
		fmt.Sprintf("SELECT has_table_privilege('%s', 'notes', 'SELECT')::text", other):            "false",
	} {
		if got := one(t, staging, query); got != want {
			t.Errorf("%s: %s", query, got)
		}
	}
	s.rewrite(t, peopleRules+fmt.Sprintf("roles: {%s: nobody_at_all}\n", app))
	if _, err := Refresh(t.Context(), s.o); report.SideOf(err) != report.Rules || !strings.Contains(err.Error(), "nobody_at_all") {
		t.Errorf("a stand-in that is not there: %v", err)
	}
}
