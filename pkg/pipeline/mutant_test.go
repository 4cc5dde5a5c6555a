package pipeline

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/understudy-db/understudy/fixtures"
	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/mask"
	"github.com/understudy-db/understudy/pkg/pgtest"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/ruleset"
	"github.com/understudy-db/understudy/rules"

	"github.com/rs/zerolog"
)

// The mutation score: a check that no mutant can fail checks nothing. Each masked column
// of the three sample databases is broken, and the run must say so.

// victims are the databases whose columns are broken.
var victims = []string{"shop", "chinook", "northwind"}

func newVictim(t *testing.T, name string) *story {
	t.Helper()
	text, err := rules.FS.ReadFile("examples/" + name + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	if name == "shop" {
		s := newStory(t, string(text))
		if err := fixtures.Load(t.Context(), fixtures.Into(pgtest.Conn(t, s.source).PgConn()), 300); err != nil {
			t.Fatal(err)
		}
		return s
	}
	script, err := os.ReadFile("../../integration/samples/testdata/" + name + ".sql")
	if err != nil {
		t.Fatal(err)
	}
	sql := string(script)
	if _, rest, found := strings.Cut(sql, "\\c chinook;"); found {
		sql = rest
	}
	return newStory(t, string(text), sql)
}

// withoutRows takes the estimate of a table's rows out, which the server may change at any
// time: a mutant's key is to stay what it was.
func withoutRows(s mask.Spec) mask.Spec {
	s.Column.Rows = 0
	s.Paths = slices.Clone(s.Paths)
	for i := range s.Paths {
		s.Paths[i].Spec = withoutRows(s.Paths[i].Spec)
	}
	return s
}

// specKey tells one masker with its parameters from another.
func specKey(t *testing.T, s *mask.Spec) string {
	t.Helper()
	b, err := json.Marshal(withoutRows(*s))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// maskedBy lists the masked columns of a plan by their maskers, in the plan's order.
func maskedBy(t *testing.T, s *story) (columns map[string][]string, order []string) {
	t.Helper()
	loaded, err := ruleset.Load(s.o.Rules)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Catalog(t.Context(), s.source, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	p := planOf(t, loaded, c)
	columns = map[string][]string{}
	for i := range p.Tables {
		tab := &p.Tables[i]
		if tab.Skip != "" {
			continue
		}
		for k := range tab.Columns {
			c := &tab.Columns[k]
			for d := &c.Decision; d != nil; d = d.Else {
				if d.Kind != plan.Mask || c.Context {
					continue
				}
				key, subject := specKey(t, d.Spec), tab.Root.String()+"."+c.Name
				if columns[key] == nil {
					order = append(order, key)
				}
				if !slices.Contains(columns[key], subject) {
					columns[key] = append(columns[key], subject)
				}
			}
		}
	}
	return columns, order
}

// flagged reports whether a run says of a column that it is not masked as it should be.
func flagged(run *report.Run, subject string) bool {
	return slices.ContainsFunc(run.Findings, func(f report.Finding) bool {
		return f.Subject == subject && f.Accepted == nil && f.Severity >= report.Medium &&
			(f.Code == "survived" || f.Code == "unchanged" || f.Code == "recomputed" || f.Code == "deliverable" || strings.HasPrefix(f.Code, "unmasked-"))
	})
}

// mutate runs with the maskers that broken names replaced by identity, and returns the
// columns that held something and that nobody flagged.
func (s *story) mutate(t *testing.T, columns map[string][]string, broken func(key string) bool) (mutants int, survived []string) {
	t.Helper()
	o := s.o
	o.remask = func(real func(mask.Spec) (mask.Masker, error)) func(mask.Spec) (mask.Masker, error) {
		return func(spec mask.Spec) (mask.Masker, error) {
			if broken(specKey(t, &spec)) {
				return maskerFunc(identity), nil
			}
			return real(spec)
		}
	}
	run := (&story{source: s.source, o: o}).run(t)
	held := map[string]bool{}
	for _, c := range run.Columns {
		held[c.Schema+"."+c.Table+"."+c.Column] = c.Masked > 0
	}
	seen := map[string]bool{}
	for key, subjects := range columns {
		for _, subject := range subjects {
			if broken(key) && held[subject] && !seen[subject] {
				seen[subject] = true
				mutants++
				if !flagged(run, subject) {
					survived = append(survived, subject)
				}
			}
		}
	}
	slices.Sort(survived)
	return mutants, survived
}

// TestMutants breaks every masker of a database at once, which is short; with
// UNDERSTUDY_MUTANTS=each one masker after the other, as `make mutants` does.
func TestMutants(t *testing.T) {
	t.Parallel()
	each := os.Getenv("UNDERSTUDY_MUTANTS") == "each"
	for _, name := range victims {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newVictim(t, name)
			columns, order := maskedBy(t, s)
			if !each {
				mutants, survived := s.mutate(t, columns, func(string) bool { return true })
				t.Logf("%d columns broken, %d flagged", mutants, mutants-len(survived))
				if mutants == 0 || len(survived) > 0 {
					t.Errorf("nobody flagged %q", survived)
				}
				return
			}
			all, missed := 0, 0
			for _, key := range order {
				mutants, survived := s.mutate(t, columns, func(k string) bool { return k == key })
				all, missed = all+mutants, missed+len(survived)
				if len(survived) > 0 {
					t.Errorf("nobody flagged %q under %s", survived, key)
				}
			}
			t.Logf("%d columns broken one masker after the other, %d flagged", all, all-missed)
		})
	}
}

// TestKeptPersonalColumnsAreNamed turns every mask into a reasoned keep: check must name
// each column that leads to somebody.
func TestKeptPersonalColumnsAreNamed(t *testing.T) {
	t.Parallel()
	for _, name := range victims {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newVictim(t, name)
			columns, _ := maskedBy(t, s)
			loaded, err := ruleset.Load(s.o.Rules)
			if err != nil {
				t.Fatal(err)
			}
			for i := range loaded.Tables {
				for k := range loaded.Tables[i].Columns {
					a := &loaded.Tables[i].Columns[k].Action
					if a.Kind == ruleset.KindMask || a.Kind == ruleset.KindDomain {
						*a = ruleset.Action{Position: a.Position, Kind: ruleset.KindKeep, Keep: &ruleset.Keep{Why: "a mutant"}}
					}
				}
			}
			c, err := Catalog(t.Context(), s.source, zerolog.Nop())
			if err != nil {
				t.Fatal(err)
			}
			missed := keptAndNotNamed(t, loaded, c, columns)
			if len(missed) > 0 {
				t.Errorf("kept, and check does not call them personal: %q", missed)
			}
		})
	}
}

func keptAndNotNamed(t *testing.T, loaded *ruleset.Rules, c *catalog.Catalog, columns map[string][]string) (missed []string) {
	t.Helper()
	p := planOf(t, loaded, c)
	named := map[string]bool{}
	for _, f := range p.Findings {
		if f.Code == "kept-personal" {
			named[f.Subject] = true
		}
	}
	for _, e := range p.Ledger {
		subject := e.Schema + "." + e.Table + "." + e.Column
		was := false
		for _, subjects := range columns {
			was = was || slices.Contains(subjects, subject)
		}
		if was && e.Decision == string(plan.Keep) && !named[subject] {
			missed = append(missed, subject+" ("+e.Kind+")")
		}
	}
	return missed
}

func planOf(t *testing.T, loaded *ruleset.Rules, c *catalog.Catalog) *plan.Plan {
	t.Helper()
	p, err := plan.Make(plan.Input{Rules: loaded, Catalog: c, SnapshotTime: time.Now().UTC().Format(time.RFC3339), Jobs: 1})
	if err != nil {
		t.Fatal(err)
	}
	return p
}
