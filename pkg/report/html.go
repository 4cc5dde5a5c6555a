package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
)

//go:embed run.html
var runTemplate string

// WriteHTML writes the record as one self-contained page: no script from elsewhere, no
// request to anywhere. html/template escapes every name for where it stands.
func (r *Run) WriteHTML(w io.Writer) error {
	page, err := template.New("run").Funcs(template.FuncMap{
		"clean":  Clean,
		"comma":  humanize.Comma,
		"size":   func(n int64) string { return humanize.Bytes(uint64(max(n, 0))) },
		"millis": func(n int64) string { return round(time.Duration(n) * time.Millisecond).String() },
		"round":  func(d time.Duration) string { return round(d).String() },
		"short":  func(s string) string { return s[:min(len(s), 12)] },
		"utc":    func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") },
		"server": func(v int) string { return fmt.Sprintf("%d.%d", v/10000, v%10000) },
		"words":  func(o Outcome) string { return strings.ReplaceAll(string(o), "-", " ") },
		"place": func(file string, line int) string {
			if line == 0 {
				return ""
			}
			return fmt.Sprintf("%s:%d", file, line)
		},
		"share": func(part, whole int64) string {
			if whole <= 0 {
				return "0"
			}
			return fmt.Sprintf("%.1f", 100*float64(part)/float64(whole))
		},
	}).Parse(runTemplate)
	if err != nil {
		return fmt.Errorf("parse the report's template: %w", err)
	}
	return page.Execute(w, struct {
		*Run
		Worst   string
		StepSum int64
	}{r, r.worstName(), r.stepSum()})
}

func (r *Run) worstName() string {
	if worst, any := Worst(r.Findings); any {
		return worst.String()
	}
	return "none"
}

func (r *Run) stepSum() int64 {
	var sum int64
	for _, s := range r.Steps {
		sum += s.Millis
	}
	return sum
}
