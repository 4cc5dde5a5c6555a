package mask

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"

	"github.com/understudy-db/understudy/pkg/mask/prf"
)

// phoneInfo documents the phone masker.
//
// Two texts are one number when their E.164 digits are equal: +44 20 7946 0123,
// 0044 (0)20 79460123 and, with region GB, 020 7946 0123 get stand-ins of the same
// digits, each in its own form. An extension is dropped. What is no number gets
// one of the default region.
func phoneInfo() Info {
	return Info{
		Name:    "phone",
		Summary: "a number that is set aside or not assigned, of the same country and in the same form",
		Classes: []Class{ClassText, ClassInteger, ClassNumeric},
		Params: []Param{
			{Name: "region", Type: String, Column: true, Summary: "country of numbers without +, as ISO 3166 letters or an English name; default: the locale's"},
			{Name: "overflow", Type: String, Default: "refuse", Allowed: []string{"refuse", "unassigned", "null"}, Summary: "what a unique column does about the small ranges: refuse the rule; unassigned: +999, the country code and permuted digits, injective and never valid; null"},
		},
		Example: "phone: {mask: phone, region: {column: country}}",
	}
}

// unassignedChars is the room that a number of overflow: unassigned needs.
const unassignedChars = 20

// minPhone is what "+999" and four digits need: anything shorter could be a short code that is answered.
const minPhone = 8

func phoneTraits(s Spec) (Traits, error) {
	limit, number := s.Column.MaxChars, s.Column.Class != ClassText
	if limit != 0 && limit < minPhone {
		return Traits{}, fmt.Errorf("phone: %d characters are too few for a safe number; %d are needed", limit, minPhone)
	}
	if s.Column.Class == ClassInteger && s.Column.Bits != 0 && s.Column.Bits < 64 {
		return Traits{}, fmt.Errorf("phone: a column of type %s is too small for safe numbers; bigint is needed", s.Column.TypeName)
	}
	if s.Column.Class == ClassNumeric && s.Column.Digits != 0 && s.Column.Digits-s.Column.Scale < 15 {
		return Traits{}, fmt.Errorf("phone: a numeric column needs 15 digits before the point for safe numbers")
	}
	t := Traits{Safety: Unassigned, Capacity: smallestPool(), Keeps: []string{"country", "separators"}, Technique: "pseudonymization", ClassA: true}
	home, given, err := phoneRegion(s)
	if err != nil {
		return Traits{}, err
	}
	if given {
		t.Capacity = float64(home.size)
	}
	if limit != 0 {
		t.Capacity = min(t.Capacity, power(10, limit-4)) // what does not fit is +999 and what room there is
	}
	if s.str("overflow") == "unassigned" {
		switch {
		case number:
			return Traits{}, fmt.Errorf("phone: overflow: unassigned needs a text column")
		case limit != 0 && limit < unassignedChars:
			return Traits{}, fmt.Errorf("phone: overflow: unassigned needs %d characters, the column has %d", unassignedChars, limit)
		}
		// Injective for what is made of digits and separators alone; anything else
		// is bounded by 15 digits.
		t.Injective, t.Capacity, t.Keeps = true, 1e15, append(t.Keeps, "length")
	}
	return t, nil
}

// phoneRegion returns the plan of numbers without a country code, and whether the
// rule fixes it.
func phoneRegion(s Spec) (*country, bool, error) {
	var f folder
	if name := s.str("region"); name != "" {
		c, ok := f.region([]byte(name))
		if !ok || c == elsewhere && !isCountry(name) {
			return nil, false, fmt.Errorf("phone: region %q is no country; use ISO 3166 letters", name)
		}
		return c, true, nil
	}
	_, fromRow := s.arg("region")
	if i := strings.IndexAny(s.Locale, "_-"); i >= 0 && len(s.Locale) >= i+3 {
		c, _ := f.region([]byte(s.Locale[i+1 : i+3]))
		return c, !fromRow, nil
	}
	return elsewhere, false, nil
}

// isCountry reports whether name is the two letters of a country. ISO 3166 has letters
// that are none: ZZ, XX and QQ are set aside for what nobody will ever assign.
func isCountry(name string) bool {
	r, err := language.ParseRegion(strings.TrimSpace(name))
	return err == nil && r.IsCountry() && !r.IsPrivateUse()
}

