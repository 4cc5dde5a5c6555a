package evidence

import "bytes"

// number is a telephone number as far as its writing tells. Its parts point into the
// digits that it was read from.
type number struct {
	code     []byte // of the country; nil where none is written
	national []byte // without trunk zeros
}

// twoDigitCodes are the country codes of two digits, by their value. Those of one digit
// are 1 and 7; all others have three.
var twoDigitCodes = func() (t [100]bool) {
	for _, c := range []byte{20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49, 51, 52, 53, 54, 55, 56, 57, 58, 60, 61, 62, 63, 64, 65, 66, 81, 82, 84, 86, 90, 91, 92, 93, 94, 95, 98} {
		t[c] = true
	}
	return t
}()

// codeLength is the length of the country code that d begins with.
func codeLength(d []byte) int {
	switch {
	case len(d) < 3:
		return len(d)
	case d[0] == '1' || d[0] == '7':
		return 1
	case twoDigitCodes[(d[0]-'0')*10+d[1]-'0']:
		return 2
	default:
		return 3
	}
}

// readNumber reads digits; plus says that a plus sign stands before them.
func readNumber(d []byte, plus bool) number {
	if !plus && len(d) >= 10 && d[0] == '0' && d[1] == '0' {
		d, plus = d[2:], true
	}
	if !plus {
		return number{national: bytes.TrimLeft(d, "0")}
	}
	// +44 (0)20 and +39 06 alike: what is dialled after the code is compared without zeros
	n := codeLength(d)
	return number{code: d[:n], national: bytes.TrimLeft(d[n:], "0")}
}

// appendPhone appends the digits of a number as people write it, up to an extension, and
// reports whether a plus sign stands before them.
func appendPhone(dst, b []byte) (digits []byte, plus bool) {
	n := 0
	for _, c := range b {
		switch {
		case classes[c] == digitByte:
			dst = append(dst, c)
			n++
		case c == '+' && n == 0:
			plus = true
		case (c|0x20 == 'x' || c|0x20 == 'e' || c == '#' || c == ';' || c == ',') && n >= leastPhone:
			return dst, plus
		}
	}
	return dst, plus
}
