package evidence

import "math"

// A cell is a tag and a length. Fingerprints lie in order of their cells, and each cell has
// a filter of its own: most candidates have a tag and a length that no original has, and
// are done with before anything is computed.
type cell uint16

const (
	lengths  = 64 // the last is for all that are longer
	cells    = int(tags) * lengths
	cellBits = 9
)

// cellOf returns where a message of the length lies, its tag not counted.
func cellOf(tag byte, length int) cell {
	return cell(int(tag)*lengths + min(length, lengths-1)) //nolint:gosec // below cells
}

// cell returns where p lies.
func (p fingerprint) cell() cell { return cell(p.hi >> (64 - cellBits)) }

// census is how many different originals each cell holds.
type census [cells]int64

func (c *census) of(tag byte, length int) int64 { return c[cellOf(tag, length)] }

// any reports whether a tag has originals.
func (c *census) any(tag byte) bool {
	for n := range lengths {
		if c.of(tag, n) > 0 {
			return true
		}
	}
	return false
}

// powers of ten and of 26, to size the space that a number is one of.
var tens, letters26 = func() (t, l [mostWhole + 1]float64) {
	for i := range t {
		t[i], l[i] = math.Pow10(i), math.Pow(26, float64(i))
	}
	return t, l
}()
