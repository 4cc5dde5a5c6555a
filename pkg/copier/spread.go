package copier

import (
	"encoding/binary"
	"errors"
	"math"
	"math/bits"
)

// buckets is how many counters a spread has. 1,024 estimate the number of different
// values to 3 %, and a value's share to a thousandth, in 16 KiB.
const buckets = 1024

// Seed keys the hash by which values are counted, so that nobody can steer the counts
// from outside. Counts can be added only under one seed: a resumed run gives the first one's.
type Seed [4]uint64

// NewSeed reads a seed from 32 bytes.
func NewSeed(b [32]byte) Seed {
	var s Seed
	for i := range s {
		s[i] = binary.LittleEndian.Uint64(b[8*i:])
	}
	return s
}

// sum is a folded multiplication over 16 bytes at a time, as Go's own maps use where the
// processor has no AES. The standard library's hashes take no seed of ours.
func (k *Seed) sum(b []byte) uint64 {
	h := k[0] ^ uint64(len(b))
	for ; len(b) > 16; b = b[16:] {
		h = fold(binary.LittleEndian.Uint64(b)^k[1], binary.LittleEndian.Uint64(b[8:])^h)
	}
	var x, y uint64 // the length in h tells the cases apart
	switch n := len(b); {
	case n >= 8:
		x, y = binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[n-8:])
	case n >= 4:
		x, y = uint64(binary.LittleEndian.Uint32(b)), uint64(binary.LittleEndian.Uint32(b[n-4:]))
	case n > 0:
		x = uint64(b[0]) | uint64(b[n/2])<<8 | uint64(b[n-1])<<16
	}
	return fold(fold(x^k[1], y^h)^k[2], k[3])
}

func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// spread counts the values of one column by their hash. The zero spread has seen none.
type spread struct {
	b *[buckets]bucket
}

type bucket struct {
	n    int64
	rank uint8 // of HyperLogLog: the longest row of zeros
}

// add counts a value by its hash.
func (s *spread) add(h uint64) {
	if s.b == nil {
		s.b = new([buckets]bucket)
	}
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

// append writes the counters: of those that have seen nothing, a zero and how many of them follow
// each other.
func (s *spread) append(dst []byte) []byte {
	if s.b == nil {
		return append(dst, 0)
	}
	dst = append(dst, 1)
	for i := 0; i < buckets; {
		if n := s.b[i].n; n > 0 {
			dst = append(binary.AppendUvarint(dst, uint64(n)), s.b[i].rank)
			i++
			continue
		}
		from := i
		for i < buckets && s.b[i].n == 0 {
			i++
		}
		dst = binary.AppendUvarint(append(dst, 0), uint64(i-from)) //nolint:gosec // at least one
	}
	return dst
}

// packed is a spread without the counters that have seen nothing: each other one's count, place and rank
// in one number. A database has thousands of columns, most of them of few rows, and
// what is counted of each is kept until the run ends.
type packed []uint64

// A rank is 64 at most, a place 1,023, and a count has 47 bits.
const (
	rankBits  = 7
	placeBits = 10
)

// merge adds a spread.
func (p *packed) merge(o *spread) {
	if o.b == nil {
		return
	}
	s := p.spread()
	s.merge(o)
	seen := 0
	for i := range s.b {
		if s.b[i].n > 0 {
			seen++
		}
	}
	*p = make(packed, 0, seen)
	for i := range s.b {
		if b := &s.b[i]; b.n > 0 {
			*p = append(*p, uint64(b.n)<<(placeBits+rankBits)|uint64(i)<<rankBits|uint64(b.rank)) //nolint:gosec // none is negative
		}
	}
}

func (p packed) spread() (s spread) {
	if len(p) > 0 {
		s.b = new([buckets]bucket)
	}
	for _, c := range p {
		s.b[c>>rankBits%buckets] = bucket{int64(c >> (placeBits + rankBits)), uint8(c & (1<<rankBits - 1))}
	}
	return s
}

var errTally = errors.New("a chunk's counts cannot be read")

// read takes what append wrote off the front of b.
func (s *spread) read(b []byte) ([]byte, error) {
	if len(b) == 0 || b[0] > 1 {
		return nil, errTally
	}
	some := b[0] == 1
	b = b[1:]
	if !some {
		return b, nil
	}
	s.b = new([buckets]bucket)
	for i := int64(0); i < buckets; {
		n, rest, err := readCount(b)
		if err != nil {
			return nil, err
		}
		if b = rest; n == 0 {
			if n, b, err = readCount(b); err != nil || n == 0 || n > buckets-i {
				return nil, errTally
			}
			i += n
			continue
		}
		if len(b) == 0 || b[0] == 0 || b[0] > 64 {
			return nil, errTally
		}
		s.b[i], b = bucket{n, b[0]}, b[1:]
		i++
	}
	return b, nil
}

// readCount takes a count off the front of b.
func readCount(b []byte) (int64, []byte, error) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > math.MaxInt64/2 {
		return 0, nil, errTally
	}
	return int64(n), b[size:], nil
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
