package seed

import (
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"time"
)

// limits are what the constraints allow a column to hold, as far as they name
// constants: the part of its CHECKs that its generator can keep by itself.
type limits struct {
	allowed  []string // nil is anything
	min, max string   // "" is none; numbers or times
	minOpen  bool     // the bound itself is not allowed
	maxOpen  bool
	minLen   int
	maxLen   int // 0 is none
	patterns []pattern
	notNull  bool
	onlyNull bool
	spans    []timeSpan // of a partition key: the times that have a partition
	schema   string     // the JSON Schema of a document
}

type pattern struct{ op, text string }

type timeSpan struct{ from, to time.Time }

// constantOf returns the constant that an expression is.
func constantOf(e expr) (string, bool) {
	switch e := e.(type) {
	case constant:
		return e.text, !e.null
	case call:
		if e.name == "now" {
			return function(e, nil).text, true
		}
	}
	return "", false
}

var flipped = map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "<>": "<>"}

// narrow takes one condition that must hold into the columns' limits. It returns
// false for one that goes beyond limits; the rows are then tried against it.
func (t *table) narrow(e expr) bool {
	switch e := e.(type) {
	case binary:
		switch e.op {
		case "and":
			l, r := t.narrow(e.left), t.narrow(e.right)
			return l && r
		case "or":
			return t.narrowOr(e)
		}
		if c, ok := constantOf(e.left); ok && flipped[e.op] != "" {
			return t.narrowTo(e.right, flipped[e.op], c)
		}
		if c, ok := constantOf(e.right); ok {
			return t.narrowTo(e.left, e.op, c)
		}
		return t.relate(e)
	case unary:
		if ref, ok := e.arg.(columnRef); ok {
			c := t.byName[ref.name]
			if c == nil {
				return false
			}
			switch e.op {
			case "is not null":
				c.limits.notNull = true
			case "is null":
				if c.cat.NotNull {
					return false
				}
				c.limits.onlyNull = true
			case "is true":
				c.limits.notNull = true
				c.limits.allow([]string{"t"})
			case "is false", "not":
				c.limits.allow([]string{"f"})
			default:
				return false
			}
			return true
		}
	case anyOf:
		ref, ok := e.left.(columnRef)
		if !ok || e.op != "=" || e.all || t.byName[ref.name] == nil {
			return false
		}
		var list []string
		for _, item := range e.list {
			c, ok := constantOf(item)
			if !ok {
				return false
			}
			list = append(list, c)
		}
		t.byName[ref.name].limits.allow(list)
		return true
	case columnRef:
		if c := t.byName[e.name]; c != nil {
			c.limits.allow([]string{"t"})
			return true
		}
	case call:
		// pg_jsonschema's jsonb_matches_schema(schema, column)
		if strings.HasSuffix(e.name, "_matches_schema") && len(e.args) == 2 {
			if text, ok := constantOf(e.args[0]); ok {
				if ref, ok := e.args[1].(columnRef); ok && t.byName[ref.name] != nil {
					t.byName[ref.name].limits.schema = text
					return true
				}
			}
		}
	}
	return false
}

// narrowOr keeps the alternative that takes the least away: a column that is simply
// never NULL first. The others are then as good as not there.
func (t *table) narrowOr(e binary) bool {
	var alternatives []expr
	var collect func(expr)
	collect = func(x expr) {
		if b, ok := x.(binary); ok && b.op == "or" {
			collect(b.left)
			collect(b.right)
			return
		}
		alternatives = append(alternatives, x)
	}
	collect(e)
	if t.listed(alternatives) {
		return true
	}
	if c := t.sameColumn(alternatives); c != nil {
		return true // "x IS NULL OR x > 0": the alternatives without NULL were taken
	}
	for _, x := range alternatives {
		if u, ok := x.(unary); ok && u.op == "is not null" {
			return t.needed(alternatives, u) || t.narrow(x)
		}
	}
	return false
}

// needed takes "kind = 'person' OR company IS NOT NULL": NULL depends on the other column.
func (t *table) needed(alternatives []expr, u unary) bool {
	ref, ok := u.arg.(columnRef)
	if !ok || t.byName[ref.name] == nil || len(alternatives) != 2 {
		return false
	}
	c := t.byName[ref.name]
	for _, x := range alternatives {
		b, ok := x.(binary)
		if !ok || b.op != "=" {
			continue
		}
		on, ok1 := b.left.(columnRef)
		text, ok2 := constantOf(b.right)
		if !ok1 || !ok2 || on.name == ref.name || t.byName[on.name] == nil || c.unless != nil {
			continue
		}
		c.unless, c.unlessText = t.byName[on.name], text
		if p := c.unless.profile; p != nil && c.profile != nil {
			// Those that must have a value are among those that have one.
			for _, v := range p.Values {
				if v.Value == text && v.Share > 0 {
					c.nulls = min(1, c.nulls/v.Share)
				}
			}
		}
		return true
	}
	return false
}

// listed takes "x = 1 OR x = 2" as a list.
func (t *table) listed(alternatives []expr) bool {
	var name string
	var list []string
	for _, x := range alternatives {
		b, ok := x.(binary)
		if !ok || b.op != "=" {
			return false
		}
		ref, ok1 := b.left.(columnRef)
		text, ok2 := constantOf(b.right)
		if !ok1 || !ok2 || name != "" && ref.name != name {
			return false
		}
		name, list = ref.name, append(list, text)
	}
	if t.byName[name] == nil {
		return false
	}
	t.byName[name].limits.allow(list)
	return true
}

