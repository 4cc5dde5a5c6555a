package document

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func rewriteHstore(t *testing.T, paths []string, in string, v Visitor) (string, error) {
	t.Helper()
	h, err := CompileHstore(paths)
	if err != nil {
		t.Fatal(err)
	}
	out, err := h.Rewrite([]byte("before"), []byte(in), v)
	rest, ok := strings.CutPrefix(string(out), "before")
	if !ok || err != nil && rest != "" {
		t.Fatalf("dst was not appended to: %q", out)
	}
	return rest, err
}

func TestHstoreByKeys(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in, want string
		rest     Verdict
		paths    []string
	}{
		{in: ` a=>1 ,"b c"=> "q\"q" , c=>NULL,d=>"null", e=>"" `, want: ` a=>1 ,"b c"=> "q\"q" , c=>NULL,d=>"null", e=>"" `, rest: Keep},
		{in: `"a"=>"1", "b"=>"2"`, want: `"a"=>"<a1>", "b"=>"2"`, rest: Keep, paths: []string{"$.a"}},
		{in: `"b c"=>"q\"\\q", "x"=>"1"`, want: `"b c"=>"<aq\"\\q>", "x"=>NULL`, rest: Null, paths: []string{"$['b c']"}},
		{in: `a=>nUll,b=>"NULL"`, want: `a=>nUll,b=>"<aNULL>"`, rest: Keep, paths: []string{"$"}},
		{in: `"a"=>"1","b"=>"2"`, want: `"a"=>"<b1>","b"=>"<a2>"`, rest: Keep, paths: []string{"$.*", "$.a"}},
		{in: `"a"=>"1", "b"=>"2"`, want: `"<aa>"=>"1", "<ab>"=>"2"`, rest: Keep, paths: []string{"$.*~"}},
		{in: `"a"=>"1", "b"=>"2"`, want: `"<` + "`" + `a>"=>"<` + "`" + `1>", "<` + "`" + `b>"=>"<` + "`" + `2>"`, rest: Replace},
		{in: `"a\"=>b"=>"1"`, want: `"a\"=>b"=>"<a1>"`, rest: Keep, paths: []string{`$['a"=>b']`}},
		{in: "", want: "", rest: Null},
	} {
		got, err := rewriteHstore(t, c.paths, c.in, &shout{rest: c.rest})
		if err != nil || got != c.want {
			t.Errorf("%s with %v became %s, want %s (%v)", c.in, c.paths, got, c.want, err)
		}
	}
}

func TestHstoreMalformed(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"a", "a=>", "=>1", "a=>1,", `"a=>1`, "a=>1 b=>2", `a=>"1"x`, `a\`, `a=>1\`, "a=>\xff", "a=>\x00", `a"=>1`, ",", "a=1"} {
		if got, err := rewriteHstore(t, nil, in, &shout{rest: Keep}); err == nil {
			t.Errorf("%q became %q", in, got)
		}
	}
	for _, path := range []string{"a", "$.a.b", "$[1]", "$..a", "$.", "/a"} {
		if _, err := CompileHstore([]string{path}); err == nil {
			t.Errorf("%q is taken", path)
		}
	}
}

func rewriteHTML(t *testing.T, paths []string, in string, v Visitor) (string, error) {
	t.Helper()
	h, err := CompileHTML(paths)
	if err != nil {
		t.Fatal(err)
	}
	out, err := h.Rewrite([]byte("before"), []byte(in), v)
	rest, ok := strings.CutPrefix(string(out), "before")
	if !ok || err != nil && rest != "" {
		t.Fatalf("dst was not appended to: %q", out)
	}
	return rest, err
}