// phone is one bound masker.
type phone struct {
	p        *prf.PRF
	home     *country
	arg      int // index of the region in Input.Args, -1 when it is fixed
	limit    int
	digits   bool // the column holds digits only
	overflow bool
	perms    [16]*permutation // of national numbers by their length; overflow only
	fold     folder
	num      dialled
	id       []byte
	out      []byte
}

func bindPhone(s Spec, b *Binder) (Masker, error) {
	home, _, err := phoneRegion(s)
	if err != nil {
		return nil, err
	}
	m := &phone{p: b.Key.PRF(prf.StandIn, s.Domain), home: home, arg: -1, limit: s.Column.MaxChars, digits: s.Column.Class != ClassText, overflow: s.str("overflow") == "unassigned"}
	if i, ok := s.arg("region"); ok {
		m.arg = i
	}
	if m.overflow {
		key := b.Key.PRF(prf.Permutation, s.Domain)
		for n := 3; n < len(m.perms); n++ {
			m.perms[n] = newPermutation(key, "phone", pow10[n])
		}
	}
	return m, nil
}

// dialled is a number taken apart. The slices are its own.
type dialled struct {
	text    []byte // digits and separators, without an extension
	digits  []byte // the digits alone
	country *country
	intl    bool // with a calling code
	code    int  // leading digits that are international prefix and calling code; an unknown code belongs to the national number
	skip    int  // digits between code and national number: trunk prefix
	plus    bool // starts with +
	zeros   int  // 2 or 3 for 00 and 011
	parsed  bool
	exact   bool // ASCII digits and plain separators only: nothing was dropped
}

func (d *dialled) national() []byte { return d.digits[d.code+d.skip:] }

// noTrunk is more digits than a number has: no "(0)" stands behind them.
const noTrunk = maxDialled

// trunkAfter returns how many digits stand at least before a "(0)" that is a trunk prefix
// and no digit of the number: those of the international prefix, which may be written
// 0(0), and of the calling code as it will be written.
func (d *dialled) trunkAfter() int {
	if d.intl {
		return d.zeros + len(d.country.code)
	}
	return noTrunk
}

// Mask appends a number in the form of the value.
func (m *phone) Mask(dst []byte, in Input) ([]byte, error) {
	home := m.home
	if m.arg >= 0 && m.arg < len(in.Args) && len(in.Args[m.arg]) > 0 {
		if c, ok := m.fold.region(in.Args[m.arg]); ok {
			home = c
		}
	}
	m.num.parse(in.Value, home, m.digits)
	if m.overflow {
		return m.unassigned(dst, in.Value), nil
	}
	c := home
	m.id = m.id[:0]
	if m.num.parsed {
		c = m.num.country
		if c == elsewhere && !m.num.intl {
			m.id = append(m.id, '?') // national digits of nobody knows which country
		} else if c != elsewhere {
			m.id = append(m.id, c.code...)
		}
		m.id = append(m.id, m.num.national()...)
	} else {
		m.id = append(append(m.id, "text\x00"...), m.fold.fold(in.Value)...)
	}
	b := m.p.Bits(m.id)
	i := b.Index(c.size)
	m.out = c.appendNumber(m.out[:0], i)
	if m.num.parsed && bytes.HasSuffix(m.num.digits, m.out) {
		m.out = c.appendNumber(m.out[:0], (i+1)%c.size)
	}
	start := len(dst)
	dst = m.layout(dst, c)
	if m.limit > 0 && len(dst)-start > m.limit {
		dst = m.squeeze(dst[:start], c)
	}
	return dst, nil
}

// appendNumber appends national number i of the pool.
func (c *country) appendNumber(dst []byte, i uint64) []byte {
	k := 0
	if c.even > 0 { // North America has hundreds of ranges
		k, i = int(i/c.even), i%c.even
	} else {
		for i >= c.pool[k].count {
			i -= c.pool[k].count
			k++
		}
	}
	r := &c.pool[k]
	dst = append(dst, r.prefix...)
	if r.width > 0 {
		dst = appendPadded(dst, r.from+i, r.width)
	}
	return dst
}

