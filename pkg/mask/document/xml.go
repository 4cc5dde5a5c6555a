package document

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"
	"unicode/utf8"
)

// XML rewrites XML documents and fragments by paths. It is used by one goroutine
// at a time.
type XML struct {
	tree

	in      []byte
	dst     []byte
	copied  int
	visitor Visitor
	decoded []byte
	answer  []byte
}

// maxElements is the depth at which a document is not walked any further.
const maxElements = 10000

// CompileXML reads the paths: /a/b, /a/b/@c, //name, /*/b, //@id. A name with a
// prefix matches as it is written, one without matches any prefix. The error names
// the path.
func CompileXML(paths []string) (*XML, error) {
	parsed := make([][]step, len(paths))
	for i, p := range paths {
		steps, err := parseXML(p)
		if err != nil {
			return nil, err
		}
		parsed[i] = steps
	}
	r, err := compile(paths, parsed)
	if err != nil {
		return nil, err
	}
	return &XML{tree: tree{route: r}}, nil
}

// Rewrite appends in with its leaves replaced. A path that names an element names
// the texts in it and below it; attributes, comments and instructions are named by
// no such path. White space around a text stays, and text that is all white space
// is not shown; so are names, namespace declarations and the XML declaration. The
// error is ErrMalformed, also for a DTD with declarations and for a document
// without any element, or the visitor's; dst is then returned as it came.
func (x *XML) Rewrite(dst, in []byte, v Visitor) ([]byte, error) {
	if !utf8.Valid(in) || !areXMLChars(in) {
		return dst, ErrMalformed
	}
	start := len(dst)
	x.in, x.dst, x.copied, x.visitor = in, dst, 0, v
	x.begin()
	err := x.walk()
	if err == nil {
		x.dst = append(x.dst, in[x.copied:]...)
		dst = x.dst
	} else {
		dst = x.dst[:start]
	}
	x.in, x.dst, x.visitor = nil, nil, nil
	return dst, err
}

func (x *XML) walk() error {
	elements := 0
	for i := 0; i < len(x.in); {
		if x.in[i] != '<' {
			end := bytes.IndexByte(x.in[i:], '<')
			if end < 0 {
				end = len(x.in) - i
			}
			if err := x.text(i, i+end, Text, x.top().path); err != nil {
				return err
			}
			i += end
			continue
		}
		rest := x.in[i:]
		var err error
		switch {
		case len(rest) > 1 && rest[1] == '/':
			i, err = x.endTag(i)
		case bytes.HasPrefix(rest, []byte("<!--")):
			i, err = x.between(i, 4, "-->", Comment, -1)
		case bytes.HasPrefix(rest, []byte("<![CDATA[")):
			i, err = x.between(i, 9, "]]>", cdata, x.top().path)
		case bytes.HasPrefix(rest, []byte("<?")):
			i, err = x.instruction(i)
		case bytes.HasPrefix(rest, []byte("<!DOCTYPE")):
			i, err = x.doctype(i)
		default:
			elements++
			i, err = x.startTag(i)
		}
		if err != nil {
			return err
		}
	}
	if len(x.open) != 1 || elements == 0 {
		return ErrMalformed
	}
	return nil
}

func (x *XML) endTag(i int) (int, error) {
	end := nameEnd(x.in, i+2)
	if len(x.open) == 1 || !bytes.Equal(x.in[i+2:end], x.top().name) {
		return 0, ErrMalformed
	}
	end = skipSpace(x.in, end)
	if end >= len(x.in) || x.in[end] != '>' {
		return 0, ErrMalformed
	}
	x.pop()
	return end + 1, nil
}

func (x *XML) startTag(i int) (int, error) {
	end := nameEnd(x.in, i+1)
	if end == i+1 || len(x.open) > maxElements {
		return 0, ErrMalformed
	}
	name := x.in[i+1 : end]
	x.push(name)
	for i = end; ; {
		at := skipSpace(x.in, i)
		switch {
		case at >= len(x.in):
			return 0, ErrMalformed
		case x.in[at] == '>':
			return at + 1, nil
		case x.in[at] == '/':
			if at+1 >= len(x.in) || x.in[at+1] != '>' {
				return 0, ErrMalformed
			}
			x.pop()
			return at + 2, nil
		case at == i: // attributes are apart
			return 0, ErrMalformed
		}
		var err error
		if i, err = x.attribute(at); err != nil {
			return 0, err
		}
	}
}

