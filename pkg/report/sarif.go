package report

import (
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
)

const (
	home    = "https://github.com/understudy-db/understudy"
	runbook = home + "/blob/main/docs/runbook.md#"
)

// WriteSARIF writes findings as SARIF 2.1.0, for code-scanning viewers: high is an error,
// medium a warning, what a rule has accepted is suppressed with its reason. Names are
// made harmless, and no locator is written: the report may travel further than those who
// may read rows.
func WriteSARIF(w io.Writer, tool Tool, findings []Finding) error {
	run := sarif.NewRunWithInformationURI("understudy", home)
	run.Tool.Driver.WithVersion(tool.Version)
	for i := range findings {
		f := &findings[i]
		rule := run.AddRule(f.Code)
		rule.WithShortDescription(sarif.NewMultiformatMessageString().WithText(strings.ReplaceAll(f.Code, "-", " ")))
		rule.WithHelpURI(runbook + f.Code)
		subject := Clean(f.Subject)
		text := subject + ": " + Clean(f.Message)
		if f.Count > 1 {
			text += fmt.Sprintf(" (%d)", f.Count)
		}
		if f.Hint != "" {
			text += "\n" + Clean(f.Hint)
		}
		result := run.CreateResultForRule(f.Code).WithLevel(level(f.Severity)).WithMessage(sarif.NewTextMessage(text))
		// the same finding keeps its identity when lines above it move
		result.WithPartialFingerprints(map[string]string{"understudy/1": f.Code + "/" + subject})
		location := sarif.NewLocation().WithLogicalLocations([]*sarif.LogicalLocation{
			sarif.NewLogicalLocation().WithFullyQualifiedName(subject).WithKind("member"),
		})
		if f.File != "" {
			place := sarif.NewPhysicalLocation().WithArtifactLocation(sarif.NewSimpleArtifactLocation(fileURI(f.File)))
			if f.Line > 0 {
				place.WithRegion(sarif.NewSimpleRegion(f.Line, f.Line))
			}
			location.WithPhysicalLocation(place)
		}
		result.AddLocation(location)
		if a := f.Accepted; a != nil {
			why := Clean(a.Why)
			if a.Until != "" {
				why += ", until " + a.Until
			}
			result.AddSuppression(sarif.NewSuppression().WithKind("inSource").WithStatus("accepted").WithJustification(why))
		}
	}
	rep := sarif.NewReport()
	rep.AddRun(run)
	return rep.PrettyWrite(w)
}

// WriteSARIF writes the run's findings, and why it failed, as SARIF.
func (r *Run) WriteSARIF(w io.Writer) error { return WriteSARIF(w, r.Tool, r.withError()) }

// withError is the findings with the run's error as one of them: a viewer of findings
// must not show a run that failed as clean.
func (r *Run) withError() []Finding {
	if r.Error == nil || r.Outcome == Withheld {
		return r.Findings
	}
	failed := Finding{
		Code: "run-failed", Severity: High, Subject: r.Target.Database, Message: string(r.Outcome) + ": " + r.Error.Message, Hint: r.Error.Hint, Count: 1,
		File: r.Rules.File,
	}
	return append([]Finding{failed}, r.Findings...)
}

func level(s Severity) string {
	switch s {
	case High:
		return "error"
	case Medium:
		return "warning"
	default:
		return "note"
	}
}

// fileURI is a file's name as a viewer finds it: relative where the rules are given so.
func fileURI(file string) string {
	u := url.URL{Path: filepath.ToSlash(file)}
	if filepath.IsAbs(file) {
		u.Scheme = "file"
	}
	return u.String()
}
