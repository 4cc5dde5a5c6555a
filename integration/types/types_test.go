package types

import (
	"fmt"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/integration/stage"
)

// way is one of the four ways that bytes take through the tool.
type way struct {
	schema string
	masked bool // a column beside the sample is rewritten, so that every row is decoded
	text   bool // a column beside it has no binary form that could travel
}

var ways = []way{{"raw_binary", false, false}, {"raw_text", false, true}, {"rewritten_binary", true, false}, {"rewritten_text", true, true}}

// TestTypes copies every sample in every way and compares both sides as text.
func TestTypes(t *testing.T) {
	t.Parallel()
	s := stage.New(t, "production:15", "staging:17")
	production, staging := s.Server("production"), s.Server("staging")
	production.Database(t, "types")

	var ddl, rules strings.Builder
	ddl.WriteString(declarations)
	rules.WriteString("version: 1\ntables:\n  '\"own types\".\"a table\"': {keep: [{why: no row, columns: [id]}]}\n")
	for _, w := range ways {
		fmt.Fprintf(&ddl, "CREATE SCHEMA %s;\n", w.schema)
		for _, x := range samples() {
			columns, kept := "id int, v "+x.sql, "id, v"
			if x.array {
				columns, kept = columns+", a "+arrayOf(x.sql), kept+", a"
			}
			if w.text {
				columns, kept = columns+", r regclass", kept+", r"
			}
			mask := ""
			if w.masked {
				columns += ", note text DEFAULT 'some words'"
				mask = "columns: {note: {mask: text}}, "
			}
			table := w.schema + "." + x.name
			fmt.Fprintf(&ddl, "CREATE TABLE %s (%s);\n", table, columns)
			fmt.Fprintf(&rules, "  %s: {%skeep: [{why: a sample, columns: [%s]}]}\n", table, mask, kept)
			for i, v := range append([]string{"NULL"}, x.values...) {
				fmt.Fprintf(&ddl, "INSERT INTO %s (id, v) VALUES (%d, %s);\n", table, i, v)
			}
			if x.array {
				fmt.Fprintf(&ddl, "INSERT INTO %s (id, a) SELECT 100, array_agg(v ORDER BY id) FROM %[1]s;\n", table)
				fmt.Fprintf(&ddl, "INSERT INTO %s (id, a) VALUES (101, '{}');\n", table)
			}
			if w.text {
				fmt.Fprintf(&ddl, "UPDATE %s SET r = 'pg_class' WHERE id = 1;\n", table)
			}
		}
	}
	production.Exec(t, "types", ddl.String())
	production.Exec(t, "types", forms)
	rules.WriteString(formsRules)
	rules.WriteString("accept:\n")
	for _, w := range ways {
		for _, c := range []string{"v", "a"} {
			fmt.Fprintf(&rules, "  - {code: placeholder, column: %s.date.%s, why: the first and the last day that there is}\n", w.schema, c)
		}
	}

	r := staging.Copy(t, 0, production, "types", "types", rules.String(), "--jobs", "2")
	for _, w := range ways {
		t.Run(w.schema, func(t *testing.T) {
			var parts []string
			for _, x := range samples() {
				columns := "id, v"
				if x.array {
					columns += ", a"
				}
				parts = append(parts, fmt.Sprintf("SELECT '%s' || ' row ' || id || ' ' || md5(ROW(%s)::text) FROM %s.%[1]s", x.name, columns, w.schema))
			}
			sql := strings.Join(parts, " UNION ALL ") + " ORDER BY 1"
			stage.Compare(t, w.schema, production.Query(t, "types", sql), staging.Query(t, "types", sql))
		})
	}
	stage.Compare(t, "row counts", production.Counts(t, "types"), staging.Counts(t, "types"))
	t.Run("formats", func(t *testing.T) {
		for _, line := range []string{"raw_text.int4", "rewritten_text.int4", "raw_binary.regclass", "raw_binary.composite_of_names", "raw_binary.aclitem", "raw_binary.seg", "raw_binary.tsquery"} {
			format(t, r.Out, line, "text")
		}
		for _, line := range []string{"raw_binary.nested", "raw_binary.enum", "rewritten_binary.hstore", "rewritten_binary.tsvector", "rewritten_binary.line"} {
			format(t, r.Out, line, "binary")
		}
	})
	t.Run("masked arrays and composites keep their form", func(t *testing.T) {
		for _, sql := range []string{
			"SELECT id, words IS NULL, array_dims(words), cardinality(words), (SELECT count(*) FROM unnest(words) w WHERE w IS NULL) FROM forms.masked ORDER BY id",
			"SELECT id, words = '{}', (SELECT array_agg(length(w)) FROM unnest(words) w) FROM forms.masked ORDER BY id",
			"SELECT id, person IS NULL, (person).a IS NULL, (person).b = '' FROM forms.masked ORDER BY id",
			"SELECT id, people IS NULL, array_dims(people) FROM forms.masked ORDER BY id",
			"SELECT id, short IS NULL, length(short), char_length(padded) FROM forms.masked ORDER BY id",
			"SELECT id, doc IS NULL, doc::text = 'null', jsonb_typeof(doc) FROM forms.masked WHERE id < 4 ORDER BY id",
			"SELECT id, born = 'infinity', extract(year FROM born) FROM forms.masked ORDER BY id",
			"SELECT count(*) FROM forms.masked WHERE born IS NULL",
		} {
			stage.Compare(t, sql, production.Query(t, "types", sql), staging.Query(t, "types", sql))
		}
		dump := staging.Dump(t, "types", "-t", "forms.masked")
		if strings.Contains(dump, "zebra") || strings.Contains(strings.ToLower(dump), "quagga") {
			t.Error("an original is in a dump of staging")
		}
	})
}

