package mask

import (
	"bytes"
	"fmt"
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
		return &replacer{prf: b.Key.PRF(prf.StandIn, s.Domain)}, nil
	}
	scan, err := newScanner(s, b, ClassText)
	if err != nil {
		return nil, err
	}
	inner, err := bindInner(s, b)
	if err != nil {
		return nil, err
	}
	m := &scrubber{scan: scan, limit: s.Column.MaxChars, whole: replacer{prf: b.Key.PRF(prf.StandIn, s.Domain)}}
	if s.How == howScrub {
		m.own = newOwnValues(inner)
	}
	return m, nil
}

// replacer writes another text of the same form.
type replacer struct {
	prf   *prf.PRF
	draw  stream
	place int // in a run of letters: consonants and vowels take turns
	pool  [poolLetters]byte
	left  int // sixths that pool still holds: its last ones

	digits, groups, gap int // of the digits that a reader would take for one number
}

// A Latin letter's stand-in is one of these, in turns. The words that they make can be
// read out, and mean nothing that would embarrass in the languages we looked at.
const (
	consonants = "mrvlzd"
	vowels     = "aaiioo"
)

// turns are both, by the last bit of the place.
var turns = [2][8]byte{{'m', 'r', 'v', 'l', 'z', 'd'}, {'a', 'a', 'i', 'i', 'o', 'o'}}

// A text whose letters and digits are others still has its punctuation, and "a.b@c.de"
// would become an address at somebody's domain, "020 7946 0000" somebody's number. So an
// at sign becomes a star, and numbers are broken by a letter: after so many digits, and
// where a third group begins, as that of an IP address or a card does. Years and prices stay numbers.
const (
	digitsInNumber = 4
	groupsInNumber = 2
	gapInNumber    = 3 // as in "020) - 7946"
)

// One draw of 63 bits is worth 24 letters: a draw for each would cost four times as much.
const (
	poolLetters = 24
	poolSize    = 4738381338321616896 // 6^24
	pool4       = 1296                // 6^4
)

// sixths are the four sixths of a number below 6^4, the lowest first: a division for each
// sixth, one waiting for the other, was half of the time of a text.
var sixths = func() (t [pool4][4]byte) {
	for i := range t {
		for k, rest := 0, i; k < 4; k++ {
			t[i][k] = byte(rest % 6)
			rest /= 6
		}
	}
	return t
}()

// Mask appends a text of as many characters. It never fails.
func (m *replacer) Mask(dst []byte, in Input) ([]byte, error) {
	m.draw.start(m.prf, "text", in.Value)
	start := len(dst)
	m.place, m.left = 0, 0
	m.digits, m.groups, m.gap = 0, 0, 0
	for i := 0; i < len(in.Value); {
		c := in.Value[i]
		if isLetter(c) {
			n := i + 1
			for n < len(in.Value) && isLetter(in.Value[n]) {
				n++
			}
			dst = append(dst, in.Value[i:n]...)
			m.letters(dst[len(dst)-(n-i):])
			i = n
			continue
		}
		if c < utf8.RuneSelf {
			dst = append(dst, m.ascii(c))
			i++
			continue
		}
		r, n := utf8.DecodeRune(in.Value[i:])
		dst = utf8.AppendRune(dst, m.rune(r))
		i += n
	}
	if bytes.Equal(dst[start:], in.Value) {
		return m.differ(dst, start), nil
	}
	return dst, nil
}

// letters replaces a run of Latin letters, each in its case.
func (m *replacer) letters(run []byte) {
	m.digits, m.groups, m.gap = 0, 0, 0
	place, left := m.place, m.left
	for i, c := range run {
		if left == 0 {
			m.refill()
			left = poolLetters
		}
		run[i] = turns[place&1][m.pool[(poolLetters-left)%poolLetters]&7] &^ (^c & 0x20)
		left--
		place++
	}
	m.place, m.left = place, left
}

// refill draws the next sixths.
func (m *replacer) refill() {
	pool := m.draw.next(poolSize)
	for i := 0; i < poolLetters; i += 4 {
		*(*[4]byte)(m.pool[i:]) = sixths[pool%pool4]
		pool /= pool4
	}
	m.left = poolLetters
}

func (m *replacer) ascii(c byte) byte {
	switch {
	case c-'0' < 10:
		return m.digit()
	}
	m.other(c == '\n')
	if c == '@' {
		return '*'
	}
	if c < ' ' && c != '\n' && c != '\t' && c != '\r' || c == 0x7f {
		return ' '
	}
	return c
}

// digit is a digit, or a letter where a number would become too long.
func (m *replacer) digit() byte {
	if m.gap > 0 || m.digits == 0 {
		m.groups++
	}
	if m.digits == digitsInNumber || m.groups > groupsInNumber {
		return m.letter()
	}
	m.digits++
	m.gap, m.place = 0, 0
	return '0' + byte(m.draw.next(10))
}

// other notes what is neither letter nor digit: words end there, numbers after a few or at a line's end.
func (m *replacer) other(end bool) {
	m.place = 0
	if m.gap++; end || m.gap > gapInNumber {
		m.digits, m.groups = 0, 0
	}
}

func (m *replacer) letter() byte {
	m.digits, m.groups, m.gap = 0, 0, 0
	if m.left == 0 {
		m.refill()
	}
	c := turns[m.place&1][m.pool[poolLetters-m.left]]
	m.left--
	m.place++
	return c
}

func (m *replacer) rune(r rune) rune {
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
		return first + rune(m.draw.next(run.n))
	case unicode.IsNumber(r):
		return rune(m.digit())
	}
	m.other(r == '\u0085' || r == '\u2028' || r == '\u2029')
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
			dst[i] = '0' + (c-'0'+1+byte(m.draw.next(9)))%10
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
	whole replacer
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
