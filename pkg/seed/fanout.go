package seed

import "math"

// A fanout says which parent each child has, so that parents have unlike numbers of
// children. Parents are taken in blocks of equal pattern: what a block needs is kept,
// whatever the number of rows.
type fanout struct {
	skip     int64   // the first parents that are to have no child
	parents  int64   // after those
	block    int64   // parents of a block
	pattern  int64   // children of one round of a block
	rounds   int64   // how often the pattern is repeated before the next block
	parentOf []int32 // child of the pattern → parent of the block
	first    []int32 // parent of the block → its first child of the pattern
	order    shuffle // of the children: keys of one table are not to go hand in hand
}

const (
	blockParents = 1024
	maxPattern   = 1 << 18
)

// spread draws a number of children around a mean.
type spread func(d *draw, mean float64) float64

// exponential is what is taken without a profile: many have few, few have many.
func exponential(d *draw, mean float64) float64 { return -math.Log(1-d.share()) * mean }

// newFanout spreads children over parents, of which the first skip get none. No parent
// has more than most children; 0 is no limit. children is at most parents·most.
func newFanout(children, parents, skip, most int64, draws spread, seed uint64, shuffled bool) *fanout {
	f := &fanout{skip: skip, parents: parents - skip, order: shuffle{n: uint64(max(children, 1)), mul: 1}}
	if shuffled {
		f.order = newShuffle(children, seed)
	}
	if f.parents < 1 || children < 1 {
		return f
	}
	blocks := (f.parents + blockParents - 1) / blockParents
	f.block = f.parents / blocks
	perBlock := (children + blocks - 1) / blocks
	f.rounds = (perBlock + maxPattern - 1) / maxPattern
	f.pattern = (perBlock + f.rounds - 1) / f.rounds
	if most > 0 {
		most = max(1, most/f.rounds)
	} else {
		most = math.MaxInt64
	}
	f.deal(most, draws, seed)
	return f
}

// deal fills the pattern: the draws are scaled to its length, then the rest is dealt
// one by one.
func (f *fanout) deal(most int64, draws spread, seed uint64) {
	d := draw{mix(seed)}
	mean := float64(f.pattern) / float64(f.block)
	raw, sum := make([]float64, f.block), 0.0
	for i := range raw {
		raw[i] = max(0, draws(&d, mean))
		sum += raw[i]
	}
	counts, left := make([]int64, f.block), f.pattern
	for i := range counts {
		if sum > 0 {
			counts[i] = min(most, int64(raw[i]*float64(f.pattern)/sum+0.5), left)
		}
		left -= counts[i]
	}
	stuck := int64(0)
	for at := d.below(uint64(f.block)); left > 0; at = (at + 1) % uint64(f.block) {
		// Mostly to those who have some already, or nobody would be left without.
		if counts[at] < most && (counts[at] > 0 || d.below(8) == 0 || most == 1 || sum == 0) {
			counts[at]++
			left--
			stuck = 0
		}
		if stuck++; stuck > 64*f.block { // a cap that the rounding of blocks has made too tight
			most, stuck = most+1, 0
		}
	}
	f.first = make([]int32, f.block)
	f.parentOf = make([]int32, 0, f.pattern)
	for p, n := range counts {
		f.first[p] = int32(len(f.parentOf))
		for range n {
			f.parentOf = append(f.parentOf, int32(p))
		}
	}
}

// parent returns the parent of child i and which of its children that is, from 0.
func (f *fanout) parent(i int64) (parent, ordinal int64) {
	if f.pattern == 0 {
		return 0, 0
	}
	i = f.order.at(i)
	size := f.pattern * f.rounds
	block, r := i/size, i%size
	round, r := r/f.pattern, r%f.pattern
	p := int64(f.parentOf[r])
	count := f.pattern - int64(f.first[p])
	if p+1 < f.block {
		count = int64(f.first[p+1] - f.first[p])
	}
	return f.skip + min(block*f.block+p, f.parents-1), round*count + r - int64(f.first[p])
}
