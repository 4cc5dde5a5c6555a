package evidence

// chain is a row of words that one number may be written in: +44 (0)20 7946 0018,
// GB82 WEST 1234 5698 7654 32, AB 12 34 56 C.
type chain struct {
	plus           bool   // a plus sign stands before it
	words          []link // one has a digit at least, or nobody looks at it
	chars, letters int    // of all words
	text           []byte // of some words, in upper case, without separators
}

// link is one word of a chain.
type link struct {
	place, end     int // in the value
	chars, letters int // how many stand before it
}

func (c *chain) reset() {
	c.plus, c.words, c.chars, c.letters = false, c.words[:0], 0, 0
}

// mostGap is how many bytes may separate two words of a number: a blank, a bracket and
// one more; a no-break space and a no-break hyphen are three bytes each.
const mostGap = 4

// mostPhone is how many digits a number has at most, with all that may be dialled before it.
const mostPhone = 20

// mostWords bounds a chain. No number has more words than characters.
const mostWords = 4096

// chains finds documents, accounts, cards and phones, however they are grouped. No number
// reaches over a comma, a quote or a bracket that is not round, and what lies between two
// of them is looked at when it has a digit.
func (r *Reader) chains(b []byte) {
	for i := 0; i < len(b); i++ {
		start, has, n := i, uint8(0), 0
		for i < len(b) {
			c := ofNumber[b[i]]
			if c == breakByte {
				break
			}
			has |= c
			n += int(c & countByte)
			i++
		}
		if has&figureByte != 0 && n >= leastChars {
			r.stretch(b[:i], start)
		}
	}
}

const (
	countByte  = 1 << iota // a letter or a digit
	figureByte             // a digit
	breakByte              // ends a number: it is neither a part of one nor may it stand inside
)

var ofNumber = func() (t [256]uint8) {
	for c := range t {
		switch {
		case classes[c]&digitByte != 0:
			t[c] = countByte | figureByte
		case classes[c]&alnumByte != 0:
			t[c] = countByte
		case classes[c]&highByte == 0:
			t[c] = breakByte
		}
	}
	for _, c := range []byte(" -./()_") { // these may stand inside
		t[c] = 0
	}
	return t
}()

// stretch finds those in the rest of b.
func (r *Reader) stretch(b []byte, from int) {
	c := &r.chain
	c.reset()
	c.plus = from > 0 && b[from-1] == '+'
	for i := from; i < len(b); {
		class := classes[b[i]]
		if class&(alnumByte|highByte) == 0 {
			i++
			continue
		}
		if class == highByte {
			if n := gap(b[i:]); n > 0 {
				i += n
				continue
			}
		}
		start, has, digits := i, uint8(0), 0
		for i < len(b) {
			class := classes[b[i]]
			if class&alnumByte == 0 && (class != highByte || gap(b[i:]) > 0) {
				break
			}
			has |= class
			digits += int(class & digitByte)
			i++
		}
		n := len(c.words)
		if n == 0 && has&digitByte == 0 && !c.plus && (i-start > 4 || i-start > 2 && has&lowerByte != 0 || has&highByte != 0) {
			continue // a word of the language, and nothing has begun
		}
		if n > 0 && start-c.words[n-1].end > mostGap {
			r.links(b)
		}
		if has&highByte != 0 || has&digitByte == 0 && (i-start > 4 || i-start > 2 && has&lowerByte != 0 && c.chars == c.letters) || i-start > mostWhole {
			r.links(b)
			continue
		}
		c.words = append(c.words, link{start, i, c.chars, c.letters})
		c.chars += i - start
		c.letters += i - start - digits
		if len(c.words) == mostWords { // a long list of numbers: what reaches over the cut is looked at again
			again := c.words[mostWords-mostWhole].place
			r.links(b)
			i = again
		}
	}
	r.links(b)
}

