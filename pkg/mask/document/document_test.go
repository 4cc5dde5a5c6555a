package document

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// shout answers every leaf that a path names with the path's letter and the text in
// angle brackets, and treats the rest as it is told to.
type shout struct {
	rest  Verdict
	seen  []string
	fixed string // the answer, when it is not empty
}

var errRefused = errors.New("refused")

func (s *shout) Visit(dst []byte, leaf Leaf) ([]byte, Verdict, error) {
	s.seen = append(s.seen, fmt.Sprintf("%d %d %s", leaf.Path, leaf.Kind, leaf.Text))
	if leaf.Path < 0 {
		if s.rest == 0 {
			return dst, 0, errRefused
		}
		if s.rest != Replace {
			return dst, s.rest, nil
		}
	}
	if s.fixed != "" {
		return append(dst, s.fixed...), Replace, nil
	}
	return fmt.Appendf(dst, "<%c%s>", 'a'+rune(max(leaf.Path, -1)), leaf.Text), Replace, nil
}

func rewriteJSON(t *testing.T, paths []string, in string, v Visitor) (string, error) {
	t.Helper()
	j, err := CompileJSON(paths)
	if err != nil {
		t.Fatal(err)
	}
	out, err := j.Rewrite([]byte("before"), []byte(in), v)
	rest, ok := strings.CutPrefix(string(out), "before")
	if !ok || err != nil && rest != "" {
		t.Fatalf("dst was not appended to: %q", out)
	}
	return rest, err
}

func TestJSONIsTheSameByteForByteWhereNothingIsReplaced(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		` { "a" : 1.10 , "a":1e400,"b":[ ] , "\u0061\n":"\ud83d\ude00 \/ \u00e9", "n":123456789012345678901234567890,"x":{"":null}}` + "\r\n\t",
		`"text"`, `null`, ` true`, `-0.0e-10`, `[[[]],{},[{"a":[]}]]`, `{"lone":"\ud800"}`, `""`,
	} {
		got, err := rewriteJSON(t, []string{"$.nothing"}, in, &shout{rest: Keep})
		if err != nil || got != in {
			t.Errorf("%s\nbecame\n%s (%v)", in, got, err)
		}
	}
}

func TestJSONPaths(t *testing.T) {
	t.Parallel()
	const doc = `{"a":{"b":"1","c":["2",{"b":3}]},"odd key":"4","b":true,"":"5","d.e":"6","x":[["7"],"8"]}`
	for _, c := range []struct {
		paths []string
		want  string
	}{
		{[]string{"$.a.b"}, `{"a":{"b":"<a1>","c":["2",{"b":3}]},"odd key":"4","b":true,"":"5","d.e":"6","x":[["7"],"8"]}`},
		{[]string{"$..b"}, `{"a":{"b":"<a1>","c":["2",{"b":"<a3>"}]},"odd key":"4","b":"<atrue>","":"5","d.e":"6","x":[["7"],"8"]}`},
		{[]string{"$['odd key']", `$["d.e"]`, "$['']"}, `{"a":{"b":"1","c":["2",{"b":3}]},"odd key":"<a4>","b":true,"":"<c5>","d.e":"<b6>","x":[["7"],"8"]}`},
		{[]string{"$.a.c[*]"}, `{"a":{"b":"1","c":["<a2>",{"b":"<a3>"}]},"odd key":"4","b":true,"":"5","d.e":"6","x":[["7"],"8"]}`},
		{[]string{"$.x[0][0]", "$.x[1]"}, `{"a":{"b":"1","c":["2",{"b":3}]},"odd key":"4","b":true,"":"5","d.e":"6","x":[["<a7>"],"<b8>"]}`},
		{[]string{"$.*"}, `{"a":{"b":"<a1>","c":["<a2>",{"b":"<a3>"}]},"odd key":"<a4>","b":"<atrue>","":"<a5>","d.e":"<a6>","x":[["<a7>"],"<a8>"]}`},
		{[]string{"$.*", "$.a"}, `{"a":{"b":"<b1>","c":["<b2>",{"b":"<b3>"}]},"odd key":"<a4>","b":"<atrue>","":"<a5>","d.e":"<a6>","x":[["<a7>"],"<a8>"]}`},
		{[]string{"$..[1]"}, `{"a":{"b":"1","c":["2",{"b":"<a3>"}]},"odd key":"4","b":true,"":"5","d.e":"6","x":[["7"],"<a8>"]}`},
		{[]string{"$.a.*~"}, `{"a":{"<ab>":"1","<ac>":["2",{"b":3}]},"odd key":"4","b":true,"":"5","d.e":"6","x":[["7"],"8"]}`},
		{[]string{"$..a..b"}, `{"a":{"b":"<a1>","c":["2",{"b":"<a3>"}]},"odd key":"4","b":true,"":"5","d.e":"6","x":[["7"],"8"]}`},
		{[]string{"$"}, `{"a":{"b":"<a1>","c":["<a2>",{"b":"<a3>"}]},"odd key":"<a4>","b":"<atrue>","":"<a5>","d.e":"<a6>","x":[["<a7>"],"<a8>"]}`},
	} {
		got, err := rewriteJSON(t, c.paths, doc, &shout{rest: Keep})
		if err != nil || got != c.want {
			t.Errorf("%v\ngot  %s\nwant %s (%v)", c.paths, got, c.want, err)
		}
	}
}

