package canary

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/integration/stage"
	"github.com/understudy-db/understudy/pkg/mask"
)

// kept is planted in a kept column: staging has it, and nothing else may.
const kept = "zqxkeptkjwzq"

// secret is the password of the role that reads production.
const secret = "pw-zqx-of-the-reader"

func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// database writes the table of all columns, and two whose rows are left out.
func database() (ddl, rules string, needles []string) {
	var d, r strings.Builder
	d.WriteString(`
CREATE EXTENSION citext; CREATE EXTENSION hstore;
CREATE TYPE pair AS (a text, b text); CREATE DOMAIN short AS varchar(20); CREATE TYPE textrange AS RANGE (subtype = text);
CREATE TABLE canary (id int PRIMARY KEY, kept text);
CREATE TABLE skipped (id int, note text); CREATE TABLE filtered (id int, note text);
CREATE TABLE by_name (name text, n int) PARTITION BY LIST (name); CREATE TABLE by_name_rest PARTITION OF by_name DEFAULT;
CREATE ROLE reader LOGIN PASSWORD ` + literal(secret) + `; GRANT pg_read_all_data TO reader;
`)
	r.WriteString("version: 1\nlocale: de_DE\ntables:\n  public.skipped: {skip: a test}\n  public.filtered: {where: id = 0, keep: [{why: a test, columns: [id, note]}]}\n" +
		"  public.by_name: {columns: {name: {mask: text}}, keep: [{why: a test, columns: [n]}]}\n  public.canary:\n    subject: id\n    keep: [{why: a test, columns: [id, kept]}]\n    columns:\n")
	fmt.Fprintf(&d, "INSERT INTO canary SELECT i, '%s' FROM generate_series(0, %d) i;\n", kept, rows-1)
	for c, x := range columns() {
		sql := x.sql
		if sql == "" {
			sql = "text"
		}
		fmt.Fprintf(&d, "ALTER TABLE canary ADD COLUMN %q %s;\n", x.name, sql)
		fmt.Fprintf(&r, "      %s: %s\n", x.name, x.rule)
		for row := range rows {
			value := x.value(c, row)
			fmt.Fprintf(&d, "UPDATE canary SET %q = %s WHERE id = %d;\n", x.name, literal(value), row)
			if x.needle == nil {
				needles = append(needles, value)
			} else {
				needles = append(needles, x.needle(c, row)...)
			}
		}
	}
	for row := range rows {
		for i, table := range []string{"skipped", "filtered"} {
			m := marker(200+i, row)
			fmt.Fprintf(&d, "INSERT INTO %s VALUES (%d, '%s');\n", table, row+1, m)
			needles = append(needles, m)
		}
		m := marker(210, row)
		fmt.Fprintf(&d, "INSERT INTO by_name VALUES ('%s', %d);\n", m, row)
		needles = append(needles, m)
	}
	return d.String(), r.String(), needles
}

// TestEveryMaskerHasAColumn keeps the table complete.
func TestEveryMaskerHasAColumn(t *testing.T) {
	t.Parallel()
	rules := ""
	for _, c := range columns() {
		rules += c.rule + "\n"
	}
	for _, info := range mask.All() {
		if !strings.Contains(rules, "mask: "+info.Name+"}") && !strings.Contains(rules, "mask: "+info.Name+",") && !strings.Contains(rules, "{"+info.Name+": {of: ") {
			t.Errorf("no column is masked by %s", info.Name)
		}
	}
}

// allPlanted checks that production has what is searched for.
func allPlanted(t *testing.T, dump string, needles []string) {
	t.Helper()
	there := map[int]bool{}
	for _, h := range search(dump, needles) {
		there[h.needle] = true
	}
	for i, n := range needles {
		if !there[i] {
			t.Errorf("needle %d is not in production: %s", i, n)
		}
	}
}