func (x *XML) attribute(i int) (int, error) {
	end := nameEnd(x.in, i)
	at := skipSpace(x.in, end)
	if end == i || at >= len(x.in) || x.in[at] != '=' {
		return 0, ErrMalformed
	}
	name := x.in[i:end]
	at = skipSpace(x.in, at+1)
	if at >= len(x.in) || x.in[at] != '"' && x.in[at] != '\'' {
		return 0, ErrMalformed
	}
	length := bytes.IndexByte(x.in[at+1:], x.in[at])
	if length < 0 {
		return 0, ErrMalformed
	}
	from, to := at+1, at+1+length
	if bytes.IndexByte(x.in[from:to], '<') >= 0 {
		return 0, ErrMalformed
	}
	if string(name) == "xmlns" || bytes.HasPrefix(name, []byte("xmlns:")) {
		return to + 1, nil
	}
	return to + 1, x.text(from, to, Attribute, x.attributePath(name))
}

// cdata is a Text that has no entities.
const cdata = Instruction + 1

// between shows what lies between an opening of n characters at i and a closing.
func (x *XML) between(i, n int, closing string, kind Kind, path int) (int, error) {
	from := i + n
	length := bytes.Index(x.in[from:], []byte(closing))
	if length < 0 {
		return 0, ErrMalformed
	}
	return from + length + len(closing), x.text(from, from+length, kind, path)
}

func (x *XML) instruction(i int) (int, error) {
	target := nameEnd(x.in, i+2)
	if target == i+2 {
		return 0, ErrMalformed
	}
	if string(x.in[i+2:target]) != "xml" {
		return x.between(i, target-i, "?>", Instruction, -1)
	}
	length := bytes.Index(x.in[target:], []byte("?>"))
	if i != 0 || length < 0 || !isDeclaration(x.in[target:target+length]) {
		return 0, ErrMalformed
	}
	return target + length + 2, nil
}

// isDeclaration reports whether the inside of an XML declaration is one: it is kept
// as it is, so nothing else may stand there.
func isDeclaration(b []byte) bool {
	for len(bytes.TrimSpace(b)) > 0 {
		b = bytes.TrimLeft(b, " \t\r\n")
		name, rest, ok := bytes.Cut(b, []byte("="))
		rest = bytes.TrimLeft(rest, " \t\r\n")
		if !ok || len(rest) < 2 || rest[0] != '"' && rest[0] != '\'' {
			return false
		}
		end := bytes.IndexByte(rest[1:], rest[0])
		if end < 0 || !isDeclared(string(bytes.TrimSpace(name)), rest[1:1+end]) {
			return false
		}
		b = rest[end+2:]
	}
	return true
}

// isDeclared reports whether a value of a declaration is one that such a name has, and
// nothing that could say more.
func isDeclared(name string, value []byte) bool {
	digits := 0
	for _, c := range value {
		if c-'0' < 10 {
			digits++
		} else if !(c|0x20-'a' < 26 || c == '-' || c == '_' || c == '.' || c == ':') {
			return false
		}
	}
	switch name {
	case "version":
		return string(value) == "1.0" || string(value) == "1.1"
	case "standalone":
		return string(value) == "yes" || string(value) == "no"
	case "encoding":
		return len(value) <= 20 && digits <= 6 // "ISO-8859-15"
	}
	return false
}

// doctype passes a document type without declarations of its own. Those may define
// entities, whose text would have to be read; such a document is refused.
func (x *XML) doctype(i int) (int, error) {
	end := bytes.IndexByte(x.in[i:], '>')
	if end < 0 || len(x.open) != 1 || bytes.IndexByte(x.in[i:i+end], '[') >= 0 {
		return 0, ErrMalformed
	}
	return i + end + 1, nil
}

// text shows in[from:to] without the white space around it.
func (x *XML) text(from, to int, kind Kind, path int) error {
	if kind != Attribute {
		from = skipSpace(x.in[:to], from)
		for to > from && isSpace(x.in[to-1]) {
			to--
		}
	}
	if from == to {
		return nil
	}
	raw := x.in[from:to]
	text := raw
	if (kind == Text || kind == Attribute) && bytes.IndexByte(raw, '&') >= 0 {
		var ok bool
		if x.decoded, ok = appendDecoded(x.decoded[:0], raw); !ok {
			return ErrMalformed
		}
		text = x.decoded
	}
	shown := kind
	if kind == cdata {
		shown = Text
	}
	answer, verdict, err := x.visitor.Visit(x.answer[:0], Leaf{Path: path, Kind: shown, Text: text})
	if err != nil {
		return err
	}
	x.answer = answer
	switch verdict {
	case Keep:
		return nil
	case Null:
		answer = nil
	case Replace:
	default:
		return errNoVerdict
	}
	x.dst = append(x.dst, x.in[x.copied:from]...)
	x.copied = to
	x.dst = appendEscaped(x.dst, answer, kind)
	return nil
}

