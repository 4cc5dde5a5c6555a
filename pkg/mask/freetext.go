package mask

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/understudy-db/understudy/pkg/mask/document"
	"github.com/understudy-db/understudy/pkg/mask/prf"
)

// The ways to mask a text.
const (
	howReplace = "replace"
	howScan    = "scan"
	howScrub   = "scrub"
)

func freeText() entry {
	return entry{
		Info: Info{
			Name: "text",
			Summary: "Free text. replace (the default): every letter and digit by another, so that length, white space and punctuation stay, and addresses and long numbers are broken. " +
				"scan: only what detectors recognise. scrub: that, and the values of this row, and of the rows that its subject is found through (up to 48 of them), become the stand-ins of their columns. scan and scrub are best effort.",
			Classes: []Class{ClassText},
			Params:  []Param{domainsParam},
			Example: `notes: {mask: text, how: {scrub: support needs the gist}}`,
		},
		traits: freeTextTraits,
		bind:   bindFreeText,
	}
}

func freeTextTraits(s Spec) (Traits, error) {
	switch s.How {
	case "", howReplace:
		if len(s.Paths) > 0 {
			return Traits{}, fmt.Errorf("text: %s takes no values of rows", howReplace)
		}
		return Traits{Safety: NotContact, Technique: "randomization", Keeps: []string{"length", "white space", "punctuation but @", "case", "script"}}, nil
	case howScan, howScrub:
	default:
		return Traits{}, fmt.Errorf("text: how is replace, scan or scrub, not %q", s.How)
	}
	for _, p := range s.Paths {
		if p.Path != ownPath || p.Spec.Name == "" || p.Spec.Name == NullName {
			return Traits{}, fmt.Errorf("text: %q is no value of the row with its masker", p.Path)
		}
	}
	t, err := checkInner(s)
	t.Keeps = []string{"what no detector recognises"}
	if t.Safety == NotContact {
		t.Safety = NeverIssued // what is found may be a card or a document
	}
	return t, err
}

func bindFreeText(s Spec, b *Binder) (Masker, error) {
	if s.How == "" || s.How == howReplace {
		return newReplacer(b.Key.PRF(prf.StandIn, s.Domain)), nil
	}
	scan, err := newScanner(s, b, ClassText)
	if err != nil {
		return nil, err
	}
	inner, err := bindInner(s, b)
	if err != nil {
		return nil, err
	}
	m := &scrubber{scan: scan, limit: s.Column.MaxChars, whole: newReplacer(b.Key.PRF(prf.StandIn, s.Domain))}
	if s.How == howScrub {
		m.own = newOwnValues(inner)
	}
	return m, nil
}

// replacer writes another text of the same form.
type replacer struct {
	source letterSource
	vowel  int // 1 where the next letter is a vowel: in a word, consonants and vowels take turns

	digits, groups int // of the digits that a reader would take for one number
	gap            int // characters since that were neither letter nor digit
}

func newReplacer(p *prf.PRF) *replacer { return &replacer{source: letterSource{prf: p}} }

// A text whose letters and digits are others still has its punctuation, and "a.b@c.de"
// would become an address at somebody's domain, "020 7946 0000" somebody's number. So an
// at sign becomes a star, and numbers are broken by a letter: after so many digits, and
// where a third group begins, as that of an IP address or a card does. Years and prices stay numbers.
const (
	digitsInNumber = 4
	groupsInNumber = 2
	gapInNumber    = 3 // as in "020) - 7946"
)

