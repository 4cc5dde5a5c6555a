package document

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// HTML rewrites HTML documents and fragments by paths. It is used by one goroutine at a time.
type HTML struct {
	tree

	in      []byte
	dst     []byte
	copied  int
	visitor Visitor
	names   []byte // of the open elements, one after the other
	name    []byte // of an attribute, in small letters
	answer  []byte
}

// maxNested is the depth at which a document is not walked any further: browsers nest no
// deeper than 512, and an end tag is looked for among all that are open.
const maxNested = 2000

// CompileHTML reads the paths, in the form of [CompileXML]: /html/body/p, //td, //a/@href.
// Letter case does not matter. The error names the path.
func CompileHTML(paths []string) (*HTML, error) {
	parsed := make([][]step, len(paths))
	for i, p := range paths {
		steps, err := parseXML(string(bytes.ToLower([]byte(p))))
		if err != nil {
			return nil, err
		}
		parsed[i] = steps
	}
	r, err := compile(paths, parsed)
	if err != nil {
		return nil, err
	}
	return &HTML{tree: tree{route: r}}, nil
}

// Rewrite appends in with its leaves replaced. Elements are those that are written: what a
// browser adds (html, body, tbody) is in no path, and an end tag that was left out is where
// a browser sees it. A path that names an element names the texts in it and below it, the
// text of a script or a style among them; attributes and comments are named by no such
// path. White space around a text stays. The name of an element or an attribute is shown,
// as a Key, only where it is none that a person would give it; a tag that does not end is
// a text. The error is ErrMalformed or the visitor's; dst is then returned as it came.
func (h *HTML) Rewrite(dst, in []byte, v Visitor) ([]byte, error) {
	if !utf8.Valid(in) || bytes.IndexByte(in, 0) >= 0 {
		return dst, ErrMalformed
	}
	start := len(dst)
	h.in, h.dst, h.copied, h.visitor, h.names = in, dst, 0, v, h.names[:0]
	h.begin()
	err := h.walk()
	if err == nil {
		h.dst = append(h.dst, in[h.copied:]...)
		dst = h.dst
	} else {
		dst = h.dst[:start]
	}
	h.in, h.dst, h.visitor = nil, nil, nil
	return dst, err
}

func (h *HTML) walk() error {
	z := html.NewTokenizer(bytes.NewReader(h.in))
	raw := false // what comes is a text without entities
	for from := 0; ; {
		token := z.Next()
		if token == html.ErrorToken {
			if !errors.Is(z.Err(), io.EOF) {
				return ErrMalformed
			}
			return h.tail(from)
		}
		to := from + len(z.Raw())
		if to > len(h.in) || !bytes.Equal(z.Raw(), h.in[from:to]) {
			return ErrMalformed // the places would not be those that the tokenizer means
		}
		var err error
		switch token {
		case html.TextToken:
			err = h.text(z, from, to, raw)
		case html.CommentToken:
			err = h.comment(from, to)
		case html.DoctypeToken:
			err = h.doctype(from, to)
		case html.EndTagToken:
			err = h.endTag(z, from, to)
		default:
			err = h.startTag(z, from, to, token == html.SelfClosingTagToken)
		}
		if err != nil {
			return err
		}
		raw = false
		if token == html.StartTagToken || token == html.SelfClosingTagToken {
			raw = isRaw(h.top().name)
			if string(h.top().name) == "noscript" {
				z.NextIsNotRawText() // a mail is read without scripts
			}
		}
		from = to
	}
}

// isRaw reports whether an element's text has neither entities nor markup.
func isRaw(name []byte) bool {
	switch string(name) {
	case "script", "style", "xmp", "iframe", "noembed", "noframes", "plaintext":
		return true
	}
	return false
}

// tail shows a tag that does not end, which a browser drops.
func (h *HTML) tail(from int) error {
	rest := h.in[from:]
	if len(rest) == 0 {
		return nil
	}
	return h.leaf(from, len(h.in), Text, h.top().path, unescaped(rest))
}

func unescaped(raw []byte) []byte {
	if bytes.IndexByte(raw, '&') < 0 {
		return raw
	}
	return []byte(html.UnescapeString(string(raw)))
}

