package mask

import (
	"bytes"
	"encoding/binary"

	"github.com/understudy-db/understudy/pkg/mask/prf"
)

// uuidInfo documents uuid: one stand-in for all spellings of a uuid, in the
// spelling of the value. The version stays, the rest is 122 keyed bits, so the
// order in time of versions 1, 6 and 7 is lost.
func uuidInfo() Info {
	return Info{
		Name:    "uuid",
		Summary: "a keyed uuid of the same version and spelling; text that is no uuid gets one as well",
		Classes: []Class{ClassUUID, ClassText},
		Example: "session_id: {mask: uuid}",
	}
}

func uuidTraits(s Spec) (Traits, error) {
	t := Traits{Safety: NotContact, Capacity: power(2, 122), Keeps: []string{"version", "spelling"}, Technique: "pseudonymization"}
	if n := s.Column.MaxChars; s.Column.Class == ClassText && n > 0 && n < 32 {
		t.Capacity = power(16, max(1, n-2)) // a part of one, with a version and a variant digit in it
	}
	return t, nil
}

type uuidMasker struct {
	p     *prf.PRF
	limit int
	raw   [16]byte
}

func bindUUID(s Spec, b *Binder) (Masker, error) {
	m := &uuidMasker{p: b.Key.PRF(prf.StandIn, s.Domain)}
	if s.Column.Class == ClassText {
		m.limit = s.Column.MaxChars
	}
	return m, nil
}

// uuidForm is how a uuid was written.
type uuidForm struct{ bare, upper, braces, urn bool }

const urnPrefix = "urn:uuid:"

// parse reads 32 hex digits in the forms that PostgreSQL takes, and with urn:uuid:.
func (m *uuidMasker) parse(v []byte) (form uuidForm, ok bool) {
	v = bytes.TrimSpace(v)
	if len(v) > len(urnPrefix) && bytes.EqualFold(v[:len(urnPrefix)], []byte(urnPrefix)) {
		form.urn, v = true, v[len(urnPrefix):]
	}
	if len(v) > 2 && v[0] == '{' && v[len(v)-1] == '}' {
		form.braces, v = true, v[1:len(v)-1]
	}
	if len(v) > 40 {
		return form, false
	}
	form.bare, form.upper = bytes.IndexByte(v, '-') < 0, upperCase(v)
	n := 0
	for _, c := range v {
		h, isHex := hexValue(c)
		switch {
		case c == '-' && n%4 == 0 && n > 0 && n < 32:
			continue
		case !isHex || n == 32:
			return form, false
		}
		m.raw[n/2] = m.raw[n/2]<<4 | h
		n++
	}
	return form, n == 32
}

func hexValue(c byte) (byte, bool) {
	switch {
	case isDigit(c):
		return c - '0', true
	case lowerByte(c)-'a' < 6:
		return lowerByte(c) - 'a' + 10, true
	}
	return 0, false
}

// Mask appends the stand-in.
func (m *uuidMasker) Mask(dst []byte, in Input) ([]byte, error) {
	form, ok := m.parse(in.Value)
	version := byte(4)
	var b prf.Bits
	if ok {
		if v := m.raw[6] >> 4; v >= 1 && v <= 8 {
			version = v
		}
		b = m.p.Bits(m.raw[:])
	} else {
		form = uuidForm{}
		b = m.p.BitsTagged("text", in.Value)
	}
	var u [16]byte
	binary.BigEndian.PutUint64(u[:8], b.Uint64())
	binary.BigEndian.PutUint64(u[8:], b.Uint64())
	u[6], u[8] = u[6]&0x0f|version<<4, u[8]&0x3f|0x80
	if ok && u == m.raw {
		u[15] ^= 1 // a stand-in is never its original
	}
	if m.limit > 0 && m.limit < form.size() {
		form = uuidForm{bare: m.limit < 36}
	}
	start := len(dst)
	if form.urn {
		dst = append(dst, urnPrefix...)
	}
	if form.braces {
		dst = append(dst, '{')
	}
	hex := len(dst)
	dst = appendUUID(dst, &u, form.bare)
	if form.upper {
		upperInPlace(dst[hex:])
	}
	if form.braces {
		dst = append(dst, '}')
	}
	if m.limit > 0 && len(dst)-start > m.limit {
		dst = dst[:start+m.limit]
	}
	return dst, nil
}

func (f uuidForm) size() int {
	n := 36
	if f.bare {
		n = 32
	}
	if f.braces {
		n += 2
	}
	if f.urn {
		n += len(urnPrefix)
	}
	return n
}

const hexDigits = "0123456789abcdef"

func appendUUID(dst []byte, u *[16]byte, bare bool) []byte {
	for i, c := range u {
		if !bare && (i == 4 || i == 6 || i == 8 || i == 10) {
			dst = append(dst, '-')
		}
		dst = append(dst, hexDigits[c>>4], hexDigits[c&15])
	}
	return dst
}
