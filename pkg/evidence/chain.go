package evidence

// chain is a row of words that one number may be written in: +44 (0)20 7946 0018,
// GB82 WEST 1234 5698 7654 32, AB 12 34 56 C.
type chain struct {
	plus    bool   // a plus sign stands before it
	digits  bool   // one word at least has a digit
	text    []byte // upper case, without separators
	starts  []int  // of each word in text
	places  []int  // of each word in the value
	ends    []int
	letters []int // how many stand before each word
}

func (c *chain) reset() {
	c.plus, c.digits = false, false
	c.text, c.starts, c.places, c.ends, c.letters = c.text[:0], c.starts[:0], c.places[:0], c.ends[:0], c.letters[:0]
}

// mostGap is how many bytes may separate two words of a number: a blank, a bracket and
// one more; a no-break space and a no-break hyphen are three bytes each.
const mostGap = 4

// mostWords bounds a chain. No number has more words than characters.
const mostWords = 4096

// chains finds documents, accounts, cards and phones, however they are grouped.
func (r *Reader) chains(b []byte) {
	c := &r.chain
	c.reset()
	letters := 0
	for i := 0; i < len(b); {
		class := classes[b[i]]
		if class&(alnumByte|highByte) == 0 {
			if b[i] == '+' {
				r.links(b)
				letters, c.plus = 0, true
			}
			i++
			continue
		}
		if class == highByte {
			if n := gap(b[i:]); n > 0 {
				i += n
				continue
			}
		}
		start := i
		var has uint8
		for i < len(b) {
			class := classes[b[i]]
			if class&alnumByte == 0 && (class != highByte || gap(b[i:]) > 0) {
				break
			}
			has |= class
			i++
		}
		n := len(c.ends)
		if n == 0 && has&digitByte == 0 && !c.plus && (i-start > 4 || i-start > 2 && has&lowerByte != 0 || has&highByte != 0) {
			continue // a word of the language, and nothing has begun
		}
		if n > 0 && !joined(b[c.ends[n-1]:start]) || n == 0 && c.plus && start > 0 && !joined(b[max(0, start-1):start]) && b[start-1] != '+' {
			r.links(b)
			letters = 0
		}
		if has&highByte != 0 || has&digitByte == 0 && (i-start > 4 || i-start > 2 && has&lowerByte != 0 && !c.digits) || i-start > mostWhole {
			r.links(b)
			letters = 0
			continue
		}
		c.digits = c.digits || has&digitByte != 0
		c.starts, c.places, c.ends, c.letters = append(c.starts, len(c.text)), append(c.places, start), append(c.ends, i), append(c.letters, letters)
		for _, ch := range b[start:i] {
			if classes[ch] != digitByte {
				letters++
				ch &^= 0x20
			}
			c.text = append(c.text, ch)
		}
		if len(c.starts) == mostWords { // a long list of numbers: what reaches over the cut is looked at again
			again := c.places[mostWords-mostWhole]
			r.links(b)
			letters, i = 0, again
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

// joined reports whether what stands between two words may stand inside a number.
func joined(b []byte) bool {
	if len(b) > mostGap {
		return false
	}
	for _, c := range b {
		if !joints[c] {
			return false
		}
	}
	return true
}

// joints may stand inside a number.
var joints = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= 0x80
	}
	for _, c := range []byte(" -./()_") {
		t[c] = true
	}
	return t
}()

// links looks at every stretch of the chain that may be a whole number, and resets it.
func (r *Reader) links(b []byte) {
	c := &r.chain
	if c.digits {
		r.stretches(b)
	}
	c.reset()
}

func (r *Reader) stretches(b []byte) {
	c, n := &r.chain, &r.set.counts
	all := 0 // letters
	for _, ch := range c.text {
		if classes[ch] != digitByte {
			all++
		}
	}
	for i := range c.starts {
		for j := i; j < len(c.starts); j++ {
			end, letters := len(c.text), all-c.letters[i]
			if j+1 < len(c.starts) {
				end, letters = c.starts[j+1], c.letters[j+1]-c.letters[i]
			}
			text := c.text[c.starts[i]:end]
			if len(text) > mostWhole {
				break
			}
			if len(text) < leastChars || letters == len(text) {
				continue
			}
			hit := b[c.places[i]:c.ends[j]]
			held := n.digits[len(text)]
			if letters > 0 {
				held = n.mixed[len(text)]
			}
			if held > 0 {
				r.message = append(append(r.message[:0], tagCompact), text...)
				r.maybe(hit, len(text)-letters, letters, held, false)
			}
			if letters == 0 && n.phones > 0 && len(text) >= leastPhone && len(text) <= 20 {
				r.phone(hit, text, c.plus && i == 0)
			}
		}
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
	if len(national) < leastPhone || n > mostWhole || r.set.counts.digits[n] == 0 {
		return false
	}
	r.message = append(append(append(r.message[:0], tag), code...), national...)
	return r.maybe(hit, n, 0, r.set.counts.digits[n], certain)
}
