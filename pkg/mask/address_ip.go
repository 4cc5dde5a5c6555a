package mask

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/understudy-db/understudy/pkg/mask/prf"
)

// ipInfo documents ip.
//
// IPv4 goes to a range that no network routes, IPv6 to 2001:db8::/32. A mask length
// stays; a network wider than the range cannot: below /15 it goes to 240.0.0.0/4,
// and gets that range's length where its own is shorter still. Host bits of a cidr
// column stay zero. Lists separated by commas are masked one by one, a port is
// dropped, and text that is no address gets an IPv4 one.
func ipInfo() Info {
	return Info{
		Name:    "ip",
		Summary: "an address of a range that is not routed; versions and mask lengths stay",
		Classes: []Class{ClassInet, ClassText},
		Params: []Param{
			{Name: "range", Type: String, Default: "benchmark", Allowed: []string{"benchmark", "documentation", "class-e"}, Summary: "where IPv4 goes: 198.18.0.0/15 (131,072), the three documentation networks (768) or 240.0.0.0/4 (268 million, which some programs refuse)"},
			{Name: "prefix", Type: Bool, Default: "false", Summary: "addresses of one /24 or /64 stay together"},
		},
		Example: "last_ip: {mask: ip, prefix: true}",
	}
}

// ranges of IPv4: base and number of addresses.
type ipRange struct {
	bases []uint32
	size  uint32 // of each
}

func (r ipRange) total() uint64 { return uint64(len(r.bases)) * uint64(r.size) }

func ipRangeOf(name string) ipRange {
	switch name {
	case "documentation":
		return ipRange{bases: []uint32{0xC0000200, 0xC6336400, 0xCB007100}, size: 256}
	case "class-e":
		return ipRange{bases: []uint32{classE}, size: 0x0FFFFF00} // without 255.255.255.0/24, the broadcast's
	default:
		return ipRange{bases: []uint32{0xC6120000}, size: 1 << 17}
	}
}

const (
	classE     = 0xF0000000
	prefixV6   = 0x20010db8
	maxIPChars = len("2001:0db8:0000:0000:0000:0000:0000:0000/128")
)

func ipTraits(s Spec) (Traits, error) {
	if n := s.Column.MaxChars; s.Column.Class == ClassText && n > 0 && n < len("203.0.113.255") {
		return Traits{}, fmt.Errorf("ip: %d characters are too few for a safe address; 13 are needed", n)
	}
	t := Traits{Safety: Reserved, Capacity: float64(ipRangeOf(s.str("range")).total()), Keeps: []string{"version", "mask length"}, Technique: "pseudonymization", ClassA: true}
	if s.flag("prefix") {
		t.Keeps = append(t.Keeps, "network")
	}
	if s.Column.TypeName == "cidr" {
		t.Capacity = 1 // a network as wide as the range has one stand-in
	}
	return t, nil
}

type ipMasker struct {
	p       *prf.PRF
	r       ipRange
	group   bool
	network bool // cidr: host bits are zero
	text    bool
	limit   int
	key     [18]byte
}

func bindIP(s Spec, b *Binder) (Masker, error) {
	return &ipMasker{
		p: b.Key.PRF(prf.StandIn, s.Domain), r: ipRangeOf(s.str("range")), group: s.flag("prefix"),
		network: s.Column.TypeName == "cidr", text: s.Column.Class == ClassText, limit: s.Column.MaxChars,
	}, nil
}

// Mask appends an address, or as many as the list has and fit.
func (m *ipMasker) Mask(dst []byte, in Input) ([]byte, error) {
	if !m.text || bytes.IndexByte(in.Value, ',') < 0 {
		return m.one(dst, in.Value, m.limit), nil
	}
	start, rest, more := len(dst), in.Value, true
	for n := 0; more; n++ {
		var item []byte
		item, rest, more = bytes.Cut(rest, []byte{','})
		room := 0
		if m.limit > 0 {
			room = m.limit - (len(dst) - start)
		}
		if n > 0 {
			if !fits(m.limit, len(dst)-start, 2+maxIPChars) || len(bytes.TrimSpace(item)) == 0 {
				continue
			}
			dst = append(dst, ',', ' ')
		}
		dst = m.one(dst, item, room)
	}
	return dst, nil
}

