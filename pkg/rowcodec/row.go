package rowcodec

import "bytes"

// span is where a field's bytes lie in its row. lo is negative for NULL: -1 in binary
// form, the complement of the offset in text form.
type span struct{ lo, hi int }

// memo is the canonical text of one field, made once a row at most.
type memo struct {
	known   bool
	text    []byte // points into buf, or into the row
	raw     []byte // text form: without escapes
	rawDone bool
	buf     []byte // reused from row to row
	esc     []byte
	out     []byte
}

// Row is the row being rewritten. It is valid only during Rewrite, and so is every
// slice that it returns.
type Row struct {
	format Format
	cols   []column
	number int64 // 1-based
	data   []byte
	spans  []span
	memo   []memo
	asked  []int // fields whose memo is in use
}

func (r *Row) reset(data []byte, number int64) {
	r.data, r.number = data, number
	for _, i := range r.asked {
		r.memo[i].known, r.memo[i].rawDone = false, false
	}
	r.asked = r.asked[:0]
}

// Len returns the number of fields, with those that are skipped.
func (r *Row) Len() int { return len(r.spans) }

// Number returns which row of the stream it is, from 1.
func (r *Row) Number() int64 { return r.number }

// Null reports whether field i is NULL.
func (r *Row) Null(i int) bool { return r.spans[i].lo < 0 }

// Raw returns field i as it is in the stream: binary without its length, text with its
// escapes. It returns nil for NULL and an empty slice for an empty value.
func (r *Row) Raw(i int) []byte {
	s := r.spans[i]
	if s.lo < 0 {
		return nil
	}
	return r.data[s.lo:s.hi:s.hi]
}

// Text returns the canonical text of field i as the source sent it, whatever has been
// rewritten meanwhile; of an array, composite or range the whole literal, of a bytea the
// bytes. It returns nil for NULL and an empty slice for an empty value. The text is made
// once a row. The error is a [FieldError]: malformed bytes, or a type without canonical text.
func (r *Row) Text(i int) ([]byte, error) {
	if r.Null(i) {
		return nil, nil
	}
	m := &r.memo[i]
	if m.known {
		return m.text, nil
	}
	var err error
	n := r.cols[i].node
	if r.format == Text {
		s := r.unescaped(i)
		if n.isBytea() {
			m.buf, err = unhexBytea(m.buf[:0], s)
			s = m.buf
		}
		m.text = s
	} else {
		wire := r.Raw(i)
		switch {
		case n.reason != "":
			err = &reasonError{n.reason}
		case n.plain():
			m.text = wire
		case n.leaf():
			m.buf, err = n.codec.text(m.buf[:0], wire)
			m.text = m.buf
		default:
			m.buf, err = n.appendText(m.buf[:0], wire)
			m.text = m.buf
		}
	}
	if err != nil {
		return nil, &FieldError{Row: r.number, Field: i, Type: n.name(), Err: err}
	}
	if n.leaf() {
		m.text = n.trimmed(m.text)
	}
	if !m.rawDone {
		r.asked = append(r.asked, i)
	}
	m.known = true
	return m.text, nil
}

// unescaped returns field i of a text stream without escapes.
func (r *Row) unescaped(i int) []byte {
	m := &r.memo[i]
	if m.rawDone {
		return m.raw
	}
	if m.raw = r.Raw(i); bytes.IndexByte(m.raw, '\\') >= 0 {
		m.esc = AppendUnescaped(m.esc[:0], m.raw)
		m.raw = m.esc
	}
	m.rawDone = true
	if !m.known {
		r.asked = append(r.asked, i)
	}
	return m.raw
}

// reasonError is a reason why a type has no canonical text.
type reasonError struct{ reason string }

func (e *reasonError) Error() string { return e.reason }
