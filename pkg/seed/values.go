package seed

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/profile"
)

// bind chooses the column's generator. One that nothing can be made for is left out
// where it has a default, NULL where it may be, and a problem else.
func (c *column) bind() {
	if c.t.rows == 0 {
		return
	}
	if c.key != nil {
		if c.key.parent.total() == 0 && c.cat.NotNull {
			c.t.m.problem = append(c.t.m.problem, fmt.Sprintf("%s.%s: %s has no rows to refer to", c.t.name, c.cat.Name, c.key.parent.name))
		}
		return
	}
	if c.gen = c.generator(); c.gen != nil || c.limits.contradiction() != "" || c.computed != nil || c.flag != nil || c.limits.onlyNull {
		return
	}
	switch {
	case c.cat.Default != "":
		c.omit = true
		c.t.m.note(c.t, "%s has its default in every row: no values are made for type %s", c.cat.Name, c.cat.TypeName)
	case !c.cat.NotNull:
		c.nulls = 1
		c.t.m.note(c.t, "%s is NULL in every row: no values are made for type %s", c.cat.Name, c.cat.TypeName)
	default:
		c.t.m.problem = append(c.t.m.problem, fmt.Sprintf("%s.%s: no values can be made for type %s, and it is NOT NULL", c.t.name, c.cat.Name, c.cat.TypeName))
	}
}

// generator returns what makes the column's values, nil when nothing can.
func (c *column) generator() generator {
	if c.base == nil {
		return nil
	}
	if l := c.limits.allowed; l != nil {
		if len(l) == 0 {
			return nil
		}
		return c.newList(l)
	}
	if c.unique == 0 && c.profile != nil && !c.profile.Personal && len(c.profile.Values) > 0 && (covers(c.profile.Values) || c.base.Kind == 'e' || c.n.Class == "bool") {
		values := slices.Clone(c.profile.Values)
		if c.base.Kind == 'e' {
			values = slices.DeleteFunc(values, func(s profile.Share) bool { return !slices.Contains(c.base.Labels, s.Value) })
		}
		if len(values) > 0 {
			return &listGen{c: c, weights: newChoice(values)}
		}
	}
	switch c.base.Kind {
	case 'e':
		return c.newList(c.base.Labels)
	case 'a':
		return c.newArray()
	case 'c':
		return c.newComposite()
	case 'r':
		return c.newRange(c.base, c.typmod)
	case 'm':
		if r := c.t.m.c.Types[c.base.Elem]; r != nil {
			if g := c.newRange(r, -1); g != nil {
				return &wrapped{g, "{", "}"}
			}
		}
		return nil
	}
	return c.baseGenerator()
}

// covers reports whether the values that are told of are nearly all that occur.
func covers(values []profile.Share) bool {
	sum := 0.0
	for _, v := range values {
		sum += v.Share
	}
	return sum >= 0.9
}

// sub is a part of the column: an element, a field. It has its own nature and no row of its own.
func (c *column) sub(name string, oid uint32, typmod int32) *column {
	cat := &catalog.Column{Name: name, Type: oid, TypMod: typmod, NotNull: true}
	if t := c.t.m.c.Types[oid]; t != nil {
		cat.TypeName = t.Name
	}
	s := &column{t: c.t, cat: cat, at: c.at, n: c.t.m.Nature(c.t.cat, cat), hash: mix(c.hash ^ nameHash(name)), stable: c.stable, unique: c.unique, radix: c.radix, size: c.size, enumerat: c.enumerat}
	s.base, s.typmod = c.t.m.baseType(oid, typmod)
	return s
}

// listGen draws from given values, by weight where there is one.
type listGen struct {
	c       *column
	values  []string
	weights *choice
}

func (c *column) newList(values []string) generator {
	g := &listGen{c: c, values: values}
	if c.profile != nil && c.unique == 0 && len(c.profile.Values) > 0 {
		var some []profile.Share
		for _, v := range c.profile.Values {
			if slices.Contains(values, v.Value) {
				some = append(some, v)
			}
		}
		if len(some) > 0 {
			g.weights = newChoice(some)
		}
	}
	return g
}

func (g *listGen) append(dst []byte, r *row) []byte {
	if g.c.unique != 0 {
		return append(dst, g.values[int(uint64(r.number(g.c))%uint64(len(g.values)))]...)
	}
	d := r.draw(g.c)
	if g.weights != nil {
		return append(dst, g.weights.draw(&d)...)
	}
	return append(dst, g.values[d.below(uint64(len(g.values)))]...)
}

// arrayGen makes arrays of up to three elements.
type arrayGen struct {
	c     *column
	elem  generator
	delim byte
}

func (c *column) newArray() generator {
	s := c.sub(c.cat.Name, c.base.Elem, c.typmod)
	s.n.MaxChars = c.n.MaxChars
	elem := s.generator()
	if elem == nil {
		return nil
	}
	g := &arrayGen{c: c, elem: elem, delim: ','}
	if t := c.t.m.c.Types[c.base.Elem]; t != nil && t.Delim != 0 {
		g.delim = t.Delim
	}
	return g
}