func TestJSONEveryDuplicateAndEscapedKeyIsMasked(t *testing.T) {
	t.Parallel()
	in := `{"email":"a","e\u006dail":"b","email":{"x":"c"},"e":["d"]}`
	got, err := rewriteJSON(t, []string{"$.email"}, in, &shout{rest: Keep})
	if want := `{"email":"<aa>","e\u006dail":"<ab>","email":{"x":"<ac>"},"e":["d"]}`; got != want || err != nil {
		t.Errorf("got %s (%v)", got, err)
	}
}

func TestJSONAnswersKeepTheirKindWhereTheyCan(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, answer, want string }{
		{`[1]`, "42", `[42]`},
		{`[1]`, "-1.5e+3", `[-1.5e+3]`},
		{`[1]`, "007", `["007"]`},
		{`[1]`, "x", `["x"]`},
		{`[1]`, "1.", `["1."]`},
		{`[true]`, "false", `[false]`},
		{`[true]`, "no", `["no"]`},
		{`["1"]`, "42", `["42"]`},
		{`["a"]`, "\"\\\n\x01é", `["\"\\\n\u0001é"]`},
		{`["a"]`, "\xff", `["` + "\ufffd" + `"]`},
	} {
		got, err := rewriteJSON(t, []string{"$"}, c.in, &shout{fixed: c.answer})
		if err != nil || got != c.want {
			t.Errorf("%s with %q: %s, want %s (%v)", c.in, c.answer, got, c.want, err)
		}
	}
}

func TestJSONRest(t *testing.T) {
	t.Parallel()
	in := `{"a":"1","b":[2,true,null,""]}`
	if got, err := rewriteJSON(t, []string{"$.a"}, in, &shout{rest: Null}); err != nil || got != `{"a":"<a1>","b":[null,null,null,""]}` {
		t.Errorf("null: %s (%v)", got, err)
	}
	if _, err := rewriteJSON(t, []string{"$.a"}, in, &shout{}); !errors.Is(err, errRefused) {
		t.Errorf("the visitor's error is %v", err)
	}
	s := &shout{rest: Keep}
	if _, err := rewriteJSON(t, nil, in, s); err != nil {
		t.Error(err)
	}
	want := []string{"-1 3 a", "-1 0 1", "-1 3 b", "-1 1 2", "-1 2 true"}
	if fmt.Sprint(s.seen) != fmt.Sprint(want) {
		t.Errorf("shown: %q, want %q", s.seen, want)
	}
}

func TestJSONMalformed(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		"", " ", "{", `{"a"}`, `{"a":1,}`, `[1 2]`, `nul`, `01`, `"a`, "{'a':1}", `{"a":1}x`, "\xef\xbb\xbf{}", "[\"a\nb\"]",
		strings.Repeat("[", 20000) + strings.Repeat("]", 20000),
	} {
		if _, err := rewriteJSON(t, []string{"$.a"}, in, &shout{rest: Keep}); !errors.Is(err, ErrMalformed) {
			t.Errorf("%.20q: %v", in, err)
		}
	}
	deep := strings.Repeat("[", 9000) + `"a"` + strings.Repeat("]", 9000)
	if got, err := rewriteJSON(t, []string{"$..[0]"}, deep, &shout{rest: Keep}); err != nil || !strings.Contains(got, "<aa>") {
		t.Errorf("9,000 levels: %v", err)
	}
}

func TestPathsThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, p := range []string{"", "a", "$a", "$.", "$..", "$[", "$[a]", "$['a'", "$[-1]", "$.a~.b", "~", "$~", "$.a]", "$.a[99999999999]"} {
		if _, err := CompileJSON([]string{p}); err == nil {
			t.Errorf("JSON path %q is taken", p)
		} else if p != "" && !strings.Contains(err.Error(), p) {
			t.Errorf("%q: the error does not name it: %v", p, err)
		}
	}
	for _, p := range []string{"", "a", "//", "/a/", "/a/@b/c", "/a b", "/1", "/a[1]", "/@"} {
		if _, err := CompileXML([]string{p}); err == nil {
			t.Errorf("XML path %q is taken", p)
		}
	}
}

func rewriteXML(t *testing.T, paths []string, in string, v Visitor) (string, error) {
	t.Helper()
	x, err := CompileXML(paths)
	if err != nil {
		t.Fatal(err)
	}
	out, err := x.Rewrite([]byte("before"), []byte(in), v)
	rest, ok := strings.CutPrefix(string(out), "before")
	if !ok || err != nil && rest != "" {
		t.Fatalf("dst was not appended to: %q", out)
	}
	return rest, err
}

const xmlDoc = `<?xml version="1.0" encoding='UTF-8'?>
<!DOCTYPE case SYSTEM "case.dtd">
<case xmlns="urn:a" xmlns:p='urn:p' id='7'  ><!-- note --><p:name  kind="x&amp;y">Ann &lt; Lee</p:name >
 <empty/><empty></empty><c><![CDATA[<raw> & ]]></c><?go now?>
 <name> Bob <b>Bill</b> tail</name>
</case>
`

func TestXMLIsTheSameByteForByteWhereNothingIsReplaced(t *testing.T) {
	t.Parallel()
	for _, in := range []string{xmlDoc, "<a/>", "text <a>b</a> tail", "<a/><b/>", "<ä ö='ü'>ß</ä>", "<a b = '\"'/>", "<a>&#65;&#x1F600;</a>"} {
		got, err := rewriteXML(t, []string{"/nothing"}, in, &shout{rest: Keep})
		if err != nil || got != in {
			t.Errorf("%s\nbecame\n%s (%v)", in, got, err)
		}
	}
}

func TestXMLPaths(t *testing.T) {
	t.Parallel()
	const doc = `<r a="1"><p:n a="2" p:c="3">4<b>5</b></p:n><!--6--><n>7</n><?t 8?><m><n><![CDATA[9]]></n></m></r>`
	for _, c := range []struct {
		paths []string
		want  string
	}{
		{[]string{"/r/n"}, `<r a="1"><p:n a="2" p:c="3">&lt;a4&gt;<b>&lt;a5&gt;</b></p:n><!--6--><n>&lt;a7&gt;</n><?t 8?><m><n><![CDATA[9]]></n></m></r>`},
		{[]string{"//n"}, `<r a="1"><p:n a="2" p:c="3">&lt;a4&gt;<b>&lt;a5&gt;</b></p:n><!--6--><n>&lt;a7&gt;</n><?t 8?><m><n><![CDATA[<a9>]]></n></m></r>`},
		{[]string{"/r/p:n"}, `<r a="1"><p:n a="2" p:c="3">&lt;a4&gt;<b>&lt;a5&gt;</b></p:n><!--6--><n>7</n><?t 8?><m><n><![CDATA[9]]></n></m></r>`},
		{[]string{"//@a"}, `<r a="&lt;a1&gt;"><p:n a="&lt;a2&gt;" p:c="3">4<b>5</b></p:n><!--6--><n>7</n><?t 8?><m><n><![CDATA[9]]></n></m></r>`},
		{[]string{"/r/*/@c", "/r/@*"}, `<r a="&lt;b1&gt;"><p:n a="2" p:c="&lt;a3&gt;">4<b>5</b></p:n><!--6--><n>7</n><?t 8?><m><n><![CDATA[9]]></n></m></r>`},
		{[]string{"/r/*", "/r/n/b"}, `<r a="1"><p:n a="2" p:c="3">&lt;a4&gt;<b>&lt;b5&gt;</b></p:n><!--6--><n>&lt;a7&gt;</n><?t 8?><m><n><![CDATA[<a9>]]></n></m></r>`},
	} {
		got, err := rewriteXML(t, c.paths, doc, &shout{rest: Keep})
		if err != nil || got != c.want {
			t.Errorf("%v\ngot  %s\nwant %s (%v)", c.paths, got, c.want, err)
		}
	}
}

