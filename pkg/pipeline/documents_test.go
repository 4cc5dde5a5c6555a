package pipeline

import (
	"fmt"
	"testing"

	"github.com/understudy-db/understudy/pkg/pgtest"
	"github.com/understudy-db/understudy/pkg/report"
)

// The keys of an hstore are places like those of any document, in either format of COPY, in
// arrays and domains, and the type lies where its extension was put; HTML is text.
func TestPairsAndPagesAreDocuments(t *testing.T) {
	t.Parallel()
	const columns = `
    columns:
      email: {domain: person.email}
      pairs: {mask: hstore, paths: {$.email: {domain: person.email}, $.note: {mask: text}, $.plan: {keep: a test}, "$['a b']": null}, rest: {scan: a test}}
      list: {mask: hstore, paths: {$.email: {domain: person.email}}, rest: {keep: a test}}
      page: {mask: html, paths: {//td: {domain: person.email}, "//p/@data-mail": {domain: person.email}}, rest: {scan: a test}}
`
	s := newStory(t, `version: 1
domains: {person.email: {mask: email}}
tables:
  public.sent:`+columns+`    keep: [{why: a number, columns: [id]}]
  public.printed:`+columns+`    keep: [{why: a number, columns: [id, kind]}]
`, `CREATE SCHEMA ext; CREATE EXTENSION hstore SCHEMA ext; CREATE DOMAIN pairs_of AS ext.hstore CHECK (VALUE IS NULL OR ext.exist(VALUE, 'email'));
		CREATE TABLE sent (id int PRIMARY KEY, email text, pairs pairs_of, list ext.hstore[], page text);
		INSERT INTO sent SELECT i, m, ext.hstore(ARRAY['email', m, 'note', 'called "twice", \ hung up', 'plan', 'plan "b"', 'a b', 'x', 'none', NULL, 'by', 'agent' || i || '@brambleposte.co.uk']),
			ARRAY[ext.hstore('email', m), NULL, ext.hstore(ARRAY['other', 'y', 'email', m])],
			'<p class=a data-mail=' || m || '>Caf&eacute; &amp; co<br><table><tr><td>' || m || '<td> ' || m || ' </table><!-- agent' || i || '@brambleposte.co.uk -->'
			FROM generate_series(1, 200) i, LATERAL (SELECT 'person' || i || '@brambleposte.co.uk' AS m) m;
		INSERT INTO sent VALUES (1000, NULL, NULL, NULL, NULL), (1001, '', 'email=>NULL', '{}', '');
		CREATE TABLE printed (LIKE sent INCLUDING ALL, kind regclass);
		INSERT INTO printed SELECT *, 'pg_class' FROM sent`)
	if run := s.run(t); run.Outcome != report.Published {
		t.Fatalf("ended as %s: %+v", run.Outcome, run.Findings)
	}
	pgtest.Exec(t, pgtest.With(t, s.source, nameOf(t, s.o.Target)), "ALTER DATABASE "+nameOf(t, s.o.Target)+" SET search_path = public, ext")
	conn := pgtest.Conn(t, pgtest.With(t, s.source, nameOf(t, s.o.Target)))
	for _, table := range []string{"sent", "printed"} {
		var rows, joined, kept, lists, pages, originals, bare int
		err := conn.QueryRow(t.Context(), fmt.Sprintf(`SELECT count(*), count(*) FILTER (WHERE pairs -> 'email' = email),
			count(*) FILTER (WHERE pairs -> 'plan' = 'plan "b"' AND pairs -> 'note' <> 'called "twice", \ hung up' AND pairs -> 'note' LIKE '%% "%%", \\ %% %%' AND pairs ? 'a b' AND pairs -> 'a b' IS NULL AND pairs ? 'none'),
			count(*) FILTER (WHERE list = ARRAY[hstore('email', email), NULL, hstore(ARRAY['other', 'y', 'email', email])]),
			count(*) FILTER (WHERE page LIKE '<p class=a data-mail="' || email || '">Caf&eacute; &amp; co<br><table><tr><td>' || email || '<td> ' || email || ' </table><!-- %%@example.%% -->'),
			count(*) FILTER (WHERE sent::text LIKE '%%brambleposte%%') FROM %s AS sent WHERE id < 1000`, table)).Scan(&rows, &joined, &kept, &lists, &pages, &originals)
		if err != nil || rows != 200 || joined != rows || kept != rows || lists != rows || pages != rows || originals != 0 {
			t.Errorf("%s: of %d rows %d join, %d keep, %d lists, %d pages, %d originals: %v", table, rows, joined, kept, lists, pages, originals, err)
		}
		err = conn.QueryRow(t.Context(), "SELECT count(*) FROM "+table+" WHERE id = 1000 AND pairs IS NULL AND list IS NULL AND page IS NULL OR id = 1001 AND pairs::text = '\"email\"=>NULL' AND list = '{}' AND page = ''").Scan(&bare)
		if err != nil || bare != 2 {
			t.Errorf("%s: %d rows of NULL and nothing: %v", table, bare, err)
		}
	}
}
