package detect

import (
	"slices"
	"strings"
)

// Threshold is the confidence below which a Scanner reports nothing unless told otherwise.
const Threshold = 0.5

// Hit is one piece of personal data in a text. It holds no copy of the value.
type Hit struct {
	Kind       string  // one of Kinds
	Start, End int     // byte offsets in the scanned value
	Confidence float64 // above 0, at most 1
}

// Context is what is known of a value beside its bytes. The zero value knows nothing.
type Context struct {
	Column string // the column's name, or the key in a document
	Table  string
	Class  string // family of the type: text, integer, json, …; see mask's classes
	Locale string // "de_DE", "de-DE" or a country: "DE"
	Kind   string // the column's kind as Classify names it; "" lets the scanner ask Classify
}

// Options chooses what a Scanner reports.
type Options struct {
	Threshold float64  // 0 is Threshold
	Kinds     []string // names from Kinds; none is all
	Web       bool     // report every web address: most are nobody's, so only who asks for them gets them
}

// Scanner finds personal data and placeholders. It keeps scratch space: one goroutine
// at a time, reused for every value.
type Scanner struct {
	threshold float64
	only      kindSet
	all       bool
	web       bool

	ctx   Context // the context that hint was made from
	known bool
	hint  hint

	out     []Hit
	base    int  // where this value's hits begin in out
	escaped bool // the text holds something that unescaping would change
	depth   int  // how many decodings deep we are
	scheme  int  // where the last "://" stood, -1 before the first
	runEnd  int  // base64 and MRZ runs up to here have been looked at

	decoded [2][]byte // base64, by depth
	plain   []byte    // unescaped text
	offsets []int32   // plain[i] came from offsets[i]
	norm    []byte    // normalised value for placeholders
	found   []Hit     // for Find
	nr      digits
	run     compact
	book    *wordTable[uint8]
	win     window
}

// NewScanner returns a Scanner. Unknown kinds in o are never found.
func NewScanner(o Options) *Scanner {
	s := &Scanner{threshold: o.Threshold, all: len(o.Kinds) == 0, web: o.Web, book: nameBook()}
	if s.threshold == 0 {
		s.threshold = Threshold
	}
	for _, name := range o.Kinds {
		s.only = s.only.with(setOf(kindByName(name)))
	}
	return s
}

// Scan appends the hits in value to dst, from left to right and without overlaps, and
// returns it. ctx may be nil. Value may be any bytes; it is not kept. When nothing is
// found, nothing is allocated.
func (s *Scanner) Scan(dst []Hit, value []byte, ctx *Context) []Hit {
	s.resolve(ctx)
	s.out, s.base = dst, len(dst)
	s.depth, s.escaped = 0, false
	s.whole(value)
	s.walk(value)
	if s.web {
		s.hosts(value)
	}
	if s.escaped {
		s.unescaped(value)
	}
	dst = s.settle()
	s.out = nil
	return dst
}

// Find calls found for every hit in text, from left to right, without context.
func (s *Scanner) Find(text []byte, found func(kind string, start, end int)) {
	s.found = s.Scan(s.found[:0], text, nil)
	for _, h := range s.found {
		found(h.Kind, h.Start, h.End)
	}
}

func (s *Scanner) resolve(ctx *Context) {
	var c Context
	if ctx != nil {
		c = *ctx
	}
	if s.known && s.ctx == c {
		return
	}
	s.ctx, s.known = c, true
	s.hint = makeHint(c)
}

// wants reports whether somebody asked for a kind: what looks for no other is left out.
func (s *Scanner) wants(k kind) bool { return s.all || s.only.has(k) }

// add notes a candidate. Weak ones are dropped here, so that a miss costs no space.
func (s *Scanner) add(k kind, start, end int, confidence float64) {
	if confidence < s.threshold || !s.wants(k) {
		return
	}
	s.out = append(s.out, Hit{Kind: kindNames[k], Start: start, End: end, Confidence: min(confidence, 1)})
}

