package rowcodec

import (
	"encoding/binary"
	"strconv"
)

const (
	maxDims     = 6       // PostgreSQL's MAXDIM
	maxElements = 1 << 27 // more than its MaxArraySize
)

// The flags of a range's binary form.
const (
	rangeEmpty    = 0x01
	rangeLowerInc = 0x02
	rangeUpperInc = 0x04
	rangeLowerInf = 0x08
	rangeUpperInf = 0x10
	rangeNoLower  = rangeEmpty | rangeLowerInf | 0x20 // 0x20 and 0x40: bounds that are NULL, which no server stores
	rangeNoUpper  = rangeEmpty | rangeUpperInf | 0x40
)

// reader takes a binary value apart. After the first thing that is not there, ok is
// false and everything it returns is empty.
type reader struct {
	b  []byte
	ok bool
}

func (r *reader) take(n int) []byte {
	if !r.ok || n < 0 || n > len(r.b) {
		r.ok = false
		return nil
	}
	v := r.b[:n:n]
	r.b = r.b[n:]
	return v
}

func (r *reader) int32() int32 {
	if v := r.take(4); v != nil {
		return int32(binary.BigEndian.Uint32(v))
	}
	return 0
}

// value takes a length and so many bytes; a length of -1 is NULL.
func (r *reader) value() (v []byte, null bool) {
	n := r.int32()
	if n == -1 {
		return nil, true
	}
	return r.take(int(n)), false
}

// done reports whether everything was there and nothing is left.
func (r *reader) done() bool { return r.ok && len(r.b) == 0 }

// rewriteBinary appends the wire form with every leaf rewritten. With Keep, which it
// answers when nothing was replaced, and with Null it appends nothing.
func (n *node) rewriteBinary(dst, wire []byte, rw Rewriter, row *Row) ([]byte, Verdict, error) {
	mark := len(dst)
	var (
		changed bool
		err     error
	)
	switch n.kind {
	case Array:
		dst, changed, err = n.arrayBinary(dst, wire, rw, row)
	case Composite:
		dst, changed, err = n.compositeBinary(dst, wire, rw, row)
	case Range:
		dst, changed, err = n.rangeBinary(dst, wire, rw, row)
	case Multirange:
		dst, changed, err = n.multirangeBinary(dst, wire, rw, row)
	default:
		value := wire
		if !n.codec.plain {
			if n.lit, err = n.codec.text(n.lit[:0], wire); err != nil {
				return nil, 0, err
			}
			value = n.lit
		}
		return n.leafBinary(dst, value, rw, row)
	}
	if err != nil {
		return nil, 0, err
	}
	if !changed {
		return dst[:mark], Keep, nil
	}
	return dst, Replace, nil
}

// appendItem appends item, rewritten, with its length in front.
func (n *node) appendItem(dst, item []byte, rw Rewriter, row *Row) ([]byte, Verdict, error) {
	mark := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	dst, verdict, err := n.rewriteBinary(dst, item, rw, row)
	if err != nil {
		return nil, 0, err
	}
	switch verdict {
	case Null:
		return append(dst[:mark], nullLength[:]...), verdict, nil
	case Keep:
		dst = append(dst, item...)
	}
	return dst, verdict, putLength(dst, mark)
}

// dims reads an array's header: its length and the number of elements.
func dims(wire []byte) (head, count int, ok bool) {
	r := reader{b: wire, ok: true}
	n, flags := r.int32(), r.int32()
	r.int32() // the element type's OID
	if n < 0 || n > maxDims || (flags != 0 && flags != 1) {
		return 0, 0, false
	}
	count = min(int(n), 1)
	for range n {
		size := r.int32()
		r.int32() // lower bound
		if size < 0 {
			return 0, 0, false
		}
		if count *= int(size); count > maxElements {
			return 0, 0, false
		}
	}
	return 12 + 8*int(n), count, r.ok
}

func (n *node) arrayBinary(dst, wire []byte, rw Rewriter, row *Row) ([]byte, bool, error) {
	head, count, ok := dims(wire)
	if !ok {
		return nil, false, errWire
	}
	start := len(dst)
	dst = append(dst, wire[:head]...)
	r := reader{b: wire[head:], ok: true}
	nulls, changed := false, false
	for range count {
		item, null := r.value()
		if !r.ok {
			return nil, false, errWire
		}
		if null {
			nulls = true
			dst = append(dst, nullLength[:]...)
			continue
		}
		var (
			verdict Verdict
			err     error
		)
		if dst, verdict, err = n.elems[0].appendItem(dst, item, rw, row); err != nil {
			return nil, false, err
		}
		nulls = nulls || verdict == Null
		changed = changed || verdict != Keep
	}
	if !r.done() {
		return nil, false, errWire
	}
	dst[start+7] = 0 // the flag says whether there are NULLs
	if nulls {
		dst[start+7] = 1
	}
	return dst, changed, nil
}

