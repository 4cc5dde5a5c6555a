package report

import (
	"fmt"
	"html/template"
	"io"
	"slices"

	"github.com/dustin/go-humanize"
)

// indexPage is what a report folder's page is made of.
type indexPage struct {
	*Run
	Nights  []Night // the newest first
	Charts  []Chart
	Changes *Changes // nil without a run before
}

// WriteIndex writes the page of a report folder as of run, its newest: the trend over the
// runs that it remembers, and how it compares with the one before, which may be nil. Like
// the report it is self-contained; its links lead to the runs' folders beside it.
func WriteIndex(w io.Writer, run, before *Run) error {
	charts, err := draw(
		plotted{"Time of a full rebuild", run.rebuilds},
		plotted{"Rows", func() (template.HTML, error) {
			return run.over("Rows of each run", func(n Night) float64 { return float64(n.Rows) }, count)
		}},
		plotted{"Size of what was read", func() (template.HTML, error) {
			return run.over("Bytes of each run", func(n Night) float64 { return float64(n.Bytes) }, func(f float64) string { return humanize.Bytes(uint64(max(f, 0))) })
		}},
		plotted{"Open findings", func() (template.HTML, error) {
			return run.over("Open findings of each run", func(n Night) float64 { return float64(n.Open) }, count)
		}},
	)
	if err != nil {
		return err
	}
	page := indexPage{Run: run, Nights: run.nights(), Charts: charts}
	slices.Reverse(page.Nights)
	if before != nil {
		c := Compare(before, run)
		page.Changes = &c
	}
	return execute(w, "index.html", page)
}

// nights are the runs that the record knows, the oldest first, itself last.
func (r *Run) nights() []Night { return append(slices.Clone(r.Trend), r.Night()) }

// rebuilds draws how long the published runs took.
func (r *Run) rebuilds() (template.HTML, error) {
	return r.over("Time of each published run", func(n Night) float64 { return float64(n.Millis) }, func(f float64) string { return millis(int64(f)) })
}

// over draws one number of each published run; one run is no trend.
func (r *Run) over(title string, of func(Night) float64, format func(float64) string) (template.HTML, error) {
	var labels []string
	var values []float64
	for _, n := range r.nights() {
		if n.Outcome == Published {
			labels = append(labels, n.Started.UTC().Format("01-02"))
			values = append(values, of(n))
		}
	}
	if len(values) < 2 {
		return "", nil
	}
	return drawing{title, fmt.Sprintf("from %s to %s over %d runs", format(values[0]), format(values[len(values)-1]), len(values))}.line(labels, values, format)
}

// Nothing reports whether the two runs differ in nothing that a reviewer would ask about.
func (c *Changes) Nothing() bool {
	return !c.Rules && !c.Catalog && !c.Key && !c.Tool && len(c.Rotated)+len(c.Decisions)+len(c.Tables)+len(c.NewFindings)+len(c.Gone) == 0
}
