package seed

import (
	"fmt"
	"strconv"
	"time"
)

// scalarGen makes values of a type by a function of a draw and, for numbered ones, the number.
type scalarGen struct {
	c     *column
	write func(dst []byte, d *draw, n int64, numbered bool) []byte
}

func (g *scalarGen) append(dst []byte, r *row) []byte {
	d := r.draw(g.c)
	if g.c.unique != 0 {
		return g.write(dst, &d, r.number(g.c), true)
	}
	return g.write(dst, &d, 0, false)
}

// baseGenerator is the generator of a base type, nil when none is known.
func (c *column) baseGenerator() generator {
	switch c.n.Class {
	case "integer", "numeric", "float":
		return c.newNumber()
	case "text":
		return c.newText()
	case "date", "timestamp":
		return c.newTime()
	case "json":
		return c.newJSON()
	case "xml":
		return c.newXML()
	}
	if write := c.scalar(); write != nil {
		return &scalarGen{c, write}
	}
	return nil
}

const hexDigits = "0123456789abcdef"

func appendHex(dst []byte, n uint64) []byte {
	for shift := 60; shift >= 0; shift -= 4 {
		dst = append(dst, hexDigits[n>>shift&15])
	}
	return dst
}

// appendUUID writes a version 4 UUID of 122 bits, a bijection of the number in its
// last half for numbered ones.
func appendUUID(dst []byte, a, b uint64) []byte {
	a = a&^0xf000 | 0x4000
	b = b&^(3<<62) | 2<<62
	at := len(dst)
	dst = appendHex(appendHex(dst, a), b)
	h := string(dst[at:])
	dst = dst[:at]
	for i, part := range []string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]} {
		if i > 0 {
			dst = append(dst, '-')
		}
		dst = append(dst, part...)
	}
	return dst
}

func (c *column) scalar() func(dst []byte, d *draw, n int64, numbered bool) []byte {
	limit := int(c.typmod)
	salt := mix(c.t.m.seed ^ c.hash)
	switch c.base.Name {
	case "bool":
		return func(dst []byte, d *draw, n int64, numbered bool) []byte {
			if !numbered {
				n = int64(d.below(2))
			}
			return append(dst, "ft"[n&1])
		}
	case "uuid":
		return func(dst []byte, d *draw, n int64, numbered bool) []byte {
			if numbered { // 64 bits of the row's number, of which 62 and more stay
				x := mix(uint64(n) ^ salt)
				return appendUUID(dst, x, mix(x^salt))
			}
			return appendUUID(dst, d.next(), d.next())
		}
	case "time", "timetz":
		return func(dst []byte, d *draw, n int64, numbered bool) []byte {
			if !numbered {
				n = int64(d.below(86400)) * 1e6
			}
			dst = time.UnixMicro(n%86_400_000_000).UTC().AppendFormat(dst, "15:04:05.999999")
			if c.base.Name == "timetz" {
				dst = append(dst, "+00"...)
			}
			return dst
		}
	case "interval":
		return func(dst []byte, d *draw, n int64, numbered bool) []byte {
			if !numbered {
				n = int64(d.below(7200))
			}
			return fmt.Appendf(dst, "%02d:%02d:%02d", n/3600, n/60%60, n%60)
		}
	case "inet", "cidr":
		return func(dst []byte, d *draw, n int64, numbered bool) []byte {
			if numbered { // the documentation prefix of IPv6
				return fmt.Appendf(dst, "2001:db8::%x:%x:%x", n>>32&0xffff, n>>16&0xffff, n&0xffff)
			}
			// The documentation ranges of IPv4.
			return fmt.Appendf(dst, "%s.%d", [3]string{"192.0.2", "198.51.100", "203.0.113"}[d.below(3)], d.below(256))
		}
	case "macaddr", "macaddr8":
		return func(dst []byte, d *draw, n int64, numbered bool) []byte {
			if !numbered {
				n = int64(d.below(1 << 40))
			}
			dst = fmt.Appendf(dst, "02:%02x:%02x:%02x:%02x:%02x", n>>32&0xff, n>>24&0xff, n>>16&0xff, n>>8&0xff, n&0xff)
			if c.base.Name == "macaddr8" {
				dst = append(dst, ":00:00"...)
			}
			return dst
		}
	case "bytea":
		return func(dst []byte, d *draw, n int64, numbered bool) []byte {
			dst = append(dst, `\x`...)
			if numbered {
				return appendHex(dst, uint64(n))
			}
			return appendHex(appendHex(dst, d.next()), d.next())
		}
	case "bit", "varbit":
		width := limit
		if width <= 0 {
			width = 1
			if c.base.Name == "varbit" {
				width = 16
			}
		}
		return func(dst []byte, d *draw, n int64, numbered bool) []byte {
			for i := width - 1; i >= 0; i-- {
				bit := byte('0' + n>>min(i, 63)&1)
				if !numbered {
					bit = '0' + byte(d.below(2))
				}
				dst = append(dst, bit)
			}
			return dst
		}
	case "money":
		return func(dst []byte, d *draw, n int64, numbered bool) []byte {
			if !numbered {
				n = int64(d.below(1000))
			}
			return strconv.AppendInt(dst, n, 10)
		}
	case "oid", "xid", "cid":
		return func(dst []byte, d *draw, n int64, numbered bool) []byte {
			if !numbered {
				n = int64(d.below(10000))
			}
			return strconv.AppendInt(dst, n+1, 10)
		}
	case "pg_lsn":
		return func(dst []byte, d *draw, n int64, _ bool) []byte {
			return fmt.Appendf(dst, "0/%X", n+int64(d.below(1<<30)))
		}
	case "tsvector", "tsquery", "ltree", "hstore", "vector", "geometry", "geography", "cube", "jsonpath":
		return c.extension()
	}
	return c.geometric()
}

