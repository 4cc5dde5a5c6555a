package mask

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/understudy-db/understudy/pkg/mask/prf"
)

// dateInfo documents date.
//
// By value every text of one day moves alike, in dates and in timestamps. From a
// subject, shift is one shift for all of the subject's events, so intervals
// survive; birth dates have another one (birth: true), for a known birth date
// would give the events away. With per: domain everything moves by one shift, the
// sum of "domain": what would leave the type, or is no date, is then an error. The draws of version 1: the index is taken from the
// sum of "date" ‖ 0 ‖ day (8 bytes, big endian), or "shift" ‖ 0 ‖ the subject's key.
func dateInfo() Info {
	return Info{
		Name:    "date",
		Summary: "another day of the same year or month, the first day of month, year or age band, or a shift; the time of day stays, infinity stays",
		Classes: []Class{ClassDate, ClassTimestamp, ClassText},
		Params: []Param{
			{Name: "to", Type: String, Allowed: []string{"same-year", "same-month", "month", "year", "age-band"}, Summary: "same-year (the default without shift) and same-month: another day; month, year and age-band: the first day, at midnight"},
			{Name: "shift", Type: Duration, Summary: "largest shift in either direction, never 0; whole days from 1d on, below that whole seconds for timestamps"},
			{Name: "per", Type: String, Default: "value", Allowed: []string{"value", "domain"}, Summary: "domain: one shift for all dates of the domain. Order, gaps and overlaps stay, so exclusion constraints hold; who knows one date knows all"},
			{Name: "band", Type: Int, Default: "5", Summary: "years of an age band"},
			{Name: "birth", Type: Bool, Default: "false", Summary: "a birth date: its draws are apart from those of events"},
		},
		Subject: true,
		Example: "last_visit: {mask: date, shift: 30d, from: subject}",
	}
}

// maxShift keeps a shift within what a duration holds.
const maxShift = 36500 * 24 * time.Hour

func dateTraits(s Spec) (Traits, error) {
	_, hasShift := s.Params["shift"]
	to := s.str("to")
	t := Traits{Safety: NotContact, Technique: "randomization"}
	if s.Column.Class == ClassText && s.Column.MaxChars > 0 && s.Column.MaxChars < len("2024-02-29") {
		return t, fmt.Errorf("date: a date needs 10 characters, the column has %d", s.Column.MaxChars)
	}
	per := s.str("per") == "domain"
	switch {
	case hasShift && to != "":
		return t, fmt.Errorf("date: takes to or shift, not both")
	case per && (!hasShift || s.Subject != ""):
		return t, fmt.Errorf("date: per: domain is of a shift that is not from the subject")
	case per && s.flag("birth"):
		return t, fmt.Errorf("date: birth dates of all persons do not share one shift")
	case hasShift:
		d := s.duration("shift")
		switch {
		case d < time.Second || d > maxShift:
			return t, fmt.Errorf("date: shift lies between 1s and 36500d")
		case d < 24*time.Hour && s.Column.Class != ClassTimestamp:
			return t, fmt.Errorf("date: a shift of less than 1d needs a timestamp column")
		}
		t.Capacity, t.Keeps = 2*float64(d/(24*time.Hour)), []string{"time of day"}
		if d < 24*time.Hour {
			t.Capacity, t.Keeps = 2*float64(d/time.Second), []string{"fraction of a second"}
		}
		switch {
		case per:
			t.Injective, t.Keeps = s.Column.Class != ClassText, append(t.Keeps, "order", "intervals")
		case s.Subject != "":
			t.Keeps = append(t.Keeps, "intervals within a subject")
		}
	case to == "month":
		t.Technique, t.Capacity, t.Keeps = "generalization", 1, []string{"month"}
	case to == "year":
		t.Technique, t.Capacity, t.Keeps = "generalization", 1, []string{"year"}
	case to == "age-band":
		if n := s.integer("band"); n < 1 || n > 100 {
			return t, fmt.Errorf("date: band lies between 1 and 100 years")
		}
		t.Technique, t.Capacity, t.Keeps = "generalization", 1, []string{"age band"}
	case to == "same-month":
		t.Capacity, t.Keeps = 27, []string{"month", "time of day"}
	default:
		t.Capacity, t.Keeps = 364, []string{"year", "time of day"}
	}
	t.Keeps = append(t.Keeps, "infinity")
	return t, nil
}