// layout writes m.out into the form of the parsed number, or in E.164 when there is none.
func (m *phone) layout(dst []byte, c *country) []byte {
	d := &m.num
	switch {
	case m.digits:
		// An integer holds no +, so a national number stays national.
		if c == elsewhere || d.intl || !d.parsed {
			dst = append(dst, c.code...)
		}
		return append(dst, m.out...)
	case !d.parsed:
		return append(append(append(dst, '+'), c.code...), m.out...)
	case c == elsewhere && !d.intl:
		dst = append(dst, "+999"...)
		if len(d.text) != len(d.digits) {
			dst = append(dst, ' ')
		}
		return fill(dst, d.text, m.out, d.skip, noTrunk, true)
	}
	head := d.digits[:d.zeros]
	m.id = append(m.id[:0], head...)
	if d.intl {
		m.id = append(m.id, c.code...)
	} else {
		m.id = append(m.id, d.digits[:d.skip]...)
	}
	m.id = append(m.id, m.out...)
	return fill(dst, d.text, m.id, 0, d.trunkAfter(), true)
}

// fill writes digits into the places of text's digits and copies its separators
// for as long as there are digits; what is left follows at the end. A "(0)" behind the
// first after digits is a separator, so no digit of a number that could be dialled may
// become one: a 0 loses its parentheses. Of text's digits, the first drop are left out.
func fill(dst, text, digits []byte, drop, after int, dial bool) []byte {
	open, seen := 0, 0
	for i := 0; i < len(text) && len(digits) > 0; i++ {
		c := text[i]
		switch {
		case c == '(' && seen >= after && i+2 < len(text) && text[i+1] == '0' && text[i+2] == ')':
			dst = append(dst, "(0)"...)
			i += 2
		case isDigit(c) && seen < drop:
			seen++
		case isDigit(c):
			seen++
			if digits[0] == '0' && dial && after < noTrunk && open > 0 && dst[len(dst)-1] == '(' && i+1 < len(text) && text[i+1] == ')' {
				dst[len(dst)-1] = ' '
				open--
				i++
			}
			dst = append(dst, digits[0])
			digits = digits[1:]
		default:
			switch c {
			case '(':
				open++
			case ')':
				open--
			}
			dst = append(dst, c)
		}
	}
	dst = append(dst, digits...)
	for ; open > 0; open-- {
		dst = append(dst, ')')
	}
	return dst
}

// squeeze writes a number that did not fit in its own form: without separators,
// and if that is too long as well, +999 and as many digits as there is room for.
func (m *phone) squeeze(dst []byte, c *country) []byte {
	d := &m.num
	if d.parsed && !d.intl && c != elsewhere && d.skip+len(m.out) <= m.limit {
		return append(append(dst, d.digits[:d.skip]...), m.out...)
	}
	if n := 1 + len(c.code) + len(m.out); n <= m.limit {
		return append(append(append(dst, '+'), c.code...), m.out...)
	}
	b := m.p.BitsTagged("squeezed", m.out)
	n := min(m.limit-4, 14)
	return appendPadded(append(dst, "+999"...), b.Index(pow10[n]), n)
}

// The marks of unassigned: no calling code starts with 0, so none of the forms
// below is the beginning of another.
const (
	markTrunk   = "01" // national, with a trunk prefix
	markNoTrunk = "02" // national, without
	markNowhere = "03" // national, of no known country
	markForeign = "04" // international, its calling code not in our list
	markText    = "9"  // no number, or one with more than digits and separators: 15 keyed digits
)

// unassigned appends +999, the calling code and permuted national digits in the
// form of the value. The marks tell apart what was written with and without a
// country code or a trunk prefix: the texts of a unique column differ, so their
// stand-ins have to.
func (m *phone) unassigned(dst, value []byte) []byte {
	d, start := &m.num, len(dst)
	if !d.parsed || !d.exact || len(d.national()) < 3 || len(d.national()) > 14 {
		b := m.p.BitsTagged("unassigned", value)
		return appendPadded(append(dst, "+999"+markText...), b.Index(1e15), 15)
	}
	n := uint64(0)
	for _, c := range d.national() {
		n = 10*n + uint64(c-'0')
	}
	mark := ""
	switch {
	case d.intl && d.country == elsewhere:
		mark = markForeign
	case d.intl:
	case d.country == elsewhere:
		mark = markNowhere
	case d.skip == 0:
		mark = markNoTrunk
	default:
		mark = markTrunk
	}
	if d.plus || !d.intl {
		dst = append(dst, '+')
	}
	dst = append(dst, d.digits[:d.zeros]...)
	dst = append(append(dst, "999"...), mark...)
	text, drop := d.text, d.skip
	m.out = m.out[:0]
	if d.intl {
		drop = d.zeros
		if d.plus {
			text = text[1:]
		}
	}
	if d.country != elsewhere && d.intl {
		m.out = append(m.out, d.country.code...)
	} else if d.country != elsewhere {
		dst = append(dst, d.country.code...)
	}
	m.out = appendPadded(m.out, m.perms[len(d.national())].next(n), len(d.national()))
	if !d.intl && len(text) != len(d.digits) {
		dst = append(dst, ' ')
	}
	return m.room(fill(dst, text, m.out, drop, d.trunkAfter(), false), start)
}