func TestXMLRestSeesEverything(t *testing.T) {
	t.Parallel()
	s := &shout{rest: Replace, fixed: `-<&>]]>?>--"'` + "\x01\n-"}
	got, err := rewriteXML(t, nil, xmlDoc, s)
	if err != nil {
		t.Fatal(err)
	}
	for _, original := range []string{"note", "Ann", "Lee", "raw", "now", "Bob", "Bill", "tail", "7", "x&amp;y"} {
		if strings.Contains(got, original) {
			t.Errorf("%q survived in %s", original, got)
		}
	}
	if len(s.seen) != 9 {
		t.Errorf("%d leaves were shown: %q", len(s.seen), s.seen)
	}
	d := xml.NewDecoder(strings.NewReader(got))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("not well-formed: %v in %s", err, got)
		}
		if start, ok := token.(xml.StartElement); ok {
			for _, a := range start.Attr {
				if a.Name.Local == "id" && a.Value != `-<&>]]>?>--"'?`+"\n-" {
					t.Errorf("an attribute reads %q", a.Value)
				}
			}
		}
	}
	if got, err = rewriteXML(t, nil, xmlDoc, &shout{rest: Null}); err != nil || strings.Contains(got, "Bob") || !strings.Contains(got, `id=''`) {
		t.Errorf("null: %s (%v)", got, err)
	}
}

func TestXMLMalformed(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		"", "text", "<", "<a", "<a>", "</a>", "<a></b>", "<a b></a>", "<a b=c/>", "<a b='<'/>", "<a b='x'c='y'/>", "<a>&nbsp;</a>", "<a>&#0;</a>",
		"<a>&</a>", "<!-- x", "<a><![CDATA[x</a>", "<a><?x</a>", `<!DOCTYPE a [<!ENTITY e "Ann">]><a>&e;</a>`, "<a><!DOCTYPE a></a>",
		`<a><?xml version="1.0"?></a>`, `<?xml version="1.0" name="Ann"?><a/>`, `<?xml Ann?><a/>`, "<1/>", "<!FOO><a/>", "<a/ >", "<a>\x0e</a>", "<a b='\ufffe'/>",
		strings.Repeat("<a>", 20000) + strings.Repeat("</a>", 20000),
	} {
		if got, err := rewriteXML(t, []string{"//a"}, in, &shout{rest: Keep}); !errors.Is(err, ErrMalformed) {
			t.Errorf("%.40q: %v %.40q", in, err, got)
		}
	}
}

