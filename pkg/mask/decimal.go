package mask

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"strconv"

	"github.com/understudy-db/understudy/pkg/mask/prf"
)

// decimal is a number's text taken apart; its slices are parts of the text.
type decimal struct {
	negative bool
	whole    []byte // digits before the point, without leading zeros but for a single one
	fraction []byte // digits behind it
	exponent []byte // with its letter: "e+20"
}

// parseDecimal reads an optional sign, digits and a fraction; blanks around them
// are dropped, an exponent is refused.
func parseDecimal(v []byte) (decimal, bool) {
	d, ok := parseFloat(v)
	return d, ok && len(d.exponent) == 0
}

// parseFloat is parseDecimal with an exponent allowed. NaN and the infinities are no numbers.
func parseFloat(v []byte) (decimal, bool) {
	var d decimal
	v = bytes.TrimSpace(v)
	if len(v) > 0 && (v[0] == '-' || v[0] == '+') {
		d.negative, v = v[0] == '-', v[1:]
	}
	i := digitsAt(v)
	d.whole, v = v[:i], v[i:]
	if len(v) > 0 && v[0] == '.' {
		i = digitsAt(v[1:])
		d.fraction, v = v[1:1+i], v[1+i:]
	}
	if len(d.whole)+len(d.fraction) == 0 {
		return d, false
	}
	if len(v) > 1 && lowerByte(v[0]) == 'e' {
		rest := v[1:]
		if rest[0] == '-' || rest[0] == '+' {
			rest = rest[1:]
		}
		if n := digitsAt(rest); n == 0 || n != len(rest) || n > 4 {
			return d, false
		}
		d.exponent, v = v, nil
	}
	for len(d.whole) > 1 && d.whole[0] == '0' {
		d.whole = d.whole[1:]
	}
	if len(d.whole) == 0 {
		d.whole = []byte("0")
	}
	return d, len(v) == 0
}

func digitsAt(v []byte) int {
	i := 0
	for i < len(v) && isDigit(v[i]) {
		i++
	}
	return i
}

// int64 returns the number, and false when it has a fraction or more than 64 bits.
func (d decimal) int64() (int64, bool) {
	if len(trimZeros(d.fraction)) > 0 || len(d.whole) > 19 {
		return 0, false
	}
	n := uint64(0)
	for _, c := range d.whole {
		n = 10*n + uint64(c-'0')
	}
	if d.negative {
		return -int64(n), n <= 1<<63
	}
	return int64(n), n <= math.MaxInt64
}

// unscaled returns the digits of whole and fraction as an integer.
func (d decimal) unscaled() *big.Int {
	n, _ := new(big.Int).SetString(string(d.whole)+string(d.fraction), 10)
	if d.negative {
		n.Neg(n)
	}
	return n
}

// appendUnscaled appends n / 10^scale, and an exponent.
func appendUnscaled(dst []byte, n *big.Int, scale int, exponent []byte) []byte {
	if n.Sign() < 0 {
		dst = append(dst, '-')
	}
	text := new(big.Int).Abs(n).Append(nil, 10)
	if pad := scale + 1 - len(text); pad > 0 {
		text = append(bytes.Repeat([]byte("0"), pad), text...)
	}
	dst = append(dst, text[:len(text)-scale]...)
	if scale > 0 {
		dst = append(append(dst, '.'), text[len(text)-scale:]...)
	}
	return append(dst, exponent...)
}

func appendInt(dst []byte, n int64) []byte { return strconv.AppendInt(dst, n, 10) }

// exactParam returns a number of the rules as written: the shortest decimal text
// that a float64 stands for is what the author typed.
func exactParam(f float64) (n *big.Int, scale int) {
	d, _ := parseDecimal(strconv.AppendFloat(nil, f, 'f', -1, 64))
	return d.unscaled(), len(d.fraction)
}

var ten = big.NewInt(10)

func bigPow10(n int) *big.Int { return new(big.Int).Exp(ten, big.NewInt(int64(n)), nil) }

