package report

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/dustin/go-humanize"
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Clean returns s with control characters and marks of direction made visible:
// names come from the database and may be hostile to a terminal.
func Clean(s string) string {
	if strings.IndexFunc(s, hostile) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if hostile(r) {
			fmt.Fprintf(&b, "\\u%04x", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func hostile(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }

// WriteText writes the record for a terminal: outcome, tables, steps, findings.
func (r *Run) WriteText(w io.Writer) error {
	p := &printer{w: w}
	p.printf("%s  %s\n", strings.ToUpper(string(r.Outcome)), Clean(r.headline()))
	if r.Error != nil {
		p.printf("  %s\n", Clean(r.Error.Message))
		if r.Error.Hint != "" {
			p.printf("  hint: %s\n", Clean(r.Error.Hint))
		}
	}
	if r.Purpose != "" {
		p.printf("purpose   %s\n", Clean(r.Purpose))
	}
	p.printf("source    %s at %s\n", Clean(r.Source.Address), r.Snapshot.Time)
	p.printf("staging   %s", Clean(r.Target.Address))
	if r.Previous != "" {
		p.printf(", yesterday's kept as %s", Clean(r.Previous))
	}
	p.printf("\nrules     %s, sha256 %.12s, key %s\n", Clean(r.Rules.File), r.Rules.Digest, r.Key.Words())
	p.printf("columns   %d: %d masked, %d kept with a reason, %d null, %d skipped, %d generated, 0 undecided\n",
		len(r.Ledger), r.Ledger.Count("mask"), r.Ledger.Count("keep"), r.Ledger.Count("null"), r.Ledger.Count("skip"), r.Ledger.Count("generated"))
	if s := r.Subset; s != nil {
		p.printf("subset    %s: %s\n", Clean(strings.Join(s.Starts, "; ")), s.Sizes())
	}
	p.tables(r)
	p.steps(r)
	p.findings(r.Findings)
	for _, s := range r.NotCovered {
		p.printf("not covered: %s\n", s)
	}
	return p.err
}

func (r *Run) headline() string {
	s := fmt.Sprintf("%s rows in %s", humanize.Comma(r.Rows()), round(r.Elapsed()))
	if copying := r.StepTime("copy data"); copying > 0 {
		s += fmt.Sprintf(", copied at %s rows/s and %s/s",
			humanize.Comma(int64(float64(r.Rows())/copying.Seconds())), humanize.Bytes(uint64(float64(r.Bytes())/copying.Seconds())))
	}
	return s
}

func round(d time.Duration) time.Duration {
	if d < time.Second {
		return d.Round(time.Millisecond)
	}
	return d.Round(10 * time.Millisecond)
}

type printer struct {
	w   io.Writer
	err error
}

func (p *printer) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

func (p *printer) render(t table.Writer) {
	t.SetStyle(table.StyleLight)
	t.Style().Options.DrawBorder = false
	t.Style().Options.SeparateColumns = false
	t.Style().Format.Header = text.FormatDefault
	t.Style().Format.Footer = text.FormatDefault
	p.printf("\n%s\n", t.Render())
}

func (p *printer) tables(r *Run) {
	if len(r.Tables) == 0 {
		return
	}
	t := table.NewWriter()
	t.AppendHeader(table.Row{"table", "rows", "size", "masked", "time", "chunks", "format", ""})
	for _, row := range r.Tables {
		t.AppendRow(table.Row{
			Clean(row.Name), humanize.Comma(row.Rows), humanize.Bytes(uint64(row.Bytes)), humanize.Comma(row.Masked),
			round(time.Duration(row.Millis) * time.Millisecond), row.Chunks, row.Format, Clean(row.Why),
		})
	}
	t.AppendFooter(table.Row{"all", humanize.Comma(r.Rows()), humanize.Bytes(uint64(r.Bytes()))})
	t.SetColumnConfigs(right("rows", "size", "masked", "time", "chunks"))
	p.render(t)
}

func right(names ...string) []table.ColumnConfig {
	configs := make([]table.ColumnConfig, len(names))
	for i, n := range names {
		configs[i] = table.ColumnConfig{Name: n, Align: text.AlignRight, AlignFooter: text.AlignRight, AlignHeader: text.AlignRight}
	}
	return configs
}

func (p *printer) steps(r *Run) {
	if len(r.Steps) == 0 {
		return
	}
	t := table.NewWriter()
	t.AppendHeader(table.Row{"step", "", "time", ""})
	for _, s := range r.Steps {
		t.AppendRow(table.Row{s.Number, s.Name, round(time.Duration(s.Millis) * time.Millisecond), Clean(s.Detail)})
	}
	t.AppendFooter(table.Row{"", "wall clock", round(r.Elapsed()), ""})
	t.SetColumnConfigs(right("step", "time"))
	p.render(t)
}

// WriteFindings writes findings for a terminal, the worst first as given.
func WriteFindings(w io.Writer, findings []Finding) error {
	p := &printer{w: w}
	p.findings(findings)
	return p.err
}

func (p *printer) findings(findings []Finding) {
	if len(findings) == 0 {
		p.printf("\nno findings\n")
		return
	}
	p.printf("\n%d findings\n", len(findings))
	for _, f := range findings {
		mark := strings.ToUpper(f.Severity.String())
		if f.Accepted != nil {
			mark = "accepted"
		}
		p.printf("%-8s %s  %s: %s", mark, f.Code, Clean(f.Subject), Clean(f.Message))
		if f.Count > 0 {
			p.printf(" (%s)", humanize.Comma(f.Count))
		}
		if f.Line > 0 {
			p.printf(" [%s:%d]", Clean(f.File), f.Line)
		}
		p.printf("\n")
		if f.Accepted != nil {
			p.printf("         because %s\n", Clean(f.Accepted.Why))
			continue
		}
		if f.Hint != "" {
			p.printf("         hint: %s\n", Clean(f.Hint))
		}
		for _, l := range f.Locators {
			p.printf("         %s\n", Clean(l.Query))
		}
	}
}

// CleanLines is Clean for a text of several lines: line breaks stay.
func CleanLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = Clean(lines[i])
	}
	return strings.Join(lines, "\n")
}