// sameColumn narrows the one column of alternatives of which one is IS NULL and one
// other is left. nil when they are not of that form.
func (t *table) sameColumn(alternatives []expr) *column {
	var rest []expr
	var null string
	for _, x := range alternatives {
		if u, ok := x.(unary); ok && u.op == "is null" {
			if ref, ok := u.arg.(columnRef); ok && null == "" {
				null = ref.name
				continue
			}
		}
		rest = append(rest, x)
	}
	if null == "" || len(rest) != 1 || slices.ContainsFunc(refs(rest[0], nil), func(n string) bool { return n != null }) || !t.narrow(rest[0]) {
		return nil
	}
	return t.byName[null]
}

// narrowTo takes "column op constant", also of its length or lower case.
func (t *table) narrowTo(e expr, op, text string) bool {
	switch e := e.(type) {
	case columnRef:
		c := t.byName[e.name]
		return c != nil && c.limits.take(op, text)
	case call:
		if len(e.args) != 1 {
			return false
		}
		ref, ok := e.args[0].(columnRef)
		if !ok || t.byName[ref.name] == nil {
			return false
		}
		l := &t.byName[ref.name].limits
		switch e.name {
		case "length", "char_length", "character_length", "octet_length":
			n, err := strconv.Atoi(text)
			if err != nil {
				return false
			}
			return l.length(op, n)
		case "btrim", "trim":
			if op == "<>" && text == "" {
				l.minLen = max(l.minLen, 1)
				return true
			}
		}
	}
	return false
}

func (l *limits) length(op string, n int) bool {
	switch op {
	case "=":
		l.minLen, l.maxLen = n, n
	case ">":
		l.minLen = max(l.minLen, n+1)
	case ">=":
		l.minLen = max(l.minLen, n)
	case "<=", "<":
		if op == "<" {
			n--
		}
		if l.maxLen == 0 || n < l.maxLen {
			l.maxLen = n
		}
	case "<>":
		return n == 0 && l.length(">", 0)
	default:
		return false
	}
	return true
}

func (l *limits) take(op, text string) bool {
	switch op {
	case "=":
		l.allow([]string{text})
	case ">", ">=":
		if l.min == "" || order(text, l.min) > 0 {
			l.min, l.minOpen = text, op == ">"
		}
	case "<", "<=":
		if l.max == "" || order(text, l.max) < 0 {
			l.max, l.maxOpen = text, op == "<"
		}
	case "<>":
		if text == "" {
			l.minLen = max(l.minLen, 1)
			return true
		}
		return false
	case "~", "~*", "~~", "~~*":
		l.patterns = append(l.patterns, pattern{op, text})
	default:
		return false
	}
	return true
}

func (l *limits) allow(list []string) {
	if l.allowed == nil {
		l.allowed = list
		return
	}
	l.allowed = slices.DeleteFunc(slices.Clone(l.allowed), func(s string) bool { return !slices.Contains(list, s) })
}

// contradiction says why no value can satisfy the limits; empty when one may.
func (l *limits) contradiction() string {
	switch {
	case l.allowed != nil && len(l.allowed) == 0:
		return "its constraints have no value in common"
	case l.min != "" && l.max != "" && order(l.min, l.max) > 0,
		l.min != "" && l.min == l.max && (l.minOpen || l.maxOpen):
		return "its lower bound " + l.min + " lies above its upper bound " + l.max
	case l.maxLen > 0 && l.minLen > l.maxLen:
		return "it is to be longer and shorter than itself"
	case l.notNull && l.onlyNull:
		return "it is to be NULL and not NULL"
	}
	return ""
}

// relate takes a relation of two columns: later times after earlier ones, larger
// numbers above smaller ones, and a column that is computed from others.
func (t *table) relate(e binary) bool {
	left, okLeft := e.left.(columnRef)
	right, okRight := e.right.(columnRef)
	if okLeft && okRight {
		a, b := t.byName[left.name], t.byName[right.name]
		if a == nil || b == nil {
			return false
		}
		switch e.op {
		case "<", "<=":
			b.above = append(b.above, lower{a, e.op == "<"})
		case ">", ">=":
			a.above = append(a.above, lower{b, e.op == ">"})
		default:
			return false
		}
		return true
	}
	if e.op == "=" {
		for _, side := range [2][2]expr{{e.left, e.right}, {e.right, e.left}} {
			if ref, ok := side[0].(columnRef); ok && t.byName[ref.name] != nil && computable(side[1]) && !slices.Contains(refs(side[1], nil), ref.name) {
				t.byName[ref.name].computed = side[1]
				return true
			}
		}
	}
	return false
}

// computable reports whether an expression has a value here.
func computable(e expr) bool {
	switch e := e.(type) {
	case constant, columnRef:
		return true
	case binary:
		return slices.Contains([]string{"+", "-", "*", "||"}, e.op) && computable(e.left) && computable(e.right)
	case call:
		return (e.name == "lower" || e.name == "upper" || e.name == "length") && len(e.args) == 1 && computable(e.args[0])
	}
	return false
}

// parsed returns the pattern's syntax tree, nil when it is not Go's dialect.
func (p pattern) parsed() *syntax.Regexp {
	re, err := syntax.Parse(dialect(p.op, p.text), syntax.Perl)
	if err != nil {
		return nil
	}
	return re.Simplify()
}
