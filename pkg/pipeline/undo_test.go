package pipeline

import (
	"fmt"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/pkg/pgtest"
	"github.com/understudy-db/understudy/pkg/publish"
	"github.com/understudy-db/understudy/pkg/report"
)

// Two nights mask as many columns, and not the same: to go back would bring the notes of
// yesterday, which today's rules mask.
func TestUndoNamesTheColumnsThatTheGenerationKeepsAndTodaysRulesMask(t *testing.T) {
	t.Parallel()
	const rules = "version: 1\npurpose: a test\ntables:\n  public.people:\n    columns: {name: {mask: text}, notes: %s, phone: %s}\n    keep: [{why: a test, columns: [id, created]}]\n"
	s := newStory(t, fmt.Sprintf(rules, "{keep: wanted for support}", "{mask: text}"),
		"CREATE TABLE people (id int PRIMARY KEY, name text, notes text, phone text, created date)",
		"INSERT INTO people SELECT i, 'n' || i, 'slow on day ' || i, 'p' || i, '2026-01-01' FROM generate_series(1, 20) i")
	s.o.KeepGenerations = 2
	s.run(t)
	s.rewrite(t, fmt.Sprintf(rules, "{mask: text}", "{keep: wanted for support}"))
	s.run(t)
	undo := PublishOptions{Target: s.o.Target, Sessions: publish.Terminate}
	_, err := Publish(t.Context(), undo)
	if report.SideOf(err) != report.Usage || !strings.Contains(fmt.Sprint(err), "it keeps what today's rules mask: public.people.notes") || strings.Contains(fmt.Sprint(err), "phone") {
		t.Errorf("undo to as many masked columns, of which one is another: %v", err)
	}
	if got := one(t, s.o.Target, "SELECT count(*)::text FROM people WHERE notes LIKE 'slow on day%'"); got != "0" {
		t.Errorf("a refused undo brought back %s notes", got)
	}

	// a column that production did not have yet is nothing that the generation could keep
	s.rewrite(t, fmt.Sprintf(rules, "{mask: text}, fax: {mask: text}", "{keep: wanted for support}"))
	pgtest.Exec(t, s.source, "ALTER TABLE people ADD COLUMN fax text DEFAULT 'f'")
	s.run(t)
	if _, err := Publish(t.Context(), undo); err != nil {
		t.Errorf("undo to the night before a column was added: %v", err)
	}
	if got := one(t, s.o.Target, "SELECT count(*)::text FROM pg_attribute WHERE attrelid = 'people'::regclass AND attname = 'fax'"); got != "0" {
		t.Error("the generation before did not come back")
	}
}
