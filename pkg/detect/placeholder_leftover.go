package detect

import (
	"bytes"
	"unicode/utf8"
)

// leftOverAt names the left-over that begins at v[i], or "".
func leftOverAt(v []byte, i int, u use) string {
	rest := v[i:min(len(v), i+128)] // no left-over is longer, and the rest may be huge
	document := u == useText        // a document's own marks are no left-overs
	switch v[i] {
	case '{':
		switch at(v, i+1) {
		case '{':
			if j := bytes.Index(rest, []byte("}}")); j > 2 && j < 64 && identifier(bytes.TrimSpace(rest[2:j])) {
				return "template"
			}
		case '%':
			if j := bytes.Index(rest, []byte("%}")); j > 2 && j < 96 {
				return "template"
			}
		case '!':
			if j := bytes.IndexByte(rest, '}'); j > 2 && j < 64 && identifier(rest[2:j]) {
				return "template"
			}
		default:
			// {0} and {name}; not JSON, whose keys are quoted, nor a UUID in braces.
			if j := bytes.IndexByte(rest, '}'); j > 1 && j < 32 && identifier(rest[1:j]) {
				if digit(rest[1]) && j > 3 {
					return ""
				}
				return "template"
			}
		}
	case '%':
		return percent(v, i)
	case '$', '#':
		if at(v, i+1) == '{' {
			if j := bytes.IndexByte(rest, '}'); j > 2 && j < 64 && identifier(rest[2:j]) {
				return "template"
			}
		}
		for _, w := range [...]string{"$HOME", "$ENV{", "$USER", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#N/A"} {
			if hasPrefix(rest, w) {
				return "template"
			}
		}
	case '<':
		switch {
		case at(v, i+1) == '%':
			if j := bytes.Index(rest, []byte("%>")); j > 2 && j < 96 {
				return "template"
			}
		case at(v, i+1) == '<':
			if j := bytes.Index(rest, []byte(">>")); j > 2 && j < 48 && identifier(bytes.TrimSpace(rest[2:j])) {
				return "template"
			}
		case hasPrefix(rest, "<script") || hasPrefix(rest, "<br>") || hasPrefix(rest, "<br/>") || hasPrefix(rest, "<br />"):
			if !document {
				return "escape"
			}
		default:
			if j := bytes.IndexByte(rest, '>'); j > 2 && j < 32 && capitals(rest[1:j]) && !document {
				return "template"
			}
		}
	case '[':
		switch {
		case hasPrefix(rest, "[object Object]"):
			return "template"
		case at(v, i+1) == '[':
			if j := bytes.Index(rest, []byte("]]")); j > 2 && j < 48 && identifier(bytes.TrimSpace(rest[2:j])) && !digit(rest[2]) {
				return "template"
			}
		default:
			if j := bytes.IndexByte(rest, ']'); j > 2 && j < 32 && capitals(rest[1:j]) && templateWord(rest[1:j]) {
				return "template"
			}
		}
	case '*':
		if at(v, i+1) == '|' {
			if j := bytes.Index(rest, []byte("|*")); j > 2 && j < 48 {
				return "template"
			}
		}
	case '_':
		if at(v, i+1) == '_' && (i == 0 || !alnum(v[i-1])) {
			if j := bytes.Index(rest[2:], []byte("__")); j > 2 && j < 32 && capitals(rest[2:2+j]) {
				return "template"
			}
		}
	case ':':
		if i == 0 || v[i-1] == ' ' || v[i-1] == ',' {
			for _, w := range [...]string{":name", ":first_name", ":firstname", ":last_name", ":lastname", ":email", ":customer", ":username"} {
				if hasPrefix(rest, w) && !alnum(at(v, i+len(w))) {
					return "template"
				}
			}
		}
	case '@':
		if hasPrefix(rest, "@Model.") || hasPrefix(rest, "@{") {
			return "template"
		}
	case 'u':
		if hasPrefix(rest, "undefined undefined") || hasPrefix(rest, "undefined, undefined") {
			return "template"
		}
	case 'D', 'H':
		if (hasPrefix(rest, "Dear ,") || hasPrefix(rest, "Hello ,") || hasPrefix(rest, "Hallo ,") || hasPrefix(rest, "Hi ,") || hasPrefix(rest, "Dear null") || hasPrefix(rest, "Dear undefined") || hasPrefix(rest, "Hello null,") || hasPrefix(rest, "Hello undefined") || hasPrefix(rest, "Hi null,") || hasPrefix(rest, "Hi undefined")) && (i == 0 || !alnum(v[i-1])) {
			return "template"
		}
	case 'N':
		if hasPrefix(rest, "NaN") && len(v) <= 12 && u != useNamePart && u != useName && u != useOther && (i == 0 || !alnum(v[i-1])) && !alnum(at(v, i+3)) {
			return "template"
		}
	case '&':
		if document {
			return "" // documents have entities
		}
		for _, w := range [...]string{"&amp;", "&nbsp;", "&#39;", "&quot;", "&lt;", "&gt;", "&apos;", "&#x27;", "&#039;"} {
			if hasPrefix(rest, w) {
				return "escape"
			}
		}
	case '=':
		if i == 0 && u != useText && (hasPrefix(rest, "=cmd|") || hasPrefix(rest, "=HYPERLINK(") || hasPrefix(rest, "=IMPORT")) {
			return "software-word"
		}
	case 0xEF: // U+FFFD, and a byte order mark inside
		if at(v, i+1) == 0xBF && at(v, i+2) == 0xBD || at(v, i+1) == 0xBB && at(v, i+2) == 0xBF {
			return "escape"
		}
	case 0xC3: // UTF-8 read as Latin-1: Ã© and its like
		if at(v, i+1) == 0x83 && at(v, i+2) == 0xC2 && at(v, i+3) >= 0x80 {
			return "escape"
		}
	case 0xE2: // zero width, overrides, â€
		if at(v, i+1) == 0x80 && (at(v, i+2) == 0x8B || at(v, i+2) == 0xAE) && !document {
			return "escape"
		}
	}
	return ""
}

