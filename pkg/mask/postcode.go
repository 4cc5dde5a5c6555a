package mask

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/understudy-db/understudy/pkg/mask/prf"
	"github.com/understudy-db/understudy/pkg/mask/words"
)

// postcodeRange is a part of a country's postcodes that no delivery point has.
type postcodeRange struct {
	form    string // 9 is any digit, A a letter, a lower-case letter a digit from 1 to its place in the alphabet; others are themselves
	british bool   // the outward code may be shorter, the inward code may be missing
	count   float64
}

// unassigned are the ranges of countries where one is known: GB ZZ99, which the health
// service sets aside for no fixed abode and the like; US 001 to 004, below the first ZIP
// code 00501; DE 001 to 009, since no routing region begins with 00.
var unassigned = map[string]postcodeRange{
	"GB": {form: "ZZ999AA", british: true, count: 10 * 20 * 20},
	"US": {form: "00d99", count: 400},
	"DE": {form: "00i99", count: 900},
}

// postcodeMasker makes postcodes in the shape of the original.
type postcodeMasker struct {
	prf        *prf.PRF
	country    string
	countryArg int
	any        bool
	limit      int
	normal     []byte
	shape      shaper
}

func postcodeCountry(s Spec) (string, error) {
	l, err := words.Parse(s.Locale)
	if err != nil {
		return "", err
	}
	country := strings.ToUpper(s.str("country"))
	if country == "" {
		// The locale names the country; its word lists may be another's: en_AU has no ZZ99.
		country = l.Country
		if _, region, ok := strings.Cut(strings.ReplaceAll(s.Locale, "-", "_"), "_"); ok && len(region) >= 2 {
			country = strings.ToUpper(region[:2])
		}
	}
	if len(country) != 2 || strings.Trim(country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return "", fmt.Errorf("postcode: %q is no country code of two letters", country)
	}
	return country, nil
}

func newPostcode(s Spec, b *Binder) (Masker, error) {
	country, err := postcodeCountry(s)
	if err != nil {
		return nil, err
	}
	m := &postcodeMasker{prf: b.Key.PRF(prf.StandIn, s.Domain), country: country, countryArg: -1, any: s.str("range") == "any", limit: s.Column.MaxChars}
	m.shape.prf = m.prf
	if i, ok := s.arg("country"); ok {
		m.countryArg = i
	}
	return m, nil
}

func postcodeTraits(s Spec) (Traits, error) {
	country, err := postcodeCountry(s)
	if err != nil {
		return Traits{}, err
	}
	t := Traits{Safety: NotContact, Capacity: 9e3, Keeps: []string{"shape", "separators"}, Technique: "pseudonymization"}
	if r, ok := unassigned[country]; ok && s.str("range") == "unassigned" && !slices.Contains(s.Args, "country") {
		t.Capacity, t.Safety = r.count, Unassigned
	}
	return t, nil
}

// Mask draws from the country's unassigned range when the value has the country's
// shape; else every digit becomes a digit and every letter a letter.
func (m *postcodeMasker) Mask(dst []byte, in Input) ([]byte, error) {
	m.normal = appendNormal(m.normal[:0], in.Value)
	start := len(dst)
	r, ok := unassigned[m.country]
	if m.countryArg >= 0 && m.countryArg < len(in.Args) {
		var code [2]byte
		if a := in.Args[m.countryArg]; len(a) == 2 {
			code[0], code[1] = a[0]&^0x20, a[1]&^0x20
		}
		r, ok = unassigned[string(code[:])]
	}
	if ok && !m.any && (m.limit == 0 || utf8.RuneCount(in.Value) <= m.limit) {
		for i := range maxAttempts {
			var fits bool
			if dst, fits = m.appendUnassigned(dst[:start], r, i); !fits {
				break
			}
			if !sameText(dst[start:], in.Value) {
				return dst, nil
			}
		}
	}
	return m.shape.appendOther(dst[:start], in.Value, m.normal, m.limit), nil
}

// postcodeLetters are those of the second half of a British postcode.
const postcodeLetters = "ABDEFGHJLNPQRSTUWXYZ"

// appendUnassigned follows the separators of the value; false when its shape is another.
// A British outward code has two to four characters, so that its shape is read from the
// end: the last three are the inward code, which may be missing.
func (m *postcodeMasker) appendUnassigned(dst []byte, r postcodeRange, attempt int) ([]byte, bool) {
	start := len(dst)
	n, spaces := 0, 0
	var sep byte
	for _, c := range m.normal {
		switch {
		case c >= '0' && c <= '9' || c >= 'a' && c <= 'z':
			n++
		case c == ' ' || c == '-':
			spaces++
			sep = c
		default:
			return dst, false
		}
	}
	form := r.form
	if r.british {
		if n < 2 || n > 7 || spaces > 1 || m.normal[0] < 'a' {
			return dst, false
		}
		if n <= 4 {
			form = form[:4]
		}
	} else {
		// ZIP+4 has four digits more.
		if n != len(form) && (n != 9 || r.form != "00d99") || spaces > 1 {
			return dst, false
		}
		for _, c := range m.normal {
			if c >= 'a' {
				return dst, false
			}
		}
	}
	bits := m.prf.BitsTagged(nameAttempts[attempt], m.normal)
	for i := range form {
		if r.british && i == 4 && sep != 0 {
			dst = append(dst, sep)
		}
		c := form[i]
		switch {
		case c == '9' && !(r.british && i < 4):
			c = '0' + byte(bits.Index(10))
		case c == 'A':
			c = postcodeLetters[bits.Index(uint64(len(postcodeLetters)))]
		case c >= 'a':
			c = '1' + byte(bits.Index(uint64(c-'a'+1)))
		}
		dst = append(dst, c)
	}
	if n == 9 {
		if sep != 0 {
			dst = append(dst, sep)
		}
		for range 4 {
			dst = append(dst, '0'+byte(bits.Index(10)))
		}
	}
	if m.limit > 0 && len(dst)-start > m.limit {
		return dst, false
	}
	return dst, true
}