func (g *arrayGen) append(dst []byte, r *row) []byte {
	d := r.draw(g.c)
	n := int(d.below(4))
	if g.c.unique != 0 {
		n = 1
	}
	dst = append(dst, '{')
	salt := r.salt
	for i := range n {
		if i > 0 {
			dst = append(dst, g.delim)
		}
		r.salt = salt + uint64(i)*1_000_003 // another element, not the same again
		start := len(dst)
		dst = g.elem.append(dst, r)
		dst = quoteElement(dst, start)
	}
	r.salt = salt
	return append(dst, '}')
}

// quoteElement puts what was appended after start into double quotes.
func quoteElement(dst []byte, start int) []byte {
	text := string(dst[start:])
	dst = append(dst[:start], '"')
	for i := range len(text) {
		if text[i] == '"' || text[i] == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, text[i])
	}
	return append(dst, '"')
}

// compositeGen makes rows of a composite type.
type compositeGen struct{ fields []generator }

func (c *column) newComposite() generator {
	g := &compositeGen{}
	for _, f := range c.base.Fields {
		g.fields = append(g.fields, c.sub(f.Name, f.Type, f.TypMod).generator())
	}
	if len(g.fields) == 0 {
		return nil
	}
	return g
}

func (g *compositeGen) append(dst []byte, r *row) []byte {
	dst = append(dst, '(')
	for i, f := range g.fields {
		if i > 0 {
			dst = append(dst, ',')
		}
		if f != nil { // else NULL
			start := len(dst)
			dst = quoteElement(f.append(dst, r), start)
		}
	}
	return append(dst, ')')
}

// wrapped puts signs around another generator's text.
type wrapped struct {
	generator
	before, after string
}

func (g *wrapped) append(dst []byte, r *row) []byte {
	return append(g.generator.append(append(dst, g.before...), r), g.after...)
}

// rangeGen makes ranges; numbered ones follow each other without meeting.
type rangeGen struct {
	c    *column
	kind string // of the subtype
}

func (c *column) newRange(t *catalog.Type, _ int32) generator {
	sub, _ := c.t.m.baseType(t.Elem, -1)
	if sub == nil {
		return nil
	}
	switch sub.Name {
	case "int4", "int8", "numeric", "float4", "float8", "date", "timestamp", "timestamptz":
		return &rangeGen{c, sub.Name}
	}
	return nil
}

func (g *rangeGen) append(dst []byte, r *row) []byte {
	d := r.draw(g.c)
	var from, width int64
	if g.c.unique != 0 {
		from, width = 2*r.number(g.c), 1
	} else {
		from, width = int64(d.below(1000)), 1+int64(d.below(100))
	}
	write := func(n int64) {
		switch g.kind {
		case "date":
			dst = g.c.t.m.Until.AddDate(-3, 0, int(n)).AppendFormat(dst, dateForm)
		case "timestamp", "timestamptz":
			dst = append(dst, '"')
			dst = g.c.t.m.Until.AddDate(-3, 0, int(n)).AppendFormat(dst, timestampForm)
			if g.kind == "timestamptz" {
				dst = append(dst, "+00"...)
			}
			dst = append(dst, '"')
		default:
			dst = strconv.AppendInt(dst, n, 10)
		}
	}
	dst = append(dst, '[')
	write(from)
	dst = append(dst, ',')
	write(from + width)
	return append(dst, ')')
}

// numberGen makes integers, numerics and floats.
type numberGen struct {
	c      *column
	lo, hi float64
	scale  int  // digits behind the point
	skew   bool // small ones more often than large ones
	hist   *bins
	first  int64 // of numbered ones
}

// numberNames are the usual ranges of what columns are called; the first match wins.
var numberNames = []struct {
	names  *regexp.Regexp
	lo, hi float64
	skew   bool
}{
	{regexp.MustCompile(`(?i)(^|_)lat(itude)?($|_)`), -60, 70, false},
	{regexp.MustCompile(`(?i)(^|_)(lon|lng|longitude)($|_)`), -180, 180, false},
	{regexp.MustCompile(`(?i)(^|_)year|jahr`), 1990, 2025, false},
	{regexp.MustCompile(`(?i)(^|_)month($|_)`), 1, 12, false},
	{regexp.MustCompile(`(?i)(^|_)(day|weekday|dow)($|_)`), 1, 7, false},
	{regexp.MustCompile(`(?i)(^|_)hour`), 0, 23, false},
	{regexp.MustCompile(`(?i)(^|_)(minute|second)s?($|_)`), 0, 59, false},
	{regexp.MustCompile(`(?i)(^|_)age($|_)`), 18, 90, false},
	{regexp.MustCompile(`(?i)rating|stars|score|priority|level|severity|grade`), 1, 5, false},
	{regexp.MustCompile(`(?i)percent|pct|discount|rate($|_)|ratio|share`), 0, 100, true},
	{regexp.MustCompile(`(?i)price|cost|fee|amount|total|sum|balance|freight|salary|budget|revenue|tax|paid|betrag|preis`), 1, 2000, true},
	{regexp.MustCompile(`(?i)quantity|qty|count|units|stock|number_of|num_`), 1, 50, true},
	{regexp.MustCompile(`(?i)port($|_)`), 1024, 65535, false},
	{regexp.MustCompile(`(?i)bytes|size|length|duration|millis|elapsed|weight|width|height|depth`), 1, 100000, true},
}

