package pipeline

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/copier"
	"github.com/understudy-db/understudy/pkg/pgtest"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/report"
)

func TestATableOfAsManyColumnsAsPostgreSQLAllowsArrives(t *testing.T) {
	t.Parallel()
	const most = 1600
	var columns, keep, rules strings.Builder
	for i := range most - 2 {
		fmt.Fprintf(&columns, ", k%d boolean", i)
		fmt.Fprintf(&keep, ", k%d", i)
	}
	fmt.Fprintf(&rules, `
version: 1
purpose: a test
tables:
  public.broad:
    columns:
      mail: {mask: email}
    keep:
      - {why: a test, columns: [id%s]}
`, keep.String())
	s := newStory(t, rules.String(), "CREATE TABLE broad (id int PRIMARY KEY, mail text"+columns.String()+")",
		"INSERT INTO broad (id, mail, k0, k1597) SELECT i, 'person' || i || '@brambleposte.co.uk', true, i % 2 = 0 FROM generate_series(1, 3000) i")
	s.run(t)
	var rows, even, originals int
	err := pgtest.Conn(t, s.o.Target).QueryRow(t.Context(), "SELECT count(*), count(*) FILTER (WHERE k0 AND k1597), count(*) FILTER (WHERE mail LIKE '%brambleposte%') FROM broad").Scan(&rows, &even, &originals)
	if err != nil || rows != 3000 || even != 1500 || originals != 0 {
		t.Errorf("%d rows, %d of them even, %d originals, %v", rows, even, originals, err)
	}
}

const bulkyRules = `
version: 1
purpose: a test
tables:
  public.bulky:
    columns:
      mail: {mask: email}
    keep:
      - {why: a test, columns: [id, a, b]}
`

func TestRowsOfManyBlocksArriveAmongSmallOnes(t *testing.T) {
	t.Parallel()
	s := newStory(t, bulkyRules, "CREATE TABLE bulky (id int PRIMARY KEY, mail text, a bytea, b bytea)",
		"INSERT INTO bulky SELECT i, 'person' || i || '@brambleposte.co.uk', convert_to(repeat('x', CASE WHEN i % 100 = 7 THEN 24000000 ELSE i END), 'UTF8'), '' FROM generate_series(1, 200) i")
	s.o.Inspect = InspectStream // what is read back has its own tests
	s.run(t)
	const digest = "SELECT md5(string_agg(md5(a) || length(a), ',' ORDER BY id)) FROM bulky"
	var before, after string
	if err := pgtest.Conn(t, s.source).QueryRow(t.Context(), digest).Scan(&before); err != nil {
		t.Fatal(err)
	}
	if err := pgtest.Conn(t, s.o.Target).QueryRow(t.Context(), digest).Scan(&after); err != nil || before != after {
		t.Errorf("what is kept differs, %v", err)
	}
}

// A gigabyte is PostgreSQL's limit for a message. It takes a minute and three gigabytes of
// the server's memory, and runs when UNDERSTUDY_LONG is set.
func TestARowBeyondTheLimitOfAMessageIsNamedAndStagingStays(t *testing.T) {
	if os.Getenv("UNDERSTUDY_LONG") == "" {
		return
	}
	s := newStory(t, bulkyRules, "CREATE TABLE bulky (id int PRIMARY KEY, mail text, a bytea, b bytea)",
		"ALTER TABLE bulky ALTER COLUMN a SET STORAGE EXTENDED",
		"INSERT INTO bulky SELECT i, 'person' || i || '@brambleposte.co.uk', '', '' FROM generate_series(1, 500) i",
		"UPDATE bulky SET a = convert_to(repeat('x', 600000000), 'UTF8') WHERE id = 300")
	s.o.Inspect = InspectStream
	s.run(t) // 600 MB are no text that a server sends, and are fine in binary
	pgtest.Exec(t, s.source, "UPDATE bulky SET b = a WHERE id = 300")
	_, err := Refresh(t.Context(), s.o)
	if report.SideOf(err) != report.Source || !strings.Contains(fmt.Sprint(err), "public.bulky") || !strings.Contains(report.HintOf(err), "SELECT ctid") {
		t.Errorf("%v; hint: %s", err, report.HintOf(err))
	}
	var size int
	if err := pgtest.Conn(t, s.o.Target).QueryRow(t.Context(), "SELECT length(a) FROM bulky WHERE id = 300").Scan(&size); err != nil || size != 600000000 {
		t.Errorf("yesterday's staging: %d bytes, %v", size, err)
	}
}

// while calls fn once the rows begin to move.
type while struct{ fn func() }

func (w *while) Step(int, string)                     {}
func (w *while) StepDone(report.Step)                 {}
func (w *while) Copying(*plan.Plan, *copier.Meter)    { w.fn() }
func (w *while) Inspecting(catalog.Name, int64, bool) {}

func TestATableThatGrowsWhileItIsReadArrivesAsItWas(t *testing.T) {
	t.Parallel()
	s := newStory(t, bulkyRules, "CREATE TABLE bulky (id int PRIMARY KEY, mail text, a bytea, b bytea)",
		"INSERT INTO bulky SELECT i, 'person' || i || '@brambleposte.co.uk', convert_to(repeat(md5(i::text), 20), 'UTF8'), '' FROM generate_series(1, 20000) i", "ANALYZE bulky")
	s.o.ChunkBytes, s.o.Jobs = 1<<20, 3
	s.o.Observer = &while{func() {
		pgtest.Exec(t, s.source, "INSERT INTO bulky SELECT i, 'late' || i || '@brambleposte.co.uk', '', '' FROM generate_series(20001, 90000) i",
			"UPDATE bulky SET a = 'late' WHERE id % 3 = 0", "DELETE FROM bulky WHERE id % 7 = 0")
	}}
	run := s.run(t)
	var rows, late int
	if err := pgtest.Conn(t, s.o.Target).QueryRow(t.Context(), "SELECT count(*), count(*) FILTER (WHERE a = 'late') FROM bulky").Scan(&rows, &late); err != nil || rows != 20000 || late != 0 {
		t.Errorf("%d rows, %d of them late, %v", rows, late, err)
	}
	if len(run.Tables) != 1 || run.Tables[0].Chunks < 10 || run.Tables[0].SourceRows != 20000 {
		t.Errorf("%+v", run.Tables)
	}
}
