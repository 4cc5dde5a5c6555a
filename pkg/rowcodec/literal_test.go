package rowcodec

import (
	"bytes"
	"strings"
	"testing"
)

// shout makes every element upper-case and drops the word "gone".
var shout = rewriteFunc(func(dst, v []byte, _ *Row) ([]byte, Verdict, error) {
	switch string(v) {
	case "gone":
		return dst, Null, nil
	case "stay":
		return dst, Keep, nil
	}
	return append(dst, bytes.ToUpper(v)...), Replace, nil
})

func rewriteOne(t testing.TB, typ *Type, text string, rw Rewriter) (string, error) {
	t.Helper()
	in := append(AppendEscaped(nil, []byte(text)), '\n')
	out, _, err := through(t, Text, fieldsOf(rw, typ), in, len(in))
	if err != nil {
		return "", err
	}
	return string(AppendUnescaped(nil, bytes.TrimSuffix(out, []byte("\n")))), nil
}

func TestLiteralsAreRewrittenByElement(t *testing.T) {
	t.Parallel()
	text := base("text")
	pair := &Type{Name: "pair", Kind: Composite, Fields: []*Type{text, arrayOf(text), text}}
	for _, tc := range []struct {
		typ      *Type
		in, want string
	}{
		{arrayOf(text), `{}`, `{}`},
		{arrayOf(text), `{a,b}`, `{A,B}`},
		{arrayOf(text), ` { a , "b c" , null , NULL } `, `{A,"B C",NULL,NULL}`},
		{arrayOf(text), `{"null",nul\l,""}`, `{"NULL","NULL",""}`},
		{arrayOf(text), `{gone,stay,a}`, `{NULL,stay,A}`},
		{arrayOf(text), `[2:3][-1:0]={{a,b},{c,d}}`, `[2:3][-1:0]={{A,B},{C,D}}`},
		{arrayOf(text), `{"q\"q","b\\b",a b }`, `{"Q\"Q","B\\B","A B"}`},
		{arrayOf(text), `{"x,y","{z}"}`, `{"X,Y","{Z}"}`},
		{&Type{Name: "_box", Kind: Array, Elem: text, Delim: ';'}, `{a,b;c}`, `{A,B;C}`},
		{arrayOf(base("bytea")), `{"\\x6162"}`, `{"\\x4142"}`},
		{pair, `(a,"{b,""c d""}",)`, `(A,"{B,""C D""}",)`},
		{pair, `("a ""q"" \\",{},"")`, `("A ""Q"" \\",{},"")`},
		{pair, `(gone,"{gone,a}",stay)`, `(,"{NULL,A}",stay)`},
		{pair, `(a\,b"c,d",,x)`, `("A,BC,D",,X)`},
		{arrayOf(pair), `{"(a,\"{b,c}\",)",NULL}`, `{"(A,\"{B,C}\",)",NULL}`},
		{rangeOf(text), `[a,b)`, `[A,B)`},
		{rangeOf(text), `["a b",)`, `["A B",)`},
		{rangeOf(text), `(gone,"")`, `(,"")`},
		{rangeOf(text), `EMPTY`, `EMPTY`},
		{&Type{Name: "tm", Kind: Multirange, Elem: rangeOf(text)}, `{[a,b),(c,"d]"]}`, `{[A,B),(C,"D]"]}`},
		{&Type{Name: "tm", Kind: Multirange, Elem: text}, `{ [a,b) , [c,d) }`, `{[A,B),[C,D)}`},
	} {
		got, err := rewriteOne(t, tc.typ, tc.in, shout)
		if err != nil || got != tc.want {
			t.Errorf("%s %s: %s instead of %s, %v", tc.typ.Name, tc.in, got, tc.want, err)
		}
	}
}

