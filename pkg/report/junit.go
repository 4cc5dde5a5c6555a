package report

import (
	"encoding/xml"
	"fmt"
	"io"
)

// The parts of a JUnit file that CI servers read.
type (
	junitSuites struct {
		XMLName xml.Name     `xml:"testsuites"`
		Suites  []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Time     string      `xml:"time,attr,omitempty"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Time    string        `xml:"time,attr,omitempty"`
		Failure *junitMessage `xml:"failure,omitempty"`
		Skipped *junitMessage `xml:"skipped,omitempty"`
		Out     string        `xml:"system-out,omitempty"`
	}
	junitMessage struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr,omitempty"`
		Text    string `xml:",chardata"`
	}
)

func (s *junitSuite) add(c junitCase) {
	s.Tests++
	if c.Failure != nil {
		s.Failures++
	}
	if c.Skipped != nil {
		s.Skipped++
	}
	s.Cases = append(s.Cases, c)
}

// findingCases adds a case for each finding: one at or above the limit fails, an accepted
// one is skipped with its reason, the others pass and say what they are.
func (s *junitSuite) findingCases(findings []Finding, limit Severity) {
	for i := range findings {
		f := &findings[i]
		c := junitCase{Class: f.Code, Name: Clean(f.Subject)}
		text := fmt.Sprintf("%s (%s, %d)", Clean(f.Message), f.Severity, f.Count)
		if f.Hint != "" {
			text += "\n" + Clean(f.Hint)
		}
		if f.Line > 0 {
			text += fmt.Sprintf("\n%s:%d", Clean(f.File), f.Line)
		}
		switch {
		case f.Accepted != nil:
			c.Skipped = &junitMessage{Message: "accepted: " + Clean(f.Accepted.Why)}
		case f.Severity >= limit:
			c.Failure = &junitMessage{Message: Clean(f.Message), Type: f.Code, Text: text}
		default:
			c.Out = text
		}
		s.add(c)
	}
}

// WriteJUnit writes findings as a JUnit file; those at or above the limit are failures.
// Without a finding there is one case that passes, since CI servers take an empty file
// for a mistake.
func WriteJUnit(w io.Writer, name string, findings []Finding, limit Severity) error {
	s := junitSuite{Name: name}
	s.findingCases(findings, limit)
	if s.Tests == 0 {
		s.add(junitCase{Class: name, Name: "nothing was found"})
	}
	return writeSuites(w, s)
}

func writeSuites(w io.Writer, suites ...junitSuite) error {
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(junitSuites{Suites: suites}); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// WriteJUnit writes the run as a JUnit file: its steps, the rows of its tables, and its
// findings, of which the high ones fail.
func (r *Run) WriteJUnit(w io.Writer) error {
	steps := junitSuite{Name: "steps", Time: seconds(r.Elapsed().Milliseconds())}
	for _, s := range r.Steps {
		c := junitCase{Class: "step", Name: s.Name, Time: seconds(s.Millis), Out: Clean(s.Detail)}
		if !s.Done {
			c.Failure = &junitMessage{Message: "the run ended here", Type: string(r.Outcome)}
			if r.Error != nil {
				c.Failure.Text = CleanLines(r.Error.Message + "\n" + r.Error.Hint)
			}
		}
		steps.add(c)
	}
	rows := junitSuite{Name: "rows"}
	for i := range r.Tables {
		t := &r.Tables[i]
		c := junitCase{Class: "rows", Name: Clean(t.Name), Time: seconds(t.Millis)}
		switch {
		case t.Skipped:
			c.Skipped = &junitMessage{Message: Clean(t.Why)}
		case t.Rows != t.SourceRows:
			c.Failure = &junitMessage{Message: fmt.Sprintf("%d rows were read, and %d are stored", t.SourceRows, t.Rows), Type: "rows"}
		}
		rows.add(c)
	}
	findings := junitSuite{Name: "findings"}
	findings.findingCases(r.withError(), High)
	return writeSuites(w, steps, rows, findings)
}

func seconds(ms int64) string { return fmt.Sprintf("%.3f", float64(ms)/1000) }
