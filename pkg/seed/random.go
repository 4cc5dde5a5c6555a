package seed

import "math/bits"

// Every value is a function of the seed, its column and its row's number alone: rows
// can be made in any order, by any number of workers, and looked up again without
// keeping them.

// mix is the finaliser of SplitMix64: a bijection of 64 bits that spreads every bit.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// nameHash is FNV-1a of a name, spread.
func nameHash(s string) uint64 {
	h := uint64(0xcbf29ce484222325)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 0x100000001b3
	}
	return mix(h)
}

// A draw gives as many numbers as a value needs.
type draw struct{ state uint64 }

func (d *draw) next() uint64 {
	d.state = mix(d.state)
	return d.state
}

// below returns a number below n, which is at least 1.
func (d *draw) below(n uint64) uint64 {
	hi, _ := bits.Mul64(d.next(), n)
	return hi
}

// share returns a number from 0 up to, and without, 1.
func (d *draw) share() float64 { return float64(d.next()>>11) / (1 << 53) }

// A shuffle is a bijection of 0 … n-1: i → (i·mul + add) mod n.
type shuffle struct{ n, mul, add uint64 }

// newShuffle draws one; the plain one for n of 0 and 1.
func newShuffle(n int64, seed uint64) shuffle {
	if n < 2 {
		return shuffle{n: 1, mul: 1}
	}
	d := draw{seed}
	s := shuffle{n: uint64(n), add: d.below(uint64(n))}
	for s.mul = 1 + d.below(s.n-1); gcd(s.mul, s.n) != 1; {
		s.mul = s.mul%(s.n-1) + 1
	}
	return s
}

func (s shuffle) at(i int64) int64 {
	hi, lo := bits.Mul64(uint64(i), s.mul)
	lo, carry := bits.Add64(lo, s.add, 0)
	_, rem := bits.Div64((hi+carry)%s.n, lo, s.n)
	return int64(rem)
}

func gcd(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