// gap is the length of a separator above ASCII at the beginning of b: no-break space,
// hyphens and dashes, narrow and thin spaces.
func gap(b []byte) int {
	if b[0] < 0x80 {
		return 0
	}
	if len(b) >= 2 && b[0] == 0xC2 && b[1] == 0xA0 {
		return 2
	}
	if len(b) >= 3 && b[0] == 0xE2 && b[1] == 0x80 && (b[2] >= 0x80 && b[2] <= 0x95 || b[2] == 0xAF) {
		return 3
	}
	return 0
}

// links looks at every stretch of the chain that may be a whole number, and resets it.
func (r *Reader) links(b []byte) {
	c := &r.chain
	if c.chars > c.letters && c.chars >= leastChars {
		for i := range c.words {
			r.from(b, i)
		}
	}
	c.reset()
}

// from looks at the stretches that begin with the i-th word. Most have a length that no
// original of their form has: nothing of these is copied.
func (r *Reader) from(b []byte, i int) {
	c := &r.chain
	first := &c.words[i]
	c.text = c.text[:0]
	copied := i // words
	for j := i; j < len(c.words); j++ {
		chars, letters := c.chars, c.letters
		if j+1 < len(c.words) {
			chars, letters = c.words[j+1].chars, c.words[j+1].letters
		}
		chars, letters = chars-first.chars, letters-first.letters
		if chars > mostWhole {
			return
		}
		if chars < leastChars || letters == chars || !r.may(chars, letters) {
			continue
		}
		for ; copied <= j; copied++ {
			c.text = appendCompact(c.text, b[c.words[copied].place:c.words[copied].end])
		}
		r.whole(b[first.place:c.words[j].end], c.text, letters, c.plus && i == 0)
	}
}

// may reports whether an original can have so many letters and digits, so many of which
// are letters.
func (r *Reader) may(chars, letters int) bool {
	if letters > 0 {
		return r.set.census.of(tagMixed, chars) > 0
	}
	return r.set.census.of(tagDigits, chars) > 0 || r.set.phones && chars >= leastPhone && chars <= mostPhone
}

// whole looks one number up, so many of whose characters are letters.
func (r *Reader) whole(hit, text []byte, letters int, plus bool) {
	tag := tagMixed
	if letters == 0 {
		tag = tagDigits
	}
	if r.set.census.of(tag, len(text)) > 0 {
		r.message = append(append(r.message[:0], tag), text...)
		r.maybe(hit, len(text)-letters, letters, false)
	}
	if letters == 0 && r.set.phones && len(text) >= leastPhone && len(text) <= mostPhone {
		r.phone(hit, text, plus)
	}
}

// phone looks digits up in every way in which they may be a number that was collected.
func (r *Reader) phone(hit, d []byte, plus bool) {
	n := readNumber(d, plus)
	if n.code != nil {
		r.number(hit, tagInternational, n.code, n.national, true)
		r.number(hit, tagBare, nil, n.national, false)
		return
	}
	if r.number(hit, tagNational, nil, n.national, false) || r.number(hit, tagBare, nil, n.national, false) {
		return
	}
	if d[0] == '0' {
		return
	}
	// the plus is often lost, and in Russia 8 is dialled where others dial 0
	if n := readNumber(d, true); len(d) >= 9 {
		if !r.number(hit, tagInternational, n.code, n.national, false) && len(d) >= 11 {
			r.number(hit, tagBare, nil, n.national, false)
		}
	}
	if len(d) == 11 && d[0] == '8' {
		r.number(hit, tagNational, nil, d[1:], false)
	}
}

func (r *Reader) number(hit []byte, tag byte, code, national []byte, certain bool) bool {
	n := len(code) + len(national)
	if len(national) < leastPhone || n > mostWhole || r.set.census.of(tag, n) == 0 {
		return false
	}
	r.message = append(append(append(r.message[:0], tag), code...), national...)
	return r.maybe(hit, n, 0, certain)
}
