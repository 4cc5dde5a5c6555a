package detect

import "unicode/utf8"

// group is one run of digits in a written number.
type group struct {
	start, end int  // in the text
	at, n      int  // in digits.d
	sep        byte // what stands between it and the next: ' ' - . / ( ), 0 after the last
}

// digits is a number as it is written: groups of digits between single separators.
type digits struct {
	start, end int // in the text, with a leading + or (
	d          [64]byte
	n          int
	groups     [16]group
	g          int
	plus       bool
	paren      bool // a group stands in parentheses
	glued      bool // a letter or a digit hangs on with a hyphen, a dot or a slash before
	tail       bool // and behind
	money      bool // a currency sign or a decimal comma
	near       kindSet
	known      bool // near is filled
}

// numeric looks at a number whose first word is b[start:end]; it returns where to go on.
func (s *Scanner) numeric(b []byte, start, end int) int {
	if end-start > 24 {
		return end
	}
	// A short number on its own can only be a house's, or the year of a birth.
	if n := at(b, end); end-start <= 5 && end-start != 4 && (n == ' ' && !digit(at(b, end+1)) && at(b, end+1) != '(' || n == ',' || n == '"' || n == '}' || n == '<' || n == '\n' || n == 0 || n == ';') {
		if p := at(b, start-1); p != '+' && p != '(' {
			s.streetNumber(b, start, end)
			return end
		}
	}
	// A time of day: 10:45, 10:45:30.
	if at(b, end) == ':' && end-start <= 2 && digit(at(b, end+1)) && digit(at(b, end+2)) && at(b, start-1) != ':' {
		switch at(b, end+3) {
		case ' ', ',', '"', 0, '\n', '.', '<', 'Z', '+':
			return end + 3
		case ':':
			if digit(at(b, end+4)) && digit(at(b, end+5)) && at(b, end+6) != ':' && !hexDigit(at(b, end+6)) {
				return end + 6
			}
		}
	}
	r := &s.nr
	r.read(b, start)
	if r.g == 0 {
		return end
	}
	next := max(r.end, end)
	if r.n >= 4 && r.groups[0].sep == '.' {
		if to := s.ipv4(b, start); to > start {
			return max(to, end)
		}
		if at(b, start+4) == '.' && at(b, start+9) == '.' {
			if to := s.hardware(b, start); to > end {
				return to
			}
		}
		if to := s.coordinates(b, r); to > start {
			return to
		}
	}
	if end-start <= 4 && (at(b, end) == ':' || at(b, end) == '-') {
		if to := s.colons(b, start, end); to > end {
			return to
		}
	}
	if r.n >= 4 {
		s.birth(b, r)
	}
	if r.n >= 6 {
		s.windows(b, r)
	}
	if r.groups[0].n <= 5 {
		s.streetNumber(b, r.groups[0].start, r.groups[0].end)
	}
	if r.g > 1 {
		if last := r.groups[r.g-1]; last.n <= 5 && r.groups[r.g-2].sep == ' ' {
			s.streetNumber(b, last.start, last.end)
		}
	}
	// A letter hangs on: 12345678-Z, 131052-308T, 2 53 07 2A ...
	c := at(b, r.end)
	if r.n >= 2 && (c == '-' || c == ' ' || c == '.' || c == '+' || c == '/') {
		c = at(b, r.end+1)
	}
	if r.n >= 5 && alnum(c) {
		for g := range r.g {
			if g == 0 || r.groups[g-1].sep == ' ' {
				if to := s.mixed(b, r.groups[g].start, r.groups[g].end); to > next {
					return to
				}
			}
		}
	}
	return next
}

