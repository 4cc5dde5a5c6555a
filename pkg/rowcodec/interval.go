package rowcodec

import (
	"encoding/binary"
	"math"
	"strconv"
)

// An interval is months, days and microseconds, which do not convert into each other.
// 17 and later use the three extremes for the infinite ones.

func intervalText(dst, wire []byte) ([]byte, error) {
	if len(wire) != 16 {
		return nil, errWire
	}
	us := int64(binary.BigEndian.Uint64(wire))
	days := int64(int32(binary.BigEndian.Uint32(wire[8:])))
	months := int64(int32(binary.BigEndian.Uint32(wire[12:])))
	switch {
	case us == math.MaxInt64 && days == math.MaxInt32 && months == math.MaxInt32:
		return append(dst, "infinity"...), nil
	case us == math.MinInt64 && days == math.MinInt32 && months == math.MinInt32:
		return append(dst, "-infinity"...), nil
	}
	start := len(dst)
	before := false // a positive part after a negative one is printed with its sign
	for _, part := range [3]struct {
		n    int64
		unit string
	}{{months / 12, " year"}, {months % 12, " mon"}, {days, " day"}} {
		if part.n == 0 {
			continue
		}
		if len(dst) > start {
			dst = append(dst, ' ')
		}
		if before && part.n > 0 {
			dst = append(dst, '+')
		}
		dst = append(strconv.AppendInt(dst, part.n, 10), part.unit...)
		if part.n != 1 {
			dst = append(dst, 's')
		}
		before = part.n < 0
	}
	if us == 0 && len(dst) > start {
		return dst, nil
	}
	if len(dst) > start {
		dst = append(dst, ' ')
	}
	abs := uint64(us)
	switch {
	case us < 0:
		dst, abs = append(dst, '-'), -abs
	case before:
		dst = append(dst, '+')
	}
	if h := abs / uint64(hour); h < 100 {
		dst = append2(dst, int(h))
	} else {
		dst = strconv.AppendUint(dst, h, 10)
	}
	rest := int64(abs % uint64(hour))
	dst = append2(append(dst, ':'), int(rest/minute))
	dst = append2(append(dst, ':'), int(rest/second%60))
	return appendFraction(dst, rest%second), nil
}

// intervalWire reads what intervalText prints: whole numbers with a unit from years to
// days, then a clock with an optional sign. Weeks are read too.
func intervalWire(dst, text []byte) ([]byte, error) {
	var us, days, months int64
	switch infinite(text) {
	case 1:
		us, days, months = math.MaxInt64, math.MaxInt32, math.MaxInt32
	case -1:
		us, days, months = math.MinInt64, math.MinInt32, math.MinInt32
	default:
		var err error
		if us, days, months, err = scanInterval(text); err != nil {
			return nil, err
		}
	}
	dst = binary.BigEndian.AppendUint64(dst, uint64(us))
	dst = binary.BigEndian.AppendUint32(dst, uint32(int32(days)))
	return binary.BigEndian.AppendUint32(dst, uint32(int32(months))), nil
}

func scanInterval(s []byte) (us, days, months int64, err error) {
	some := false
	for s = blanks(s); len(s) > 0; s = blanks(s) {
		word, rest := cutBlank(s)
		for _, c := range word {
			if c == ':' {
				if us, err = scanSpan(word); err == nil && len(blanks(rest)) > 0 {
					err = errInvalid
				}
				return us, days, months, err
			}
		}
		n, err := parseInt(word)
		if err != nil {
			return 0, 0, 0, err
		}
		if n > math.MaxInt32 || n < math.MinInt32 {
			return 0, 0, 0, errRange
		}
		unit, rest := cutBlank(blanks(rest))
		if k := len(unit); k > 1 && unit[k-1]|0x20 == 's' {
			unit = unit[:k-1]
		}
		switch {
		case fold(unit, "year"):
			months += 12 * n
		case fold(unit, "mon"), fold(unit, "month"):
			months += n
		case fold(unit, "week"):
			days += 7 * n
		case fold(unit, "day"):
			days += n
		default:
			return 0, 0, 0, errInvalid
		}
		if int64(int32(months)) != months || int64(int32(days)) != days {
			return 0, 0, 0, errRange
		}
		s, some = rest, true
	}
	if !some {
		return 0, 0, 0, errInvalid
	}
	return us, days, months, nil
}

func cutBlank(s []byte) (word, rest []byte) {
	for i, c := range s {
		if space(c) {
			return s[:i], s[i:]
		}
	}
	return s, nil
}

// scanSpan reads [sign]hours:minutes[:seconds[.fraction]] with any number of hours.
func scanSpan(s []byte) (int64, error) {
	neg := false
	if s[0] == '-' || s[0] == '+' {
		neg, s = s[0] == '-', s[1:]
	}
	i := 0
	for i < len(s) && s[i] != ':' {
		i++
	}
	if i == 0 || i == len(s) || s[0] == '-' || s[0] == '+' {
		return 0, errInvalid
	}
	h, err := parseInt(s[:i])
	if err != nil {
		return 0, err
	}
	if h > math.MaxInt64/hour {
		return 0, errRange
	}
	m, s, ok := scan2(s[i+1:])
	if !ok || m > 59 {
		return 0, errInvalid
	}
	var sec int
	var frac int64
	if len(s) > 0 {
		if s[0] != ':' {
			return 0, errInvalid
		}
		if sec, s, ok = scan2(s[1:]); !ok || sec > 59 {
			return 0, errInvalid
		}
		if frac, s, err = scanFraction(s); err != nil {
			return 0, err
		}
		if len(s) > 0 {
			return 0, errInvalid
		}
	}
	us := uint64(h)*uint64(hour) + uint64(int64(m)*minute+int64(sec)*second+frac)
	switch {
	case neg && us <= 1<<63:
		return -int64(us), nil
	case !neg && us < 1<<63:
		return int64(us), nil
	}
	return 0, errRange
}
