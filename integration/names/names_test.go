package names

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/integration/stage"
)

// TestNames refreshes one database that has everything, and one with large objects.
func TestNames(t *testing.T) {
	t.Parallel()
	s := stage.New(t, "production:15", "staging:15")
	production, staging := s.Server("production"), s.Server("staging")
	for _, server := range []*stage.Server{production, staging} {
		dir := fmt.Sprintf("/usr/share/postgresql/%d/extension/", server.Major)
		server.Put(t, dir+"gadget.control", gadgetControl, 0o644)
		server.Put(t, dir+"gadget--1.0.sql", gadgetScript, 0o644)
	}
	ddl, rules := named()
	production.Database(t, "names")
	production.Exec(t, "names", ddl)
	production.Exec(t, "names", structures)
	staging.Exec(t, "postgres", "CREATE ROLE clerk")

	r := staging.Copy(t, 0, production, "names", "names", "version: 1\ntables:\n"+rules+structuresRules)
	stage.Compare(t, "objects", production.Objects(t, "names", true), staging.Objects(t, "names", true))
	for _, d := range staging.Dangling(t, "names") {
		t.Errorf("staging: %s", d)
	}
	counts := func(s *stage.Server) []string {
		return slices.DeleteFunc(s.Counts(t, "names"), func(l string) bool {
			// these rows are spread anew; the extension's user rows are not copied
			return strings.HasPrefix(l, "tree.by_name_") || strings.HasPrefix(l, "tree.by_enum_") || strings.HasPrefix(l, "public.gadget_settings")
		})
	}
	stage.Compare(t, "row counts", counts(production), counts(staging))
	t.Run("rows", func(t *testing.T) {
		for _, sql := range []string{
			"SELECT count(*), sum(n) FROM tree.by_name", "SELECT region, count(*) FROM tree.by_enum GROUP BY 1 ORDER BY 1",
			"SELECT tableoid::regclass, md5(string_agg(ROW(id, at, region, n)::text, '' ORDER BY id)) FROM tree.events GROUP BY 1 ORDER BY 1::text",
			"SELECT id, b, up FROM other.a ORDER BY 1", "SELECT * FROM hall.b ORDER BY 1", "SELECT * FROM hall.bookings ORDER BY 1, 2",
			"SELECT always, by_default, total, last, late, upper(name) = upper_name FROM hall.columns ORDER BY 1",
			"SELECT tableoid::regclass, id, legs FROM tree.animal ORDER BY 2", "SELECT purr FROM tree.cat",
			"SELECT * FROM hall.m3 ORDER BY 1", `SELECT * FROM hall."A last"`, "SELECT count(*) FROM hall.chain", "SELECT gadget_count()",
			"SELECT count(*), count(boss), count(DISTINCT boss) FROM other.people", "SELECT count(*) FROM hall.logins JOIN other.people USING (email, boss)",
			"SELECT count(*) FROM hall.only_generated WHERE a = 7",
		} {
			stage.Compare(t, sql, production.Query(t, "names", sql), staging.Query(t, "names", sql))
		}
		var parts []string
		for _, name := range awkward() {
			parts = append(parts, fmt.Sprintf("SELECT %s, id, state::text, self, %[2]s IS NULL FROM %[2]s.%[2]s", literal(name), ident(name)))
		}
		sql := strings.Join(parts, " UNION ALL ")
		stage.Compare(t, "rows", production.Query(t, "names", sql), staging.Query(t, "names", sql))
		dump := staging.Dump(t, "names", "--data-only")
		if n := strings.Count(dump, "zebra") + strings.Count(dump, "quagga"); n > 0 {
			t.Errorf("originals are in a dump of staging %d times", n)
		}
	})
	t.Run("triggers, sequences and keys work again", func(t *testing.T) {
		staging.Exec(t, "names", "INSERT INTO hall.no_rows VALUES (1, 'x'); INSERT INTO hall.columns (name) VALUES ('x'); INSERT INTO hall.b VALUES (101, NULL)")
		for _, sql := range []string{"INSERT INTO hall.acts VALUES (1, 'x')", "INSERT INTO hall.no_key VALUES (1, 'x')", "INSERT INTO hall.b VALUES (1000, 1000)", `INSERT INTO "User"."User" DEFAULT VALUES`} {
			if staging.Succeeds(t, "names", sql) {
				t.Errorf("it was taken: %s", sql)
			}
		}
	})
	t.Run("what had to change is said", func(t *testing.T) {
		for _, words := range []string{"through the root: its partition key name is masked", "through the root: hash partitions of", "gadget_settings"} {
			if !strings.Contains(r.File(t, "report/*/run.json"), words) {
				t.Errorf("the record does not say %q", words)
			}
		}
	})
	t.Run("large objects", func(t *testing.T) {
		production.Database(t, "large")
		production.Exec(t, "large", "CREATE TABLE files (id int PRIMARY KEY, content oid); INSERT INTO files VALUES (1, lo_from_bytea(0, 'zebra'))")
		const files = "version: 1\ntables:\n  public.files: {keep: [{why: numbers, columns: [id, content]}]}\n"
		staging.Copy(t, 3, production, "large", "large", files).Must(t, 3, "large_objects: {skip:")
		if slices.Contains(staging.Databases(t), "large") {
			t.Error("staging was made all the same")
		}
		staging.Copy(t, 0, production, "large", "large", files+"large_objects: {skip: scanned letters}\n")
		if n := staging.One(t, "large", "SELECT count(*) FROM pg_largeobject_metadata"); n != "0" {
			t.Errorf("staging has %s large objects", n)
		}
		stage.Compare(t, "rows", production.Digests(t, "large"), staging.Digests(t, "large"))
	})
}