// one appends the stand-in of one address.
func (m *ipMasker) one(dst, v []byte, limit int) []byte {
	a, length, ok := readIP(v)
	if !ok {
		b := m.p.BitsTagged("text", v)
		return m.appendV4(dst, m.index(&b, m.r.total()), 0, -1)
	}
	if a.Is4() || a.Is4In6() {
		mapped := a.Is4In6()
		quad := a.As4()
		if mapped && length > 96 {
			length -= 96
		} else if mapped {
			length = -1
		}
		if mapped {
			dst = append(dst, "::ffff:"...)
		}
		return m.v4(dst, binary.BigEndian.Uint32(quad[:]), length)
	}
	start := len(dst)
	dst = m.v6(dst, a.As16(), length)
	if limit > 0 && len(dst)-start > limit { // a short IPv6 text became a long one
		b := m.p.BitsTagged("text", v)
		return m.appendV4(dst[:start], m.index(&b, m.r.total()), 0, -1)
	}
	return dst
}

func (m *ipMasker) index(b *prf.Bits, n uint64) uint32 { return uint32(b.Index(n)) }

// at is address i of the range.
func (r ipRange) at(i uint32) uint32 { return r.bases[i/r.size] + i%r.size }

func (m *ipMasker) v4(dst []byte, addr uint32, length int) []byte {
	m.key[0] = 4
	binary.BigEndian.PutUint32(m.key[1:], addr)
	if length >= 0 && length < 32 && m.network || length >= 0 && length < 15 {
		return m.v4Network(dst, addr, length)
	}
	var i uint32
	if m.group {
		g := m.p.Bits(m.key[:4]) // the first three octets
		h := m.p.Bits(m.key[:5])
		i = uint32(g.Index(m.r.total()>>8))<<8 | uint32(h.Index(256))
	} else {
		b := m.p.Bits(m.key[:5])
		i = m.index(&b, m.r.total())
	}
	return m.appendV4(dst, i, addr, length)
}

// appendV4 appends address i of the range, or the next one if that is the original.
func (m *ipMasker) appendV4(dst []byte, i, original uint32, length int) []byte {
	if m.r.at(i) == original {
		if m.group {
			i ^= 1
		} else {
			i = uint32((uint64(i) + 1) % m.r.total())
		}
	}
	return appendIPv4(dst, m.r.at(i), length)
}

// v4Network appends a network of the same length: in the range if it is as narrow,
// else in 240.0.0.0/4.
func (m *ipMasker) v4Network(dst []byte, addr uint32, length int) []byte {
	binary.BigEndian.PutUint32(m.key[5:], uint32(length))
	b := m.p.Bits(m.key[:9])
	wide := uint32(classE)
	bits := 4
	switch {
	case length >= 24 || len(m.r.bases) == 1 && m.r.bases[0] != classE && length >= 15:
		i := m.index(&b, m.r.total())
		wide = m.r.at(i)
		bits = 0
	default:
		length = max(length, 4)
	}
	if bits > 0 {
		wide |= m.index(&b, 1<<28)
		if wide >= 0xFFFFFF00 {
			wide = classE
		}
	}
	host := uint32(0)
	if length < 32 {
		host = 1<<(32-length) - 1
	}
	if m.network {
		wide &^= host
		if wide == addr && host < 0x0FFFFFFF && length > 15 {
			wide ^= host + 1
		}
	}
	return appendIPv4(dst, wide, length)
}

func appendIPv4(dst []byte, a uint32, length int) []byte {
	for shift := 24; shift >= 0; shift -= 8 {
		dst = appendPadded(dst, uint64(a>>shift&255), 1)
		if shift > 0 {
			dst = append(dst, '.')
		}
	}
	return appendLength(dst, length)
}

func appendLength(dst []byte, length int) []byte {
	if length < 0 {
		return dst
	}
	return appendPadded(append(dst, '/'), uint64(length), 1)
}

