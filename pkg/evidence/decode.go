package evidence

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// pieceSize and overlap bound the memory of unescaping and decoding: a huge value is
// taken in pieces that share enough for any candidate to lie whole in one of them.
const (
	pieceSize = 1 << 16
	overlap   = 1 << 10
)

// unescaped looks at b without the escapes of JSON, XML, HTML and links. A backslash, a
// percent sign or an ampersand alone makes no second look.
func (r *Reader) unescaped(b []byte) {
	if bytes.IndexByte(b, '\\') < 0 && bytes.IndexByte(b, '%') < 0 && bytes.IndexByte(b, '&') < 0 {
		return
	}
	for from := 0; ; from += pieceSize - overlap {
		to := min(len(b), from+pieceSize)
		piece, changed := b[from:to], false
		// twice: a document in a string of another has its escapes escaped
		for round := range r.plain {
			plain, again := r.plain[round][:0], false
			for i := 0; i < len(piece); {
				if !escapes[piece[i]] {
					start := i
					for i++; i < len(piece) && !escapes[piece[i]]; i++ {
					}
					plain = append(plain, piece[start:i]...)
					continue
				}
				c, n := unescape(piece[i:])
				switch {
				case n == 0:
					plain = append(plain, piece[i])
					n = 1
				case c < 0: // a raw byte of a rune
					plain, again = append(plain, byte(-c)), true
				default:
					plain, again = utf8.AppendRune(plain, c), true
				}
				i += n
			}
			r.plain[round] = plain
			if !again {
				break
			}
			piece, changed = plain, true
		}
		if changed {
			r.look(piece, 0)
		}
		if to == len(b) {
			return
		}
	}
}

// escapes begin one.
var escapes = [256]bool{'\\': true, '%': true, '&': true}

// unescape decodes one escape at the beginning of b; n is 0 where there is none. A
// negative rune is a raw byte.
func unescape(b []byte) (c rune, n int) {
	switch b[0] {
	case '\\':
		if len(b) < 2 {
			return 0, 0
		}
		switch b[1] {
		case 'u':
			v, ok := hexValue(b, 2, 4)
			if !ok {
				return 0, 0
			}
			if low, ok := hexValue(b, 8, 4); ok && v >= 0xD800 && v < 0xDC00 && b[6] == '\\' && b[7] == 'u' && low >= 0xDC00 && low < 0xE000 {
				return (v-0xD800)<<10 + low - 0xDC00 + 0x10000, 12
			}
			return v, 6
		case 'n', 't', 'r', 'b', 'f':
			return '\n', 2
		case '"', '\\', '/', '\'':
			return rune(b[1]), 2
		}
	case '%':
		if v, ok := hexValue(b, 1, 2); ok {
			if v >= utf8.RuneSelf {
				return -v, 3
			}
			return v, 3
		}
	case '&':
		return entity(b)
	}
	return 0, 0
}

var entities = []struct {
	name string
	c    rune
}{
	{"&amp;", '&'},
	{"&lt;", '<'},
	{"&gt;", '>'},
	{"&quot;", '"'},
	{"&apos;", '\''},
	{"&nbsp;", ' '},
	{"&commat;", '@'},
	{"&period;", '.'},
	{"&plus;", '+'},
	{"&lpar;", '('},
	{"&rpar;", ')'},
	{"&lowbar;", '_'},
	{"&hyphen;", '-'},
	{"&shy;", '-'},
}

// entity decodes &name;, &#64; and &#x40;.
func entity(b []byte) (c rune, n int) {
	if len(b) < 4 || b[1] != '#' {
		for _, e := range entities {
			if bytes.HasPrefix(b, []byte(e.name)) {
				return e.c, len(e.name)
			}
		}
		return 0, 0
	}
	i, base := 2, rune(10)
	if b[2]|0x20 == 'x' {
		i, base = 3, 16
	}
	for ; i < len(b) && i < 10; i++ {
		switch d, ok := hexValue(b, i, 1); {
		case ok && d < base:
			c = c*base + d
		case b[i] == ';' && c > 0 && c <= unicode.MaxRune:
			return c, i + 1
		default:
			return 0, 0
		}
	}
	return 0, 0
}

func hexValue(b []byte, at, n int) (v rune, ok bool) {
	if len(b) < at+n {
		return 0, false
	}
	for _, c := range b[at : at+n] {
		switch {
		case c >= '0' && c <= '9':
			v = v<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			v = v<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return v, true
}

// leastBase64 is the shortest run that is decoded: it holds nine bytes.
const leastBase64 = 12

// base64 decodes the runs of base64 in b[i:to] that hold text, and looks at what they say.
// It returns where the last of them ended, which may lie beyond, in a later line.
func (r *Reader) base64(b []byte, i, to, depth int) int {
	for ; i < to; i++ {
		if base64Value[b[i]] == 0xFF {
			continue
		}
		end, spoken := i, i // where the last character stands that a digest would not have
		for end < len(b) && base64Value[b[end]] != 0xFF {
			if !digestByte[b[end]] {
				spoken = end + 1
			}
			end++
		}
		if end-i >= leastBase64 && spoken > i {
			start := i
			end = max(r.run(b, i, depth), end)
			// in a path or a link the text begins after a slash or a sign
			for k := start; k < spoken && k < start+256; k++ {
				if c := b[k]; c == '/' || c == '-' || c == '_' || c == '+' {
					if end-k-1 >= leastBase64 {
						r.run(b, k+1, depth)
					}
				}
			}
		}
		i = end
	}
	return i
}

// digestByte are the characters of digests, identifiers and numbers. A run of these alone
// is no text in base64: of four characters that say three letters or digits the first lies
// between I and Z or is one of a to f, and most of the others are none of these either.
var digestByte = func() (t [256]bool) {
	for _, c := range []byte("0123456789abcdefABCDEF+-_/") {
		t[c] = true
	}
	return t
}()

// run decodes one run, over the breaks of lines of 60 to 76 characters, as long as it is
// text. It returns where it ended.
func (r *Reader) run(b []byte, i, depth int) int {
	out := r.decoded[depth][:0]
	acc, have, line := uint32(0), 0, i
	for ; i < len(b); i++ {
		v := base64Value[b[i]]
		if v == 0xFF {
			n := lineBreak(b[i:])
			if n == 0 || i-line < 60 || i-line > 76 || i+n >= len(b) || base64Value[b[i+n]] == 0xFF {
				break
			}
			line = i + n
			i = line - 1
			continue
		}
		acc = acc<<6 | uint32(v)
		if have += 6; have < 8 {
			continue
		}
		have -= 8
		c := byte(acc >> have)
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' || c == 0x7F {
			break // no text; what was decoded so far is looked at all the same
		}
		if out = append(out, c); len(out) == pieceSize {
			r.decoded[depth] = out
			r.look(out, depth+1)
			out = out[:copy(out, out[len(out)-overlap:])]
		}
	}
	r.decoded[depth] = out
	if len(out) >= leastChars {
		r.look(out, depth+1)
	}
	return i
}

func lineBreak(b []byte) int {
	switch {
	case b[0] == '\n':
		return 1
	case bytes.HasPrefix(b, []byte("\r\n")), bytes.HasPrefix(b, []byte(`\n`)):
		return 2
	case bytes.HasPrefix(b, []byte(`\r\n`)):
		return 4
	}
	return 0
}