var pages = []string{
	"<!DOCTYPE html>\r\n<HTML lang=en><head><meta charset='utf-8'><title>A &amp; B</title><style>a>b{}</style></head>\n<body onload=\"x('1')\"><p>one<p>two &nbsp; three<br/>four</body></HTML>",
	`plain text & more < than > that`, `<a href=x?a=1&copy=2 HREF='y' href>z</A >`, `<!-- a --><!--><!---><!-- b --!>c<![CDATA[d]]><?php echo 1 ?></ e>`,
	`<table><tr><td>1<td>2<tr><th>3</table>`, `<script>if (a<b) { x = "</div>"; <!-- <script> --> }</script>`, `<textarea> <b> &lt; </textarea>`, `<plaintext><b>all`,
	`<svg><path d="M0"/><title>t</title></svg>x`, `<p "a" =b c=>d`, `<a href="cut`, `<a`, `a<`, `</`, `<!`, `<!--`, `</p`, `<p/>x`, `<input value=1/>`,
	`<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">x`, `<?xml version="1.0" encoding="utf-8"?><p>x`,
	`<noscript><img src=a></noscript>`, `<p title="a>b" title='c'>d</p e>`, "\ufeff<p>x", `<ul><li>a<ul><li>b</ul><li>c</ul>`,
}

func TestHTMLIsTheSameByteForByteWhereNothingIsReplaced(t *testing.T) {
	t.Parallel()
	for _, in := range pages {
		got, err := rewriteHTML(t, []string{"/nothing"}, in, &shout{rest: Keep})
		if err != nil || got != in {
			t.Errorf("%q became %q (%v)", in, got, err)
		}
	}
}

