package pipeline

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/pgtest"
	"github.com/understudy-db/understudy/pkg/report"
)

const circleRules = `version: 1
purpose: tables that refer to each other
tables:
  public.people:
    columns:
      email: {mask: email}
    keep: [{why: a test, columns: [id, team]}]
  public.teams:
    keep: [{why: a test, columns: [id, lead, name]}]
  public.parts:
    keep: [{why: a test, columns: [id, day]}]
`

// circle has foreign keys in a cycle, a trigger that would refuse every row, partitions, a
// sequence and a materialised view.
const circle = `
CREATE TABLE teams (id int PRIMARY KEY, lead int, name text);
CREATE TABLE people (id bigserial PRIMARY KEY, email text UNIQUE, team int NOT NULL REFERENCES teams);
INSERT INTO teams SELECT i, NULL, 'team ' || i FROM generate_series(1, 20) i;
INSERT INTO people (email, team) SELECT 'person' || i || '@brambleposte.co.uk', 1 + i % 20 FROM generate_series(1, 500) i;
UPDATE teams SET lead = id;
ALTER TABLE teams ADD CONSTRAINT teams_lead FOREIGN KEY (lead) REFERENCES people (id);
COMMENT ON CONSTRAINT teams_lead ON teams IS 'who leads';
CREATE TABLE parts (id int, day date) PARTITION BY RANGE (day);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE parts_2 PARTITION OF parts DEFAULT;
INSERT INTO parts SELECT i, date '2026-01-01' + i FROM generate_series(0, 60) i;
CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
CREATE TRIGGER refuse BEFORE INSERT OR TRUNCATE ON teams EXECUTE FUNCTION no();
CREATE MATERIALIZED VIEW sizes AS SELECT team, count(*) AS n FROM people GROUP BY 1;
ANALYZE`

// inPlace is a story whose staging was made by a first refresh and is loaded in place since.
func inPlace(t *testing.T) (s *story, staging string) {
	t.Helper()
	s = newStory(t, circleRules, circle)
	if run := s.run(t); run.Outcome != report.Published {
		t.Fatalf("the first run ended as %s", run.Outcome)
	}
	s.o.InPlace = true
	return s, pgtest.With(t, s.source, nameOf(t, s.o.Target))
}

// holds says what staging holds, its oid and the files of its tables excepted.
func holds(t *testing.T, staging string) string {
	t.Helper()
	return one(t, staging, `SELECT (SELECT md5(string_agg(p::text, '' ORDER BY id)) FROM people p) || (SELECT md5(string_agg(x::text, '' ORDER BY id)) FROM teams x)
		|| (SELECT md5(string_agg(x::text, '' ORDER BY id)) FROM parts x) || (SELECT md5(string_agg(x::text, '' ORDER BY team)) FROM sizes x)
		|| (SELECT string_agg(conrelid::regclass || conname || pg_get_constraintdef(oid) || convalidated || coalesce(obj_description(oid), ''), ' ' ORDER BY conrelid::regclass::text, conname) FROM pg_constraint WHERE conrelid <> 0)
		|| (SELECT string_agg(tgname || tgenabled::text, ' ' ORDER BY tgname) FROM pg_trigger WHERE NOT tgisinternal)
		|| (SELECT last_value FROM people_id_seq)`)
}

func TestAStagingThatIsLoadedInPlaceIsWhatARefreshMakes(t *testing.T) {
	t.Parallel()
	s, staging := inPlace(t)
	oid := one(t, staging, "SELECT oid::text FROM pg_database WHERE datname = current_database()")
	pgtest.Exec(t, s.source, "ALTER TABLE teams DISABLE TRIGGER refuse",
		"INSERT INTO people (email, team) SELECT 'later' || i || '@brambleposte.co.uk', 3 FROM generate_series(1, 100) i; DELETE FROM parts WHERE id > 40; UPDATE people SET team = 4 WHERE id < 50; ALTER TABLE teams ENABLE TRIGGER refuse")
	pgtest.Exec(t, staging, "UPDATE people SET team = 7; CREATE INDEX mine ON people (team)")

	run := s.run(t)
	if run.Outcome != report.Published {
		t.Fatalf("it ended as %s: %+v", run.Outcome, run.Error)
	}
	loaded := holds(t, staging)
	if _, ok := found(run, "in-place", run.Generation); !ok {
		t.Error("it does not say that it was done in place")
	}
	if now := one(t, staging, "SELECT oid::text FROM pg_database WHERE datname = current_database()"); now != oid {
		t.Error("it is another database")
	}
	if n := one(t, staging, "SELECT count(*)::text FROM pg_class WHERE relname = 'mine'"); n != "1" {
		t.Error("an index of staging's own is gone")
	}
	if mark := one(t, staging, "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"); !strings.Contains(mark, run.ID) {
		t.Error("the mark is not this run's")
	}
	for _, row := range run.Tables {
		if row.Rows != row.SourceRows {
			t.Errorf("%s has %d rows of %d", row.Name, row.Rows, row.SourceRows)
		}
	}
	s.o.InPlace = false
	if run := s.run(t); run.Outcome != report.Published {
		t.Fatalf("the refresh after it ended as %s", run.Outcome)
	}
	if holds(t, staging) != loaded {
		t.Error("a refresh into a new database makes another staging")
	}
}