// numberColumn is the largest magnitude that fits a column; nil is no limit.
func numberColumn(c Column) (largest *big.Int, scale int) {
	switch {
	case c.Class == ClassInteger && c.Bits > 0:
		return new(big.Int).SetUint64(1<<(c.Bits-1) - 1), 0
	case c.Class == ClassInteger:
		return big.NewInt(math.MaxInt64), 0
	case c.Class == ClassNumeric && c.Digits > 0:
		return new(big.Int).Sub(bigPow10(c.Digits), big.NewInt(1)), c.Scale
	}
	return nil, 0
}

// inColumn reports whether n / 10^scale fits c.
func inColumn(c Column, n *big.Int, scale int) bool {
	largest, s := numberColumn(c)
	if largest == nil {
		return true
	}
	a, b := new(big.Int).Abs(n), new(big.Int).Set(largest)
	if s > scale {
		a.Mul(a, bigPow10(s-scale))
	} else {
		b.Mul(b, bigPow10(scale-s))
	}
	return a.Cmp(b) <= 0
}

// maxNumber bounds the digits that are calculated with; numeric holds 131,072
// before the point, and arithmetic on them is no work for a row loop.
const maxNumber = 1000

func readNumber(v []byte) (decimal, bool) {
	d, ok := parseFloat(v)
	return d, ok && len(d.whole)+len(d.fraction) <= maxNumber
}

func quantityClasses() []Class { return []Class{ClassInteger, ClassNumeric, ClassFloat, ClassText} }

func noiseInfo() Info {
	return Info{
		Name:    "noise",
		Summary: "moves a number by up to a share of itself, never by nothing; sign and digits behind the point stay. NaN and infinity become 0",
		Classes: quantityClasses(),
		Params:  []Param{{Name: "ratio", Type: Number, Default: "0.1", Summary: "largest share, above 0 and at most 1"}},
		Example: "salary: {mask: noise, ratio: 0.1}",
	}
}

func noiseTraits(s Spec) (Traits, error) {
	if r := s.number("ratio"); !(r > 0 && r <= 1) {
		return Traits{}, fmt.Errorf("noise: ratio lies above 0 and at most at 1")
	}
	return Traits{Safety: NotContact, Capacity: 1, Keeps: []string{"sign", "magnitude", "digits behind the point"}, Technique: "randomization"}, nil
}

type noise struct {
	p      *prf.PRF
	ratio  *big.Int // in 2^-32
	column Column
	digits *digits
}

func bindNoise(s Spec, b *Binder) (Masker, error) {
	return &noise{p: b.Key.PRF(prf.StandIn, s.Domain), ratio: big.NewInt(int64(math.Ceil(s.number("ratio") * (1 << 32)))), column: s.Column, digits: newDigits(s, b)}, nil
}

// Mask appends the moved number.
func (m *noise) Mask(dst []byte, in Input) ([]byte, error) {
	d, ok := readNumber(in.Value)
	if !ok {
		return m.digits.noNumber(dst, in.Value), nil
	}
	b := m.p.Bits(in.Value)
	n, scale := d.unscaled(), len(d.fraction)
	// delta = |n| · ratio · u, with u in (0, 1] of 63 bits; at least one unit of the last place.
	delta := new(big.Int).Abs(n)
	delta.Mul(delta, m.ratio)
	delta.Mul(delta, new(big.Int).SetUint64(b.Index(1<<63)+1))
	delta.Rsh(delta, 32+63)
	if delta.Sign() == 0 {
		delta.SetInt64(1)
	}
	up := b.Index(2) == 1 || n.Sign() == 0
	if n.Sign() < 0 {
		up = !up
	}
	out := shifted(n, delta, up)
	if !inColumn(m.column, out, scale) {
		out = shifted(n, delta, !up)
	}
	return m.digits.fitNumber(dst, appendUnscaled(nil, out, scale, d.exponent), in.Value), nil
}

func shifted(n, delta *big.Int, up bool) *big.Int {
	if up {
		return new(big.Int).Add(n, delta)
	}
	return new(big.Int).Sub(n, delta)
}

