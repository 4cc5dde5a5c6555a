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

// The block comes from the high bits of a first half, the six places in it from all of them.
func (f *filter) block(hi uint64) *[8]uint64 {
	i, _ := bits.Mul64(hi, uint64(len(f.blocks)))
	return &f.blocks[i]
}

func places(hi uint64) uint64 { return bits.RotateLeft64(hi*0x9E3779B97F4A7C15, 32) }

func (f *filter) add(hi uint64) {
	b, x := f.block(hi), places(hi)
	for range 6 {
		b[x>>6&7] |= 1 << (x & 63)
		x >>= 9
	}
}

func (f *filter) may(hi uint64) bool {
	b, x := f.block(hi), places(hi)
	for range 6 {
		if b[x>>6&7]&(1<<(x&63)) == 0 {
			return false
		}
		x >>= 9
	}
	return true
}
