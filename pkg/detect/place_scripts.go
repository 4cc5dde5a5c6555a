package detect

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// Streets in scripts that the Latin grammar of place.go does not read, and addresses that
// only their postcode gives away.

// streetsBefore stand before the number, streetsAfter behind it.
var streetsBefore = byteWords("شارع طريق حي ميدان رחוב رحوب רחוב רח' שדרות שד' דרך סמטת כיכר خیابان کوچه بلوار میدان पलॉट गली मार्ग रोड नगर सेक्टर मकान फ्लैट ถนน ซอย หมู่บ้าน გამზირი ქუჩა ხეივანი გამზ. ж.к. мкр. микрорайон кв-л")

var streetsAfter = byteWords("ถนน ซอย หมู่ ตำบล मार्ग रोड गली नगर सड़क चौक đường Đường phố Phố ngõ Ngõ hẻm Hẻm شارع")

// In East Asia a number belongs to a street when one of these stands before it.
var (
	hanStreets   = byteWords("路 街 道 巷 弄 段 胡同 村 里 区 區 市 县 縣")
	japanesePart = byteWords("都 道 府 県 市 区 町 村 郡")
	koreanPart   = byteWords("시 구 군 도 읍 면 특별시 광역시 서울 부산 대구 인천 광주 대전 울산")
)

func byteWords(s string) (all [][]byte) {
	for w := range fields(s) {
		all = append(all, []byte(w))
	}
	return all
}

// streetElsewhere looks around a number for a street in another script than Latin.
func (s *Scanner) streetElsewhere(b []byte, start, end int) bool {
	p := at(b, start-1)
	if p == ' ' || p == ',' || p == ':' {
		p = at(b, start-2)
	}
	if n := at(b, end); p < 0x80 && n < 0x80 && !(n == ' ' || n == ',' || n == '/') {
		return false
	}
	if p >= 0x80 {
		from := segmentStart(b, start)
		if east, ok := eastAsianStreet(b, from, start, end); ok {
			s.add(kAddress, from, east, s.addressConfidence())
			return true
		}
		for _, w := range streetsBefore {
			if i := bytes.Index(b[from:start], w); i >= 0 {
				s.add(kAddress, from+i, end, s.addressConfidence())
				return true
			}
		}
	}
	i := end
	for c := at(b, i); i < end+12 && (digit(c) || c == '/' || c == '-' || c == ',' || c == ' '); c = at(b, i) {
		i++
	}
	if i > end && at(b, i) >= 0x80 || i > end && (b[min(i, len(b)-1)]|0x20 == 'p' || b[min(i, len(b)-1)]|0x20 == 'n' || b[min(i, len(b)-1)]|0x20 == 'h') {
		to := segmentEnd(b, i)
		for _, w := range streetsAfter {
			if j := bytes.Index(b[i:to], w); j >= 0 && (j == 0 || b[i] >= 0xE0) && i+j+len(w) <= to {
				s.add(kAddress, start, to, s.addressConfidence())
				return true
			}
		}
	}
	return false
}

// segmentStart goes back to where the clause begins: at most 96 bytes, to a bracket, a quote or a line.
func segmentStart(b []byte, i int) int {
	low := max(0, i-96)
	for i > low {
		switch b[i-1] {
		case '\n', '"', '(', ')', '<', '>', ';', '=', '{', '}', ':':
			return i
		}
		i--
	}
	for i < len(b) && !utf8.RuneStart(b[i]) {
		i++
	}
	return i
}

// segmentEnd goes on to where the clause ends: at most 64 bytes.
func segmentEnd(b []byte, i int) int {
	high := min(len(b), i+64)
	for i < high {
		switch b[i] {
		case '\n', '"', '(', ')', '<', '>', ';', ',', '{', '}':
			return i
		}
		i++
	}
	for i < len(b) && !utf8.RuneStart(b[i]) {
		i++
	}
	return i
}

// eastAsianStreet reports whether the number between start and end is a house's: 建国路88号,
// 丸の内1丁目2-3, 테헤란로 152. It returns where the address ends.
func eastAsianStreet(b []byte, from, start, end int) (to int, ok bool) {
	i := start
	if at(b, i-1) == ' ' {
		i--
	}
	before, _ := utf8.DecodeLastRune(b[:i])
	after, size := utf8.DecodeRune(b[end:])
	switch {
	case before < 0x2E80:
		return 0, false
	case unicode.Is(unicode.Hangul, before):
		if (before == '로' || before == '길' || before == '동' || before == '리' || before == '가') && containsAny(b[from:i], koreanPart) {
			return end, true
		}
		return 0, false
	case i < start:
		return 0, false // Han puts no space there
	case after == '号' || after == '號':
		return end + size, containsAny(b[from:i], hanStreets)
	case after == '丁' || after == '番':
		return numberRun(b, end), containsAny(b[from:i], japanesePart)
	case at(b, end) == '-' && digit(at(b, end+1)):
		return numberRun(b, end), containsAny(b[from:i], japanesePart) && i-from >= 9
	}
	return 0, false
}

// numberRun goes on over 1丁目2-3 and 3-1-1.
func numberRun(b []byte, i int) int {
	for i < len(b) {
		r, size := utf8.DecodeRune(b[i:])
		if !(r >= '0' && r <= '9' || r == '-' || r == '丁' || r == '目' || r == '番' || r == '地' || r == '号' || r == 'の') {
			break
		}
		i += size
	}
	return i
}

func containsAny(b []byte, words [][]byte) bool {
	for _, w := range words {
		if bytes.Contains(b, w) {
			return true
		}
	}
	return false
}

// withPostcode reads "Ilica 45, 10000 Zagreb": capitalised words, a number, and behind a
// comma or a line break a postcode and a town.
func withPostcode(b []byte, start, end int) (from, to int, ok bool) {
	i := end
	for c := at(b, i); digit(c) || letter(c) || c == '/' || c == '-' || c == '.'; c = at(b, i) {
		i++
	}
	if i-end > 8 || at(b, i) != ',' && at(b, i) != '\n' {
		return 0, 0, false
	}
	for at(b, i) == ',' || at(b, i) == ' ' || at(b, i) == '\n' {
		i++
	}
	n := 0
	for digit(at(b, i)) || n == 3 && at(b, i) == ' ' && digit(at(b, i+1)) || (n == 2 || n == 4) && at(b, i) == '-' && digit(at(b, i+1)) {
		if digit(b[i]) {
			n++
		}
		i++
	}
	if n < 4 || n > 7 || at(b, i) != ' ' {
		return 0, 0, false
	}
	if r, _ := utf8.DecodeRune(b[i+1:]); !unicode.IsUpper(r) {
		return 0, 0, false
	}
	to, _ = wordAt(b, i+1)
	// The street: up to four words before, the first with a capital.
	from = start
	for range 4 {
		p, q := wordBefore(b, from-1)
		if p == q || at(b, from-1) != ' ' || q != from-1 {
			break
		}
		if r, _ := utf8.DecodeRune(b[p:]); !unicode.IsUpper(r) && q-p > 3 {
			break
		}
		from = p
	}
	r, _ := utf8.DecodeRune(b[from:])
	return from, to, from < start && unicode.IsUpper(r)
}
