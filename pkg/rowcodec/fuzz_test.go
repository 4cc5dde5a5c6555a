package rowcodec

import (
	"bytes"
	"testing"
)

// fuzzTypes is a row with something of everything that is taken apart.
func fuzzTypes() []*Type {
	pair := &Type{Name: "pair", Kind: Composite, Fields: []*Type{base("int4"), arrayOf(base("text"))}}
	return []*Type{
		arrayOf(base("text")), pair, rangeOf(base("numeric")),
		{Name: "dm", Kind: Multirange, Elem: rangeOf(base("date"))},
		base("numeric"), base("hstore"), base("bytea"), base("interval"),
	}
}

// same sends the stream whole and in pieces; if one succeeds both must, with equal output.
func same(t *testing.T, f Format, stream []byte, types []*Type) {
	t.Helper()
	for _, rw := range []Rewriter{nil, keeping, itself} {
		a, da, errA := through(t, f, fieldsOf(rw, types...), stream, len(stream)+1)
		b, db, errB := throughBlocks(t, f, fieldsOf(rw, types...), stream, 3, 64)
		if (errA == nil) != (errB == nil) {
			t.Fatalf("whole: %v, in pieces: %v", errA, errB)
		}
		if errA != nil {
			continue
		}
		if !bytes.Equal(a, b) || da.Rows() != db.Rows() {
			t.Fatal("the output depends on how the stream was cut")
		}
		if rw == nil && !bytes.Equal(a, stream) {
			t.Fatal("untouched, the stream changed")
		}
	}
}

func FuzzBinary(f *testing.F) {
	date := func(n int32) []byte { return be(nil, n) }
	num := []byte{0, 1, 0, 0, 0, 0, 0, 2, 0, 7}
	f.Add(binaryStream([]any{
		be(nil, int32(1), int32(1), int32(25), int32(2), int32(1), "a b", nil),
		be(nil, int32(2), int32(23), date(7), int32(1009), be(nil, int32(0), int32(0), int32(25))),
		be([]byte{rangeLowerInc}, num, num), be(nil, int32(1), be([]byte{rangeLowerInc}, date(1), date(2))), num,
		be(nil, int32(1), "k", "v"), "\x00\xff", make([]byte, 16),
	}, []any{nil, nil, nil, nil, nil, nil, nil, nil}))
	f.Add(binaryStream())
	f.Fuzz(func(t *testing.T, stream []byte) { same(t, Binary, stream, fuzzTypes()) })
}

func FuzzText(f *testing.F) {
	f.Add([]byte("{a,\"b c\",NULL}\t(1,\"{x}\")\t[1.5,2)\t{[2020-01-01,2020-02-02)}\t1.50\t\"k\"=>\"v\"\t\\\\x00ff\t1 day\n"))
	f.Add([]byte("\\N\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\n\\.\n"))
	f.Add([]byte("{\\\\\t}\t\\101\t\\x41\t\\\n\t\t\t\t\n"))
	f.Fuzz(func(t *testing.T, stream []byte) { same(t, Text, stream, fuzzTypes()) })
}

func FuzzArrayLiteral(f *testing.F) {
	for _, s := range []string{"{}", `{a,"b c",NULL,"NULL"}`, `[2:3][0:1]={{a,b},{c,d}}`, `{"q\"\\"}`, `{ a , b c }`, `{a\ }`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, literal []byte) {
		n := compile(arrayOf(base("bytea")), Text, 0)
		n.elems[0] = compile(base("nothing known"), Text, 0)
		var first [][]byte
		note := func(to *[][]byte) Rewriter {
			return rewriteFunc(func(dst, v []byte, _ *Row) ([]byte, Verdict, error) {
				*to = append(*to, bytes.Clone(v))
				return append(dst, v...), Replace, nil
			})
		}
		out, verdict, err := n.rewriteText(nil, literal, note(&first), nil)
		if err != nil || verdict != Replace {
			return
		}
		// What was written holds the same elements, and writing it once more changes nothing.
		var second [][]byte
		again, _, err := n.rewriteText(nil, bytes.Clone(out), note(&second), nil)
		if err != nil || !bytes.Equal(out, again) {
			t.Fatalf("%q was written as %q and that as %q, %v", literal, out, again, err)
		}
		if len(first) != len(second) {
			t.Fatalf("%q has %d elements, written %d", literal, len(first), len(second))
		}
		for i := range first {
			if !bytes.Equal(first[i], second[i]) {
				t.Fatalf("element %d of %q changed", i, literal)
			}
		}
	})
}

func FuzzNumeric(f *testing.F) {
	for _, s := range []string{"0", "-1.50", "1e10", "NaN", "-inf", "0.0001", "99999999999999999999", "1e-300", "123.456e7"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		wire, err := numericWire(nil, text)
		if err != nil {
			return
		}
		canonical, err := numericText(nil, wire)
		if err != nil {
			t.Fatalf("%q was written and cannot be read: %v", text, err)
		}
		again, err := numericWire(nil, canonical)
		if err != nil || !bytes.Equal(wire, again) {
			t.Fatalf("%q is %x, and its text %q is %x, %v", text, wire, canonical, again, err)
		}
	})
}

func FuzzScalars(f *testing.F) {
	for _, s := range canonicalSamples() {
		for _, v := range s.values[:min(4, len(s.values))] {
			f.Add([]byte(v))
		}
	}
	types := canonicalSamples()
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, s := range types {
			n := compile(s.typ, Binary, 0)
			wire, err := n.appendWire(nil, text)
			if err != nil {
				continue
			}
			canonical, err := n.appendText(nil, wire)
			if err != nil {
				t.Fatalf("%s: written and cannot be read: %v", s.sql, err)
			}
			again, err := n.appendWire(nil, canonical)
			if err != nil || !bytes.Equal(wire, again) {
				t.Fatalf("%s: %q is %x, and its text %q is %x, %v", s.sql, text, wire, canonical, again, err)
			}
		}
	})
}
