package evidence

import (
	"encoding/binary"
	"errors"
	"math"
	"math/bits"
)

// sightBits estimate how many different originals were met: by how many bits are set.
const sightBits = 4096

// RowCount is what was found of one column's originals in one place of their rows.
type RowCount struct {
	Rows     int64 // that have both
	Met      int64 // in which the row's own original occurs
	Long     int64 // of them, originals of two words or more
	Compared int64 // originals of other rows that were looked for in the same values
	Beside   int64 // of them, how many occur
}

// RowCounts are those of all originals in one place. The zero RowCounts have seen none.
type RowCounts struct{ pairs []pair }

// Counts returns what the check counted in a place.
func (r *RowCheck) Counts(place int) RowCounts {
	return RowCounts{r.pairs[place*r.originals : (place+1)*r.originals]}
}

// Len returns how many originals there are.
func (c *RowCounts) Len() int { return len(c.pairs) }

// Of returns the counts of one original, and how many different values of it were met.
func (c *RowCounts) Of(original int) (n RowCount, different float64) {
	p := &c.pairs[original]
	set := 0
	for _, w := range p.seen {
		set += bits.OnesCount64(w)
	}
	if set >= sightBits {
		set = sightBits - 1
	}
	return p.RowCount, -sightBits * math.Log1p(-float64(set)/sightBits)
}

// Merge adds the counts of another chunk of the same rows.
func (c *RowCounts) Merge(o *RowCounts) {
	if len(o.pairs) == 0 {
		return
	}
	if c.pairs == nil {
		c.pairs = make([]pair, len(o.pairs))
	}
	for i := range min(len(c.pairs), len(o.pairs)) {
		p, q := &c.pairs[i], &o.pairs[i]
		for k, n := range q.numbers() {
			*p.numbers()[k] += *n
		}
		for k := range p.seen {
			p.seen[k] |= q.seen[k]
		}
	}
}

func (n *RowCount) numbers() [5]*int64 {
	return [...]*int64{&n.Rows, &n.Met, &n.Long, &n.Compared, &n.Beside}
}

// Append writes the counts.
func (c *RowCounts) Append(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(c.pairs)))
	for i := range c.pairs {
		p := &c.pairs[i]
		for _, n := range p.numbers() {
			dst = binary.AppendUvarint(dst, uint64(*n)) //nolint:gosec // a count is not negative
		}
		if p.Met > 0 {
			for _, w := range p.seen {
				dst = binary.LittleEndian.AppendUint64(dst, w)
			}
		}
	}
	return dst
}

// mostOriginals bounds what Read makes room for.
const mostOriginals = 16

var errRowCounts = errors.New("the counts of what a row repeats cannot be read")

// Read takes what Append wrote off the front of b and returns the rest.
func (c *RowCounts) Read(b []byte) ([]byte, error) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > mostOriginals {
		return nil, errRowCounts
	}
	b = b[size:]
	c.pairs = nil
	if n > 0 {
		c.pairs = make([]pair, n)
	}
	for i := range c.pairs {
		p := &c.pairs[i]
		for _, to := range p.numbers() {
			v, size := binary.Uvarint(b)
			if size <= 0 || v > math.MaxInt64/2 {
				return nil, errRowCounts
			}
			*to, b = int64(v), b[size:]
		}
		if p.Met == 0 {
			continue
		}
		if len(b) < sightBits/8 {
			return nil, errRowCounts
		}
		for k := range p.seen {
			p.seen[k], b = binary.LittleEndian.Uint64(b), b[8:]
		}
	}
	return b, nil
}

// Exceeds reports whether an original occurs in its own row more often than chance
// allows, at a probability below p. Chance is what other rows' originals do in the same
// values: of Met + Beside sightings a row's own would be Rows of Rows + Compared. near is
// for how many times chance a row may be closer to its own originals than to others', as
// language and country go together. Values that repeat count for one.
func (n RowCount) Exceeds(different, near, p float64) bool {
	if n.Met == 0 || n.Rows == 0 {
		return false
	}
	met, all := float64(n.Met), float64(n.Met+n.Beside)
	own := near * float64(n.Rows)
	share := own / (own + float64(n.Compared))
	x := met / all
	if share >= 1 || x <= share {
		return false
	}
	// Chernoff's bound of the binomial distribution
	bound := x * math.Log(x/share)
	if x < 1 {
		bound += (1 - x) * math.Log((1-x)/(1-share))
	}
	repeats := max(1, met/max(1, different))
	return all/repeats*bound > -math.Log(p)
}

// MostOriginals is how many originals of a row a check can hold.
const MostOriginals = mostOriginals
