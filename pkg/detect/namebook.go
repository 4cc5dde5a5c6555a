package detect

import (
	_ "embed"
	"strings"
	"sync"
)

// The lists are first and last names of twenty locales, one a line, from the locale
// tables of faker-js (names/LICENSE). Words that are common in prose at the head of a
// sentence, colours, months and places were left out.
//
//go:embed names/first.txt
var firstList string

//go:embed names/last.txt
var lastList string

//go:embed names/more.txt
var moreNames string

// The sets of words that begin with a capital and mean somebody.
const (
	firstNames = 1 << iota
	lastNames
	titleWord
	salutationWord
)

// nameBook is made when the first capitalised word is looked up.
var nameBook = sync.OnceValue(func() *wordTable[uint8] {
	t := newWordTable[uint8](26000)
	put := func(w string, set uint8) {
		h := hash([]byte(w))
		old, _ := t.get(h)
		t.put(h, old|set)
	}
	for w := range strings.Lines(firstList) {
		put(strings.TrimSpace(w), firstNames)
	}
	for w := range strings.Lines(lastList) {
		put(strings.TrimSpace(w), lastNames)
	}
	for line := range strings.Lines(moreNames) {
		set := uint8(firstNames)
		if line[0] == 'L' {
			set = lastNames
		}
		for _, w := range strings.Fields(line)[1:] {
			if line[0] != '#' {
				put(w, set)
			}
		}
	}
	for w := range titles {
		put(w, titleWord)
	}
	for w := range salutations {
		put(w, salutationWord)
	}
	return t
})

// sets returns the sets that w is in.
func (s *Scanner) sets(w []byte) uint8 {
	v, _ := s.book.get(hash(w))
	return v
}
