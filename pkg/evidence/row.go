package evidence

import (
	"bytes"
	"math/bits"
	"unicode"
	"unicode/utf8"
)

// Names, places and companies are shared by many, so a stand-in or a text may hold
// somebody's by chance. They are looked for within their own row alone, and what chance
// gives is measured by looking for those of other rows beside them.

const (
	// Controls is how many originals of earlier rows each original is measured against.
	Controls = 1024
	// always is how many rows of a chunk are measured each; later one in every measured.
	always   = 4096
	measured = 8

	mostParts   = 8 // words of an original; of a longer one the last are compared
	mostOwn     = 36
	rowBits     = 1 << 16
	leastLetter = 4 // letters of a single word: shorter ones are words of some language
	leastDigits = 8 // of what has no letters
)

// RowCheck looks for the originals of a row in what is written of the same row. One
// goroutine uses it for one chunk. It holds hashes, never a value.
type RowCheck struct {
	seed      uint64
	originals int // how many originals a row has at most
	pairs     []pair
	rows      int64

	own       [mostOwn]sequence
	owned     int
	mask      uint64 // of the last words of own
	spans     [mostParts + 1]bool
	controls  []control // open addressing, by key
	filled    []int     // controls of each original
	filter    [rowBits / 64]uint64
	recent    [mostParts]uint64
	n         int  // words seen in the value
	beside    bool // this row is measured
	present   []bool
	plain     []byte
	place     int
	rowOfPair []int64
}

// sequence is one original as the hashes of its words.
type sequence struct {
	last, key uint64
	words     int
	original  int
}

type control struct {
	key   uint64
	count int32
}

// pair counts what was found of one original in one place.
type pair struct {
	RowCount
	seen [sightBits / 64]uint64
}

// NewRowCheck returns one for rows of so many originals that are looked for in so many
// places. The seed keys the hashes; counts can be added only under one seed.
func NewRowCheck(seed uint64, originals, places int) *RowCheck {
	return &RowCheck{
		seed: seed, originals: originals, pairs: make([]pair, originals*places), rowOfPair: make([]int64, originals*places),
		controls: make([]control, nextPower(4*Controls*max(1, originals))), filled: make([]int, originals), present: make([]bool, originals),
	}
}

func nextPower(n int) int { return 1 << bits.Len(uint(n-1)) } //nolint:gosec // n is positive

// Begin starts a row: what Own gave for the one before becomes a control.
func (r *RowCheck) Begin() {
	before := -1
	for i := range r.own[:r.owned] {
		s := &r.own[i]
		r.learn(s, s.original != before) // of several writings the first counts
		before = s.original
	}
	r.owned, r.mask = 0, 0
	clear(r.present)
	r.rows++
	r.beside = r.rows <= always || r.rows%measured == 0
}

// learn makes an original of a row that is through a control.
func (r *RowCheck) learn(s *sequence, counts bool) {
	if r.filled[s.original] >= Controls {
		return
	}
	if counts {
		r.filled[s.original]++
	}
	r.spans[s.words] = true
	r.filter[s.last%rowBits/64] |= 1 << (s.last % 64)
	for i := s.key; ; i++ {
		c := &r.controls[i%uint64(len(r.controls))]
		if c.count == 0 || c.key == s.key {
			c.key = s.key
			c.count++
			return
		}
	}
}

// Own gives an original of the row, in one of the ways in which it is written: its ways
// follow each other. Several values together, such as a first and a last name, are one with
// a space between them. What says too little is left out.
func (r *RowCheck) Own(original int, values ...[]byte) {
	r.reset()
	letters, total := 0, 0
	for _, v := range values {
		if len(v) == 0 {
			return
		}
		l, t := r.words(v, false)
		letters, total = letters+l, total+t
	}
	words := min(r.n, mostParts)
	long := total >= leastDigits // a date, a number of a document
	if r.owned == mostOwn || words == 0 || !long && (letters < 2 || total < 2*words || words == 1 && letters < leastLetter) {
		return
	}
	r.own[r.owned] = sequence{last: r.recent[(r.n-1)%mostParts], key: r.key(original, words), words: words, original: original}
	r.mask |= 1 << (r.own[r.owned].last & 63)
	r.owned++
	r.present[original] = true
}

// Any reports whether the row has an original to look for.
func (r *RowCheck) Any() bool { return r.owned > 0 }