func (n *node) compositeBinary(dst, wire []byte, rw Rewriter, row *Row) ([]byte, bool, error) {
	r := reader{b: wire, ok: true}
	if count := r.int32(); !r.ok || int(count) != len(n.elems) {
		return nil, false, errWire
	}
	dst = append(dst, wire[:4]...)
	changed := false
	for _, field := range n.elems {
		dst = append(dst, r.take(4)...) // the field type's OID
		item, null := r.value()
		if !r.ok {
			return nil, false, errWire
		}
		if null {
			dst = append(dst, nullLength[:]...)
			continue
		}
		var (
			verdict Verdict
			err     error
		)
		if dst, verdict, err = field.appendItem(dst, item, rw, row); err != nil {
			return nil, false, err
		}
		changed = changed || verdict != Keep
	}
	if !r.done() {
		return nil, false, errWire
	}
	return dst, changed, nil
}

// bounds reads a range's flags and its finite bounds, which are nil where there is none.
func bounds(wire []byte) (flags byte, lower, upper []byte, ok bool) {
	r := reader{b: wire, ok: true}
	if v := r.take(1); v != nil {
		flags = v[0]
	}
	null := false
	if r.ok && flags&rangeNoLower == 0 {
		if lower, null = r.value(); null {
			return 0, nil, nil, false
		}
	}
	if r.ok && flags&rangeNoUpper == 0 {
		if upper, null = r.value(); null {
			return 0, nil, nil, false
		}
	}
	return flags, lower, upper, r.done()
}

func (n *node) rangeBinary(dst, wire []byte, rw Rewriter, row *Row) ([]byte, bool, error) {
	flags, lower, upper, ok := bounds(wire)
	if !ok {
		return nil, false, errWire
	}
	elem := n.elems[0]
	n.ends[0].set(lower, flags&rangeNoLower == 0)
	n.ends[1].set(upper, flags&rangeNoUpper == 0)
	changed := false
	for i := range n.ends {
		e := &n.ends[i]
		if !e.has {
			continue
		}
		out, verdict, err := elem.rewriteBinary(e.wire[:0], e.orig, rw, row)
		if err != nil {
			return nil, false, err
		}
		switch verdict {
		case Replace:
			changed = true
		case Null:
			changed, e.has = true, false
			flags |= [2]byte{rangeLowerInf, rangeUpperInf}[i]
			flags &^= [2]byte{rangeLowerInc, rangeUpperInc}[i]
		case Keep:
			out = append(out, e.orig...)
		}
		e.wire = out
	}
	a, b := &n.ends[0], &n.ends[1]
	if changed && a.has && b.has && elem.codec != nil && elem.codec.order != nil && elem.codec.order(a.wire, b.wire) > 0 {
		a, b = b, a
	}
	dst = append(dst, flags)
	for _, e := range [2]*end{a, b} {
		if e.has {
			mark := len(dst)
			dst = append(append(dst, 0, 0, 0, 0), e.wire...)
			if err := putLength(dst, mark); err != nil {
				return nil, false, err
			}
		}
	}
	return dst, changed, nil
}

func (e *end) set(orig []byte, has bool) { e.orig, e.has = orig, has }

func (n *node) multirangeBinary(dst, wire []byte, rw Rewriter, row *Row) ([]byte, bool, error) {
	r := reader{b: wire, ok: true}
	count := r.int32()
	if !r.ok || count < 0 {
		return nil, false, errWire
	}
	dst = append(dst, wire[:4]...)
	changed := false
	for range count {
		item, null := r.value()
		if !r.ok || null {
			return nil, false, errWire
		}
		var (
			verdict Verdict
			err     error
		)
		if dst, verdict, err = n.elems[0].appendItem(dst, item, rw, row); err != nil {
			return nil, false, err
		}
		changed = changed || verdict != Keep
	}
	if !r.done() {
		return nil, false, errWire
	}
	return dst, changed, nil
}

// appendText appends what PostgreSQL prints for a binary value of this type.
func (n *node) appendText(dst, wire []byte) ([]byte, error) {
	switch n.kind {
	case Array:
		return n.arrayLiteral(dst, wire)
	case Composite:
		return n.compositeLiteral(dst, wire)
	case Range:
		return n.rangeLiteral(dst, wire)
	case Multirange:
		return n.multirangeLiteral(dst, wire)
	}
	switch {
	case n.codec.hex:
		return appendHexBytea(dst, wire), nil
	case n.codec.plain:
		return append(dst, wire...), nil
	default:
		return n.codec.text(dst, wire)
	}
}