// Mask appends a text of as many characters. It never fails.
func (m *replacer) Mask(dst []byte, in Input) ([]byte, error) {
	v, start := in.Value, len(dst)
	m.source.start("text", v)
	m.vowel, m.digits, m.groups, m.gap = 0, 0, 0, 0
	for i := 0; i < len(v); {
		dst = slices.Grow(dst, 8) // what word writes at once
		if n := m.word(dst[len(dst):len(dst)+8], eightAt(v, i)); n > 0 {
			dst = dst[:len(dst)+n]
			i += n
			continue
		}
		switch c := v[i]; {
		case isDigit(c):
			for ; i < len(v) && isDigit(v[i]); i++ {
				dst = append(dst, m.digit())
			}
		case c < utf8.RuneSelf:
			dst = append(dst, m.other(c))
			i++
		default:
			r, n := utf8.DecodeRune(v[i:])
			dst = utf8.AppendRune(dst, m.rune(r))
			i += n
		}
	}
	if bytes.Equal(dst[start:], v) {
		return m.differ(dst, start), nil
	}
	return dst, nil
}

// word replaces the Latin letters that w begins with, each in its case, and takes over a
// character behind them that only ends the word. It returns how many bytes of out it has written for good.
func (m *replacer) word(out []byte, w uint64) int {
	n := lettersOf(w)
	if n == 0 {
		return 0
	}
	letters, n := m.source.take(n, m.vowel)
	letters &= w | ^uint64(0x20*ones) // a capital lacks that bit
	m.vowel ^= n & 1
	m.digits, m.groups, m.gap = 0, 0, 0
	if end := byte(w >> (8 * n)); behindWord[end] { // of a shift by 64 bits, a zero, which does not
		letters = letters&(1<<(8*n)-1) | uint64(end)<<(8*n)
		m.vowel, m.gap = 0, 1
		n++
	}
	binary.LittleEndian.PutUint64(out, letters)
	return n
}

// behindWord are the characters that stay behind a word, and say no more than that it ends.
var behindWord = func() (t [256]bool) {
	for _, c := range []byte(" .,;:!?/-_'\"()[]") {
		t[c] = true
	}
	return t
}()

// ones has a one in each of eight bytes.
const ones = 0x0101010101010101

// eightAt returns the eight bytes of v from i on, the first the lowest; zeros where v ends.
func eightAt(v []byte, i int) uint64 {
	switch n := len(v); {
	case i+8 <= n:
		return binary.LittleEndian.Uint64(v[i:])
	case n >= 8:
		return binary.LittleEndian.Uint64(v[n-8:]) >> (8 * (i + 8 - n))
	}
	w := uint64(0)
	for k, c := range v[i:] {
		w |= uint64(c) << (8 * k)
	}
	return w
}

// lettersOf returns how many bytes of w, the lowest first, are ASCII letters before the first that
// is none. What is added to a byte sets its highest bit where it is an a or more, and where it
// is more than a z.
func lettersOf(w uint64) int {
	low := w&(0x7f*ones) | 0x20*ones
	letter := (low + (0x80-'a')*ones) &^ (low + (0x7f-'z')*ones) &^ w & (0x80 * ones)
	return bits.TrailingZeros64(letter^0x80*ones) / 8
}

// digit is a digit, or a letter where a number would become too long.
func (m *replacer) digit() byte {
	if m.gap > gapInNumber {
		m.digits, m.groups = 0, 0
	}
	if m.gap > 0 || m.digits == 0 {
		m.groups++
	}
	if m.digits == digitsInNumber || m.groups > groupsInNumber {
		return m.letter()
	}
	m.digits++
	m.gap, m.vowel = 0, 0
	return '0' + byte(m.source.next(10))
}

// other is what stays of an ASCII character that is neither letter nor digit.
func (m *replacer) other(c byte) byte {
	m.separate(c == '\n')
	if c == '@' {
		return '*'
	}
	if c < ' ' && c != '\n' && c != '\t' && c != '\r' || c == 0x7f {
		return ' '
	}
	return c
}

// separate notes what is neither letter nor digit: words end there, numbers after a few or at a line's end.
func (m *replacer) separate(end bool) {
	m.vowel = 0
	if m.gap++; end {
		m.digits, m.groups = 0, 0
	}
}

