package mask

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// street replaces the street's name and, unless the rule keeps it, the house number.
type street struct {
	*drawn
	keepNumber bool
	name       []byte // the normal form without the number
	joined     []byte // the name where it is no part of the normal form
	number     []byte
}

func newStreet(s Spec, b *Binder) (Masker, error) {
	d, err := newDrawn(s, b, streetsOf, true)
	if err != nil {
		return nil, err
	}
	return &street{drawn: d, keepNumber: s.str("number") == "keep"}, nil
}

// Mask finds the house number: the first token that begins with a digit and has at most
// one letter. It stays before or after the street. A value of nothing but a number gets a
// number. What else stands there (a flat, a floor) goes.
func (m *street) Mask(dst []byte, in Input) ([]byte, error) {
	m.normal = appendNormal(m.normal[:0], in.Value)
	start := len(dst)
	from := m.forScript(m.normal)
	if from == nil {
		return m.shape.appendOther(dst, in.Value, m.normal, m.limit), nil
	}
	h := habitOf(in.Value)
	at := m.cutNumber()
	upper := at != noNumber && m.numberIsUpper(in.Value)
	if at != noNumber && !m.keepNumber {
		m.replaceNumber(len(m.name) == 0)
	}
	if upper {
		for i, c := range m.number {
			if c >= 'a' && c <= 'z' {
				m.number[i] = c - ('a' - 'A')
			}
		}
	}
	if at == numberOnly {
		dst = cutRunes(appendASCIIHabit(dst, m.number, h), start, m.limit)
		if sameText(dst[start:], in.Value) {
			return m.shape.appendOther(dst[:start], in.Value, m.normal, m.limit), nil
		}
		return dst, nil
	}
	room := m.limit
	if m.limit > 0 && at != noNumber {
		if room = m.limit - len(m.number) - 1; room < 4 {
			at, room = noNumber, m.limit
		}
	}
	w := from.entry(m.name, room)
	if at == numberBefore {
		dst = append(appendASCIIHabit(dst, m.number, h), ' ')
	}
	nameAt := len(dst)
	dst = cutRunes(appendHabit(dst, w, h), nameAt, room)
	if at == numberAfter {
		dst = appendASCIIHabit(append(dst, ' '), m.number, h)
	}
	if sameText(dst[start:], in.Value) {
		return m.shape.appendOther(dst[:start], in.Value, m.normal, m.limit), nil
	}
	return dst, nil
}

// Where the house number stands.
const (
	noNumber = iota
	numberBefore
	numberAfter
	numberOnly
)

// cutNumber splits m.normal into m.name and m.number (at most eight bytes). The name is a
// part of m.normal where the number stands before or after it, as nearly always.
func (m *street) cutNumber() int {
	v := m.normal
	m.name, m.number = v, m.number[:0]
	at, letters, commas := noNumber, false, bytes.IndexByte(v, ',') >= 0
	numberFrom, numberTo := 0, 0
	for from := 0; from < len(v) && (at == noNumber || !letters); {
		to := m.wordEnd(from, commas)
		if t := v[from:to]; len(t) > 0 {
			if at == noNumber && isHouseNumber(t) {
				m.number = append(m.number, t[:min(len(t), 8)]...)
				numberFrom, numberTo = from, to
				at = numberAfter
				if !letters {
					at = numberBefore
				}
			} else {
				letters = letters || hasLetter(t)
			}
		}
		from = to + 1
	}
	switch {
	case !commas && at == noNumber:
	case !commas && numberFrom == 0:
		m.name = v[min(numberTo+1, len(v)):]
	case !commas && numberTo == len(v):
		m.name = v[:numberFrom-1]
	default:
		m.joined = m.joined[:0]
		for from := 0; from < len(v); {
			to := m.wordEnd(from, commas)
			if to > from && (at == noNumber || from != numberFrom) {
				if len(m.joined) > 0 {
					m.joined = append(m.joined, ' ')
				}
				m.joined = append(m.joined, v[from:to]...)
			}
			from = to + 1
		}
		m.name = m.joined
	}
	if at != noNumber && !letters {
		return numberOnly
	}
	return at
}

// wordEnd returns where the word that begins at from ends.
func (m *street) wordEnd(from int, commas bool) int {
	rest := m.normal[from:]
	if !commas {
		if i := bytes.IndexByte(rest, ' '); i >= 0 {
			return from + i
		}
		return len(m.normal)
	}
	if i := bytes.IndexAny(rest, " ,"); i >= 0 {
		return from + i
	}
	return len(m.normal)
}

// isHouseNumber reports whether t is ASCII, begins with a digit and has at most one
// letter: "12", "12a", "3/5", "10-12", not "10th".
func isHouseNumber(t []byte) bool {
	if t[0] < '0' || t[0] > '9' {
		return false
	}
	letters := 0
	for _, c := range t {
		switch {
		case c >= '0' && c <= '9' || c == '/' || c == '-' || c == '.':
		case c >= 'a' && c <= 'z':
			letters++
		default:
			return false
		}
	}
	return letters <= 1
}

func hasLetter(t []byte) bool {
	if isLetter(t[0]) {
		return true // nearly always
	}
	for len(t) > 0 {
		r, n := utf8.DecodeRune(t)
		if unicode.IsLetter(r) || r > unicode.MaxLatin1 {
			return true
		}
		t = t[n:]
	}
	return false
}

// replaceNumber draws other digits, as many, the first no zero, and for a letter one
// of a to d. It is drawn for the whole value: neighbours do not move together.
func (m *street) replaceNumber(alone bool) {
	var old [8]byte
	n := copy(old[:], m.number)
	for i := range maxAttempts {
		bits := m.prf.BitsTagged(numberAttempts[i], m.normal)
		same := true
		for k := range n {
			c := old[k]
			switch {
			case c >= '0' && c <= '9' && (k == 0 || old[k-1] < '0' || old[k-1] > '9'):
				c = '1' + byte(bits.Index(9))
			case c >= '0' && c <= '9':
				c = '0' + byte(bits.Index(10))
			case c >= 'a' && c <= 'z':
				c = 'a' + byte(bits.Index(4))
			}
			same = same && c == old[k]
			m.number[k] = c
		}
		if !same || !alone {
			return
		}
	}
}

// numberIsUpper reports whether the number's letter is a capital in the value: "221B".
func (m *street) numberIsUpper(v []byte) bool {
	var up [8]byte
	n, letters := len(m.number), false
	for i, c := range m.number {
		if c >= 'a' && c <= 'z' {
			c, letters = c-('a'-'A'), true
		}
		up[i] = c
	}
	return letters && bytes.Contains(v, up[:n])
}

var numberAttempts = attemptNames("number")

// appendASCIIHabit is appendHabit for bytes of ASCII.
func appendASCIIHabit(dst, w []byte, h habit) []byte {
	for _, c := range w {
		if h == allUpper && c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}
