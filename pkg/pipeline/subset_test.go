package pipeline

import (
	"fmt"
	"os"
	"slices"
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

// loosely is a key in a document, and one reference that production itself has lost.
const loosely = `
CREATE TABLE parts (id int PRIMARY KEY, code uuid NOT NULL UNIQUE);
INSERT INTO parts SELECT i, md5('part' || i)::uuid FROM generate_series(1, 40) i;
CREATE TABLE events (id int PRIMARY KEY, payload jsonb);
INSERT INTO events SELECT i, jsonb_build_object('code', md5('part' || i)::uuid) FROM generate_series(1, 40) i;
UPDATE events SET payload = payload || '{"also": "5d41402a-bc4b-2a76-b971-9d911017c592"}' WHERE id = 7;
`

const looseRules = `version: 1
domains: {part.code: {mask: uuid}}
tables:
  public.parts:
    columns: {code: {domain: part.code}}
    keep: [{why: a key, columns: [id]}]
  public.events:
    columns: {payload: {mask: json, paths: {$.code: %s, $.also: {domain: part.code}}, rest: null}}
    keep: [{why: a key, columns: [id]}]
subset:
  start: {public.events: {where: "id < 20"}}
virtual_keys:
  - {table: public.events, json: {column: payload, path: "$.*"}, references: public.parts, to: [code]}
`

func TestVirtualKeysAreCheckedInWhatWasWritten(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		action, code string
		count        int64
		outcome      report.Outcome
	}{
		{"{domain: part.code}", "virtual-key-loose", 1, report.Published},
		{"{keep: a part}", "virtual-key-broken", 19, report.Withheld},
	} {
		s := newStory(t, fmt.Sprintf(looseRules, c.action), loosely)
		s.o.Subset = true
		run := s.run(t)
		if run.Outcome != c.outcome {
			t.Errorf("%s: the outcome is %s: %v", c.action, run.Outcome, run.Findings)
		}
		if !slices.ContainsFunc(run.Findings, func(f report.Finding) bool { return f.Code == c.code && f.Count == c.count }) {
			t.Errorf("%s: no %s of %d: %v", c.action, c.code, c.count, run.Findings)
		}
		if c.outcome != report.Published {
			continue
		}
		s.o.InPlace = true
		run = s.run(t)
		if run.Outcome != c.outcome || !slices.ContainsFunc(run.Findings, func(f report.Finding) bool { return f.Code == c.code && f.Count == c.count }) {
			t.Errorf("%s: in place it ended as %s: %v", c.action, run.Outcome, run.Findings)
		}
	}
}

func TestASmallSubsetIsEstimatedWithinItsPages(t *testing.T) {
	t.Parallel()
	text, err := rules.FS.ReadFile("examples/northwind.yaml")
	if err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile("../../integration/samples/testdata/northwind.sql")
	if err != nil {
		t.Fatal(err)
	}
	s := newStory(t, string(text)+"\nsubset: {start: {public.customers: {percent: 20}}}\n", string(script))
	s.o.Subset = true
	run := s.run(t)
	if run.Subset == nil || run.Subset.Bytes > 1<<20 || run.Subset.Bytes < run.Subset.Estimate*85/100 || run.Subset.Bytes > run.Subset.Estimate*115/100 {
		t.Errorf("%+v", run.Subset)
	}
}