func (c *column) newNumber() generator {
	g := &numberGen{c: c, lo: 0, hi: 1000}
	integer := c.n.Class == "integer"
	if name := strings.ToLower(c.cat.Name); integer && strings.HasSuffix(name, "id") {
		g.lo, g.hi = 1, float64(max(10, c.t.rows))
	} else {
		for _, n := range numberNames {
			if n.names.MatchString(splitCamel(c.cat.Name)) {
				g.lo, g.hi, g.skew = n.lo, n.hi, n.skew
				break
			}
		}
	}
	if !integer {
		g.scale = 2
	}
	most := math.Inf(1)
	switch {
	case integer:
		most = math.Pow(2, float64(max(c.n.Bits, 16)-1)) - 1
	case c.n.Digits > 0:
		g.scale = max(0, min(c.n.Scale, 6))
		most = math.Pow(10, float64(c.n.Digits-c.n.Scale)) - math.Pow(10, -float64(g.scale))
	}
	if c.profile != nil && len(c.profile.Histogram) > 0 {
		if g.hist = newBins(c.profile.Histogram, false); g.hist != nil {
			g.lo, g.hi = g.hist.low(), g.hist.high()
		}
	}
	unit := math.Pow(10, -float64(g.scale))
	width := g.hi - g.lo
	if lo, ok := number(datum{text: c.limits.min}); ok && c.limits.min != "" {
		if c.limits.minOpen {
			lo += unit
		}
		if g.lo < lo {
			g.lo = lo
			g.hi = max(g.hi, g.lo+width)
		}
	}
	if hi, ok := number(datum{text: c.limits.max}); ok && c.limits.max != "" {
		if c.limits.maxOpen {
			hi -= unit
		}
		most = min(most, hi)
	}
	if g.hi > most {
		g.hi = most
		if g.lo > g.hi && c.limits.min == "" {
			g.lo = g.hi - width
		}
		g.lo = min(g.lo, g.hi)
	}
	if integer {
		g.lo, g.hi = math.Ceil(g.lo), math.Floor(g.hi)
	}
	g.first = 1
	if lo, ok := number(datum{text: c.limits.min}); ok && c.limits.min != "" {
		g.first = int64(math.Ceil(lo))
		if c.limits.minOpen {
			g.first = int64(math.Floor(lo)) + 1
		}
	}
	if h := c.t.m.Held[c.t.cat.OID]; h != nil && c.unique != 0 { // behind what is there
		g.first = max(g.first, h.largest[c.cat.Name]+1)
		if c.unique == byRow {
			g.first -= c.t.base
		}
	}
	return g
}

func (g *numberGen) append(dst []byte, r *row) []byte {
	if g.c.unique != 0 {
		n := r.number(g.c)
		if g.c.n.Class == "numeric" && g.c.n.Digits > 0 && float64(n) >= math.Pow(10, float64(g.c.n.Digits-g.c.n.Scale)) {
			return strconv.AppendFloat(dst, float64(n)*math.Pow(10, -float64(g.scale)), 'f', g.scale, 64)
		}
		return strconv.AppendInt(dst, g.first+n, 10)
	}
	d := r.draw(g.c)
	var f float64
	lo := g.lo
	for _, l := range g.c.above {
		text, null := r.value(l.column)
		if other, err := strconv.ParseFloat(string(text), 64); !null && err == nil {
			if l.open {
				other += math.Pow(10, -float64(g.scale))
			}
			lo = max(lo, other)
		}
	}
	switch u := d.share(); {
	case g.hist != nil:
		f = max(g.hist.draw(&d), lo)
		f = min(f, max(g.hi, lo))
		if g.c.n.Class == "integer" {
			return strconv.AppendInt(dst, int64(math.Floor(f)), 10)
		}
	case g.c.n.Class == "integer":
		if g.skew {
			u *= u
		}
		return strconv.AppendInt(dst, int64(lo)+int64(u*(max(g.hi, lo)-lo+1)), 10)
	default:
		if g.skew {
			u = u * u * u
		}
		f = lo + u*(max(g.hi, lo)-lo)
	}
	return strconv.AppendFloat(dst, f, 'f', g.scale, 64)
}
