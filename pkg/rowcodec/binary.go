package rowcodec

import (
	"encoding/binary"
	"fmt"
	"math"
)

// nullLength is the length word of a NULL.
var nullLength = [4]byte{0xff, 0xff, 0xff, 0xff}

// scanBinary finds the fields of the row at the start of b. It returns the row's
// length, or 0 when the row is not complete.
func (d *Decoder) scanBinary(b []byte) (int, error) {
	if d.pos == 0 {
		if len(b) < 2 {
			return 0, nil
		}
		count := int16(binary.BigEndian.Uint16(b))
		if count == -1 {
			d.ended = true
			return 2, nil
		}
		if int(count) != len(d.cols) {
			return 0, fmt.Errorf("row %d has %d fields instead of %d", d.rows+1, count, len(d.cols))
		}
		d.pos, d.fields = 2, 0
	}
	pos := d.pos
	for i := d.fields; i < len(d.cols); i++ {
		if len(b)-pos < 4 {
			d.pos, d.fields = pos, i
			return 0, nil
		}
		n := int32(binary.BigEndian.Uint32(b[pos:]))
		lo := pos + 4
		if n < 0 {
			if n != -1 {
				return 0, fmt.Errorf("row %d, field %d: %w", d.rows+1, i, errLength)
			}
			d.row.spans[i] = span{lo: -1, hi: lo}
			pos = lo
			continue
		}
		if n > maxRow {
			return 0, fmt.Errorf("row %d, field %d: %w", d.rows+1, i, errLength)
		}
		if int(n) > len(b)-lo {
			d.pos, d.fields = pos, i
			return 0, nil
		}
		pos = lo + int(n)
		d.row.spans[i] = span{lo: lo, hi: pos}
	}
	d.pos, d.fields = 0, 0
	return pos, nil
}

// rewriteBinary appends row to b. With an error it returns the field that is to blame; -1
// is the sink.
func (d *Decoder) rewriteBinary(b, row []byte) ([]byte, int, error) {
	var err error
	run := 0 // start of the bytes that wait to be copied as they are
	if d.skips > 0 {
		b, run = append(b, d.skipHead[:]...), 2
	}
	for _, i := range d.active {
		c, s := &d.cols[i], d.row.spans[i]
		word := 2 // where the field's length word is
		if i > 0 {
			word = d.row.spans[i-1].hi
		}
		switch {
		case c.skip:
			if b, err = d.pass(b, row[run:word]); err != nil {
				return nil, -1, err
			}
			run = s.hi
		case s.lo < 0: // NULL stays NULL
			c.nulls++
		case c.null:
			c.nulled++
			if b, err = d.pass(b, row[run:word]); err != nil {
				return nil, -1, err
			}
			b, run = append(b, nullLength[:]...), s.hi
		default:
			if b, err = d.pass(b, row[run:word]); err != nil {
				return nil, -1, err
			}
			run = s.hi
			mark := len(b)
			b = append(b, 0, 0, 0, 0)
			out, verdict, err := c.binary(b, i, &d.row)
			if err != nil {
				return nil, i, err
			}
			b = out
			switch verdict {
			case Replace:
				if err := putLength(b, mark); err != nil {
					return nil, i, err
				}
			case Null:
				b = append(b[:mark], nullLength[:]...)
			case Keep:
				b, run = b[:mark], word
			default:
				return nil, i, errVerdict
			}
		}
	}
	b, err = d.pass(b, row[run:])
	return b, -1, err
}

// putLength writes the length word at mark for the bytes that follow it in b.
func putLength(b []byte, mark int) error {
	n := len(b) - mark - 4
	if n > math.MaxInt32 {
		return errHuge
	}
	binary.BigEndian.PutUint32(b[mark:], uint32(n))
	return nil
}

// binary appends the wire form of field i's stand-in. With Null and Keep it appends nothing.
func (c *column) binary(b []byte, i int, row *Row) ([]byte, Verdict, error) {
	wire := row.Raw(i)
	if !c.node.leaf() {
		return c.node.rewriteBinary(b, wire, c.rewrite, row)
	}
	value, err := row.Text(i)
	if err != nil {
		return nil, 0, err
	}
	return c.node.leafBinary(b, value, c.rewrite, row)
}
