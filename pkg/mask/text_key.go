package mask

import (
	"fmt"

	"github.com/understudy-db/understudy/pkg/mask/prf"
)

// textKeyInfo documents text_key.
//
// A key's letters and digits are taken together as one string over the smallest
// alphabet that holds them: digits, lower-case letters with digits, capitals with
// digits, or all of them. FF1 permutes the strings of that length; images that a
// smaller alphabet would hold are walked past, so that keys of two alphabets never
// meet. Below a million strings a shuffled table takes FF1's place. Separators
// stay where they are.
func textKeyInfo() Info {
	return Info{
		Name:    "text_key",
		Summary: "permutes keys such as AB-00123 within their length, alphabet and separators: injective, so joins and unique indexes hold",
		Classes: []Class{ClassText},
		Example: "customer_no: {mask: text_key}",
	}
}

func textKeyTraits(Spec) (Traits, error) {
	// Injective for keys of ASCII letters, digits and separators within the lengths
	// of FF1; any other text becomes ~ and up to 26 keyed characters.
	return Traits{Safety: NotContact, Injective: true, Capacity: capacity32(26), Keeps: []string{"length", "alphabet", "separators"}, Technique: "pseudonymization"}, nil
}

// The alphabets. A string belongs to the first one that holds all its characters.
const (
	alphabetDigits = iota
	alphabetLower
	alphabetUpper
	alphabetMixed
	alphabets
)

var alphabetRadix = [alphabets]uint64{10, 36, 36, 62}

type textKey struct {
	p      *prf.PRF
	perm   *prf.PRF
	ff1    [alphabets]*ff1
	tables [alphabets][6]*permutation // by length, filled when first needed
	limit  int
	x      []byte
}

func bindTextKey(s Spec, b *Binder) (Masker, error) {
	m := &textKey{p: b.Key.PRF(prf.StandIn, s.Domain), perm: b.Key.PRF(prf.Permutation, s.Domain), limit: s.Column.MaxChars}
	for a, radix := range alphabetRadix {
		f, err := newFF1(m.perm.Append(nil, fmt.Appendf(nil, "ff1 %d", a), 32), radix, nil)
		if err != nil {
			return nil, fmt.Errorf("text_key: %w", err)
		}
		m.ff1[a] = f
	}
	return m, nil
}

// textKeySeparator reports whether c may stay where it is.
func textKeySeparator(c byte) bool {
	return c == '-' || c == '_' || c == '.' || c == '/' || c == ':' || c == '#' || c == ' '
}

// alphabetOf returns the alphabet of v's letters and digits and how many they are;
// false when v has another character, or none of them.
func alphabetOf(v []byte) (alphabet, n int, ok bool) {
	lower, upper := false, false
	for _, c := range v {
		switch {
		case isDigit(c):
			n++
		case c-'a' < 26:
			n, lower = n+1, true
		case c-'A' < 26:
			n, upper = n+1, true
		case !textKeySeparator(c):
			return 0, 0, false
		}
	}
	switch {
	case lower && upper:
		alphabet = alphabetMixed
	case upper:
		alphabet = alphabetUpper
	case lower:
		alphabet = alphabetLower
	}
	return alphabet, n, n > 0
}

// Mask appends the key's stand-in.
func (m *textKey) Mask(dst []byte, in Input) ([]byte, error) {
	a, n, ok := alphabetOf(in.Value)
	if !ok {
		return m.token(dst, in.Value), nil
	}
	shortest, longest := ff1Range(alphabetRadix[a])
	if n > longest {
		return m.token(dst, in.Value), nil
	}
	m.x = m.x[:0]
	for _, c := range in.Value {
		if !textKeySeparator(c) {
			m.x = append(m.x, digitOf(c, a))
		}
	}
	for {
		if n < shortest {
			m.short(a, n)
		} else {
			m.ff1[a].cycle(m.x)
		}
		if alphabetOfDigits(m.x, a) == a {
			break
		}
	}
	k := 0
	for _, c := range in.Value {
		if !textKeySeparator(c) {
			c = charOf(m.x[k], a)
			k++
		}
		dst = append(dst, c)
	}
	return dst, nil
}

// short permutes m.x by a table.
func (m *textKey) short(a, n int) {
	f := m.ff1[a]
	if m.tables[a][n] == nil {
		m.tables[a][n] = newPermutation(m.perm, fmt.Sprintf("text_key %d %d", a, n), ipow(f.radix, n))
	}
	f.str(m.x, m.tables[a][n].next(f.num(m.x)))
}

// token appends the stand-in of what is no key: bounded, not injective.
func (m *textKey) token(dst, v []byte) []byte {
	b := m.p.BitsTagged("token", v)
	n := 26
	if m.limit > 0 {
		n = min(n, m.limit-1)
	}
	if n < 1 {
		return append(dst, lower32[b.Index(32)])
	}
	return appendBase32(append(dst, '~'), &b, n)
}

// digitOf and charOf: digits are 0 to 9, lower case 10 to 35 (capitals where there
// is no lower case), capitals 36 to 61.
func digitOf(c byte, alphabet int) byte {
	switch {
	case isDigit(c):
		return c - '0'
	case c-'a' < 26:
		return c - 'a' + 10
	case alphabet == alphabetUpper:
		return c - 'A' + 10
	default:
		return c - 'A' + 36
	}
}

func charOf(d byte, alphabet int) byte {
	switch {
	case d < 10:
		return '0' + d
	case d >= 36:
		return 'A' + d - 36
	case alphabet == alphabetUpper:
		return 'A' + d - 10
	default:
		return 'a' + d - 10
	}
}

// alphabetOfDigits is the alphabet of a string of digits of alphabet a.
func alphabetOfDigits(x []byte, a int) int {
	low, high := false, false
	for _, d := range x {
		if d >= 36 {
			high = true
		} else if d >= 10 {
			low = true
		}
	}
	switch {
	case a == alphabetUpper && low, a == alphabetMixed && high && !low:
		return alphabetUpper
	case low && high:
		return alphabetMixed
	case low:
		return alphabetLower
	default:
		return alphabetDigits
	}
}
