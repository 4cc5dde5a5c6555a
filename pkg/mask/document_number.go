package mask

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"github.com/understudy-db/understudy/pkg/mask/identity"
	"github.com/understudy-db/understudy/pkg/mask/prf"
)

// drawer makes the keyed stream an identity.Draw. It lies in its masker: a pointer
// to it in an interface costs no allocation there.
type drawer struct{ stream }

// Index returns 0 ≤ i < n.
func (d *drawer) Index(n uint64) uint64 { return d.next(n) }

// numbered is what the maskers of document numbers share: the value's letters and
// digits taken out of their separators, and a stand-in's put back between them.
type numbered struct {
	prf     *prf.PRF
	draw    drawer
	column  Column
	norm    []byte // the value's letters and digits, letters upper-case
	out     []byte // the stand-in's
	foreign bool   // the value has letters or digits that are not ASCII
}

func newNumbered(s Spec, b *Binder) numbered {
	return numbered{prf: b.Key.PRF(prf.StandIn, s.Domain), column: s.Column}
}

// isNumber reports whether the column holds numbers: no letter, no leading zero.
func (m *numbered) isNumber() bool {
	return m.column.Class == ClassInteger || m.column.Class == ClassNumeric
}

// normalise fills norm, and out with as much room.
func (m *numbered) normalise(v []byte) {
	m.norm, m.foreign = m.norm[:0], false
	for i := 0; i < len(v); {
		c := v[i]
		if c < utf8.RuneSelf {
			if isDigit(c) || isLetter(c) {
				m.norm = append(m.norm, upperByte(c))
			}
			i++
			continue
		}
		r, n := utf8.DecodeRune(v[i:])
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			m.foreign = true
		}
		i += n
	}
	m.out = append(m.out[:0], m.norm...)
}

// appendLike appends out, whose characters take the places of the letters and digits of v.
func (m *numbered) appendLike(dst, v []byte) []byte {
	lower := onlyLower(v)
	k := 0
	for i := 0; i < len(v); {
		c := v[i]
		if c < utf8.RuneSelf && (isDigit(c) || isLetter(c)) {
			o := m.out[k]
			if lower {
				o = lowerByte(o)
			}
			dst, k, i = append(dst, o), k+1, i+1
			continue
		}
		n := 0
		dst, n = appendSeparator(dst, v[i:])
		i += n
	}
	return dst
}

// onlyLower reports whether v has ASCII letters and none of them is a capital.
func onlyLower(v []byte) bool {
	some := false
	for _, c := range v {
		if c-'A' < 26 {
			return false
		}
		some = some || c-'a' < 26
	}
	return some
}

// appendSeparator appends the separator that v starts with, and returns its length:
// printable ASCII, dashes and spaces stay; whatever else stands there says something
// of the original, and is one hyphen.
func appendSeparator(dst, v []byte) ([]byte, int) {
	c := v[0]
	switch {
	case c >= ' ' && c < 0x7f:
		return append(dst, c), 1
	case c == '\t' || c == '\n' || c == '\r':
		return append(dst, c), 1
	case c < utf8.RuneSelf:
		return append(dst, '-'), 1
	}
	r, n := utf8.DecodeRune(v)
	if unicode.Is(unicode.Pd, r) || unicode.Is(unicode.Zs, r) {
		return utf8.AppendRune(dst, r), n
	}
	return append(dst, '-'), n
}

// appendOdd appends the stand-in of a value that is no number of the kind: another
// letter for a letter, another digit for a digit, separators as they are, and never
// the value itself. issued, when it is not nil, says what must not come out.
func (m *numbered) appendOdd(dst, v []byte, issued func(n []byte) bool) []byte {
	m.draw.start(m.prf, "odd", v)
	start := len(dst)
	for range 8 {
		dst = m.appendOddOnce(dst[:start], v)
		if !bytes.Equal(dst[start:], v) && (issued == nil || !issued(dst[start:])) {
			return dst
		}
	}
	// Either a draw that is stuck, or a value without any letter or digit.
	for i := len(dst) - 1; i >= start; i-- {
		c := dst[i]
		switch {
		case c == '9' || c == 'z' || c == 'Z':
			dst[i] = c - 1
		case isDigit(c) || isLetter(c):
			dst[i] = c + 1
		default:
			continue
		}
		if !bytes.Equal(dst[start:], v) && (issued == nil || !issued(dst[start:])) {
			return dst
		}
	}
	_, n := utf8.DecodeRune(dst[start:])
	k := len(dst) - (n - 1)
	copy(dst[start+1:], dst[start+n:])
	dst = dst[:k]
	dst[start] = '1' + byte(m.draw.next(9))
	return dst
}

func (m *numbered) appendOddOnce(dst, v []byte) []byte {
	number := m.isNumber()
	start, digits := len(dst), 0
	for i := 0; i < len(v); {
		r, n := utf8.DecodeRune(v[i:])
		switch {
		case r >= '0' && r <= '9', number && unicode.IsLetter(r), unicode.IsNumber(r):
			c := '0' + byte(m.draw.next(10))
			if number && digits == 0 {
				// No leading zero, but the one before a point: numeric(2,2) holds no other digit there.
				c = '1' + byte(m.draw.next(9))
				if r == '0' && i+1 < len(v) && v[i+1] == '.' {
					c = '0'
				}
			}
			dst, digits = append(dst, c), digits+1
		case r >= 'a' && r <= 'z', unicode.IsLetter(r) && !unicode.IsUpper(r) && !unicode.IsTitle(r):
			dst = append(dst, 'a'+byte(m.draw.next(26)))
		case unicode.IsLetter(r):
			dst = append(dst, 'A'+byte(m.draw.next(26)))
		default:
			dst, n = appendSeparator(dst, v[i:])
		}
		i += n
	}
	if m.column.Class == ClassInteger {
		m.shrink(dst[start:])
	}
	return dst
}

