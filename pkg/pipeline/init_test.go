package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/understudy-db/understudy/pkg/pgtest"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/proposal"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/ruleset"
)

// unknown is a database that nobody has written rules for. Its values are the canary:
// none of them may be in the rules.
const unknown = `
CREATE TYPE mood AS ENUM ('sad', 'it''s "fine"');
CREATE TABLE users (id int PRIMARY KEY, login varchar(40) UNIQUE, first_name text, last_name text, email text NOT NULL UNIQUE, born date, religion text, mood mood, x1 text, x2 text, created_at timestamptz);
INSERT INTO users SELECT i, 'canarylogin' || i, 'Canaryfirst', 'Canarylast', 'canary' || i || '@brambleposte.co.uk', '1970-01-01', 'canaryfaith', 'sad',
  'canary' || i || '@brambleposte.co.uk', 'K' || i, now() FROM generate_series(1, 100) i;
CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users, contact_email text, shipped_to text, total numeric(10,2), note text, has_cancer boolean NOT NULL);
INSERT INTO orders SELECT i, i, 'canary' || i || '@brambleposte.co.uk', NULL, i, 'call canary' || i || '@brambleposte.co.uk please', false FROM generate_series(1, 100) i;
CREATE TABLE visits (id int PRIMARY KEY, user_id int, ip inet);
INSERT INTO visits SELECT i, i, '81.2.69.142' FROM generate_series(1, 100) i;
CREATE TABLE links (user_id int REFERENCES users, order_id int REFERENCES orders);
CREATE TABLE log (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE log_2026 PARTITION OF log FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE "we.ird" ("my ""email""" text, "<script>alert(1)</script>" text, U&"red\001b[31m" text, "=1+1" text, U&"\202eevil" text);
`

func propose(t *testing.T, source, file string) *proposal.Proposal {
	t.Helper()
	o := InitOptions{Source: source, Rules: file, Log: zerolog.Nop()}
	p, err := Init(t.Context(), &o)
	if err != nil {
		t.Fatal(err)
	}
	if err := WriteRules(file, p.Rules); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestInitProposesForADatabaseThatNobodyKnows(t *testing.T) {
	t.Parallel()
	source := pgtest.DSN(t)
	pgtest.Exec(t, source, unknown)
	file := filepath.Join(t.TempDir(), "rules.yaml")
	p := propose(t, source, file)
	text := string(p.Rules)
	for _, canary := range []string{"canary1", "Canary", "canaryfaith", "brambleposte", "81.2.69"} {
		if strings.Contains(text, canary) {
			t.Errorf("the value %s is in the rules", canary)
		}
	}
	for _, hostile := range []string{"\x1b", "\u202e"} {
		if strings.Contains(text, hostile) {
			t.Errorf("%q is in the rules", hostile)
		}
	}
	rules, err := ruleset.Parse(file, p.Rules)
	if err != nil {
		t.Fatal(err)
	}
	if err := plan.CheckActions(rules, time.Now()); err != nil {
		t.Error(err)
	}
	for _, want := range []string{
		"person.email: {mask: email}", "subject: id", "first_name: {mask: first_name, from: subject}", "login: {mask: username", "x1: {domain: person.email}",
		"contact_email: {domain: person.email}", "born: {mask: date, to: same-year}", "religion: null", "SPECIAL CATEGORY", "note: {mask: text}",
		"- {table: public.visits, columns: [user_id], references: public.users, to: [id]}", "public.links:\n    columns: {}", "# x2: undecided",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing", want)
		}
	}
	if strings.Contains(text, "log_2026") {
		t.Error("a partition has rules of its own")
	}
	if !slices.Contains(p.Special, "public.users.religion") || !slices.Contains(p.Undecided, "public.users.x2") {
		t.Errorf("special %s, undecided %s", p.Special, p.Undecided)
	}
	// what is not decided is what it said, and nothing else is wrong
	_, err = Examine(t.Context(), rules, source, "", zerolog.Nop())
	var misfit *plan.Misfit
	if !errors.As(err, &misfit) || len(misfit.Problems) > 0 || len(misfit.Undecided) != len(p.Undecided) {
		t.Errorf("%v", err)
	}
}

func TestASecondInitAddsWhatIsNewAndNothingElse(t *testing.T) {
	t.Parallel()
	source := pgtest.DSN(t)
	pgtest.Exec(t, source, unknown)
	file := filepath.Join(t.TempDir(), "rules.yaml")
	propose(t, source, file)
	first, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if propose(t, source, file); read(t, file) != string(first) {
		t.Fatal("a second run over the same database changed the file")
	}
	mine := strings.Replace(string(first), "email: {domain: person.email}", "email: {mask: email, domain: person.email} # I thought about it", 1)
	mine = strings.Replace(mine, "\n\ntables:", "\n\n# what follows is mine\ntables:", 1)
	put(t, file, []byte(mine))
	pgtest.Exec(t, source, "ALTER TABLE orders ADD COLUMN phone_number text; CREATE TABLE pets (id int PRIMARY KEY, owner_email text)")
	p := propose(t, source, file)
	got := read(t, file)
	kept := slices.DeleteFunc(strings.SplitAfter(got, "\n"), func(line string) bool { return !strings.Contains(mine, line) })
	for _, line := range strings.SplitAfter(mine, "\n") {
		i := slices.Index(kept, line)
		if i < 0 {
			t.Fatalf("this line is gone, or in another place: %s", line)
		}
		kept = kept[i+1:]
	}
	for _, want := range []string{"      phone_number: {mask: phone}  # text; ", "  public.pets:\n    columns:\n      owner_email: {domain: person.email}"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is missing", want)
		}
	}
	if p.Masked != 2 {
		t.Errorf("%d columns are said to be masked anew", p.Masked)
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestInitFromASavedCatalogReadsNoValue(t *testing.T) {
	t.Parallel()
	source := pgtest.DSN(t)
	pgtest.Exec(t, source, unknown)
	saved := save(t, source)
	o := InitOptions{Catalog: saved, Log: zerolog.Nop()}
	p, err := Init(t.Context(), &o)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(p.Rules), "0 values") || !slices.Contains(p.Undecided, "public.users.x1") {
		t.Errorf("%s", p.Rules)
	}
	for _, c := range []struct{ text, want string }{
		{`{"version": 2, "tables": []}`, "version 2, and this program knows up to 1"}, {`{"version": 1}`, "no saved catalog"}, {`{`, "no saved catalog"}, {`{"version": 1, "tables": 7}`, "no saved catalog"},
	} {
		put(t, saved, []byte(c.text))
		if _, err := Init(context.Background(), &o); err == nil || !strings.Contains(err.Error(), c.want) || report.SideOf(err) != report.Usage {
			t.Errorf("%s: %v", c.text, err)
		}
	}
}

// save writes the catalog of a database as show catalog does.
func save(t *testing.T, source string) string {
	t.Helper()
	c, err := Catalog(t.Context(), source, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(SavedCatalog{Version: CatalogVersion, Catalog: c})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "catalog.json")
	put(t, file, b)
	return file
}
