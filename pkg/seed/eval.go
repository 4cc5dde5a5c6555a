package seed

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// truth is SQL's: a check fails on no alone.
type truth int8

const (
	unknown truth = iota // NULL, or not understood
	no
	yes
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

// A datum is a value of an expression: text, which may read as a number or a time.
type datum struct {
	text  string
	state byte // 0 a value, 'n' NULL, '?' not understood
}

var (
	nullDatum = datum{state: 'n'}
	noDatum   = datum{state: '?'}
)

// env gives the value of a column.
type env func(column string) datum

// holds evaluates a condition.
func holds(e expr, in env) truth {
	switch e := e.(type) {
	case binary:
		switch e.op {
		case "and":
			l, r := holds(e.left, in), holds(e.right, in)
			if l == no || r == no {
				return no
			}
			return min(l, r)
		case "or":
			l, r := holds(e.left, in), holds(e.right, in)
			if l == yes || r == yes {
				return yes
			}
			if l == no && r == no {
				return no
			}
			return unknown
		}
	case unary:
		switch e.op {
		case "not":
			switch holds(e.arg, in) {
			case yes:
				return no
			case no:
				return yes
			}
			return unknown
		case "is null", "is not null":
			d := value(e.arg, in)
			if d.state == '?' {
				return unknown
			}
			return truthOf((d.state == 'n') == (e.op == "is null"))
		case "is true":
			return truthOf(holds(e.arg, in) == yes)
		case "is not true":
			return truthOf(holds(e.arg, in) != yes)
		case "is false":
			return truthOf(holds(e.arg, in) == no)
		case "is not false":
			return truthOf(holds(e.arg, in) != no)
		}
	case anyOf:
		left := value(e.left, in)
		var count [3]int
		for _, item := range e.list {
			count[compare(e.op, left, value(item, in))]++
		}
		decisive, other := yes, no
		if e.all {
			decisive, other = no, yes
		}
		switch {
		case count[decisive] > 0:
			return decisive
		case count[unknown] > 0:
			return unknown
		}
		return other
	}
	switch d := value(e, in); {
	case d.state != 0:
		return unknown
	case d.text == "t" || d.text == "true":
		return yes
	case d.text == "f" || d.text == "false":
		return no
	}
	return unknown
}

// value evaluates an expression that is no condition.
func value(e expr, in env) datum {
	switch e := e.(type) {
	case constant:
		if e.null {
			return nullDatum
		}
		return datum{text: e.text}
	case columnRef:
		return in(e.name)
	case unary:
		if e.op == "-" {
			if f, ok := number(value(e.arg, in)); ok {
				return datum{text: decimal(-f)}
			}
			return noDatum
		}
		return ofTruth(holds(e, in))
	case anyOf:
		return ofTruth(holds(e, in))
	case call:
		return function(e, in)
	case binary:
		switch e.op {
		case "and", "or":
			return ofTruth(holds(e, in))
		case "+", "-", "*", "/", "%":
			return arithmetic(e, in)
		case "||":
			l, r := value(e.left, in), value(e.right, in)
			if l.state != 0 || r.state != 0 {
				return datum{state: max(l.state, r.state)}
			}
			return datum{text: l.text + r.text}
		}
		return ofTruth(compare(e.op, value(e.left, in), value(e.right, in)))
	}
	return noDatum
}

func ofTruth(t truth) datum {
	switch t {
	case yes:
		return datum{text: "t"}
	case no:
		return datum{text: "f"}
	}
	return noDatum
}

func number(d datum) (float64, bool) {
	if d.state != 0 {
		return 0, false
	}
	f, err := strconv.ParseFloat(d.text, 64)
	return f, err == nil
}

func decimal(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

func arithmetic(e binary, in env) datum {
	l, r := value(e.left, in), value(e.right, in)
	if l.state == 'n' || r.state == 'n' {
		return nullDatum
	}
	a, ok1 := number(l)
	b, ok2 := number(r)
	if !ok1 || !ok2 {
		return noDatum
	}
	switch e.op {
	case "+":
		return datum{text: decimal(a + b)}
	case "-":
		return datum{text: decimal(a - b)}
	case "*":
		return datum{text: decimal(a * b)}
	case "%":
		if b != 0 {
			return datum{text: decimal(math.Mod(a, b))}
		}
	case "/":
		if b != 0 && a == math.Trunc(a) && b == math.Trunc(b) {
			return noDatum // of integers or of numerics: it is not known here
		}
		if b != 0 {
			return datum{text: decimal(a / b)}
		}
	}
	return noDatum
}

func function(e call, in env) datum {
	switch e.name {
	case "coalesce":
		for _, a := range e.args {
			if d := value(a, in); d.state != 'n' {
				return d
			}
		}
		return nullDatum
	case "num_nulls", "num_nonnulls":
		n := 0
		for _, a := range e.args {
			d := value(a, in)
			if d.state == '?' {
				return noDatum
			}
			if (d.state == 'n') == (e.name == "num_nulls") {
				n++
			}
		}
		return datum{text: strconv.Itoa(n)}
	case "now":
		return datum{text: time.Now().UTC().Format("2006-01-02 15:04:05.999999+00")}
	}
	if len(e.args) == 0 {
		return noDatum
	}
	d := value(e.args[0], in)
	if d.state != 0 {
		return d
	}
	switch e.name {
	case "length", "char_length", "character_length":
		return datum{text: strconv.Itoa(utf8.RuneCountInString(d.text))}
	case "octet_length":
		return datum{text: strconv.Itoa(len(d.text))}
	case "lower":
		return datum{text: strings.ToLower(d.text)}
	case "upper":
		return datum{text: strings.ToUpper(d.text)}
	case "btrim":
		if len(e.args) == 1 {
			return datum{text: strings.Trim(d.text, " ")}
		}
	case "abs":
		if f, ok := number(d); ok {
			return datum{text: decimal(math.Abs(f))}
		}
	case "jsonb_typeof", "json_typeof":
		switch {
		case strings.HasPrefix(d.text, "{"):
			return datum{text: "object"}
		case strings.HasPrefix(d.text, "["):
			return datum{text: "array"}
		case strings.HasPrefix(d.text, `"`):
			return datum{text: "string"}
		}
	}
	return noDatum
}

// compare applies an operator to two values.
func compare(op string, l, r datum) truth {
	switch op {
	case "is distinct from", "is not distinct from":
		if l.state == '?' || r.state == '?' {
			return unknown
		}
		same := l.state == r.state && (l.state == 'n' || order(l.text, r.text) == 0)
		return truthOf(same == (op == "is not distinct from"))
	}
	if l.state != 0 || r.state != 0 {
		return unknown
	}
	switch op {
	case "=":
		return truthOf(order(l.text, r.text) == 0)
	case "<>":
		return truthOf(order(l.text, r.text) != 0)
	case "<":
		return truthOf(order(l.text, r.text) < 0)
	case "<=":
		return truthOf(order(l.text, r.text) <= 0)
	case ">":
		return truthOf(order(l.text, r.text) > 0)
	case ">=":
		return truthOf(order(l.text, r.text) >= 0)
	}
	if re := matcher(op, r.text); re != nil {
		return truthOf(re.MatchString(l.text) != strings.HasPrefix(op, "!"))
	}
	return unknown
}

// order compares as numbers or times where both read as such, else by bytes.
func order(a, b string) int {
	if a == b {
		return 0
	}
	if x, err := strconv.ParseFloat(a, 64); err == nil {
		if y, err := strconv.ParseFloat(b, 64); err == nil {
			switch {
			case x < y:
				return -1
			case x > y:
				return 1
			}
			return 0
		}
	}
	if x, ok := parseTime(a); ok {
		if y, ok := parseTime(b); ok {
			return x.Compare(y)
		}
	}
	return strings.Compare(a, b)
}

// parseTime reads dates and timestamps as the server prints them.
func parseTime(s string) (time.Time, bool) {
	if len(s) < 10 || s[4] != '-' {
		return time.Time{}, false
	}
	for _, layout := range []string{"2006-01-02", "2006-01-02 15:04:05.999999", "2006-01-02 15:04:05.999999-07", "2006-01-02 15:04:05.999999-07:00", "2006-01-02 15:04-07", "2006-01-02 15:04"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

var matchers sync.Map // operator and pattern → *regexp.Regexp, nil where Go has no such pattern

// matcher compiles the pattern of an operator; nil when its dialect is not Go's.
func matcher(op, pattern string) *regexp.Regexp {
	if re, ok := matchers.Load(op + pattern); ok {
		return re.(*regexp.Regexp) //nolint:forcetypeassert // nothing else is stored
	}
	re, _ := regexp.Compile(dialect(op, pattern))
	matchers.Store(op+pattern, re)
	return re
}

// dialect turns the pattern of ~ or LIKE into one of Go's.
func dialect(op, pattern string) string {
	op = strings.TrimPrefix(op, "!")
	fold := ""
	if strings.HasSuffix(op, "*") {
		fold = "(?i)"
	}
	if !strings.HasPrefix(op, "~~") {
		return fold + pattern
	}
	var b strings.Builder
	b.WriteString("(?s)" + fold + "^")
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '%':
			b.WriteString(".*")
		case c == '_':
			b.WriteByte('.')
		case c == '\\' && i+1 < len(pattern):
			i++
			b.WriteString(regexp.QuoteMeta(pattern[i : i+1]))
		default:
			b.WriteString(regexp.QuoteMeta(string(c)))
		}
	}
	return b.String() + "$"
}
