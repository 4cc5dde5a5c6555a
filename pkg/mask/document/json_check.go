package document

import (
	"encoding/binary"
	"math/bits"
	"strings"
)

// maxNesting is how deep arrays and objects may lie in each other: the walk is recursive.
const maxNesting = 10000

// isJSON reports whether a valid UTF-8 text is one JSON value (RFC 8259). Names may come
// twice and surrogates alone, as PostgreSQL's type json takes them.
func isJSON(in []byte) bool {
	i := jsonEnd(in, skipSpace(in, 0), maxNesting)
	return i >= 0 && skipSpace(in, i) == len(in)
}

// jsonEnd returns where the value that starts at i ends; -1 when there is none, or when
// more than depth others lie in each other in it.
func jsonEnd(in []byte, i, depth int) int {
	if i >= len(in) {
		return -1
	}
	switch in[i] {
	case '"':
		return textEnd(in, i)
	case '{', '[':
		if depth == 0 {
			return -1
		}
		return membersEnd(in, i, depth-1)
	case 't':
		return wordEnd(in, i, "true")
	case 'f':
		return wordEnd(in, i, "false")
	case 'n':
		return wordEnd(in, i, "null")
	}
	if end := numberEnd(in, i); end > i {
		return end
	}
	return -1
}

func wordEnd(in []byte, i int, word string) int {
	if len(in)-i < len(word) || string(in[i:i+len(word)]) != word {
		return -1
	}
	return i + len(word)
}

// membersEnd returns where the object or array that starts at i ends.
func membersEnd(in []byte, i, depth int) int {
	object, closing := in[i] == '{', in[i]+2 // ']' and '}' come two after their openings
	if i = skipSpace(in, i+1); i < len(in) && in[i] == closing {
		return i + 1
	}
	for {
		if object {
			if i >= len(in) || in[i] != '"' {
				return -1
			}
			if i = textEnd(in, i); i < 0 {
				return -1
			}
			if i = skipSpace(in, i); i >= len(in) || in[i] != ':' {
				return -1
			}
			i = skipSpace(in, i+1)
		}
		if i = jsonEnd(in, i, depth); i < 0 {
			return -1
		}
		i = skipSpace(in, i)
		switch {
		case i >= len(in):
			return -1
		case in[i] == closing:
			return i + 1
		case in[i] != ',':
			return -1
		}
		i = skipSpace(in, i+1)
	}
}

// textEnd returns where the string literal that starts at i ends; -1 when it is none.
func textEnd(in []byte, i int) int {
	for i++; ; {
		i = plainEnd(in, i)
		switch {
		case i >= len(in) || in[i] < ' ':
			return -1
		case in[i] == '"':
			return i + 1
		case i+1 < len(in) && strings.IndexByte(`"\/bfnrt`, in[i+1]) >= 0:
			i += 2
		case i+5 < len(in) && in[i+1] == 'u' && isHex(in[i+2]) && isHex(in[i+3]) && isHex(in[i+4]) && isHex(in[i+5]):
			i += 6
		default:
			return -1
		}
	}
}

func isHex(c byte) bool { return c-'0' < 10 || c|0x20-'a' < 6 }

// plainEnd returns where the next quote, backslash or control character stands, len(in) for
// nowhere. It looks at eight bytes at once: what is taken from each borrows from the next
// where it is too much, which sets its highest bit, and only the first one found counts.
func plainEnd(in []byte, i int) int {
	const ones = 0x0101010101010101
	for ; i+8 <= len(in); i += 8 {
		w := binary.LittleEndian.Uint64(in[i:])
		quote, slash := w^'"'*ones, w^'\\'*ones
		if found := ((quote-ones)&^quote | (slash-ones)&^slash | (w-' '*ones)&^w) & (0x80 * ones); found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for i < len(in) && in[i] != '"' && in[i] != '\\' && in[i] >= ' ' {
		i++
	}
	return i
}
