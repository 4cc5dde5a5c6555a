package detect

import (
	"unicode"
	"unicode/utf8"
)

// lexicon is a map of words that most words are not in: two letters and the length tell
// most of the others, which costs a tenth of a look into a map.
type lexicon[V any] struct {
	words map[string]V
	heads [1024]uint64 // by the first two bytes, whatever their case: a bit for each length
}

func newLexicon[V any](words map[string]V) *lexicon[V] {
	l := &lexicon[V]{words: words}
	for w := range words {
		l.heads[headOf([]byte(w))] |= lengthBit(len(w))
		if r, n := utf8.DecodeRuneInString(w); r >= utf8.RuneSelf { // a capital beyond ASCII begins with other bytes
			l.heads[headOf([]byte(string(unicode.ToUpper(r))+w[n:]))] |= lengthBit(len(w))
		}
	}
	return l
}

func headOf(w []byte) int {
	if len(w) < 2 {
		return 0
	}
	return tailOf(w[0], w[1])
}

// lengthBit is a bit for each length up to 62, and one for all beyond.
func lengthBit(n int) uint64 { return 1 << min(n, 63) }

// may reports whether w, in whatever case, can be there.
func (l *lexicon[V]) may(w []byte) bool { return l.heads[headOf(w)]&lengthBit(len(w)) != 0 }

// get returns what is said of a word, and false for one that is not there.
func (l *lexicon[V]) get(w []byte) (v V, ok bool) {
	if !l.may(w) {
		return v, false
	}
	v, ok = l.words[string(w)]
	return v, ok
}

// has reports whether a word is there.
func (l *lexicon[V]) has(w []byte) bool {
	_, ok := l.get(w)
	return ok
}