// appendDecoded appends text with the five named entities and the character
// references resolved; false for any other entity.
func appendDecoded(dst, text []byte) ([]byte, bool) {
	for {
		amp := bytes.IndexByte(text, '&')
		if amp < 0 {
			return append(dst, text...), true
		}
		dst = append(dst, text[:amp]...)
		text = text[amp+1:]
		end := bytes.IndexByte(text, ';')
		if end <= 0 || end > 10 {
			return dst, false
		}
		name := string(text[:end])
		text = text[end+1:]
		switch name {
		case "lt":
			dst = append(dst, '<')
		case "gt":
			dst = append(dst, '>')
		case "amp":
			dst = append(dst, '&')
		case "quot":
			dst = append(dst, '"')
		case "apos":
			dst = append(dst, '\'')
		default:
			digits, ok := strings.CutPrefix(name, "#")
			base := 10
			if hex, isHex := strings.CutPrefix(digits, "x"); isHex {
				digits, base = hex, 16
			}
			r, err := strconv.ParseUint(digits, base, 21)
			if !ok || err != nil || !isXMLChar(rune(r)) {
				return dst, false
			}
			dst = utf8.AppendRune(dst, rune(r))
		}
	}
}

// appendEscaped appends text such that it reads as text at its place. What XML does
// not take at all becomes a question mark.
func appendEscaped(dst, text []byte, kind Kind) []byte {
	markup := kind == Text || kind == Attribute
	for i := 0; i < len(text); {
		run := i
		for run < len(text) && isPlain[text[run]] {
			run++
		}
		if run > i {
			dst = append(dst, text[i:run]...)
			i = run
			continue
		}
		r, n := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRune(text[i:])
		}
		last := byte(0)
		if len(dst) > 0 {
			last = dst[len(dst)-1]
		}
		switch {
		case !isXMLChar(r) || r == utf8.RuneError && n == 1:
			dst = append(dst, '?')
		case markup && r == '&':
			dst = append(dst, "&amp;"...)
		case markup && r == '<':
			dst = append(dst, "&lt;"...)
		case markup && r == '>':
			dst = append(dst, "&gt;"...)
		case kind == Attribute && r == '"':
			dst = append(dst, "&quot;"...)
		case kind == Attribute && r == '\'':
			dst = append(dst, "&apos;"...)
		case kind == Attribute && r < ' ':
			dst = append(append(append(dst, "&#"...), strconv.Itoa(int(r))...), ';')
		case markup && r == '\r':
			dst = append(dst, "&#13;"...)
		case kind == cdata && r == '>' && last == ']':
			dst = append(dst, ' ', '>') // "]]>" would end it
		case kind == Comment && r == '-' && last == '-':
			dst = append(dst, ' ', '-')
		case kind == Instruction && r == '>' && last == '?':
			dst = append(dst, ' ', '>')
		default:
			dst = append(dst, text[i:i+n]...)
		}
		i += n
	}
	if last := len(dst) - 1; last >= 0 && len(text) > 0 &&
		(kind == Comment && dst[last] == '-' || kind == cdata && dst[last] == ']' || kind == Instruction && dst[last] == '?') {
		dst = append(dst, ' ') // it would join the closing
	}
	return dst
}

// isPlain are the bytes that are written as they are at every place: letters, digits and
// punctuation that ends nothing.
var isPlain = func() (t [256]bool) {
	for c := ' '; c < 0x7f; c++ {
		t[c] = !strings.ContainsRune(`&<>"'-]?`, c)
	}
	return t
}()

func isXMLChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= ' ' && r <= 0xd7ff || r >= 0xe000 && r <= 0xfffd || r >= 0x10000 && r <= 0x10ffff
}

// areXMLChars reports whether a valid UTF-8 text has no character that XML does not take. Eight
// bytes are looked at together where none is below a space or begins U+FFFE and U+FFFF: see plainEnd.
func areXMLChars(text []byte) bool {
	const ones = 0x0101010101010101
	for i := 0; i < len(text); i++ {
		for i+8 <= len(text) {
			w := binary.LittleEndian.Uint64(text[i:])
			high := w ^ 0xef*ones
			if ((w-' '*ones)&^w|(high-ones)&^high)&(0x80*ones) != 0 {
				break
			}
			i += 8
		}
		if i == len(text) {
			break
		}
		switch c := text[i]; {
		case c < ' ' && c != '\t' && c != '\n' && c != '\r':
			return false
		case c == 0xef && text[i+1] == 0xbf && text[i+2] >= 0xbe: // U+FFFE and U+FFFF
			return false
		}
	}
	return true
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

func skipSpace(in []byte, i int) int {
	for i < len(in) && isSpace(in[i]) {
		i++
	}
	return i
}

// nameEnd returns where the name that starts at i ends; i when there is none.
func nameEnd(in []byte, i int) int {
	start := i
	for ; i < len(in); i++ {
		c := in[i]
		switch {
		case c|0x20-'a' < 26, c == '_', c == ':', c >= utf8.RuneSelf:
		case i > start && (c-'0' < 10 || c == '-' || c == '.'):
		default:
			return i
		}
	}
	return i
}
