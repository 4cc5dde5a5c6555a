package pipeline

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/understudy-db/understudy/pkg/pgtest"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/report"
)

const reviewedSchema = `
CREATE TABLE people (id int PRIMARY KEY, email text, phone text, ssn text, salary numeric, born date, postcode text, gender text, note text, city text, created_at timestamptz);
CREATE TABLE pets (id int PRIMARY KEY, owner int REFERENCES people, name text);
`

const reviewedRules = `version: 1
tables:
  public.people:
    columns:
      email: {mask: pattern}
      phone: {mask: phone}
      ssn: {mask: redact, last: 4}
      note: {mask: text, how: {scan: "support reads it"}}
      city: {mask: city}
    keep:
      - {why: todo, columns: [salary]}
      - {why: "proposed: a key", columns: [id]}
      - {why: "statistics by age and place need them", columns: [born, postcode, gender], until: %s}
      - {why: "sorting needs them", columns: [created_at]}
  public.pets:
    keep:
      - {why: "names of animals", columns: [id, name]}
`

func TestACheckTellsAReviewerWhatToThinkAbout(t *testing.T) {
	t.Parallel()
	source := pgtest.DSN(t)
	pgtest.Exec(t, source, reviewedSchema)
	file := filepath.Join(t.TempDir(), "rules.yaml")
	put(t, file, fmt.Appendf(nil, reviewedRules, time.Now().AddDate(0, 0, 10).Format(time.DateOnly)))
	saved := save(t, source)
	live, err := Check(t.Context(), CheckOptions{Rules: file, Source: source, Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	offline, err := Check(t.Context(), CheckOptions{Rules: file, Catalog: saved, Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(live.Findings) != fmt.Sprint(offline.Findings) || live.Columns != offline.Columns {
		t.Error("a saved catalog says something else than the database")
	}
	for _, want := range []struct {
		code, subject string
		severity      report.Severity
	}{
		{"weak-mask", "public.people.email", report.Medium},
		{"weak-mask", "public.people.ssn", report.Medium},
		{"best-effort", "public.people.note", report.Low},
		{"keep-without-reason", "public.people.salary", report.Medium},
		{"keep-without-reason", "public.people", report.Low},
		{"keep-expiring", "public.people.born", report.Low},
		{"quasi-identifiers", "public.people", report.Medium},
		{"links-to-production", "public.people", report.Info},
		{"keeps-frequency", "public.people.city", report.Info},
	} {
		found := false
		for _, f := range live.Findings {
			found = found || f.Code == want.code && f.Subject == want.subject && f.Severity == want.severity
		}
		if !found {
			t.Errorf("%s at %s is missing: %+v", want.code, want.subject, live.Findings)
		}
	}
	for _, f := range live.Findings {
		if f.Subject == "public.people.phone" || strings.HasPrefix(f.Subject, "public.pets") && f.Code != "kept-personal" {
			t.Errorf("%s accuses %s", f.Code, f.Subject)
		}
	}
}

func TestACheckShowsWhatChangedSinceTheApproval(t *testing.T) {
	t.Parallel()
	source := pgtest.DSN(t)
	pgtest.Exec(t, source, reviewedSchema)
	file := filepath.Join(t.TempDir(), "rules.yaml")
	put(t, file, fmt.Appendf(nil, reviewedRules, "2099-01-01"))
	ann, _, _ := sshKey(t, "ann@example.com")
	if _, err := Approve(t.Context(), ApproveOptions{Rules: file, Source: source, Reviewer: "ann@example.com", Signer: ann, Valid: time.Hour, Log: zerolog.Nop()}); err != nil {
		t.Fatal(err)
	}
	drift := func() map[string]report.Finding {
		t.Helper()
		checked, err := Check(t.Context(), CheckOptions{Rules: file, Catalog: save(t, source), Log: zerolog.Nop()})
		var misfit *plan.Misfit
		if err != nil && !errors.As(err, &misfit) {
			t.Fatal(err)
		}
		found := map[string]report.Finding{}
		for _, f := range checked.Findings {
			if f.Code == "drift" || f.Code == "undecided" {
				found[f.Code+" "+f.Subject] = f
			}
		}
		return found
	}
	if found := drift(); len(found) > 0 {
		t.Errorf("nothing has changed: %v", found)
	}
	pgtest.Exec(t, source, "ALTER TABLE people ADD COLUMN mobile text; ALTER TABLE people DROP COLUMN salary; ALTER TABLE people ALTER COLUMN city TYPE varchar(50); CREATE TABLE visits (ip inet)")
	found := drift()
	for name, hint := range map[string]string{
		"drift public.people.mobile":     "proposed: mobile: {mask: phone}",
		"undecided public.people.mobile": "proposed: {mask: phone}",
		"drift public.people.salary":     "take it out of the rules",
		"drift public.people.city":       "whether its decision still fits",
		"drift public.visits":            "proposed: ip: {mask: ip}",
		"undecided public.visits.ip":     "{mask: ip}",
	} {
		if f, ok := found[name]; !ok || !strings.Contains(f.Hint, hint) {
			t.Errorf("%s: %+v", name, f)
		}
	}
	// an approval that was changed by hand, or is of tomorrow, is not passed over
	b, err := os.ReadFile(ApprovalFile(file))
	if err != nil {
		t.Fatal(err)
	}
	put(t, ApprovalFile(file), []byte(strings.Replace(string(b), `"version": 1`, `"version": 9`, 1)))
	if _, err := Check(t.Context(), CheckOptions{Rules: file, Source: source, Log: zerolog.Nop()}); err == nil || !strings.Contains(err.Error(), "version 9") {
		t.Error(err)
	}
}

func TestACheckDoesNotBelieveAnApprovalThatWasChanged(t *testing.T) {
	t.Parallel()
	source := pgtest.DSN(t)
	pgtest.Exec(t, source, reviewedSchema)
	file := filepath.Join(t.TempDir(), "rules.yaml")
	put(t, file, fmt.Appendf(nil, reviewedRules, "2099-01-01"))
	ann, _, annLine := sshKey(t, "ann@example.com")
	_, _, benLine := sshKey(t, "ben@example.com")
	anns, bens := filepath.Join(t.TempDir(), "allowed_signers"), filepath.Join(t.TempDir(), "allowed_signers")
	put(t, anns, []byte(annLine))
	put(t, bens, []byte(benLine))
	saved := save(t, source)
	check := func(signers string) string {
		t.Helper()
		checked, err := Check(t.Context(), CheckOptions{Rules: file, Catalog: saved, Signers: signers, Log: zerolog.Nop()})
		if err != nil {
			t.Fatal(err)
		}
		said := ""
		for _, f := range checked.Findings {
			if f.Code == "approval" {
				said += f.Severity.String() + ": " + f.Message + "\n"
			}
		}
		return said
	}
	if said := check(""); said != "" {
		t.Errorf("nobody asked for an approval: %s", said)
	}
	if said := check(anns); said != "high: there is no approval\n" {
		t.Errorf("without an approval: %q", said)
	}
	if _, err := Approve(t.Context(), ApproveOptions{Rules: file, Catalog: saved, Reviewer: "ann@example.com", Signer: ann, Valid: time.Hour, Log: zerolog.Nop()}); err != nil {
		t.Fatal(err)
	}
	if said := check("") + check(anns); said != "" {
		t.Errorf("a good approval: %s", said)
	}
	if said := check(bens); !strings.HasPrefix(said, "high: ") || !strings.Contains(said, "not among the allowed signers") {
		t.Errorf("somebody else's: %q", said)
	}
	b, err := os.ReadFile(ApprovalFile(file))
	if err != nil {
		t.Fatal(err)
	}
	put(t, ApprovalFile(file), []byte(strings.Replace(string(b), "ann@example.com", "bob@example.com", 1)))
	if said := check(""); !strings.HasPrefix(said, "high: ") || !strings.Contains(said, "changed after it was signed") {
		t.Errorf("changed after it was signed: %q", said)
	}
	put(t, ApprovalFile(file), b)
	put(t, file, append(fmt.Appendf(nil, reviewedRules, "2099-01-01"), "# one more line\n"...))
	if said := check(anns); !strings.HasPrefix(said, "low: the rules were changed after ann@example.com") {
		t.Errorf("other rules: %q", said)
	}
}
