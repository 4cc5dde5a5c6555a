package copier

import (
	"hash/maphash"
	"math"
	"math/bits"
)

// buckets is how many counters a spread has. 1,024 estimate the number of different
// values to 3 %, and a value's share to a thousandth, in 5 KiB.
const buckets = 1024

// seed is this process's own: what is counted is never written, and cannot be steered
// from outside.
var seed = maphash.MakeSeed()

// spread counts the values of one column by their hash. The zero spread has seen none.
type spread struct {
	b *[buckets]bucket
}

type bucket struct {
	n    int64
	rank uint8 // of HyperLogLog: the longest row of zeros
}

func (s *spread) add(value []byte) {
	if s.b == nil {
		s.b = new([buckets]bucket)
	}
	h := maphash.Bytes(seed, value)
	b := &s.b[h%buckets]
	b.n++
	b.rank = max(b.rank, uint8(bits.LeadingZeros64(h|buckets-1)+1))
}

func (s *spread) merge(o *spread) {
	if o.b == nil {
		return
	}
	if s.b == nil {
		s.b = new([buckets]bucket)
	}
	for i := range o.b {
		s.b[i].n += o.b[i].n
		s.b[i].rank = max(s.b[i].rank, o.b[i].rank)
	}
}

// distinct is HyperLogLog's estimate, with linear counting where few were seen.
func (s *spread) distinct() float64 {
	if s.b == nil {
		return 0
	}
	sum, empty := 0.0, 0
	for i := range s.b {
		sum += math.Ldexp(1, -int(s.b[i].rank))
		if s.b[i].rank == 0 {
			empty++
		}
	}
	const m = float64(buckets)
	e := 0.7213 / (1 + 1.079/m) * m * m / sum
	if e <= 2.5*m && empty > 0 {
		return m * math.Log(m/float64(empty))
	}
	return e
}

// Spread is what is known of a column's values without holding one.
type Spread struct {
	Values           int64
	Originals        float64 // how many are different, to 3 %
	StandIns         float64
	OriginalTopShare float64 // of the most frequent one, to about a thousandth
	StandInTopShare  float64
	Coincidence      float64 // probability that a stand-in drawn at random equals an original drawn at random, not underestimated
}

func measure(originals, standIns *spread) Spread {
	s := Spread{Originals: originals.distinct(), StandIns: standIns.distinct()}
	if originals.b == nil || standIns.b == nil {
		return s
	}
	var n, m, topO, topS int64
	for i := range buckets {
		n += originals.b[i].n
		m += standIns.b[i].n
		topO, topS = max(topO, originals.b[i].n), max(topS, standIns.b[i].n)
	}
	s.Values = n
	s.OriginalTopShare, s.StandInTopShare = float64(topO)/float64(n), float64(topS)/float64(m)
	// Σ p·q over buckets is Σ p·q over values and what different values share a bucket:
	// 1/buckets on average, give or take the spread of the bucket sizes.
	var pq, pp, qq float64
	for i := range buckets {
		p, q := float64(originals.b[i].n)/float64(n), float64(standIns.b[i].n)/float64(m)
		pq, pp, qq = pq+p*q, pp+p*p, qq+q*q
	}
	noise := math.Sqrt(pp * qq / buckets)
	s.Coincidence = max(0, (pq-1.0/buckets)/(1-1.0/buckets)+4*noise)
	return s
}
