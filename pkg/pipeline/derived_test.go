package pipeline

import (
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/pgtest"
	"github.com/understudy-db/understudy/pkg/report"
)

func TestDerivedColumnsFollowTheStandIns(t *testing.T) {
	t.Parallel()
	s := newStory(t, `version: 1
domains: {person.email: {mask: email}}
tables:
  public.people:
    columns:
      email: {domain: person.email}
      email_hash: {hash: {of: email, with: sha256-lower}}
      email_index: {hash: {of: email, with: md5}}
      notes: {mask: text}
      search: {compute: "to_tsvector('english', coalesce(notes, '')) || to_tsvector('simple', email)"}
    keep:
      - {why: a number, columns: [id]}
`, `CREATE TABLE people (id int PRIMARY KEY, email text UNIQUE, email_hash text UNIQUE, email_index bytea, notes text, search tsvector NOT NULL);
		INSERT INTO people SELECT i, 'Ann' || i || '@firma.de', encode(sha256(('ann' || i || '@firma.de')::bytea), 'hex'), decode(md5('Ann' || i || '@firma.de'), 'hex'),
			CASE WHEN i % 3 > 0 THEN 'she called on monday ' || i END, to_tsvector('english', 'she called on monday ' || i) FROM generate_series(1, 500) i;
		CREATE INDEX ON people USING gin (search)`)
	if run := s.run(t); run.Outcome != report.Published {
		t.Fatalf("ended as %s: %+v", run.Outcome, run.Findings)
	}
	conn := pgtest.Conn(t, pgtest.With(t, s.source, nameOf(t, s.o.Target)))
	var rows, hashes, indexes, vectors, old int
	err := conn.QueryRow(t.Context(), `SELECT count(*), count(*) FILTER (WHERE email_hash = encode(sha256(lower(email)::bytea), 'hex')), count(*) FILTER (WHERE email_index = decode(md5(email), 'hex')),
		count(*) FILTER (WHERE search = to_tsvector('english', coalesce(notes, '')) || to_tsvector('simple', email)), count(*) FILTER (WHERE search @@ to_tsquery('english', 'call & monday')) FROM people`).Scan(&rows, &hashes, &indexes, &vectors, &old)
	if err != nil || rows != 500 || hashes != 500 || indexes != 500 || vectors != 500 || old != 0 {
		t.Errorf("%d rows, %d hashes, %d indexes, %d vectors that follow, %d that find the original: %v", rows, hashes, indexes, vectors, old, err)
	}
	var left string
	if err := conn.QueryRow(t.Context(), "SELECT tgname FROM pg_trigger WHERE tgname LIKE 'understudy%'").Scan(&left); !errors.Is(err, pgx.ErrNoRows) {
		t.Errorf("a trigger is left: %q %v", left, err)
	}
}
