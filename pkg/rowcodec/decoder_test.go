package rowcodec

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

func mixedTypes() []*Type {
	return []*Type{base("int4"), base("text"), base("uuid"), base("numeric"), arrayOf(base("text")), base("jsonb")}
}

func mixedBinary(t testing.TB) []byte {
	t.Helper()
	row := func(id, name, num string) []any {
		return []any{
			wireOf(t, base("int4"), id), name, wireOf(t, base("uuid"), "0b6c3c8e-1111-4222-8333-0123456789ab"), wireOf(t, base("numeric"), num),
			be(nil, int32(1), int32(1), int32(25), int32(3), int32(1), "a", nil, name), append([]byte{1}, `{"a": 1}`...),
		}
	}
	return binaryStream(row("1", "Ann", "1.50"), row("-7", "", "NaN"), []any{nil, nil, nil, nil, nil, nil}, row("2147483647", strings.Repeat("x", 300), "-0.00012"))
}

const mixedText = "1\tAnn\t0b6c3c8e-1111-4222-8333-0123456789ab\t1.50\t{a,NULL,\"b \\\\\"\"}\t{\"a\": \"\\\\n\\t\"}\n" +
	"\\N\t\\N\t\\N\t\\N\t\\N\t\\N\n" +
	"-7\t\t0b6c3c8e-1111-4222-8333-0123456789ab\tNaN\t{}\t{}\n"

func TestStreamIsTheSameHoweverItIsCut(t *testing.T) {
	t.Parallel()
	for _, f := range []Format{Binary, Text} {
		stream := []byte(strings.Replace(mixedText, `"b \\""}`, `"b \\\\\\""}`, 1))
		if f == Binary {
			stream = mixedBinary(t)
		}
		for name, rw := range map[string]Rewriter{"untouched": nil, "kept": keeping, "replaced by itself": itself} {
			t.Run(f.String()+" "+name, func(t *testing.T) {
				t.Parallel()
				for step := 1; step <= len(stream); step++ {
					out, d, err := throughBlocks(t, f, fieldsOf(rw, mixedTypes()...), stream, step, 256)
					if err != nil {
						t.Fatalf("pieces of %d: %v", step, err)
					}
					if !bytes.Equal(out, stream) {
						t.Fatalf("pieces of %d: the stream changed:\n%q\n%q", step, out, stream)
					}
					in, written := d.Bytes()
					if want := int64(len(stream)); in != want || written != want || d.Rows() != 4 && d.Rows() != 3 {
						t.Fatalf("pieces of %d: in %d, out %d, rows %d", step, in, written, d.Rows())
					}
				}
			})
		}
	}
}

