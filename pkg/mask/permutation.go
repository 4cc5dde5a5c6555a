package mask

import (
	"encoding/binary"
	"math/bits"

	"github.com/understudy-db/understudy/pkg/mask/prf"
)

// tableSize is the size below which NIST SP 800-38G Rev. 1 wants no Feistel
// network: a smaller set is shuffled into a table.
const tableSize = 1_000_000

// permutation moves every number of 0 ≤ x < n to another one, and no two to the
// same. It is one keyed cycle through all of them, so nothing stays where it is.
//
//   - Below tableSize a table, filled by Sattolo's shuffle from keyed draws.
//   - Else a Feistel network E of ten rounds over two halves a and b, x = a·v + b:
//     next(x) = E⁻¹(E(x) + 1), the conjugate of "one further", which is a cycle.
type permutation struct {
	n     uint64 // at least 2; 0 is 2^64
	table []uint32

	p    *prf.PRF
	u, v uint64 // sizes of the halves; u·v is n or just above
	in   [16]byte
	tag  uint64
}

const feistelRounds = 10

// newPermutation makes the permutation of a tag and a size.
func newPermutation(p *prf.PRF, tag string, n uint64) *permutation {
	m := &permutation{n: n, p: p}
	var size [8]byte
	binary.BigEndian.PutUint64(size[:], n)
	if n != 0 && n < tableSize {
		m.shuffle(tag, size[:])
		return m
	}
	b := p.BitsTagged(tag, size[:])
	m.tag = b.Uint64()
	if n == 0 {
		m.u, m.v = 1<<32, 1<<32
		return m
	}
	m.v = isqrt(n)
	m.u = (n-1)/m.v + 1
	return m
}

// isqrt returns ⌊√n⌋.
func isqrt(n uint64) uint64 {
	x := uint64(1) << ((bits.Len64(n) + 1) / 2)
	for {
		y := (x + n/x) / 2
		if y >= x {
			return x
		}
		x = y
	}
}

func (m *permutation) shuffle(tag string, size []byte) {
	var s stream
	s.start(m.p, tag, size)
	order := make([]uint32, m.n)
	for i := range order {
		order[i] = uint32(i)
	}
	for i := m.n - 1; i > 0; i-- {
		j := s.next(i) // below i, not up to it: that makes it one cycle
		order[i], order[j] = order[j], order[i]
	}
	m.table = order
}

// next returns x's stand-in. x is below n.
func (m *permutation) next(x uint64) uint64 {
	if m.table != nil {
		return uint64(m.table[x])
	}
	for { // u·v exceeds n by less than √n: a second walk is rare
		x = m.encrypt(x)
		x++
		if hi, lo := bits.Mul64(m.u, m.v); x == lo && hi == 0 || x == 0 && hi > 0 {
			x = 0
		}
		x = m.decrypt(x)
		if m.n == 0 || x < m.n {
			return x
		}
	}
}

func (m *permutation) encrypt(x uint64) uint64 {
	a, b := m.halves(x)
	for r := uint64(0); r < feistelRounds; r += 2 {
		a = add(a, m.round(r, b, m.u), m.u)
		b = add(b, m.round(r+1, a, m.v), m.v)
	}
	return a*m.v + b
}

func (m *permutation) decrypt(x uint64) uint64 {
	a, b := m.halves(x)
	for r := uint64(feistelRounds); r > 0; r -= 2 {
		b = add(b, m.v-m.round(r-1, a, m.v), m.v)
		a = add(a, m.u-m.round(r-2, b, m.u), m.u)
	}
	return a*m.v + b
}

func (m *permutation) halves(x uint64) (a, b uint64) { return x / m.v, x % m.v }

// add is (a+b) mod n; both are at most n, which is at most 2^32.
func add(a, b, n uint64) uint64 {
	if s := a + b; s < n {
		return s
	} else {
		return s - n
	}
}

// round draws a number below n for one half. A message of 16 bytes is one block of
// AES; the rounds are told apart by the tag.
func (m *permutation) round(r, half, n uint64) uint64 {
	binary.BigEndian.PutUint64(m.in[:8], m.tag+r)
	binary.BigEndian.PutUint64(m.in[8:16], half)
	b := m.p.Bits(m.in[:16])
	return b.Index(n)
}
