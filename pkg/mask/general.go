package mask

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/understudy-db/understudy/pkg/mask/prf"
)

var allClasses = []Class{
	ClassText, ClassInteger, ClassNumeric, ClassFloat, ClassBool, ClassUUID, ClassDate, ClassTimestamp, ClassTime, ClassInet, ClassMAC,
	ClassJSON, ClassXML, ClassHstore, ClassBytes, ClassEnum, ClassOther,
}

func generalMaskers() []entry {
	text := []Class{ClassText}
	return []entry{
		{
			Info: Info{
				Name: "constant", Summary: "The same value for every row.", Classes: allClasses,
				Params: []Param{{Name: "value", Type: Scalar, Summary: "what every row gets"}}, Example: `remark: {mask: constant, value: "removed"}`,
			},
			traits: constantTraits,
			bind: func(s Spec, _ *Binder) (Masker, error) {
				v, err := constantValue(s, s.Params["value"])
				return constant(v), err
			},
		},
		{
			Info: Info{
				Name: "choice", Summary: "One of the rule's values, drawn by weight.", Classes: []Class{ClassText, ClassEnum, ClassInteger, ClassNumeric, ClassFloat, ClassBool}, Subject: true,
				Params: []Param{
					{Name: "values", Type: List, Summary: "what may come"},
					{Name: "weights", Type: List, Summary: "how often each comes, in proportion; default all alike"},
				},
				Example: "tier: {mask: choice, values: [gold, silver, bronze], weights: [1, 3, 6]}",
			},
			traits: func(s Spec) (Traits, error) {
				c, err := newChoice(s)
				if err != nil {
					return Traits{}, err
				}
				return Traits{Safety: NotContact, Capacity: float64(len(c.values)), Technique: "pseudonymization"}, nil
			},
			bind: func(s Spec, b *Binder) (Masker, error) {
				c, err := newChoice(s)
				if err != nil {
					return nil, err
				}
				c.byValue = b.Key.PRF(prf.StandIn, s.Domain)
				if s.Subject != "" {
					c.bySubject = b.Key.PRF(prf.Persona, s.Subject)
				}
				return c, nil
			},
		},
		{
			Info: Info{
				Name: "redact", Summary: "Every character becomes a mark, but for the first or last few where more is hidden than left.", Classes: text,
				Params: []Param{
					{Name: "first", Type: Int, Default: "0", Summary: "how many characters stay at the beginning"},
					{Name: "last", Type: Int, Default: "0", Summary: "how many stay at the end"},
					{Name: "char", Type: String, Default: "*", Summary: "the mark: one character"},
				},
				Example: "reference: {mask: redact, last: 2}",
			},
			traits: redactTraits,
			bind: func(s Spec, _ *Binder) (Masker, error) {
				return &redact{first: s.integer("first"), last: s.integer("last"), mark: s.str("char")}, nil
			},
		},
		{
			Info: Info{
				Name: "pattern", Summary: "A digit becomes a digit, a letter one of its script and case; separators stay.", Classes: text,
				Example: "ticket: {mask: pattern}",
			},
			traits: func(s Spec) (Traits, error) {
				return Traits{Safety: NotContact, Capacity: 10, Keeps: []string{"length", "case", "script", "separators"}, Technique: "pseudonymization"}, nil
			},
			bind: func(s Spec, b *Binder) (Masker, error) {
				f := b.Key.PRF(prf.StandIn, s.Domain)
				return &pattern{seed: seeder{exact: s.Column.Unique, folded: s.Column.Folded}, shape: shaper{prf: f}, limit: s.Column.MaxChars}, nil
			},
		},
		tokenMasker(), derivedHash(), templateMasker(),
	}
}

// seeder makes what a stand-in is drawn from: the normal form, or on a unique column
// the value as its index tells it apart.
type seeder struct {
	exact, folded bool
	buf           []byte
}

func (s *seeder) of(v []byte) []byte {
	if s.exact {
		s.buf = appendExact(s.buf[:0], v, s.folded)
	} else {
		s.buf = appendNormal(s.buf[:0], v)
	}
	return s.buf
}

type constant []byte

// Mask appends the constant.
func (c constant) Mask(dst []byte, _ Input) ([]byte, error) { return append(dst, c...), nil }

func constantTraits(s Spec) (Traits, error) {
	if _, ok := s.Params["value"]; !ok {
		return Traits{}, fmt.Errorf("constant needs a value")
	}
	_, err := constantValue(s, s.Params["value"])
	return Traits{Safety: NotContact, Capacity: 1, Technique: "suppression"}, err
}

