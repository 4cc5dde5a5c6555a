package profile

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/catalog"
)

// histogram reads how a number or a time is spread: between round bounds of its first
// and last hundredth, the rest in the outermost bins.
func (m *meter) histogram(w *measured, col *catalog.Column, class string, out *Column) error {
	q := "t." + catalog.Quote(col.Name)
	number := q + "::numeric"
	finite := q + "::text NOT IN ('NaN', 'Infinity', '-Infinity')"
	if class == "date" || class == "timestamp" {
		number = "extract(epoch FROM " + q + ")::numeric"
		finite = "pg_catalog.isfinite(" + q + ")"
	}
	var lo, hi *float64
	if err := m.tx.QueryRow(m.ctx, fmt.Sprintf("SELECT percentile_disc(0.01) WITHIN GROUP (ORDER BY %s)::float8, percentile_disc(0.99) WITHIN GROUP (ORDER BY %s)::float8 FROM %s AS t WHERE %s",
		number, number, w.t.Name.SQL(), finite)).Scan(&lo, &hi); err != nil || lo == nil || hi == nil {
		return err
	}
	edges := roundBounds(*lo, *hi, class)
	list := make([]string, len(edges))
	for i, e := range edges {
		list[i] = strconv.FormatFloat(e, 'f', -1, 64)
	}
	// The bins are counted with everybody in them: those of too few are joined here.
	counts := make([]int64, len(edges)-1)
	people := make([]int64, len(edges)-1)
	fewest := "count(*)"
	for _, s := range w.subjects {
		fewest += ", count(DISTINCT " + s + ")"
	}
	rows, err := m.tx.Query(m.ctx, fmt.Sprintf("SELECT least(greatest(pg_catalog.width_bucket(%s, ARRAY[%s]::numeric[]), 1), %d), count(*), least(%s) FROM %s WHERE %s IS NOT NULL AND %s GROUP BY 1",
		number, strings.Join(list, ","), len(counts), fewest, w.from, q, finite))
	if err != nil {
		return err
	}
	var at int
	var n, who, total int64
	if _, err := pgx.ForEachRow(rows, []any{&at, &n, &who}, func() error {
		counts[at-1], people[at-1], total = n, who, total+n
		return nil
	}); err != nil {
		return err
	}
	from := 0
	var sum, crowd int64
	for i := range counts {
		// Of joined bins the larger crowd counts: the same people may be in both.
		sum, crowd = sum+counts[i], max(crowd, people[i])
		if sum > 0 && crowd < int64(m.K) && i < len(counts)-1 {
			continue
		}
		switch last := len(out.Histogram) - 1; {
		case sum > 0 && crowd < int64(m.K) && last >= 0: // what is left at the end
			out.Histogram[last].To = bound(edges[i+1], class)
			out.Histogram[last].Share = round3(out.Histogram[last].Share + float64(sum)/float64(total))
		case sum > 0 && crowd >= int64(m.K):
			out.Histogram = append(out.Histogram, Bin{bound(edges[from], class), bound(edges[i+1], class), share(sum, total)})
		}
		from, sum, crowd = i+1, 0, 0
	}
	return nil
}

// roundBounds cuts lo to hi at multiples of a round step.
func roundBounds(lo, hi float64, class string) []float64 {
	step := roundStep((hi - lo) / bins)
	switch class {
	case "integer":
		step = max(1, step)
	case "date", "timestamp":
		step = max(86400, math.Ceil(step/86400)*86400)
	}
	var edges []float64
	first := math.Floor(lo / step)
	for i := 0.0; ; i++ {
		e := (first + i) * step
		edges = append(edges, e)
		if e > hi || len(edges) > 3*bins {
			return edges
		}
	}
}

// roundStep is the next 1, 2 or 5 times a power of ten.
func roundStep(x float64) float64 {
	if x <= 0 || math.IsInf(x, 0) || math.IsNaN(x) {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(x)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= x {
			return m * power
		}
	}
	return 10 * power
}

// bound writes a bin's end: a number, or a day.
func bound(e float64, class string) string {
	if class == "date" || class == "timestamp" {
		return time.Unix(int64(e), 0).UTC().Format(time.DateOnly)
	}
	return strconv.FormatFloat(math.Round(e*1e9)/1e9, 'f', -1, 64)
}

// rounded keeps two digits of a count.
func rounded(n int64) int64 {
	unit := int64(1)
	for n/unit >= 100 {
		unit *= 10
	}
	return (n + unit/2) / unit * unit
}

func round3(f float64) float64 { return math.Round(f*1000) / 1000 }

func share(n, of int64) float64 {
	if of == 0 {
		return 0
	}
	return round3(float64(n) / float64(of))
}
