package rowcodec

import (
	"encoding/binary"
	"math"
)

// A numeric on the wire is a header of four 16-bit words (number of base-10000 digits,
// weight of the first one, sign, digits to show after the point) and the digits.
const (
	numericNegative = 0x4000
	numericNaN      = 0xC000
	numericPosInf   = 0xD000
	numericNegInf   = 0xF000
	maxScale        = 0x3FFF // of the digits after the point
	maxWeight       = math.MaxInt16
)

// digit10k reads one base-10000 digit; those before the first and after the last are 0.
func digit10k(digits []byte, i int) int {
	if i < 0 || 2*i >= len(digits) {
		return 0
	}
	return int(binary.BigEndian.Uint16(digits[2*i:]))
}

func numericText(dst, wire []byte) ([]byte, error) {
	if len(wire) < 8 {
		return nil, errWire
	}
	n := int(int16(binary.BigEndian.Uint16(wire)))
	weight := int(int16(binary.BigEndian.Uint16(wire[2:])))
	sign := binary.BigEndian.Uint16(wire[4:])
	scale := int(binary.BigEndian.Uint16(wire[6:]))
	digits := wire[8:]
	if n < 0 || len(digits) != 2*n || scale > maxScale {
		return nil, errWire
	}
	switch sign {
	case numericNaN:
		return append(dst, "NaN"...), nil
	case numericPosInf:
		return append(dst, "Infinity"...), nil
	case numericNegInf:
		return append(dst, "-Infinity"...), nil
	case numericNegative:
		dst = append(dst, '-')
	case 0:
	default:
		return nil, errWire
	}
	for i := range n {
		if digit10k(digits, i) > 9999 {
			return nil, errWire
		}
	}
	start := len(dst)
	for i := 0; i <= weight; i++ {
		d := digit10k(digits, i)
		if len(dst) > start || d >= 1000 {
			dst = append(dst, byte('0'+d/1000))
		}
		if len(dst) > start || d >= 100 {
			dst = append(dst, byte('0'+d/100%10))
		}
		if len(dst) > start || d >= 10 {
			dst = append(dst, byte('0'+d/10%10))
		}
		if len(dst) > start || d > 0 {
			dst = append(dst, byte('0'+d%10))
		}
	}
	if len(dst) == start {
		dst = append(dst, '0')
	}
	if scale == 0 {
		return dst, nil
	}
	dst = append(dst, '.')
	end := len(dst) + scale
	for i := weight + 1; len(dst) < end; i++ {
		d := digit10k(digits, i)
		dst = append(dst, byte('0'+d/1000), byte('0'+d/100%10), byte('0'+d/10%10), byte('0'+d%10))
	}
	return dst[:end], nil
}

// numericWire reads an optional sign, digits with at most one point, an optional
// exponent; NaN and Infinity in any case.
func numericWire(dst, text []byte) ([]byte, error) {
	s, sign := text, uint16(0)
	if len(s) > 0 && (s[0] == '-' || s[0] == '+') {
		if s[0] == '-' {
			sign = numericNegative
		}
		s = s[1:]
	}
	special := func(word uint16) ([]byte, error) {
		scale := byte(0)
		if word != numericNaN {
			scale = 32 // nobody reads it, and every server sends it
		}
		return append(dst, 0, 0, 0, 0, byte(word>>8), byte(word), 0, scale), nil
	}
	switch {
	case fold(s, "nan"):
		if len(s) != len(text) {
			return nil, errInvalid
		}
		return special(numericNaN)
	case fold(s, "infinity"), fold(s, "inf"):
		if sign != 0 {
			return special(numericNegInf)
		}
		return special(numericPosInf)
	}

	// Where the digits end, how many lie before the point, and the first and last that is not 0.
	total, before, first, last, end := 0, -1, -1, -1, len(s)
	for i, c := range s {
		if c == '.' && before < 0 {
			before = total
			continue
		}
		if c == 'e' || c == 'E' {
			end = i
			break
		}
		if c < '0' || c > '9' {
			return nil, errInvalid
		}
		if c != '0' {
			if first < 0 {
				first = total
			}
			last = total
		}
		total++
	}
	if total == 0 {
		return nil, errInvalid
	}
	if before < 0 {
		before = total
	}
	exp := 0
	if end < len(s) {
		e, err := parseInt(s[end+1:])
		if err != nil {
			return nil, errInvalid
		}
		if e > math.MaxInt32/2 || e < -math.MaxInt32/2 {
			return nil, errRange
		}
		exp = int(e)
	}
	scale := max(total-before-exp, 0)
	if scale > maxScale {
		return nil, errRange
	}
	if first < 0 {
		return binary.BigEndian.AppendUint16(append(dst, 0, 0, 0, 0, 0, 0), uint16(scale)), nil
	}

	// A decimal digit with index i stands for ten to the (before+exp-1-i). Groups of four
	// start where that exponent is 3 modulo 4.
	high := before + exp - 1 - first
	weight := high >> 2 // rounds down, also below zero
	lead := 3 - (high - weight<<2)
	groups := (lead + last - first + 1 + 3) / 4
	if weight > maxWeight || weight < -maxWeight || groups > math.MaxInt16 {
		return nil, errRange
	}
	dst = binary.BigEndian.AppendUint16(dst, uint16(groups))
	dst = binary.BigEndian.AppendUint16(dst, uint16(weight))
	dst = binary.BigEndian.AppendUint16(dst, sign)
	dst = binary.BigEndian.AppendUint16(dst, uint16(scale))
	group, filled, index := uint16(0), lead, 0
	for _, c := range s[:end] {
		if c == '.' {
			continue
		}
		if index++; index-1 < first || index-1 > last {
			continue
		}
		group = group*10 + uint16(c-'0')
		if filled++; filled == 4 {
			dst = binary.BigEndian.AppendUint16(dst, group)
			group, filled = 0, 0
		}
	}
	if filled > 0 {
		for ; filled < 4; filled++ {
			group *= 10
		}
		dst = binary.BigEndian.AppendUint16(dst, group)
	}
	return dst, nil
}

// numericOrder compares two wire forms that numericWire made or a server sent. NaN is
// the largest, as in PostgreSQL.
func numericOrder(a, b []byte) int {
	if len(a) < 8 || len(b) < 8 {
		return 0
	}
	if x, y := numericRank(a), numericRank(b); x != y || x != 1 && x != -1 {
		return x - y
	}
	sign := numericRank(a)
	if x, y := int16(binary.BigEndian.Uint16(a[2:])), int16(binary.BigEndian.Uint16(b[2:])); x != y {
		return sign * (int(x) - int(y))
	}
	a, b = a[8:], b[8:]
	for i := 0; 2*i < len(a) || 2*i < len(b); i++ {
		if x, y := digit10k(a, i), digit10k(b, i); x != y {
			return sign * (x - y)
		}
	}
	return 0
}

// numericRank sorts numerics roughly: -2 is -Infinity, -1 below zero, 0, 1 above, 2 Infinity, 3 NaN.
func numericRank(wire []byte) int {
	switch binary.BigEndian.Uint16(wire[4:]) {
	case numericNaN:
		return 3
	case numericPosInf:
		return 2
	case numericNegInf:
		return -2
	}
	switch {
	case len(wire) == 8:
		return 0
	case binary.BigEndian.Uint16(wire[4:]) == numericNegative:
		return -1
	}
	return 1
}