type dateMasker struct {
	value   *prf.PRF
	subject *prf.PRF // nil by value
	to      string
	shift   int64 // days, or seconds when fine
	fine    bool
	band    int64
	by      int64 // the one shift of all; 0 is one per value
	class   Class
	limit   int
	last    int64
	us      bool
	msg     []byte
}

func bindDate(s Spec, b *Binder) (Masker, error) {
	m := &dateMasker{to: s.str("to"), band: int64(s.integer("band")), class: s.Column.Class, last: maxDate}
	if s.Column.Class == ClassTimestamp {
		m.last = maxTimestamp
	}
	if s.Column.Class == ClassText {
		m.limit = s.Column.MaxChars
	}
	if d := s.duration("shift"); d >= 24*time.Hour {
		m.shift = int64(d / (24 * time.Hour))
	} else if d > 0 {
		m.shift, m.fine = int64(d/time.Second), true
	}
	m.us = strings.HasSuffix(s.Locale, "US") || s.Locale == ""
	byValue, bySubject := prf.ShiftValue, prf.ShiftEvent
	if s.flag("birth") {
		byValue, bySubject = prf.ShiftBirth, prf.ShiftBirth
	}
	m.value = b.Key.PRF(byValue, s.Domain)
	if s.str("per") == "domain" {
		m.by = m.step(m.value.BitsTagged("domain", nil))
	}
	if s.Subject != "" {
		m.subject = b.Key.PRF(bySubject, s.Subject)
	}
	return m, nil
}

// Mask appends the moved date.
func (m *dateMasker) Mask(dst []byte, in Input) ([]byte, error) {
	if isInfinity(in.Value) && m.class != ClassText {
		return append(dst, bytes.TrimSpace(in.Value)...), nil
	}
	s, ok := readStamp(in.Value, m.us)
	if !ok || s.day < minDay || s.day > m.last {
		if m.by != 0 && m.class != ClassText {
			return dst, errNoShift
		}
		return m.unreadable(dst, in), nil
	}
	start := len(dst)
	switch {
	case m.by != 0:
		if dst, ok = m.movedAll(dst, s); !ok {
			return dst[:start], errNoShift
		}
	case m.shift > 0:
		dst = m.shifted(dst, s, in.Subject)
	default:
		dst = m.moved(dst, s, in.Subject)
	}
	if m.limit > 0 && len(dst)-start > m.limit {
		return m.unreadable(dst[:start], in), nil
	}
	return dst, nil
}

// errNoShift is of a date that the one shift of all leads out of the type.
var errNoShift = fmt.Errorf("date: the domain's one shift leads out of what the type holds")

// movedAll moves a date by the domain's shift, and reports whether the type holds it.
func (m *dateMasker) movedAll(dst []byte, s stamp) ([]byte, bool) {
	day := s.day + m.by
	if m.fine {
		c := clock{}
		if len(s.tail) > 0 {
			c, _ = readClock(s.tail[1:])
		}
		day = s.day + floorDiv(int64(c.seconds)+m.by, 86400)
	}
	switch {
	case day < minDay || day > m.last:
		return dst, false
	case m.fine:
		return m.shiftSeconds(dst, s, m.by), true
	}
	return s.append(dst, day), true
}

func isInfinity(v []byte) bool {
	v = bytes.TrimSpace(v)
	return string(v) == "infinity" || string(v) == "-infinity"
}

// draw returns the fraction that a day's index is drawn from.
func (m *dateMasker) draw(day int64, subject []byte) prf.Bits {
	m.msg = binary.BigEndian.AppendUint64(m.msg[:0], uint64(day))
	if m.subject == nil || subject == nil {
		return m.value.BitsTagged("date", m.msg)
	}
	m.msg = append(m.msg, subject...)
	return m.subject.BitsTagged("date", m.msg)
}

