package inspect

import "hash/maphash"

// Names, towns and states repeat, and what nobody had to say of a value once, nobody has
// to say of it again: a hash costs a few nanoseconds, the detectors some hundred.
const (
	quietSlots = 1 << 10 // 8 KiB a column, which stay in the processor's cache
	mostSlots  = 1 << 14 // 128 KiB, of a column whose values repeat, but not so soon
	quietBytes = 128     // longer values hardly repeat
)

// quiet remembers by keyed hash which values of one column nothing was found in. It holds
// no value; that two of them share all 64 bits has a probability of 2^-64.
type quiet struct {
	seed        maphash.Seed
	slots       []uint64
	asked, held int // since it was made of this size
	idle        int // of so many values to come nobody asks
}

// known reports whether nothing was found in value before, and where to note it.
func (q *quiet) known(value []byte) (yes bool, slot *uint64, hash uint64) {
	if len(value) > quietBytes {
		return false, nil, 0
	}
	if q.idle > 0 {
		q.idle--
		return false, nil, 0
	}
	if q.slots == nil {
		q.seed, q.slots = maphash.MakeSeed(), make([]uint64, quietSlots)
	}
	if q.asked == 8*len(q.slots) {
		q.grow()
	}
	q.asked++
	hash = maphash.Bytes(q.seed, value) | 1 // never an empty slot's
	slot = &q.slots[hash>>1%uint64(len(q.slots))]
	if *slot == hash {
		q.held++
		return true, slot, hash
	}
	return false, slot, hash
}

// grow makes room for more values when some repeat, and there may be more of those. Where
// hardly any does, as among keys, it pauses.
func (q *quiet) grow() {
	switch n := 4 * len(q.slots); {
	case q.held <= q.asked/256:
		q.idle = 16 * q.asked
	case n <= mostSlots && q.held < q.asked-q.asked/8:
		q.slots = make([]uint64, n)
	}
	q.asked, q.held = 0, 0
}