func TestALoadInPlaceThatEndsEarlyLeavesYesterdays(t *testing.T) {
	t.Parallel()
	s, staging := inPlace(t)
	yesterday := holds(t, staging)
	pgtest.Exec(t, s.source, "UPDATE people SET email = 'new-' || email; INSERT INTO people (email, team) SELECT 'later' || i || '@brambleposte.co.uk', 3 FROM generate_series(1, 100) i")
	o := s.o
	stops := []stopper{{copying: true}, {inspecting: true}}
	for n := 1; n <= len((&refresh{}).stepsInPlace()); n++ {
		stops = append(stops, stopper{step: n})
	}
	for _, stop := range stops {
		ctx, cancel := context.WithCancel(t.Context())
		stop.cancel = cancel
		o.Observer = &stop
		_, err := Refresh(ctx, o)
		cancel()
		if !stop.reached || !errors.Is(err, ErrInterrupted) {
			t.Errorf("step %d: %v", stop.step, err)
		}
		if holds(t, staging) != yesterday {
			t.Fatalf("step %d: staging is not what it was", stop.step)
		}
	}

	// its session is ended, which is what a kill does
	o.Observer = &while{func() {
		pgtest.Exec(t, staging, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'understudy/in-place' AND datname = current_database()")
	}}
	if _, err := Refresh(t.Context(), o); err == nil || report.SideOf(err) != report.Target {
		t.Errorf("its session was ended: %v", err)
	}
	if holds(t, staging) != yesterday {
		t.Error("its session was ended: staging is not what it was")
	}

	// a finding keeps it from being committed
	o.Observer, o.FailOn = nil, report.Info
	run, err := Refresh(t.Context(), o)
	if withheld := (*WithheldError)(nil); !errors.As(err, &withheld) || run.Outcome != report.Withheld || withheld.Incoming != "" {
		t.Errorf("with findings it ended as %s: %v", run.Outcome, err)
	}
	if holds(t, staging) != yesterday {
		t.Error("with findings: staging is not what it was")
	}
}

func TestALoadInPlaceRefusesWhatItCannotDo(t *testing.T) {
	t.Parallel()
	s, staging := inPlace(t)
	yesterday := holds(t, staging)
	refused := func(what, word string, side report.Side) {
		t.Helper()
		_, err := Refresh(t.Context(), s.o)
		if err == nil || report.SideOf(err) != side || !strings.Contains(err.Error(), word) || report.HintOf(err) == "" {
			t.Errorf("%s: %v", what, err)
		}
		if holds(t, staging) != yesterday {
			t.Errorf("%s: staging is not what it was", what)
		}
	}
	for _, c := range []struct{ do, undo, word string }{
		{"CREATE TABLE mine (id int REFERENCES teams)", "DROP TABLE mine", "public.mine is in staging alone"},
		{"ALTER TABLE teams ADD motto text", "ALTER TABLE teams DROP motto", "public.teams.motto is in staging alone"},
		{"ALTER TABLE parts DETACH PARTITION parts_2", "ALTER TABLE parts ATTACH PARTITION parts_2 DEFAULT", "public.parts_2 is another kind of table"},
		{"ALTER TABLE teams RENAME name TO called", "ALTER TABLE teams RENAME called TO name", "public.teams.name is missing"},
	} {
		pgtest.Exec(t, staging, c.do)
		_, err := Refresh(t.Context(), s.o)
		pgtest.Exec(t, staging, c.undo)
		if err == nil || report.SideOf(err) != report.Target || !strings.Contains(err.Error(), c.word) {
			t.Errorf("%s: %v", c.do, err)
		}
	}
	reader := pgtest.Conn(t, staging)
	if _, err := reader.Exec(t.Context(), "BEGIN; SELECT FROM people"); err != nil {
		t.Fatal(err)
	}
	s.o.LockTimeout = 1e8
	refused("a reader", "lock staging's tables", report.Target)
	if _, err := reader.Exec(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	s.o.LockTimeout = 0

	s.rewrite(t, strings.Replace(circleRules, "  public.parts:\n    keep: [{why: a test, columns: [id, day]}]\n", "preserve: {public.parts: a test}\n", 1))
	refused("preserve", "public.parts", report.Rules)
	s.rewrite(t, circleRules)

	pgtest.Exec(t, s.source, "COMMENT ON DATABASE "+catalog.Quote(nameOf(t, staging))+" IS NULL")
	refused("no mark", "objects that we did not write", report.Usage)
	s.o.Adopt = true
	if run := s.run(t); run.Outcome != report.Published {
		t.Errorf("adopted, it ended as %s", run.Outcome)
	}
	s.o.Target = pgtest.With(t, s.source, nameOf(t, staging)+"_none")
	if _, err := Refresh(t.Context(), s.o); err == nil || !strings.Contains(err.Error(), "no database to load in place") {
		t.Errorf("without a database: %v", err)
	}
}

// An owner who may make no database is what in-place is for.
func TestALoadInPlaceNeedsNoCreatedb(t *testing.T) {
	t.Parallel()
	s, staging := inPlace(t)
	role, dsn := pgtest.Role(t, staging, "NOCREATEDB")
	name := catalog.Quote(nameOf(t, staging))
	t.Cleanup(func() { pgtest.Exec(t, staging, "ALTER DATABASE "+name+" OWNER TO CURRENT_USER") }) // before the role is dropped
	pgtest.Exec(t, staging, "ALTER DATABASE "+name+" OWNER TO "+role,
		"DO $$ DECLARE r record; BEGIN FOR r IN SELECT oid::regclass AS c, relkind FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'm') LOOP EXECUTE format('ALTER TABLE %s OWNER TO "+role+"', r.c); END LOOP; END $$; ALTER FUNCTION no() OWNER TO "+role)
	s.o.Target = dsn
	if run := s.run(t); run.Outcome != report.Published {
		t.Errorf("it ended as %s", run.Outcome)
	}
}
