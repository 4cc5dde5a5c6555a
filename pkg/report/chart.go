package report

import (
	"cmp"
	"fmt"
	"html"
	"html/template"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/go-analyze/charts"
)

// The charts' colours stand for variables of the page's style sheet, so that a chart
// follows the page into the dark. The library knows colours only: these are put into its
// drawing and found again.
var (
	inkText   = charts.Color{R: 1, G: 1, B: 1, A: 255}
	inkLine   = charts.Color{R: 2, G: 2, B: 2, A: 255}
	inkSeries = []charts.Color{{R: 11, A: 255}, {R: 12, A: 255}, {R: 13, A: 255}, {R: 14, A: 255}, {R: 15, A: 255}}
)

// chartWidth is the drawing's width in its own units; the page scales it to what room there is.
const chartWidth = 720

// ink is the palette of a chart whose series have the given variables.
func ink() charts.ColorPalette {
	none := charts.Color{}
	return charts.MakeTheme(charts.ThemeOption{
		AxisStrokeColor: inkLine, AxisSplitLineColor: inkLine, BackgroundColor: none, TextColor: inkText, TextColorTitle: inkText,
		TextColorMark: inkText, TextColorLabel: inkText, TextColorLegend: inkText, TextColorXAxis: inkText, TextColorYAxis: inkText,
		SeriesColors: inkSeries,
	})
}

// drawing is an SVG with what a screen reader says of it.
type drawing struct{ title, description string }

// opening is the drawing's first tag, which gives way to one that speaks to screen readers
// and names no address: the page has a test that it asks for nothing elsewhere.
var opening = regexp.MustCompile(`^<svg [^>]*?viewBox="([0-9 ]+)"[^>]*>`)

// svg finishes a drawing for the page: colours become variables, and it gets a title. The
// labels come from the library, which escapes them.
func (d drawing) svg(drawn []byte, series ...string) (template.HTML, error) {
	s := string(drawn)
	m := opening.FindStringSubmatch(s)
	if m == nil {
		return "", fmt.Errorf("the drawing %q does not begin as an SVG does", d.title)
	}
	s = fmt.Sprintf(`<svg viewBox="%s" role="img" aria-label="%s">`, m[1], html.EscapeString(d.title+". "+d.description)) + s[len(m[0]):]
	colours := []string{"font-family:'Roboto Medium',sans-serif", "font-family:inherit", inkText.String(), "var(--fg)", inkLine.String(), "var(--line)"}
	for i, v := range series {
		colours = append(colours, inkSeries[i].String(), "var("+v+")")
	}
	return template.HTML(strings.NewReplacer(colours...).Replace(s)), nil //nolint:gosec // ours and escaped; a test gives it hostile names
}

// bars draws horizontal bars, one row a label, one colour a series.
func (d drawing) bars(labels []string, series [][]float64, legend, colours []string, format func(float64) string) (template.HTML, error) {
	p := charts.NewPainter(charts.PainterOptions{OutputFormat: charts.ChartOutputSVG, Width: chartWidth, Height: 90 + 28*len(labels), Theme: ink()})
	shown := make([]string, len(labels))
	for i, l := range labels {
		shown[len(labels)-1-i] = shorten(Clean(l)) // the library draws from below
	}
	turned := make([][]float64, len(series))
	for i, s := range series {
		turned[i] = slices.Clone(s)
		slices.Reverse(turned[i])
	}
	opt := charts.BarChartOption{
		Theme: ink(), Horizontal: true, StackSeries: charts.Ptr(true), SeriesList: charts.NewSeriesListBar(turned),
		CategoryAxis: charts.CategoryAxisOption{Labels: shown}, ValueAxis: []charts.ValueAxisOption{{ValueFormatter: format, Min: charts.Ptr(0.0)}},
		ValueFormatter: format, Padding: charts.NewBoxEqual(8),
	}
	if len(legend) > 0 {
		opt.Legend = charts.LegendOption{SeriesNames: legend}
	} else {
		opt.Legend = charts.LegendOption{Show: charts.Ptr(false)}
	}
	if err := p.BarChart(opt); err != nil {
		return "", fmt.Errorf("draw %q: %w", d.title, err)
	}
	b, err := p.Bytes()
	if err != nil {
		return "", fmt.Errorf("draw %q: %w", d.title, err)
	}
	return d.svg(b, colours...)
}