// Place looks for the row's originals in a value that is written in the given place.
func (r *RowCheck) Place(place int, value []byte) {
	if r.owned == 0 || len(value) == 0 {
		return
	}
	r.place = place
	for o := range r.originals {
		if r.present[o] {
			p := &r.pairs[place*r.originals+o]
			p.Rows++
			if r.beside {
				p.Compared += int64(r.filled[o])
			}
		}
	}
	r.reset()
	if bytes.IndexByte(value, '\\') < 0 && bytes.IndexByte(value, '&') < 0 && bytes.IndexByte(value, '%') < 0 {
		r.words(value, true)
		return
	}
	// without the escapes of JSON, XML, HTML and links, piece by piece
	r.plain = r.plain[:0]
	for i := 0; i < len(value); {
		c, n := unescape(value[i:])
		switch {
		case n == 0:
			r.plain = append(r.plain, value[i])
			n = 1
		case c < 0: // a raw byte of a rune
			r.plain = append(r.plain, byte(-c))
		default:
			r.plain = utf8.AppendRune(r.plain, c)
		}
		if i += n; len(r.plain) >= pieceSize && classes[value[i-1]] == hardByte {
			r.words(r.plain, true)
			r.plain = r.plain[:0]
		}
	}
	r.words(r.plain, true)
}

func (r *RowCheck) reset() { r.n = 0 }

// words cuts value into words: runs of letters and digits in lower case, and each
// character of the scripts that put no spaces between words. It returns how many letters
// there are, and how many letters and digits.
func (r *RowCheck) words(value []byte, look bool) (letters, total int) {
	for i := 0; i < len(value); {
		h, start := r.seed, total
		for i < len(value) {
			c := folded[value[i]]
			if c >= utf8.RuneSelf {
				ch, size := utf8.DecodeRune(value[i:])
				if !unicode.IsLetter(ch) && !unicode.IsMark(ch) && !unicode.IsDigit(ch) {
					break
				}
				if unspaced(ch) {
					if total > start {
						break
					}
					i += size
					h = step(h, uint64(ch)) //nolint:gosec // a rune that was decoded is not negative
					letters, total = letters+2, total+2
					break
				}
				i += size
				if unicode.IsLetter(ch) {
					letters++
				}
				h = step(h, uint64(unicode.ToLower(ch))) //nolint:gosec // see above
				total++
				continue
			}
			if c == 0 {
				break
			}
			if !look && c > '9' {
				letters++
			}
			h = step(h, uint64(c))
			total++
			i++
		}
		if total > start {
			h ^= h >> 29
			h *= 0x9E3779B97F4A7C15
			h ^= h >> 32
			r.recent[r.n%mostParts] = h
			r.n++
			if look {
				r.look(h)
			}
			continue
		}
		if value[i] >= utf8.RuneSelf {
			_, size := utf8.DecodeRune(value[i:])
			i += size
		} else {
			i++
		}
	}
	return letters, total
}

// folded gives ASCII letters in lower case, digits and the bytes of other runes as they
// are, and 0 for what separates words.
var folded = func() (t [256]uint8) {
	for c := range 256 {
		switch class := classes[c]; {
		case class&upperByte != 0:
			t[c] = uint8(c) | 0x20
		case class&(alnumByte|highByte) != 0:
			t[c] = uint8(c)
		}
	}
	return t
}()

func step(h, c uint64) uint64 { return (h ^ c) * 0x100000001B3 }

// unspaced reports whether the script puts no spaces between words.
func unspaced(c rune) bool {
	return c >= 0x0E00 && (c < 0x1000 || c >= 0x2E80) && unicode.In(c, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Hangul)
}

// key is of the last words seen, as an original of the given number.
func (r *RowCheck) key(original, words int) uint64 {
	h := r.seed ^ uint64(original+1)*0xD6E8FEB86659FD93 ^ uint64(words) //nolint:gosec // small numbers
	for k := r.n - words; k < r.n; k++ {
		h = (h ^ r.recent[k%mostParts]) * 0x9E3779B97F4A7C15
		h ^= h >> 31
	}
	return h
}

// look is called after each word of a written value.
func (r *RowCheck) look(h uint64) {
	if r.mask&(1<<(h&63)) != 0 {
		for i := range r.own[:r.owned] {
			if s := &r.own[i]; s.last == h && s.words <= r.n && r.key(s.original, s.words) == s.key {
				r.met(s)
			}
		}
	}
	if r.beside && r.filter[h%rowBits/64]&(1<<(h%64)) != 0 {
		r.chance()
	}
}

// met counts an original in its own row, once a row.
func (r *RowCheck) met(s *sequence) {
	at := r.place*r.originals + s.original
	if r.rowOfPair[at] == r.rows {
		return
	}
	r.rowOfPair[at] = r.rows
	p := &r.pairs[at]
	p.Met++
	if s.words > 1 {
		p.Long++
	}
	bit := s.key % sightBits
	p.seen[bit/64] |= 1 << (bit % 64)
}

// chance counts the originals of other rows that end with the word just seen.
func (r *RowCheck) chance() {
	for words := 1; words <= min(r.n, mostParts); words++ {
		if !r.spans[words] {
			continue
		}
		for o := range r.originals {
			if !r.present[o] || r.filled[o] == 0 {
				continue
			}
			key := r.key(o, words)
			for i := key; ; i++ {
				c := &r.controls[i%uint64(len(r.controls))]
				if c.count == 0 {
					break
				}
				if c.key == key {
					r.pairs[r.place*r.originals+o].Beside += int64(c.count)
					break
				}
			}
		}
	}
}