func (h *HTML) text(z *html.Tokenizer, from, to int, raw bool) error {
	from, to = h.trim(from, to)
	text := h.in[from:to]
	if raw {
		return h.leafAs(from, to, Text, h.top().path, text, appendRawText)
	}
	if bytes.IndexByte(text, '&') >= 0 {
		text = bytes.Trim(z.Text(), " \n\t\r\f")
	}
	return h.leaf(from, to, Text, h.top().path, text)
}

// appendRawText appends what stands in a script, a style or the like: nothing in it may
// begin the end tag, or a comment that hides the end tag.
func appendRawText(dst, text []byte) []byte {
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		switch {
		case !isXMLChar(r) || r == utf8.RuneError && n == 1:
			dst = append(dst, '?')
		case r == '<' && i+1 < len(text) && (text[i+1] == '/' || text[i+1] == '!'):
			dst = append(dst, '<', ' ')
		default:
			dst = append(dst, text[i:i+n]...)
		}
		i += n
	}
	if n := len(dst); n > 0 && len(text) > 0 && dst[n-1] == '<' {
		dst = append(dst, ' ')
	}
	return dst
}

func (h *HTML) trim(from, to int) (int, int) {
	for from < to && isHTMLSpace(h.in[from]) {
		from++
	}
	for to > from && isHTMLSpace(h.in[to-1]) {
		to--
	}
	return from, to
}

func isHTMLSpace(c byte) bool { return isSpace(c) || c == '\f' }

// comment shows what is in a comment, and what a browser takes for one: "<?php ... >".
func (h *HTML) comment(from, to int) error {
	raw := h.in[from:to]
	if inner, ok := bytes.CutPrefix(raw, []byte("<!--")); ok {
		start, end := from+4, to
		for _, closing := range []string{"--!>", "-->", "->", ">"} { // "<!-->" is one as well
			if bytes.HasSuffix(inner, []byte(closing)) {
				end -= len(closing)
				break
			}
		}
		start, end = h.trim(start, max(start, end))
		return h.leafAs(start, end, Comment, -1, h.in[start:end], appendComment)
	}
	if declaration, ok := bytes.CutPrefix(raw, []byte("<?xml ")); ok && isDeclaration(bytes.TrimRight(declaration, "?>")) {
		return nil
	}
	inner := bytes.Trim(bytes.TrimSuffix(raw[2:], []byte(">")), " \n\t\r\f")
	return h.leafAs(from, to, Comment, -1, inner, func(dst, answer []byte) []byte {
		if len(answer) == 0 {
			return dst
		}
		return append(appendComment(append(dst, "<!--"...), answer), "-->"...)
	})
}

func appendComment(dst, text []byte) []byte {
	if len(text) > 0 && text[0] == '>' {
		dst = append(dst, ' ')
	}
	return appendEscaped(dst, text, Comment)
}

// usualDoctype is one that says which HTML it is, and nothing else.
var usualDoctype = regexp.MustCompile(`(?i)^<!doctype\s+html(\s+(public|system)(\s*("-//W3C//DTD X?HTML [a-z0-9. ]{0,40}//EN"|"https?://www\.w3\.org/[a-z0-9/.-]{0,80}"|"about:legacy-compat"))*)?\s*>$`)

func (h *HTML) doctype(from, to int) error {
	raw := h.in[from:to]
	if usualDoctype.Match(raw) {
		return nil
	}
	inner := bytes.Trim(bytes.TrimSuffix(raw[min(len(raw), len("<!doctype")):], []byte(">")), " \n\t\r\f")
	return h.leafAs(from, to, Instruction, -1, inner, func(dst, _ []byte) []byte { return append(dst, "<!DOCTYPE html>"...) })
}

