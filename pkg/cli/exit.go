package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/understudy-db/understudy/pkg/pipeline"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/ruleset"
)

// The exit codes. Scripts rely on them.
const (
	exitDone        = 0
	exitBug         = 1
	exitUsage       = 2
	exitRules       = 3
	exitFindings    = 4
	exitSource      = 5
	exitTarget      = 6
	exitUnswapped   = 7
	exitInterrupted = 130
)

// exitHelp is appended to the help of commands that use them.
const exitHelp = `

Exit status:
  0    done
  1    a bug, or anything unclassified
  2    wrong usage or configuration
  3    the rules do not fit the database, or columns are undecided
  4    findings at or above --fail-on
  5    the source failed
  6    the target failed
  7    clean, but not swapped in
  130  interrupted`

// usageError is a mistake in the command line.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// findingsError ends a command that did its work and found something.
type findingsError struct {
	worst report.Severity
	limit report.Severity
}

func (e findingsError) Error() string {
	return fmt.Sprintf("there are findings of severity %s; the limit is %s", e.worst, e.limit)
}

// exitCode says how the program ends on err.
func exitCode(err error) int {
	var (
		usage    usageError
		problems ruleset.Problems
		misfit   *plan.Misfit
		found    findingsError
		withheld *pipeline.WithheldError
		busy     *pipeline.UnswappedError
	)
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, context.Canceled), errors.Is(err, pipeline.ErrInterrupted):
		return exitInterrupted
	case errors.As(err, &found), errors.As(err, &withheld):
		return exitFindings
	case errors.As(err, &busy):
		return exitUnswapped
	case errors.As(err, &misfit):
		return exitRules
	case errors.As(err, &usage), errors.As(err, &problems):
		return exitUsage
	}
	switch report.SideOf(err) {
	case report.Usage:
		return exitUsage
	case report.Rules:
		return exitRules
	case report.Source:
		return exitSource
	case report.Target:
		return exitTarget
	default:
		return exitBug
	}
}

// size says how much does not fit, without what there is none of.
func size(m *plan.Misfit) string {
	count := func(n int, what string) string {
		if n == 1 {
			return "1 " + what
		}
		return fmt.Sprintf("%d %ss", n, what)
	}
	switch problems, columns := count(len(m.Problems), "problem"), count(len(m.Undecided), "undecided column"); {
	case len(m.Undecided) == 0:
		return problems
	case len(m.Problems) == 0:
		return columns
	default:
		return problems + ", " + columns
	}
}

// complain writes the one message of a failed command: what, and what to do next.
func complain(w io.Writer, err error, asJSON bool) {
	code := exitCode(err)
	hint := report.HintOf(err)
	var busy *pipeline.UnswappedError
	if errors.As(err, &busy) && busy.Incoming != "" {
		hint = "when the sessions have ended: understudy publish --target … --incoming " + busy.Incoming + "; --sessions wait or terminate does not leave it to them"
	}
	var misfit *plan.Misfit
	isMisfit := errors.As(err, &misfit)
	if asJSON {
		out := struct {
			Error  string       `json:"error"`
			Hint   string       `json:"hint,omitempty"`
			Exit   int          `json:"exit"`
			Misfit *plan.Misfit `json:"misfit,omitempty"`
		}{err.Error(), hint, code, misfit}
		b, _ := json.Marshal(out)
		_, _ = fmt.Fprintln(w, string(b))
		return
	}
	if isMisfit {
		_, _ = fmt.Fprintf(w, "understudy: the rules do not fit the database: %s\n", size(misfit))
		_, _ = fmt.Fprintln(w, report.CleanLines(misfit.Error()))
		if s := misfit.Snippet(); s != "" {
			_, _ = fmt.Fprintf(w, "\nrules to paste, after thought:\n\n%s\n", report.CleanLines(s))
		}
		return
	}
	_, _ = fmt.Fprintf(w, "understudy: %s\n", report.CleanLines(err.Error()))
	if hint != "" {
		_, _ = fmt.Fprintf(w, "hint: %s\n", report.CleanLines(hint))
	}
	if code == exitBug {
		_, _ = fmt.Fprintln(w, "This is not an error that understudy knows. Please report it with the command line and the run record.")
	}
}
