package rowcodec

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strconv"
)

func float8Text(dst, wire []byte) ([]byte, error) {
	if len(wire) != 8 {
		return nil, errWire
	}
	return appendFloat(dst, math.Float64frombits(binary.BigEndian.Uint64(wire)), 64), nil
}

func float8Wire(dst, text []byte) ([]byte, error) {
	v, err := parseFloat(text, 64)
	if err != nil {
		return nil, err
	}
	return binary.BigEndian.AppendUint64(dst, math.Float64bits(v)), nil
}

func float4Text(dst, wire []byte) ([]byte, error) {
	if len(wire) != 4 {
		return nil, errWire
	}
	return appendFloat(dst, float64(math.Float32frombits(binary.BigEndian.Uint32(wire))), 32), nil
}

func float4Wire(dst, text []byte) ([]byte, error) {
	v, err := parseFloat(text, 32)
	if err != nil {
		return nil, err
	}
	return binary.BigEndian.AppendUint32(dst, math.Float32bits(float32(v))), nil
}

// parseFloat reads what PostgreSQL reads: decimal digits, no hex and no underscores,
// and the words NaN, Infinity and inf. A number that is too large is out of range, one
// that is too small too.
func parseFloat(text []byte, size int) (float64, error) {
	for _, c := range text {
		if c == '_' || c == 'x' || c == 'X' || c == 'p' || c == 'P' {
			return 0, errInvalid
		}
	}
	v, err := strconv.ParseFloat(string(text), size)
	if err != nil {
		if math.IsInf(v, 0) {
			return 0, errRange
		}
		return 0, errInvalid
	}
	if v == 0 && !onlyZeroMantissa(text) {
		return 0, errRange
	}
	if math.IsNaN(v) {
		v = math.Float64frombits(0x7ff8 << 48) // the server's; math.NaN has another bit set
	}
	return v, nil
}

// onlyZeroMantissa reports whether the digits before the exponent are all zero.
func onlyZeroMantissa(text []byte) bool {
	for _, c := range text {
		if c == 'e' || c == 'E' {
			break
		}
		if c >= '1' && c <= '9' {
			return false
		}
	}
	return true
}

// appendFloat prints v as PostgreSQL does: the fewest digits that read back as v, in
// plain form while the exponent is from -4 to 14 (float4: 5), else with an exponent of
// at least two digits.
func appendFloat(dst []byte, v float64, size int) []byte {
	switch {
	case math.IsNaN(v):
		return append(dst, "NaN"...)
	case math.IsInf(v, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(v, -1):
		return append(dst, "-Infinity"...)
	}
	if math.Signbit(v) {
		dst, v = append(dst, '-'), -v
	}
	if v == 0 {
		return append(dst, '0')
	}
	var buf [32]byte
	s := strconv.AppendFloat(buf[:0], v, 'e', -1, size)
	digits, exp := mantissa(s)
	// PostgreSQL refuses a number that lies exactly between v and its neighbour, because
	// another reader may round it the other way; Go takes it when it rounds to v.
	for prec := exp.n; midway(digits, exp.e, v, size); prec++ {
		digits, exp = mantissa(strconv.AppendFloat(buf[:0], v, 'e', prec, size))
	}
	limit := 15
	if size == 32 {
		limit = 6
	}
	text := exp.text
	n, e := exp.n, exp.e+exp.n-1 // e: exponent of the first digit
	switch {
	case e < -4 || e >= limit:
		dst = append(dst, text[0])
		if n > 1 {
			dst = append(append(dst, '.'), text[1:n]...)
		}
		dst = append(dst, 'e')
		sign := byte('+')
		if e < 0 {
			sign, e = '-', -e
		}
		dst = append(dst, sign)
		if e < 10 {
			dst = append(dst, '0')
		}
		return strconv.AppendInt(dst, int64(e), 10)
	case e < 0:
		dst = append(dst, "0."...)
		for k := -1; k > e; k-- {
			dst = append(dst, '0')
		}
		return append(dst, text[:n]...)
	case n <= e+1:
		dst = append(dst, text[:n]...)
		for range e + 1 - n {
			dst = append(dst, '0')
		}
		return dst
	default:
		dst = append(dst, text[:e+1]...)
		return append(append(dst, '.'), text[e+1:n]...)
	}
}

// decimal is a number as digits: the first n of text, times ten to the e.
type decimal struct {
	text [20]byte
	n, e int
}

// mantissa takes "1.234e+05" apart, without trailing zeros, and returns the digits as a number too.
func mantissa(s []byte) (uint64, decimal) {
	var d decimal
	v, frac, point := uint64(0), 0, false
	i := 0
	for ; i < len(s) && s[i] != 'e'; i++ {
		if s[i] == '.' {
			point = true
			continue
		}
		if d.n < len(d.text) {
			d.text[d.n] = s[i]
			d.n++
			v = v*10 + uint64(s[i]-'0')
		}
		if point {
			frac++
		}
	}
	exp, _ := parseInt(s[i+1:])
	d.e = int(exp) - frac
	for d.n > 1 && d.text[d.n-1] == '0' {
		d.n--
		d.e++
		v /= 10
	}
	return v, d
}

// midway reports whether digits times ten to the e lies exactly between v and one of
// its neighbours. Both are an odd number times a power of two, so that is compared.
func midway(digits uint64, e int, v float64, size int) bool {
	var m uint64 // v is m times two to the q
	var q int
	var edge bool // below v the distance is half of that above
	if size == 32 {
		b := math.Float32bits(float32(v))
		frac, x := uint64(b&(1<<23-1)), int(b>>23&0xff)
		m, q, edge = frac|1<<23, x-150, frac == 0 && x > 1
		if x == 0 {
			m, q = frac, -149
		}
	} else {
		b := math.Float64bits(v)
		frac, x := b&(1<<52-1), int(b>>52&0x7ff)
		m, q, edge = frac|1<<52, x-1075, frac == 0 && x > 1
		if x == 0 {
			m, q = frac, -1074
		}
	}
	tz := bits.TrailingZeros64(digits)
	odd, two := digits>>tz, tz+e
	for k := e; k > 0; k-- {
		if odd > math.MaxUint64/5 {
			return false
		}
		odd *= 5
	}
	for k := e; k < 0; k++ {
		if odd%5 != 0 {
			return false
		}
		odd /= 5
	}
	if odd == 2*m+1 && two == q-1 {
		return true
	}
	if edge {
		return odd == 4*m-1 && two == q-2
	}
	return odd == 2*m-1 && two == q-1
}

// pointText prints a point as (x,y).
func pointText(dst, wire []byte) ([]byte, error) {
	if len(wire) != 16 {
		return nil, errWire
	}
	dst = append(dst, '(')
	dst = appendFloat(dst, math.Float64frombits(binary.BigEndian.Uint64(wire)), 64)
	dst = append(dst, ',')
	dst = appendFloat(dst, math.Float64frombits(binary.BigEndian.Uint64(wire[8:])), 64)
	return append(dst, ')'), nil
}

func pointWire(dst, text []byte) ([]byte, error) {
	n := len(text)
	if n < 5 || text[0] != '(' || text[n-1] != ')' {
		return nil, errInvalid
	}
	text = text[1 : n-1]
	for i, c := range text {
		if c == ',' {
			dst, err := float8Wire(dst, text[:i])
			if err != nil {
				return nil, err
			}
			return float8Wire(dst, text[i+1:])
		}
	}
	return nil, errInvalid
}
