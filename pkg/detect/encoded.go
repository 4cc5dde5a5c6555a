package detect

import (
	"unicode"
	"unicode/utf8"
)

// base64Value is the value of a character of either alphabet, 0xFF for others.
var base64Value = func() (t [256]uint8) {
	for i := range t {
		t[i] = 0xFF
	}
	for i, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		t[c] = uint8(i)
	}
	t['-'], t['_'] = 62, 63
	return t
}()

// maxDecoded is how much of a base64 run is decoded at once. A multiple of three, so
// that the rest of a longer run is decoded from where this part ends.
const maxDecoded = 3 << 18

// encoded decodes the base64 run that begins with the word at start, where it is long
// enough and decodes to text, and scans what it says. A hit inside covers the run.
func (s *Scanner) encoded(b []byte, start, end int) int {
	if s.depth >= len(s.decoded) || start < s.runEnd {
		return end
	}
	if p := at(b, start-1); p == '+' || p == '/' && base64Value[at(b, start-2)] != 0xFF || p == '_' || p == '-' && alnum(at(b, start-2)) {
		return end
	}
	out := s.decoded[s.depth][:0]
	acc, bitsIn := uint32(0), 0
	i, line, n := start, start, 0
	for i < len(b) {
		v := base64Value[b[i]]
		if v == 0xFF {
			// Lines of 60 to 76 characters, with their break written or escaped.
			if w := lineBreak(b, i); w > 0 && i-line >= 60 && i-line <= 76 && base64Value[at(b, i+w)] != 0xFF {
				i += w
				line = i
				continue
			}
			break
		}
		acc = acc<<6 | uint32(v)
		n++
		if bitsIn += 6; bitsIn >= 8 {
			bitsIn -= 8
			c := byte(acc >> bitsIn)
			// Words that are no base64 betray themselves within a few bytes.
			if c < ' ' && !space(c) || c == 0x7F {
				s.decoded[s.depth] = out
				return end
			}
			out = append(out, c)
			if len(out) == maxDecoded {
				i++
				break
			}
			if len(out) == 16 && !text(out[:13]) {
				s.decoded[s.depth] = out
				return end
			}
		}
		i++
	}
	s.decoded[s.depth] = out
	s.runEnd = i
	for at(b, i) == '=' && i-s.runEnd < 2 {
		i++
	}
	if n < 24 || n%4 == 1 || !text(out) {
		return end
	}
	mark, runEnd, scheme, escaped := len(s.out), s.runEnd, s.scheme, s.escaped
	s.depth++
	s.walk(out)
	s.depth--
	s.runEnd, s.scheme, s.escaped = runEnd, scheme, escaped
	for k := mark; k < len(s.out); k++ {
		s.out[k].Start, s.out[k].End = start, i
	}
	if len(s.out) == mark {
		if len(out) == maxDecoded {
			return i
		}
		return end
	}
	// One hit for the run is enough, the most certain.
	best := mark
	for k := mark + 1; k < len(s.out); k++ {
		if s.out[k].Confidence > s.out[best].Confidence {
			best = k
		}
	}
	s.out[mark] = s.out[best]
	s.out = s.out[:mark+1]
	return i
}

func lineBreak(b []byte, i int) int {
	switch {
	case b[i] == '\n':
		return 1
	case b[i] == '\r' && at(b, i+1) == '\n':
		return 2
	case b[i] == '\\' && at(b, i+1) == 'n':
		return 2
	case b[i] == '\\' && at(b, i+1) == 'r' && at(b, i+2) == '\\' && at(b, i+3) == 'n':
		return 4
	}
	return 0
}