// shrink makes the integer fit the column's bits: its digits are as many as the
// original's, so a first digit of 1 is enough.
func (m *numbered) shrink(v []byte) {
	limit := "9223372036854775807"
	switch m.column.Bits {
	case 16:
		limit = "32767"
	case 32:
		limit = "2147483647"
	}
	n := bytes.TrimLeft(v, "-")
	if len(n) == len(limit) && string(n) > limit {
		n[0] = '1'
	}
}

// kind is a document with the tag that its numbers are drawn under.
type kind struct {
	doc *identity.Document
	tag string
}

// kinds are a country's documents that a rule makes, the likeliest first.
type kinds struct {
	country string
	list    []kind
}

// choose returns what a rule makes in a country: the named document, or all that
// are not left to be asked for. With tax, the tax numbers come first, and those of
// companies are among them.
func choose(country, name string, tax bool) kinds {
	c := kinds{country: country}
	docs := identity.Of(country)
	add := func(d *identity.Document) {
		c.list = append(c.list, kind{doc: d, tag: "id/" + d.Country + "/" + d.Name})
	}
	if name != "" {
		if d, ok := identity.Find(country, name); ok {
			add(d)
		}
		return c
	}
	for _, first := range []bool{tax, !tax} {
		for i := range docs {
			d := &docs[i]
			if d.Asked || d.Company && !tax || tax && d.Tax != first || !tax && first {
				continue
			}
			add(d)
		}
	}
	return c
}

// find returns the first kind that n fits, and the length of the country's code
// before it: VAT numbers are often written with one.
func (c kinds) find(n []byte) (kind, int) {
	for _, k := range c.list {
		if k.doc.Fits(n) {
			return k, 0
		}
	}
	if len(n) > 2 && string(n[:2]) == c.country {
		for _, k := range c.list {
			if k.doc.Fits(n[2:]) {
				return k, 2
			}
		}
	}
	return kind{}, 0
}

// issued reports whether n may be a number of any of the kinds but one.
func (c kinds) issued(n []byte, but *identity.Document) bool {
	for _, k := range c.list {
		if k.doc != but && k.doc.Validate(n) {
			return true
		}
	}
	return false
}

// documentMasker makes numbers of one country, or of the country that a column names.
type documentMasker struct {
	numbered
	mode      identity.Mode
	fixed     kinds
	byCountry []kinds // when the country is a column's
	column    int     // of Input.Args
	padded    []byte
}

// Mask appends the stand-in of a document number. It never fails.
func (m *documentMasker) Mask(dst []byte, in Input) ([]byte, error) {
	c := &m.fixed
	if m.byCountry != nil {
		c = m.countryOf(in.Args[m.column])
	}
	m.normalise(in.Value)
	k, prefix := kind{}, 0
	if !m.foreign {
		k, prefix = c.find(m.norm)
	}
	if k.doc == nil {
		if m.mode == identity.Valid || !m.isNumber() {
			return m.appendOdd(dst, in.Value, nil), nil
		}
		return m.oddNumber(dst, in.Value, c), nil
	}
	n, out := m.norm[prefix:], m.out[prefix:]
	m.draw.start(m.prf, k.tag, n)
	// Of two kinds of one shape a stand-in of the one must not be issued as the other:
	// the tightest pair leaves one draw in five.
	for range 64 {
		var own *identity.Document // one whose numbers out is known not to be
		if k.doc.Make(out, n, &m.draw, m.mode, m.isNumber()) && m.mode == identity.NeverIssued && m.numbered.column.Class != ClassInteger {
			own = k.doc
		}
		if m.numbered.column.Class == ClassInteger {
			m.shrink(out)
		}
		if !bytes.Equal(out, n) && (m.mode == identity.Valid || !c.issued(out, own)) {
			break
		}
	}
	if bytes.Equal(out, n) {
		return m.appendOdd(dst, in.Value, nil), nil
	}
	return m.appendLike(dst, in.Value), nil
}

// oddNumber is appendOdd for a column of numbers, which has lost leading zeros: what
// comes out must not be an issued number with its zeros put back.
func (m *documentMasker) oddNumber(dst, v []byte, c *kinds) []byte {
	start := len(dst)
	dst = m.appendOdd(dst, v, nil)
	last := len(dst) - 1
	for range 9 {
		if !m.issuedPadded(dst[start:], c) {
			break
		}
		dst[last] = '0' + (dst[last]-'0'+1)%10
	}
	return dst
}

func (m *documentMasker) issuedPadded(n []byte, c *kinds) bool {
	for _, k := range c.list {
		if zeros := k.doc.Length() - len(n); zeros > 0 && zeros < 4 {
			m.padded = append(append(m.padded[:0], "0000"[:zeros]...), n...)
			if k.doc.Validate(m.padded) {
				return true
			}
		}
	}
	return false
}

func (m *documentMasker) countryOf(arg []byte) *kinds {
	code := identity.Country(arg)
	for i := range m.byCountry {
		if m.byCountry[i].country == code {
			return &m.byCountry[i]
		}
	}
	return &m.fixed // an unknown country: no kinds, every value is odd
}
