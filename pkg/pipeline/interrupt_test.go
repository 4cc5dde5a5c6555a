package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/copier"
	"github.com/understudy-db/understudy/pkg/mask/prf"
	"github.com/understudy-db/understudy/pkg/pgtest"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/report"
)

// stopper is an observer that interrupts the run at a point.
type stopper struct {
	step       int           // that begins; 0 is none
	after      time.Duration // so long after its begin, while it works; 0 is before it works
	copying    bool          // when rows are about to move
	inspecting bool          // when the first table is read back
	reached    bool
	cancel     context.CancelFunc
}

func (s *stopper) Step(number int, _ string) {
	if number != s.step {
		return
	}
	s.reached = true
	if s.after == 0 {
		s.cancel()
		return
	}
	time.AfterFunc(s.after, s.cancel)
}

func (s *stopper) StepDone(report.Step) {}

func (s *stopper) Copying(*plan.Plan, *copier.Meter) {
	if s.copying {
		s.reached = true
		s.cancel()
	}
}

func (s *stopper) Inspecting(catalog.Name, int64, bool) {
	if s.inspecting {
		s.reached = true
		s.cancel()
	}
}

const steps = 17

func TestAnInterruptedRunLeavesStagingAsItWas(t *testing.T) {
	t.Parallel()
	s := newStory(t, peopleRules, people,
		"CREATE VIEW adults AS SELECT * FROM people; CREATE MATERIALIZED VIEW years AS SELECT extract(year FROM born) AS y, count(*) FROM people GROUP BY 1; CREATE INDEX ON notes (legacy)")
	if run := s.run(t); run.Outcome != report.Published {
		t.Fatalf("the first run ended as %s", run.Outcome)
	}
	staging := pgtest.With(t, s.source, nameOf(t, s.o.Target))
	first := digest(t, staging)

	// The interrupted runs have another key: what they would publish is not what is there.
	key, err := prf.NewKey(slices.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	s.o.Key = key
	stops := []stopper{{copying: true}, {inspecting: true}}
	for n := 1; n <= steps; n++ {
		stops = append(stops, stopper{step: n}, stopper{step: n, after: time.Duration(n) * 500 * time.Microsecond})
	}
	for _, late := range []time.Duration{25, 80} { // while CREATE DATABASE and the swap are at work
		stops = append(stops, stopper{step: 6, after: late * time.Millisecond}, stopper{step: steps, after: late * time.Millisecond})
	}
	for _, stop := range stops {
		t.Run(fmt.Sprintf("step %d after %s copying %t inspecting %t", stop.step, stop.after, stop.copying, stop.inspecting), func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			stop.cancel = cancel
			o := s.o
			o.Observer = &stop
			run, err := Refresh(ctx, o)
			if !stop.reached {
				t.Fatalf("the run ended before: %v", err)
			}
			if left := incomings(t, s.source, staging); len(left) > 0 {
				t.Errorf("it left %s", left)
			}
			pgtest.Exec(t, s.source, "BEGIN; SET LOCAL lock_timeout = '10s'; LOCK TABLE people, notes IN ACCESS EXCLUSIVE MODE; ROLLBACK") // production is free again
			now := digest(t, staging)
			switch {
			case err == nil && stop.after > 0: // the swap had begun, and a swap is not interrupted
				if run.Outcome != report.Published || now == first {
					t.Errorf("no error, and %s", run.Outcome)
				}
				first = now
			case !errors.Is(err, ErrInterrupted) || run.Outcome != report.Interrupted:
				t.Errorf("%s: %v", run.Outcome, err)
			case now != first:
				t.Error("staging is not what it was")
			}
		})
	}
	s.o.Observer = nil
	if run := s.run(t); run.Outcome != report.Published {
		t.Errorf("the run after them ended as %s", run.Outcome)
	}
}

func nameOf(t *testing.T, dsn string) string {
	t.Helper()
	c, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	return c.Database
}

// incomings lists the databases that were made beside staging.
func incomings(t *testing.T, server, staging string) []string {
	t.Helper()
	rows, err := pgtest.Conn(t, server).Query(t.Context(), "SELECT datname::text FROM pg_database WHERE datname LIKE $1 || '\\_\\_incoming%'", nameOf(t, staging))
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// digest says what staging holds, its oid included: it is the same database.
func digest(t *testing.T, staging string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), staging)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	var d string
	err = conn.QueryRow(t.Context(), `SELECT (SELECT oid::text FROM pg_database WHERE datname = current_database()) || (SELECT md5(string_agg(p::text, '' ORDER BY id)) FROM people p)
		|| (SELECT md5(string_agg(n::text, '' ORDER BY id)) FROM notes n) || (SELECT md5(string_agg(y::text, '' ORDER BY y.y)) FROM years y)
		|| (SELECT count(*) FROM pg_class)`).Scan(&d)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