// geometric makes points and what is made of them, inside a square of 100.
func (c *column) geometric() func(dst []byte, d *draw, n int64, numbered bool) []byte {
	point := func(dst []byte, d *draw) []byte {
		return fmt.Appendf(dst, "(%d.%02d,%d.%02d)", d.below(100), d.below(100), d.below(100), d.below(100))
	}
	list := func(n int, before, after string) func([]byte, *draw, int64, bool) []byte {
		return func(dst []byte, d *draw, _ int64, _ bool) []byte {
			dst = append(dst, before...)
			for i := range n {
				if i > 0 {
					dst = append(dst, ',')
				}
				dst = point(dst, d)
			}
			return append(dst, after...)
		}
	}
	switch c.base.Name {
	case "point":
		return list(1, "", "")
	case "box":
		return list(2, "", "")
	case "lseg":
		return list(2, "[", "]")
	case "path":
		return list(3, "[", "]")
	case "polygon":
		return list(4, "(", ")")
	case "circle":
		return list(1, "<", ",5>")
	case "line":
		return func(dst []byte, d *draw, _ int64, _ bool) []byte {
			return fmt.Appendf(dst, "{%d,%d,%d}", 1+d.below(9), 1+d.below(9), d.below(9))
		}
	}
	return nil
}

// extension makes values of well-known types beyond the base system's.
func (c *column) extension() func(dst []byte, d *draw, n int64, numbered bool) []byte {
	words := c.t.m.vocab.list("word")
	word := func(d *draw) string { return string(appendASCII(nil, words[d.below(listSize)])) }
	switch c.base.Name {
	case "tsvector":
		return func(dst []byte, d *draw, _ int64, _ bool) []byte {
			return fmt.Appendf(dst, "'%s' '%s'", word(d), word(d))
		}
	case "tsquery":
		return func(dst []byte, d *draw, _ int64, _ bool) []byte {
			return fmt.Appendf(dst, "'%s' & '%s'", word(d), word(d))
		}
	case "ltree":
		return func(dst []byte, d *draw, n int64, numbered bool) []byte {
			dst = fmt.Appendf(dst, "top.%s", word(d))
			if numbered {
				dst = fmt.Appendf(dst, ".n%d", n)
			}
			return dst
		}
	case "hstore":
		return func(dst []byte, d *draw, n int64, _ bool) []byte {
			return fmt.Appendf(dst, `"%s"=>"%s", "n"=>"%d"`, word(d), word(d), n)
		}
	case "vector":
		width := int(c.typmod)
		if width <= 0 {
			width = 3
		}
		return func(dst []byte, d *draw, _ int64, _ bool) []byte {
			dst = append(dst, '[')
			for i := range width {
				if i > 0 {
					dst = append(dst, ',')
				}
				dst = strconv.AppendFloat(dst, d.share()*2-1, 'f', 4, 64)
			}
			return append(dst, ']')
		}
	case "cube":
		return func(dst []byte, d *draw, n int64, _ bool) []byte {
			return fmt.Appendf(dst, "(%d,%d,%d)", n, d.below(100), d.below(100))
		}
	case "jsonpath":
		return func(dst []byte, d *draw, _ int64, _ bool) []byte { return fmt.Appendf(dst, "$.%s", word(d)) }
	case "geometry", "geography":
		if c.typmod > 0 && c.typmod>>2&0x3f != 1 { // PostGIS keeps the shape in the modifier; 1 is a point
			return nil
		}
		srid := ""
		if n := c.typmod >> 8 & 0x1fffff; c.typmod > 0 && n > 0 {
			srid = fmt.Sprintf("SRID=%d;", n)
		}
		return func(dst []byte, d *draw, _ int64, _ bool) []byte {
			return fmt.Appendf(dst, "%sPOINT(%d.%04d %d.%04d)", srid, d.below(170), d.below(10000), d.below(80), d.below(10000))
		}
	}
	return nil
}
