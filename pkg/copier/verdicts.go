package copier

// remembered is how many verdicts a column keeps: names and streets repeat, and 64 KiB
// stay in the processor's cache. Looking at a name takes a microsecond, this takes two nanoseconds.
const remembered = 8192

// Addresses, numbers and texts hardly repeat, and remembering them is a miss of the cache for
// nothing: where fewer than one in sixteen of some was known, the next ones are not looked for.
const (
	verdictsTried   = 1 << 12
	verdictsSkipped = 1 << 17
)

// verdicts remembers what a watcher said of values, by their keyed hash: 63 bits of it,
// and the verdict in the last one. It holds no value. The zero one has seen none.
type verdicts struct {
	slots        []uint64
	tried, known int
	skip         int // so many values are not looked for
}

// placeholder asks the watcher, unless it was asked of the same value lately.
func (v *verdicts) placeholder(sum uint64, value []byte, watch Watcher) bool {
	if v.skip > 0 {
		v.skip--
		return watch.Placeholder(value)
	}
	if v.slots == nil {
		v.slots = make([]uint64, remembered)
	}
	if v.tried++; v.tried == verdictsTried {
		if v.known < verdictsTried/16 {
			v.skip = verdictsSkipped
		}
		v.tried, v.known = 0, 0
	}
	sum |= 1 << 63 // never the empty slot's
	slot := &v.slots[sum>>1%remembered]
	if *slot>>1 == sum>>1 {
		v.known++
		return *slot&1 == 1
	}
	yes := watch.Placeholder(value)
	*slot = sum &^ 1
	if yes {
		*slot |= 1
	}
	return yes
}
