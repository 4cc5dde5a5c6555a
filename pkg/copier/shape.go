package copier

import (
	"bytes"
	"encoding/binary"
	"unicode"
	"unicode/utf8"
)

// Shape classes are counted in a table of fixed size: no map and no allocation in the row
// loop. A column that has more classes than shapeClasses is prose, and its rest is one class.
const (
	shapeClasses = 24
	shapeBytes   = 24   // of a class's name; what is longer ends in "…"
	shapeWhole   = 4096 // so many values of a chunk are looked at one by one
	shapeStride  = 64   // then one of so many, which counts for all of them
)

// shapes counts classes of values that are written alike: "Ann Lee" and "Mia Berg" are
// both "Aa Aa". The zero shapes have seen none.
type shapes struct {
	c    *[shapeClasses]shape
	rest int64
}

type shape struct {
	name [shapeBytes]byte
	len  int
	n    int64
}

// weight says for how many values the k-th one counts, 0 for none; the first is 1.
func weight(k int64) int64 {
	switch {
	case k <= shapeWhole:
		return 1
	case k%shapeStride == 0:
		return shapeStride
	default:
		return 0
	}
}

func (s *shapes) add(value []byte, n int64) {
	var name [shapeBytes]byte
	s.count(name[:shapeOf(&name, value)], n)
}

func (s *shapes) count(name []byte, n int64) {
	if s.c == nil {
		s.c = new([shapeClasses]shape)
	}
	for i := range s.c {
		c := &s.c[i]
		if c.n == 0 {
			c.len = copy(c.name[:], name)
		} else if !bytes.Equal(c.name[:c.len], name) {
			continue
		}
		c.n += n
		return
	}
	s.rest += n
}

func (s *shapes) merge(o *shapes) {
	if o.c != nil {
		for i := range o.c {
			if c := &o.c[i]; c.n > 0 {
				s.count(c.name[:c.len], c.n)
			}
		}
	}
	s.rest += o.rest
}

// append writes the counts: how many classes there are, each with its name and count, and
// the rest.
func (s *shapes) append(dst []byte) []byte {
	var classes []shape
	if s.c != nil {
		for i := range s.c {
			if s.c[i].n > 0 {
				classes = append(classes, s.c[i])
			}
		}
	}
	dst = append(dst, byte(len(classes)))
	for i := range classes {
		c := &classes[i]
		dst = append(append(dst, byte(c.len)), c.name[:c.len]...)
		dst = binary.AppendUvarint(dst, uint64(c.n)) //nolint:gosec // a count is not negative
	}
	return binary.AppendUvarint(dst, uint64(s.rest)) //nolint:gosec // a count is not negative
}

// read reads what append wrote and returns what follows it.
func (s *shapes) read(b []byte) ([]byte, error) {
	if len(b) == 0 || b[0] > shapeClasses {
		return nil, errTally
	}
	classes, b := int(b[0]), b[1:]
	for range classes {
		if len(b) == 0 || b[0] > shapeBytes || len(b) < 1+int(b[0]) {
			return nil, errTally
		}
		name := b[1 : 1+b[0]]
		n, rest, err := readCount(b[1+b[0]:])
		if err != nil {
			return nil, err
		}
		s.count(name, n)
		b = rest
	}
	n, b, err := readCount(b)
	if err != nil {
		return nil, err
	}
	s.rest += n
	return b, nil
}

// list returns the classes with their counts; values of no class of their own are under "".
func (s *shapes) list() map[string]int64 {
	out := map[string]int64{}
	if s.c != nil {
		for i := range s.c {
			if c := &s.c[i]; c.n > 0 {
				out[string(c.name[:c.len])] += c.n
			}
		}
	}
	if s.rest > 0 {
		out[""] += s.rest
	}
	return out
}

// shapeOf writes the class of value and returns its length. A run of capital letters is
// "A", of small ones "a", of letters of a script without case "x", of digits "9", of white
// space " "; ASCII punctuation stays, whatever else is "?". So a class tells how a value
// is written and nothing of what it says.
func shapeOf(name *[shapeBytes]byte, value []byte) int {
	const more = "…"
	n, last := 0, byte(0)
	for len(value) > 0 {
		r, size := utf8.DecodeRune(value)
		value = value[size:]
		c := byte('?')
		switch {
		case r == utf8.RuneError && size == 1:
		case unicode.IsDigit(r):
			c = '9'
		case unicode.IsUpper(r):
			c = 'A'
		case unicode.IsLower(r):
			c = 'a'
		case unicode.IsLetter(r):
			c = 'x'
		case unicode.IsMark(r):
			continue // of the letter before it
		case unicode.IsSpace(r):
			c = ' '
		case r > ' ' && r < utf8.RuneSelf-1:
			c = byte(r)
		}
		if c == last {
			continue
		}
		if n == shapeBytes-len(more) {
			return n + copy(name[n:], more)
		}
		name[n], last = c, c
		n++
	}
	return n
}
