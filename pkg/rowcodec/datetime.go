package rowcodec

import (
	"encoding/binary"
	"math"
	"strconv"
)

const (
	second = int64(1000000) // in microseconds, as all of these
	minute = 60 * second
	hour   = 60 * minute
	day    = 24 * hour

	epochShift = 730425 // days from 0000-03-01 to 2000-01-01, PostgreSQL's day 0

	// What a date and a timestamp can hold: from 4714-11-24 BC on.
	minDate      = -2451545
	endDate      = 2145031949
	minTimestamp = -211813488000000000
	endTimestamp = 9223371331200000000
)

// civil returns the Gregorian date of a day counted from 2000-01-01. Year 0 is 1 BC.
// The count starts in March, so that the leap day is a year's last.
func civil(days int64) (year int64, month, dom int) {
	z := days + epochShift
	era := floorDiv(z, 146097)
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	dom = int(doy - (153*mp+2)/5 + 1)
	month = int(mp) + 3
	year = yoe + era*400
	if month > 12 {
		month -= 12
		year++
	}
	return year, month, dom
}

// dayOf is the inverse of civil.
func dayOf(year int64, month, dom int) int64 {
	if month < 3 {
		year--
		month += 12
	}
	era := floorDiv(year, 400)
	yoe := year - era*400
	doy := int64((153*(month-3)+2)/5 + dom - 1)
	return era*146097 + yoe*365 + yoe/4 - yoe/100 + doy - epochShift
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
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

func append2(dst []byte, n int) []byte { return append(dst, byte('0'+n/10%10), byte('0'+n%10)) }

// appendDate prints year-month-day and reports whether BC must follow at the very end.
func appendDate(dst []byte, days int64) (out []byte, bc bool) {
	year, month, dom := civil(days)
	if year <= 0 {
		year, bc = 1-year, true
	}
	for k := int64(1000); k > year && k > 1; k /= 10 {
		dst = append(dst, '0')
	}
	dst = strconv.AppendInt(dst, year, 10)
	dst = append2(append(dst, '-'), month)
	return append2(append(dst, '-'), dom), bc
}

// appendClock prints hours:minutes:seconds and what is needed of the fraction.
func appendClock(dst []byte, us int64) []byte {
	dst = append2(dst, int(us/hour))
	dst = append2(append(dst, ':'), int(us/minute%60))
	dst = append2(append(dst, ':'), int(us/second%60))
	return appendFraction(dst, us%second)
}

func appendFraction(dst []byte, us int64) []byte {
	if us == 0 {
		return dst
	}
	dst = append(dst, '.')
	for k := second / 10; us > 0; k /= 10 {
		dst = append(dst, byte('0'+us/k))
		us %= k
	}
	return dst
}

// appendZone prints an offset east of UTC in seconds, as short as it goes.
func appendZone(dst []byte, east int) []byte {
	sign := byte('+')
	if east < 0 {
		sign, east = '-', -east
	}
	dst = append2(append(dst, sign), east/3600)
	if east%3600 != 0 {
		dst = append2(append(dst, ':'), east/60%60)
		if east%60 != 0 {
			dst = append2(append(dst, ':'), east%60)
		}
	}
	return dst
}

// scan2 reads two digits.
func scan2(s []byte) (n int, rest []byte, ok bool) {
	if len(s) < 2 || s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9' {
		return 0, nil, false
	}
	return int(s[0]-'0')*10 + int(s[1]-'0'), s[2:], true
}

// cutBC removes " BC" from the end.
func cutBC(s []byte) ([]byte, bool) {
	if n := len(s); n > 3 && s[n-3] == ' ' && s[n-2]|0x20 == 'b' && s[n-1]|0x20 == 'c' {
		return s[:n-3], true
	}
	return s, false
}

