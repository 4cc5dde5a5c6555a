package mask

import (
	"bytes"
	"encoding/binary"
	"unicode"
	"unicode/utf8"

	"github.com/understudy-db/understudy/pkg/mask/prf"
	"github.com/understudy-db/understudy/pkg/mask/words"
)

// letterRun is a run of ordinary letters of a script: what stands in for its letters.
type letterRun struct {
	table        *unicode.RangeTable
	lower, upper rune // first letters; upper is 0 where the script has no case
	n            uint64
}

// letterRuns are the scripts that keyed letters are made in. Where an alphabet has
// gaps or rare letters the run is its longest plain stretch.
var letterRuns = []letterRun{
	{unicode.Latin, 'a', 'A', 26},
	{unicode.Cyrillic, 'а', 'А', 32},
	{unicode.Greek, 'α', 'Α', 17}, // to rho: after it comes the final sigma, which has no capital
	{unicode.Han, '一', 0, 20902},
	{unicode.Hangul, '가', 0, 11172},
	{unicode.Hiragana, 'か', 0, 24},
	{unicode.Katakana, 'カ', 0, 24},
	{unicode.Arabic, 'ب', 0, 19},
	{unicode.Hebrew, 'א', 0, 10},
	{unicode.Thai, 'ก', 0, 46},
	{unicode.Devanagari, 'क', 0, 33},
	{unicode.Bengali, 'ক', 0, 19},
	{unicode.Tamil, 'ம', 0, 10},
	{unicode.Georgian, 'ა', 0, 33},
	{unicode.Armenian, 'ա', 'Ա', 38},
	{unicode.Ethiopic, 'ሀ', 0, 72},
}

func runOf(r rune) *letterRun {
	for i := range letterRuns {
		if unicode.Is(letterRuns[i].table, r) {
			return &letterRuns[i]
		}
	}
	return nil
}

// scriptOf returns the script of the first letter of v that has one, and false when
// no letter's script has word lists.
func scriptOf(v []byte) (words.Script, bool) {
	for i := 0; i < len(v); {
		c := v[i]
		if c < utf8.RuneSelf {
			if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
				return words.Latin, true
			}
			i++
			continue
		}
		r, n := utf8.DecodeRune(v[i:])
		i += n
		switch {
		case !unicode.IsLetter(r):
		case r < 0x250 || unicode.Is(unicode.Latin, r):
			return words.Latin, true
		case unicode.Is(unicode.Cyrillic, r):
			return words.Cyrillic, true
		case unicode.Is(unicode.Greek, r):
			return words.Greek, true
		case unicode.Is(unicode.Han, r):
			return words.Han, true
		case unicode.Is(unicode.Hangul, r):
			return words.Hangul, true
		default:
			return "", true
		}
	}
	return "", false
}

// shaper replaces characters by keyed ones of the same kind: a letter by a letter of
// its script and case, a digit by a digit of its block. Separators stay; what is
// neither becomes '*'; marks and control characters go.
type shaper struct {
	prf    *prf.PRF
	prefix prf.Prefix // of what is drawn from: "shape", zero, the seed's sum up to its tenth byte
	rest   [11]byte   // the other six, the round and a counter
	bits   prf.Bits
	left   int // draws that bits still holds
}

// start makes the draws depend on the seed and the round.
func (s *shaper) start(seed []byte, round byte) {
	sum := s.prf.Sum(seed)
	first := [16]byte{'s', 'h', 'a', 'p', 'e', 0}
	n := copy(first[6:], sum[:])
	s.prefix = s.prf.Prefix(&first)
	s.rest = [11]byte{}
	copy(s.rest[:], sum[n:])
	s.rest[6], s.left = round, 0
}

// draw returns 0 ≤ i < n. Four draws of at most 15 bits from one sum leave a bias below 2^-64.
func (s *shaper) draw(n uint64) rune {
	if s.left == 0 {
		s.bits, s.left = s.prf.BitsAfter(&s.prefix, s.rest[:]), 4
		count := s.rest[7:]
		binary.BigEndian.PutUint32(count, binary.BigEndian.Uint32(count)+1)
	}
	s.left--
	return rune(s.bits.Index(n))
}

// appendShaped appends the stand-in of v. seed says what the letters are drawn from;
// round separates attempts; in the last one separators go as well, since a value of
// nothing else would pass through. At most limit characters are written (0: no limit).
func (s *shaper) appendShaped(dst, v, seed []byte, round byte, limit int) []byte {
	start := len(dst)
	s.start(seed, round)
	count := 0
	for i := 0; i < len(v) && (limit <= 0 || count < limit); {
		r, n := utf8.DecodeRune(v[i:])
		i += n
		switch {
		case r >= '0' && r <= '9':
			r = '0' + s.draw(10)
		case r >= 'a' && r <= 'z':
			r = 'a' + s.draw(26)
		case r >= 'A' && r <= 'Z':
			r = 'A' + s.draw(26)
		case r == utf8.RuneError && n == 1:
			r = 'a' + s.draw(26)
		case round == lastRound:
			r = 'a' + s.draw(26)
		case r >= ' ' && r < 0x7f: // ASCII punctuation, symbols and the space
		case unicode.IsLetter(r):
			r = s.letter(r)
		case unicode.Is(unicode.Nd, r):
			r = zeroOf(r) + s.draw(10)
		case unicode.IsNumber(r):
			r = '0' + s.draw(10)
		case unicode.IsMark(r), unicode.Is(unicode.Cf, r):
			continue
		case unicode.IsSpace(r), unicode.IsControl(r):
			r = ' '
		case unicode.IsPunct(r):
		default:
			r = '*'
		}
		dst = utf8.AppendRune(dst, r)
		count++
	}
	if len(dst) == start {
		dst = utf8.AppendRune(dst, 'a'+s.draw(26))
	}
	return dst
}

// lastRound is the attempt that spares nothing.
const lastRound = 7

// letter returns a letter of r's script and case.
func (s *shaper) letter(r rune) rune {
	run := runOf(r)
	switch {
	case run == nil:
		return 'a' + s.draw(26) // a script without a run: a Latin letter hides it as well
	case run.upper != 0 && (unicode.IsUpper(r) || unicode.IsTitle(r)):
		return run.upper + s.draw(run.n)
	}
	return run.lower + s.draw(run.n)
}

// zeroOf returns the digit zero of r's block. A block has ten digits that follow each
// other, and blocks that touch (the mathematical ones) are counted from where the run begins.
func zeroOf(r rune) rune {
	first := r
	for unicode.Is(unicode.Nd, first-1) {
		first--
	}
	return first + (r-first)/10*10
}

// appendOther is appendShaped that tries again when the outcome is the original.
func (s *shaper) appendOther(dst, v, seed []byte, limit int) []byte {
	start := len(dst)
	for round := range byte(lastRound + 1) {
		dst = s.appendShaped(dst[:start], v, seed, round, limit)
		if !sameText(dst[start:], v) {
			break
		}
	}
	return dst
}

// sameText compares without regard to capitals and outer white space.
func sameText(a, b []byte) bool {
	if len(a) > 0 && len(b) > 0 && isLetter(a[0]) && isLetter(b[0]) && (a[0]^b[0])&^0x20 != 0 {
		return false // nearly all are told apart by their first letters
	}
	return bytes.EqualFold(bytes.TrimSpace(a), bytes.TrimSpace(b))
}
