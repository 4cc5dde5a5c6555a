package mask

import "unicode/utf8"

// nameMasker makes first, middle and last names.
type nameMasker struct {
	*people
	which namePart
}

// Mask keeps how many names there are and what stands between them: "Anna-Lena" has
// two, "J. R." two initials. Particles before a surname ("van der") stay.
func (m *nameMasker) Mask(dst []byte, in Input) ([]byte, error) {
	var s sitting
	m.sit(&s, in)
	start := len(dst)
	h := habitOf(in.Value)
	tokens := m.split(m.normal, true)
	nth := 0
	for i, t := range tokens {
		if i > 0 && nth < 4 {
			if t.sep == ',' {
				t.sep = ' '
			}
			dst = append(dst, t.sep)
		}
		if m.which == lastPart && i+1 < len(tokens) {
			if particle, ok := particles[string(t.text)]; ok {
				dst = appendHabit(dst, particle, h)
				continue
			}
		}
		if nth == 4 {
			break // nobody needs more, and a text in a name's column must not become a list of names
		}
		dst = s.appendPart(dst, m.which, nth, t, h)
		nth++
	}
	if len(tokens) == 0 {
		dst = s.appendPart(dst, m.which, 0, token{}, h)
	}
	if m.limit > 0 && !s.unlisted && utf8.RuneCount(dst[start:]) > m.limit {
		dst = appendHabit(dst[:start], s.word(m.which, 0, m.normal), h)
	}
	return m.fit(&s, dst, start, in), nil
}

// appendPart appends the stand-in of one token of a name. First, second and further
// given names are the persona's first, middle and further ones.
func (s *sitting) appendPart(dst []byte, which namePart, nth int, t token, h habit) []byte {
	if which == firstPart && nth > 0 {
		which, nth = middlePart, nth-1
	}
	if s.unlisted {
		return s.appendUnlisted(dst, which, nth, t.text, h)
	}
	if dot, ok := t.isInitial(); ok {
		dst = appendHabit(dst, s.initial(which, nth, t.text), h)
		if dot {
			dst = append(dst, '.')
		}
		return dst
	}
	return appendHabit(dst, s.word(which, nth, t.text), h)
}

// fit cuts to the column and makes sure that what is left is not the original.
func (p *people) fit(s *sitting, dst []byte, start int, in Input) []byte {
	dst = cutRunes(dst, start, p.limit)
	if len(dst) == start || sameText(dst[start:], in.Value) {
		return p.shaped(s, dst[:start], in)
	}
	return dst
}

// particles stand between given names and surname, or inside a surname: a closed
// vocabulary that says a language and no more. They stay where they are.
var particles = vocabulary("van", "von", "vom", "der", "den", "de", "del", "della", "dei", "di", "da", "do", "dos", "das",
	"du", "des", "la", "le", "los", "las", "ter", "ten", "te", "zu", "zum", "zur", "af", "av", "al", "el", "bin", "bint", "ibn", "abu",
	"y", "e", "i", "und", "'t", "san", "st", "st.")

// vocabulary maps each word to itself: a look-up by bytes that yields a string without allocating.
func vocabulary(list ...string) map[string]string {
	m := make(map[string]string, len(list))
	for _, w := range list {
		m[w] = w
	}
	return m
}

// sieve tells most words from those of a vocabulary by their first byte and length: nearly
// no name is a title or a particle, and two look-ups a word are a quarter of a name's time.
type sieve [256]uint32

func sieveOf[V any](m map[string]V) (s sieve) {
	for word := range m {
		s[word[0]] |= 1 << min(len(word), 31)
	}
	return s
}

// may reports false of what is no word of the vocabulary.
func (s *sieve) may(word []byte) bool {
	return len(word) > 0 && s[word[0]]>>min(len(word), 31)&1 == 1
}

var particleSieve, titleSieve = sieveOf(particles), sieveOf(titles)