// settle sorts this value's hits and keeps the best of those that overlap: the most
// certain, then the longest, then the first.
func (s *Scanner) settle() []Hit {
	hits := s.out[s.base:]
	if len(hits) < 2 {
		return s.out
	}
	slices.SortStableFunc(hits, func(a, b Hit) int {
		switch {
		case a.Start != b.Start:
			return a.Start - b.Start
		case a.End != b.End:
			return b.End - a.End
		}
		return strings.Compare(a.Kind, b.Kind)
	})
	kept := hits[:0]
	for _, h := range hits {
		for len(kept) > 0 {
			last := kept[len(kept)-1]
			if h.Start >= last.End {
				break
			}
			if !better(h, last) {
				h.End = -1
				break
			}
			kept = kept[:len(kept)-1]
		}
		if h.End >= 0 {
			kept = append(kept, h)
		}
	}
	return s.out[:s.base+len(kept)]
}

func better(a, b Hit) bool {
	if a.Confidence != b.Confidence {
		return a.Confidence > b.Confidence
	}
	return a.End-a.Start > b.End-b.Start
}

// The classes of bytes.
const (
	isDigit = 1 << iota
	isUpper
	isLower
	isHigh // part of a rune that is not ASCII
	isMark // starts a closer look
	isWord = isDigit | isUpper | isLower | isHigh
)

var classes = func() (t [256]uint8) {
	for c := range 256 {
		switch {
		case c >= '0' && c <= '9':
			t[c] = isDigit
		case c >= 'A' && c <= 'Z':
			t[c] = isUpper
		case c >= 'a' && c <= 'z':
			t[c] = isLower
		case c >= 0x80:
			t[c] = isHigh
		case strings.IndexByte("@:$<-&\\%{", byte(c)) >= 0:
			t[c] = isMark
		}
	}
	return t
}()

func digit(c byte) bool  { return c-'0' <= 9 }
func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func alnum(c byte) bool  { return digit(c) || letter(c) }
func upper(c byte) bool  { return c >= 'A' && c <= 'Z' }
func space(c byte) bool  { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }
func hexDigit(c byte) bool {
	return digit(c) || c|0x20 >= 'a' && c|0x20 <= 'f'
}

// at is b[i], and 0 outside.
func at(b []byte, i int) byte {
	if i < 0 || i >= len(b) {
		return 0
	}
	return b[i]
}

// dull are the bytes that make up most of a text and never begin a closer look: small
// letters, blanks, and the punctuation that no kind cares for.
var dull = func() (t [256]bool) {
	for c := range 128 {
		t[c] = classes[c] == isLower || classes[c] == 0 && strings.IndexByte("_=\"", byte(c)) < 0
	}
	return t
}()

// tallLead is the first byte of the three-byte runes, among them all scripts of East Asia
// and their punctuation.
const tallLead = 0xE0

// walk is the one pass over a text. It runs over dull bytes, and goes back to the
// beginning of the word where something else turns up.
func (s *Scanner) walk(b []byte) {
	s.runEnd, s.scheme = 0, -1
	done := 0 // nothing before is part of a word that is still open
	for i := 0; i < len(b); {
		if dull[b[i]] {
			i++
			continue
		}
		start := i
		for start > done && classes[b[start-1]] == isLower {
			start--
		}
		c := classes[b[i]]
		if c&isWord == 0 {
			if n := b[i]; i-start >= 2 && i-start <= 12 && (n == '_' || n == '-' || n == '=' || n == ':' || n == '"') {
				s.lowerWord(b, start, i)
			}
			if c&isMark != 0 {
				i = max(s.mark(b, i), i+1)
			} else {
				i++
			}
			done = i
			continue
		}
		first, flags := classes[b[start]], c
		tall := b[i] >= tallLead
		for i++; i < len(b); i++ {
			if c = classes[b[i]]; c&isWord == 0 {
				break
			}
			// Scripts without spaces put digits right behind a word: 电话13912345678.
			if c == isHigh && b[i] >= tallLead {
				if tall = true; flags&isDigit != 0 {
					break
				}
			} else if tall && c == isDigit {
				break
			}
			flags |= c
		}
		if start < i && first == isLower {
			flags |= isLower
		}
		switch {
		case flags&isDigit != 0:
			i = max(s.withDigits(b, start, i, flags), i)
		case first&isUpper != 0:
			i = max(s.capital(b, start, i, flags), i)
		case flags&isHigh != 0:
			s.highWord(b, start, i)
		case i-start >= 8: // small and large letters
			i = max(s.encoded(b, start, i), s.secret(b, start, i), i)
		}
		done = i
	}
}

