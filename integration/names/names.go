package names

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// awkward are names that somebody has given to something.
func awkward() []string {
	return []string{
		"order", "User", "with space", `qu"ote`, "apo'strophe", "per%cent", "%s", `back\slash`, "dot.dot", "Größe", "日本語", "emoji😀", "e\u0301",
		strings.Repeat("x", 63), strings.Repeat("ü", 31) + "x", "new\nline", "tab\there", "return\r", "$1", "semi;colon", "--comment", "/*", "{json}", "comma,",
		"(paren)", "[bracket]", "-dash", " leading", "trailing ", "*", "NULL", "a:b: c", "#hash", "@at", "!bang", "&amp;", "null", "true", "1", "|pipe", "<tag>",
	}
}

// ident quotes a name for SQL.
func ident(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// suffixed makes a second name of a name, within 63 bytes.
func suffixed(name, suffix string) string {
	for len(name)+len(suffix) > 63 {
		_, n := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-n]
	}
	return name + suffix
}

func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// scalar writes a string for YAML.
func scalar(s string) string {
	b, _ := json.Marshal(s) // a JSON string is a YAML scalar, and no string fails
	return string(b)
}

// named makes, for each name, a schema with an object of every kind that has the name.
func named() (ddl, rules string) {
	var d, r strings.Builder
	d.WriteString("CREATE SCHEMA shared;\n")
	for i, name := range awkward() {
		q := ident(name)
		x := func(suffix string) string { return q + "." + ident(suffixed(name, suffix)) }
		table := q + "." + q
		f := strings.NewReplacer(
			"{q}", q, "{table}", table, "{lit}", literal(name), "{type}", x("e"), "{seq}", x("s"), "{func}", x("f"), "{view}", x("v"), "{mat}", x("m"),
			"{dom}", x("d"), "{n}", fmt.Sprint(i), "{index}", ident(suffixed(name, "i")), "{key}", ident(suffixed(name, "k")), "{check}", ident(suffixed(name, "c")), "{seqlit}", literal(x("s")), "{stat}", x("t"),
		)
		d.WriteString(f.Replace(`
CREATE SCHEMA {q};
CREATE TYPE {type} AS ENUM ({lit}, 'other');
CREATE DOMAIN {dom} AS text CHECK (VALUE <> {lit} OR true);
CREATE SEQUENCE {seq} START {n}1 INCREMENT 3;
CREATE TABLE {table} ({q} text, id int CONSTRAINT {key} PRIMARY KEY DEFAULT nextval({seqlit}), state {type} DEFAULT {lit}, self int CONSTRAINT "a self" REFERENCES {table}, d {dom}, CONSTRAINT {check} CHECK ({q} <> {lit}));
CREATE INDEX {index} ON {table} (lower({q})) WHERE {q} <> {lit};
CREATE STATISTICS {stat} ON id, state FROM {table};
CREATE FUNCTION {func}({q} int) RETURNS int LANGUAGE sql IMMUTABLE AS $body$ SELECT {q} + 1 $body$;
CREATE FUNCTION {q}."a trigger"() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN RAISE EXCEPTION 'it fired: %', {lit}; END $body$;
CREATE VIEW {view} AS SELECT {q} AS a, {q} AS {q}, {func}(id) AS n FROM {table};
CREATE MATERIALIZED VIEW {mat} AS SELECT count(*) AS {q} FROM {view};
INSERT INTO {table} ({q}, self) VALUES ('zebra one', NULL), ('zebra two', NULL), (NULL, NULL);
UPDATE {table} SET self = (SELECT max(id) FROM {table});
CREATE TRIGGER {q} BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {q}."a trigger"();
CREATE POLICY {q} ON {table} USING ({q} <> {lit});
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
COMMENT ON TABLE {table} IS {lit};
COMMENT ON COLUMN {table}.{q} IS {lit};
CREATE TABLE shared.{q} ({q} int REFERENCES {table}, PRIMARY KEY ({q}));
INSERT INTO shared.{q} SELECT id FROM {table};
`))
		fmt.Fprintf(&r, "  %s: {columns: {%s: {mask: text}}, keep: [{why: a sample, columns: [id, state, d]}]}\n", scalar(table), scalar(name))
		fmt.Fprintf(&r, "  %s: {}\n", scalar("shared."+q))
	}
	return d.String(), r.String()
}