// room drops separators from what was written since start when it is too long.
func (m *phone) room(dst []byte, start int) []byte {
	if m.limit == 0 || len(dst)-start <= m.limit {
		return dst
	}
	out := dst[:start]
	for _, c := range dst[start:] {
		if isDigit(c) || c == '+' {
			out = append(out, c)
		}
	}
	return out[:min(len(out), start+m.limit)]
}

// maxDialled bounds what is looked at: a longer text is no number.
const maxDialled = 64

// parse takes v apart. number says that v comes from a numeric column.
func (d *dialled) parse(v []byte, home *country, number bool) {
	*d = dialled{text: d.text[:0], digits: d.digits[:0], exact: true}
	t := bytes.TrimSpace(v)
	if len(t) != len(v) {
		d.exact = false
	}
	if len(t) > maxDialled {
		return
	}
	if i := bytes.IndexByte(t, '.'); number && i >= 0 {
		t = t[:i] // a numeric column's zeros
	}
	if cut, ok := bytes.CutPrefix(t, []byte("tel:")); ok {
		t, d.exact = cut, false
	}
	if !d.scan(t) {
		return
	}
	n := len(d.digits)
	if n < 3 || n > 18 {
		return
	}
	d.plus = d.text[0] == '+'
	d.exact = d.exact && isDigit(d.text[len(d.text)-1])
	switch {
	case d.plus:
	case n > 6 && bytes.HasPrefix(d.digits, []byte("00")):
		d.zeros = 2
	case n > 6 && home.code == "1" && bytes.HasPrefix(d.digits, []byte("011")):
		d.zeros = 3
	default:
		d.parsed = d.local(home, number)
		return
	}
	d.parsed = d.international()
}

// scan copies digits and separators, and reports whether there was nothing else
// but an extension.
func (d *dialled) scan(t []byte) bool {
	text, digits, ok := d.text, d.digits, true // in registers, not behind d
scan:
	for i := 0; i < len(t); {
		c := t[i]
		switch {
		case isDigit(c):
			text, digits = append(text, c), append(digits, c)
			i++
		case c == ' ' || c == '-' || c == '.' || c == '(' || c == ')' || c == '/':
			text = append(text, c)
			i++
		case c == '+' && len(digits) == 0 && bytes.IndexByte(text, '+') < 0:
			if len(text) > 0 { // a + behind a parenthesis is moved to the front
				d.exact = false
			}
			text = append(text[:0], '+')
			i++
		case len(digits) >= 3 && extension(t[i:]):
			d.exact = false
			break scan
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRune(t[i:])
			i += size
			d.exact = false
			if text, digits, ok = appendForeign(text, digits, r); !ok {
				break scan
			}
		default:
			ok = false
			break scan
		}
	}
	d.text, d.digits = text, digits
	return ok && len(text) > 0
}

// appendForeign appends a rune beyond ASCII as the digit or separator that it is.
func appendForeign(text, digits []byte, r rune) ([]byte, []byte, bool) {
	switch {
	case unicode.IsSpace(r):
		return append(text, ' '), digits, true
	case unicode.Is(unicode.Pd, r) || r == '\u2212':
		return append(text, '-'), digits, true
	case r == '\uff0b' && len(digits) == 0:
		return append(text[:0], '+'), digits, true
	}
	n, ok := digitValue(r)
	if !ok {
		return text, digits, false
	}
	return append(text, '0'+n), append(digits, '0'+n), true
}