func (m *replacer) letter() byte {
	m.digits, m.groups, m.gap = 0, 0, 0
	letters, _ := m.source.take(1, m.vowel)
	m.vowel ^= 1
	return byte(letters)
}

// latinCase is, for the first characters of Unicode that are written as a Latin letter, the bit
// that a small one has and a capital lacks; 1 for others. Who asks Unicode's tables takes as long
// for one character as for ten others.
var latinCase = func() (t [0x250]byte) {
	for i := range t {
		r := rune(i)
		run := runOf(r)
		switch {
		case !unicode.IsLetter(r) && !unicode.IsMark(r) || run != nil && run.lower != 'a':
			t[i] = 1
		case !unicode.IsUpper(r) && !unicode.IsTitle(r):
			t[i] = 'a' - 'A'
		}
	}
	return t
}()

func (m *replacer) rune(r rune) rune {
	if int(r) < len(latinCase) && latinCase[r] != 1 {
		return rune(m.letter()&^('a'-'A') | latinCase[r])
	}
	switch {
	case unicode.IsLetter(r), unicode.IsMark(r):
		run := runOf(r)
		if run == nil || run.lower == 'a' {
			if c := rune(m.letter()); unicode.IsUpper(r) || unicode.IsTitle(r) {
				return c - ('a' - 'A')
			} else {
				return c
			}
		}
		first := run.lower
		if run.upper != 0 && (unicode.IsUpper(r) || unicode.IsTitle(r)) {
			first = run.upper
		}
		m.digits, m.groups, m.gap = 0, 0, 0
		return first + rune(m.source.next(run.n))
	case unicode.IsNumber(r):
		return rune(m.digit())
	}
	m.separate(r == '\u0085' || r == '\u2028' || r == '\u2029')
	switch {
	case r == '＠', r == '﹫':
		return '*'
	case unicode.IsPunct(r):
		return r
	case unicode.IsSpace(r):
		return ' '
	}
	return '*' // symbols and what is not UTF-8
}

// differ changes one character of a text that came out as it was: one letter may be
// drawn twice, and a text may have none.
func (m *replacer) differ(dst []byte, start int) []byte {
	for i := start; i < len(dst); i++ {
		switch c := dst[i]; {
		case isDigit(c):
			dst[i] = '0' + (c-'0'+1+byte(m.source.next(9)))%10
			return dst
		case isLetter(c):
			if dst[i] = 'm'; c|0x20 == 'm' {
				dst[i] = 'r'
			}
			if c-'A' < 26 {
				dst[i] = upperByte(dst[i])
			}
			return dst
		}
	}
	_, n := utf8.DecodeRune(dst[start:])
	dst[start] = 'm'
	return append(dst[:start+1], dst[start+n:]...)
}

// scrubber replaces what is recognised, and the row's own values.
type scrubber struct {
	scan  *scanner
	own   *ownValues // nil for scan
	whole *replacer
	limit int
}

// Mask appends the text with what was found replaced. What is no UTF-8 cannot be
// searched, and is replaced whole. It fails where a masker of
// what was found does.
func (m *scrubber) Mask(dst []byte, in Input) ([]byte, error) {
	start := len(dst)
	if !utf8.Valid(in.Value) || bytes.IndexByte(in.Value, 0) >= 0 {
		return m.whole.Mask(dst, in)
	}
	if m.own != nil {
		m.own.reset()
		for i := range m.own.inner {
			o := &m.own.inner[i]
			o.own, o.args = nil, nil
			if o.to <= len(in.Args) {
				o.own, o.args = in.Args[o.ownArg], in.Args[o.from:o.to]
			}
		}
	}
	dst, _, err := m.scan.appendScanned(dst, in.Value, in, m.own)
	if err != nil {
		return dst[:start], err
	}
	return cutRunes(dst, start, m.limit), nil
}

var _ document.Visitor = (*places)(nil)
