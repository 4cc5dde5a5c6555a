package seed

import (
	"slices"
	"strings"
	"time"
)

// timeRanks say what happens before what, by the words in a column's name. Within a
// row, a time of a higher rank is not before one of a lower rank.
var timeRanks = []struct {
	rank  int
	words string
}{
	{10, "born birth"},
	{100, "deleted removed archived purged"},
	{90, "closed ended finished completed cancelled canceled resolved returned refunded expires expired expiry end until till due to left terminated"},
	{80, "updated modified changed last latest visited visit login seen accessed"},
	{70, "delivered received arrived installed"},
	{60, "shipped dispatched departed required fulfilled"},
	{50, "sent published activated verified confirmed approved accepted signed"},
	{45, "paid charged billed invoiced invoice payment"},
	{40, "processed started assigned opened read"},
	{30, "placed ordered order requested submitted booked hired joined hire start begin begins starts from issued written taken"},
	{20, "created inserted registered added creation registration"},
}

// rankOf reads a time's rank; 35 when the name says nothing.
func rankOf(name string) int {
	parts := strings.FieldsFunc(strings.ToLower(splitCamel(name)), func(r rune) bool { return r < 'a' || r > 'z' })
	for _, rank := range timeRanks {
		for w := range strings.FieldsSeq(rank.words) {
			if slices.Contains(parts, w) {
				return rank.rank
			}
		}
	}
	return 35
}

