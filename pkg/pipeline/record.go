package pipeline

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/understudy-db/understudy/pkg/report"
)

// notCovered is what no run of this version looks at; the report says it in these words.
var notCovered = []string{
	"Names of people in kept texts, unless a title or a salutation gives them away.",
	"Pictures and other files in kept bytea columns.",
	"Large objects: none is copied.",
}

func (r *refresh) report(ctx context.Context) (string, error) {
	if err := r.endJournal(ctx); err != nil {
		return "", err
	}
	r.gather()
	r.run.NotCovered, r.run.Finished = r.notCoveredBy(), time.Now().UTC()
	return fmt.Sprintf("%d findings", len(r.run.Findings)), r.writeRecord()
}

// gather puts the findings into the record, the worst first.
func (r *refresh) gather() {
	if r.rules != nil {
		accept(r.findings, r.rules, r.today())
	}
	open := func(f report.Finding) int {
		if f.Accepted != nil {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(r.findings, func(a, b report.Finding) int {
		return cmp.Or(open(a)-open(b), cmp.Compare(b.Severity, a.Severity), strings.Compare(a.Code, b.Code), strings.Compare(a.Subject, b.Subject))
	})
	r.run.Findings = r.findings
}

// countTables turns the meter into the record's table list, in the plan's order with partitions by name.
func (r *refresh) countTables() {
	meter := r.copier.Meter()
	r.run.Tables = nil
	for i := range r.plan.Tables {
		t := &r.plan.Tables[i]
		m := meter.Table(i)
		masked, nulled, nulls, empties := m.Columns()
		r.run.Tables = append(r.run.Tables, report.Table{
			Name: t.Name.String(), Rows: m.Stored.Load(), SourceRows: m.Sent.Load(), Bytes: m.Read.Load(), Millis: m.Elapsed().Milliseconds(),
			Chunks: int(m.Chunks.Load()), Format: t.Format, Why: t.Why, Filter: t.Filter, Skipped: t.Skip != "",
			Masked: masked, Nulled: nulled, Nulls: nulls, Empties: empties,
		})
	}
}

// finish says in the record how the run ended.
func (r *refresh) finish(err error) {
	r.run.Finished = time.Now().UTC()
	r.gather()
	r.run.NotCovered = r.notCoveredBy()
	if r.ExitCode != nil {
		r.run.Exit = r.ExitCode(err)
	}
	var withheld *WithheldError
	var unswapped *UnswappedError
	switch {
	case err == nil:
		r.run.Outcome = report.Published
		return
	case errors.Is(err, ErrInterrupted):
		r.run.Outcome = report.Interrupted
	case errors.As(err, &withheld):
		r.run.Outcome = report.Withheld
	case errors.As(err, &unswapped):
		r.run.Outcome = report.Unswapped
	default:
		r.run.Outcome = report.Failed
	}
	// every room reduces the server's errors where they arise; what arrives here holds no value
	r.run.Error = &report.Failure{Side: report.SideOf(err).String(), Message: err.Error(), Hint: report.HintOf(err)}
}

// makeReportFolder makes the run's folder.
func (r *refresh) makeReportFolder() error {
	if r.ReportDir == "" {
		return nil
	}
	dir := filepath.Join(r.ReportDir, r.run.ID)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		r.ReportDir = "" // there is nowhere to tell this but on the terminal
		return reportFault(dir, err)
	}
	if r.earlier == nil {
		r.earlier = report.Before(os.DirFS(r.ReportDir), r.run.ID)
		r.run.Follow(r.earlier)
	}
	return nil
}

// writeRecord writes run.json, report.txt and report.html into a folder of the run's
// own, and the folder's index.html. Each file appears whole or not at all.
func (r *refresh) writeRecord() error {
	if r.ReportDir == "" {
		return nil
	}
	if err := r.makeReportFolder(); err != nil {
		return err
	}
	for name, write := range r.forms() {
		if err := writeForm(filepath.Join(r.ReportDir, r.run.ID, name), write); err != nil {
			return err
		}
	}
	return writeForm(filepath.Join(r.ReportDir, "index.html"), func(w io.Writer) error { return report.WriteIndex(w, r.run, r.earlier) })
}

func writeForm(path string, write func(io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return reportFault(path, err)
	}
	if err := replaceFile(path, b.Bytes()); err != nil {
		return reportFault(path, err)
	}
	return nil
}

// forms are the files of a record, and how each is written.
func (r *refresh) forms() map[string]func(io.Writer) error {
	return map[string]func(io.Writer) error{
		"run.json": r.run.WriteJSON, "report.txt": r.run.WriteText, "report.html": r.run.WriteHTML,
	}
}

func reportFault(what string, err error) error {
	return &report.Fault{Side: report.Usage, Doing: "write the report " + what, Err: err, Hint: "give --report a folder that can be written"}
}

// replaceFile writes a file beside its place and renames it.
func replaceFile(path string, b []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	if _, err := f.Write(b); err != nil {
		_ = f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