// text reports whether b reads as text: valid UTF-8 but for a cut rune at the end, and
// nine of ten bytes that prose, JSON or XML would have.
func text(b []byte) bool {
	plain := 0
	for i := 0; i < len(b); {
		if c := b[i]; c < utf8.RuneSelf {
			if alnum(c) || space(c) || c == '@' || c == '.' || c == ',' || c == '"' || c == ':' || c == '-' || c == '<' || c == '>' || c == '/' || c == '_' || c == '{' || c == '}' || c == '+' || c == '=' || c == '(' || c == ')' {
				plain++
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size == 1 {
			if len(b)-i < utf8.UTFMax && !utf8.FullRune(b[i:]) {
				break
			}
			return false
		}
		if !unicode.IsPrint(r) {
			return false
		}
		plain += size
		i += size
	}
	return plain*10 >= len(b)*9
}

// pieceSize and overlap bound the memory of unescaping: a huge document is taken in
// pieces that share enough for any hit to lie whole in one of them.
const (
	pieceSize = 1 << 16
	overlap   = 512
)

// unescaped decodes JSON's \u, XML's and HTML's entities and percent signs, and scans
// the text again. Hits found before at the same place are settled against these.
func (s *Scanner) unescaped(b []byte) {
	for from := 0; ; from += pieceSize - overlap {
		to := min(len(b), from+pieceSize)
		s.piece(b[from:to], from)
		if to == len(b) {
			return
		}
	}
}

// piece unescapes and scans a piece of a text that begins at the offset from.
func (s *Scanner) piece(b []byte, from int) {
	s.plain, s.offsets = s.plain[:0], s.offsets[:0]
	changed := false
	for i := 0; i < len(b); {
		r, size := unescape(b, i)
		if size == 0 {
			s.plain = append(s.plain, b[i])
			s.offsets = append(s.offsets, int32(i))
			i++
			continue
		}
		changed = true
		before := len(s.plain)
		if r < 0 { // a raw byte
			s.plain = append(s.plain, byte(-r))
		} else {
			s.plain = utf8.AppendRune(s.plain, r)
		}
		for range len(s.plain) - before {
			s.offsets = append(s.offsets, int32(i))
		}
		i += size
	}
	if !changed {
		return
	}
	s.offsets = append(s.offsets, int32(len(b)))
	mark := len(s.out)
	s.walk(s.plain)
	for k := mark; k < len(s.out); k++ {
		s.out[k].Start = from + int(s.offsets[s.out[k].Start])
		s.out[k].End = from + int(s.offsets[s.out[k].End])
	}
}

// unescape decodes one escape at i; size 0 is none. A negative rune is a raw byte.
func unescape(b []byte, i int) (r rune, size int) {
	switch b[i] {
	case '\\':
		switch at(b, i+1) {
		case 'u':
			if v, ok := hexValue(b, i+2, 4); ok {
				if v >= 0xD800 && v < 0xDC00 && at(b, i+6) == '\\' && at(b, i+7) == 'u' {
					if low, ok := hexValue(b, i+8, 4); ok && low >= 0xDC00 && low < 0xE000 {
						return (v-0xD800)<<10 + low - 0xDC00 + 0x10000, 12
					}
				}
				return v, 6
			}
		case 'n', 't', 'r', 'b', 'f':
			return '\n', 2
		case '"', '\\', '/':
			return rune(b[i+1]), 2
		}
	case '%':
		if v, ok := hexValue(b, i+1, 2); ok {
			if v >= 0x80 {
				return -v, 3
			}
			return v, 3
		}
	case '&':
		if at(b, i+1) == '#' {
			j, v := i+2, rune(0)
			hex := at(b, j)|0x20 == 'x'
			if hex {
				j++
			}
			for from := j; j < from+7; j++ {
				c := at(b, j)
				if d, ok := hexValue(b, j, 1); ok && hex {
					v = v<<4 | d
				} else if !hex && digit(c) {
					v = v*10 + rune(c-'0')
				} else {
					break
				}
			}
			if at(b, j) == ';' && v > 0 && v <= unicode.MaxRune {
				return v, j + 1 - i
			}
			return 0, 0
		}
		for _, e := range entities {
			if len(b)-i >= len(e.name) && string(b[i:i+len(e.name)]) == e.name {
				return e.r, len(e.name)
			}
		}
	}
	return 0, 0
}

var entities = []struct {
	name string
	r    rune
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
	{"&auml;", 'ä'},
	{"&ouml;", 'ö'},
	{"&uuml;", 'ü'},
	{"&szlig;", 'ß'},
	{"&eacute;", 'é'},
	{"&egrave;", 'è'},
}

func hexValue(b []byte, i, n int) (v rune, ok bool) {
	for k := range n {
		c := at(b, i+k)
		switch {
		case digit(c):
			v = v<<4 | rune(c-'0')
		case hexDigit(c):
			v = v<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return v, true
}
