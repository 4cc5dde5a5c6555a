package pipeline

import (
	"testing"

	"github.com/understudy-db/understudy/pkg/pgtest"
	"github.com/understudy-db/understudy/pkg/report"
)

// What a note says of a person, who is one, two or three keys away, becomes what the
// person's own row has from now on: also in a document, in a column whose masker needs
// another column of that row, and over a key of a type of its own.
func TestTextsAreScrubbedOfTheirSubjectsValues(t *testing.T) {
	t.Parallel()
	s := newStory(t, `version: 1
domains: {person.email: {mask: email}}
tables:
  public.accounts:
    subject: id
    columns: {login: {mask: username, from: subject}}
    keep: [{why: a number, columns: [id]}]
  public.customers:
    subject: account_id
    columns:
      code: {mask: token}
      first_name: {mask: first_name, from: subject}
      last_name: {mask: last_name, from: subject}
      email: {domain: person.email}
      phone: {mask: phone, region: {column: country}}
      nickname: {mask: first_name, when: "country == 'GB'", else: {keep: a test}}
    keep: [{why: test, columns: [country]}]
  public.tickets:
    subject: customer
    columns: {caller: {mask: full_name}}
    keep: [{why: a number, columns: [id]}]
  public.notes:
    subject: ticket_id
    columns:
      author: {mask: full_name}
      body: {mask: text, how: {scrub: support needs the gist}}
      extra: {mask: json, paths: {$.said: {mask: text, how: {scrub: the gist}}, $.who: {mask: first_name, from: subject}}, rest: {keep: a test}}
    keep: [{why: a number, columns: [id]}]
`, `CREATE EXTENSION citext;
		CREATE TABLE accounts (id int PRIMARY KEY, login text);
		CREATE TABLE customers (code citext PRIMARY KEY, account_id int REFERENCES accounts, first_name text, last_name text, email text, phone text, country text, nickname text);
		CREATE TABLE tickets (id int PRIMARY KEY, customer citext REFERENCES customers, caller text);
		CREATE TABLE notes (id int PRIMARY KEY, ticket_id int REFERENCES tickets, author text, body text, extra jsonb);
		INSERT INTO accounts SELECT i, 'smithy' || chr(97 + i / 26) || chr(97 + i % 26) FROM generate_series(1, 300) i;
		INSERT INTO customers SELECT 'Code-' || i, i, 'John', 'Smith' || chr(97 + i / 26) || chr(97 + i % 26), 'john' || i || '@firma.de', '020 7' || (900000 + i), 'GB', NULL FROM generate_series(1, 300) i;
		INSERT INTO tickets SELECT i, CASE WHEN i % 10 > 0 THEN 'CODE-' || i END, 'Mia Berg' FROM generate_series(1, 300) i;
		INSERT INTO notes SELECT i, CASE WHEN i % 7 > 0 THEN i END, 'Zoe Quill',
			'Zoe Quill: ' || c.first_name || ' ' || upper(c.last_name) || ' (' || a.login || ', ' || c.email || ', ' || c.phone || ') asks for Mia Berg',
			jsonb_build_object('said', 'it was ' || c.last_name, 'who', 'John', 'x', i)
			FROM generate_series(1, 300) i JOIN customers c ON c.account_id = i JOIN accounts a ON a.id = i;
		INSERT INTO notes SELECT 1000 + i, i, NULL, NULL, NULL FROM generate_series(1, 20) i`)
	if run := s.run(t); run.Outcome != report.Published {
		t.Fatalf("ended as %s: %+v", run.Outcome, run.Findings)
	}
	conn := pgtest.Conn(t, pgtest.With(t, s.source, nameOf(t, s.o.Target)))
	var rows, said, documents, lost, named int
	err := conn.QueryRow(t.Context(), `SELECT count(*), count(*) FILTER (WHERE n.body = n.author || ': ' || c.first_name || ' ' || upper(c.last_name) || ' (' || a.login || ', ' || c.email || ', ' || c.phone || ') asks for ' || t.caller),
		count(*) FILTER (WHERE n.extra = jsonb_build_object('said', 'it was ' || c.last_name, 'who', c.first_name, 'x', n.id)),
		count(*) FILTER (WHERE c.last_name ~* '^smith..$' OR a.login ~ 'smithy'),
		count(DISTINCT c.last_name)
		FROM notes n JOIN tickets t ON t.id = n.ticket_id JOIN customers c ON c.code = t.customer JOIN accounts a ON a.id = c.account_id WHERE n.id < 1000`).
		Scan(&rows, &said, &documents, &lost, &named)
	if err != nil || rows != 232 || said != rows || documents != rows || lost != 0 || named < 100 {
		t.Errorf("of %d notes %d say what the person's row does, and %d documents; %d original names, %d others: %v", rows, said, documents, lost, named, err)
	}
	var without, nulls int
	if err := conn.QueryRow(t.Context(), `SELECT count(*) FILTER (WHERE id < 1000 AND ticket_id IS NULL AND body LIKE author || ': John %'), count(*) FILTER (WHERE body IS NULL AND extra IS NULL) FROM notes`).Scan(&without, &nulls); err != nil || without != 42 || nulls != 20 {
		t.Errorf("%d notes without a subject, %d without a text: %v", without, nulls, err)
	}
}