// void are the elements that have no end tag.
var void = set("area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "input", "keygen", "link", "meta", "param", "source", "track", "wbr")

func set(names ...string) map[string]bool {
	s := map[string]bool{}
	for _, n := range names {
		s[n] = true
	}
	return s
}

func (h *HTML) startTag(z *html.Tokenizer, from, to int, selfClosing bool) error {
	name, _ := z.TagName()
	nameTo := from + 1 + len(name)
	if len(h.open) > maxNested {
		return ErrMalformed
	}
	h.close(name)
	if err := h.nameOf(from+1, nameTo); err != nil {
		return err
	}
	at := len(h.names)
	h.names = append(h.names, name...)
	name = h.names[at:]
	h.push(name)
	if err := h.attributes(z, nameTo, to-1); err != nil {
		return err
	}
	if void[string(name)] || selfClosing && h.foreign() {
		h.popName()
	}
	return nil
}

// foreign reports whether the top element lies in one of another language, where a tag
// may close itself.
func (h *HTML) foreign() bool {
	for i := len(h.open) - 1; i > 0; i-- {
		switch string(h.open[i].name) {
		case "svg", "math":
			return true
		case "foreignobject", "annotation-xml":
			return false
		}
	}
	return false
}

func (h *HTML) popName() {
	h.names = h.names[:len(h.names)-len(h.top().name)]
	h.pop()
}

// ending says which open elements a tag ends, and out of which it does not reach.
type ending struct{ ends, within map[string]bool }

// startEnds are those of start tags, where the end tag of another was left out.
var startEnds = func() map[string]ending {
	item := ending{set("dt", "dd"), set("dl", "table", "td", "th", "template")}
	cell := ending{set("td", "th"), set("tr", "table", "template")}
	rows := ending{set("thead", "tbody", "tfoot", "caption", "colgroup"), set("table", "template")}
	paragraph := ending{set("p"), set("button", "object", "applet", "marquee", "table", "td", "th", "caption", "template")}
	all := map[string]ending{
		"li": {set("li"), set("ul", "ol", "menu", "table", "td", "th", "template")}, "dt": item, "dd": item,
		"option": {set("option"), set("select", "datalist", "optgroup", "table", "template")}, "optgroup": {set("optgroup"), set("select", "table", "template")},
		"td": cell, "th": cell, "tr": {set("tr"), set("thead", "tbody", "tfoot", "table", "template")}, "thead": rows, "tbody": rows, "tfoot": rows,
	}
	for name := range set(
		"address", "article", "aside", "blockquote", "center", "details", "dialog", "dir", "div", "dl", "fieldset", "figcaption", "figure", "footer", "form",
		"h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "main", "menu", "nav", "ol", "p", "pre", "section", "summary", "table", "ul",
	) {
		all[name] = paragraph
	}
	return all
}()

// Elements that an end tag does not reach out of: that of a table's part, and any other.
var (
	tables = set("table", "template")
	cells  = set("table", "td", "th", "caption", "template")
)

func (h *HTML) close(name []byte) {
	if e, ok := startEnds[string(name)]; ok {
		h.popTo(func(open []byte) bool { return e.ends[string(open)] }, e.within)
	}
}

// popTo ends the innermost of these elements, and what lies in it, unless another that it
// must not reach out of lies between.
func (h *HTML) popTo(ends func(name []byte) bool, within map[string]bool) {
	for i := len(h.open) - 1; i > 0; i-- {
		switch name := h.open[i].name; {
		case ends(name):
			for len(h.open) > i {
				h.popName()
			}
			return
		case within[string(name)]:
			return
		}
	}
}

func (h *HTML) endTag(z *html.Tokenizer, from, to int) error {
	name, _ := z.TagName()
	nameTo := from + 2 + len(name)
	if err := h.nameOf(from+2, nameTo); err != nil {
		return err
	}
	start, end := h.trim(nameTo, to-1)
	err := h.leafAs(start, end, Text, h.top().path, unescaped(h.in[start:end]), func(dst, _ []byte) []byte { return dst })
	if err != nil {
		return err
	}
	within := cells
	switch string(name) {
	case "table", "html", "body", "template":
		within = nil
	case "caption", "colgroup", "thead", "tbody", "tfoot", "tr", "td", "th":
		within = tables
	}
	h.popTo(func(open []byte) bool { return bytes.Equal(open, name) }, within)
	return nil
}

// attributes shows the values of a start tag's attributes, also of those that are there
// twice, where a browser and the tokenizer know the first alone.
func (h *HTML) attributes(z *html.Tokenizer, i, end int) error {
	key, value, more := z.TagAttr()
	for {
		for i < end && (isHTMLSpace(h.in[i]) || h.in[i] == '/') {
			i++
		}
		if i >= end {
			break
		}
		from := i
		for i++; i < end && !isHTMLSpace(h.in[i]) && h.in[i] != '/' && h.in[i] != '='; { // "=" may begin a name
			i++
		}
		h.name = append(h.name[:0], h.in[from:i]...)
		lower(h.name)
		if err := h.nameOf(from, i); err != nil {
			return err
		}
		known := bytes.Equal(h.name, key)
		at := i
		for at < end && isHTMLSpace(h.in[at]) {
			at++
		}
		if at < end && h.in[at] == '=' {
			var err error
			text := []byte(nil)
			if known {
				text = value
			}
			if i, err = h.value(at+1, end, text, known); err != nil {
				return err
			}
		}
		if known {
			key, value = nil, nil
			if more {
				key, value, more = z.TagAttr()
			}
		}
	}
	if len(key) > 0 || more {
		return ErrMalformed // the tokenizer saw others
	}
	return nil
}

// value shows an attribute's value, which begins after the "=" before i, and returns its end.
func (h *HTML) value(i, end int, text []byte, known bool) (int, error) {
	for i < end && isHTMLSpace(h.in[i]) {
		i++
	}
	if i >= end {
		return i, nil
	}
	path := h.attributePath(h.name)
	quote := h.in[i]
	if quote != '"' && quote != '\'' {
		from := i
		for i < end && !isHTMLSpace(h.in[i]) {
			i++
		}
		if !known {
			text = unescaped(h.in[from:i])
		}
		return i, h.leafAs(from, i, Attribute, path, text, func(dst, answer []byte) []byte {
			return append(appendEscaped(append(dst, '"'), answer, Attribute), '"')
		})
	}
	length := bytes.IndexByte(h.in[i+1:end], quote)
	if length < 0 {
		return 0, ErrMalformed
	}
	from, to := i+1, i+1+length
	if !known {
		text = unescaped(h.in[from:to])
	}
	return to + 1, h.leaf(from, to, Attribute, path, text)
}

func lower(b []byte) {
	for i, c := range b {
		if c-'A' < 26 {
			b[i] = c + 'a' - 'A'
		}
	}
}

// nameOf shows the name of an element or attribute if it may be something else, as a part
// of the element's text: "<ann@firma.de>" is a tag as well.
func (h *HTML) nameOf(from, to int) error {
	if isName(h.in[from:to]) {
		return nil
	}
	return h.leafAs(from, to, Key, h.top().path, h.in[from:to], appendName)
}

// isName reports whether a name is one that a program or a page's author gives: letters,
// few digits, and the signs of frameworks around them.
func isName(name []byte) bool {
	name = bytes.TrimLeft(name, "@:*#.[(")
	name = bytes.TrimRight(name, "])")
	digits := 0
	for _, c := range name {
		switch {
		case c-'0' < 10:
			digits++
		case c|0x20-'a' >= 26 && c != '-' && c != '_' && c != ':' && c != '.':
			return false
		}
	}
	return len(name) > 0 && digits < 4
}

// appendName appends a name without what would end it.
func appendName(dst, name []byte) []byte {
	if len(name) == 0 || name[0]|0x20-'a' >= 26 {
		dst = append(dst, 'x')
	}
	for i := 0; i < len(name); {
		r, n := utf8.DecodeRune(name[i:])
		if r > ' ' && r != 0x7f && r != '/' && r != '>' && r != '<' && r != '=' && r != '"' && r != '\'' && r != '&' && (r != utf8.RuneError || n > 1) {
			dst = append(dst, name[i:i+n]...)
		}
		i += n
	}
	return dst
}

func (h *HTML) leaf(from, to int, kind Kind, path int, text []byte) error {
	return h.leafAs(from, to, kind, path, text, func(dst, answer []byte) []byte { return appendEscaped(dst, answer, kind) })
}

// leafAs shows in[from:to] and splices what write makes of the answer in; of an empty one
// where the visitor says Null.
func (h *HTML) leafAs(from, to int, kind Kind, path int, text []byte, write func(dst, answer []byte) []byte) error {
	if len(text) == 0 {
		return nil
	}
	answer, verdict, err := h.visitor.Visit(h.answer[:0], Leaf{Path: path, Kind: kind, Text: text})
	if err != nil {
		return err
	}
	h.answer = answer
	switch verdict {
	case Keep:
		return nil
	case Null:
		answer = nil
	case Replace:
	default:
		return errNoVerdict
	}
	h.dst = append(h.dst, h.in[h.copied:from]...)
	h.copied = to
	h.dst = write(h.dst, answer)
	return nil
}
