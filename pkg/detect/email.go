package detect

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// localByte says which ASCII bytes a local part in running text may hold. The rest of
// RFC 5321's atext (= / ? & | { } `) is more often what separates the address from a
// query string or a template.
var localByte = func() (t [128]bool) {
	for c := range 128 {
		t[c] = alnum(byte(c)) || bytes.IndexByte([]byte("._%+-'~!#$*^"), byte(c)) >= 0
	}
	return t
}()

// fileEndings look like top-level domains behind an '@' (logo@2x.png) and are none.
var fileEndings = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range []string{"png", "jpg", "jpeg", "gif", "svg", "webp", "ico", "css", "js", "mjs", "ts", "tsx", "jsx", "json", "html", "htm", "php", "pdf", "xml", "yml", "yaml", "txt", "md", "csv", "log", "bmp", "mp4", "service", "timer", "socket"} {
		m[w] = true
	}
	return m
}()

// email looks at an '@'; it returns where to go on.
func (s *Scanner) email(b []byte, i int) int {
	start := s.localStart(b, i)
	if start == i {
		return i + 1
	}
	end, dots, tld := domainEnd(b, i+1)
	if end == i+1 {
		return i + 1
	}
	if s.inCredentials(b, start, i) {
		return i + 1
	}
	confidence := 0.95
	switch {
	case dots == 0:
		// A bare host is an address in a mailbox column, after mailto: or near the word; elsewhere it is a handle.
		confidence = 0.4
		host := b[i+1 : end]
		if s.hint.speaks.has(kEmail) || start >= 7 && bytes.EqualFold(b[start-7:start], []byte("mailto:")) || string(host) == "localhost" {
			confidence = 0.8
		} else if end < len(b) && b[end] == '.' {
			confidence = 0.3
		} else if nearby(b, start, end).has(kEmail) {
			confidence = 0.7
		}
	case tld < 2:
		confidence = 0.6
		if !s.hint.speaks.has(kEmail) {
			confidence = 0.45
		}
	case fileEndings[string(lowerASCII(s.norm[:0], b[end-tld:end]))]:
		confidence = 0.2
	case end < len(b) && b[end] == ':' && bytes.Equal(b[start:i], []byte("git")):
		confidence = 0.3 // git@host:path is a repository
	}
	s.add(kEmail, start, end, confidence)
	return end
}

// localStart walks back from the '@' at i over a local part.
func (s *Scanner) localStart(b []byte, i int) int {
	if i > 0 && b[i-1] == '"' {
		if q := quotedStart(b, i-1); q >= 0 {
			return q
		}
		return i
	}
	start, ascii := i, false
	limit := max(0, i-128) // 64 octets may be written as 128 where they are escaped
	for start > limit {
		c := b[start-1]
		if c < utf8.RuneSelf {
			if !localByte[c] {
				break
			}
			ascii = ascii || alnum(c)
			start--
			continue
		}
		r, size := utf8.DecodeLastRune(b[:start])
		if !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) {
			break
		}
		if ascii && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai) {
			break // a sentence without spaces ends where the address begins
		}
		start -= size
	}
	// The letter of a JSON escape is not part of the address.
	if start > 0 && b[start-1] == '\\' && start+1 < i {
		switch b[start] {
		case 'n', 't', 'r', 'b', 'f':
			start++
		case 'u':
			if start+5 < i {
				start += 5
			}
		}
	}
	for start < i {
		switch b[start] {
		case '.', '\'', '-', '*', '~', '!', '^', '%', '#', '$', '+':
			start++
			continue
		}
		break
	}
	if i > start && (b[i-1] == '.' && !s.hint.speaks.has(kEmail) || b[i-1] == '\'') {
		return i
	}
	return start
}

// quotedStart finds the opening quote of a quoted local part whose closing quote is at
// i, or -1. The quote must open something: a word inside, a boundary before.
func quotedStart(b []byte, i int) int {
	for j := i - 1; j >= 0 && j >= i-66; j-- {
		if b[j] == '\n' {
			return -1
		}
		if b[j] != '"' {
			continue
		}
		if j+1 >= i || !(alnum(b[j+1]) || b[j+1] >= 0x80 || b[j+1] == '.' || b[j+1] == '@') {
			return -1
		}
		if p := at(b, j-1); p == 0 || space(p) || p == '<' || p == ':' || p == ',' || p == '\\' || p == '(' || p == '"' || p == '>' {
			return j
		}
		return -1
	}
	return -1
}

// domainEnd walks over a domain from start. It returns its end, the number of dots and
// the length of the last label, 0 dots for a bare host; end is start when there is none.
func domainEnd(b []byte, start int) (end, dots, tld int) {
	if at(b, start) == '[' {
		j := start + 1
		for j < len(b) && j < start+50 && (hexDigit(b[j]) || b[j] == '.' || b[j] == ':' || letter(b[j])) {
			j++
		}
		if at(b, j) == ']' && j > start+4 {
			return j + 1, 1, 2
		}
		return start, 0, 0
	}
	label := start
	for end = start; end < len(b); {
		c := b[end]
		switch {
		case alnum(c) || c == '-' || c == '_':
			end++
			continue
		case c == '.':
			if end == label {
				return trimDomain(b, start, end, label)
			}
			n := at(b, end+1)
			if !alnum(n) && n < utf8.RuneSelf {
				return trimDomain(b, start, end, label)
			}
			end++
			label = end
			dots++
			continue
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRune(b[end:])
			if unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) {
				end += size
				continue
			}
		}
		break
	}
	return trimDomain(b, start, end, label)
}

// trimDomain drops hyphens at the end and a last label that is no name.
func trimDomain(b []byte, start, end, label int) (int, int, int) {
	for end > label && (b[end-1] == '-' || b[end-1] == '_') {
		end--
	}
	if end == start || b[start] == '-' || end-start > 255 {
		return start, 0, 0
	}
	dots := 0
	for _, c := range b[start:end] {
		if c == '.' {
			dots++
		}
	}
	name := false
	for _, c := range b[label:end] {
		name = name || letter(c) || c >= utf8.RuneSelf
	}
	if !name {
		return start, 0, 0 // a version: package@1.2.3
	}
	return end, dots, end - label
}

// inCredentials reports whether the '@' at i closes a URL's user part that has a password.
func (s *Scanner) inCredentials(b []byte, start, i int) bool {
	if s.scheme < 0 || i-s.scheme > 256 {
		return false
	}
	colon := false
	for j := i - 1; j >= max(0, i-256); j-- {
		switch c := b[j]; {
		case c == ':' && at(b, j+1) == '/' && at(b, j+2) == '/':
			return colon || bytes.Equal(b[start:i], []byte("git"))
		case c == ':':
			colon = true
		case space(c) || c == '"' || c == '<' || c == '>':
			return false
		case c == '/' && at(b, j-1) != '/' && at(b, j-1) != ':':
			return false
		}
	}
	return false
}

// lowerASCII appends b to dst with ASCII capitals made small.
func lowerASCII(dst, b []byte) []byte {
	for _, c := range b {
		if upper(c) {
			c |= 0x20
		}
		dst = append(dst, c)
	}
	return dst
}