func roundInfo() Info {
	return Info{
		Name:    "round",
		Summary: "rounds a number to the nearest multiple, halves away from zero; one that is a multiple stays as it is. NaN and infinity become 0",
		Classes: quantityClasses(),
		Params:  []Param{{Name: "to", Type: Number, Default: "10", Summary: "the multiple, above 0"}},
		Example: "amount: {mask: round, to: 100}",
	}
}

func bucketInfo() Info {
	return Info{
		Name:    "bucket",
		Summary: "replaces a number by the lower end of its bucket: every size steps from zero. NaN and infinity become 0",
		Classes: quantityClasses(),
		Params:  []Param{{Name: "size", Type: Number, Default: "10", Summary: "width of a bucket, above 0"}},
		Example: "age: {mask: bucket, size: 10}",
	}
}

func stepTraits(param string) func(Spec) (Traits, error) {
	return func(s Spec) (Traits, error) {
		step := s.number(param)
		if !(step > 0) || math.IsInf(step, 0) || step > 1e18 || step < 1e-18 {
			return Traits{}, fmt.Errorf("%s: %s lies between 1e-18 and 1e18", s.Name, param)
		}
		n, scale := exactParam(step)
		if s.Column.Class == ClassInteger && scale > 0 {
			return Traits{}, fmt.Errorf("%s: %s is a whole number for a column of type %s", s.Name, param, s.Column.TypeName)
		}
		if !inColumn(s.Column, n, scale) {
			return Traits{}, fmt.Errorf("%s: %s does not fit a column of type %s", s.Name, param, s.Column.TypeName)
		}
		return Traits{Safety: NotContact, Capacity: 1, Keeps: []string{"magnitude", "order"}, Technique: "generalization"}, nil
	}
}

// step is round and bucket.
type step struct {
	size   *big.Int
	scale  int
	floor  bool
	column Column
	digits *digits
}

func bindStep(param string) func(Spec, *Binder) (Masker, error) {
	return func(s Spec, b *Binder) (Masker, error) {
		n, scale := exactParam(s.number(param))
		return &step{size: n, scale: scale, floor: param == "size", column: s.Column, digits: newDigits(s, b)}, nil
	}
}

// Mask appends the multiple, with the digits behind the point of value and step, whichever are more.
func (m *step) Mask(dst []byte, in Input) ([]byte, error) {
	d, ok := readNumber(in.Value)
	if !ok {
		return m.digits.noNumber(dst, in.Value), nil
	}
	n, scale := d.unscaled(), len(d.fraction)
	if len(d.exponent) > 0 {
		if n, scale, ok = expand(d); !ok {
			return m.digits.noNumber(dst, in.Value), nil
		}
	}
	size := new(big.Int).Set(m.size)
	if scale > m.scale {
		size.Mul(size, bigPow10(scale-m.scale))
	} else {
		n.Mul(n, bigPow10(m.scale-scale))
		scale = m.scale
	}
	quo, rem := new(big.Int).DivMod(n, size, new(big.Int)) // rem ≥ 0: towards minus infinity
	low := new(big.Int).Mul(quo, size)
	out := low
	if !m.floor {
		twice := new(big.Int).Lsh(rem, 1)
		if c := twice.Cmp(size); c > 0 || c == 0 && n.Sign() > 0 {
			out = new(big.Int).Add(low, size)
		}
	}
	if !inColumn(m.column, out, scale) { // the nearest multiple towards zero fits
		if out.Sign() < 0 {
			out = new(big.Int).Add(out, size)
		} else {
			out = new(big.Int).Sub(out, size)
		}
	}
	return m.digits.fitNumber(dst, appendUnscaled(nil, out, scale, nil), in.Value), nil
}

// expand writes an exponent out; false when that takes more than 400 digits, which
// is beyond float8.
func expand(d decimal) (n *big.Int, scale int, ok bool) {
	e, err := strconv.Atoi(string(d.exponent[1:]))
	if err != nil || e > 400 || e < -400 {
		return nil, 0, false
	}
	n, scale = d.unscaled(), len(d.fraction)-e
	if scale < 0 {
		return n.Mul(n, bigPow10(-scale)), 0, true
	}
	return n, scale, true
}
