package mask

import (
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/understudy-db/understudy/pkg/mask/prf"
	"github.com/understudy-db/understudy/pkg/mask/words"
)

// A persona is the stand-in's person: everything that is said of one subject in any
// table is drawn from one sum, so that it agrees. The order of draws below is fixed
// for version 1:
//
//	sum = PRF(persona, Spec.Subject)("persona" ‖ 0 ‖ subject key)
//	1. gender: index of 2, 0 is female
//	2. first name: index into the gender's list
//	3. last name: index into the gender's list
//	4. middle name: index into the gender's first names
//	5. number: index of 10,000
//
// By value the same draws are made from PRF(stand-in, Spec.Domain)("name" ‖ 0 ‖ normal
// form). Whole names have a gender then too, or title and surname would contradict the
// first name; single parts are from the lists of all genders unless the rule names one.
//
// A part that would equal the original's same part is drawn again from the next
// attempt's sum, for that part alone; the tables of a subject agree on that too as
// long as they agree on the original.
type persona struct {
	female              bool
	first, last, middle uint64 // indices
	number              uint64
}

// attempts name the sums of the first draw and of those after it.
var (
	personaAttempts = attemptNames("persona")
	nameAttempts    = attemptNames("name")
)

const maxAttempts = 8

func attemptNames(tag string) (names [maxAttempts]string) {
	names[0] = tag
	for i := 1; i < maxAttempts; i++ {
		names[i] = tag + " " + strconv.Itoa(i)
	}
	return names
}

// gender narrows which names a rule by value draws from.
type gender uint8

const (
	anyGender gender = iota
	femaleOnly
	maleOnly
)

// folk are a locale's names, whole and as far as a column can hold them.
type folk struct {
	locale                *words.Locale
	first, last           [3]words.List // by gender
	shortFirst, shortLast [3]words.List
}

func newFolk(l *words.Locale, limit int) *folk {
	f := &folk{locale: l}
	f.first = [3]words.List{l.Any, l.Female, l.Male}
	f.last = [3]words.List{l.Last, l.LastFemale, l.LastMale}
	for i := range f.first {
		f.shortFirst[i], f.shortLast[i] = f.first[i].Fitting(limit), f.last[i].Fitting(limit)
	}
	return f
}

// people is what the people maskers share. One is bound per column and worker.
type people struct {
	byValue, bySubject *prf.PRF // bySubject is nil by value
	gender             gender
	genderArg          int // index of Input.Args that names the gender; -1 when none does
	limit              int
	exact              bool // the seed is the value as it is: a unique index tells spellings apart
	folded             bool // of exact: but not capitals
	gendered           bool // by value too, the names are those of the drawn gender
	home               *folk
	others             map[words.Script]*folk
	shape              shaper

	normal   []byte
	seedBuf  []byte
	partSeed []byte
	tokens   [8]token
	drawn    [maxAttempts]persona // of the sitting at hand: it would be cleared for every value there
}

func newPeople(s Spec, b *Binder) (*people, error) {
	l, err := words.Parse(s.Locale)
	if err != nil {
		return nil, err
	}
	p := &people{
		byValue: b.Key.PRF(prf.StandIn, s.Domain), genderArg: -1, limit: s.Column.MaxChars,
		home: newFolk(l, s.Column.MaxChars), others: map[words.Script]*folk{},
	}
	p.shape.prf = p.byValue
	if s.Subject != "" {
		p.bySubject = b.Key.PRF(prf.Persona, s.Subject)
	}
	p.gender = parseGender(s.str("gender"))
	if i, ok := s.arg("gender"); ok {
		p.genderArg = i
	}
	return p, nil
}

func parseGender(s string) gender {
	switch s {
	case "female":
		return femaleOnly
	case "male":
		return maleOnly
	}
	return anyGender
}

// sitting is the drawing of one value's stand-in.
type sitting struct {
	p        *people
	f        *folk
	prf      *prf.PRF
	seed     []byte
	attempts *[maxAttempts]string
	gender   gender // of the lists
	have     int    // attempts drawn into p.drawn
	unlisted bool   // the value's script has no word lists
}