// constantValue is a parameter's value as the column's canonical text, or why the
// column cannot hold it.
func constantValue(s Spec, v any) (string, error) {
	var out string
	switch v := v.(type) {
	case string:
		out = v
	case bool:
		out = strconv.FormatBool(v)
	case float64:
		out = strconv.FormatFloat(v, 'f', -1, 64)
	default:
		return "", fmt.Errorf("%s: a value is a string, a number or true or false", s.Name)
	}
	c, ok := s.Column, true
	switch c.Class {
	case ClassText:
		ok = (c.MaxChars <= 0 || utf8.RuneCountInString(out) <= c.MaxChars) && utf8.ValidString(out) && !strings.ContainsRune(out, 0)
	case ClassInteger:
		bits := c.Bits
		if bits == 0 {
			bits = 64
		}
		_, err := strconv.ParseInt(out, 10, bits)
		ok = err == nil
	case ClassNumeric, ClassFloat:
		f, err := strconv.ParseFloat(out, 64)
		ok = err == nil && (c.Class == ClassFloat || !math.IsInf(f, 0))
		if ok && c.Digits > 0 {
			ok = math.Abs(f) < math.Pow10(c.Digits-c.Scale)
		}
	case ClassBool:
		ok = out == "true" || out == "false"
	case ClassEnum:
		ok = slices.Contains(c.Labels, out)
	case ClassJSON:
		ok = json.Valid([]byte(out))
	}
	if !ok {
		return "", fmt.Errorf("%s: a column of type %s cannot hold %q", s.Name, c.TypeName, out)
	}
	return out, nil
}

// choice draws one of a rule's values.
type choice struct {
	byValue, bySubject *prf.PRF
	values             []string
	upTo               []uint64 // ascending; the last is 2^40
	tag                string   // tells two choices of one subject apart
	normal             []byte
}

const choiceScale = 1 << 40

func newChoice(s Spec) (*choice, error) {
	list, _ := s.Params["values"].([]any)
	if len(list) == 0 {
		return nil, fmt.Errorf("choice needs values")
	}
	c := &choice{tag: "choice"}
	for _, v := range list {
		w, err := constantValue(s, v)
		if err != nil {
			return nil, err
		}
		if w == "" {
			return nil, fmt.Errorf("choice: a value is empty")
		}
		c.values = append(c.values, w)
		c.tag += " " + strconv.Quote(w)
	}
	weights := make([]float64, len(list))
	for i := range weights {
		weights[i] = 1
	}
	if given, ok := s.Params["weights"].([]any); ok {
		if len(given) != len(list) {
			return nil, fmt.Errorf("choice has %d values and %d weights", len(list), len(given))
		}
		for i, v := range given {
			w, ok := v.(float64)
			if !ok || w < 0 || math.IsInf(w, 0) || math.IsNaN(w) {
				return nil, fmt.Errorf("choice: a weight is a number of 0 or more")
			}
			weights[i] = w
		}
	}
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	if sum <= 0 || math.IsInf(sum, 0) {
		return nil, fmt.Errorf("choice: the weights come to nothing")
	}
	reached := 0.0
	for _, w := range weights {
		reached += w
		c.upTo = append(c.upTo, uint64(reached/sum*choiceScale))
	}
	c.upTo[len(c.upTo)-1] = choiceScale
	return c, nil
}

// Mask draws for the subject or the normal form.
func (c *choice) Mask(dst []byte, in Input) ([]byte, error) {
	f, seed := c.bySubject, in.Subject
	if f == nil || seed == nil {
		c.normal = appendNormal(c.normal[:0], in.Value)
		f, seed = c.byValue, c.normal
	}
	bits := f.BitsTagged(c.tag, seed)
	at := bits.Index(choiceScale)
	i, _ := slices.BinarySearch(c.upTo, at+1)
	return append(dst, c.values[i]...), nil
}

// redact hides characters behind a mark.
type redact struct {
	first, last int
	mark        string
}

func redactTraits(s Spec) (Traits, error) {
	first, last, char := s.integer("first"), s.integer("last"), s.str("char")
	if first < 0 || last < 0 || first > 64 || last > 64 {
		return Traits{}, fmt.Errorf("redact: first and last are 0 to 64")
	}
	r, n := utf8.DecodeRuneInString(char)
	if n == 0 || n != len(char) || r == utf8.RuneError || !unicode.IsGraphic(r) {
		return Traits{}, fmt.Errorf("redact: char is one visible character")
	}
	t := Traits{Safety: NotContact, Capacity: 1, Keeps: []string{"length"}, Technique: "suppression"}
	if first > 0 {
		t.Keeps = append(t.Keeps, fmt.Sprintf("first %d characters", first))
	}
	if last > 0 {
		t.Keeps = append(t.Keeps, fmt.Sprintf("last %d characters", last))
	}
	return t, nil
}

// Mask leaves first and last characters only where at least as many are hidden.
func (m *redact) Mask(dst []byte, in Input) ([]byte, error) {
	n := utf8.RuneCount(in.Value)
	first, last := m.first, m.last
	if 2*(first+last) > n {
		first, last = 0, 0
	}
	v := in.Value
	for i := range n {
		r, size := utf8.DecodeRune(v)
		kept := (i < first || i >= n-last) && !(r == utf8.RuneError && size == 1) && !unicode.IsControl(r)
		if kept {
			dst = append(dst, v[:size]...)
		} else {
			dst = append(dst, m.mark...)
		}
		v = v[size:]
	}
	return dst, nil
}

// pattern replaces characters by keyed ones of their kind.
type pattern struct {
	seed  seeder
	shape shaper
	limit int
}

// Mask draws every character from the whole value's seed.
func (m *pattern) Mask(dst []byte, in Input) ([]byte, error) {
	return m.shape.appendOther(dst, in.Value, m.seed.of(in.Value), m.limit), nil
}