// scanDate reads year-month-day and returns the day and what follows.
func scanDate(s []byte, bc bool) (days int64, rest []byte, err error) {
	n := 0
	var year int64
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		if n == 7 {
			return 0, nil, errRange
		}
		year = year*10 + int64(s[n]-'0')
		n++
	}
	if n < 4 || n == len(s) || s[n] != '-' || year == 0 {
		return 0, nil, errInvalid
	}
	if bc {
		year = 1 - year
	}
	month, s, ok := scan2(s[n+1:])
	if !ok || len(s) == 0 || s[0] != '-' {
		return 0, nil, errInvalid
	}
	dom, s, ok := scan2(s[1:])
	if !ok || month < 1 || month > 12 || dom < 1 || dom > daysIn(year, month) {
		return 0, nil, errInvalid
	}
	if days = dayOf(year, month, dom); days < minDate || days >= endDate {
		return 0, nil, errRange
	}
	return days, s, nil
}

// scanClock reads hours:minutes with optional seconds and fraction; 24:00:00 is the end of the day.
func scanClock(s []byte) (us int64, rest []byte, err error) {
	h, s, ok := scan2(s)
	if !ok || len(s) == 0 || s[0] != ':' {
		return 0, nil, errInvalid
	}
	m, s, ok := scan2(s[1:])
	if !ok || m > 59 {
		return 0, nil, errInvalid
	}
	us = int64(h)*hour + int64(m)*minute
	if len(s) > 0 && s[0] == ':' {
		var sec int
		if sec, s, ok = scan2(s[1:]); !ok || sec > 59 {
			return 0, nil, errInvalid
		}
		us += int64(sec) * second
		var frac int64
		if frac, s, err = scanFraction(s); err != nil {
			return 0, nil, err
		}
		us += frac
	}
	if us > day {
		return 0, nil, errInvalid
	}
	return us, s, nil
}

// scanFraction reads a point and up to six digits, if there are any.
func scanFraction(s []byte) (us int64, rest []byte, err error) {
	if len(s) == 0 || s[0] != '.' {
		return 0, s, nil
	}
	s = s[1:]
	n, unit := 0, second
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		unit /= 10
		us += int64(s[n]-'0') * unit
		n++
	}
	if n == 0 || n > 6 {
		return 0, nil, errInvalid
	}
	return us, s[n:], nil
}

// scanZone reads Z or an offset, and returns seconds east of UTC.
func scanZone(s []byte) (east int, err error) {
	if len(s) == 1 && s[0]|0x20 == 'z' {
		return 0, nil
	}
	if len(s) < 3 || s[0] != '+' && s[0] != '-' {
		return 0, errInvalid
	}
	neg := s[0] == '-'
	s = s[1:]
	for _, unit := range [3]int{3600, 60, 1} {
		n, rest, ok := scan2(s)
		if !ok || unit < 3600 && n > 59 {
			return 0, errInvalid
		}
		east += n * unit
		if s = rest; len(s) == 0 {
			break
		}
		if s[0] == ':' {
			s = s[1:]
		}
		if unit == 1 {
			return 0, errInvalid
		}
	}
	if east >= 16*3600 { // PostgreSQL's limit is 15:59:59
		return 0, errRange
	}
	if neg {
		east = -east
	}
	return east, nil
}

// infinite reads the two words that dates and timestamps know.
func infinite(s []byte) (sign int) {
	switch {
	case fold(s, "infinity"):
		return 1
	case len(s) > 0 && s[0] == '-' && fold(s[1:], "infinity"):
		return -1
	}
	return 0
}

func dateText(dst, wire []byte) ([]byte, error) {
	if len(wire) != 4 {
		return nil, errWire
	}
	days := int32(binary.BigEndian.Uint32(wire))
	switch days {
	case math.MaxInt32:
		return append(dst, "infinity"...), nil
	case math.MinInt32:
		return append(dst, "-infinity"...), nil
	}
	dst, bc := appendDate(dst, int64(days))
	if bc {
		dst = append(dst, " BC"...)
	}
	return dst, nil
}

func dateWire(dst, text []byte) ([]byte, error) {
	switch infinite(text) {
	case 1:
		return binary.BigEndian.AppendUint32(dst, math.MaxInt32), nil
	case -1:
		return binary.BigEndian.AppendUint32(dst, 1<<31), nil
	}
	s, bc := cutBC(text)
	days, rest, err := scanDate(s, bc)
	if err != nil {
		return nil, err
	}
	if len(rest) > 0 {
		return nil, errInvalid
	}
	return binary.BigEndian.AppendUint32(dst, uint32(int32(days))), nil
}