func TestHTMLPaths(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		path, in, want string
	}{
		{"//td", `<table><tr><td class=a> 1 <td>2<th>3</table>4`, `<table><tr><td class=a> <a1> <td><a2><th>3</table>4`},
		{"/TABLE/tr/Td", `<table><tr><td>1<tr><td>2</td></tr></table>`, `<table><tr><td><a1><tr><td><a2></td></tr></table>`},
		{"//a/@href", `<a HREF = "x&amp;y">z</a><b href=q>`, `<a HREF = "<ax&y>">z</a><b href=q>`},
		{"//@title", `<p title=a><p title='b' TITLE=c>`, `<p title="<aa>"><p title='<ab>' TITLE="<ac>">`},
		{"//p", `<div>0<p>1<b>2</b><p>3<div>4</div>5`, `<div>0<p><a1><b><a2></b><p><a3><div>4</div>5`},
		{"//p", `<p>1<table><tr><td>2<td><p>3</table></p>4`, `<p><a1><table><tr><td>2<td><p><a3></table></p>4`},
		{"//li", `<ul><li>1<ul><li>2</ul>3<li>4</ul>5`, `<ul><li><a1><ul><li><a2></ul><a3><li><a4></ul>5`},
		{"//dt", `<dl><dt>1<dd>2<dt>3</dl>`, `<dl><dt><a1><dd>2<dt><a3></dl>`},
		{"//b", `<b>1<br>2<img alt=x>3</b>4`, `<b><a1><br><a2><img alt=x><a3></b>4`},
		{"//b", `<b/>1</b>2`, `<b/><a1></b>2`},
		{"//g", `<svg><g/>1<g>2</g></svg>`, `<svg><g/>1<g><a2></g></svg>`},
		{"//script", `<script> "1" < 2 </script>3`, `<script> <a"1" < 2> </script>3`},
		{"//title", `<title>a &lt; b</title>c`, `<title><aa < b></title>c`},
		{"//b", `<b>1</i>2</div>3</b>4`, `<b><a1></i><a2></div><a3></b>4`},
		{"//div", `<div><table><tr><td></div>1</table>2</div>3`, `<div><table><tr><td></div><a1></table><a2></div>3`},
		{"//noscript", `<noscript><p>1</noscript>2`, `<noscript><p><a1></noscript>2`},
		{"//note", `<note>Ann <ann@firma.de> x</note>`, `<note><aAnn> <aann@firma.de> <ax></note>`},
		{"//a", `x<a href="cut`, `x<a href="cut`},
		{"/", `x<a href="cut`, `<ax><a<a href="cut>`},
	} {
		got, err := rewriteHTML(t, []string{c.path}, c.in, &shout{rest: Keep})
		// the visitor's brackets are escaped at their places; names take none
		got = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&", "&quot;", `"`).Replace(got)
		got = strings.ReplaceAll(got, "<xaann@firma.de", "<aann@firma.de")
		if err != nil || got != c.want {
			t.Errorf("%s in %s: got %s, want %s (%v)", c.path, c.in, got, c.want, err)
		}
	}
}

// What stands between the tags, in them or where a tag should be is shown, and what is
// written instead stays where it is.
func TestHTMLRestSeesEverything(t *testing.T) {
	t.Parallel()
	const secret = "ann7788@firma9"
	for _, c := range []struct{ in, replaced, emptied string }{
		{`a SECRET b`, "x", ""},
		{`<p SECRET=1 b="2">`, `<p x="x" b="x">`, `<p x="" b="">`},
		{`<p b=SECRET>`, `<p b="x">`, `<p b="">`},
		{`<SECRET>y`, `<x>x`, `<x>`},
		{`</SECRET>`, `</x>`, `</x>`},
		{`<b>1</b SECRET>`, `<b>x</b >`, `<b></b >`},
		{`<p a=1 a=SECRET>`, `<p a="x" a="x">`, `<p a="" a="">`},
		{`<!-- SECRET -->`, `<!-- x -->`, `<!--  -->`},
		{`<!SECRET>`, `<!--x-->`, ``},
		{`<?SECRET?>`, `<!--x-->`, ``},
		{`</ SECRET>`, `<!--x-->`, ``},
		{`<!DOCTYPE SECRET>`, `<!DOCTYPE html>`, `<!DOCTYPE html>`},
		{`<!DOCTYPE html SECRET>`, `<!DOCTYPE html>`, `<!DOCTYPE html>`},
		{`<script>SECRET</script>`, `<script>x</script>`, `<script></script>`},
		{`<style>/* SECRET */</style>`, `<style>x</style>`, `<style></style>`},
		{`<a href="SECRET`, `x`, ``},
		{`<!-- SECRET`, `<!-- x`, `<!-- `},
		{`<script>SECRET`, `<script>x`, `<script>`},
		{`<![CDATA[SECRET]]>`, `<!--x-->`, ``},
		{`<svg><![CDATA[SECRET]]></svg>`, `<svg><!--x--></svg>`, `<svg></svg>`},
		{`<iframe>SECRET</iframe>`, `<iframe>x</iframe>`, `<iframe></iframe>`},
		{`<?xml version="SECRET"?>`, `<!--x-->`, ``},
		{`<?xml version="1.0" encoding="SECRET"?>`, `<!--x-->`, ``},
	} {
		in := strings.ReplaceAll(c.in, "SECRET", secret)
		if got, err := rewriteHTML(t, nil, in, &shout{rest: Replace, fixed: "x"}); err != nil || got != strings.ReplaceAll(c.replaced, "SECRET", secret) {
			t.Errorf("%s became %s, want %s (%v)", in, got, c.replaced, err)
		}
		if got, err := rewriteHTML(t, nil, in, &shout{rest: Null}); err != nil || got != strings.ReplaceAll(c.emptied, "SECRET", secret) {
			t.Errorf("%s became %s, want %s (%v)", in, got, c.emptied, err)
		}
	}
}

// No answer gets out of its place.
func TestHTMLAnswersStayWhereTheyAre(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{`</script><b>`, `-->x<b>`, `" onx="1`, `' b='`, `<!-- <script>`, `]]><b>`, `>`, `->`, `-`, "a\x00b\xff", `&lt;`, "\r\n", `</SCRIPT `, `<`, `--!>`, `</title>`, "a b=c/>"} {
		for _, in := range pages {
			out, err := rewriteHTML(t, nil, in, &shout{rest: Replace, fixed: answer})
			if err != nil {
				t.Fatal(err)
			}
			if got, want := tagsOf(out), tagsOf(in); got != want {
				t.Errorf("%q in %q: the tags are %s, were %s: %q", answer, in, got, want, out)
			}
		}
	}
}

// tagsOf lists the elements of a document in order, without those that were not ended.
func tagsOf(doc string) string {
	var b strings.Builder
	for z := html.NewTokenizer(strings.NewReader(doc)); ; {
		switch z.Next() {
		case html.ErrorToken:
			return b.String()
		case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
			name, _ := z.TagName()
			fmt.Fprintf(&b, "%s ", name)
			if string(name) == "noscript" {
				z.NextIsNotRawText()
			}
		}
	}
}