func TestStreamIsTheSameWhenCutAnywhere(t *testing.T) {
	t.Parallel()
	stream := mixedBinary(t)
	rng := rand.New(rand.NewPCG(1, 2))
	want, _, err := through(t, Binary, fieldsOf(constantByType{}, mixedTypes()...), stream, len(stream))
	if err != nil {
		t.Fatal(err)
	}
	for range 300 {
		sink := &collector{size: 64 + rng.IntN(500)}
		d, err := NewDecoder(Binary, fieldsOf(constantByType{}, mixedTypes()...), sink)
		if err != nil {
			t.Fatal(err)
		}
		for rest := stream; len(rest) > 0; {
			n := rng.IntN(len(rest)) + 1
			if rng.IntN(3) == 0 {
				n = min(n, 3)
			}
			if _, err := d.Write(rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(sink.out, want) {
			t.Fatal("the output depends on how the stream was cut")
		}
	}
}

// constantByType makes text longer and leaves the rest.
type constantByType struct{}

func (constantByType) Rewrite(dst, v []byte, _ *Row) ([]byte, Verdict, error) {
	if bytes.ContainsAny(v, "xA") {
		return append(append(dst, v...), "-stand-in"...), Replace, nil
	}
	return append(dst, v...), Replace, nil
}

func TestFieldsAreReplacedSkippedNulledAndKept(t *testing.T) {
	t.Parallel()
	text := base("text")
	var seen []string
	spy := rewriteFunc(func(dst, v []byte, row *Row) ([]byte, Verdict, error) {
		a, err := row.Text(0)
		if err != nil {
			return nil, 0, err
		}
		seen = append(seen, fmt.Sprintf("%s/%s/%v/%d", a, v, row.Null(3), row.Len()))
		return append(append(dst, "new:"...), v...), Replace, nil
	})
	fields := []Field{
		{Type: text, Skip: true},
		{Type: text, Rewrite: spy},
		{Type: text},
		{Type: text, Null: true},
		{Type: text, Skip: true, Rewrite: constant("never")},
		{Type: text, Rewrite: nulling},
		{Type: text, Rewrite: keeping},
		{Type: text, Skip: true},
	}
	for _, tc := range []struct {
		f        Format
		in, want []byte
	}{
		{
			Binary,
			binaryStream([]any{"a", "b", "c", nil, "e", "f", "g", "h"}, []any{nil, nil, nil, "x", nil, nil, nil, nil}),
			binaryStream([]any{"new:b", "c", nil, nil, "g"}, []any{nil, nil, nil, nil, nil}),
		},
		{
			Text,
			[]byte("a\tb\tc\t\\N\te\tf\tg\th\n\\N\t\\N\t\\N\tx\t\\N\t\\N\t\\N\t\\N\n"),
			[]byte("new:b\tc\t\\N\t\\N\tg\n\\N\t\\N\t\\N\t\\N\t\\N\n"),
		},
	} {
		seen = nil
		got, _, err := through(t, tc.f, fields, tc.in, 7)
		if err != nil {
			t.Fatalf("%s: %v", tc.f, err)
		}
		if !bytes.Equal(got, tc.want) {
			t.Errorf("%s:\n%q\n%q", tc.f, got, tc.want)
		}
		if len(seen) != 1 || seen[0] != "a/b/true/8" {
			t.Errorf("%s: the rewriter saw %q", tc.f, seen)
		}
	}
}

func TestThePaddingOfCharIsNoPartOfTheValue(t *testing.T) {
	t.Parallel()
	for _, f := range []Format{Binary, Text} {
		var seen []string
		spy := rewriteFunc(func(dst, v []byte, row *Row) ([]byte, Verdict, error) {
			other, err := row.Text(1)
			seen = append(seen, fmt.Sprintf("%s/%s", v, other))
			if len(v) == 0 {
				return dst, Keep, err
			}
			return append(dst, 'x'), Replace, err
		})
		in, want := binaryStream([]any{"a    ", "  b  "}, []any{"     ", "c"}), binaryStream([]any{"x", "  b  "}, []any{"     ", "c"})
		if f == Text {
			in, want = []byte("a    \t  b  \n     \tc\n"), []byte("x\t  b  \n     \tc\n")
		}
		got, _, err := through(t, f, []Field{{Type: base("bpchar"), Rewrite: spy}, {Type: base("bpchar")}}, in, 7)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) || fmt.Sprint(seen) != "[a/  b /c]" {
			t.Errorf("%s: %q became %q, and the rewriter saw %q", f, in, got, seen)
		}
	}
}

func TestSkippingAtTheEndsOfATextRow(t *testing.T) {
	t.Parallel()
	text := base("text")
	for _, tc := range []struct {
		skip     string // s skips
		in, want string
	}{
		{"s.", "a\tb\n", "b\n"},
		{".s", "a\tb\n", "a\n"},
		{".ss", "a\tb\tc\n", "a\n"},
		{"s.s", "a\tb\tc\n", "b\n"},
		{"ss", "a\tb\n", "\n"},
		{".s", "\tb\n", "\n"},
		{"..s", "a\t\tb\n", "a\t\n"},
		{"s", "a\n", "\n"},
	} {
		fields := make([]Field, len(tc.skip))
		for i := range fields {
			fields[i] = Field{Type: text, Skip: tc.skip[i] == 's'}
		}
		got, _, err := through(t, Text, fields, []byte(tc.in+tc.in), 100)
		if err != nil || string(got) != tc.want+tc.want {
			t.Errorf("%s of %q: %q, %v", tc.skip, tc.in, got, err)
		}
	}
}

func TestTablesWithoutColumns(t *testing.T) {
	t.Parallel()
	for f, in := range map[Format][]byte{Binary: binaryStream(nil, nil, nil), Text: []byte("\n\n\n")} {
		out, d, err := through(t, f, nil, in, 2)
		if err != nil || !bytes.Equal(out, in) || d.Rows() != 3 {
			t.Errorf("%s: %q, %d rows, %v", f, out, d.Rows(), err)
		}
	}
}

func TestEmptyTables(t *testing.T) {
	t.Parallel()
	for f, in := range map[Format][]byte{Binary: binaryStream(), Text: nil} {
		out, d, err := through(t, f, fieldsOf(itself, base("int4")), in, 5)
		if err != nil || !bytes.Equal(out, in) || d.Rows() != 0 {
			t.Errorf("%s: %q, %d rows, %v", f, out, d.Rows(), err)
		}
	}
}

func TestBlocksHoldWholeRowsAndGrowForALargeOneThatIsRewritten(t *testing.T) {
	t.Parallel()
	for _, rw := range []Rewriter{nil, itself} {
		var blocks [][]byte
		sink := sinkFunc(func(full []byte) ([]byte, error) {
			if full != nil {
				blocks = append(blocks, bytes.Clone(full))
			}
			return make([]byte, 0, 100), nil
		})
		d, err := NewDecoder(Text, fieldsOf(rw, base("text")), sink)
		if err != nil {
			t.Fatal(err)
		}
		rows := strings.Repeat("0123456789\n", 30) + strings.Repeat("y", 1000) + "\n" + strings.Repeat("0123456789\n", 5)
		if _, err := d.Write([]byte(rows)); err != nil {
			t.Fatal(err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		if err := d.Close(); err != nil {
			t.Fatal("second close", err)
		}
		var all []byte
		for i, b := range blocks {
			ofKept := rw == nil && (b[len(b)-1] == 'y' || string(b) == "y\n")
			if b[len(b)-1] != '\n' && !ofKept || len(b) > 100 && (rw == nil || len(b) != 1001) {
				t.Errorf("block %d has %d bytes", i, len(b))
			}
			all = append(all, b...)
		}
		if string(all) != rows {
			t.Error("rows were lost")
		}
		if _, err := d.Write([]byte("a\n")); err == nil {
			t.Error("a closed decoder took bytes")
		}
	}
}

type sinkFunc func(full []byte) ([]byte, error)

func (f sinkFunc) Next(full []byte) ([]byte, error) { return f(full) }

func TestSinkErrorEndsTheStream(t *testing.T) {
	t.Parallel()
	want := errors.New("target is gone")
	for _, rw := range []Rewriter{nil, itself} {
		d, err := NewDecoder(Text, fieldsOf(rw, base("text")), sinkFunc(func([]byte) ([]byte, error) { return nil, want }))
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, err := d.Write([]byte("a\n")); !errors.Is(err, want) {
				t.Fatal(err)
			}
		}
		if err := d.Close(); !errors.Is(err, want) {
			t.Fatal(err)
		}
	}
}

func TestRewriterErrorNamesTheFieldAndNothingIsHandedOver(t *testing.T) {
	t.Parallel()
	want := errors.New("no stand-in")
	fail := rewriteFunc(func([]byte, []byte, *Row) ([]byte, Verdict, error) { return nil, 0, want })
	for f, in := range map[Format][]byte{Binary: binaryStream([]any{"a", "secret"}), Text: []byte("a\tsecret\n")} {
		fields := fieldsOf(nil, base("text"), base("text"))
		fields[1].Rewrite = fail
		out, _, err := through(t, f, fields, in, 100)
		var fe *FieldError
		if !errors.As(err, &fe) || fe.Field != 1 || fe.Row != 1 || fe.Type != "text" || !errors.Is(err, want) {
			t.Fatalf("%s: %v", f, err)
		}
		if len(out) > 0 {
			t.Errorf("%s: a block left", f)
		}
	}
}

func TestInvalidStandInsAreNamedWithoutTheirValue(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string]string{
		"int4": "abcde", "int2": "40000", "int8": "9223372036854775808", "oid": "-1", "bool": "maybe", "float8": "0x1p3", "float4": "1e39",
		"numeric": "12..5", "uuid": "0b6c3c8e", "date": "2023-02-29", "time": "25:00:00", "timestamp": "2023-01-01 10:00:00+00",
		"timestamptz": "yesterday", "interval": "7 parsecs", "inet": "300.1.1.1", "cidr": "10.0.0.1/8", "macaddr": "00:11:22",
		"bit": "012", "text": "bad\xffutf", "timetz": "10:00:00", "jsonb": "nul\x00", "char": "xyz", "point": "(1;2)",
	} {
		typ := base(name)
		good := map[Format][]byte{Binary: nil, Text: []byte("1\n")}
		switch name { // any wire form that can be read
		case "int4", "oid", "float4", "date":
			good[Binary] = make([]byte, 4)
		case "int2":
			good[Binary] = make([]byte, 2)
		case "bool", "char":
			good[Binary] = make([]byte, 1)
		case "uuid", "interval", "point":
			good[Binary] = make([]byte, 16)
		case "numeric", "int8", "float8", "time", "timestamp", "timestamptz":
			good[Binary] = make([]byte, 8)
		case "timetz":
			good[Binary] = make([]byte, 12)
		case "inet", "cidr":
			good[Binary] = []byte{2, 32, 0, 4, 1, 1, 1, 1}
		case "macaddr":
			good[Binary] = make([]byte, 6)
		case "bit":
			good[Binary] = make([]byte, 4)
		case "text":
			good[Binary] = []byte("a")
		case "jsonb":
			good[Binary] = []byte{1, '1'}
		}
		for f, in := range good {
			if f == Binary {
				in = binaryStream([]any{in})
			}
			_, _, err := through(t, f, fieldsOf(constant(bad), typ), in, 100)
			var fe *FieldError
			if !errors.As(err, &fe) || fe.Field != 0 || fe.Type != name {
				t.Errorf("%s %s: %v", f, name, err)
				continue
			}
			if strings.Contains(err.Error(), bad) {
				t.Errorf("%s %s: the error holds the value", f, name)
			}
		}
	}
}

func TestForgottenVerdictIsAnError(t *testing.T) {
	t.Parallel()
	none := rewriteFunc(func(dst, _ []byte, _ *Row) ([]byte, Verdict, error) { return dst, 0, nil })
	for f, in := range map[Format][]byte{Binary: binaryStream([]any{"a"}), Text: []byte("a\n")} {
		if _, _, err := through(t, f, fieldsOf(none, base("text")), in, 100); err == nil {
			t.Errorf("%s: no error", f)
		}
	}
}

func TestBrokenStreams(t *testing.T) {
	t.Parallel()
	good := binaryStream([]any{"abc", "def"})
	oids := bytes.Clone(good)
	oids[12] = 1
	critical := bytes.Clone(good)
	critical[11] = 0x80
	huge := bytes.Clone(good)
	copy(huge[21:], []byte{0x7f, 0xff, 0xff, 0xff})
	negative := bytes.Clone(good)
	copy(negative[21:], []byte{0xff, 0xff, 0xff, 0xfe})
	count := bytes.Clone(good)
	count[20] = 3
	extension := bytes.Clone(good)
	extension[15] = 0x40
	for name, in := range map[string][]byte{
		"no bytes":              {},
		"half a signature":      good[:5],
		"another signature":     []byte("PGDUMP, I think, and more"),
		"no rest of the header": good[:15],
		"flag of OIDs":          oids,
		"unknown critical flag": critical,
		"cut in a row":          good[:25],
		"without trailer":       good[:len(good)-2],
		"half a trailer":        good[:len(good)-1],
		"bytes after trailer":   append(bytes.Clone(good), 0),
		"declared 2 GB":         huge,
		"length of -2":          negative,
		"another field count":   count,
		"extension of 1 GB":     extension,
	} {
		for _, rw := range []Rewriter{nil, itself} {
			for _, step := range []int{1, 1000} {
				if _, _, err := through(t, Binary, fieldsOf(rw, base("text"), base("text")), in, step); err == nil {
					t.Errorf("%s: no error", name)
				}
			}
		}
	}
	for name, in := range map[string]string{
		"half a row": "a\tb\nc", "too few fields": "a\n", "too many fields": "a\tb\tc\n", "bytes after the end mark": "\\.\na\tb\n",
	} {
		if _, _, err := through(t, Text, fieldsOf(itself, base("text"), base("text")), []byte(in), 3); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if out, d, err := through(t, Text, fieldsOf(itself, base("text")), []byte("a\n\\.\n"), 1); err != nil || d.Rows() != 1 || string(out) != "a\n\\.\n" {
		t.Errorf("end mark: %q, %v", out, err)
	}
}

func TestHeaderExtensionPasses(t *testing.T) {
	t.Parallel()
	in := append([]byte(signature), 0, 0, 0, 7, 0, 0, 0, 3, 'e', 'x', 't')
	in = be(in, int16(1), "a", int16(-1))
	for step := 1; step < len(in); step++ {
		out, _, err := through(t, Binary, fieldsOf(itself, base("text")), in, step)
		if err != nil || !bytes.Equal(out, in) {
			t.Fatalf("pieces of %d: %q, %v", step, out, err)
		}
	}
}

func TestADeclaredLengthAllocatesNothing(t *testing.T) {
	t.Parallel()
	in := append([]byte(signature), 0, 0, 0, 0, 0, 0, 0, 0)
	in = be(in, int16(1), int32(1<<30-1))
	d, err := NewDecoder(Binary, fieldsOf(nil, base("bytea")), &collector{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Write(in); err != nil {
		t.Fatal(err)
	}
	if cap(d.rem) > 4096 {
		t.Errorf("%d bytes are held for a row of which %d came", cap(d.rem), len(in))
	}
	if err := d.Close(); err == nil {
		t.Error("half a row was taken")
	}
}

func TestFlippedBytesNeverPanic(t *testing.T) {
	t.Parallel()
	good := mixedBinary(t)
	for i := range good {
		for _, bit := range []byte{1, 0x80, 0xff} {
			bad := bytes.Clone(good)
			bad[i] ^= bit
			if _, _, err := through(t, Binary, fieldsOf(itself, mixedTypes()...), bad, len(bad)); err != nil && strings.Contains(err.Error(), "Ann") {
				t.Fatal("an error holds a value")
			}
		}
		if _, _, err := through(t, Binary, fieldsOf(itself, mixedTypes()...), good[:i], 50); err == nil {
			t.Fatalf("cut after %d bytes: no error", i)
		}
	}
}

func TestTypesThatCannotBeRewritten(t *testing.T) {
	t.Parallel()
	comp := &Type{Name: "pair", Kind: Composite, Fields: []*Type{base("text"), base("money")}}
	for _, tc := range []struct {
		t    *Type
		f    Format
		want bool
	}{
		{base("text"), Binary, true},
		{base("tsvector"), Binary, false},
		{base("tsvector"), Text, true},
		{base("money"), Binary, false},
		{base("regclass"), Binary, false},
		{comp, Binary, false},
		{comp, Text, true},
		{arrayOf(comp), Binary, false},
		{arrayOf(base("date")), Binary, true},
		{nil, Binary, false},
		{nil, Text, false},
		{&Type{Name: "x", Kind: Array}, Text, false},
		{&Type{Name: "uuid", OID: 99999}, Binary, false}, // somebody's own type
		{&Type{Name: "uuid", OID: 2950}, Binary, true},
		{&Type{Name: "citext", OID: 99999}, Binary, true},
		{&Type{Name: "mood", Kind: Enum, OID: 99999}, Binary, true},
		{&Type{Name: "x", Kind: 'p'}, Text, false},
	} {
		ok, reason := Supported(tc.t, tc.f)
		if ok != tc.want || ok != (reason == "") {
			t.Errorf("%+v in %s: %v, %q", tc.t, tc.f, ok, reason)
		}
		_, err := NewDecoder(tc.f, []Field{{Type: tc.t, Rewrite: itself}}, &collector{})
		if (err == nil) != tc.want {
			t.Errorf("%+v in %s: %v", tc.t, tc.f, err)
		}
		if _, err := NewDecoder(tc.f, []Field{{Type: tc.t}, {Type: tc.t, Null: true, Rewrite: itself}}, &collector{}); err != nil {
			t.Errorf("%+v in %s untouched: %v", tc.t, tc.f, err)
		}
	}
	loop := &Type{Name: "loop", Kind: Array}
	loop.Elem = loop
	if ok, _ := Supported(loop, Binary); ok {
		t.Error("a type that contains itself")
	}
	if _, err := NewDecoder(Text, make([]Field, 40000), nil); err == nil {
		t.Error("a row of 40000 fields")
	}
}

func TestUntouchedTypesPassAndHaveNoText(t *testing.T) {
	t.Parallel()
	in := binaryStream([]any{"a", "\x00\x01whatever"})
	fields := fieldsOf(nil, base("text"), base("tsvector"))
	fields[0].Rewrite = rewriteFunc(func(dst, v []byte, row *Row) ([]byte, Verdict, error) {
		if _, err := row.Text(1); err == nil {
			t.Error("a tsvector has text")
		}
		return append(dst, v...), Replace, nil
	})
	if out, _, err := through(t, Binary, fields, in, 1000); err != nil || !bytes.Equal(out, in) {
		t.Fatalf("%q, %v", out, err)
	}
	if ok, err := testTextError(t); !ok {
		t.Error(err)
	}
}

// testTextError asks for the text of a broken field and wants that field to be blamed.
func testTextError(t *testing.T) (bool, error) {
	t.Helper()
	in := binaryStream([]any{"a", "\x00"})
	fields := fieldsOf(nil, base("text"), base("int4"))
	fields[0].Rewrite = rewriteFunc(func(dst, _ []byte, row *Row) ([]byte, Verdict, error) {
		_, err := row.Text(1)
		return dst, Keep, err
	})
	_, _, err := through(t, Binary, fields, in, 1000)
	var fe *FieldError
	return errors.As(err, &fe) && fe.Field == 1 && fe.Row == 1, err
}

// What is only copied of a large row lies in memory where it arrived, and in no block that
// grew to its size.
func TestLargeValuesThatAreKeptGoOverInManyBlocks(t *testing.T) {
	t.Parallel()
	const block = 1000
	large := strings.Repeat("0123456789", 2000)
	in := binaryStream([]any{"a", large, "b"}, []any{large, "a", large}, []any{"a", "b", "c"}, []any{nil, large, nil})
	for name, c := range map[string]struct {
		fields []Field
		want   []byte
	}{
		"all kept":     {fieldsOf(nil, base("text"), base("text"), base("text")), in},
		"one masked":   {[]Field{{Type: base("text")}, {Type: base("text"), Rewrite: constant("x")}, {Type: base("text")}}, binaryStream([]any{"a", "x", "b"}, []any{large, "x", large}, []any{"a", "x", "c"}, []any{nil, "x", nil})},
		"looked at":    {[]Field{{Type: base("text"), Rewrite: keeping}, {Type: base("text")}, {Type: base("text"), Rewrite: constant("x")}}, binaryStream([]any{"a", large, "x"}, []any{large, "a", "x"}, []any{"a", "b", "x"}, []any{nil, large, nil})},
		"one left out": {[]Field{{Type: base("text")}, {Type: base("text")}, {Type: base("text"), Skip: true}}, binaryStream([]any{"a", large}, []any{large, "a"}, []any{"a", "b"}, []any{nil, large})},
		"one nulled":   {[]Field{{Type: base("text")}, {Type: base("text")}, {Type: base("text"), Null: true}}, binaryStream([]any{"a", large, nil}, []any{large, "a", nil}, []any{"a", "b", nil}, []any{nil, large, nil})},
	} {
		for _, step := range []int{7, 4096, len(in)} {
			var got []byte
			largest := 0
			d, err := NewDecoder(Binary, c.fields, sinkFunc(func(full []byte) ([]byte, error) {
				got, largest = append(got, full...), max(largest, cap(full))
				return make([]byte, 0, block), nil
			}))
			if err != nil {
				t.Fatal(err)
			}
			for rest := in; len(rest) > 0; {
				n, err := d.Write(rest[:min(step, len(rest))])
				if err != nil {
					t.Fatal(err)
				}
				rest = rest[n:]
			}
			if err := d.Close(); err != nil || !bytes.Equal(got, c.want) {
				t.Errorf("%s, %d bytes at a time: %d bytes instead of %d, %v", name, step, len(got), len(c.want), err)
			}
			if _, out := d.Bytes(); out != int64(len(c.want)) {
				t.Errorf("%s: %d bytes were counted of %d", name, out, len(c.want))
			}
			if largest > 3*block {
				t.Errorf("%s: a block grew to %d bytes", name, largest)
			}
		}
	}
}

func TestASinkThatRefusesPartOfARowIsNoFieldsFault(t *testing.T) {
	t.Parallel()
	want := errors.New("target is gone")
	d, err := NewDecoder(Binary, []Field{{Type: base("text"), Rewrite: constant("x")}, {Type: base("text")}}, sinkFunc(func(full []byte) ([]byte, error) {
		if full != nil {
			return nil, want
		}
		return make([]byte, 0, 100), nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	var fe *FieldError
	if _, err := d.Write(binaryStream([]any{"a", strings.Repeat("b", 1000)})); !errors.Is(err, want) || errors.As(err, &fe) {
		t.Error(err)
	}
}
