package bench

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// median of a list that is not empty; of an even number the mean of the two in the middle.
func median(list []time.Duration) time.Duration {
	list = slices.Sorted(slices.Values(list))
	n := len(list)
	return (list[(n-1)/2] + list[n/2]) / 2
}

// Table writes one series: a line for each contender that was run, in the given order.
// The rows' time is that of the step which copies them. Ratios are of the medians, of wall time and, where it says so, of the processor time of the
// client and both servers. A contender that copies one table is set against the pipe of
// that table, all others against the pipe of all rows and against pgcopydb.
func Table(series string, results []Result, names []string) string {
	by := map[string][]Result{}
	for _, r := range results {
		if r.Series == series {
			by[r.Contender] = append(by[r.Contender], r)
		}
	}
	wall := func(name string) time.Duration {
		list := by[name]
		if len(list) == 0 {
			return 0
		}
		return median(pick(list, func(r Result) time.Duration { return r.Wall }))
	}
	cpu := func(name string) time.Duration {
		list := by[name]
		if len(list) == 0 {
			return 0
		}
		return median(pick(list, func(r Result) time.Duration { return r.Client + r.Source + r.Target }))
	}
	quotient := func(of func(string) time.Duration, name, base string) string {
		if of(base) == 0 || name == base {
			return "-"
		}
		return fmt.Sprintf("%.2f", float64(of(name))/float64(of(base)))
	}
	ratio := func(name, base string) string { return quotient(wall, name, base) }
	cpuRatio := func(name, base string) string { return quotient(cpu, name, base) } // what a busy machine tells as well
	var s strings.Builder
	s.WriteString(series + "\n\n")
	w := tabwriter.NewWriter(&s, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(w, "contender\truns\twall s\tspread s\trows s\tclient CPU s\tsource CPU s\ttarget CPU s\tlargest process MB\tdatabase MB\tWAL MB\tCPU to pgcopydb\tto the pipe\tto pgcopydb\t")
	for _, name := range names {
		list := by[name]
		if len(list) == 0 {
			continue
		}
		walls := pick(list, func(r Result) time.Duration { return r.Wall })
		pipe, best := rawPipe, bestUnmasked
		if strings.HasPrefix(name, "table-") {
			pipe, best = rawTable, ""
		}
		_, _ = fmt.Fprintf(w, "%s\t%d\t%.2f\t%.2f–%.2f\t%s\t%.2f\t%.2f\t%.2f\t%.0f\t%.0f\t%.0f\t%s\t%s\t%s\t\n", name, len(list),
			wall(name).Seconds(), slices.Min(walls).Seconds(), slices.Max(walls).Seconds(), moved(list),
			median(pick(list, func(r Result) time.Duration { return r.Client })).Seconds(),
			median(pick(list, func(r Result) time.Duration { return r.Source })).Seconds(),
			median(pick(list, func(r Result) time.Duration { return r.Target })).Seconds(),
			float64(slices.Max(pick(list, func(r Result) int64 { return r.Memory })))/1e6,
			float64(list[0].Bytes)/1e6, float64(list[0].WAL)/1e6, cpuRatio(name, best), ratio(name, pipe), ratio(name, best))
	}
	_ = w.Flush() // into memory
	return s.String()
}

// moved is the median of the time in which rows moved, where the program tells it.
func moved(list []Result) string {
	d := median(pick(list, func(r Result) time.Duration { return r.Rows }))
	if d == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", d.Seconds())
}

func pick[T any](list []Result, of func(Result) T) []T {
	out := make([]T, len(list))
	for i, r := range list {
		out[i] = of(r)
	}
	return out
}