// read fills r from the digits at start.
func (r *digits) read(b []byte, start int) {
	r.n, r.g, r.plus, r.paren, r.tail, r.money, r.known = 0, 0, false, false, false, false, false
	r.start = start
	p := at(b, start-1)
	if p == '(' {
		r.paren, r.start = true, start-1
		if at(b, start-2) == '+' {
			r.plus, r.start = true, start-2
		}
	} else if p == '+' && !alnum(at(b, start-2)) {
		r.plus, r.start = true, start-1
		if at(b, start-2) == '(' {
			r.paren, r.start = true, start-2
		}
	}
	q, qq := at(b, r.start-1), at(b, r.start-2)
	r.glued = q == '_' || (q == '-' || q == '.' || q == '/' || q == ',' && digit(qq)) && alnum(qq) || q >= utf8.RuneSelf && false
	r.money = q == '$' || q == '#' || q == ' ' && qq == '$'
	if q == 0xAC && at(b, r.start-3) == 0xE2 || q == 0xA3 && qq == 0xC2 { // € and £
		r.money = true
	}
	i := start
	for r.g < len(r.groups) {
		g := group{start: i, at: r.n}
		for i < len(b) && digit(b[i]) && r.n < len(r.d) {
			r.d[r.n] = b[i]
			r.n++
			i++
		}
		g.end, g.n = i, r.n-g.at
		if c := at(b, i); g.n == 0 || digit(c) || letter(c) && !extension(b, i) || c == '_' || c >= utf8.RuneSelf && wordRune(b, i) {
			r.n = g.at // a letter hangs on: the group is not part of the number
			if r.g > 0 {
				r.groups[r.g-1].sep = 0
				r.tail = true
			}
			break
		}
		r.end = i
		sep, width := separator(b, i)
		if width == 0 || !digit(at(b, i+width)) {
			r.groups[r.g] = g
			r.g++
			break
		}
		g.sep = sep
		if sep == '(' || sep == ')' {
			r.paren = true
		}
		r.groups[r.g] = g
		r.g++
		i += width
	}
	if r.g == 0 {
		return
	}
	r.groups[r.g-1].sep = 0
	switch c, n := at(b, r.end), at(b, r.end+1); {
	case c == ',' && digit(n), c == '%':
		r.money = true
	case (c == '-' || c == '/' || c == '.') && alnum(n), c == '_':
		r.tail = true
	}
}

// wordRune reports whether a letter begins at i.
func wordRune(b []byte, i int) bool {
	r, _ := utf8.DecodeRune(b[i:])
	return r < 0x2000 && r > 0xBF
}

// extension reports whether "x12" or "ext" follows a phone number.
func extension(b []byte, i int) bool {
	if b[i]|0x20 == 'x' {
		return digit(at(b, i+1)) || at(b, i+1) == ' ' && digit(at(b, i+2))
	}
	return b[i]|0x20 == 'e' && at(b, i+1)|0x20 == 'x' && at(b, i+2)|0x20 == 't'
}

// separator reads what may stand between two groups at i, and its width. Parentheses
// may come with a space or a hyphen.
func separator(b []byte, i int) (sep byte, width int) {
	switch c := at(b, i); c {
	case '-', '.', '/', ' ':
		if n := at(b, i+1); n == '(' && c != '.' {
			return '(', 2
		}
		return c, 1
	case ')':
		n := at(b, i+1)
		if n == ' ' || n == '-' || n == '/' || n == '.' {
			if at(b, i+2) == '(' { // +44 (0)(20)
				return ')', 3
			}
			return ')', 2
		}
		return ')', 1
	case '(':
		return '(', 1
	case 0xC2:
		if at(b, i+1) == 0xA0 { // no-break space
			return ' ', 2
		}
	case 0xE2:
		if at(b, i+1) == 0x80 {
			switch n := at(b, i+2); {
			case n >= 0x90 && n <= 0x93: // hyphens and the en dash
				return '-', 3
			case n == 0xAF || n >= 0x80 && n <= 0x8A: // narrow and other spaces
				return ' ', 3
			}
		}
	}
	return 0, 0
}

// window is a part of a number that is looked at as a whole.
type window struct {
	d          []byte
	start, end int
	layout     [40]byte // lengths and separators: 3 - 2 - 4
	l          int
	first      int // index of the first group
	groups     int
	glued      bool // the number goes on at either side
	part       bool // more groups stand before or behind
	r          *digits
}

// around returns what the words around the whole number announce: its parts share them.
func (w *window) around(b []byte) kindSet {
	r := w.r
	if !r.known {
		r.near, r.known = nearby(b, r.start, r.end), true
	}
	return r.near
}

// mostGroups is how many groups a number is written in at most: a French social security number has seven.
const mostGroups = 8

// windows tries every part of r that begins and ends at a space.
func (s *Scanner) windows(b []byte, r *digits) {
	best := len(s.out)
	for i := 0; i < r.g; i++ {
		if i > 0 && r.groups[i-1].sep != ' ' {
			continue
		}
		for j := r.g - 1; j >= i; j-- {
			if j < r.g-1 && r.groups[j].sep != ' ' {
				continue
			}
			n := r.groups[j].at + r.groups[j].n - r.groups[i].at
			if n < 6 {
				break
			}
			if n > 20 || j-i >= mostGroups {
				continue
			}
			singles := 0
			for k := i; k <= j; k++ {
				if r.groups[k].n == 1 {
					singles++
				}
			}
			if singles > 3 {
				continue // a list of numbers
			}
			w := &s.win
			*w = window{d: r.d[r.groups[i].at : r.groups[j].at+r.groups[j].n], start: r.groups[i].start, end: r.groups[j].end, first: i, groups: j - i + 1, r: r}
			for k := i; k <= j; k++ {
				w.layout[w.l] = byte(r.groups[k].n)
				w.l++
				if k < j {
					w.layout[w.l] = r.groups[k].sep
					w.l++
				}
			}
			w.part = i > 0 || j < r.g-1
			w.glued = i == 0 && r.glued || j == r.g-1 && r.tail
			s.numberWindow(b, w)
			if i == 0 && j == r.g-1 && len(s.out) > best && s.out[len(s.out)-1].Confidence > 0.8 {
				return
			}
		}
	}
}

