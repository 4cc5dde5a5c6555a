package stage

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Connect opens a connection from the test.
func (s *Server) Connect(t testing.TB, database string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.Outside(database))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	return conn
}

// Exec runs statements, several in one string too, and closes its connection: an open
// one would keep a staging database from being swapped.
func (s *Server) Exec(t testing.TB, database, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.Outside(database))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.PgConn().Exec(t.Context(), sql).ReadAll(); err != nil {
		t.Fatalf("%s: %v", first(sql), err)
	}
}

func first(s string) string {
	if len(s) > 120 {
		return s[:120] + "…"
	}
	return s
}

// Query returns the rows as text, columns joined by "|", NULL as "∅".
func (s *Server) Query(t testing.TB, database, sql string) []string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.Outside(database))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	results, err := conn.PgConn().Exec(t.Context(), sql).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", first(sql), err)
	}
	var out []string
	for _, r := range results {
		for _, row := range r.Rows {
			cells := make([]string, len(row))
			for i, c := range row {
				if cells[i] = string(c); c == nil {
					cells[i] = "∅"
				}
			}
			out = append(out, strings.Join(cells, "|"))
		}
	}
	return out
}

// One returns the only row of a query.
func (s *Server) One(t testing.TB, database, sql string) string {
	t.Helper()
	rows := s.Query(t, database, sql)
	if len(rows) != 1 {
		t.Fatalf("%s: %d rows, expected one", first(sql), len(rows))
	}
	return rows[0]
}

// Databases lists the server's databases but for those that every server has.
func (s *Server) Databases(t testing.TB) []string {
	t.Helper()
	return s.Query(t, "postgres", "SELECT datname FROM pg_database WHERE datname NOT IN ('postgres', 'template0', 'template1') ORDER BY 1")
}

// Load calls fill with a connection to the database.
func (s *Server) Load(t testing.TB, database string, fill func(context.Context, *pgconn.PgConn) error) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.Outside(database))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if err := fill(t.Context(), conn.PgConn()); err != nil {
		t.Fatal(err)
	}
}

// ordinary are the schemas that are not PostgreSQL's own.
const ordinary = `n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\_toast%' AND n.nspname NOT LIKE 'pg\_temp%'`

// relation is a relation's name, as people and as SQL write it.
type relation struct{ plain, quoted string }

// tables lists the relations of the kinds.
func (s *Server) tables(t testing.TB, database, kinds string) []relation {
	t.Helper()
	var out []relation
	for _, schema := range s.Query(t, database, "SELECT nspname FROM pg_namespace n WHERE "+ordinary+" ORDER BY 1") {
		for _, name := range s.Query(t, database, `SELECT relname FROM pg_class WHERE relkind IN (`+kinds+`) AND relispopulated AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = `+literal(schema)+`) ORDER BY 1`) {
			out = append(out, relation{schema + "." + name, pgx.Identifier{schema, name}.Sanitize()})
		}
	}
	return out
}

// Counts says how many rows every table, partition and materialised view has itself, as
// "schema.table rows".
func (s *Server) Counts(t testing.TB, database string) []string {
	t.Helper()
	return s.ofEach(t, database, s.tables(t, database, "'r', 'm'"), "count(*)")
}

// Digests says what every table and partition holds itself, as "schema.table rows md5". The
// order of rows does not count, the order of columns does.
func (s *Server) Digests(t testing.TB, database string) []string {
	t.Helper()
	return s.ofEach(t, database, s.tables(t, database, "'r', 'm'"), `count(*) || ' ' || coalesce(md5(string_agg(md5(x::text), '' ORDER BY md5(x::text))), '')`)
}

func (s *Server) ofEach(t testing.TB, database string, relations []relation, what string) []string {
	t.Helper()
	var out []string
	const atOnce = 50 // each is a lock and a plan
	for part := range slices.Chunk(relations, atOnce) {
		var parts []string
		for i, r := range part {
			parts = append(parts, fmt.Sprintf("SELECT %d AS i, %s || ' ' || %s FROM ONLY %s x", i, literal(r.plain), what, r.quoted))
		}
		for _, row := range s.Query(t, database, strings.Join(parts, "\nUNION ALL\n")+"\nORDER BY 1") {
			_, line, _ := strings.Cut(row, "|")
			out = append(out, line)
		}
	}
	return out
}

