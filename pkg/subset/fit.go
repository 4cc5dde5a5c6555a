package subset

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/dustin/go-humanize"

	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/report"
)

// near is how close to the wanted size is close enough, and walks how often it is tried.
const (
	near  = 0.03
	walks = 12
)

// Fit changes the percentages and numbers of rows of the starts, all by one factor, until
// the estimate is about size bytes, and returns the nearest subset that it found. When
// everything that the starts can reach is smaller, that is what it returns.
func Fit(ctx context.Context, g *plan.Subset, r Reader, o Options, size int64) (*Chosen, *report.Subset, error) {
	limit, ok := limitOf(g)
	if !ok {
		return nil, nil, &report.Fault{
			Side: report.Usage, Doing: "find a subset of " + humanize.Bytes(uint64(size)), Err: errors.New("no start of the rules has a percentage or a number of rows"),
			Hint: "a size is reached by changing them: subset: {start: {public.customers: {percent: 1}}}",
		}
	}
	var best *Chosen
	var said *report.Subset
	fail := func(err error) (*Chosen, *report.Subset, error) {
		if best != nil {
			_ = best.Close()
		}
		return nil, nil, err
	}
	o.Most = size * 4 // a guess that leads through everything is given up early
	var low, high point
	low.factor, high.factor = 0, math.Inf(1)
	factor := first(g, limit, size)
	var smallest int64
	for range walks {
		o.Factor = factor
		c, err := Walk(ctx, g, r, o)
		switch {
		case errors.Is(err, ErrTooLarge):
			high = point{factor, o.Most}
			factor = next(low, high, limit, size)
			continue
		case err != nil:
			return fail(err)
		}
		s, err := c.Estimate(ctx, r)
		if err != nil {
			_ = c.Close()
			return fail(err)
		}
		got := s.Estimate
		if best == nil || math.Abs(float64(got-size)) < math.Abs(float64(said.Estimate-size)) {
			if best != nil {
				_ = best.Close()
			}
			best, said = c, s
		} else {
			_ = c.Close()
		}
		if math.Abs(float64(got-size)) <= near*float64(size) {
			break
		}
		if got > size {
			if got == high.bytes {
				smallest = got // a smaller factor changed nothing: one row of each start is what remains
				break
			}
			high = point{factor, got}
		} else {
			if factor >= limit {
				break // all that there is
			}
			low = point{factor, got}
		}
		factor = next(low, high, limit, size)
	}
	if best == nil || low.bytes == 0 && float64(said.Estimate) > 1.15*float64(size) {
		if smallest == 0 && said != nil {
			smallest = said.Estimate
		}
		why := fmt.Errorf("the smallest that was found takes %s", humanize.Bytes(uint64(max(smallest, o.Most))))
		if smallest > 0 {
			why = fmt.Errorf("the smallest that was found takes %s", humanize.Bytes(uint64(smallest)))
		}
		return fail(&report.Fault{
			Side: report.Rules, Doing: "find a subset of " + humanize.Bytes(uint64(size)), Err: why,
			Hint: "`understudy plan --subset` shows what makes it large; take fewer children, or fewer tables whole",
		})
	}
	said.Target = size
	return best, said, nil
}

// point is one walk: what a factor led to.
type point struct {
	factor float64
	bytes  int64
}

// limitOf is the factor at which every start takes its whole table; false when no start
// changes with a factor.
func limitOf(g *plan.Subset) (float64, bool) {
	limit := 0.0
	for i := range g.Nodes {
		s := g.Nodes[i].Start
		switch {
		case s == nil:
		case s.Percent > 0:
			limit = max(limit, 100/s.Percent)
		case s.Rows > 0:
			limit = max(limit, float64(max(rowsOf(&g.Nodes[i]), s.Rows))/float64(s.Rows))
		}
	}
	return limit, limit > 0
}

func rowsOf(n *plan.Node) int64 {
	var rows int64
	for i := range n.Leaves {
		rows += n.Leaves[i].Rows
	}
	return rows
}

// first guesses that the subset takes the same share of everything.
func first(g *plan.Subset, limit float64, size int64) float64 {
	var all int64
	for i := range g.Nodes {
		for k := range g.Nodes[i].Leaves {
			all += g.Nodes[i].Leaves[k].Bytes + g.Nodes[i].Leaves[k].Index
		}
	}
	return limit * min(1, float64(size)/float64(max(all, 1)))
}

// next goes where a straight line between the two nearest walks meets the size, but not
// to the very ends of what lies between them.
func next(low, high point, limit float64, size int64) float64 {
	switch {
	case math.IsInf(high.factor, 1):
		return min(limit, low.factor*min(8, 1.05*float64(size)/float64(max(low.bytes, 1))))
	case low.factor == 0:
		return high.factor * max(0.05, min(0.9, 0.95*float64(size)/float64(high.bytes)))
	}
	share := float64(size-low.bytes) / float64(max(high.bytes-low.bytes, 1))
	return low.factor + (high.factor-low.factor)*max(0.05, min(0.95, share))
}