// numberWindow asks everybody who knows numbers.
func (s *Scanner) numberWindow(b []byte, w *window) {
	n := len(w.d)
	if n >= 12 && n <= 19 {
		s.card(b, w)
	}
	if n < len(numeric) {
		for i := range numeric[n] {
			s.document(b, w, &numeric[n][i])
		}
	}
	if n >= 6 && n <= 16 {
		s.phone(b, w)
	}
	if n >= 6 && n <= 17 && w.groups == 1 && !w.glued && (!w.r.plus || w.first > 0) { // no document begins with a plus
		s.spokenNumber(b, w)
	}
}

// spokenNumber reports numbers without a checksum that a word announces: passports,
// driving licences, bank accounts, identity numbers of other countries.
func (s *Scanner) spokenNumber(b []byte, w *window) {
	near, sure := s.hint.named, 0.3 // a column that is called so knows
	if near == (kindSet{}) {
		near, sure = s.hint.speaks.with(w.around(b)), 0
	}
	if !near.meets(spokenKinds) || near.has(kNegative) {
		return
	}
	n := len(w.d)
	switch {
	case near.has(kPassport) && n >= 7 && n <= 9:
		s.add(kPassport, w.start, w.end, 0.6+sure)
	case near.has(kLicence) && n >= 7 && n <= 14:
		s.add(kLicence, w.start, w.end, 0.55+sure)
	case near.has(kBankAccount) && n >= 8 && n <= 17:
		s.add(kBankAccount, w.start, w.end, 0.6+sure)
	case near.has(kIDNumber) && n >= 6 && n <= 14:
		s.add(kIDNumber, w.start, w.end, 0.55+sure)
	}
}

// card looks at 12 to 19 digits.
func (s *Scanner) card(b []byte, w *window) {
	strong, known := issuer(w.d)
	if !known || w.r.plus && w.first == 0 || !luhn(w.d) || allSame(w.d) {
		return
	}
	if w.groups > 1 {
		// 4-4-4-4 and its likes: one kind of separator, blocks of three or more but the last.
		for k := 1; k < w.l; k += 2 {
			if c := w.layout[k]; c != w.layout[1] || c != ' ' && c != '-' && c != '.' || w.layout[k-1] < 3 || w.layout[k-1] > 8 {
				return
			}
		}
	}
	confidence := 0.9
	switch {
	case strong && w.groups > 1:
		confidence = 0.95
	case !strong && w.groups > 2 && w.layout[0] == 4:
		confidence = 0.75
	case !strong:
		confidence = 0.4
	}
	if w.glued && w.r.glued && at(b, w.r.start-1) != '_' || w.r.money {
		confidence = 0.4
	}
	switch near := w.around(b); {
	case s.hint.speaks.has(kCard):
		confidence = 0.98
	case near.has(kCard):
		confidence = max(confidence, 0.85)
	case near.has(kNegative) && w.groups == 1, s.hint.speaks.has(kNegative):
		confidence -= 0.45
	}
	s.add(kCard, w.start, w.end, confidence)
}

// issuer says whether d begins with a network's prefix at one of its lengths; strong
// means the usual length of a large network.
func issuer(d []byte) (strong, known bool) {
	n := len(d)
	p2 := two(d)
	p3 := p2*10 + int(d[2]-'0')
	p4 := p3*10 + int(d[3]-'0')
	switch {
	case d[0] == '4':
		return n == 16, n == 13 || n == 16 || n == 19
	case p2 >= 51 && p2 <= 55, p4 >= 2221 && p4 <= 2720:
		return n == 16, n == 16
	case p2 == 34 || p2 == 37:
		return n == 15, n == 15
	case p4 == 6011 || p2 == 65 || p3 >= 644 && p3 <= 649:
		return n == 16, n >= 16
	case p4 >= 3528 && p4 <= 3589:
		return n == 16, n >= 16
	case p3 >= 300 && p3 <= 305 || p4 == 3095 || p2 == 36 || p2 == 38 || p2 == 39:
		return n == 14 || n == 16 && p2 != 36, n >= 14
	case p2 == 62 || p2 == 81:
		return n == 16, n >= 16
	case p4 >= 2200 && p4 <= 2204: // Mir
		return n == 16, n >= 16
	case p2 == 50 || p2 >= 56 && p2 <= 58 || d[0] == '6': // Maestro, RuPay, Elo
		return false, true
	}
	return false, false
}