// digitValue returns the value of a decimal digit of any script: each script's ten
// digits follow each other and start at a multiple of ten within their range.
func digitValue(r rune) (byte, bool) {
	if !unicode.Is(unicode.Nd, r) {
		return 0, false
	}
	for _, r16 := range unicode.Nd.R16 {
		if r >= rune(r16.Lo) && r <= rune(r16.Hi) {
			return byte((r - rune(r16.Lo)) % 10), true
		}
	}
	for _, r32 := range unicode.Nd.R32 {
		if r >= rune(r32.Lo) && r <= rune(r32.Hi) {
			return byte((r - rune(r32.Lo)) % 10), true
		}
	}
	return 0, false
}

// extension reports whether t is "x12", "ext. 12", "#12" or ";ext=12".
func extension(t []byte) bool {
	letters, digits := 0, 0
	for _, c := range t {
		switch {
		case isDigit(c):
			digits++
		case digits > 0 && c != ' ':
			return false
		case isLetter(c):
			letters++
		case c != ' ' && c != '.' && c != '#' && c != ';' && c != '=' && c != ':' && c != ',':
			return false
		}
	}
	return digits > 0 && digits <= 8 && letters <= 9 && (letters > 0 || t[0] == '#' || t[0] == ';' || t[0] == ',')
}

// international finds the calling code behind the prefix.
func (d *dialled) international() bool {
	d.intl = true
	rest := d.digits[d.zeros:]
	if len(rest) < 4 || len(rest) > 15 {
		return false
	}
	n := 0
	for i := range 3 {
		n = 10*n + int(rest[i]-'0')
		if c := byCode[n]; c != nil && i == len(c.code)-1 {
			d.country, d.code = c, d.zeros+len(c.code)
			d.settle(rest[len(c.code):])
			return len(d.national()) >= 3
		}
	}
	d.country, d.code = elsewhere, d.zeros
	return true
}

// settle finds a trunk prefix between calling code and number, "+44 (0)20", and
// tells Canada from the United States.
func (d *dialled) settle(rest []byte) {
	c := d.country
	if c.code == "1" {
		if len(rest) >= 3 && areaCA[int(rest[0]-'0')*100+int(rest[1]-'0')*10+int(rest[2]-'0')] {
			d.country = byRegion[regionIndex('C', 'A')]
		}
		return
	}
	if c.trunk == "0" && len(rest) > c.short && rest[0] == '0' {
		d.skip = 1
		d.exact = d.exact && bytes.Contains(d.text, []byte("(0)"))
	}
}

// local takes a number without an international prefix for one of home.
func (d *dialled) local(home *country, number bool) bool {
	n := len(d.digits)
	if n > 15 {
		return false
	}
	d.country = home
	if home == elsewhere {
		return true
	}
	if n > home.long && bytes.HasPrefix(d.digits, []byte(home.code)) && n-len(home.code) >= home.short && n-len(home.code) <= home.long {
		d.intl, d.code = true, len(home.code)
		if !number && home.trunk == home.code {
			d.intl, d.code, d.skip = false, 0, len(home.code) // 1 212 …: a trunk prefix and a calling code in one
		}
		d.settleLocal()
		return true
	}
	if number && n > home.long && d.foreign() {
		return true
	}
	if t := home.trunk; t != "" && bytes.HasPrefix(d.digits, []byte(t)) && n > len(t)+2 && (t == "0" || n > home.long) {
		d.skip = len(t)
	}
	d.settleLocal()
	return true
}

// foreign looks for a calling code at the front of digits that are too many for a
// national number: a numeric column has no place for +.
func (d *dialled) foreign() bool {
	code := 0
	for i := range 3 {
		code = 10*code + int(d.digits[i]-'0')
		c := byCode[code]
		if rest := d.digits[i+1:]; c != nil && len(c.code) == i+1 && len(rest) >= c.short && len(rest) <= c.long {
			d.country, d.intl, d.code = c, true, i+1
			d.settle(rest)
			return true
		}
	}
	return false
}

func (d *dialled) settleLocal() {
	if rest := d.national(); d.country.code == "1" && len(rest) == 10 {
		d.country = byRegion[regionIndex('U', 'S')]
		d.settle(rest)
	}
}
