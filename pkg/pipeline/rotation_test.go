package pipeline

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/understudy-db/understudy/pkg/mask/prf"
	"github.com/understudy-db/understudy/pkg/pgtest"
	"github.com/understudy-db/understudy/pkg/report"
)

// A domain with another key changes in every place of it, still joins, and nothing else
// changes; the record and a finding say so.
func TestADomainIsRotatedByItself(t *testing.T) {
	t.Parallel()
	s := newStory(t, `version: 1
purpose: test
domains: {person.email: {mask: email}, person.id: {mask: key}}
tables:
  public.people:
    subject: id
    columns: {id: {domain: person.id}, email: {domain: person.email}, name: {mask: full_name, from: subject}}
  public.orders:
    columns: {contact: {mask: json, rest: {keep: a count}, paths: {$.mail: {domain: person.email}}}}
    keep: [{why: a number, columns: [id]}]
`, `CREATE TABLE people (id int PRIMARY KEY, email text UNIQUE, name text);
		CREATE TABLE orders (id int PRIMARY KEY, person_id int NOT NULL REFERENCES people, contact jsonb);
		INSERT INTO people SELECT i, 'ann' || i || '@firma.de', 'Ann Lee' FROM generate_series(1, 50) i;
		INSERT INTO orders SELECT i, i % 50 + 1, jsonb_build_object('mail', 'ann' || i % 50 + 1 || '@firma.de') FROM generate_series(1, 100) i`)
	s.o.ReportDir = t.TempDir()
	read := func() (ids, emails, names []string) {
		t.Helper()
		run := s.run(t)
		if run.Outcome != report.Published {
			t.Fatalf("ended as %s: %+v", run.Outcome, run.Findings)
		}
		conn := pgtest.Conn(t, pgtest.With(t, s.source, nameOf(t, s.o.Target)))
		defer conn.Close(t.Context())
		var joined int
		err := conn.QueryRow(t.Context(), `SELECT array_agg(id::text ORDER BY id), array_agg(email ORDER BY email), array_agg(name ORDER BY id),
			(SELECT count(*) FROM orders o JOIN people p ON p.id = o.person_id AND p.email = o.contact->>'mail') FROM people`).Scan(&ids, &emails, &names, &joined)
		if err != nil || joined != 100 {
			t.Fatalf("%d of 100 rows join: %v", joined, err)
		}
		return ids, emails, names
	}
	ids, emails, names := read()
	s.o.Key = prf.TestKey().With("person.email", prf.Generate())
	ids2, emails2, names2 := read()
	if !slices.Equal(ids, ids2) || !slices.Equal(names, names2) || slices.ContainsFunc(emails2, func(e string) bool { return slices.Contains(emails, e) }) {
		t.Error("another key for the emails changed something else, or not them")
	}
	last := report.Before(os.DirFS(s.o.ReportDir), report.NoID)
	if len(last.Key.Domains) != 1 || last.Key.Domains[0].Domain != "person.email" || last.Key.Domains[0].ID != s.o.Key.In("person.email").ID() || last.Key.ID != prf.TestKey().ID() {
		t.Errorf("the record names other keys: %+v", last.Key)
	}
	at := slices.IndexFunc(last.Findings, func(f report.Finding) bool { return f.Code == "rotated" })
	if at < 0 || last.Findings[at].Subject != "person.email" || last.Findings[at].Count != 2 || strings.Contains(last.Findings[at].Message, "people.name") ||
		!strings.Contains(last.Findings[at].Message, "public.orders.contact, public.people.email") {
		t.Fatalf("%+v", last.Findings)
	}
	s.o.Key = s.o.Key.With("person.id", prf.Generate())
	ids3, emails3, names3 := read()
	if slices.Equal(ids, ids3) || !slices.Equal(emails2, emails3) || slices.Equal(names, names3) {
		t.Error("another key for the ids changed something else, or not them")
	}
	last = report.Before(os.DirFS(s.o.ReportDir), report.NoID)
	if !slices.ContainsFunc(last.Findings, func(f report.Finding) bool {
		return f.Code == "rotated" && f.Subject == "person.id" && strings.Contains(f.Message, "Rows have other keys: public.orders.person_id, public.people.id")
	}) {
		t.Errorf("%+v", last.Findings)
	}
	s.o.Key = prf.TestKey().With("person.emial", prf.Generate())
	if _, err := Refresh(t.Context(), s.o); err == nil || report.SideOf(err) != report.Usage || report.HintOf(err) != "did you mean person.email?" {
		t.Errorf("a key for a domain that is not there: %v", err)
	}
	s.o.Key = prf.Generate()
	read()
	last = report.Before(os.DirFS(s.o.ReportDir), report.NoID)
	if !slices.ContainsFunc(last.Findings, func(f report.Finding) bool { return f.Code == "rotated" && f.Subject == nameOf(t, s.o.Target) }) {
		t.Errorf("%+v", last.Findings)
	}
}

// A run that is refused at once and the next one begin in one second.
func TestRunsOfOneSecondSortAsTheyBegan(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 5, 17, 12, 0, 0, 0, time.UTC)
	last := ""
	for i := range 1000 {
		id := runID(at.Add(time.Duration(i) * 999 * time.Microsecond))
		if id <= last || len(id) != len("20260517T120000Z-0000") {
			t.Fatalf("%s after %s", id, last)
		}
		last = id
	}
}
