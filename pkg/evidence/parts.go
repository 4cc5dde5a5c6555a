package evidence

import (
	"encoding/binary"
	"errors"
	"math"
)

// PartBytes is the most that one part of an export has: a multiple of a fingerprint's
// size and of what a database takes in one value without a thought.
const PartBytes = 1 << 20

// countBytes is the head of a chunk's first part.
const countBytes = (2*(mostWhole+1) + 3) * 8

var errPart = errors.New("a part of the evidence cannot be read")

// fields are the counts in the order in which they are written.
func (c *counts) fields() []*int64 {
	f := make([]*int64, 0, countBytes/8)
	for i := range c.digits {
		f = append(f, &c.digits[i], &c.mixed[i])
	}
	return append(f, &c.phones, &c.words, &c.all)
}

func (c *counts) append(dst []byte) []byte {
	for _, n := range c.fields() {
		dst = binary.BigEndian.AppendUint64(dst, uint64(*n)) //nolint:gosec // a count is not negative
	}
	return dst
}

// spill returns the file that runs lie in.
func (s *Set) spill() *spillFile {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.file
}

// Import takes back what a chunk's Export gave away, under the same key. next returns its
// parts in their order, and nil at the end. The error of a part that is damaged, or was
// not written by Export, leaves the set without the chunk.
func (s *Set) Import(next func() ([]byte, error)) error {
	c := s.Collector()
	defer c.Drop()
	for first := true; ; first = false {
		b, err := next()
		if err != nil {
			return err
		}
		if b == nil {
			if first {
				return errPart // an export has one part at least
			}
			break
		}
		if first {
			if len(b) < countBytes {
				return errPart
			}
			for _, n := range c.counts.fields() {
				v := binary.BigEndian.Uint64(b)
				if v > math.MaxInt64/2 {
					return errPart
				}
				*n, b = int64(v), b[8:]
			}
		}
		if len(b)%fingerprintBytes != 0 {
			return errPart
		}
		for ; len(b) > 0; b = b[fingerprintBytes:] {
			if len(c.fresh) >= s.most {
				c.spill()
			}
			c.fresh = append(c.fresh, decode(b))
		}
	}
	if err := c.Flush(); err != nil {
		return err
	}
	c.Commit()
	return nil
}
