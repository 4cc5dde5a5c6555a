package mask

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"math/bits"
)

// ff1 is FF1 of NIST SP 800-38G over AES: for every tweak and length, a
// permutation of the strings in a radix. A half must fit 63 bits: 38 decimal digits,
// 24 of base 36, 20 of base 62. Digits are bytes 0 ≤ d < radix. It is used by one
// goroutine at a time.
type ff1 struct {
	block cipher.Block
	radix uint64
	tweak []byte
	p     [16]byte // the first block, constant for a length
	r     [16]byte // chaining value; in the struct because the cipher's interface would make it escape
	q     []byte
}

// newFF1 takes an AES key of 16, 24 or 32 bytes.
func newFF1(key []byte, radix uint64, tweak []byte) (*ff1, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return &ff1{block: block, radix: radix, tweak: tweak}, nil
}

// ff1Range returns the lengths that FF1 takes here: the shortest has a million
// strings, as SP 800-38G Rev. 1 wants, the longest has halves of 63 bits.
func ff1Range(radix uint64) (shortest, longest int) {
	n, size := 0, uint64(1)
	for ; size < (1<<63)/radix; n++ {
		if size < tableSize {
			shortest = n + 1
		}
		size *= radix
	}
	return shortest, 2 * n
}

// ff1Shape is what depends on the length alone.
type ff1Shape struct {
	u          int
	modU, modV uint64
	b, d       int
}

// shape also prepares the first block.
func (f *ff1) shape(n int) ff1Shape {
	s := ff1Shape{u: n / 2}
	s.modU, s.modV = ipow(f.radix, s.u), ipow(f.radix, n-s.u)
	s.b = (bits.Len64(s.modV-1) + 7) / 8
	s.d = 4*((s.b+3)/4) + 4 // at most 12 bytes, so one block of output is enough
	f.p = [16]byte{1, 2, 1, byte(f.radix >> 16), byte(f.radix >> 8), byte(f.radix), 10, byte(s.u)}
	binary.BigEndian.PutUint32(f.p[8:], uint32(n))
	binary.BigEndian.PutUint32(f.p[12:], uint32(len(f.tweak)))
	return s
}

func ipow(radix uint64, n int) uint64 {
	x := uint64(1)
	for range n {
		x *= radix
	}
	return x
}

// draw is y of round i: the CBC-MAC of the first block and of tweak, i and half.
func (f *ff1) draw(s ff1Shape, i int, half, mod uint64) uint64 {
	f.q = append(f.q[:0], f.tweak...)
	for (len(f.q)+1+s.b)%16 != 0 {
		f.q = append(f.q, 0)
	}
	f.q = append(f.q, byte(i))
	for k := s.b - 1; k >= 0; k-- {
		f.q = append(f.q, byte(half>>(8*k)))
	}
	f.block.Encrypt(f.r[:], f.p[:])
	for q := f.q; len(q) > 0; q = q[16:] {
		for k := range f.r {
			f.r[k] ^= q[k]
		}
		f.block.Encrypt(f.r[:], f.r[:])
	}
	hi, lo := uint64(0), uint64(0)
	for _, c := range f.r[:s.d] {
		hi, lo = hi<<8|lo>>56, lo<<8|uint64(c)
	}
	return bits.Rem64(hi, lo, mod)
}

// encrypt replaces x, which has at least two digits, by its image.
func (f *ff1) encrypt(x []byte) {
	s := f.shape(len(x))
	a, b := f.num(x[:s.u]), f.num(x[s.u:])
	for i := range 10 {
		mod := s.modU
		if i%2 == 1 {
			mod = s.modV
		}
		c := a + f.draw(s, i, b, mod) // both below 2^63
		if c >= mod {
			c -= mod
		}
		a, b = b, c
	}
	f.str(x[:s.u], a)
	f.str(x[s.u:], b)
}

// decrypt is encrypt's inverse.
func (f *ff1) decrypt(x []byte) {
	s := f.shape(len(x))
	a, b := f.num(x[:s.u]), f.num(x[s.u:])
	for i := 9; i >= 0; i-- {
		mod := s.modU
		if i%2 == 1 {
			mod = s.modV
		}
		y := f.draw(s, i, a, mod)
		c := b - y
		if b < y {
			c += mod
		}
		a, b = c, a
	}
	f.str(x[:s.u], a)
	f.str(x[s.u:], b)
}

// cycle replaces x by the next string of one keyed cycle through all of its
// length, decrypt(encrypt(x) + 1): no string is its own stand-in.
func (f *ff1) cycle(x []byte) {
	f.encrypt(x)
	for i := len(x) - 1; i >= 0; i-- {
		if x[i]++; uint64(x[i]) < f.radix {
			break
		}
		x[i] = 0
	}
	f.decrypt(x)
}

func (f *ff1) num(x []byte) uint64 {
	n := uint64(0)
	for _, d := range x {
		n = n*f.radix + uint64(d)
	}
	return n
}

func (f *ff1) str(x []byte, n uint64) {
	for i := len(x) - 1; i >= 0; i-- {
		x[i] = byte(n % f.radix)
		n /= f.radix
	}
}
