package document

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// Hstore rewrites the pairs of an hstore by their keys. It is used by one goroutine at a time.
type Hstore struct {
	route

	visitor Visitor
	answer  []byte
	key     []byte // without its escapes
	value   []byte
}

// CompileHstore reads the paths: $.key, $['odd key'], $.*; a ~ at the end names the keys
// and not their values. $ names every value. The error names the path.
func CompileHstore(paths []string) (*Hstore, error) {
	parsed := make([][]step, len(paths))
	for i, p := range paths {
		steps, err := parseJSON(p)
		if err != nil {
			return nil, err
		}
		if len(steps) > 1 || len(steps) == 1 && (steps[0].index >= 0 || steps[0].deep) {
			return nil, fmt.Errorf("path %q: an hstore has keys and nothing below them: $.key, $['odd key'], $.* or $.*~", p)
		}
		parsed[i] = steps
	}
	r, err := compile(paths, parsed)
	if err != nil {
		return nil, err
	}
	return &Hstore{route: r}, nil
}

// Rewrite appends in with its keys and values replaced; an answer is written in quotes.
// Values that are NULL or empty are not shown, nor are empty keys. The error is
// ErrMalformed or the visitor's; dst is then returned as it came.
func (h *Hstore) Rewrite(dst, in []byte, v Visitor) ([]byte, error) {
	if !utf8.Valid(in) || bytes.IndexByte(in, 0) >= 0 {
		return dst, ErrMalformed
	}
	start := len(dst)
	h.visitor = v
	dst, err := h.pairs(dst, in)
	h.visitor = nil
	if err != nil {
		return dst[:start], err
	}
	return dst, nil
}

func (h *Hstore) pairs(dst, in []byte) ([]byte, error) {
	copied := 0
	splice := func(from, to int, kind Kind, path int, text []byte) error {
		if len(text) == 0 {
			return nil
		}
		answer, verdict, err := h.visitor.Visit(h.answer[:0], Leaf{Path: path, Kind: kind, Text: text})
		if err != nil {
			return err
		}
		h.answer = answer
		switch {
		case verdict == Keep, verdict == Null && kind == Key:
			return nil
		case verdict != Null && verdict != Replace:
			return errNoVerdict
		}
		dst = append(dst, in[copied:from]...)
		if copied = to; verdict == Null {
			dst = append(dst, "NULL"...)
		} else {
			dst = appendQuoted(dst, answer)
		}
		return nil
	}
	for i, first := skipBlanks(in, 0), true; i < len(in); first = false {
		if !first {
			if in[i] != ',' {
				return dst, ErrMalformed
			}
			i = skipBlanks(in, i+1)
		}
		from, ok := i, false
		if h.key, i, ok = appendWord(h.key[:0], in, i, '='); !ok {
			return dst, ErrMalformed
		}
		keyPath, valuePath := h.named(h.key)
		if err := splice(from, i, Key, keyPath, h.key); err != nil {
			return dst, err
		}
		if i = skipBlanks(in, i); i+1 >= len(in) || in[i] != '=' || in[i+1] != '>' {
			return dst, ErrMalformed
		}
		from = skipBlanks(in, i+2)
		if h.value, i, ok = appendWord(h.value[:0], in, from, ','); !ok {
			return dst, ErrMalformed
		}
		if !bytes.EqualFold(in[from:i], []byte("null")) {
			if err := splice(from, i, String, valuePath, h.value); err != nil {
				return dst, err
			}
		}
		i = skipBlanks(in, i)
	}
	return append(dst, in[copied:]...), nil
}

// named returns the paths that name a key and its value.
func (h *Hstore) named(key []byte) (keyPath, valuePath int) {
	keyPath, valuePath = -1, h.whole
	best := -1
	for i := range h.steps {
		s := &h.steps[i]
		switch {
		case !s.any && s.name != string(key):
		case s.keys:
			keyPath = h.better(keyPath, s.path)
		default:
			best = h.better(best, s.path)
		}
	}
	if best >= 0 {
		valuePath = best
	}
	return keyPath, valuePath
}

// appendWord reads a key or a value at i, in quotes or bare, where a bare one ends at
// until, and returns where it ends.
func appendWord(dst, in []byte, i int, until byte) (word []byte, end int, ok bool) {
	start, quoted := i, i < len(in) && in[i] == '"'
	if quoted {
		i++
	}
	for ; i < len(in); i++ {
		c := in[i]
		switch {
		case quoted && c == '"':
			return dst, i + 1, true
		case c == '"':
			return dst, i, false
		case !quoted && (isBlank(c) || c == until):
			return dst, i, i > start
		case c == '\\':
			if i++; i == len(in) {
				return dst, i, false
			}
		}
		dst = append(dst, in[i])
	}
	return dst, i, !quoted && i > start
}

func appendQuoted(dst, s []byte) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRune(s[i:])
		switch {
		case r == utf8.RuneError && n == 1 || r == 0:
			dst = append(dst, '?')
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		default:
			dst = append(dst, s[i:i+n]...)
		}
		i += n
	}
	return append(dst, '"')
}

// isBlank is what the server takes for white space between words.
func isBlank(c byte) bool { return isSpace(c) || c == '\v' || c == '\f' }

func skipBlanks(in []byte, i int) int {
	for i < len(in) && isBlank(in[i]) {
		i++
	}
	return i
}
