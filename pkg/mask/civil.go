package mask

import "bytes"

// Days are counted from 1970-01-01 in the proleptic Gregorian calendar, as
// PostgreSQL's are. Years are astronomical: 0 is 1 BC.

// The days that PostgreSQL's types hold.
var (
	minDay       = daysOf(-4712, 1, 1) // 4713-01-01 BC; the type begins in November before it
	maxDate      = daysOf(5874897, 12, 31)
	maxTimestamp = daysOf(294276, 12, 31)
)

// daysOf returns the day of a date. The year is shifted to begin in March, so that
// the leap day is its last one.
func daysOf(year int64, month, day int) int64 {
	y := year
	if month <= 2 {
		y--
	}
	era := floorDiv(y, 400)
	ofEra := y - era*400
	shifted := int64((month + 9) % 12)
	ofYear := (153*shifted+2)/5 + int64(day) - 1
	return era*146097 + ofEra*365 + ofEra/4 - ofEra/100 + ofYear - 719468
}

// dateOf is the inverse of daysOf.
func dateOf(days int64) (year int64, month, day int) {
	days += 719468
	era := floorDiv(days, 146097)
	ofEra := days - era*146097
	y := (ofEra - ofEra/1460 + ofEra/36524 - ofEra/146096) / 365
	ofYear := ofEra - (365*y + y/4 - y/100)
	m := (5*ofYear + 2) / 153
	day = int(ofYear-(153*m+2)/5) + 1
	month = int((m+2)%12) + 1
	year = y + era*400
	if month <= 2 {
		year++
	}
	return year, month, day
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func daysIn(year int64, month int) int {
	switch month {
	case 2:
		if leap(year) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

func leap(year int64) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

// dateOrder is in which order a text has year, month and day.
type dateOrder uint8

const (
	yearFirst dateOrder = iota
	dayFirst
	monthFirst
	compactDate // 20240229
)

// stamp is a date's text taken apart; tail is a part of it.
type stamp struct {
	day   int64
	order dateOrder
	sep   byte
	pad   bool   // two digits for day and month
	width int    // digits of the year
	tail  []byte // time of day and zone, with the byte before it
	bc    bool   // " BC" follows
}

// readStamp reads what PostgreSQL writes in its ISO style, and in text also
// 2024/2/9, 9.2.2024, 2/9/2024 (month first only for us) and 20240209, each with
// or without a time of day.
func readStamp(v []byte, us bool) (s stamp, ok bool) {
	v = bytes.TrimSpace(v)
	if len(v) > maxStamp {
		return s, false
	}
	if rest, isBC := bytes.CutSuffix(v, []byte(" BC")); isBC {
		s.bc, v = true, rest
	}
	a := digitsAt(v)
	if a == 8 && (len(v) == 8 || v[8] == 'T' || v[8] == ' ') {
		s.order, s.pad, s.width = compactDate, true, 4
		return s.finish(v[:4], v[4:6], v[6:8], v[8:])
	}
	if a == 0 || a > 7 || len(v) == a {
		return s, false
	}
	s.sep = v[a]
	if s.sep != '-' && s.sep != '/' && s.sep != '.' {
		return s, false
	}
	first, rest := v[:a], v[a+1:]
	b := digitsAt(rest)
	if b == 0 || b > 2 || len(rest) == b || rest[b] != s.sep {
		return s, false
	}
	second, rest := rest[:b], rest[b+1:]
	c := digitsAt(rest)
	third, tail := rest[:c], rest[c:]
	switch {
	case a >= 4 && c >= 1 && c <= 2:
		s.width, s.pad = a, b == 2 && c == 2
		return s.finish(first, second, third, tail)
	case a <= 2 && c == 4:
		s.width, s.pad, s.order = c, a == 2 && b == 2, dayFirst
		if s.sep == '/' && us {
			s.order = monthFirst
			return s.finish(third, first, second, tail)
		}
		if got, ok := s.finish(third, second, first, tail); ok || s.sep != '/' {
			return got, ok
		}
		s.order = monthFirst
		return s.finish(third, first, second, tail)
	}
	return s, false
}

// maxStamp bounds what can be a date with time of day, zone and era.
const maxStamp = 64

func (s stamp) finish(year, month, day, tail []byte) (stamp, bool) {
	y, m, d := int64(0), 0, 0
	for _, c := range year {
		y = 10*y + int64(c-'0')
	}
	for _, c := range month {
		m = 10*m + int(c-'0')
	}
	for _, c := range day {
		d = 10*d + int(c-'0')
	}
	if y == 0 {
		return s, false
	}
	if s.bc {
		y = 1 - y
	}
	if m < 1 || m > 12 || d < 1 || d > daysIn(y, m) || !timeTail(tail) {
		return s, false
	}
	s.day, s.tail = daysOf(y, m, d), tail
	return s, true
}

// timeTail reports whether t is empty or a time of day with an optional zone, in
// the characters that these are made of: anything else could carry what must not
// survive.
func timeTail(t []byte) bool {
	if len(t) == 0 {
		return true
	}
	if t[0] != ' ' && t[0] != 'T' {
		return false
	}
	_, ok := readClock(t[1:])
	return ok
}

// append writes day in the form of s, with its tail.
func (s stamp) append(dst []byte, day int64) []byte {
	year, month, d := dateOf(day)
	era := year <= 0
	if era {
		year = 1 - year
	}
	two := 1
	if s.pad {
		two = 2
	}
	switch s.order {
	case compactDate:
		dst = appendPadded(dst, uint64(year), 4)
		dst = appendPadded(dst, uint64(month), 2)
		dst = appendPadded(dst, uint64(d), 2)
	case dayFirst, monthFirst:
		if s.order == monthFirst {
			month, d = d, month
		}
		dst = append(appendPadded(dst, uint64(d), two), s.sep)
		dst = append(appendPadded(dst, uint64(month), two), s.sep)
		dst = appendPadded(dst, uint64(year), 4)
	default:
		dst = append(appendPadded(dst, uint64(year), 4), s.sep)
		dst = append(appendPadded(dst, uint64(month), two), s.sep)
		dst = appendPadded(dst, uint64(d), two)
	}
	dst = append(dst, s.tail...)
	if era {
		dst = append(dst, " BC"...)
	}
	return dst
}

// clock is a time of day's text taken apart.
type clock struct {
	seconds int  // since midnight, 86,400 for 24:00:00
	short   bool // without seconds
	frac    []byte
	zone    []byte // "Z", "+02", "+05:30", "-00:44:30"
}

// readClock reads HH:MM[:SS[.fraction]] and a zone.
func readClock(v []byte) (c clock, ok bool) {
	h, v, ok1 := twoDigits(v, 0)
	m, v, ok2 := twoDigits(v, ':')
	if !ok1 || !ok2 || h > 24 || m > 59 {
		return c, false
	}
	s, rest, hasSeconds := twoDigits(v, ':')
	if hasSeconds {
		v = rest
		if len(v) > 1 && v[0] == '.' {
			n := digitsAt(v[1:])
			if n == 0 || n > 9 {
				return c, false
			}
			c.frac, v = v[:1+n], v[1+n:]
		}
	}
	c.short = !hasSeconds
	c.seconds = h*3600 + m*60 + s
	if s > 60 || c.seconds > 86400 {
		return c, false
	}
	c.zone = v
	return c, zone(v)
}

func twoDigits(v []byte, before byte) (n int, rest []byte, ok bool) {
	if before != 0 {
		if len(v) == 0 || v[0] != before {
			return 0, v, false
		}
		v = v[1:]
	}
	if len(v) < 2 || !isDigit(v[0]) || !isDigit(v[1]) {
		return 0, v, false
	}
	return int(v[0]-'0')*10 + int(v[1]-'0'), v[2:], true
}

func zone(v []byte) bool {
	if len(v) == 0 || len(v) == 1 && v[0] == 'Z' {
		return true
	}
	if v[0] != '+' && v[0] != '-' {
		return false
	}
	_, v, ok := twoDigits(v[1:], 0)
	for len(v) > 0 && ok {
		if v[0] == ':' {
			v = v[1:]
		}
		_, v, ok = twoDigits(v, 0)
	}
	return ok
}

// append writes a time of day in the form of c. With frac empty the fraction is dropped.
func (c clock) append(dst []byte, seconds int, frac []byte) []byte {
	dst = append(appendPadded(dst, uint64(seconds/3600), 2), ':')
	dst = appendPadded(dst, uint64(seconds/60%60), 2)
	if !c.short {
		dst = appendPadded(append(dst, ':'), uint64(seconds%60), 2)
	}
	return append(append(dst, frac...), c.zone...)
}
