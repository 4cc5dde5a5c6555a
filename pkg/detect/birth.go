package detect

import "bytes"

var fillers = []byte("<<")

// birth looks at a number as a date, where a word or the column speaks of birth.
func (s *Scanner) birth(b []byte, r *digits) {
	if r.groups[0].n > 8 {
		return
	}
	column := s.hint.speaks.has(kBirthDate)
	first := r.groups[0]
	end, ok := first.end, false
	switch {
	case r.g >= 3 && r.groups[0].sep == r.groups[1].sep && r.groups[0].sep != ')' && r.groups[0].sep != '(':
		a, c, e := r.groups[0], r.groups[1], r.groups[2]
		av, cv, ev := number(r.d[a.at:a.at+min(a.n, 6)]), number(r.d[c.at:c.at+min(c.n, 6)]), number(r.d[e.at:e.at+min(e.n, 6)])
		end = e.end
		switch {
		case a.n == 4 && c.n <= 2 && e.n <= 2:
			ok = plausibleYear(av) && dayOf(av, cv, ev)
		case a.n <= 2 && c.n <= 2 && e.n == 4:
			ok = plausibleYear(ev) && (dayOf(ev, cv, av) || dayOf(ev, av, cv))
		case a.n <= 2 && c.n <= 2 && e.n == 2:
			ok = dayOf(0, cv, av) || dayOf(0, av, cv)
		}
	case r.g == 1 && first.n == 8:
		d := r.d[:8]
		ok = plausibleYear(number(d[:4])) && dayOf(number(d[:4]), two(d[4:]), two(d[6:])) || plausibleYear(number(d[4:])) && dayOf(0, two(d[2:]), two(d))
	case r.g == 1 && first.n == 4:
		// "12 March 1985" and "March 12, 1985" end in their year.
		if y := number(r.d[:4]); y >= 1900 && y <= 2030 {
			if from, written := writtenDate(b, first.start); written {
				s.addBirth(b, from, first.end, column)
			}
		}
		return
	}
	if ok {
		s.addBirth(b, first.start, end, column)
	}
}

func (s *Scanner) addBirth(b []byte, start, end int, column bool) {
	if column {
		s.add(kBirthDate, start, end, 0.9)
		return
	}
	// Only the words before, and near: "born 12.3.1985, hired 1.4.2010".
	if before := b[max(0, start-32):start]; spoken(before).has(kBirthDate) || bytes.Contains(before, []byte("d.o.b")) || bytes.Contains(before, []byte("D.O.B")) {
		s.add(kBirthDate, start, end, 0.85)
	}
}

// months by their first three or four letters, in the larger languages.
var months = func() map[string]bool {
	m := map[string]bool{}
	for w := range fields(`jan feb mar apr may jun jul aug sep oct nov dec mär mai okt dez fév fev avr juin juil aoû déc ene abr ago dic gen mag giu lug set ott fev maio out dez maj mrt mei
		sty lut kwi cze lip sie wrz paź lis gru янв фев мар апр мая июн июл авг сен окт ноя дек`) {
		m[w] = true
	}
	return m
}()

// writtenDate looks before a year at i for a month's name and a day.
func writtenDate(b []byte, i int) (from int, ok bool) {
	j := i
	for j > 0 && (b[j-1] == ' ' || b[j-1] == ',' || b[j-1] == '.') && i-j < 3 {
		j--
	}
	if j == i {
		return 0, false
	}
	monthBefore := func(j int) (int, bool) {
		start, end := wordBefore(b, j)
		var buf [32]byte
		w := lowerWordInto(&buf, b[start:end])
		for n := 3; n <= 6 && n <= len(w); n++ {
			if months[string(w[:n])] {
				return start, true
			}
		}
		return j, false
	}
	dayBefore := func(j int) (int, bool) {
		for j > 0 && (b[j-1] == ' ' || b[j-1] == '.' || letter(b[j-1]) || b[j-1] == ',') {
			j--
		}
		k := j
		for k > 0 && digit(b[k-1]) && j-k < 3 {
			k--
		}
		return k, j-k >= 1 && j-k <= 2
	}
	if m, ok := monthBefore(j); ok { // 12 March 1985
		return dayBefore(m)
	}
	if d, ok := dayBefore(j); ok { // March 12, 1985
		k := d
		for k > 0 && b[k-1] == ' ' {
			k--
		}
		return monthBefore(k)
	}
	return 0, false
}

// mrz looks at a machine readable zone from one of its '<'. It finds whole lines of 30,
// 36 or 44 characters.
func (s *Scanner) mrz(b []byte, i int) int {
	if i < s.runEnd {
		return i + 1
	}
	zone := func(c byte) bool { return c == '<' || upper(c) || digit(c) }
	start, end := i, i
	for start > 0 && zone(b[start-1]) && i-start < 64 {
		start--
	}
	for end < len(b) && zone(b[end]) && end-i < 128 {
		end++
	}
	n := end - start
	if n > 64 || n < 28 {
		if n > 64 {
			s.runEnd = end
		}
		return i + 1
	}
	line := b[start:end]
	confidence := 0.0
	switch {
	case n == 44 && digit(line[9]) && icao(line[:9]) == int(line[9]-'0') && digit(line[19]) && icao(line[13:19]) == int(line[19]-'0'):
		confidence = 0.98
	case n == 36 && digit(line[9]) && icao(line[:9]) == int(line[9]-'0') && digit(line[19]) && icao(line[13:19]) == int(line[19]-'0'):
		confidence = 0.98
	case n == 30 && digit(line[6]) && icao(line[:6]) == int(line[6]-'0') && digit(line[14]) && icao(line[8:14]) == int(line[14]-'0'):
		confidence = 0.97
	case (n == 44 || n == 36) && (line[0] == 'P' || line[0] == 'V' || line[0] == 'I' || line[0] == 'A' || line[0] == 'C') && bytes.Contains(line, fillers):
		confidence = 0.95
	case n == 30 && (line[0] == 'I' || line[0] == 'A' || line[0] == 'C') && digit(line[14]) && icao(line[5:14]) == int(line[14]-'0'):
		confidence = 0.95
	case n == 30 && bytes.Contains(line, fillers) && upper(line[0]) && line[29] == '<':
		confidence = 0.6
	}
	s.runEnd = end
	if confidence == 0 {
		return end
	}
	s.add(kMRZ, start, end, confidence)
	return end
}

// highWord looks at a word that begins with a small letter or a letter outside ASCII.
func (s *Scanner) highWord(b []byte, start, end int) {
	switch c := b[start]; {
	case c < 0x80:
	case c >= tallLead, c >= 0xD6 && c <= 0xDB: // Hebrew, Arabic and what has no capitals
		s.uncased(b, start, end)
	default:
		if at(b, end) == '-' && end-start <= 4 { // г-н, г-жа, π-
			for end++; at(b, end) >= 0x80; end++ {
			}
		}
		s.named(b, start, end)
	}
}