// moved appends another day of the same period, or the period's first day.
func (m *dateMasker) moved(dst []byte, s stamp, subject []byte) []byte {
	year, month, _ := dateOf(s.day)
	var first, length int64
	switch m.to {
	case "month", "year", "age-band":
		switch m.to {
		case "year":
			month = 1
		case "age-band":
			year, month = floorDiv(year, m.band)*m.band, 1
		}
		m.midnight(&s)
		return s.append(dst, max(minDay, daysOf(year, month, 1)))
	case "same-month":
		first, length = daysOf(year, month, 1), int64(daysIn(year, month))
	default:
		first = daysOf(year, 1, 1)
		length = daysOf(year+1, 1, 1) - first
	}
	b := m.draw(s.day, subject)
	i := int64(b.Index(uint64(length)))
	if first+i == s.day {
		i = (i + 1) % length
	}
	return s.append(dst, first+i)
}

// midnight replaces the time of day; a zone stays, for the column's zone is no datum.
func (m *dateMasker) midnight(s *stamp) {
	if len(s.tail) == 0 {
		return
	}
	c, _ := readClock(s.tail[1:])
	m.msg = c.append(append(m.msg[:0], s.tail[0]), 0, nil)
	s.tail = m.msg
}

// shifted moves the day by 1 to m.shift days or seconds, forwards or back; where
// that leaves the type, the other way.
func (m *dateMasker) shifted(dst []byte, s stamp, subject []byte) []byte {
	var b prf.Bits
	if m.subject != nil && subject != nil {
		b = m.subject.BitsTagged("shift", subject)
	} else {
		b = m.draw(s.day, nil)
	}
	i := m.step(b)
	if m.fine {
		return m.shiftSeconds(dst, s, i)
	}
	if day := s.day + i; day < minDay || day > m.last {
		i = -i
	}
	return s.append(dst, s.day+i)
}

// step draws a shift, which is never 0.
func (m *dateMasker) step(b prf.Bits) int64 {
	i := int64(b.Index(uint64(2*m.shift))) - m.shift
	if i >= 0 {
		i++
	}
	return i
}

func (m *dateMasker) shiftSeconds(dst []byte, s stamp, i int64) []byte {
	c := clock{}
	sep := byte(' ')
	if len(s.tail) > 0 {
		sep = s.tail[0]
		c, _ = readClock(s.tail[1:])
	}
	total := int64(c.seconds) + i
	day := s.day + floorDiv(total, 86400)
	if day < minDay || day > m.last {
		total = int64(c.seconds) - i
		day = s.day + floorDiv(total, 86400)
	}
	c.short = false
	m.msg = c.append(append(m.msg[:0], sep), int(total-86400*floorDiv(total, 86400)), c.frac)
	s.tail = m.msg
	return s.append(dst, day)
}

// unreadable appends the stand-in of what is no date: one of the 25,567 days of
// 1950 to 2019, in ISO form, with a midnight for timestamps.
func (m *dateMasker) unreadable(dst []byte, in Input) []byte {
	p := m.value
	m.msg = append(m.msg[:0], in.Value...)
	if m.subject != nil && in.Subject != nil {
		p = m.subject
		m.msg = append(append(m.msg, 0), in.Subject...)
	}
	b := p.BitsTagged("text", m.msg)
	first := daysOf(1950, 1, 1)
	span := daysOf(2020, 1, 1) - first
	i := int64(b.Index(uint64(span)))
	s := stamp{sep: '-', pad: true}
	start := len(dst)
	if dst = s.append(dst, first+i); string(dst[start:]) == string(in.Value) {
		dst = s.append(dst[:start], first+(i+1)%span)
	}
	if m.class == ClassTimestamp {
		dst = append(dst, " 00:00:00"...)
	}
	return dst
}
