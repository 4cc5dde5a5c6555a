package report

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dustin/go-humanize"
)

//go:embed page/*.html
var pages embed.FS

// templates parses the pages once, when the first is asked for.
var templates = sync.OnceValues(func() (*template.Template, error) {
	return template.New("").Funcs(template.FuncMap{
		"clean":   Clean,
		"first":   func(n int, tables []Table) []Table { return tables[:min(len(tables), n)] },
		"comma":   humanize.Comma,
		"comma64": func(n int) string { return humanize.Comma(int64(n)) },
		"size":    func(n int64) string { return humanize.Bytes(uint64(max(n, 0))) },
		"millis":  millis,
		"round":   func(d time.Duration) string { return round(d).String() },
		"short":   func(s string) string { return s[:min(len(s), 12)] },
		"utc":     func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") },
		"server":  func(v int) string { return fmt.Sprintf("%d.%d", v/10000, v%10000) },
		"words":   func(o Outcome) string { return strings.ReplaceAll(string(o), "-", " ") },
		"place":   place,
		"ruled":   ruled,
		"foreign": foreign,
		"risky":   func(r Risk) bool { return r == RiskHigh || r == RiskElevated },
		"share": func(part, whole int64) string {
			if whole <= 0 {
				return "0"
			}
			return fmt.Sprintf("%.1f", 100*float64(part)/float64(whole))
		},
	}).ParseFS(pages, "page/*.html")
})

func place(file string, line int) string {
	if line == 0 {
		return ""
	}
	return fmt.Sprintf("%s:%d", file, line)
}

// ruled is a place in the rules; in the run's own file, which the page names once, the
// line is enough: with a thousand tables the page stays small.
func ruled(rules, file string, line int) string {
	if file == rules && line > 0 {
		return fmt.Sprintf("line %d", line)
	}
	return place(file, line)
}

// foreign is the domain or subject of an entry, "" when it is the column's own.
func foreign(e Entry) string {
	if e.Subject != "" {
		return e.Subject
	}
	if e.Domain == e.name() {
		return ""
	}
	return e.Domain
}

// Chart is a drawing of the page.
type Chart struct {
	Title string
	SVG   template.HTML
}

// Filter is a select box over one cell of the ledger.
type Filter struct {
	Name   string
	Cell   int
	Values []string
}

// Evidence is a masked column with its decision.
type Evidence struct {
	Column Column
	Entry  Entry
}

// NullsAfter is how many NULLs staging has.
func (e Evidence) NullsAfter() int64 { return e.Column.Nulls + e.Column.Nulled }

// shownShapes is how many shapes of a column the page has room for; the record has all.
const shownShapes = 5

// Shapes returns the most frequent shapes, the others added up in the last.
func (e Evidence) Shapes() []Shape {
	s := e.Column.Shapes
	if len(s) <= shownShapes {
		return s
	}
	var rest Shape
	for _, o := range s[shownShapes-1:] {
		rest.Before, rest.After = rest.Before+o.Before, rest.After+o.After
	}
	return append(slices.Clone(s[:shownShapes-1]), rest)
}

// runPage is what the report's page is made of.
type runPage struct {
	*Run
	Charts  []Chart
	Filters []Filter
}

// LedgerHead names the ledger's cells, in the order of the page.
func (runPage) LedgerHead() []string {
	return []string{"Schema", "Table", "Column", "Type", "Decision", "Masker", "Kind", "Risk", "Safety", "Reason", "Decided by"}
}

// Worst names the worst open severity.
func (p runPage) Worst() string {
	if worst, any := Worst(p.Findings); any {
		return worst.String()
	}
	return "none"
}

// Undecided counts the columns that nobody decided: those made NULL for it.
func (p runPage) Undecided() int {
	n := 0
	for _, e := range p.Ledger {
		if strings.HasPrefix(e.By, "undecided") {
			n++
		}
	}
	return n
}

