package pipeline

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/rs/zerolog"

	"github.com/understudy-db/understudy/fixtures"
	"github.com/understudy-db/understudy/pkg/mask"
	"github.com/understudy-db/understudy/pkg/mask/prf"
	"github.com/understudy-db/understudy/pkg/pgtest"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/rules"
)

const people = `
CREATE TABLE people (
  id int PRIMARY KEY, first_name text NOT NULL, email text NOT NULL, phone text, national_id text, iban text, token uuid NOT NULL, born date NOT NULL
);
INSERT INTO people SELECT i, 'Name' || chr(65 + i % 26) || chr(97 + i % 23), 'person' || i || '@brambleposte.co.uk', '+44 7' || (512345678 + i * 7919),
  'AB ' || to_char(i * 1237 % 1000000, 'FM00 00 00') || ' C', NULL, gen_random_uuid(), date '1960-01-01' + i * 13
  FROM generate_series(101, 500) i;
CREATE TABLE notes (id int PRIMARY KEY, body text, extra jsonb, legacy bigint, card varchar(40));
INSERT INTO notes SELECT i, 'The parcel ' || i * 7 || ' came on 2026-01-' || (10 + i % 20), jsonb_build_object('n', i, 'sku', 'QX' || i * 991), 100000000 + i * 37, 'K' || i * 1117
  FROM generate_series(1, 300) i;
`

const peopleRules = `
version: 1
purpose: test of the evidence
locale: en_GB
undecided: refuse
tables:
  public.people:
    subject: id
    columns:
      first_name: {mask: first_name, from: subject}
      email: {mask: email}
      phone: {mask: phone}
      national_id: {mask: national_id, country: GB}
      iban: {mask: iban}
      token: {mask: uuid}
      born: {mask: date, to: same-year}
    keep:
      - {why: operational, columns: [id]}
  public.notes:
    keep:
      - {why: a test of what is kept, columns: [id, body, extra, legacy, card]}
`

// story is one refresh from a database of its own to another.
type story struct {
	source string
	o      Options
}

func newStory(t *testing.T, rulesText string, sql ...string) *story {
	t.Helper()
	s := &story{source: pgtest.DSN(t)}
	pgtest.Exec(t, s.source, sql...)
	dir := t.TempDir()
	file := filepath.Join(dir, "rules.yaml")
	if err := os.WriteFile(file, []byte(rulesText), 0o600); err != nil {
		t.Fatal(err)
	}
	source, err := pgx.ParseConfig(s.source)
	if err != nil {
		t.Fatal(err)
	}
	staging := source.Database + "_stg"
	s.o = Options{
		Source: s.source, Target: pgtest.With(t, s.source, staging), Rules: file, Key: prf.TestKey(), Jobs: 2, FailOn: report.High,
		KeepGenerations: 0, DropOnFindings: true, Log: zerolog.Nop(),
	}
	t.Cleanup(func() { pgtest.Drop(t, staging) })
	return s
}

// run refreshes and returns the record; an error that is not about findings ends the test.
func (s *story) run(t *testing.T) *report.Run {
	t.Helper()
	run, err := Refresh(t.Context(), s.o)
	var withheld *WithheldError
	if err != nil && !errors.As(err, &withheld) {
		t.Fatal(err)
	}
	return run
}

// found returns the worst open severity of a code at a subject, and whether there is one.
func found(run *report.Run, code, subject string) (report.Severity, bool) {
	worst, any := report.Info, false
	for _, f := range run.Findings {
		if f.Code == code && (subject == "" || f.Subject == subject) && f.Accepted == nil {
			worst, any = max(worst, f.Severity), true
		}
	}
	return worst, any
}

func TestACleanRefreshHasNoSurvivor(t *testing.T) {
	t.Parallel()
	s := newStory(t, peopleRules, people)
	run := s.run(t)
	for _, code := range []string{"survived", "unchanged", "collapse", "not-proven"} {
		if _, any := found(run, code, ""); any {
			t.Errorf("%s is found in a clean refresh: %+v", code, run.Findings)
		}
	}
	if run.Outcome != report.Published {
		t.Errorf("the outcome is %s", run.Outcome)
	}
	if !slices.ContainsFunc(run.Steps, func(st report.Step) bool { return strings.Contains(st.Detail, "compared with") }) {
		t.Error("the record does not say that originals were compared")
	}
}