// line draws one value over the runs.
func (d drawing) line(labels []string, values []float64, format func(float64) string) (template.HTML, error) {
	p := charts.NewPainter(charts.PainterOptions{OutputFormat: charts.ChartOutputSVG, Width: chartWidth, Height: 220, Theme: ink()})
	opt := charts.NewLineChartOptionWithData([][]float64{values})
	opt.Theme = ink() // or it has its own
	opt.XAxis = charts.XAxisOption{Labels: labels, LabelCount: min(len(labels), 8)}
	opt.YAxis = []charts.YAxisOption{{ValueFormatter: format, Min: charts.Ptr(0.0)}}
	opt.Legend = charts.LegendOption{Show: charts.Ptr(false)}
	opt.Padding = charts.NewBoxEqual(8)
	if err := p.LineChart(opt); err != nil {
		return "", fmt.Errorf("draw %q: %w", d.title, err)
	}
	b, err := p.Bytes()
	if err != nil {
		return "", fmt.Errorf("draw %q: %w", d.title, err)
	}
	return d.svg(b, "--bar")
}

// shorten keeps a long name's end, which tells tables of one schema apart.
func shorten(s string) string {
	const most = 34
	if r := []rune(s); len(r) > most {
		return "…" + string(r[len(r)-most+1:])
	}
	return s
}

// decisions in the order in which the coverage is drawn and listed.
var decisions = []string{"mask", "null", "skip", "generated", "keep"}

// coverage draws how the columns were decided.
func (r *Run) coverage() (template.HTML, error) {
	if len(r.Ledger) == 0 {
		return "", nil
	}
	var series [][]float64
	var legend, said []string
	for _, d := range decisions {
		n := r.Ledger.Count(d)
		series = append(series, []float64{float64(n)})
		legend = append(legend, d)
		said = append(said, fmt.Sprintf("%s %d", d, n))
	}
	return drawing{"Columns by decision", strings.Join(said, ", ")}.bars([]string{"columns"}, series, legend,
		[]string{"--mask", "--null", "--skip", "--generated", "--keep"}, count)
}

// risks in the order in which they are drawn; a column of no risk is not drawn.
var risks = []Risk{RiskHigh, RiskElevated, RiskLow}

// drawnTables is how many tables the chart of risks has room for.
const drawnTables = 12

// riskByTable draws the tables with the riskiest columns.
func (r *Run) riskByTable() (template.HTML, error) {
	counts := map[string]map[Risk]int{}
	var tables []string
	for _, e := range r.Ledger {
		if !slices.Contains(risks, e.Risk) {
			continue
		}
		name := e.Schema + "." + e.Table
		if counts[name] == nil {
			counts[name] = map[Risk]int{}
			tables = append(tables, name)
		}
		counts[name][e.Risk]++
	}
	if len(tables) == 0 {
		return "", nil
	}
	slices.SortStableFunc(tables, func(a, b string) int {
		x, y := counts[a], counts[b]
		return cmp.Or(y[RiskHigh]-x[RiskHigh], y[RiskElevated]-x[RiskElevated], y[RiskLow]-x[RiskLow])
	})
	description := fmt.Sprintf("%d tables have columns that are personal", len(tables))
	if len(tables) > drawnTables {
		tables = tables[:drawnTables]
		description += fmt.Sprintf("; these are the first %d", drawnTables)
	}
	series := make([][]float64, len(risks))
	var legend []string
	for i, risk := range risks {
		for _, t := range tables {
			series[i] = append(series[i], float64(counts[t][risk]))
		}
		legend = append(legend, string(risk))
	}
	return drawing{"Columns by risk in each table", description}.bars(tables, series, legend, []string{"--bad", "--warn", "--mask"}, count)
}

// timeByStep draws where the run's time went.
func (r *Run) timeByStep() (template.HTML, error) {
	var labels []string
	var values []float64
	longest := Step{}
	for _, s := range r.Steps {
		labels = append(labels, fmt.Sprintf("%d %s", s.Number, s.Name))
		values = append(values, float64(s.Millis))
		if s.Millis >= longest.Millis {
			longest = s
		}
	}
	if len(labels) == 0 {
		return "", nil
	}
	return drawing{"Time by step", "The longest is " + longest.Name + " with " + millis(longest.Millis)}.bars(labels, [][]float64{values}, nil, []string{"--bar"},
		func(f float64) string { return millis(int64(f)) })
}

// count prints a whole number; the marks that an axis has between two get no label.
func count(f float64) string {
	if f != math.Trunc(f) {
		return ""
	}
	return humanize.Comma(int64(f))
}

func millis(n int64) string { return round(time.Duration(n) * time.Millisecond).String() }
