package inspect

import "unicode/utf8"

const (
	leastText = 6 // bytes of a text in a file: the shortest address (a@b.de) has as many
	leastSaid = 4 // letters and digits in it, where one of East Asia counts for two
	strays    = 4 // in so many bytes one that is no UTF-8: a text in another code has some
)

// nextText returns the bounds of the next text in a file's bytes, from i on, as strings(1)
// would; start equals end where there is none. A text ends at a control character, and at
// two bytes in a row that are no UTF-8, so that of a photograph little more is looked at
// than what a camera wrote into it. Of a value that is text the whole is one.
func nextText(b []byte, i int) (start, end int) {
	for i < len(b) {
		start, said, stray := i, 0, 0
		end := i // behind the last byte that is text
		for i < len(b) {
			c := b[i]
			if c >= utf8.RuneSelf {
				r, n := utf8.RuneError, 1
				if c >= 0xC2 && i+1 < len(b) && b[i+1]&0xC0 == 0x80 {
					r, n = utf8.DecodeRune(b[i:])
				}
				if r == utf8.RuneError && n == 1 {
					if stray++; end < i || end == start {
						break // the second in a row, or before any text
					}
					i++
					continue
				}
				said += n - 1
				i += n
			} else if plainByte[c] == 0 {
				break
			} else {
				said += int(plainByte[c]) - textByte
				i++
			}
			end = i
		}
		i++ // what ended the text
		if end-start >= leastText && said >= leastSaid && stray*strays <= end-start {
			return start, end
		}
	}
	return len(b), len(b)
}

const (
	textByte = 1 + iota // a sign or a blank
	wordByte            // a letter or a digit
)

var plainByte = func() (t [utf8.RuneSelf]uint8) {
	for c := byte(' '); c < 0x7F; c++ {
		t[c] = textByte
		if c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' {
			t[c] = wordByte
		}
	}
	t['\n'], t['\r'], t['\t'] = textByte, textByte, textByte
	return t
}()
