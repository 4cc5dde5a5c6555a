package mask

import (
	"fmt"
	"math"
	"slices"

	"github.com/understudy-db/understudy/pkg/mask/prf"
)

// keyInfo documents key.
//
// The type's numbers are cut into ranges: the one of the rule (min to max, or
// 0 to 2^bits - 1 and its negative twin), and what lies outside, below and above
// zero. Each range is permuted in itself, so the whole is a permutation of the
// type: injective whatever comes, no number stays where it is, and sequences can
// restart above the rule's range.
func keyInfo() Info {
	return Info{
		Name:    "key",
		Summary: "permutes integer keys within bits or min and max: injective, so joins and unique indexes hold; the sign stays",
		Classes: []Class{ClassInteger, ClassNumeric},
		Params: []Param{
			{Name: "bits", Type: Int, Summary: "keys of 0 to 2^bits - 1 stay within that range; default: one bit less than the type's sign leaves"},
			{Name: "min", Type: Int, Summary: "with max, the range instead of bits"},
			{Name: "max", Type: Int, Summary: "the largest key of the range"},
		},
		Example: "id: {mask: key, bits: 24}",
	}
}

// span is a range of numbers, both ends included.
type span struct{ lo, hi int64 }

func (s span) size() uint64 { return uint64(s.hi-s.lo) + 1 }

// maxExact bounds min and max: a YAML number beyond it is not exact.
const maxExact = 1 << 53

// keySpans returns the ranges of s, in ascending order.
func keySpans(s Spec) ([]span, error) {
	width := 64
	if s.Column.Class == ClassInteger && s.Column.Bits > 0 {
		width = s.Column.Bits
	}
	low, high := int64(math.MinInt64)>>(64-width), int64(math.MaxInt64)>>(64-width)
	if d := s.Column.Digits - s.Column.Scale; s.Column.Class == ClassNumeric && s.Column.Digits > 0 && d < 19 {
		if d < 1 {
			return nil, fmt.Errorf("key: a column of type %s holds no integer", s.Column.TypeName)
		}
		high = int64(pow10[d] - 1)
		low = -high
	}
	_, hasMin := s.Params["min"]
	_, hasMax := s.Params["max"]
	_, hasBits := s.Params["bits"]
	if hasMin != hasMax || hasMin && hasBits {
		return nil, fmt.Errorf("key: takes bits, or min and max together")
	}
	var cuts []int64 // where a range begins
	if hasMin {
		if math.Abs(s.number("min")) > maxExact || math.Abs(s.number("max")) > maxExact {
			return nil, fmt.Errorf("key: min and max lie between -2^53 and 2^53")
		}
		lo, hi := int64(s.number("min")), int64(s.number("max"))
		if lo >= hi || lo < low || hi > high {
			return nil, fmt.Errorf("key: min is below max, and both fit a column of type %s", s.Column.TypeName)
		}
		cuts = append(cuts, low)
		if lo > 0 {
			cuts = append(cuts, 0)
		}
		cuts = append(cuts, lo, hi+1)
		if hi < -1 {
			cuts = append(cuts, 0)
		}
		if hi == high {
			cuts[len(cuts)-1] = low // nothing begins there; the sort below drops it
		}
	} else {
		n := s.integer("bits")
		if !hasBits {
			n = width - 2
			for n > 1 && n < 63 && int64(1)<<n-1 > high {
				n--
			}
		}
		if n < 1 || n > width-1 || n < 63 && int64(1)<<n-1 > high {
			return nil, fmt.Errorf("key: bits: %d does not fit a column of type %s", n, s.Column.TypeName)
		}
		cuts = append(cuts, low, 0)
		if n < 63 && int64(1)<<n <= high {
			cuts = append(cuts, -(int64(1) << n), int64(1)<<n)
		}
	}
	return spansOf(cuts, low, high), nil
}

// spansOf cuts low to high before each of cuts; a range of one number is joined
// with its neighbour, for a permutation of one number would keep it.
func spansOf(cuts []int64, low, high int64) []span {
	begins := map[int64]bool{}
	for _, c := range cuts {
		begins[max(c, low)] = true
	}
	var order []int64
	for c := range begins {
		order = append(order, c)
	}
	for i := range order { // at most six
		for k := i + 1; k < len(order); k++ {
			if order[k] < order[i] {
				order[i], order[k] = order[k], order[i]
			}
		}
	}
	var out []span
	for i, lo := range order {
		hi := high
		if i+1 < len(order) {
			hi = order[i+1] - 1
		}
		if n := len(out); n > 0 && (lo == hi || out[n-1].lo == out[n-1].hi) {
			out[n-1].hi = hi
			continue
		}
		out = append(out, span{lo, hi})
	}
	return out
}

func keyTraits(s Spec) (Traits, error) {
	spans, err := keySpans(s)
	if err != nil {
		return Traits{}, err
	}
	smallest := math.Inf(1)
	for _, sp := range spans {
		smallest = min(smallest, float64(sp.hi)-float64(sp.lo)+1)
	}
	// Injective for every number; a text that is none does not occur in the types it takes.
	return Traits{Safety: NotContact, Injective: true, Capacity: smallest, Keeps: []string{"sign", "range", "digits behind the point"}, Technique: "pseudonymization"}, nil
}