func TestHTMLMalformed(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"a\xffb", "a\x00b", strings.Repeat("<b>", maxNested+2)} {
		if got, err := rewriteHTML(t, nil, in, &shout{rest: Keep}); err == nil {
			t.Errorf("%.20q became %.20q", in, got)
		}
	}
	for _, path := range []string{"", "a", "/a/", "//", "/a/@b/c", "$.a"} {
		if _, err := CompileHTML([]string{path}); err == nil {
			t.Errorf("%q is taken", path)
		}
	}
}

func FuzzHstore(f *testing.F) {
	for _, s := range []string{`"a"=>"1", "b"=>NULL`, `a=>1,b=>null , "c" => "null"`, `"q\"q"=>"\\"`, "", "a=>", `"ü"=>"🙂"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		all, err := CompileHstore([]string{"$", "$.*~"})
		if err != nil {
			t.Fatal(err)
		}
		kept, err := all.Rewrite(nil, []byte(in), keepAll{})
		if err != nil {
			return
		}
		if string(kept) != in {
			t.Fatalf("%q became %q", in, kept)
		}
		out, err := all.Rewrite(nil, []byte(in), &shout{rest: Replace, fixed: `a"\,=>NULL`})
		if err != nil {
			t.Fatalf("%q: %v", in, err)
		}
		var before, after shout
		before.rest, after.rest = Keep, Keep
		if _, err := all.Rewrite(nil, []byte(in), &before); err != nil {
			t.Fatal(err)
		}
		if _, err := all.Rewrite(nil, out, &after); err != nil || len(before.seen) != len(after.seen) {
			t.Fatalf("%q became %q: %v", in, out, err)
		}
	})
}

// Whatever stands anywhere in a document is shown: where every leaf is replaced, nothing
// of a mark that is no name is left. And no answer changes which tags there are.
func FuzzHTML(f *testing.F) {
	for i, s := range pages {
		f.Add(s, uint16(i*7), "x")
		f.Add(s, uint16(i), `"'--></script><!--`)
	}
	all, err := CompileHTML([]string{"/", "//p/@title"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, in string, at uint16, answer string) {
		kept, err := all.Rewrite(nil, []byte(in), keepAll{})
		if err != nil {
			return
		}
		if string(kept) != in {
			t.Fatalf("%q became %q", in, kept)
		}
		if answer == "" || strings.Contains(answer, "7788@") {
			answer = "x"
		}
		out, err := all.Rewrite(nil, []byte(in), &shout{rest: Replace, fixed: answer})
		if err != nil {
			t.Fatalf("%q: %v", in, err)
		}
		if got, want := strings.Count(tagsOf(string(out)), " "), strings.Count(tagsOf(in), " "); got != want {
			t.Fatalf("%q with %q has %d tags, became %q with %d", in, answer, want, out, got)
		}
		const mark = "zq7788@zq9"
		k := int(at) % (len(in) + 1)
		marked := in[:k] + mark + in[k:]
		if out, err = all.Rewrite(nil, []byte(marked), &shout{rest: Replace, fixed: answer}); err == nil && strings.Contains(string(out), "7788@") {
			t.Fatalf("%q became %q", marked, out)
		}
	})
}

func BenchmarkHTML(b *testing.B) {
	row := `<tr class="row"><td>Customer called about a late delivery</td><td data-mail="ann@firma.de">Caf&eacute; wants an answer</td></tr>` + "\n"
	in := []byte("<table>" + strings.Repeat(row, 200) + "</table>")
	h, err := CompileHTML([]string{"//@data-mail"})
	if err != nil {
		b.Fatal(err)
	}
	dst := make([]byte, 0, 2*len(in))
	b.SetBytes(int64(len(in)))
	for b.Loop() {
		if _, err := h.Rewrite(dst, in, constant{}); err != nil {
			b.Fatal(err)
		}
	}
}
