package evidence

import (
	"bytes"
	"errors"
	"slices"
)

// sure is how many values a form's alphabet and length must allow for a hit to be
// certain. Below it (a phone number is one of 10^10) chance has a say.
const sure = 1e15

// mostSeen bounds the memory for what was already found in one value.
const mostSeen = 64

// Found is called for each different original that a value holds. hit is the writing in
// which it was found, decoded, and the callee's only during the call. certain is false
// where the hit is a short number that may be there by chance.
type Found func(hit []byte, certain bool)

// Reader looks values up in a sealed set. One goroutine at a time uses it.
type Reader struct {
	set     *Set
	hasher  hasher
	message []byte
	page    []byte
	plain   [2][]byte // without escapes, by round
	decoded [2][]byte // base64, by depth
	chain   chain
	seen    []fingerprint
	found   Found
	chance  float64
	err     error
}

var errNotSealed = errors.New("the evidence was asked before it was complete")

// Reader returns one. The set must be sealed: else every Look fails.
func (s *Set) Reader() *Reader {
	r := &Reader{set: s, hasher: s.hasher}
	if !s.sealed {
		r.err = errNotSealed
	}
	return r
}

// Look looks for originals in value, which may be any bytes: text, a document, the text
// form of an array, a file. It returns how many uncertain hits chance alone would give
// in it, and an error when the spill file cannot be read.
func (r *Reader) Look(value []byte, found Found) (chance float64, err error) {
	if r.err != nil || r.set.n == 0 {
		return 0, r.err
	}
	r.seen, r.found, r.chance = r.seen[:0], found, 0
	if len(value) <= mostWhole && allDigits(value) { // keys: half the columns of a database
		if len(value) >= leastChars {
			r.whole(value, value, 0, false)
		}
		r.found = nil
		return r.chance, r.err
	}
	if len(value) <= mostWord && r.set.words {
		// an original may have blanks and brackets in it; without them it is a word below
		if w := trimMask(bytes.TrimSpace(value)); r.set.census.of(tagWord, len(w)) > 0 && divided(value) {
			r.word(value, w)
		}
	}
	r.look(value, 0)
	r.unescaped(value)
	r.found = nil
	return r.chance, r.err
}

func allDigits(b []byte) bool {
	for _, c := range b {
		if classes[c] != digitByte {
			return false
		}
	}
	return true
}

// look cuts b into candidates. depth counts how often base64 was decoded.
func (r *Reader) look(b []byte, depth int) {
	if has := r.words(b, depth); has&digitByte != 0 && r.set.numbers {
		r.chains(b)
	}
}

func divided(b []byte) bool {
	for _, c := range b {
		if classes[c] == hardByte {
			return true
		}
	}
	return false
}

// words looks at all that stands between two hard separators, at its parts, and at the
// base64 in it. It returns the classes of all bytes together.
func (r *Reader) words(b []byte, depth int) (all uint8) {
	decoded := 0 // base64 is decoded up to here
	for i := 0; i < len(b); {
		class := classes[b[i]]
		if class == hardByte {
			i++
			continue
		}
		start, has := i, class
		for i++; i < len(b); i++ {
			if class = classes[b[i]]; class == hardByte {
				break
			}
			has |= class
		}
		all |= has
		n := i - start
		if n < leastChars {
			continue
		}
		// a word of letters is one of the language
		if has&(digitByte|softByte|atByte) != 0 && r.set.words {
			w := trimWord(b[start:i])
			r.word(w, trimMask(w))
			if has&atByte != 0 {
				r.emails(w)
			}
			if has&softByte != 0 {
				r.parts(w)
			}
		}
		if n >= leastBase64 && depth < len(r.decoded) && decoded < i {
			decoded = r.base64(b, max(start, decoded), i, depth)
		}
	}
	return all
}

// trimWord takes the punctuation of a sentence off.
func trimWord(w []byte) []byte {
	for len(w) > 0 && outside[w[len(w)-1]] {
		w = w[:len(w)-1]
	}
	for len(w) > 0 && outside[w[0]] {
		w = w[1:]
	}
	return w
}

var outside = func() (t [256]bool) {
	for _, c := range []byte(".:!?*~=&#@") {
		t[c] = true
	}
	return t
}()

func (r *Reader) parts(w []byte) {
	for i := 0; i < len(w); {
		start := i
		for i < len(w) && classes[w[i]] != softByte {
			i++
		}
		if p := trimWord(w[start:i]); i-start < len(w) {
			r.word(p, p)
			// what follows is whole as well: a key before a link, a path with slashes in it
			if i < len(w) && (w[i] == '=' || w[i] == ':') {
				rest := trimWord(w[i+1:])
				r.word(rest, rest)
			}
		}
		i++
	}
}

func (r *Reader) emails(w []byte) {
	for at := 1; at < len(w); at++ {
		if w[at] != '@' {
			continue
		}
		if start, end := emailAround(w, at); start < at && at+1 < end && end-start < len(w) {
			r.word(w[start:end], w[start:end])
		}
	}
}

// word looks one word up, as the collector has made it.
func (r *Reader) word(hit, w []byte) {
	if r.set.census.of(tagWord, len(w)) == 0 || len(w) <= mostWhole && !wordy(w) {
		return
	}
	r.message = appendLower(append(r.message[:0], tagWord), w)
	if r.has() {
		r.found(hit, true)
	}
}

// has looks r.message up; what was found before in this value is not found again.
func (r *Reader) has() bool {
	hi := r.hasher.hi(r.message)
	if !r.set.filter.may(hi) {
		return false
	}
	p := fingerprint{hi, r.hasher.lo(r.message)}
	ok, err := r.set.has(p, &r.page)
	if err != nil && r.err == nil {
		r.err = err
	}
	if !ok || slices.Contains(r.seen, p) {
		return false
	}
	if len(r.seen) < mostSeen {
		r.seen = append(r.seen, p)
	}
	return true
}

// maybe looks a form of digits and letters up, of which there is one at least of its
// length. It returns true when it was there.
func (r *Reader) maybe(hit []byte, digits, letters int, certain bool) bool {
	if !certain {
		space := tens[digits] * letters26[letters]
		if certain = space >= sure; !certain {
			r.chance += float64(r.set.census.of(r.message[0], digits+letters)) / space
		}
	}
	if !r.has() {
		return false
	}
	r.found(hit, certain)
	return true
}