func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// Dangling lists the foreign keys that are not validated or have rows without a parent.
// A server believes a validated key, so the rows are joined here. What a key on a
// partitioned table makes for each partition is that key's part, and left out.
func (s *Server) Dangling(t testing.TB, database string) []string {
	t.Helper()
	out := s.Query(t, database, `SELECT c.conrelid::regclass || ' ' || c.conname || ': not validated' FROM pg_constraint c
		WHERE contype = 'f' AND NOT convalidated`)
	queries := s.Query(t, database, `SELECT format('SELECT %L || count(*) FROM %s a LEFT JOIN %s b ON %s WHERE %s AND b.%I IS NULL HAVING count(*) > 0',
			c.conrelid::regclass || ' ' || c.conname || ': ', c.conrelid::regclass, c.confrelid::regclass,
			string_agg(format('a.%I = b.%I', x.attname, y.attname), ' AND '),
			string_agg(format('a.%I IS NOT NULL', x.attname), ' AND '), min(y.attname))
		FROM pg_constraint c, unnest(c.conkey, c.confkey) AS k (a, b)
		JOIN pg_attribute x ON true JOIN pg_attribute y ON true
		WHERE c.contype = 'f' AND c.conparentid = 0 AND x.attrelid = c.conrelid AND x.attnum = k.a AND y.attrelid = c.confrelid AND y.attnum = k.b
		GROUP BY c.oid, c.conrelid, c.confrelid, c.conname`)
	for _, q := range queries {
		out = append(out, s.Query(t, database, q)...)
	}
	return out
}