// sit normalises the value into p.normal and draws its persona. s is a zero sitting.
func (p *people) sit(s *sitting, in Input) {
	p.normal = appendNormal(p.normal[:0], in.Value)
	s.p, s.f, s.prf, s.seed, s.attempts, s.gender = p, p.home, p.byValue, p.normal, &nameAttempts, p.gender
	if p.exact {
		p.seedBuf = appendExact(p.seedBuf[:0], in.Value, p.folded)
		s.seed = p.seedBuf
	}
	if p.bySubject != nil && in.Subject != nil {
		s.prf, s.seed, s.attempts = p.bySubject, in.Subject, &personaAttempts
	}
	if p.genderArg >= 0 && p.genderArg < len(in.Args) {
		if female, ok := genderOf(in.Args[p.genderArg]); ok {
			s.gender = maleOnly
			if female {
				s.gender = femaleOnly
			}
		}
	}
	if script, ok := scriptOf(p.normal); ok && script != s.f.locale.Script {
		if s.f = p.folkOf(script); s.f == nil {
			s.f, s.unlisted = p.home, true
		}
	}
	s.draw(0)
}

// folkOf returns the names of a script other than the locale's, nil when there are none.
func (p *people) folkOf(script words.Script) *folk {
	f, ok := p.others[script]
	if !ok {
		if l := words.ForScript(script); l != nil {
			f = newFolk(l, p.limit)
		}
		p.others[script] = f
	}
	return f
}

// draw makes attempt i and, for the first one by subject, fixes the gender.
func (s *sitting) draw(i int) *persona {
	if i < s.have {
		return &s.p.drawn[i]
	}
	for k := s.have; k <= i; k++ {
		bits := s.prf.BitsTagged(s.attempts[k], s.seed)
		var who persona
		who.female = bits.Index(2) == 0
		if k == 0 && s.gender == anyGender && (s.p.gendered || s.attempts == &personaAttempts) {
			s.gender = maleOnly
			if who.female {
				s.gender = femaleOnly
			}
		}
		g := s.gender
		who.first = bits.Index(uint64(s.f.first[g].Len()))
		who.last = bits.Index(uint64(s.f.last[g].Len()))
		who.middle = bits.Index(uint64(s.f.first[g].Len()))
		who.number = bits.Index(10000)
		s.p.drawn[k] = who
	}
	s.have = i + 1
	return &s.p.drawn[i]
}

// isFemale is the persona's gender, also where the names are of any.
func (s *sitting) isFemale() bool {
	switch s.gender {
	case femaleOnly:
		return true
	case maleOnly:
		return false
	}
	return s.draw(0).female
}

// namePart is a part of a name.
type namePart uint8

const (
	firstPart namePart = iota
	middlePart
	lastPart
)

// word returns the stand-in of a part whose original, in normal form, is old. nth
// counts parts of one kind: a second surname, a third given name.
func (s *sitting) word(which namePart, nth int, old []byte) string {
	list, short := &s.f.first[s.gender], &s.f.shortFirst[s.gender]
	if which == lastPart {
		list, short = &s.f.last[s.gender], &s.f.shortLast[s.gender]
	}
	w := ""
	for i := range maxAttempts {
		who := s.draw(i)
		at := who.first
		switch which {
		case middlePart:
			at = who.middle
		case lastPart:
			at = who.last
		}
		n := uint64(list.Len())
		// A step that is coprime to no list's length in particular, but differs for
		// each nth: the second surname is another one.
		at = (at + uint64(nth)*(n/2+1)) % n
		w = list.At(int(at))
		if s.p.limit > 0 && utf8.RuneCountInString(w) > s.p.limit {
			w = short.At(int(at % uint64(short.Len())))
		}
		if !sameFolded(old, w) {
			return w
		}
	}
	return w
}

