package evidence

import (
	"bytes"
	"errors"
	"math"
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
	if len(value) <= mostWord && divided(value) {
		r.word(value, trimMask(bytes.TrimSpace(value))) // an original may have blanks and brackets in it
	}
	r.look(value, 0)
	r.unescaped(value)
	r.found = nil
	return r.chance, r.err
}

// look cuts b into candidates. depth counts how often base64 was decoded.
func (r *Reader) look(b []byte, depth int) {
	var has uint8
	at := false
	for _, c := range b {
		has |= classes[c]
		at = at || c == '@'
	}
	// most texts hold neither a digit nor an @ nor a link: nothing to cut
	if r.set.counts.words > 0 && (at || has&(digitByte|softByte) != 0) {
		r.words(b)
	}
	if has&digitByte != 0 && r.set.numbers {
		r.chains(b)
	}
	if depth < len(r.decoded) {
		r.base64(b, depth)
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

// words looks at all that stands between two hard separators, and at its parts.
func (r *Reader) words(b []byte) {
	for i := 0; i < len(b); {
		for i < len(b) && classes[b[i]] == hardByte {
			i++
		}
		start := i
		var has uint8
		special := false
		for i < len(b) {
			c := classes[b[i]]
			if c == hardByte {
				break
			}
			has |= c
			special = special || b[i] == '@'
			i++
		}
		if i-start < leastChars || has&digitByte == 0 && has&softByte == 0 && !special {
			continue
		}
		w := trimWord(b[start:i])
		r.word(w, trimMask(w))
		if special {
			r.emails(w)
		}
		if has&softByte != 0 {
			r.parts(w)
		}
	}
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
	if len(w) < leastChars || !wordy(w) {
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

// maybe looks a form of digits and letters up. It returns true when it was there.
func (r *Reader) maybe(hit []byte, digits, letters int, held int64, certain bool) bool {
	if !certain {
		space := math.Pow10(digits)
		for range letters {
			space *= 26
		}
		if certain = space >= sure; !certain {
			r.chance += float64(held) / space
		}
	}
	if !r.has() {
		return false
	}
	r.found(hit, certain)
	return true
}