func (m *ipMasker) v6(dst []byte, a [16]byte, length int) []byte {
	m.key[0] = 6
	copy(m.key[1:], a[:])
	hostBits := 0
	if length >= 0 {
		if length < 32 {
			length = 32
		}
		if m.network {
			hostBits = 128 - length
		}
	}
	n := 17
	if m.network && length >= 0 {
		m.key[17] = byte(length)
		n = 18
	}
	b := m.p.Bits(m.key[:n])
	hi, lo := b.Uint64(), b.Uint64()
	if m.group {
		g := m.p.Bits(m.key[:9]) // the first 64 bits
		hi = g.Uint64()
	}
	hi = prefixV6<<32 | hi&0xffffffff
	if hostBits >= 64 {
		hi, lo = hi&^(1<<(hostBits-64)-1), 0
	} else {
		lo &^= 1<<hostBits - 1
	}
	var out [16]byte
	binary.BigEndian.PutUint64(out[:8], hi)
	binary.BigEndian.PutUint64(out[8:], lo)
	if out == a && hostBits < 96 {
		bit := hostBits
		out[15-bit/8] ^= 1 << (bit % 8)
	}
	return appendLength(netip.AddrFrom16(out).AppendTo(dst), length)
}

// readIP reads an address with an optional mask length, brackets and port. It is
// written by hand because netip's errors hold the text, which makes it escape.
func readIP(v []byte) (a netip.Addr, length int, ok bool) {
	length = -1
	v = bytes.TrimSpace(v)
	if len(v) > 2 && v[0] == '[' { // [::1]:80
		i := bytes.IndexByte(v, ']')
		if i < 0 || len(v) > i+1 && v[i+1] != ':' {
			return a, length, false
		}
		v = v[1:i]
	}
	if i := bytes.IndexByte(v, '/'); i >= 0 {
		if length, ok = readSmall(v[i+1:], 128); !ok {
			return a, -1, false
		}
		v = v[:i]
	}
	if i := bytes.IndexByte(v, '%'); i > 0 { // a zone names an interface of the machine
		v = v[:i]
	}
	if q, n := readQuad(v); n > 0 && (n == len(v) || v[n] == ':' && digitsAt(v[n+1:]) == len(v)-n-1) {
		return netip.AddrFrom4(q), length, length <= 32
	}
	raw, ok := readV6(v)
	return netip.AddrFrom16(raw), length, ok
}

func readSmall(v []byte, largest int) (int, bool) {
	if len(v) == 0 || len(v) > 3 || digitsAt(v) != len(v) {
		return -1, false
	}
	n := 0
	for _, c := range v {
		n = 10*n + int(c-'0')
	}
	return n, n <= largest
}

// readQuad reads four octets at the start of v and returns how many bytes they are, 0 for none.
func readQuad(v []byte) (q [4]byte, n int) {
	for i := range 4 {
		d := min(digitsAt(v[n:]), 4)
		octet, ok := readSmall(v[n:n+d], 255)
		if !ok {
			return q, 0
		}
		q[i] = byte(octet)
		n += d
		if i < 3 {
			if n >= len(v) || v[n] != '.' {
				return q, 0
			}
			n++
		}
	}
	return q, n
}

// readV6 reads groups of hex digits with at most one "::", the last two perhaps as four octets.
func readV6(v []byte) (out [16]byte, ok bool) {
	n, gap, i := 0, -1, 0
	if len(v) > 1 && v[0] == ':' && v[1] == ':' {
		gap, i = 0, 2
	}
	for i < len(v) {
		if n == 16 {
			return out, false
		}
		if q, k := readQuad(v[i:]); k > 0 {
			if i+k != len(v) || n > 12 {
				return out, false
			}
			n += copy(out[n:], q[:])
			break
		}
		group, k := 0, 0
		for i+k < len(v) && k < 5 {
			h, isHex := hexValue(v[i+k])
			if !isHex {
				break
			}
			group = group<<4 | int(h)
			k++
		}
		if k == 0 || k > 4 {
			return out, false
		}
		out[n], out[n+1] = byte(group>>8), byte(group)
		n, i = n+2, i+k
		if i == len(v) {
			break
		}
		if v[i] != ':' || i+1 == len(v) {
			return out, false
		}
		i++
		if v[i] == ':' {
			if gap >= 0 {
				return out, false
			}
			gap = n
			i++
		}
	}
	switch {
	case gap < 0:
		return out, n == 16
	case n == 16:
		return out, false
	}
	tail := n - gap
	copy(out[16-tail:], out[gap:n])
	for k := gap; k < 16-tail; k++ {
		out[k] = 0
	}
	return out, true
}