func splitCamel(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if i > 0 && s[i] >= 'A' && s[i] <= 'Z' && s[i-1] >= 'a' && s[i-1] <= 'z' {
			b.WriteByte('_')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// orderTimes makes each time of a table depend on the one before it.
func (t *table) orderTimes() {
	var times []*column
	for _, c := range t.columns {
		if (c.n.Class == "date" || c.n.Class == "timestamp") && c.base != nil && c.base.Kind == 'b' {
			if c.rank = rankOf(c.cat.Name); c.rank != 10 {
				times = append(times, c)
			}
		}
	}
	slices.SortStableFunc(times, func(a, b *column) int { return a.rank - b.rank })
	for i, c := range times {
		for j := i - 1; j >= 0; j-- {
			// One of the partition key's is never moved: it stays in its partitions.
			if c.key == nil && c.unique == 0 && times[j].rank < c.rank && c.limits.spans == nil && times[j].nulls < 0.5 {
				c.after = times[j]
				break
			}
		}
	}
}

const (
	timestampForm = "2006-01-02 15:04:05.999999"
	dateForm      = time.DateOnly
)

// timeGen makes dates and timestamps.
type timeGen struct {
	c        *column
	from, to time.Time
	day      bool
	zone     bool
	hist     *bins
}

func (c *column) newTime() generator {
	m := c.t.m
	g := &timeGen{c: c, from: m.Until.AddDate(-2, 0, 0), to: m.Until, day: c.n.Class == "date", zone: c.base.Name == "timestamptz"}
	if rankOf(c.cat.Name) == 10 || c.n.Kind == "birth_date" {
		g.from, g.to = m.Until.AddDate(-85, 0, 0), m.Until.AddDate(-18, 0, 0)
	}
	l := &c.limits
	if c.profile != nil && len(c.profile.Histogram) > 0 {
		if g.hist = newBins(c.profile.Histogram, true); g.hist != nil {
			g.from, g.to = time.Unix(int64(g.hist.low()), 0).UTC(), time.Unix(int64(g.hist.high()), 0).UTC()
		}
	}
	if len(l.spans) > 0 && g.hist == nil {
		g.from, g.to = l.spans[0].from, l.spans[len(l.spans)-1].to
	}
	width := g.to.Sub(g.from)
	if t, ok := parseTime(l.min); ok && t.After(g.from) {
		g.from = t
		if l.minOpen {
			g.from = t.AddDate(0, 0, 1)
		}
		if !g.to.After(g.from) {
			g.to = g.from.Add(width)
		}
	}
	if t, ok := parseTime(l.max); ok && !t.After(g.to) {
		g.to = t
		if g.day && !l.maxOpen {
			g.to = t.AddDate(0, 0, 1)
		}
		if !g.to.After(g.from) {
			g.from = g.to.Add(-width)
			if least, ok := parseTime(l.min); ok && g.from.Before(least) {
				g.from = least
			}
		}
	}
	return g
}

func (g *timeGen) append(dst []byte, r *row) []byte {
	d := r.draw(g.c)
	span := max(1, int64(g.to.Sub(g.from)/time.Second))
	var at time.Time
	switch {
	case g.c.unique != 0:
		n := r.number(g.c)
		if g.day {
			at = g.from.AddDate(0, 0, int(n))
		} else {
			total := max(g.c.t.base+g.c.t.rows, 1)
			step := max(1, (span*1_000_000)/total)
			at = g.from.Add(time.Duration(n*step) * time.Microsecond)
		}
		return g.write(dst, at)
	case g.hist != nil && g.c.after != nil && histogramOf(g.c.after) != nil:
		// As late among its kind as the time before it is: both are spread as in production, and in order.
		at = time.Unix(int64(g.hist.draw(&d)), 0).UTC()
		if text, null := r.value(g.c.after); !null {
			if before, ok := parseTime(string(text)); ok {
				at = time.Unix(int64(g.hist.quantile(histogramOf(g.c.after).rank(float64(before.Unix())))), 0).UTC()
			}
		}
	case g.hist != nil:
		at = time.Unix(int64(g.hist.draw(&d)), 0).UTC()
	default:
		at = g.from.Add(time.Duration(d.below(uint64(span))) * time.Second)
	}
	if spans := g.c.limits.spans; len(spans) > 0 && !within(at, spans) {
		s := spans[d.below(uint64(len(spans)))]
		at = s.from.Add(time.Duration(d.below(uint64(max(1, s.to.Sub(s.from)/time.Second)))) * time.Second)
	}
	strict := false
	if earliest, ok := g.earliest(r, &strict); ok && (at.Before(earliest) || g.c.after != nil && g.hist == nil) {
		// Soon after more often than long after: minutes to weeks.
		delta := time.Duration(1+d.below(3600)) * time.Second << d.below(10)
		if at = earliest.Add(delta); g.day {
			at = earliest.AddDate(0, 0, int(d.below(1<<d.below(8))))
		}
		if at.After(g.to) && earliest.Before(g.to) {
			at = earliest.Add(time.Duration(d.share() * float64(g.to.Sub(earliest))))
		}
		if g.day && strict && !at.Truncate(24*time.Hour).After(earliest) {
			at = earliest.AddDate(0, 0, 1)
		}
	}
	return g.write(dst, at)
}

// histogramOf returns how a time is spread, of a foreign key that of its parent's; nil
// when no profile says.
func histogramOf(c *column) *bins {
	for n := 0; c.key != nil && n < maxDepth; n++ {
		c = c.key.refs[c.keyAt]
	}
	if g, ok := c.gen.(*timeGen); ok {
		return g.hist
	}
	return nil
}

func within(at time.Time, spans []timeSpan) bool {
	for _, s := range spans {
		if !at.Before(s.from) && at.Before(s.to) {
			return true
		}
	}
	return false
}

// earliest is the latest of the times that this one must not be before.
func (g *timeGen) earliest(r *row, strict *bool) (time.Time, bool) {
	var out time.Time
	found := false
	look := func(c *column, open bool) {
		text, null := r.value(c)
		if null {
			return
		}
		if t, ok := parseTime(string(text)); ok && (!found || t.After(out)) {
			out, found = t, true
			*strict = *strict || open
		}
	}
	if g.c.after != nil {
		look(g.c.after, false)
	}
	for _, l := range g.c.above {
		look(l.column, l.open)
	}
	return out, found
}

func (g *timeGen) write(dst []byte, at time.Time) []byte {
	if g.day {
		return at.AppendFormat(dst, dateForm)
	}
	dst = at.AppendFormat(dst, timestampForm)
	if g.zone {
		dst = append(dst, "+00"...)
	}
	return dst
}
