package evidence

import "errors"

// PartBytes is the most that one part of an export has: a multiple of a fingerprint's
// size and of what a database takes in one value without a thought.
const PartBytes = 1 << 20

var errPart = errors.New("a part of the evidence cannot be read")

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
		if len(b)%fingerprintBytes != 0 {
			return errPart
		}
		for ; len(b) > 0; b = b[fingerprintBytes:] {
			if len(c.fresh) >= s.most {
				c.spill()
			}
			p := decode(b)
			if int(p.cell()) >= cells {
				return errPart
			}
			c.fresh = append(c.fresh, p)
		}
	}
	if err := c.Flush(); err != nil {
		return err
	}
	c.Commit()
	return nil
}