// mark looks at a punctuation mark; it returns where to go on.
func (s *Scanner) mark(b []byte, i int) int {
	switch b[i] {
	case '@':
		return s.email(b, i)
	case ':':
		if at(b, i+1) == '/' && at(b, i+2) == '/' {
			s.scheme = i
			s.credentials(b, i)
			if s.web {
				s.webAddress(b, i)
			}
		} else {
			return s.colons(b, i, i)
		}
	case '-':
		if at(b, i+1) == '-' && at(b, i+2) == '-' {
			return s.privateKey(b, i)
		}
	case '$':
		return s.cryptHash(b, i)
	case '{':
		return s.ldapHash(b, i)
	case '<':
		if p := at(b, i-1); p == '<' || upper(p) || digit(p) {
			return s.mrz(b, i)
		}
	case '&':
		if n := at(b, i+1); n == '#' || letter(n) {
			s.escaped = true
		}
	case '\\':
		// A JSON escape stands before a word: the letter belongs to it, not to the word.
		switch at(b, i+1) {
		case 'u':
			s.escaped = true
		case 'n', 't', 'r', 'b', 'f':
			return i + 2
		}
	case '%':
		if hexDigit(at(b, i+1)) && hexDigit(at(b, i+2)) {
			s.escaped = true
		}
	}
	return i + 1
}

// withDigits looks at a word that holds a digit.
func (s *Scanner) withDigits(b []byte, start, end int, flags uint8) int {
	if flags&^isDigit == 0 {
		return s.numeric(b, start, end)
	}
	if end-start >= 10 || at(b, end) == '_' || at(b, end) == ':' {
		if to := s.secret(b, start, end); to > end {
			return to
		}
	}
	if n := at(b, end); end-start <= 4 && (n == ':' || n == '-' || n == '.') {
		if to := s.colons(b, start, end); to > end {
			return to
		}
	}
	if end-start >= 8 && flags&isHigh == 0 {
		if to := s.encoded(b, start, end); to > end {
			return to
		}
	}
	return s.mixed(b, start, end)
}

// capital looks at a word of letters that begins with a capital.
func (s *Scanner) capital(b []byte, start, end int, flags uint8) int {
	if flags&isHigh == 0 && flags&isLower == 0 {
		n := at(b, end)
		if end-start <= 4 && (n == '-' || n == ':' || n == '.') && hexDigit(b[start]) {
			if to := s.colons(b, start, end); to > end {
				return to
			}
		}
		if end-start <= 6 && (n == ' ' || n == '-' || n == '.') && alnum(at(b, end+1)) {
			if to := s.mixed(b, start, end); to > end {
				return to
			}
		}
		if l := end - start; l == 8 || l == 11 {
			s.bic(b, start, end)
		}
	}
	if end-start >= 8 && flags&isHigh == 0 {
		if to := s.encoded(b, start, end); to > end {
			return to
		}
		if to := s.secret(b, start, end); to > end {
			return to
		}
	}
	if n := at(b, end); end-start <= 4 && n == ':' || n == ':' && end-start <= 12 || n == '=' {
		if to := s.colons(b, start, end); to > end {
			return to
		}
		s.lowerWord(b, start, end)
	}
	if n := at(b, end); n == ' ' || n == '.' || n == ',' || n == ':' {
		return s.named(b, start, end)
	}
	return end
}
