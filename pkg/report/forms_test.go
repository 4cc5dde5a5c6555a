package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"
	"time"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
)

// hostileName is what somebody may call a table to harm whoever reads the report.
const hostileName = "public.<script>alert(1)</script>\x1b[31m\u202egnp.exe\x00,=cmd|' /C calc'!A0"

func formFindings() []Finding {
	return []Finding{
		{Code: "unmasked-email", Severity: High, Subject: hostileName, Message: "an email address", Hint: "mask it", File: "a b/rules.yaml", Line: 7, Count: 3, Locators: []Locator{{Query: "SELECT"}}},
		{Code: "kept-personal", Severity: Medium, Subject: "public.people.name", Message: "it is kept", Count: 1, File: "/etc/rules.yaml"},
		{Code: "deliverable", Severity: High, Subject: "public.staff.email", Message: "somebody", Count: 1, Accepted: &Accepted{Why: "staff log in", Until: "2027-01-31"}},
		{Code: "unmasked-email", Severity: Low, Subject: "public.people.note", Message: "an email address", Count: 1},
	}
}

func TestSARIFValidatesAgainstItsSchema(t *testing.T) {
	t.Parallel()
	run := &Run{Tool: Tool{Version: "1.0"}, Outcome: Failed, Error: &Failure{Message: "it broke"}, Findings: formFindings(), Rules: RulesFile{File: "rules.yaml"}}
	for name, write := range map[string]func(*bytes.Buffer) error{
		"findings": func(b *bytes.Buffer) error { return WriteSARIF(b, run.Tool, run.Findings) },
		"nothing":  func(b *bytes.Buffer) error { return WriteSARIF(b, run.Tool, nil) },
		"run":      func(b *bytes.Buffer) error { return run.WriteSARIF(b) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		rep, err := sarif.FromBytes(b.Bytes())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := rep.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		harmless(t, b.String())
	}
	var b bytes.Buffer
	if err := run.WriteSARIF(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"run-failed", `"level": "error"`, `"level": "warning"`, `"level": "note"`, "staff log in, until 2027-01-31", "a%20b/rules.yaml", "file:///etc/rules.yaml", "runbook.md#kept-personal"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%s is missing", want)
		}
	}
	if strings.Contains(b.String(), "SELECT") {
		t.Error("a locator is in it")
	}
	if n := strings.Count(b.String(), `"id": "unmasked-email"`); n != 1 {
		t.Errorf("the rule is there %d times", n)
	}
}

// harmless refuses what would act on a terminal, a viewer or a spreadsheet.
func harmless(t *testing.T, s string) {
	t.Helper()
	for _, bad := range []string{"\x1b", "\u202e", "\x00"} {
		if strings.Contains(s, bad) {
			t.Errorf("%q is in it", bad)
		}
	}
}

func TestJUnitFailsForWhatStopsARun(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := WriteJUnit(&b, "check", formFindings(), High); err != nil {
		t.Fatal(err)
	}
	harmless(t, b.String())
	if strings.Contains(b.String(), "<script>") {
		t.Error("markup is in it")
	}
	var got junitSuites
	if err := xml.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if s := got.Suites[0]; s.Tests != 4 || s.Failures != 1 || s.Skipped != 1 {
		t.Errorf("%d cases, %d failures, %d skipped", s.Tests, s.Failures, s.Skipped)
	}
	b.Reset()
	if err := WriteJUnit(&b, "check", nil, High); err != nil || !strings.Contains(b.String(), `tests="1" failures="0"`) {
		t.Errorf("%v %s", err, b.String())
	}
}

func TestJUnitOfARunHasItsStepsAndRows(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	run := &Run{
		Started: at, Finished: at.Add(1500 * time.Millisecond), Outcome: Failed, Error: &Failure{Message: "the disk is full", Hint: "make room"},
		Steps:  []Step{{Number: 1, Name: "plan", Millis: 20, Done: true}, {Number: 2, Name: "copy data"}},
		Tables: []Table{{Name: "public.a", Rows: 1, SourceRows: 1}, {Name: "public.b", Rows: 1, SourceRows: 2}, {Name: "public.c", Skipped: true, Why: "log"}},
	}
	var b bytes.Buffer
	if err := run.WriteJUnit(&b); err != nil {
		t.Fatal(err)
	}
	var got junitSuites
	if err := xml.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	var fails []string
	for _, s := range got.Suites {
		for _, c := range s.Cases {
			if c.Failure != nil {
				fails = append(fails, c.Name)
			}
		}
	}
	if strings.Join(fails, " ") != "copy data public.b " || got.Suites[0].Time != "1.500" { // the last is the run itself, whose target has no name here
		b, _ := json.Marshal(fails)
		t.Errorf("%s", b)
	}
}