func TestMalformedLiteralsAreRefused(t *testing.T) {
	t.Parallel()
	text := base("text")
	pair := &Type{Name: "pair", Kind: Composite, Fields: []*Type{text, text}}
	multi := &Type{Name: "tm", Kind: Multirange, Elem: rangeOf(text)}
	for typ, literals := range map[*Type][]string{
		arrayOf(text): {``, `a`, `{`, `}`, `{a`, `{a,}`, `{,a}`, `{a}}`, `{a}b`, `{"a}`, `{a"b"}`, `{"a"b}`, `{{{{{{{a}}}}}}}`, `[1:2]{a}`, `[1:2`, `[x]={a}`, `{a{b}}`, `{a\`, `{"a\`, `{a},{b}`},
		pair:          {``, `a`, `(`, `()`, `(a)`, `(a,b,c)`, `(a,b`, `(a,b)x`, `("a,b)`, `(a,b\`},
		rangeOf(text): {``, `[`, `[a`, `[a,b`, `[a)`, `[a,b,c)`, `[a,b)x`, `[a[,b)`, `a,b`, `emptyx`, `["a,b)`},
		multi:         {``, `{`, `{[a,b)`, `{[a,b),}`, `{,}`, `{[a,b)}x`, `[a,b)`, `{[a,b)[c,d)}`},
	} {
		for _, s := range literals {
			if got, err := rewriteOne(t, typ, s, shout); err == nil {
				t.Errorf("%s took %s as %s", typ.Name, s, got)
			}
		}
	}
}

func TestExchangedBoundsArePutInOrder(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ typ, in, lower, want string }{
		{"int4", "[1,5)", "9", "[5,9)"},
		{"int4", "[-5,-1)", "-3", "[-3,-1)"},
		{"date", "[2020-01-01,2020-02-01)", "2021-05-05", "[2020-02-01,2021-05-05)"},
		{"timestamptz", `["2020-01-01 00:00:00+00","2020-02-01 00:00:00+00"]`, "2021-05-05 00:00:00+00", `["2020-02-01 00:00:00+00","2021-05-05 00:00:00+00"]`},
		{"numeric", "(1.5,2]", "10000", "(2,10000]"},
	} {
		first := true
		rw := rewriteFunc(func(dst, _ []byte, _ *Row) ([]byte, Verdict, error) {
			if first {
				first = false
				return append(dst, tc.lower...), Replace, nil
			}
			return dst, Keep, nil
		})
		got, err := rewriteOne(t, rangeOf(base(tc.typ)), tc.in, rw)
		if err != nil || got != tc.want {
			t.Errorf("text %s: %s, %v", tc.in, got, err)
		}

		// The same in binary form: the wire form of the bounds comes from the text.
		bound := func(s string) string { return strings.Trim(s, `"`) }
		parts := strings.Split(tc.in[1:len(tc.in)-1], ",")
		flags := byte(rangeLowerInc)
		if tc.in[0] == '(' {
			flags = 0
		}
		if tc.in[len(tc.in)-1] == ']' {
			flags |= rangeUpperInc
		}
		wire := be([]byte{flags}, wireOf(t, base(tc.typ), bound(parts[0])), wireOf(t, base(tc.typ), bound(parts[1])))
		first = true
		out, _, err := through(t, Binary, fieldsOf(rw, rangeOf(base(tc.typ))), binaryStream([]any{wire}), 1000)
		if err != nil {
			t.Fatal(err)
		}
		var seen string
		look := []Field{{Type: rangeOf(base(tc.typ)), Rewrite: rewriteFunc(func(dst, _ []byte, row *Row) ([]byte, Verdict, error) {
			b, err := row.Text(0)
			seen = string(b)
			return dst, Keep, err
		})}}
		if _, _, err := through(t, Binary, look, out, 1000); err != nil || seen != tc.want {
			t.Errorf("binary %s: %s, %v", tc.in, seen, err)
		}
	}
}

func TestBinaryContainersAreRewrittenByElement(t *testing.T) {
	t.Parallel()
	text := base("text")
	array := be(nil, int32(1), int32(0), int32(25), int32(3), int32(5), "a", "gone", "stay")
	want := be(nil, int32(1), int32(1), int32(25), int32(3), int32(5), "A", nil, "stay")
	pair := &Type{Name: "pair", Kind: Composite, Fields: []*Type{text, arrayOf(text)}}
	multi := &Type{Name: "tm", Kind: Multirange, Elem: rangeOf(text)}
	for _, tc := range []struct {
		typ      *Type
		in, want []byte
	}{
		{arrayOf(text), array, want},
		{arrayOf(text), be(nil, int32(0), int32(0), int32(25)), be(nil, int32(0), int32(0), int32(25))},
		{pair, be(nil, int32(2), int32(25), "gone", int32(1009), array), be(nil, int32(2), int32(25), nil, int32(1009), want)},
		{rangeOf(text), be([]byte{rangeLowerInc}, "a", "gone"), be([]byte{rangeLowerInc | rangeUpperInf}, "A")},
		{rangeOf(text), []byte{rangeEmpty}, []byte{rangeEmpty}},
		{rangeOf(text), []byte{rangeLowerInf | rangeUpperInf}, []byte{rangeLowerInf | rangeUpperInf}},
		{multi, be(nil, int32(1), be([]byte{rangeUpperInc}, "a", "b")), be(nil, int32(1), be([]byte{rangeUpperInc}, "A", "B"))},
	} {
		out, _, err := through(t, Binary, fieldsOf(shout, tc.typ), binaryStream([]any{tc.in}), 1000)
		if err != nil || !bytes.Equal(out, binaryStream([]any{tc.want})) {
			t.Errorf("%s: %q, %v", tc.typ.Name, out, err)
		}
	}
	for i, bad := range [][]byte{
		{},
		be(nil, int32(7), int32(0), int32(25)), be(nil, int32(1), int32(2), int32(25), int32(0), int32(1)),
		be(nil, int32(1), int32(0), int32(25), int32(-1), int32(1)), be(nil, int32(1), int32(0), int32(25), int32(1<<30), int32(1)),
		be(nil, int32(2), int32(0), int32(25), int32(1<<20), int32(1), int32(1<<20), int32(1)),
		be(nil, int32(1), int32(0), int32(25), int32(1), int32(1)), append(bytes.Clone(array), 0),
	} {
		if _, _, err := through(t, Binary, fieldsOf(shout, arrayOf(text)), binaryStream([]any{bad}), 1000); err == nil {
			t.Errorf("malformed array %d was taken", i)
		}
	}
}

func TestEscapes(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`a\bb\fc\nd\re\tf\vg\\h`: "a\bb\fc\nd\re\tf\vg\\h",
		`\101\60\0x\x41\x4g\xg`:  "A0\x00xA\x04gxg",
		`\q\é`:                   "qé",
		"\\\ta\\\nb":             "\ta\nb",
		`end\`:                   `end\`,
	} {
		if got := AppendUnescaped(nil, []byte(in)); string(got) != want {
			t.Errorf("%q: %q instead of %q", in, got, want)
		}
	}
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	if got := AppendUnescaped(nil, AppendEscaped(nil, every)); !bytes.Equal(got, every) {
		t.Error("escaping and unescaping changed a byte")
	}
	if got := AppendEscaped(nil, []byte("\x01é\x7f")); string(got) != "\x01é\x7f" {
		t.Errorf("%q: more was escaped than must be", got)
	}
}

func TestByteaOfATextStream(t *testing.T) {
	t.Parallel()
	swap := rewriteFunc(func(dst, v []byte, row *Row) ([]byte, Verdict, error) {
		b, err := row.Text(0)
		if err != nil || !bytes.Equal(b, v) {
			t.Errorf("the row's text is %q, the value %q", b, v)
		}
		return append(append(dst, v...), 0xff, 0), Replace, nil
	})
	got, err := rewriteOne(t, base("bytea"), `\x6100`, swap)
	if err != nil || got != `\x6100ff00` {
		t.Errorf("%q, %v", got, err)
	}
	for _, bad := range []string{`abc`, `\x0`, `\xzz`, `\000`} {
		if _, err := rewriteOne(t, base("bytea"), bad, itself); err == nil {
			t.Errorf("took %q", bad)
		}
	}
}