// TestCanary plays every ending of a run on the same rows.
func TestCanary(t *testing.T) {
	t.Parallel()
	s := stage.New(t, "production:15", "staging:17")
	production, staging := s.Server("production"), s.Server("staging")
	ddl, rules, needles := database()
	production.Database(t, "canary")
	production.Exec(t, "canary", ddl)
	source := strings.Replace(production.DSN("canary"), "postgres:"+stage.Password, "reader:"+secret, 1)
	allPlanted(t, production.Dump(t, "canary"), needles)

	run := func(t *testing.T, exit int, to, rules string, more ...string) stage.Result {
		t.Helper()
		args := append([]string{"copy", "--source", source, "--target", staging.DSN(to), "--rules", "{rules}", "--key-file", "{key}", "--report", "{report}", "--log-level", "debug", "--chunk-mb", "1", "--attempts", "3"}, more...)
		r := staging.Understudy(t, stage.Call{Rules: rules, Args: args})
		if r.Exit != exit {
			t.Errorf("it ended with %d, expected %d", r.Exit, exit)
		}
		// what it said, what it wrote down, and what it left lying around
		quiet(t, "messages", r.Out, append(slices.Clone(needles), kept))
		quiet(t, "record", r.Tree(t, "report"), append(slices.Clone(needles), kept))
		quiet(t, "temporary files", r.Tree(t, "tmp"), append(slices.Clone(needles), kept))
		if left := r.Left(t); len(left) > 0 {
			t.Errorf("temporary files were left: %s", left)
		}
		quiet(t, "target's log", staging.Log(t), append(slices.Clone(needles), kept))
		if t.Failed() {
			t.Log(r.Out)
		}
		return r
	}

	t.Run("a run that is published", func(t *testing.T) {
		r := run(t, 0, "good", rules)
		dump := staging.Dump(t, "good")
		quiet(t, "target", dump, needles)
		if !strings.Contains(dump, kept) {
			t.Error("the kept value is not in staging: nothing was searched")
		}
		if !strings.Contains(r.File(t, "report/*/run.json"), `"published"`) {
			t.Error("there is no record")
		}
		for _, c := range columns() { // a column that everywhere became NULL would hide anything
			sql := fmt.Sprintf("SELECT count(%q) FROM canary", c.name)
			want := fmt.Sprint(rows)
			if c.rule == "null" {
				want = "0"
			}
			if got := staging.One(t, "good", sql); got != want {
				t.Errorf("%s has %s values", c.name, got)
			}
		}
	})
	t.Run("a second night and its generation before", func(t *testing.T) {
		r := run(t, 0, "good", rules, "--jobs", "1", "--log-json", "--metrics-file", "{report}/metrics.prom") // which run searches with the record
		if metrics := r.File(t, "report/metrics.prom"); !strings.Contains(metrics, "understudy_") {
			t.Errorf("there are no metrics: %s", metrics)
		}
		for _, db := range staging.Databases(t) {
			if db != "good" { // generations are closed to connections: open it for the search
				staging.Exec(t, "postgres", fmt.Sprintf("ALTER DATABASE %q ALLOW_CONNECTIONS true", db))
			}
			quiet(t, "database "+db, staging.Dump(t, db), needles)
		}
	})
	t.Run("the process list while a run lasts", func(t *testing.T) {
		const sample = `"$@" & pid=$!; while kill -0 $pid 2>/dev/null; do cat /proc/[0-9]*/cmdline | tr '\0' ' '; done >"$PEAK" 2>/dev/null; wait $pid`
		r := staging.Watched(t, sample, stage.Call{
			Rules: rules, Env: []string{"UNDERSTUDY_SOURCE=" + source, "UNDERSTUDY_TARGET=" + staging.DSN("good"), "UNDERSTUDY_KEY=" + stage.Key},
			Args: []string{"copy", "--rules", "{rules}", "--report", "{report}"},
		})
		r.Must(t, 0)
		list := r.File(t, "peak")
		if !strings.Contains(list, "pg_dump ") || !strings.Contains(list, "understudy hold") {
			t.Error("neither pg_dump nor the holder was seen: nothing was searched")
		}
		quiet(t, "process list", list, append(slices.Clone(needles), kept))
	})
	t.Run("a run that is withheld because of findings", func(t *testing.T) {
		production.Exec(t, "canary", "CREATE TABLE leak (note text); INSERT INTO leak VALUES ('"+marker(220, 0)+"@firma.de')")
		r := run(t, 4, "withheld", rules+"  public.leak: {keep: [{why: a test, columns: [note]}]}\n")
		quiet(t, "messages", r.Out, []string{marker(220, 0)})
		quiet(t, "record", r.Tree(t, "report"), []string{marker(220, 0)})
		production.Exec(t, "canary", "DROP TABLE leak")
	})
	t.Run("a run that is refused", func(t *testing.T) {
		run(t, 3, "refused", strings.Replace(rules, "      note: {mask: text}\n", "", 1))
	})
	t.Run("a value that the rules refuse", func(t *testing.T) {
		run(t, 3, "refused", strings.Replace(rules, "rest: null}", "rest: refuse}", 1))
	})
	t.Run("a condition that fails on a value", func(t *testing.T) {
		run(t, 5, "failed", strings.Replace(rules, "where: id = 0", "where: \"note::int > 0\"", 1))
	})
	t.Run("a check that stand-ins break", func(t *testing.T) {
		production.Exec(t, "canary", "ALTER TABLE canary ADD CONSTRAINT of_the_house CHECK (email LIKE '%-post.de')")
		r := run(t, 6, "failed", rules)
		r.Must(t, 6, "23514", "of_the_house")
		production.Exec(t, "canary", "ALTER TABLE canary DROP CONSTRAINT of_the_house")
	})
	t.Run("a key over a generated column that stand-ins would break", func(t *testing.T) {
		production.Exec(t, "canary", "ALTER TABLE canary ADD COLUMN made text GENERATED ALWAYS AS (kept || choice) STORED CONSTRAINT twice UNIQUE")
		defer production.Exec(t, "canary", "ALTER TABLE canary DROP COLUMN made")
		run(t, 3, "refused", rules).Must(t, 3, "twice")
	})
	t.Run("an index whose expression fails on stand-ins, and says the value", func(t *testing.T) {
		production.Exec(t, "canary", `CREATE FUNCTION picky(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN IF $1 LIKE '%example%' THEN RAISE EXCEPTION 'not %', $1; END IF; RETURN $1; END $$;
			CREATE INDEX choosy ON canary (public.picky(email))`)
		defer production.Exec(t, "canary", "DROP FUNCTION picky CASCADE")
		run(t, 6, "failed", rules).Must(t, 6, "choosy")
	})
	t.Run("a target that breaks off in the middle", func(t *testing.T) {
		production.Exec(t, "canary", `
			CREATE FUNCTION bomb() RETURNS bool LANGUAGE sql VOLATILE AS $$ SELECT CASE WHEN current_database() LIKE '%incoming%' THEN pg_terminate_backend(pg_backend_pid()) ELSE true END $$;
			ALTER TABLE canary ADD CONSTRAINT boom CHECK (public.bomb())`)
		run(t, 6, "failed", rules)
		production.Exec(t, "canary", "ALTER TABLE canary DROP CONSTRAINT boom; DROP FUNCTION bomb")
	})
	t.Run("a source that breaks off in the middle", func(t *testing.T) {
		production.Exec(t, "canary", `CREATE FUNCTION bomb(int) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT CASE WHEN pg_terminate_backend(pg_backend_pid()) THEN 1 ELSE 0 END $$; GRANT pg_signal_backend TO reader`)
		run(t, 5, "failed", strings.Replace(rules, "where: id = 0", "where: \"public.bomb(id) = 2\"", 1))
		production.Exec(t, "canary", "DROP FUNCTION bomb(int)")
	})
	t.Run("nothing is left on the server", func(t *testing.T) {
		for _, db := range staging.Databases(t) {
			if strings.HasPrefix(db, "failed") || strings.HasPrefix(db, "refused") {
				t.Errorf("%s was left", db)
			}
		}
		quiet(t, "source's log", production.Log(t), nil)
	})
}

// quiet searches for the needles, the key and the passwords, in every form.
func quiet(t *testing.T, what, haystack string, needles []string) {
	t.Helper()
	for i, n := range needles {
		if len(n) < gram {
			t.Fatalf("needle %d is too short", i)
		}
	}
	for _, h := range search(haystack, needles) {
		t.Errorf("%s: needle %d occurs: …%q…", what, h.needle, h.around)
	}
	key, err := hex.DecodeString(stage.Key)
	if err != nil {
		t.Fatal(err)
	}
	if len(search(haystack, []string{stage.Key, string(key), secret, stage.Password})) > 0 {
		t.Errorf("%s: the key or a password occurs", what)
	}
}
