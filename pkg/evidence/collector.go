package evidence

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// Collector takes the originals of one chunk. One goroutine at a time uses it.
type Collector struct {
	set     *Set
	hasher  hasher
	message []byte
	digits  []byte
	fresh   []fingerprint
	runs    []run
	err     error
}

// Collector returns one for a chunk. It ends with Commit or Drop.
func (s *Set) Collector() *Collector {
	c := &Collector{set: s, hasher: s.hasher}
	c.fresh = s.buffer()
	return c
}

// Add collects value, which is neither NULL nor empty, in the given form. It keeps
// nothing of it. Values that say too little are left out; see the package's documentation.
func (c *Collector) Add(form Form, value []byte) {
	switch form {
	case Word:
		c.word(bytes.TrimSpace(value))
	case Email:
		c.emails(value)
	case Phone:
		c.phone(value)
	case Compact:
		c.compact(value)
	}
}

func (c *Collector) put(tag byte, parts ...[]byte) {
	c.message = append(c.message[:0], tag)
	for _, p := range parts {
		c.message = append(c.message, p...)
	}
	if len(c.fresh) >= c.set.most {
		c.spill()
	}
	c.fresh = append(c.fresh, c.hasher.sum(c.message))
}

func (c *Collector) word(b []byte) {
	b = trimMask(b)
	if !telling(b) {
		return
	}
	if !wordy(b) {
		c.compact(b)
		return
	}
	c.digits = appendLower(c.digits[:0], b)
	c.put(tagWord, c.digits)
	if len(b) == len("00000000-0000-0000-0000-000000000000") && b[8] == '-' && b[23] == '-' {
		c.compact(b) // a UUID is often written without its hyphens
	}
	// In a sentence a word ends at brackets and commas: a long part of a value that
	// holds them is looked for as well, unless it is a setting (m=65536) that many share.
	if bytes.ContainsAny(b, " \"'()[]{}<>,;|\\") {
		for len(b) > 0 {
			i := 0
			for i < len(b) && classes[b[i]] != hardByte {
				i++
			}
			if p := b[:i]; i >= 20 && wordy(p) && telling(p) && bytes.IndexByte(p, '=') < 0 {
				c.digits = appendLower(c.digits[:0], p)
				c.put(tagWord, c.digits)
			}
			b = b[min(i+1, len(b)):]
		}
	}
}

// trimMask takes the mask off the text of a single network address: inet prints /32.
func trimMask(b []byte) []byte {
	if n := len(b); n < 4 || b[n-3] != '/' && b[n-4] != '/' {
		return b
	}
	for _, mask := range [...]string{"/32", "/128"} {
		if t, ok := bytes.CutSuffix(b, []byte(mask)); ok && bytes.IndexByte(t, '/') < 0 {
			return t
		}
	}
	return b
}

func (c *Collector) emails(b []byte) {
	for at := 0; at < len(b); at++ {
		if b[at] != '@' {
			continue
		}
		start, end := emailAround(b, at)
		if address := b[start:end]; start < at && at+1 < end && telling(address) {
			c.digits = appendLower(c.digits[:0], address)
			c.put(tagWord, c.digits)
		}
	}
}

// emailAround returns the bounds of the address around the @ at the given place.
func emailAround(b []byte, at int) (start, end int) {
	start, end = at, at+1
	for start > 0 && (classes[b[start-1]]&(alnumByte|highByte) != 0 || bytes.IndexByte([]byte(".!#$%&*+-/=?^_~"), b[start-1]) >= 0) {
		start--
	}
	for start < at && classes[b[start]]&(alnumByte|highByte) == 0 && b[start] != '_' && b[start] != '+' {
		start++
	}
	for end < len(b) && (classes[b[end]]&(alnumByte|highByte) != 0 || b[end] == '.' || b[end] == '-') {
		end++
	}
	for end > at+1 && (b[end-1] == '.' || b[end-1] == '-') {
		end--
	}
	return start, end
}

func (c *Collector) phone(b []byte) {
	d, plus := appendPhone(c.digits[:0], b)
	c.digits = d
	if len(d) > mostWhole {
		return
	}
	n := readNumber(d, plus)
	if len(n.national) < leastPhone || !telling(n.national) {
		return
	}
	if n.code != nil {
		c.put(tagInternational, n.code, n.national)
		c.put(tagNational, n.national)
	} else {
		c.put(tagBare, n.national)
		if len(d) == 11 && d[0] == '8' { // what Russia dials where others dial 0
			c.put(tagBare, d[1:])
		}
	}
}

func (c *Collector) compact(b []byte) {
	if len(b) > mostWord {
		return
	}
	c.digits = appendCompact(c.digits[:0], b)
	d := c.digits
	if !telling(d) {
		return
	}
	digits := 0
	for _, ch := range d {
		if classes[ch] == digitByte {
			digits++
		}
	}
	switch {
	case digits == 0:
		return
	case len(d) > mostWhole: // found as a word only
		c.digits = appendLower(c.digits[:0], bytes.TrimSpace(b))
		c.put(tagWord, c.digits)
		return
	case digits == len(d):
		c.put(tagDigits, d)
	default:
		c.put(tagMixed, d)
	}
}

// spill writes what is in memory as a sorted run. Its error is kept for Flush: the
// collector takes no more from then on.
func (c *Collector) spill() {
	if c.err == nil {
		c.fresh = compactSorted(c.fresh)
		var r run
		if r, c.err = c.set.write(c.fresh); c.err == nil {
			c.runs = append(c.runs, r)
		}
	}
	c.fresh = c.fresh[:0]
}

// Flush must be called before the chunk commits: its error means that the evidence is
// not complete, and that the chunk must not be committed.
func (c *Collector) Flush() error {
	if c.err == nil && len(c.fresh) > 0 {
		c.fresh = compactSorted(c.fresh)
		if !c.set.room(len(c.fresh)) {
			c.spill()
		}
	}
	return c.err
}

// Export gives away what the collector took, after Flush and before Commit, in parts of at
// most [PartBytes], for [Set.Import]. put keeps none of them. Whoever has a part and the
// key can try values out: it is to be stored encrypted.
func (c *Collector) Export(put func(part []byte) error) error {
	b := make([]byte, 0, PartBytes)
	full := func(more int) error {
		if len(b)+more <= PartBytes {
			return nil
		}
		err := put(b)
		b = b[:0]
		return err
	}
	for _, r := range c.runs {
		reader := newRunReader(c.set.spill(), r, 64<<10)
		for {
			p, ok, err := reader.next()
			if err != nil {
				return fault(err)
			}
			if !ok {
				break
			}
			if err := full(fingerprintBytes); err != nil {
				return err
			}
			b = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(b, p.hi), p.lo)
		}
	}
	for _, p := range c.fresh {
		if err := full(fingerprintBytes); err != nil {
			return err
		}
		b = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(b, p.hi), p.lo)
	}
	return put(b)
}

// Commit makes the chunk's originals count. It follows a Flush without an error.
func (c *Collector) Commit() {
	c.set.take(slices.Clone(c.fresh), c.runs)
	c.Drop()
}

// Drop forgets what has not been committed; after Commit it does nothing.
func (c *Collector) Drop() {
	if c.set != nil {
		c.set.give(c.fresh)
		c.set, c.fresh, c.runs = nil, nil, nil
	}
}

func compactSorted(f []fingerprint) []fingerprint {
	slices.SortFunc(f, compare)
	return slices.Compact(f)
}