func TestWalksDoNotAllocate(t *testing.T) {
	j, _ := CompileJSON([]string{"$..email"})
	x, _ := CompileXML([]string{"//email"})
	inJ := []byte(`{"a":[1,2,{"email":"ann@example.net"}],"b":"text"}`)
	inX := []byte(`<a><b>text</b><email x="1">ann@example.net</email></a>`)
	var v Visitor = constant{}
	dst := make([]byte, 0, 1024)
	if n := testing.AllocsPerRun(200, func() {
		if _, err := j.Rewrite(dst, inJ, v); err != nil {
			t.Fatal(err)
		}
		if _, err := x.Rewrite(dst, inX, v); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

type constant struct{}

func (constant) Visit(dst []byte, leaf Leaf) ([]byte, Verdict, error) {
	if leaf.Path < 0 {
		return dst, Keep, nil
	}
	return append(dst, "stand-in"...), Replace, nil
}

func FuzzJSON(f *testing.F) {
	for _, in := range []string{`{"a":[1,"x",{"a":"\u0061"}],"b":true}`, `"\ud800"`, `[]`, `1e400`, ` {"a":1,"a":2}`} {
		f.Add([]byte(in))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		j, err := CompileJSON([]string{"$.a", "$..b", "$[*]", "$.*~"})
		if err != nil {
			t.Fatal(err)
		}
		out, err := j.Rewrite(nil, in, &shout{rest: Keep})
		if err != nil {
			return
		}
		if json.Valid(in) && !json.Valid(out) {
			t.Fatalf("%q became %q", in, out)
		}
		same, err := CompileJSON(nil)
		if err != nil {
			t.Fatal(err)
		}
		if out, err = same.Rewrite(nil, in, &shout{rest: Keep}); err != nil || string(out) != string(in) {
			t.Fatalf("%q is not kept: %q", in, out)
		}
	})
}

func TestXMLTakesNoOtherCharacters(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"\x00", "\x08", "\x0b", "\x1f", "\ufffe", "\uffff"} {
		for _, good := range []string{"a", "\t", "\n", "\r", "\u00ef", "\uffed", "\U0001ffff", "\x7f"} {
			for n := range 20 {
				text := strings.Repeat(good, n)
				if !areXMLChars([]byte(text)) {
					t.Errorf("%q is refused", text)
				}
				if areXMLChars([]byte(text + bad + "behind it")) {
					t.Errorf("%q is taken behind %q", bad, text)
				}
			}
		}
	}
}

// Whoever checks JSON for the walk is held to a library's opinion.
func FuzzIsJSON(f *testing.F) {
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for _, in := range []string{
		`{"a": [1, -0.5e+10, true, false, null, "x"], "a": {}}`, `[]`, ` "\u00e9\ud800\n\/" `, `0`, `-`, `01`, `1.`, `1e`, `{"a"}`, `{"a":}`, `{"a":1,}`, `[1,]`, `[1 2]`, `"\x"`, `"\u12g4"`,
		"\"a\tb\"", "\"12345678\x1f\"", `"1234567\`, `"`, ``, ` `, `nul`, `nulll`, `[1]]`, `{1:2}`, "\ufeff1", "\"\x7f\u2028\"", deep(maxNesting), deep(maxNesting + 1),
	} {
		f.Add([]byte(in))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if !utf8.Valid(in) {
			return
		}
		want := jsontext.Value(in).IsValid(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
		if isJSON(in) != want {
			t.Fatalf("of %d bytes: %v, want %v", len(in), !want, want)
		}
	})
}

func FuzzXML(f *testing.F) {
	for _, in := range []string{xmlDoc, "<a b='c'>d<![CDATA[e]]></a>", "<a>&amp;&#65;</a>", "<?x y?><a/>"} {
		f.Add([]byte(in))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		x, err := CompileXML([]string{"/a", "//b", "/*/@c", "//@d"})
		if err != nil {
			t.Fatal(err)
		}
		out, err := x.Rewrite(nil, in, &shout{rest: Replace})
		if err != nil {
			return
		}
		if again, err := x.Rewrite(nil, out, &shout{rest: Keep, fixed: "x"}); err != nil {
			t.Fatalf("%q became %q, which is not well-formed: %v (%q)", in, out, err, again)
		}
		if out, err = x.Rewrite(nil, in, keepAll{}); err != nil || string(out) != string(in) {
			t.Fatalf("%q is not kept: %q", in, out)
		}
	})
}

type keepAll struct{}

func (keepAll) Visit(dst []byte, _ Leaf) ([]byte, Verdict, error) { return dst, Keep, nil }

func FuzzPaths(f *testing.F) {
	for _, p := range []string{"$.a[*]..b['c']~", "/a//b/@c", "$[3]", "$..*", "//*"} {
		f.Add(p)
	}
	f.Fuzz(func(_ *testing.T, p string) {
		if j, err := CompileJSON([]string{p}); err == nil {
			_, _ = j.Rewrite(nil, []byte(`{"a":[{"b":{"c":1}}],"":2}`), keepAll{})
		}
		if x, err := CompileXML([]string{p}); err == nil {
			_, _ = x.Rewrite(nil, []byte(`<a><b c="d">e</b></a>`), keepAll{})
		}
	})
}

func BenchmarkJSON(b *testing.B) {
	in := []byte(`{"lang":"de","newsletter":true,"contact":{"email":"ann@example.net","phone":"+491701234567","preferred":"sms"},"theme":"dark",` +
		`"items":[` + strings.Repeat(`{"sku":"SKU-12345","qty":3,"price":12.50,"note":"left with the neighbour"},`, 20) + `{}]}`)
	j, _ := CompileJSON([]string{"$.contact.email", "$.contact.phone", "$..note"})
	dst := make([]byte, 0, 8192)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := j.Rewrite(dst, in, constant{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkXML(b *testing.B) {
	in := []byte(`<?xml version="1.0"?><case id="1"><patient><given>Ann</given><email>ann@example.net</email></patient><findings>` +
		strings.Repeat(`<finding code="ab12c" severity="2">Observed on visit 3; Ann reports mild pain.</finding>`, 20) + `</findings></case>`)
	x, _ := CompileXML([]string{"/case/patient/given", "//email"})
	dst := make([]byte, 0, 8192)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := x.Rewrite(dst, in, constant{}); err != nil {
			b.Fatal(err)
		}
	}
}