// SourceRows is the number of rows read of all tables.
func (p runPage) SourceRows() int64 {
	var n int64
	for _, t := range p.Tables {
		n += t.SourceRows
	}
	return n
}

// Differing lists the tables whose rows read are not the rows stored.
func (p runPage) Differing() []Table {
	var out []Table
	for _, t := range p.Tables {
		if !t.Skipped && t.Rows != t.SourceRows {
			out = append(out, t)
		}
	}
	return out
}

// Waivers lists the accepted findings.
func (p runPage) Waivers() []Finding {
	var out []Finding
	for _, f := range p.Findings {
		if f.Accepted != nil {
			out = append(out, f)
		}
	}
	return out
}

// Evidence pairs each masked column with its decision.
func (p runPage) Evidence() []Evidence {
	entries := map[string]Entry{}
	for _, e := range p.Ledger {
		entries[e.name()] = e
	}
	out := make([]Evidence, len(p.Columns))
	for i, c := range p.Columns {
		out[i] = Evidence{c, entries[c.Schema+"."+c.Table+"."+c.Column]}
	}
	return out
}

// StepSum is the time of all steps in milliseconds.
func (p runPage) StepSum() int64 {
	var sum int64
	for _, s := range p.Steps {
		sum += s.Millis
	}
	return sum
}

// TrendWords says how long the published runs before took.
func (p runPage) TrendWords() string {
	var times []int64
	for _, n := range p.Trend {
		if n.Outcome == Published {
			times = append(times, n.Millis)
		}
	}
	slices.Sort(times)
	switch n := len(times); n {
	case 0:
		return "no run before was published"
	case 1:
		return "the one published before took " + millis(times[0])
	default:
		return fmt.Sprintf("the last %d published before took %s to %s, half of them %s or less", n, millis(times[0]), millis(times[n-1]), millis(times[(n-1)/2]))
	}
}

// ledgerFilters lists the values by which the ledger can be cut down.
func (r *Run) ledgerFilters() []Filter {
	filters := []Filter{{Name: "Schema", Cell: 0}, {Name: "Kind", Cell: 6}, {Name: "Decision", Cell: 4}, {Name: "Risk", Cell: 7}}
	for i, of := range []func(Entry) string{
		func(e Entry) string { return e.Schema }, func(e Entry) string { return e.Kind },
		func(e Entry) string { return e.Decision }, func(e Entry) string { return string(e.Risk) },
	} {
		seen := map[string]bool{"": true}
		for _, e := range r.Ledger {
			if v := of(e); !seen[v] {
				seen[v] = true
				filters[i].Values = append(filters[i].Values, v)
			}
		}
		slices.Sort(filters[i].Values)
	}
	return filters
}

// WriteHTML writes the record as one self-contained page: no script from elsewhere, no
// request to anywhere. html/template escapes every name for where it stands.
func (r *Run) WriteHTML(w io.Writer) error {
	charts, err := draw(
		plotted{"Columns by decision", r.coverage}, plotted{"Columns by risk in each table", r.riskByTable},
		plotted{"Time by step", r.timeByStep}, plotted{"Time of a full rebuild, run by run", r.rebuilds},
	)
	if err != nil {
		return err
	}
	return execute(w, "run.html", runPage{r, charts, r.ledgerFilters()})
}

func execute(w io.Writer, name string, data any) error {
	t, err := templates()
	if err != nil {
		return fmt.Errorf("parse the report's pages: %w", err)
	}
	return t.ExecuteTemplate(w, name, data)
}

// plotted is a chart before it is drawn.
type plotted struct {
	title string
	draw  func() (template.HTML, error)
}

// draw draws the charts that have something to show.
func draw(list ...plotted) ([]Chart, error) {
	var out []Chart
	for _, p := range list {
		svg, err := p.draw()
		if err != nil {
			return nil, err
		}
		if svg != "" {
			out = append(out, Chart{p.title, svg})
		}
	}
	return out, nil
}
