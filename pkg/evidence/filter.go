package evidence

import "math/bits"

// filter answers "certainly not" from one cache line: a Bloom filter in blocks of 512
// bits. At 16 bits an entry one in 250 misses goes on to be confirmed; with fewer bits
// more do, and the answer is the same.
type filter struct{ blocks [][8]uint64 }

const bitsPerEntry = 16

func newFilter(n, memory int64) filter {
	blocks := min((n*bitsPerEntry+511)/512, memory/64)
	return filter{make([][8]uint64, max(blocks, 1))}
}

// The block comes from the first 64 bits, the six places in it from the other 64.
func (f *filter) block(p fingerprint) *[8]uint64 {
	i, _ := bits.Mul64(p.hi, uint64(len(f.blocks)))
	return &f.blocks[i]
}

func (f *filter) add(p fingerprint) {
	b, x := f.block(p), p.lo
	for range 6 {
		b[x>>6&7] |= 1 << (x & 63)
		x >>= 9
	}
}

func (f *filter) may(p fingerprint) bool {
	b, x := f.block(p), p.lo
	for range 6 {
		if b[x>>6&7]&(1<<(x&63)) == 0 {
			return false
		}
		x >>= 9
	}
	return true
}