// arrayOf is the array type of a type that may carry a modifier.
func arrayOf(sql string) string { return sql + "[]" }

// format finds a table's line in the closing table.
func format(t *testing.T, out, table, want string) {
	t.Helper()
	for _, line := range strings.Split(out, "\n") {
		if f := strings.Fields(line); len(f) > 0 && f[0] == table {
			if !strings.Contains(line, " "+want) {
				t.Errorf("%s did not travel in %s: %s", table, want, line)
			}
			return
		}
	}
	t.Errorf("no line about %s", table)
}

const forms = `
CREATE SCHEMA forms;
CREATE TYPE forms.person AS (a text, b text);
CREATE DOMAIN forms.short AS varchar(8);
CREATE TABLE forms.masked (id int, words text[], person forms.person, people forms.person[], short forms.short, padded char(12), doc jsonb, born date, loud citext);
INSERT INTO forms.masked VALUES
  (1, '{zebra,quagga}', ROW('zebra', 'quagga'), ARRAY[ROW('zebra', 'x'), ROW('quagga', NULL)]::forms.person[], 'zebra', 'zebra', '{"a": "zebra", "b": ["quagga", 1, null]}', '1984-02-29', 'Zebra'),
  (2, '{{zebra,NULL},{"","quagga"}}', ROW(NULL, ''), '{}', '', '', 'null', 'infinity', ''),
  (3, '[5:6]={zebra,"two zebras"}', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (4, '{}', ROW('', NULL), ARRAY[NULL]::forms.person[], 'zebras', 'quagga', '"zebra"', '0044-03-15 BC', 'QUAGGA');
`

const formsRules = `
  forms.masked:
    columns:
      words: {mask: text}
      person: {mask: text}
      people: {mask: text}
      short: {mask: text}
      padded: {mask: text}
      doc: {mask: json, rest: "null"}
      born: {mask: date, to: same-year}
      loud: {mask: text}
    keep: [{why: a number, columns: [id]}]
`
