package mask

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/understudy-db/understudy/pkg/mask/prf"
)

func templateMasker() entry {
	return entry{
		Info: Info{
			Name: "template", Summary: "The rule's own text with keyed characters in its places: {digits:6}, {letters:3}, {upper:3}, {hex:8}, {base32:13}. Nothing of the original is kept.",
			Classes: []Class{ClassText}, Subject: true,
			Params:  []Param{{Name: "text", Type: String, Summary: "the text; a brace that is no place is written twice"}},
			Example: `invoice: {mask: template, text: "INV-{digits:8}"}`,
		},
		traits: func(s Spec) (Traits, error) {
			parts, err := readTemplate(s.str("text"))
			if err != nil {
				return Traits{}, err
			}
			t, chars := Traits{Safety: NotContact, Capacity: 1, Technique: "pseudonymization"}, 0
			for _, p := range parts {
				if p.count == 0 {
					chars += utf8.RuneCountInString(p.set)
				} else {
					chars += p.count
					t.Capacity *= power(float64(len(p.set)), p.count)
				}
			}
			if s.Column.MaxChars > 0 && chars > s.Column.MaxChars {
				return Traits{}, fmt.Errorf("template: its text has %d characters, the column holds %d", chars, s.Column.MaxChars)
			}
			return t, nil
		},
		bind: func(s Spec, b *Binder) (Masker, error) {
			parts, err := readTemplate(s.str("text"))
			m := &template{parts: parts, tag: "template " + s.str("text"), seed: seeder{exact: s.Column.Unique, folded: s.Column.Folded}, byValue: b.Key.PRF(prf.StandIn, s.Domain)}
			if s.Subject != "" {
				m.bySubject = b.Key.PRF(prf.Persona, s.Subject)
			}
			return m, err
		},
	}
}

// templatePart is a text as it stands (count 0), or count characters of a set.
type templatePart struct {
	set   string
	count int
}

var templateSets = map[string]string{
	"digits": "0123456789", "letters": "abcdefghijklmnopqrstuvwxyz", "upper": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "hex": hexAlphabet, "base32": lower32,
}

// readTemplate cuts a rule's text into its parts.
func readTemplate(text string) ([]templatePart, error) {
	var parts []templatePart
	places := 0
	plain := func(s string) {
		if n := len(parts); n > 0 && parts[n-1].count == 0 {
			parts[n-1].set += s
		} else {
			parts = append(parts, templatePart{set: s})
		}
	}
	for rest := text; rest != ""; {
		i := strings.IndexAny(rest, "{}")
		if i < 0 {
			plain(rest)
			break
		}
		if i > 0 {
			plain(rest[:i])
		}
		if strings.HasPrefix(rest[i+1:], rest[i:i+1]) { // {{ or }}
			plain(rest[i : i+1])
			rest = rest[i+2:]
			continue
		}
		place, after, closed := strings.Cut(rest[i+1:], "}")
		name, number, _ := strings.Cut(place, ":")
		n, err := strconv.Atoi(number)
		set, known := templateSets[name]
		if rest[i] == '}' || !closed || !known || err != nil || n < 1 || n > 64 {
			return nil, fmt.Errorf("template: %q has a brace that opens no place; places are {digits:n}, {letters:n}, {upper:n}, {hex:n} and {base32:n} with 1 to 64 characters, and {{ is a brace", text)
		}
		parts = append(parts, templatePart{set: set, count: n})
		places, rest = places+1, after
	}
	if places == 0 {
		return nil, fmt.Errorf("template: %q has no place for keyed characters; use constant for a text that is the same in every row", text)
	}
	return parts, nil
}

type template struct {
	byValue, bySubject *prf.PRF
	parts              []templatePart
	tag                string // tells two templates of one subject apart
	seed               seeder
	draw               stream
}

// Mask draws the places for the subject or the value.
func (m *template) Mask(dst []byte, in Input) ([]byte, error) {
	f, seed := m.bySubject, in.Subject
	if f == nil || seed == nil {
		f, seed = m.byValue, m.seed.of(in.Value)
	}
	m.draw.start(f, m.tag, seed)
	for _, p := range m.parts {
		if p.count == 0 {
			dst = append(dst, p.set...)
			continue
		}
		for range p.count {
			dst = append(dst, p.set[m.draw.next(uint64(len(p.set)))])
		}
	}
	return dst, nil
}