// initial returns the first letter of a part's stand-in; another one than old's.
func (s *sitting) initial(which namePart, nth int, old []byte) string {
	w := ""
	oldRune, _ := utf8.DecodeRune(old)
	for i := range maxAttempts {
		list, who := &s.f.first[s.gender], s.draw(i)
		at := who.first
		switch which {
		case middlePart:
			at = who.middle
		case lastPart:
			list, at = &s.f.last[s.gender], who.last
		}
		n := uint64(list.Len())
		w = list.At(int((at + uint64(nth)*(n/2+1)) % n))
		r, size := utf8.DecodeRuneInString(w)
		w = w[:size]
		if foldRune(r) != foldRune(oldRune) {
			return w
		}
	}
	return w
}

// token is a piece of a normal form between separators.
type token struct {
	text []byte
	sep  byte // what stood before it: ' ', '-' or ',', 0 at the beginning
}

// isInitial reports whether t is one letter, with or without a dot.
func (t token) isInitial() (dot, ok bool) {
	r, n := utf8.DecodeRune(t.text)
	switch {
	case !unicode.IsLetter(r) || r > 0x24f && !unicode.In(r, unicode.Cyrillic, unicode.Greek):
		return false, false
	case n == len(t.text):
		return false, true
	}
	return true, n+1 == len(t.text) && t.text[n] == '.'
}

// split cuts normal into at most eight tokens, at spaces, commas and, if asked,
// hyphens. What is left after the eighth is not looked at: it does not survive.
func (p *people) split(normal []byte, hyphens bool) []token {
	out := p.tokens[:0]
	sep := byte(0)
	from := 0
	for i := 0; i <= len(normal); i++ {
		if i < len(normal) {
			c := normal[i]
			if c != ' ' && c != ',' && (c != '-' || !hyphens) {
				continue
			}
		}
		if i > from && len(out) < len(p.tokens) {
			out = append(out, token{text: normal[from:i], sep: sep})
			sep = ' '
		}
		if i < len(normal) {
			if normal[i] == ',' {
				sep = ','
			} else if normal[i] == '-' && sep != ',' {
				sep = '-'
			}
		}
		from = i + 1
	}
	if len(out) > 0 {
		out[0].sep = 0
	}
	return out
}

// partTags name the seeds of [sitting.appendUnlisted].
var partTags = [...]string{firstPart: "first", middlePart: "middle", lastPart: "last"}

// appendUnlisted is the stand-in of a part in a script that has no word lists: as many
// keyed letters of that script. Each part is drawn from a seed of its own, or a surname
// would begin with the letters of the given name.
func (s *sitting) appendUnlisted(dst []byte, which namePart, nth int, old []byte, h habit) []byte {
	p, start := s.p, len(dst)
	p.partSeed = append(append(append(p.partSeed[:0], s.seed...), 0), partTags[which]...)
	p.partSeed = append(p.partSeed, byte(nth))
	p.shape.prf = s.prf
	dst = p.shape.appendOther(dst, old, p.partSeed, p.limit)
	for i := start; i < len(dst) && h != allLower; {
		r, n := utf8.DecodeRune(dst[i:])
		if upper := unicode.ToUpper(r); utf8.RuneLen(upper) == n {
			utf8.EncodeRune(dst[i:], upper)
		}
		if i += n; h == asListed {
			break
		}
	}
	return dst
}

// shaped appends keyed letters of the value's own script.
func (p *people) shaped(s *sitting, dst []byte, in Input) []byte {
	p.shape.prf = s.prf
	return p.shape.appendOther(dst, in.Value, s.seed, p.limit)
}

// appendExact is the seed on a unique column: no coarser than the index's equality.
func appendExact(dst, v []byte, folded bool) []byte {
	if !folded {
		return append(dst, v...)
	}
	for len(v) > 0 {
		r, n := utf8.DecodeRune(v)
		if r == utf8.RuneError && n == 1 {
			dst = append(dst, v[0])
		} else {
			dst = utf8.AppendRune(dst, unicode.ToLower(r))
		}
		v = v[n:]
	}
	return dst
}
