package mask

import (
	"slices"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// appendNormal appends the form of v under which values are one: Unicode NFKC, trimmed,
// runs of white space as one space, lower case. Bytes that are no UTF-8 stay, so that
// two broken values stay two. Version 1 of the stand-ins depends on it.
func appendNormal(dst, v []byte) []byte {
	start := len(dst)
	dst = slices.Grow(dst, len(v))
	out, n, space := dst[start:start+len(v)], 0, false
	for i := 0; i < len(v); i++ {
		c := v[i]
		if c >= utf8.RuneSelf {
			low := uint16(0)
			if c >= 0xc3 && c <= 0xc5 && i+1 < len(v) && v[i+1]&0xc0 == 0x80 {
				low = latinLower[uint(c-0xc3)<<6|uint(v[i+1]&0x3f)]
			}
			if low == 0 {
				return appendNormalUnicode(dst[:start], v)
			}
			if space {
				out[n], space = ' ', false
				n++
			}
			out[n], out[n+1] = byte(low>>8), byte(low)
			n += 2
			i++
			continue
		}
		switch {
		case c == ' ' || c >= '\t' && c <= '\r':
			space = n > 0
			continue
		case c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		}
		if space {
			out[n], space = ' ', false
			n++
		}
		out[n] = c
		n++
	}
	return dst[:start+n]
}

// latinLower holds the lower case of the letters from U+00C0 to U+017F as their two bytes
// of UTF-8; 0 where NFKC has more to say, or the lower case has another length. A text of
// these and of ASCII is composed already, since nothing in it combines.
var latinLower = func() (t [3 << 6]uint16) {
	for i := range t {
		r := rune(0xc0 + i)
		if low := utf8.AppendRune(nil, foldRune(r)); len(low) == 2 && norm.NFKC.QuickSpanString(string(r)) == 2 {
			t[i] = uint16(low[0])<<8 | uint16(low[1])
		}
	}
	return t
}()

// appendNormalUnicode is appendNormal for any text. Text that is composed already, which
// nearly all is, is folded straight into dst; only the rest is composed first, which
// allocates.
func appendNormalUnicode(dst, v []byte) []byte {
	if norm.NFKC.QuickSpan(v) != len(v) {
		v = norm.NFKC.Bytes(v)
	}
	start, space := len(dst), false
	for len(v) > 0 {
		r, n := utf8.DecodeRune(v)
		if unicode.IsSpace(r) {
			space = len(dst) > start
			v = v[n:]
			continue
		}
		if space {
			dst, space = append(dst, ' '), false
		}
		if r == utf8.RuneError && n == 1 {
			dst = append(dst, v[0])
		} else {
			dst = utf8.AppendRune(dst, foldRune(r))
		}
		v = v[n:]
	}
	return dst
}

// foldRune is lower case, and one form for the letters whose lower case depends on the place in a word.
func foldRune(r rune) rune {
	switch r {
	case 'ς':
		return 'σ'
	case 'ẞ':
		return 'ß'
	}
	return unicode.ToLower(r)
}

// habit is how a column spells: what is put back on a stand-in.
type habit uint8

const (
	asListed habit = iota // as the word list has it: Capitalised
	allUpper
	allLower
)

// habitOf looks at the letters of v: all capitals takes at least two of them.
func habitOf(v []byte) habit {
	upper, lower := 0, 0
	for i := 0; i < len(v); {
		r, n := rune(v[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRune(v[i:])
		}
		i += n
		switch {
		case r >= 'a' && r <= 'z':
			lower++
		case r >= 'A' && r <= 'Z':
			upper++
		case r < utf8.RuneSelf:
		case unicode.IsLower(r):
			lower++
		case unicode.IsUpper(r):
			upper++
		}
		if upper > 0 && lower > 0 {
			return asListed
		}
	}
	switch {
	case upper > 1:
		return allUpper
	case lower > 0:
		return allLower
	}
	return asListed
}

// appendHabit appends w spelled like h. The number of characters stays.
func appendHabit(dst []byte, w string, h habit) []byte {
	if h == asListed {
		return append(dst, w...)
	}
	for _, r := range w {
		if h == allUpper {
			r = unicode.ToUpper(r)
		} else {
			r = unicode.ToLower(r)
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

// sameFolded reports whether w, folded, is the normal form n. Words of the lists are in
// NFC and have single spaces, which is all that the normal form changes in them besides case.
func sameFolded(n []byte, w string) bool {
	for _, r := range w {
		if len(n) == 0 {
			return false
		}
		q, size := utf8.DecodeRune(n)
		if q != foldRune(r) {
			return false
		}
		n = n[size:]
	}
	return len(n) == 0
}

// cutRunes shortens dst to at most limit characters after from, at a rune's boundary.
func cutRunes(dst []byte, from, limit int) []byte {
	if limit <= 0 || len(dst)-from <= limit {
		return dst
	}
	i := from
	for ; limit > 0 && i < len(dst); limit-- {
		_, n := utf8.DecodeRune(dst[i:])
		i += n
	}
	for i > from && i < len(dst) && dst[i-1] == ' ' {
		i-- // char(n) and trimming readers drop a space at the end
	}
	return dst[:i]
}