func timestampText(dst, wire []byte) ([]byte, error) { return appendTimestamp(dst, wire, false) }

func timestamptzText(dst, wire []byte) ([]byte, error) { return appendTimestamp(dst, wire, true) }

func appendTimestamp(dst, wire []byte, zone bool) ([]byte, error) {
	if len(wire) != 8 {
		return nil, errWire
	}
	us := int64(binary.BigEndian.Uint64(wire))
	switch us {
	case math.MaxInt64:
		return append(dst, "infinity"...), nil
	case math.MinInt64:
		return append(dst, "-infinity"...), nil
	}
	days := floorDiv(us, day)
	dst, bc := appendDate(dst, days)
	dst = appendClock(append(dst, ' '), us-days*day)
	if zone {
		dst = append(dst, "+00"...)
	}
	if bc {
		dst = append(dst, " BC"...)
	}
	return dst, nil
}

func timestampWire(dst, text []byte) ([]byte, error) { return appendMoment(dst, text, false) }

func timestamptzWire(dst, text []byte) ([]byte, error) { return appendMoment(dst, text, true) }

// appendMoment reads a timestamp. A date alone is its midnight; without a zone a
// timestamptz is in UTC.
func appendMoment(dst, text []byte, zone bool) ([]byte, error) {
	switch infinite(text) {
	case 1:
		return binary.BigEndian.AppendUint64(dst, math.MaxInt64), nil
	case -1:
		return binary.BigEndian.AppendUint64(dst, 1<<63), nil
	}
	s, bc := cutBC(text)
	days, s, err := scanDate(s, bc)
	if err != nil {
		return nil, err
	}
	if days > endTimestamp/day {
		return nil, errRange
	}
	var clock int64
	if len(s) > 0 {
		if s[0] != ' ' && s[0]|0x20 != 't' {
			return nil, errInvalid
		}
		if clock, s, err = scanClock(s[1:]); err != nil {
			return nil, err
		}
	}
	east := 0
	if len(s) > 0 {
		if !zone {
			return nil, errInvalid
		}
		if east, err = scanZone(s); err != nil {
			return nil, err
		}
	}
	us := days*day + clock - int64(east)*second
	if us < minTimestamp || us >= endTimestamp {
		return nil, errRange
	}
	return binary.BigEndian.AppendUint64(dst, uint64(us)), nil
}

func timeText(dst, wire []byte) ([]byte, error) {
	if len(wire) != 8 {
		return nil, errWire
	}
	us := int64(binary.BigEndian.Uint64(wire))
	if us < 0 || us > day {
		return nil, errWire
	}
	return appendClock(dst, us), nil
}

func timeWire(dst, text []byte) ([]byte, error) {
	us, rest, err := scanClock(text)
	if err != nil {
		return nil, err
	}
	if len(rest) > 0 {
		return nil, errInvalid
	}
	return binary.BigEndian.AppendUint64(dst, uint64(us)), nil
}

func timetzText(dst, wire []byte) ([]byte, error) {
	if len(wire) != 12 {
		return nil, errWire
	}
	dst, err := timeText(dst, wire[:8])
	if err != nil {
		return nil, err
	}
	west := int(int32(binary.BigEndian.Uint32(wire[8:]))) // PostgreSQL counts west of UTC here
	if west <= -16*3600 || west >= 16*3600 {
		return nil, errWire
	}
	return appendZone(dst, -west), nil
}

func timetzWire(dst, text []byte) ([]byte, error) {
	us, rest, err := scanClock(text)
	if err != nil {
		return nil, err
	}
	east, err := scanZone(rest)
	if err != nil {
		return nil, err
	}
	dst = binary.BigEndian.AppendUint64(dst, uint64(us))
	return binary.BigEndian.AppendUint32(dst, uint32(int32(-east))), nil
}
