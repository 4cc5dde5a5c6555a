package pipeline

import (
	"testing"

	"github.com/understudy-db/understudy/pkg/pgtest"
	"github.com/understudy-db/understudy/pkg/report"
)

// Rooms are booked without a gap, so that any shift that is not everybody's would overlap.
func TestExclusionConstraintsHoldInStaging(t *testing.T) {
	t.Parallel()
	s := newStory(t, `version: 1
domains: {stay: {mask: date, shift: 30d, per: domain}}
tables:
  public.bookings:
    columns:
      room: {mask: uuid}
      during: {domain: stay}
      hours: {mask: date, shift: 90d, per: domain}
      arrives: {domain: stay}
      leaves: {domain: stay}
    keep: [{why: a number, columns: [id]}]
`, `CREATE EXTENSION btree_gist;
		CREATE TABLE bookings (id int PRIMARY KEY, room uuid, during daterange, hours tstzrange, arrives date, leaves date,
			EXCLUDE USING gist (room WITH =, during WITH &&), EXCLUDE USING gist (hours WITH &&) WHERE (id > 0), EXCLUDE USING gist (room WITH =, daterange(arrives, leaves, '[)') WITH &&));
		INSERT INTO bookings SELECT i, ('00000000-0000-4000-8000-' || lpad((i % 3)::text, 12, '0'))::uuid, daterange(d, d + 1), tstzrange(d, CASE WHEN i < 900 THEN d + 1 END), d, d + 1
			FROM generate_series(1, 900) i, LATERAL (SELECT date '2020-01-01' + i AS d) d;
		INSERT INTO bookings SELECT 900 + id, room, daterange(d + 1, d + 3), NULL, d + 1, d + 3 FROM bookings, LATERAL (SELECT date '2030-01-01' + 3 * id AS d) d WHERE id > 600;
		INSERT INTO bookings VALUES (0, NULL, 'empty', '[-infinity,2000-01-01)', NULL, NULL)`)
	if run := s.run(t); run.Outcome != report.Published {
		t.Fatalf("ended as %s: %+v", run.Outcome, run.Findings)
	}
	conn := pgtest.Conn(t, pgtest.With(t, s.source, nameOf(t, s.o.Target)))
	var rows, shifts, hours, constraints int
	err := conn.QueryRow(t.Context(), `SELECT count(*), count(DISTINCT lower(during) - id) FILTER (WHERE id BETWEEN 1 AND 900), count(DISTINCT date_trunc('second', lower(hours)) - id * interval '1 day') FILTER (WHERE id BETWEEN 1 AND 900),
		(SELECT count(*) FROM pg_constraint WHERE contype = 'x') FROM bookings`).Scan(&rows, &shifts, &hours, &constraints)
	if err != nil || rows != 1201 || shifts != 1 || hours != 1 || constraints != 3 {
		t.Errorf("%d rows, %d and %d shifts, %d constraints: %v", rows, shifts, hours, constraints, err)
	}
	var moved bool
	if err := conn.QueryRow(t.Context(), "SELECT lower(during) <> date '2020-01-02' AND lower(during) = arrives AND upper(during) = leaves FROM bookings WHERE id = 1").Scan(&moved); err != nil || !moved {
		t.Errorf("the first booking: %v %v", moved, err)
	}
}