func TestLeaksAreFound(t *testing.T) {
	t.Parallel()
	const one = "WHERE id = 77"
	for name, leak := range map[string]struct{ column, sql string }{
		"the email in a note":                         {"body", "UPDATE notes SET body = 'Write to Person123@BramblePoste.co.uk, please.' " + one},
		"the phone in an array with other separators": {"extra", `UPDATE notes SET extra = jsonb_build_object('call', jsonb_build_array((SELECT replace(replace(phone, '+44 ', '0'), '5', '5 ') FROM people WHERE id = 140))) ` + one},
		"the email in base64":                         {"body", "UPDATE notes SET body = 'x " + base64.StdEncoding.EncodeToString([]byte("to: person123@brambleposte.co.uk")) + "' " + one},
		"the email behind an escape":                  {"body", `UPDATE notes SET body = '{"to":"person123\u0040brambleposte.co.uk"}' ` + one},
		"the document without separators":             {"card", "UPDATE notes SET card = (SELECT replace(national_id, ' ', '') FROM people WHERE id = 130) " + one},
		"the phone as a number":                       {"legacy", "UPDATE notes SET legacy = (SELECT replace(replace(phone, '+', ''), ' ', '')::bigint FROM people WHERE id = 150) " + one},
		"the token without hyphens":                   {"body", "UPDATE notes SET body = (SELECT 'session ' || replace(token::text, '-', '') || '.' FROM people WHERE id = 160) " + one},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStory(t, peopleRules, people, leak.sql)
			run := s.run(t)
			severity, any := found(run, "survived", "public.notes."+leak.column)
			if !any || severity != report.High || run.Outcome != report.Withheld {
				t.Errorf("found %t, severity %s, outcome %s", any, severity, run.Outcome)
			}
			for _, f := range run.Findings {
				if f.Code == "survived" && (f.Subject != "public.notes."+leak.column || f.Count != 1 || len(f.Locators) != 1) {
					t.Errorf("another finding: %+v", f)
				}
			}
		})
	}
}

// maskerFunc is a broken masker.
type maskerFunc func(dst []byte, in mask.Input) ([]byte, error)

func (f maskerFunc) Mask(dst []byte, in mask.Input) ([]byte, error) { return f(dst, in) }

func identity(dst []byte, in mask.Input) ([]byte, error) { return append(dst, in.Value...), nil }

func TestBrokenMaskersAreFound(t *testing.T) {
	t.Parallel()
	for name, masker := range map[string]struct {
		column string
		codes  []string
		broken mask.Masker
	}{
		"email":       {"email", []string{"survived", "unchanged"}, maskerFunc(identity)},
		"phone":       {"phone", []string{"survived", "unchanged"}, maskerFunc(identity)},
		"national_id": {"national_id", []string{"survived", "unchanged"}, maskerFunc(identity)},
		"uuid":        {"token", []string{"survived", "unchanged"}, maskerFunc(identity)},
		"first_name":  {"first_name", []string{"unchanged"}, maskerFunc(identity)},
		"date":        {"born", []string{"unchanged"}, maskerFunc(identity)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStory(t, peopleRules, people)
			s.o.remask = func(real func(mask.Spec) (mask.Masker, error)) func(mask.Spec) (mask.Masker, error) {
				return func(spec mask.Spec) (mask.Masker, error) {
					if spec.Name == name {
						return masker.broken, nil
					}
					return real(spec)
				}
			}
			run := s.run(t)
			for _, code := range masker.codes {
				if severity, any := found(run, code, "public.people."+masker.column); !any || severity != report.High {
					t.Errorf("%s: found %t, severity %s", code, any, severity)
				}
			}
		})
	}
}