func (n *node) arrayLiteral(dst, wire []byte) ([]byte, error) {
	head, count, ok := dims(wire)
	if !ok {
		return nil, errWire
	}
	r := reader{b: wire[head:], ok: true}
	if count == 0 {
		if !r.done() {
			return nil, errWire
		}
		return append(dst, "{}"...), nil
	}
	var size [maxDims]int
	nd, shifted := (head-12)/8, false
	for k := range nd {
		size[k] = int(binary.BigEndian.Uint32(wire[12+8*k:]))
		shifted = shifted || lowerBound(wire, k) != 1
	}
	if shifted { // bounds are printed when any of them does not start at 1
		for k := range nd {
			lo := lowerBound(wire, k)
			dst = strconv.AppendInt(append(dst, '['), lo, 10)
			dst = strconv.AppendInt(append(dst, ':'), lo+int64(size[k])-1, 10)
			dst = append(dst, ']')
		}
		dst = append(dst, '=')
	}
	child := n.elems[0]
	for at := range count {
		// Braces open where inner dimensions start.
		opens := 0
		for k, every := nd-1, 1; k >= 0; k-- {
			if every *= size[k]; at%every != 0 {
				break
			}
			opens++
		}
		if at > 0 {
			for range opens {
				dst = append(dst, '}')
			}
			dst = append(dst, n.delim)
		}
		for range opens {
			dst = append(dst, '{')
		}
		item, null := r.value()
		if !r.ok {
			return nil, errWire
		}
		if null {
			dst = append(dst, "NULL"...)
			continue
		}
		var err error
		if n.lit, err = child.appendText(n.lit[:0], item); err != nil {
			return nil, err
		}
		dst = appendArrayItem(dst, n.lit, n.delim)
	}
	if !r.done() {
		return nil, errWire
	}
	for range nd {
		dst = append(dst, '}')
	}
	return dst, nil
}

func lowerBound(wire []byte, k int) int64 {
	return int64(int32(binary.BigEndian.Uint32(wire[16+8*k:])))
}

func (n *node) compositeLiteral(dst, wire []byte) ([]byte, error) {
	r := reader{b: wire, ok: true}
	if count := r.int32(); !r.ok || int(count) != len(n.elems) {
		return nil, errWire
	}
	dst = append(dst, '(')
	for i, field := range n.elems {
		if i > 0 {
			dst = append(dst, ',')
		}
		r.take(4)
		item, null := r.value()
		if !r.ok {
			return nil, errWire
		}
		if null {
			continue
		}
		var err error
		if n.lit, err = field.appendText(n.lit[:0], item); err != nil {
			return nil, err
		}
		dst = appendRecordField(dst, n.lit)
	}
	if !r.done() {
		return nil, errWire
	}
	return append(dst, ')'), nil
}

func (n *node) rangeLiteral(dst, wire []byte) ([]byte, error) {
	flags, lower, upper, ok := bounds(wire)
	if !ok {
		return nil, errWire
	}
	if flags&rangeEmpty != 0 {
		return append(dst, "empty"...), nil
	}
	open, shut := byte('('), byte(')')
	if flags&rangeLowerInc != 0 {
		open = '['
	}
	if flags&rangeUpperInc != 0 {
		shut = ']'
	}
	dst = append(dst, open)
	var err error
	if flags&rangeNoLower == 0 {
		if n.lit, err = n.elems[0].appendText(n.lit[:0], lower); err != nil {
			return nil, err
		}
		dst = appendRangeBound(dst, n.lit)
	}
	dst = append(dst, ',')
	if flags&rangeNoUpper == 0 {
		if n.lit, err = n.elems[0].appendText(n.lit[:0], upper); err != nil {
			return nil, err
		}
		dst = appendRangeBound(dst, n.lit)
	}
	return append(dst, shut), nil
}

func (n *node) multirangeLiteral(dst, wire []byte) ([]byte, error) {
	r := reader{b: wire, ok: true}
	count := r.int32()
	if !r.ok || count < 0 {
		return nil, errWire
	}
	dst = append(dst, '{')
	for i := range count {
		item, null := r.value()
		if !r.ok || null {
			return nil, errWire
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = n.elems[0].appendText(dst, item); err != nil {
			return nil, err
		}
	}
	if !r.done() {
		return nil, errWire
	}
	return append(dst, '}'), nil
}
