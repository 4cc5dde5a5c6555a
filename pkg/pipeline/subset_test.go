package pipeline

import (
	"strings"
	"testing"

	"github.com/understudy-db/understudy/fixtures"
	"github.com/understudy-db/understudy/pkg/pgtest"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/rules"
)

// laptop is the end of the shop's rules: a part of the customers, and a key that the
// schema does not have.
const laptop = `
subset:
  start: {public.customers: {percent: 4}}
  tables: {public.messages: 1}
virtual_keys:
  - {table: public.access_log, columns: [customer_id], references: public.customers}
`

// held counts what a subset must not have: rows whose customer is not there, and customers
// with more messages than were asked for. Declared keys hold, or post-data would have failed.
const held = `SELECT (SELECT count(*) FROM public.access_log l WHERE customer_id IS NOT NULL AND NOT EXISTS (SELECT FROM public.customers c WHERE c.id = l.customer_id))
	+ (SELECT count(*) FROM (SELECT FROM public.messages GROUP BY customer_id HAVING count(*) > 1) m)`

// who says which rows staging has, by keys that are kept as they are.
const who = `SELECT md5(string_agg(id::text, ',' ORDER BY id)) || (SELECT count(*) FROM sales.order_lines) || (SELECT count(*) FROM sales.products) FROM public.customers`

func TestASubsetIsConsistentAndTheSameEveryNight(t *testing.T) {
	t.Parallel()
	text, err := rules.FS.ReadFile("examples/shop.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s := newStory(t, string(text)+laptop)
	if err := fixtures.Load(t.Context(), fixtures.Into(pgtest.Conn(t, s.source).PgConn()), 1000); err != nil {
		t.Fatal(err)
	}
	s.o.Subset = true
	var first string
	for night := range 2 {
		run := s.run(t)
		if run.Outcome != report.Published || run.Subset == nil {
			t.Fatalf("the outcome is %s, the subset %v", run.Outcome, run.Subset)
		}
		if run.Subset.Rows != run.Rows() || run.Subset.Bytes < run.Subset.Estimate*85/100 || run.Subset.Bytes > run.Subset.Estimate*115/100 {
			t.Errorf("%d rows were chosen and %d copied; they take %d bytes, and %d were expected", run.Subset.Rows, run.Rows(), run.Subset.Bytes, run.Subset.Estimate)
		}
		if !strings.Contains(strings.Join(run.NotCovered, " "), "subset left out") {
			t.Error("the record does not say that the rows left out were not looked for")
		}
		conn := pgtest.Conn(t, s.o.Target)
		var bad int
		var now string
		if err := conn.QueryRow(t.Context(), held).Scan(&bad); err != nil || bad > 0 {
			t.Errorf("%d rows should not be there: %v", bad, err)
		}
		if err := conn.QueryRow(t.Context(), who).Scan(&now); err != nil {
			t.Fatal(err)
		}
		if err := conn.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if night == 0 {
			first = now
			pgtest.Exec(t, s.source, "VACUUM FULL public.customers, sales.order_lines") // the rows lie elsewhere now
		} else if now != first {
			t.Errorf("the second night has other rows: %s and %s", first, now)
		}
	}
}

func TestASubsetThatCannotStartLeavesNothing(t *testing.T) {
	t.Parallel()
	s := newStory(t, peopleRules+"subset: {start: {public.people: {where: \"id > 9000\"}}}\n", people)
	s.o.Subset = true
	run, err := Refresh(t.Context(), s.o)
	if report.SideOf(err) != report.Rules || !strings.Contains(err.Error(), "selects no row") {
		t.Error(err)
	}
	if run.Outcome != report.Failed || run.Generation != "" {
		t.Errorf("%s, %s", run.Outcome, run.Generation)
	}
	if left := incomings(t, s.source, s.o.Target); len(left) > 0 {
		t.Errorf("it left %s", left)
	}
}
