package evidence

// Form is how the values of a column are brought to what two ways of writing share.
type Form uint8

// The forms. The zero Form collects nothing.
const (
	Word    Form = iota + 1 // a token, key, link, user name or network address, as it is in lower case
	Email                   // every address in the value, in lower case
	Phone                   // digits, with the country and without
	Compact                 // letters and digits without separators in upper case: documents, cards, accounts
)

// The tags keep the forms apart: equal bytes of different forms have different
// fingerprints.
const (
	tagWord          byte = iota // Word and Email
	tagDigits                    // Compact, of digits alone
	tagMixed                     // Compact, of letters and digits
	tagInternational             // country code and national number
	tagNational                  // national number of a phone whose country was written
	tagBare                      // national number of a phone whose country was not written
	tags
)

const (
	leastChars = 6   // letters and digits of what is worth looking for
	leastPhone = 7   // digits of a national number
	mostWord   = 512 // bytes of a word; longer ones are fingerprinted whole all the same
	mostWhole  = 34  // characters of a compact form: no IBAN is longer
)

// The classes of bytes for cutting.
const (
	digitByte = 1 << iota
	upperByte
	lowerByte
	highByte  // part of a rune that is not ASCII
	hardByte  // ends a word
	softByte  // ends a part of a word
	atByte    // the @ of an address
	signByte  // of base64, beside the slash
	alnumByte = digitByte | upperByte | lowerByte
)

var classes = func() (t [256]uint8) {
	for c := range 256 {
		switch {
		case c >= '0' && c <= '9':
			t[c] = digitByte
		case c >= 'A' && c <= 'Z':
			t[c] = upperByte
		case c >= 'a' && c <= 'z':
			t[c] = lowerByte
		case c >= 0x80:
			t[c] = highByte
		case c <= ' ' || c == 0x7F:
			t[c] = hardByte
		}
	}
	for _, c := range []byte("\"'`()[]{}<>,;|\\") {
		t[c] = hardByte
	}
	for _, c := range []byte("=:/?&#") {
		t[c] = softByte
	}
	for _, c := range []byte("+-_") {
		t[c] = signByte
	}
	t['@'] = atByte
	return t
}()

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

func appendLower(dst, b []byte) []byte {
	for _, c := range b {
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		dst = append(dst, c)
	}
	return dst
}

// appendCompact appends the ASCII letters and digits of b in upper case.
func appendCompact(dst, b []byte) []byte {
	for _, c := range b {
		switch classes[c] {
		case digitByte, upperByte:
			dst = append(dst, c)
		case lowerByte:
			dst = append(dst, c&^0x20)
		}
	}
	return dst
}

// wordy reports whether b can be told from a word of the language: it has a digit
// beside other characters, an @ or a scheme. Digits, points and signs alone are a
// number, unless they have the three points or the two colons of a network address.
func wordy(b []byte) bool {
	digits, letters, points, colons := 0, 0, 0, 0
	for i, c := range b {
		switch {
		case classes[c]&digitByte != 0:
			digits++
		case classes[c]&(upperByte|lowerByte|highByte) != 0:
			letters++
		case c == '@' && i > 0 && i < len(b)-1:
			return true
		case c == '.':
			points++
		case c == ':':
			if i+2 < len(b) && b[i+1] == '/' && b[i+2] == '/' && letters > 0 {
				return true
			}
			colons++
		}
	}
	return digits > 0 && (letters > 0 || points == 3 || colons >= 2)
}

// telling reports whether b has enough different letters and digits to be looked for.
// Bytes above ASCII count as letters.
func telling(b []byte) bool {
	var first, second, before byte
	n, different, steps := 0, 0, 0
	for _, c := range b {
		if classes[c]&(alnumByte|highByte) == 0 {
			continue
		}
		switch {
		case different == 0:
			first, different = c, 1
		case different == 1 && c != first:
			second, different = c, 2
		case different == 2 && c != first && c != second:
			different = 3
		}
		if c == before+1 || before == '9' && c == '0' {
			steps++
		}
		before = c
		if n++; n >= leastChars && different >= 3 && steps < n-1 {
			return true // whatever follows
		}
	}
	return false
}