type keyMasker struct {
	p     *prf.PRF
	spans []span
	perms []*permutation
	ff1   *ff1            // what lies outside 64 bits, or has digits behind the point
	short [6]*permutation // the same below a million strings, by length, filled when first needed
	perm  *prf.PRF
	x     []byte
}

func bindKey(s Spec, b *Binder) (Masker, error) {
	spans, err := keySpans(s)
	if err != nil {
		return nil, err
	}
	perm := b.Key.PRF(prf.Permutation, s.Domain)
	m := &keyMasker{p: b.Key.PRF(prf.StandIn, s.Domain), perm: perm, spans: spans}
	for _, sp := range spans {
		m.perms = append(m.perms, newPermutation(perm, fmt.Sprintf("key %d %d", sp.lo, sp.hi), sp.size()))
	}
	m.ff1, err = newFF1(perm.Append(nil, []byte("key ff1"), 32), 10, nil)
	return m, err
}

// Mask appends the number's stand-in, with as many zeros behind the point.
func (m *keyMasker) Mask(dst []byte, in Input) ([]byte, error) {
	d, ok := parseDecimal(in.Value)
	if !ok {
		return m.foreign(dst, in.Value), nil
	}
	n, small := d.int64()
	if !small {
		return m.wide(dst, d), nil
	}
	i := slices.IndexFunc(m.spans, func(sp span) bool { return n >= sp.lo && n <= sp.hi })
	if i < 0 {
		return m.foreign(dst, in.Value), nil // no value of the column's type
	}
	dst = appendInt(dst, m.spans[i].lo+int64(m.perms[i].next(uint64(n-m.spans[i].lo))))
	if len(d.fraction) > 0 {
		dst = append(append(dst, '.'), d.fraction...) // zeros
	}
	return dst, nil
}

// foreign appends a number of the type for what the type does not hold.
func (m *keyMasker) foreign(dst, value []byte) []byte {
	b := m.p.BitsTagged("text", value)
	i := len(m.spans) - 1
	for i > 0 && m.spans[i].lo > 0 {
		i--
	}
	return appendInt(dst, m.spans[i].lo+int64(b.Index(max(1, m.spans[i].size()-1))))
}

// wide permutes the digits of a number of more than 64 bits or with a fraction,
// among the numbers of as many digits before and behind the point. The last digit
// of the fraction that is not zero stays not zero: equal numbers with other
// numbers of zeros have equal stand-ins.
func (m *keyMasker) wide(dst []byte, d decimal) []byte {
	fraction := len(trimZeros(d.fraction))
	m.x = append(append(m.x[:0], d.whole...), d.fraction[:fraction]...)
	for i := range m.x {
		m.x[i] -= '0'
	}
	whole, zero := len(d.whole), len(d.whole) == 1 && d.whole[0] == '0'
	if _, longest := ff1Range(10); len(m.x) > longest {
		return m.endless(dst, d)
	}
	for {
		m.cycle()
		if (m.x[0] != 0) != zero && (fraction == 0 || m.x[len(m.x)-1] != 0) && m.stillWide(whole, fraction) {
			break
		}
	}
	if d.negative {
		dst = append(dst, '-')
	}
	for i, c := range m.x {
		if i == len(d.whole) {
			dst = append(dst, '.')
		}
		dst = append(dst, '0'+c)
	}
	if fraction == 0 && len(d.fraction) > 0 {
		dst = append(dst, '.')
	}
	return append(dst, d.fraction[fraction:]...)
}

// stillWide reports whether m.x without a fraction is beyond 64 bits: what lies
// within is another permutation's.
func (m *keyMasker) stillWide(whole, fraction int) bool {
	if fraction > 0 || whole > 19 {
		return true
	}
	if whole < 19 {
		return false
	}
	n := uint64(0)
	for _, c := range m.x[:whole] {
		n = 10*n + uint64(c)
	}
	return n > 1<<63
}

// endless is for numbers beyond FF1's length: keyed digits, bounded.
func (m *keyMasker) endless(dst []byte, d decimal) []byte {
	var s stream
	s.start(m.p, "endless", m.x)
	if d.negative {
		dst = append(dst, '-')
	}
	for i := range d.whole {
		switch {
		case i > 0:
			dst = append(dst, byte('0'+s.next(10)))
		case len(d.whole) == 1 && d.whole[0] == '0':
			dst = append(dst, '0')
		default:
			dst = append(dst, byte('1'+s.next(9)))
		}
	}
	for i := range d.fraction {
		if i == 0 {
			dst = append(dst, '.')
		}
		dst = append(dst, byte('0'+s.next(10)))
	}
	return dst
}

// cycle moves m.x to the next string of its length.
func (m *keyMasker) cycle() {
	n := len(m.x)
	if n >= len(m.short) {
		m.ff1.cycle(m.x)
		return
	}
	if m.short[n] == nil {
		m.short[n] = newPermutation(m.perm, "key digits", pow10[n])
	}
	m.ff1.str(m.x, m.short[n].next(m.ff1.num(m.x)))
}

func trimZeros(x []byte) []byte {
	for len(x) > 0 && x[len(x)-1] == '0' {
		x = x[:len(x)-1]
	}
	return x
}
