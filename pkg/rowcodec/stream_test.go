package rowcodec

import (
	"encoding/binary"
	"testing"
)

// collector is a Sink that keeps what it gets and recycles one block.
type collector struct {
	size  int
	out   []byte
	calls int
	free  []byte
}

func (c *collector) Next(full []byte) ([]byte, error) {
	c.calls++
	c.out = append(c.out, full...)
	if full == nil {
		if c.size == 0 {
			c.size = 1 << 16
		}
		c.free = make([]byte, 0, c.size)
	} else {
		c.free = full[:0]
	}
	return c.free, nil
}

// rewriteFunc is a Rewriter from a function.
type rewriteFunc func(dst, value []byte, row *Row) ([]byte, Verdict, error)

func (f rewriteFunc) Rewrite(dst, value []byte, row *Row) ([]byte, Verdict, error) {
	return f(dst, value, row)
}

var (
	itself  = rewriteFunc(func(dst, v []byte, _ *Row) ([]byte, Verdict, error) { return append(dst, v...), Replace, nil })
	keeping = rewriteFunc(func(dst, _ []byte, _ *Row) ([]byte, Verdict, error) { return dst, Keep, nil })
	nulling = rewriteFunc(func(dst, _ []byte, _ *Row) ([]byte, Verdict, error) { return dst, Null, nil })
)

func constant(s string) Rewriter {
	return rewriteFunc(func(dst, _ []byte, _ *Row) ([]byte, Verdict, error) { return append(dst, s...), Replace, nil })
}

func base(name string) *Type { return &Type{Name: name} }

func arrayOf(t *Type) *Type { return &Type{Name: "_" + t.Name, Kind: Array, Elem: t} }

func rangeOf(t *Type) *Type { return &Type{Name: t.Name + "range", Kind: Range, Elem: t} }

// be appends big-endian words: int16, int32 and int64 by their Go type, strings and bytes with a length in front.
func be(dst []byte, words ...any) []byte {
	for _, w := range words {
		switch w := w.(type) {
		case int16:
			dst = binary.BigEndian.AppendUint16(dst, uint16(w))
		case int32:
			dst = binary.BigEndian.AppendUint32(dst, uint32(w))
		case int64:
			dst = binary.BigEndian.AppendUint64(dst, uint64(w))
		case string:
			dst = append(binary.BigEndian.AppendUint32(dst, uint32(len(w))), w...)
		case []byte:
			dst = append(binary.BigEndian.AppendUint32(dst, uint32(len(w))), w...)
		case nil:
			dst = append(dst, 0xff, 0xff, 0xff, 0xff)
		default:
			panic("be: no such word")
		}
	}
	return dst
}

// binaryStream is a whole stream with these rows; a field is a string, bytes or nil.
func binaryStream(rows ...[]any) []byte {
	b := append([]byte(signature), 0, 0, 0, 0, 0, 0, 0, 0)
	for _, row := range rows {
		b = be(be(b, int16(len(row))), row...)
	}
	return be(b, int16(-1))
}

func fieldsOf(rw Rewriter, types ...*Type) []Field {
	fields := make([]Field, len(types))
	for i, t := range types {
		fields[i] = Field{Type: t, Rewrite: rw}
	}
	return fields
}

// through sends stream through a decoder in pieces of step bytes and returns what came out.
func through(t testing.TB, f Format, fields []Field, stream []byte, step int) ([]byte, *Decoder, error) {
	t.Helper()
	return throughBlocks(t, f, fields, stream, step, 1<<16)
}

func throughBlocks(t testing.TB, f Format, fields []Field, stream []byte, step, block int) ([]byte, *Decoder, error) {
	t.Helper()
	sink := &collector{size: block}
	d, err := NewDecoder(f, fields, sink)
	if err != nil {
		t.Fatalf("new decoder: %v", err)
	}
	piece := make([]byte, step)
	for i := 0; i < len(stream); i += step {
		n := copy(piece, stream[i:])
		if _, err := d.Write(piece[:n]); err != nil {
			return sink.out, d, err
		}
		clear(piece) // what was given to Write is dead afterwards
	}
	err = d.Close()
	return sink.out, d, err
}

// wireOf is the binary form of text.
func wireOf(t testing.TB, typ *Type, text string) []byte {
	t.Helper()
	n := compile(typ, Binary, 0)
	if n.reason != "" {
		t.Fatalf("%s: %s", typ.Name, n.reason)
	}
	b, err := n.appendWire(nil, []byte(text))
	if err != nil {
		t.Fatalf("%s: %v", typ.Name, err)
	}
	return b
}
