package evidence

import "math/bits"

// filter answers "certainly not" from one cache line: a Bloom filter in blocks of 512
// bits. At 16 bits an entry one in 250 misses goes on to be confirmed; with fewer bits
// more do, and the answer is the same.
type filter struct {
	blocks [][8]uint64
	of     [cells]struct{ first, n uint32 } // each cell's blocks; an empty cell has none
}

const bitsPerEntry = 16

// newFilter makes room for what the census counts. A cell has one block at the least.
func newFilter(held *census, memory int64) filter {
	all := int64(0)
	for _, n := range held {
		all += n
	}
	share := min(1, float64(memory)*8/float64(max(all, 1)*bitsPerEntry))
	f, total := filter{}, int64(0)
	for c, n := range held {
		if n > 0 {
			blocks := max(1, int64(float64(n*bitsPerEntry+511)/512*share))
			f.of[c].first, f.of[c].n = uint32(total), uint32(blocks) //nolint:gosec // of memory, in 64 bytes
			total += blocks
		}
	}
	f.blocks = make([][8]uint64, total)
	return f
}

// The block comes from the bits of a first part behind the cell, the six places in it from
// all of them.
func (f *filter) block(hi uint64) *[8]uint64 {
	of := &f.of[hi>>(64-cellBits)]
	i, _ := bits.Mul64(hi<<cellBits, uint64(of.n))
	return &f.blocks[uint64(of.first)+i]
}

func places(hi uint64) uint64 { return bits.RotateLeft64(hi*0x9E3779B97F4A7C15, 32) }

func (f *filter) add(hi uint64) {
	b, x := f.block(hi), places(hi)
	for range 6 {
		b[x>>6&7] |= 1 << (x & 63)
		x >>= 9
	}
}

// may is asked of cells that are not empty.
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