func TestAConstantForAllIsFound(t *testing.T) {
	t.Parallel()
	s := newStory(t, peopleRules, people)
	s.o.remask = func(real func(mask.Spec) (mask.Masker, error)) func(mask.Spec) (mask.Masker, error) {
		return func(spec mask.Spec) (mask.Masker, error) {
			if spec.Name == "first_name" {
				return maskerFunc(func(dst []byte, _ mask.Input) ([]byte, error) { return append(dst, "Always"...), nil }), nil
			}
			return real(spec)
		}
	}
	if severity, any := found(s.run(t), "collapse", "public.people.first_name"); !any || severity != report.Medium {
		t.Errorf("found %t, severity %s", any, severity)
	}
}

func TestSwappedValuesOfTwoRowsAreFound(t *testing.T) {
	t.Parallel()
	s := newStory(t, peopleRules, people)
	s.o.remask = func(real func(mask.Spec) (mask.Masker, error)) func(mask.Spec) (mask.Masker, error) {
		return func(spec mask.Spec) (mask.Masker, error) {
			m, err := real(spec)
			if spec.Name != "email" || err != nil {
				return m, err
			}
			return maskerFunc(func(dst []byte, in mask.Input) ([]byte, error) {
				switch v := string(in.Value); v {
				case "person201@brambleposte.co.uk":
					return append(dst, "person202@brambleposte.co.uk"...), nil
				case "person202@brambleposte.co.uk":
					return append(dst, "person201@brambleposte.co.uk"...), nil
				}
				return m.Mask(dst, in)
			}), nil
		}
	}
	run := s.run(t)
	if _, any := found(run, "unchanged", "public.people.email"); any {
		t.Error("no value is unchanged")
	}
	if severity, any := found(run, "survived", "public.people.email"); !any || severity != report.High {
		t.Errorf("found %t, severity %s", any, severity)
	}
}

func TestARunWithoutEvidenceSaysSo(t *testing.T) {
	t.Parallel()
	s := newStory(t, peopleRules, people)
	s.o.NoEvidence = true
	run := s.run(t)
	if _, any := found(run, "not-proven", ""); !any || !strings.Contains(run.NotCovered[0], "--no-survived-check") {
		t.Errorf("not proven is found: %t; not covered: %q", any, run.NotCovered[0])
	}
}

func TestTheShopHasNoSurvivorAndLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	text, err := rules.FS.ReadFile("examples/shop.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s := newStory(t, string(text))
	if err := fixtures.Load(t.Context(), fixtures.Into(pgtest.Conn(t, s.source).PgConn()), 1000); err != nil {
		t.Fatal(err)
	}
	run := s.run(t)
	for _, code := range []string{"survived", "unchanged", "collapse"} {
		for _, f := range run.Findings {
			if f.Code == code {
				t.Errorf("%s: %+v", code, f)
			}
		}
	}
	left, err := filepath.Glob(dir + "/*evidence*")
	if err != nil || len(left) > 0 {
		t.Errorf("left: %s, %v", left, err)
	}
}

// BenchmarkShop copies the shop of 50,000 customers with and without evidence.
func BenchmarkShop(b *testing.B) {
	text, err := rules.FS.ReadFile("examples/shop.yaml")
	if err != nil {
		b.Fatal(err)
	}
	file := filepath.Join(b.TempDir(), "rules.yaml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		b.Fatal(err)
	}
	source := pgtest.DSN(b)
	if err := fixtures.Load(b.Context(), fixtures.Into(pgtest.Conn(b, source).PgConn()), 50_000); err != nil {
		b.Fatal(err)
	}
	for _, without := range []bool{false, true} {
		b.Run(fmt.Sprintf("without=%t", without), func(b *testing.B) {
			for b.Loop() {
				b.Cleanup(func() { pgtest.Drop(b, "understudy_bench_stg") })
				run, err := Refresh(b.Context(), Options{
					Source: source, Target: pgtest.With(b, source, "understudy_bench_stg"), Rules: file, Key: prf.TestKey(), Jobs: 2, FailOn: report.High,
					DropOnFindings: true, Log: zerolog.Nop(), NoEvidence: without,
				})
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(run.StepTime("copy data").Seconds(), "copy-s")
				b.ReportMetric(run.StepTime("inspect").Seconds(), "inspect-s")
			}
		})
	}
}
