package rowcodec

import (
	"bytes"
	"fmt"
)

// nullText is how a text stream writes NULL.
const nullText = `\N`

// scanText finds the fields of the row at the start of b. It returns the row's length
// with its newline, or 0 when the row is not complete.
func (d *Decoder) scanText(b []byte) (int, error) {
	end := -1
	for from := d.pos; ; {
		k := bytes.IndexByte(b[from:], '\n')
		if k < 0 {
			d.pos = len(b)
			return 0, nil
		}
		if !escaped(b, 0, from+k) {
			end = from + k
			break
		}
		from += k + 1
	}
	d.pos = 0
	if end == 2 && b[0] == '\\' && b[1] == '.' {
		d.ended = true
		return 3, nil
	}
	if len(d.cols) == 0 {
		if end > 0 {
			return 0, fmt.Errorf("row %d has fields, and there should be none", d.rows+1)
		}
		return 1, nil
	}
	lo := 0
	last := len(d.cols) - 1
	for i := 0; ; i++ {
		hi := end
		for from := lo; ; {
			k := bytes.IndexByte(b[from:end], '\t')
			if k < 0 {
				break
			}
			if !escaped(b, lo, from+k) {
				hi = from + k
				break
			}
			from += k + 1
		}
		if i > last || (i < last && hi == end) {
			return 0, fmt.Errorf("row %d does not have %d fields", d.rows+1, len(d.cols))
		}
		if hi-lo == 2 && b[lo] == '\\' && b[lo+1] == 'N' {
			d.row.spans[i] = span{lo: ^lo, hi: hi}
		} else {
			d.row.spans[i] = span{lo: lo, hi: hi}
		}
		if hi == end {
			return end + 1, nil
		}
		lo = hi + 1
	}
}

// escaped reports whether the byte at i follows an odd number of backslashes. Those
// before lo do not count.
func escaped(b []byte, lo, i int) bool {
	n := 0
	for i > lo && b[i-1] == '\\' {
		n++
		i--
	}
	return n%2 == 1
}

// rewriteText appends row, which ends with a newline, to b. With an error it returns
// the field that is to blame.
func (d *Decoder) rewriteText(b, row []byte) ([]byte, int, error) {
	run := 0 // start of the bytes that wait to be copied as they are
	start := len(b)
	for _, i := range d.active {
		c, s := &d.cols[i], d.row.spans[i]
		lo := s.lo
		if lo < 0 {
			lo = ^lo
		}
		switch {
		case c.skip: // with the tab or newline that follows
			b, run = append(b, row[run:lo]...), s.hi+1
		case s.lo < 0: // NULL stays NULL
			c.nulls++
		case c.null:
			c.nulled++
			b = append(b, row[run:lo]...)
			b, run = append(b, nullText...), s.hi
		default:
			out, verdict, err := c.text(i, &d.row)
			if err != nil {
				return nil, i, err
			}
			switch verdict {
			case Replace:
				b = append(b, row[run:lo]...)
				b, run = AppendEscaped(b, out), s.hi
			case Null:
				b = append(b, row[run:lo]...)
				b, run = append(b, nullText...), s.hi
			case Keep:
			default:
				return nil, i, errVerdict
			}
		}
	}
	if run < len(row) {
		return append(b, row[run:]...), 0, nil
	}
	// The last field was skipped: the tab before it goes, and the newline comes back.
	if len(b) > start {
		b = b[:len(b)-1]
	}
	return append(b, '\n'), 0, nil
}

// text returns the text form of field i's stand-in, not yet escaped. It is valid until
// the next call for this column.
func (c *column) text(i int, row *Row) ([]byte, Verdict, error) {
	m := &row.memo[i]
	s := row.unescaped(i)
	out, verdict, err := c.node.rewriteText(m.out[:0], s, c.rewrite, row)
	if err != nil {
		return nil, 0, err
	}
	m.out = out
	return out, verdict, nil
}

// AppendEscaped appends s as a field of a text stream.
func AppendEscaped(dst, s []byte) []byte {
	run := 0
	for i, c := range s {
		var e byte
		switch c {
		case '\b':
			e = 'b'
		case '\f':
			e = 'f'
		case '\n':
			e = 'n'
		case '\r':
			e = 'r'
		case '\t':
			e = 't'
		case '\v':
			e = 'v'
		case '\\':
			e = '\\'
		default:
			continue
		}
		dst = append(dst, s[run:i]...)
		dst = append(dst, '\\', e)
		run = i + 1
	}
	return append(dst, s[run:]...)
}

// AppendUnescaped appends s without the escapes of a text stream. Backslashes come
// with one to three octal digits, with x and one or two hex digits, with a letter, or
// with a character that means itself.
func AppendUnescaped(dst, s []byte) []byte {
	i := bytes.IndexByte(s, '\\')
	for i >= 0 && i+1 < len(s) {
		dst = append(dst, s[:i]...)
		c := s[i+1]
		s = s[i+2:]
		switch c {
		case 'b':
			c = '\b'
		case 'f':
			c = '\f'
		case 'n':
			c = '\n'
		case 'r':
			c = '\r'
		case 't':
			c = '\t'
		case 'v':
			c = '\v'
		case '0', '1', '2', '3', '4', '5', '6', '7':
			c -= '0'
			for k := 0; k < 2 && len(s) > 0 && s[0] >= '0' && s[0] <= '7'; k++ {
				c = c<<3 | (s[0] - '0')
				s = s[1:]
			}
		case 'x':
			v, n := byte(0), 0
			for n < 2 && n < len(s) {
				h, ok := unhex(s[n])
				if !ok {
					break
				}
				v = v<<4 | h
				n++
			}
			if n > 0 {
				c, s = v, s[n:]
			}
		}
		dst = append(dst, c)
		i = bytes.IndexByte(s, '\\')
	}
	return append(dst, s...)
}

func unhex(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}
