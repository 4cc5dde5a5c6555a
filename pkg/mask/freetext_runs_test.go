package mask

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"

	"github.com/understudy-db/understudy/pkg/mask/prf"
)

// oneByOne writes a text's stand-in letter by letter, as version 1 defines it: each draw
// below 6^24 is worth 24 letters, its lowest sixth first.
func oneByOne(p *prf.PRF, text string) string {
	var out []rune
	var m replacer
	var draw stream
	draw.start(p, "text", []byte(text))
	pool, left := uint64(0), 0
	letter := func() rune {
		m.digits, m.groups, m.gap = 0, 0, 0
		if left == 0 {
			pool, left = draw.next(rowSize), rowLetters
		}
		sixth := pool % 6
		pool, left = pool/6, left-1
		m.vowel ^= 1
		if m.vowel == 1 {
			return rune(consonants[sixth])
		}
		return rune(vowels[sixth])
	}
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
			if m.gap > gapInNumber {
				m.digits, m.groups = 0, 0
			}
			if m.gap > 0 || m.digits == 0 {
				m.groups++
			}
			if m.digits == digitsInNumber || m.groups > groupsInNumber {
				out = append(out, letter())
				continue
			}
			m.digits++
			m.gap, m.vowel = 0, 0
			out = append(out, '0'+rune(draw.next(10)))
		case r >= 'α' && r <= 'ω':
			m.digits, m.groups, m.gap = 0, 0, 0
			out = append(out, 'α'+rune(draw.next(17)))
		case unicode.IsUpper(r):
			out = append(out, unicode.ToUpper(letter()))
		case unicode.IsLetter(r):
			out = append(out, letter())
		default:
			m.separate(r == '\n')
			out = append(out, r)
		}
	}
	return string(out)
}

func TestARunOfLettersIsWrittenAsLetterByLetter(t *testing.T) {
	t.Parallel()
	alphabet := []rune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZäöüßÉéłŁπω0123456789 .,;-()\n")
	draw := rand.New(rand.NewPCG(5, 1)) //nolint:gosec // the same texts every time
	p := prf.TestKey().PRF(prf.StandIn, "runs")
	m := newReplacer(p)
	for range 3000 {
		var text strings.Builder
		plain := 1 + draw.IntN(40) // letters for anything else
		for range 1 + draw.IntN(900) {
			// words are long, or no run would cross the end of a draw
			if r := alphabet[draw.IntN(len(alphabet))]; draw.IntN(plain) > 0 {
				text.WriteRune(alphabet[draw.IntN(52)])
			} else {
				text.WriteRune(r)
			}
		}
		got, err := m.Mask(nil, Input{Value: []byte(text.String())})
		if err != nil {
			t.Fatal(err)
		}
		want := oneByOne(p, text.String())
		if want == text.String() {
			continue
		}
		if string(got) != want {
			t.Fatalf("a text of %d bytes: %q, want %q", text.Len(), got, want)
		}
	}
}
