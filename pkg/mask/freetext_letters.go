package mask

import (
	"encoding/binary"
	"math/bits"

	"github.com/understudy-db/understudy/pkg/mask/prf"
)

// letterSource is the stream of a text's stand-in. It is a stream as [stream] is, and
// most of what is drawn from it are letters: 24 of them from one sum. A draw takes the next
// sum that nothing was drawn from when the letters of one are used up, and, for anything else,
// when what is left of its bits does not suffice, or letters have begun a sum since.
//
// Several sums are made at once, which is half of the work, and all their letters are written
// down in rows of 24, so that a word of up to eight is one copy. The first row is what is left
// of the sums before, and sum i has row i+1.
type letterSource struct {
	prf   *prf.PRF
	seed  prf.Prefix
	count uint32 // of the sums made
	more  int    // sums that will be wanted, by the text's length
	sums  [sumsAtOnce]prf.Bits
	made  int // of sums

	letters [2][(1+sumsAtOnce)*rowLetters + 8]byte // should the first of a row be a consonant, or a vowel
	at, end int                                    // the next letter, and where those end that follow each other
	begun   int                                    // rows before it are begun, whatever the letters' place

	bits prf.Bits // what all but letters is drawn from
	left int
}

const (
	sumsAtOnce = 8
	textPerSum = 28 // bytes, about
	rowLetters = 24
	rowSize    = 4738381338321616896 // 6^24
	halfSize   = 2176782336          // 6^12
	quadSize   = 1296                // 6^4
)

// A Latin letter's stand-in is one of these, in turns. The words that they make can be
// read out, and mean nothing that would embarrass in the languages we looked at.
const (
	consonants = "mrvlzd"
	vowels     = "aaiioo"
)

// quads are the four letters that a number below 6^4 stands for, its lowest sixth first:
// a consonant is the first of them, or a vowel. A division for each letter, one waiting for
// the other, was half of the time of a text.
var quads = func() (t [2][quadSize]uint32) {
	turns := [2]string{consonants, vowels}
	for first := range t {
		for i := range t[first] {
			for k, rest := 0, i; k < 4; k++ {
				t[first][i] |= uint32(turns[(first+k)%2][rest%6]) << (8 * k)
				rest /= 6
			}
		}
	}
	return t
}()

// start makes the draws depend on tag and text alone.
func (s *letterSource) start(tag string, text []byte) {
	s.seed = s.prf.PrefixTagged(tag, text)
	s.count, s.more, s.made = 0, 1+len(text)/textPerSum, 0
	s.at, s.end, s.begun, s.left = 0, 0, 1, 0
}

// take returns up to n letters, at most eight, and how many these are. They are the lowest bytes;
// the first is a vowel where that is 1, and then a consonant, in turns.
func (s *letterSource) take(n, vowel int) (uint64, int) {
	if s.at+n > s.end {
		if s.at == s.end {
			s.renew()
		}
		n = min(n, s.end-s.at)
	}
	letters := binary.LittleEndian.Uint64(s.letters[(s.at^vowel)&1][s.at:])
	s.at += n
	return letters, n
}

// renew goes on with the letters of the next sum, and with those of all sums that were made after it.
func (s *letterSource) renew() {
	s.at = s.begin() * rowLetters
	s.end = (s.made + 1) * rowLetters
}

// next returns 0 ≤ i < n.
func (s *letterSource) next(n uint64) uint64 {
	need := bits.Len64(n - 1)
	if s.left < need || s.lettersBegun() > s.begun {
		s.bits, s.left = s.sums[s.begin()-1], 64
		s.end = s.lettersBegun() * rowLetters // the letters of another sum do not follow any more
	}
	s.left -= need
	return s.bits.Index(n)
}

// lettersBegun returns the number of rows up to the one that letters were last taken from.
func (s *letterSource) lettersBegun() int { return (s.at + rowLetters - 1) / rowLetters }

// begin returns the row of the next sum.
func (s *letterSource) begin() int {
	row := max(s.begun, s.lettersBegun())
	if row > s.made {
		s.makeSums()
		row = 1
	}
	s.begun, s.left = row+1, 0
	return row
}

// makeSums makes the next sums and writes down their letters.
func (s *letterSource) makeSums() {
	if row := s.at / rowLetters * rowLetters; row < s.end {
		for first := range s.letters {
			copy(s.letters[first][:rowLetters], s.letters[first][row:])
		}
		s.at, s.end = s.at-row, rowLetters
	} else {
		s.at, s.end = 0, 0
	}
	s.made = min(max(s.more, 2), sumsAtOnce)
	s.more -= s.made
	s.prf.Counts(&s.seed, s.count, s.sums[:s.made])
	s.count += uint32(s.made) //nolint:gosec // at most sumsAtOnce
	for i, sum := range s.sums[:s.made] {
		n := sum.Index(rowSize)
		low, high := uint32(n%halfSize), uint32(n/halfSize) //nolint:gosec // both are below halfSize
		q := [6]uint32{low % quadSize, low / quadSize % quadSize, low / (quadSize * quadSize), high % quadSize, high / quadSize % quadSize, high / (quadSize * quadSize)}
		for first := range s.letters {
			row := s.letters[first][(i+1)*rowLetters : (i+2)*rowLetters]
			for k := 0; k < len(q); k += 2 {
				binary.LittleEndian.PutUint64(row[4*k:], uint64(quads[first][q[k]])|uint64(quads[first][q[k+1]])<<32)
			}
		}
	}
}
