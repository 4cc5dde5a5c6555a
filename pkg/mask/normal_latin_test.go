package mask

import (
	"math/rand/v2"
	"testing"
)

// The quick way through Latin letters has the outcome of the way that composes first.
func TestTheNormalFormOfLatinLettersIsThatOfAnyText(t *testing.T) {
	t.Parallel()
	runes := []rune{' ', ' ', '\t', 'a', 'Z', '9', '-', 0x85, 0xa0, 0xaa, 0xb5, 0x300, 0x301, 0x327, 0x1e9e, 'ς', '中', 0xfffd}
	for r := rune(0xc0); r <= 0x180; r++ {
		runes = append(runes, r)
		if one := string(r); string(appendNormal(nil, []byte(one))) != string(appendNormalUnicode(nil, []byte(one))) {
			t.Errorf("U+%04X alone", r)
		}
	}
	draw := rand.New(rand.NewPCG(5, 2)) //nolint:gosec // the same texts every time
	for range 20000 {
		var v []byte
		for range draw.IntN(12) {
			if draw.IntN(20) == 0 {
				v = append(v, byte(draw.IntN(256))) // no UTF-8
				continue
			}
			v = append(v, string(runes[draw.IntN(len(runes))])...)
		}
		before := []byte("before")
		if got, want := appendNormal(before, v), appendNormalUnicode([]byte("before"), v); string(got) != string(want) {
			t.Fatalf("%+q: %+q, want %+q", v, got, want)
		}
	}
}
