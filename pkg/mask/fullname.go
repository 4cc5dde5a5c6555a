package mask

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// fullNameMasker makes whole names in the arrangement of the original.
type fullNameMasker struct{ *people }

func newFullName(s Spec, b *Binder) (*fullNameMasker, error) {
	p, err := newPeople(s, b)
	if err != nil {
		return nil, err
	}
	p.gendered = true
	return &fullNameMasker{p}, nil
}

// Mask keeps "Last, First", titles, particles, how many given names and surnames there
// are, initials and hyphens. Suffixes ("Jr", "PhD") go.
func (m *fullNameMasker) Mask(dst []byte, in Input) ([]byte, error) {
	var s sitting
	m.sit(&s, in)
	start := len(dst)
	h := habitOf(in.Value)
	tokens := m.split(m.normal, false)
	if s.f.locale.Joined && !s.unlisted && len(tokens) == 1 && utf8.RuneCount(m.normal) > 1 {
		if at := kanaAt(m.normal); at > 0 { // 高橋あかり: the given name's script has no list
			dst = append(dst, s.word(lastPart, 0, m.normal[:at])...)
			return m.fit(&s, s.appendUnlisted(dst, firstPart, 0, m.normal[at:], h), start, in), nil
		}
		dst = append(dst, s.word(lastPart, 0, nil)...)
		dst = append(dst, s.word(firstPart, 0, nil)...)
		return m.fit(&s, dst, start, in), nil
	}
	// Suffixes at the end are cut off before the surname is looked for.
	for len(tokens) > 1 && isSuffix(tokens[len(tokens)-1].text) {
		tokens = tokens[:len(tokens)-1]
	}
	for len(tokens) > 1 {
		if !titleSieve.may(tokens[0].text) {
			break
		}
		t, ok := titles[string(tokens[0].text)]
		if !ok {
			break
		}
		dst = append(appendHabit(dst, t.of(s.isFemale()), h), ' ')
		tokens = tokens[1:]
	}
	dst = m.appendNames(dst, &s, tokens, h)
	if m.limit > 0 && !s.unlisted && utf8.RuneCount(dst[start:]) > m.limit {
		dst = s.appendShort(dst[:start], h, m.limit)
	}
	return m.fit(&s, dst, start, in), nil
}

// kanaAt returns where kana begins in a name, 0 when it does so at once, -1 for nowhere.
func kanaAt(name []byte) int {
	return bytes.IndexFunc(name, func(r rune) bool { return unicode.In(r, unicode.Hiragana, unicode.Katakana) })
}

// appendNames appends given names and surnames for tokens that are neither title nor suffix.
func (m *fullNameMasker) appendNames(dst []byte, s *sitting, tokens []token, h habit) []byte {
	family, familyEnd := m.familyOf(s, tokens)
	given, last := 0, 0
	for i := range tokens {
		t := tokens[i]
		if i > 0 {
			if t.sep == ',' {
				dst = append(dst, ',')
			}
			dst = append(dst, ' ')
		}
		isFamily := i >= family && i < familyEnd
		if len(tokens) > 1 && particleSieve.may(t.text) {
			if particle, ok := particles[string(t.text)]; ok {
				dst = appendHabit(dst, particle, h)
				continue
			}
		}
		// The pieces of a hyphened token are names of their own.
		for from, piece := 0, 0; from <= len(t.text) && piece < 2; piece++ {
			to := from
			for to < len(t.text) && t.text[to] != '-' {
				to++
			}
			if piece > 0 && to > from {
				dst = append(dst, '-')
			}
			sub := token{text: t.text[from:to]}
			switch {
			case to == from: // a hyphen at an end, or two of them
			case isFamily:
				dst = s.appendPart(dst, lastPart, last, sub, h)
				last++
			default:
				dst = s.appendPart(dst, firstPart, given, sub, h)
				given++
			}
			from = to + 1
		}
		if given+last == 0 { // nothing but hyphens
			dst = s.appendPart(dst, firstPart, given, token{}, h)
			given++
		}
	}
	if len(tokens) == 0 {
		dst = s.appendPart(dst, firstPart, 0, token{}, h)
	}
	return dst
}

// familyOf returns which tokens are the surname: those before a comma; else the first
// where that is the country's order; else the last, and the last two of three and more
// in Spain and Portugal. A name of one token is a given name.
func (m *fullNameMasker) familyOf(s *sitting, tokens []token) (from, to int) {
	for i := 1; i < len(tokens); i++ {
		if tokens[i].sep == ',' {
			return 0, i
		}
	}
	n := len(tokens)
	switch {
	case n < 2:
		return n, n
	case s.f.locale.FamilyFirst:
		return 0, 1
	case n > 2 && (s.f.locale.Country == "ES" || s.f.locale.Country == "PT" || s.f.locale.Country == "BR"):
		from = n - 2
	default:
		from = n - 1
	}
	if from > 1 {
		if _, ok := particles[string(tokens[from].text)]; ok {
			from-- // "Ana Maria da Silva": the particle is no surname
		}
	}
	return from, n
}

// appendShort appends the persona's name for a column that does not hold the whole
// arrangement: an initial and the surname, or the surname alone.
func (s *sitting) appendShort(dst []byte, h habit, limit int) []byte {
	last := s.word(lastPart, 0, nil)
	if !s.f.locale.Joined && utf8.RuneCountInString(last)+3 <= limit {
		dst = appendHabit(dst, s.initial(firstPart, 0, nil), h)
		dst = append(dst, ". "...)
	}
	return appendHabit(dst, last, h)
}

// isSuffix reports whether t follows a name without being one.
func isSuffix(t []byte) bool {
	switch string(t) {
	case "jr", "jr.", "sr", "sr.", "ii", "iii", "iv", "phd", "ph.d.", "md", "m.d.", "esq", "esq.", "obe", "mbe", "msc", "bsc", "mba", "csc.", "ph.d":
		return true
	}
	for _, c := range t {
		if c >= utf8.RuneSelf || unicode.IsLetter(rune(c)) || unicode.IsDigit(rune(c)) {
			return false
		}
	}
	return true // no letter at all: a dash, a bracket
}