func hasPrefix(b []byte, s string) bool { return len(b) >= len(s) && string(b[:len(s)]) == s }

// identifier: what stands in a template's braces: a name, a path, an index, a filter.
func identifier(b []byte) bool {
	if len(b) == 0 {
		return false
	}
	for _, c := range b {
		if !alnum(c) && c != '_' && c != '.' && c != '-' && c != ' ' && c != '|' {
			return false
		}
	}
	return letter(b[0]) || b[0] == '_' || b[0] == '.' || isDigits(b)
}

// capitals: FIRST_NAME, CUSTOMER NAME.
func capitals(b []byte) bool {
	n := 0
	for _, c := range b {
		if !upper(c) && c != '_' && c != ' ' {
			return false
		}
		if upper(c) {
			n++
		}
	}
	return n >= 2
}

// templateWord: of words in brackets only those of letters are left-overs; logs say [INFO].
func templateWord(b []byte) bool {
	for _, w := range [...]string{"NAME", "DATE", "ADDRESS", "EMAIL", "PHONE", "COMPANY", "CUSTOMER", "CLIENT", "INSERT", "YOUR", "CITY", "TITLE", "TODO", "PLACEHOLDER", "RECIPIENT", "USER", "SIGNATURE", "AMOUNT", "PRODUCT", "VORNAME", "NACHNAME", "NOM", "NOMBRE", "ANREDE"} {
		if bytes.Contains(b, []byte(w)) {
			return true
		}
	}
	return false
}

// percent: %FIRSTNAME%, %%…%%, and verbs of printf that nobody filled.
func percent(v []byte, i int) string {
	rest := v[i:min(len(v), i+64)]
	if at(v, i+1) == '%' {
		if j := bytes.Index(rest[2:], []byte("%%")); j > 1 && j < 40 && identifier(rest[2:2+j]) {
			return "template"
		}
		return ""
	}
	if j := bytes.IndexByte(rest[1:], '%'); j > 2 && j < 32 && capitals(rest[1:1+j]) {
		return "template"
	}
	p := at(v, i-1)
	if digit(p) || p == ' ' && i >= 2 && digit(v[i-2]) {
		return "" // 50 %d… is a share
	}
	j := i + 1
	if digit(at(v, j)) && at(v, j+1) == '$' {
		j += 2
	}
	switch c := at(v, j); c {
	case 's', 'd', 'i', 'n', '@':
		if n := at(v, j+1); !alnum(n) && n < utf8.RuneSelf && n != '%' {
			return "template"
		}
	}
	return ""
}

// profane looks for insults among whole words. A name column with one is for review:
// people are called Dick, Cummings and Fuchs.
func (s *Scanner) profane(v []byte, u use) (Placeholder, bool) {
	if u == useEmail || u == usePhone || u == useID || u == useAddress || u == useDate {
		return Placeholder{}, false
	}
	for i := 0; i < len(v); {
		if classes[v[i]]&isWord == 0 {
			i++
			continue
		}
		start := i
		for i < len(v) && classes[v[i]]&isWord != 0 {
			i++
		}
		n := i - start
		if n < 4 || n > 24 || !insults.may(v[start:i]) {
			continue // before anything is copied
		}
		var buf [32]byte
		if strong, ok := insults.get(lowerWordInto(&buf, v[start:i])); ok {
			if !strong && u != useNamePart && u != useName {
				continue
			}
			return hitPlaceholder("profanity", u, strong)
		}
	}
	return Placeholder{}, false
}