// ForeignKeys counts the foreign keys.
func (s *Server) ForeignKeys(t testing.TB, database string) int {
	t.Helper()
	var n int
	if _, err := fmt.Sscan(s.One(t, database, "SELECT count(*) FROM pg_constraint WHERE contype = 'f'"), &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// Objects lists what the schema is made of: relations, columns, indexes, constraints,
// sequences with their positions, views, triggers, policies, functions, types,
// comments, rules, statistics, casts, extensions. With definitions, the lines hold
// what two servers of different versions may word differently.
func (s *Server) Objects(t testing.TB, database string, definitions bool) []string {
	t.Helper()
	def := func(sql string) string {
		if definitions {
			return "|| ' ' || " + sql
		}
		return ""
	}
	notOfExtension := func(class, oid string) string {
		return ` AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = '` + class + `'::regclass AND d.objid = ` + oid + ` AND d.deptype = 'e')`
	}
	return s.Query(t, database, strings.Join([]string{
		`SELECT 'schema ' || nspname FROM pg_namespace n WHERE ` + ordinary,
		`SELECT 'relation ' || c.oid::regclass || ' ' || relkind::text || relpersistence::text || ' ' || relispopulated || relrowsecurity || relforcerowsecurity || ' ' || coalesce(pg_get_expr(relpartbound, c.oid), '')
			|| ' ' || coalesce(pg_get_partkeydef(c.oid), '') || ' ' || coalesce(reloptions::text, '') FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind <> 't' AND ` + ordinary,
		`SELECT 'column ' || c.oid::regclass || '.' || quote_ident(attname) || ' ' || format_type(atttypid, atttypmod) || ' ' || attnotnull || attidentity::text || attgenerated::text
			|| ' ' || coalesce(collname, '') || ' ' || coalesce(pg_get_expr(adbin, adrelid), '')
			FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid JOIN pg_namespace n ON n.oid = relnamespace
			LEFT JOIN pg_attrdef d ON adrelid = attrelid AND adnum = attnum LEFT JOIN pg_collation l ON l.oid = attcollation
			WHERE attnum > 0 AND NOT attisdropped AND relkind IN ('r', 'p', 'v', 'm', 'c', 'f') AND ` + ordinary,
		`SELECT 'inherits ' || inhrelid::regclass || ' ' || inhparent::regclass || ' ' || inhseqno FROM pg_inherits`,
		`SELECT 'index ' || i.indexrelid::regclass || ' ' || indisvalid || indisreplident || indisclustered ` + def("pg_get_indexdef(indexrelid)") + ` FROM pg_index i JOIN pg_class c ON c.oid = indexrelid JOIN pg_namespace n ON n.oid = relnamespace WHERE ` + ordinary,
		`SELECT 'constraint ' || conrelid::regclass || ' ' || contypid::regtype || ' ' || quote_ident(conname) || ' ' || contype::text || convalidated || condeferrable || condeferred ` + def("pg_get_constraintdef(c.oid)") + ` FROM pg_constraint c JOIN pg_namespace n ON n.oid = connamespace WHERE ` + ordinary,
		`SELECT 'sequence ' || format('%I.%I', schemaname, sequencename) || ' ' || start_value || ' ' || increment_by || ' ' || cycle || ' ' || cache_size || ' ' || data_type::text || ' ' || min_value || ' ' || max_value || ' ' || coalesce(last_value::text, 'fresh') FROM pg_sequences`,
		`SELECT 'view ' || c.oid::regclass ` + def("pg_get_viewdef(c.oid)") + ` FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind IN ('v', 'm') AND ` + ordinary,
		`SELECT 'trigger ' || pg_get_triggerdef(oid) || ' ' || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal`,
		`SELECT 'policy ' || polrelid::regclass || ' ' || quote_ident(polname) || ' ' || polcmd::text || polpermissive || ' ' || polroles::regrole[]::text || ' ' || coalesce(pg_get_expr(polqual, polrelid), '') || ' ' || coalesce(pg_get_expr(polwithcheck, polrelid), '') FROM pg_policy`,
		`SELECT 'function ' || p.oid::regprocedure || ' ' || prokind::text || provolatile::text ` + def("CASE WHEN prokind = 'a' THEN '' ELSE pg_get_functiondef(p.oid) END") + ` FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace WHERE ` + ordinary + notOfExtension("pg_proc", "p.oid"),
		`SELECT 'type ' || t.oid::regtype || ' ' || typtype::text || typnotnull || ' ' || coalesce(typdefault, '') || ' ' || coalesce((SELECT string_agg(enumlabel, ',' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid), '') FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace WHERE ` + ordinary + notOfExtension("pg_type", "t.oid"),
		`SELECT 'comment ' || pg_describe_object(d.classoid, d.objoid, d.objsubid) || ' ' || description FROM pg_description d WHERE d.objoid >= 16384 AND d.classoid NOT IN ('pg_extension'::regclass)
			AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = d.classoid AND e.objid = d.objoid AND e.deptype = 'e')`,
		`SELECT 'rule ' || r.rulename || ' ' || ev_class::regclass ` + def("pg_get_ruledef(r.oid)") + ` FROM pg_rewrite r JOIN pg_class c ON c.oid = ev_class JOIN pg_namespace n ON n.oid = relnamespace WHERE rulename <> '_RETURN' AND ` + ordinary,
		`SELECT 'statistics ' || pg_get_statisticsobjdef(s.oid) FROM pg_statistic_ext s`,
		`SELECT 'extension ' || extname || ' ' || extnamespace::regnamespace FROM pg_extension`,
	}, "\nUNION ALL\n")+"\nORDER BY 1")
}

// Compare fails the test with the lines that only one side has.
func Compare(t testing.TB, what string, want, got []string) {
	t.Helper()
	count := map[string]int{}
	for _, l := range want {
		count[l]++
	}
	for _, l := range got {
		count[l]--
	}
	var missing, extra []string
	for _, l := range want {
		if count[l] > 0 {
			missing, count[l] = append(missing, l), 0
		}
	}
	for _, l := range got {
		if count[l] < 0 {
			extra, count[l] = append(extra, l), 0
		}
	}
	if len(missing)+len(extra) > 0 {
		t.Errorf("%s differ\nonly the first has:\n  %s\nonly the second has:\n  %s", what, strings.Join(missing, "\n  "), strings.Join(extra, "\n  "))
	}
}

// Succeeds reports whether a statement is taken; it is undone in any case.
func (s *Server) Succeeds(t testing.TB, database, sql string) bool {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.Outside(database))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), "BEGIN"); err != nil {
		t.Fatal(err)
	}
	_, err = conn.Exec(t.Context(), sql)
	return err == nil
}
