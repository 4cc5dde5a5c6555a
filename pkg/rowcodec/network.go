package rowcodec

import (
	"encoding/hex"
	"strconv"
)

// The address families as PostgreSQL writes them on the wire, on every platform.
const (
	family4 = 2
	family6 = 3
)

func inetText(dst, wire []byte) ([]byte, error) { return appendNet(dst, wire, false) }

func cidrText(dst, wire []byte) ([]byte, error) { return appendNet(dst, wire, true) }

func inetWire(dst, text []byte) ([]byte, error) { return scanNet(dst, text, false) }

func cidrWire(dst, text []byte) ([]byte, error) { return scanNet(dst, text, true) }

// appendNet prints the address; the prefix length unless it is an inet's full one.
func appendNet(dst, wire []byte, cidr bool) ([]byte, error) {
	if len(wire) < 4 || int(wire[3]) != len(wire)-4 {
		return nil, errWire
	}
	prefix, addr := int(wire[1]), wire[4:]
	switch {
	case wire[0] == family4 && len(addr) == 4:
		dst = append4(dst, addr)
	case wire[0] == family6 && len(addr) == 16:
		dst = append6(dst, addr)
	default:
		return nil, errWire
	}
	if prefix > 8*len(addr) {
		return nil, errWire
	}
	if cidr || prefix < 8*len(addr) {
		dst = strconv.AppendInt(append(dst, '/'), int64(prefix), 10)
	}
	return dst, nil
}

func append4(dst, a []byte) []byte {
	for i, c := range a[:4] {
		if i > 0 {
			dst = append(dst, '.')
		}
		dst = strconv.AppendUint(dst, uint64(c), 10)
	}
	return dst
}

// append6 prints the longest run of zero words as "::" (the first of several, at least
// two words), and an address within ::/96 or ::ffff:0:0/96 with its last four bytes in decimal.
func append6(dst, a []byte) []byte {
	var w [8]uint64
	for i := range w {
		w[i] = uint64(a[2*i])<<8 | uint64(a[2*i+1])
	}
	best, size := -1, 1
	for i := 0; i < 8; i++ {
		n := 0
		for i+n < 8 && w[i+n] == 0 {
			n++
		}
		if n > size {
			best, size = i, n
		}
		i += n
	}
	for i := 0; i < 8; i++ {
		if i == best {
			dst = append(dst, ':')
			i += size - 1
			if i == 7 {
				dst = append(dst, ':')
			}
			continue
		}
		if i > 0 {
			dst = append(dst, ':')
		}
		if i == 6 && best == 0 && (size == 6 || size == 5 && w[5] == 0xffff) {
			return append4(dst, a[12:])
		}
		dst = strconv.AppendUint(dst, w[i], 16)
	}
	return dst
}

func scanNet(dst, text []byte, cidr bool) ([]byte, error) {
	s, prefix := text, -1
	for i, c := range s {
		if c == '/' {
			n, err := parseInt(s[i+1:])
			if err != nil || n < 0 || n > 128 || s[i+1] == '+' || s[i+1] == '-' {
				return nil, errInvalid
			}
			s, prefix = s[:i], int(n)
			break
		}
	}
	var addr [16]byte
	family, size, flag := byte(family4), 4, byte(0)
	ok := scan4(addr[:], s)
	if !ok {
		family, size = family6, 16
		ok = scan6(addr[:], s)
	}
	if prefix < 0 {
		prefix = 8 * size
	}
	if !ok || prefix > 8*size {
		return nil, errInvalid
	}
	if cidr {
		flag = 1
		for i := prefix; i < 8*size; i++ { // no bits right of the prefix
			if addr[i/8]>>(7-i%8)&1 != 0 {
				return nil, errInvalid
			}
		}
	}
	dst = append(dst, family, byte(prefix), flag, byte(size))
	return append(dst, addr[:size]...), nil
}

// scan4 reads four decimal numbers.
func scan4(addr, s []byte) bool {
	for i := range 4 {
		n, v := 0, 0
		for n < len(s) && n < 3 && s[n] >= '0' && s[n] <= '9' {
			v = v*10 + int(s[n]-'0')
			n++
		}
		if n == 0 || v > 255 {
			return false
		}
		addr[i] = byte(v)
		s = s[n:]
		if i < 3 {
			if len(s) == 0 || s[0] != '.' {
				return false
			}
			s = s[1:]
		}
	}
	return len(s) == 0
}

// scan6 reads eight hex words, with one "::" for a run of zeros and a decimal tail.
func scan6(addr, s []byte) bool {
	var tail [16]byte
	at, gap := 0, -1 // bytes read, and where "::" was
	if len(s) >= 2 && s[0] == ':' && s[1] == ':' {
		gap, s = 0, s[2:]
	}
	for len(s) > 0 {
		if at <= 12 && scan4(tail[at:], s) {
			at += 4
			break
		}
		n, v := 0, 0
		for n < len(s) && n < 4 {
			h, ok := unhex(s[n])
			if !ok {
				break
			}
			v = v<<4 | int(h)
			n++
		}
		if n == 0 || at == 16 {
			return false
		}
		tail[at], tail[at+1] = byte(v>>8), byte(v)
		at += 2
		s = s[n:]
		if len(s) == 0 {
			break
		}
		if s[0] != ':' || len(s) == 1 {
			return false
		}
		if s = s[1:]; s[0] == ':' {
			if gap >= 0 {
				return false
			}
			gap, s = at, s[1:]
		}
	}
	switch {
	case gap < 0:
		if at != 16 {
			return false
		}
		copy(addr, tail[:])
	case at > 14:
		return false
	default:
		copy(addr, tail[:gap])
		clear(addr[gap : 16-(at-gap)])
		copy(addr[16-(at-gap):16], tail[gap:at])
	}
	return true
}

func macText(size int) func(dst, wire []byte) ([]byte, error) {
	return func(dst, wire []byte) ([]byte, error) {
		if len(wire) != size {
			return nil, errWire
		}
		for i := range wire {
			if i > 0 {
				dst = append(dst, ':')
			}
			dst = hex.AppendEncode(dst, wire[i:i+1])
		}
		return dst, nil
	}
}

// macWire reads pairs of hex digits, all separated by colons, all by hyphens, or by nothing.
func macWire(size int) func(dst, text []byte) ([]byte, error) {
	return func(dst, text []byte) ([]byte, error) {
		sep := byte(0)
		if len(text) > 2 && (text[2] == ':' || text[2] == '-') {
			sep = text[2]
		}
		for i := range size {
			if i > 0 && sep != 0 {
				if len(text) == 0 || text[0] != sep {
					return nil, errInvalid
				}
				text = text[1:]
			}
			if len(text) < 2 {
				return nil, errInvalid
			}
			a, okA := unhex(text[0])
			b, okB := unhex(text[1])
			if !okA || !okB {
				return nil, errInvalid
			}
			dst, text = append(dst, a<<4|b), text[2:]
		}
		if len(text) > 0 {
			return nil, errInvalid
		}
		return dst, nil
	}
}
