package mask

import (
	"bytes"
	"fmt"

	"github.com/understudy-db/understudy/pkg/mask/prf"
)

// macInfo documents mac. A locally administered address belongs to no vendor; the
// documentation range is set aside, and has 256 of them.
func macInfo() Info {
	return Info{
		Name:    "mac",
		Summary: "a hardware address that no vendor made, in the same form; EUI-64 stays EUI-64",
		Classes: []Class{ClassMAC, ClassText},
		Params:  []Param{{Name: "range", Type: String, Default: "local", Allowed: []string{"local", "documentation"}, Summary: "locally administered (2^46) or 00:00:5e:00:53:00 to ff (256)"}},
		Example: "device: {mask: mac}",
	}
}

func macTraits(s Spec) (Traits, error) {
	if n := s.Column.MaxChars; s.Column.Class == ClassText && n > 0 && n < 12 {
		return Traits{}, fmt.Errorf("mac: %d characters are too few for an address; 12 are needed", n)
	}
	t := Traits{Safety: Unassigned, Capacity: power(2, 46), Keeps: []string{"separators", "case", "EUI-64"}, Technique: "pseudonymization", ClassA: true}
	if s.str("range") == "documentation" {
		t.Safety, t.Capacity = Reserved, 256
	}
	return t, nil
}

type macMasker struct {
	p     *prf.PRF
	docs  bool
	text  bool
	limit int
}

func bindMAC(s Spec, b *Binder) (Masker, error) {
	m := &macMasker{p: b.Key.PRF(prf.StandIn, s.Domain), docs: s.str("range") == "documentation", text: s.Column.Class == ClassText}
	if m.text {
		m.limit = s.Column.MaxChars
	}
	return m, nil
}

// readMAC reads six or eight octets with any separators between hex digits.
func readMAC(v []byte) (raw [8]byte, octets int) {
	n := 0
	for _, c := range v {
		h, ok := hexValue(c)
		switch {
		case c == ':' || c == '-' || c == '.' || c == ' ':
			continue
		case !ok || n == 16:
			return raw, 0
		}
		raw[n/2] = raw[n/2]<<4 | h
		n++
	}
	if n != 12 && n != 16 {
		return raw, 0
	}
	return raw, n / 2
}

// Mask appends an address.
func (m *macMasker) Mask(dst []byte, in Input) ([]byte, error) {
	v := bytes.TrimSpace(in.Value)
	raw, octets := readMAC(v)
	var b prf.Bits
	if octets > 0 {
		b = m.p.Bits(raw[:octets])
	} else {
		b = m.p.BitsTagged("text", in.Value)
	}
	if m.limit > 0 && len(v) > m.limit {
		octets = 0
	}
	var out [8]byte
	u := b.Uint64()
	for i := range out {
		out[i] = byte(u)
		u >>= 8
	}
	if m.docs {
		out = [8]byte{0x00, 0x00, 0x5e, 0x00, 0x53, out[0]}
		if octets == 8 {
			out = [8]byte{0x00, 0x00, 0x5e, 0x00, 0x53, 0, 0, out[5]}
		}
	} else {
		out[0] = out[0]&^1 | 2 // not multicast, locally administered
	}
	if octets > 0 && bytes.Equal(raw[:octets], out[:octets]) {
		out[octets-1] ^= 1
	}
	if octets == 0 {
		for i, c := range out[:6] {
			if i > 0 && (m.limit == 0 || m.limit >= 17) {
				dst = append(dst, ':')
			}
			dst = append(dst, hexDigits[c>>4], hexDigits[c&15])
		}
		return dst, nil
	}
	start, n := len(dst), 0
	for _, c := range v {
		if _, ok := hexValue(c); ok {
			c = hexDigits[out[n/2]>>(4-4*(n%2))&15]
			n++
		}
		dst = append(dst, c)
	}
	if upperCase(v) {
		upperInPlace(dst[start:])
	}
	return dst, nil
}
