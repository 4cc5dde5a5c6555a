package mask

import (
	"unicode"
	"unicode/utf8"

	"github.com/understudy-db/understudy/pkg/mask/prf"
)

func digitsInfo() Info {
	return Info{
		Name:    "digits",
		Summary: "replaces every digit by a keyed digit and every letter by a keyed letter; length, letter case and ASCII punctuation stay",
		Classes: []Class{ClassText, ClassInteger, ClassNumeric},
		Example: "meter_no: {mask: digits}",
	}
}

func digitsTraits(s Spec) (Traits, error) {
	// A value of one digit has the nine others: what is longer has more.
	return Traits{Safety: NotContact, Capacity: 9, Keeps: []string{"length", "case", "separators"}, Technique: "pseudonymization"}, nil
}

type digits struct {
	p      *prf.PRF
	column Column
	draw   stream
}

func newDigits(s Spec, b *Binder) *digits {
	return &digits{p: b.Key.PRF(prf.StandIn, s.Domain), column: s.Column}
}

func bindDigits(s Spec, b *Binder) (Masker, error) { return newDigits(s, b), nil }

// Mask appends the value with its digits and letters replaced.
func (m *digits) Mask(dst []byte, in Input) ([]byte, error) {
	if m.column.Class != ClassText {
		return m.number(dst, in.Value), nil
	}
	start := len(dst)
	m.draw.start(m.p, "digits", in.Value)
	some := false
	for i := 0; i < len(in.Value); {
		c := in.Value[i]
		size := 1
		switch {
		case isDigit(c):
			dst, some = append(dst, byte('0'+m.draw.next(10))), true
		case c-'a' < 26:
			dst, some = append(dst, byte('a'+m.draw.next(26))), true
		case c-'A' < 26:
			dst, some = append(dst, byte('A'+m.draw.next(26))), true
		case c > ' ' && c < 0x7f || c == ' ':
			dst = append(dst, c)
		case c < utf8.RuneSelf:
			dst = append(dst, ' ') // a control character
		default:
			var r rune
			r, size = utf8.DecodeRune(in.Value[i:])
			some = true
			switch {
			case unicode.IsUpper(r):
				dst = append(dst, byte('A'+m.draw.next(26)))
			case unicode.IsLetter(r):
				dst = append(dst, byte('a'+m.draw.next(26)))
			default:
				dst = append(dst, byte('0'+m.draw.next(10)))
			}
		}
		i += size
	}
	if !some { // punctuation alone: nothing of it was replaced
		for i := range dst[start:] {
			dst[start+i] = byte('0' + m.draw.next(10))
		}
		return dst, nil
	}
	if string(dst[start:]) == string(in.Value) {
		bump(dst[start:])
	}
	return dst, nil
}

// bump changes the last digit or letter.
func bump(v []byte) {
	for i := len(v) - 1; i >= 0; i-- {
		switch c := v[i]; {
		case c == '9':
			v[i] = '0'
		case c == 'z' || c == 'Z':
			v[i] = c - 25
		case isDigit(c) || isLetter(c):
			v[i]++
		default:
			continue
		}
		return
	}
}

// number replaces digits such that their count stays: no leading zero comes or
// goes, and the number fits its column.
func (m *digits) number(dst, v []byte) []byte {
	d, ok := parseDecimal(v)
	if !ok || m.column.Class == ClassInteger && len(d.whole) > 19 {
		return m.noNumber(dst, v)
	}
	if n, small := d.int64(); small && len(d.fraction) == 0 {
		if d.negative {
			dst = append(dst, '-')
			n = -n // the smallest number stays negative; its digits count all the same
		}
		return appendPadded(dst, m.integer(uint64(n), len(d.whole), v), 1)
	}
	m.draw.start(m.p, "digits", v)
	if d.negative {
		dst = append(dst, '-')
	}
	start := len(dst)
	for i := range d.whole {
		switch {
		case i > 0:
			dst = append(dst, byte('0'+m.draw.next(10)))
		case len(d.whole) == 1 && d.whole[0] == '0':
			dst = append(dst, '0')
		default:
			dst = append(dst, byte('1'+m.draw.next(9)))
		}
	}
	for i := range d.fraction {
		if i == 0 {
			dst = append(dst, '.')
		}
		dst = append(dst, byte('0'+m.draw.next(10)))
	}
	if same(dst[start:], d) {
		bump(dst[start:])
	}
	return dst
}

func same(out []byte, d decimal) bool {
	if len(d.fraction) == 0 {
		return string(out) == string(d.whole)
	}
	w := len(d.whole)
	return string(out[:w]) == string(d.whole) && string(out[w+1:]) == string(d.fraction)
}

// integer draws another number of as many digits that fits the column.
func (m *digits) integer(n uint64, width int, v []byte) uint64 {
	low, high := uint64(0), uint64(9)
	if width > 1 {
		low, high = pow10[width-1], 9
		if width < len(pow10) {
			high = pow10[width] - 1
		}
	}
	largest := uint64(1<<63 - 1)
	if m.column.Class == ClassInteger && m.column.Bits > 0 {
		largest = 1<<(m.column.Bits-1) - 1
	}
	high = min(high, largest)
	if n == 0 {
		low = 1 // a zero has no digits to keep, and must not stay
	}
	b := m.p.BitsTagged("integer", v)
	out := low + b.Index(high-low+1)
	if out == n {
		if out++; out > high {
			out = low
		}
	}
	return out
}

// noNumber appends the stand-in of a value that is no number: keyed characters in
// a text column, 0 or 1 elsewhere, where only NaN and infinity can come.
func (m *digits) noNumber(dst, v []byte) []byte {
	if m.column.Class == ClassText {
		dst, _ = m.Mask(dst, Input{Value: v})
		return dst
	}
	return append(dst, '0')
}

// fitNumber appends out, or, when a column of text has no room for it, value's digits replaced.
func (m *digits) fitNumber(dst, out, value []byte) []byte {
	if m.column.Class == ClassText && m.column.MaxChars > 0 && len(out) > m.column.MaxChars {
		return m.noNumber(dst, value)
	}
	return append(dst, out...)
}
