package mask

import (
	"bytes"
	"math/bits"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/understudy-db/understudy/pkg/mask/prf"
)

// lower32 has no 0, 1, 8, 9: a stand-in that is read aloud is not mistaken.
const lower32 = "abcdefghijklmnopqrstuvwxyz234567"

// tailChars is how many characters of lower32 carry a contact's uniqueness: 65
// bits, so ten million stand-ins meet with a probability below 2^-18.
const tailChars = 13

// appendBase32 appends n characters of lower32. The first 12 come from one 64-bit
// word, which is four times quicker than twelve draws.
func appendBase32(dst []byte, b *prf.Bits, n int) []byte {
	for n >= 12 {
		for u, i := b.Uint64(), 0; i < 12; i++ {
			dst = append(dst, lower32[u&31])
			u >>= 5
		}
		n -= 12
	}
	for ; n > 0; n-- {
		dst = append(dst, lower32[b.Index(32)])
	}
	return dst
}

// capacity32 is how many texts of n characters of lower32 there are.
func capacity32(n int) float64 { return power(32, n) }

func power(base float64, n int) float64 {
	c := 1.0
	for range n {
		c *= base
	}
	return c
}

// stream draws any number of small indices for one message: 64 bits of every sum
// are used, the rest keeps each draw's bias below 2^-64.
type stream struct {
	p     *prf.PRF
	seed  prf.Prefix // 128 bits of the message; a counter of 32 bits follows
	count uint32
	bits  [1]prf.Bits
	left  int
}

// start makes the draws depend on tag and msg alone.
func (s *stream) start(p *prf.PRF, tag string, msg []byte) {
	s.p, s.left, s.count = p, 0, 0
	s.seed = p.PrefixTagged(tag, msg)
}

// next returns 0 ≤ i < n.
func (s *stream) next(n uint64) uint64 {
	need := bits.Len64(n - 1)
	if s.left < need {
		s.p.Counts(&s.seed, s.count, s.bits[:])
		s.count++
		s.left = 64
	}
	s.left -= need
	return s.bits[0].Index(n)
}

// folder brings a value into the form that its identity is drawn from. It keeps
// its buffers, so ASCII costs no allocation.
type folder struct{ out, tmp []byte }

// fold returns v without surrounding white space, in NFKC and lower case. The
// result is valid until the next call. Invalid UTF-8 stays as it is, so that
// different bytes stay different.
func (f *folder) fold(v []byte) []byte { return f.lower(bytes.TrimSpace(v), true) }

// lower returns v in lower case, after NFKC when it is asked for. No letter leaves
// ASCII by lower case, so ASCII text is done in one pass.
func (f *folder) lower(v []byte, nfkc bool) []byte {
	f.out = f.out[:0]
	for i, c := range v {
		if c >= utf8.RuneSelf {
			return f.lowerUnicode(v, i, nfkc)
		}
		f.out = append(f.out, lowerByte(c))
	}
	return f.out
}

func (f *folder) lowerUnicode(v []byte, ascii int, nfkc bool) []byte {
	if nfkc {
		f.tmp = norm.NFKC.Append(f.tmp[:0], v...)
		v, ascii, f.out = f.tmp, 0, f.out[:0]
	}
	for i := ascii; i < len(v); {
		r, size := utf8.DecodeRune(v[i:])
		if r == utf8.RuneError && size == 1 {
			f.out = append(f.out, v[i])
		} else {
			f.out = utf8.AppendRune(f.out, unicode.ToLower(r))
		}
		i += size
	}
	return f.out
}

func lowerByte(c byte) byte {
	if c-'A' < 26 {
		return c + 'a' - 'A'
	}
	return c
}

func upperByte(c byte) byte {
	if c-'a' < 26 {
		return c - ('a' - 'A')
	}
	return c
}

func isDigit(c byte) bool { return c-'0' < 10 }

func isLetter(c byte) bool { return c|0x20-'a' < 26 }

// upperCase reports whether v has ASCII letters and all of them are capitals.
func upperCase(v []byte) bool {
	some := false
	for _, c := range v {
		if c-'a' < 26 || c >= utf8.RuneSelf {
			return false
		}
		some = some || c-'A' < 26
	}
	return some
}

// upperInPlace turns ASCII letters into capitals.
func upperInPlace(b []byte) {
	for i, c := range b {
		b[i] = upperByte(c)
	}
}

// appendPadded appends n with at least width digits.
func appendPadded(dst []byte, n uint64, width int) []byte {
	var buf [20]byte
	i := len(buf)
	for n > 0 || width > 0 {
		i--
		buf[i] = byte('0' + n%10)
		n /= 10
		width--
	}
	return append(dst, buf[i:]...)
}

// pow10 holds the powers of ten that fit 64 bits.
var pow10 = [20]uint64{
	1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9,
	1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
}

// fits is the room that is left for n more ASCII characters under a limit; no
// limit is 0.
func fits(limit, used, n int) bool { return limit == 0 || used+n <= limit }
