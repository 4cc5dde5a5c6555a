package mask

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// title is a form of address: one for each gender, or the same for both.
type title struct{ female, male string }

func (t title) of(female bool) string {
	if female {
		return t.female
	}
	return t.male
}

// titles are looked up by their normal form, with and without the dot.
var titles = func() map[string]title {
	m := map[string]title{}
	for _, both := range []string{
		"Dr", "Dr.", "Prof", "Prof.", "Rev", "Rev.", "Mx", "Mx.", "Ing.", "Mgr.", "MUDr.", "JUDr.", "RNDr.", "PhDr.", "Bc.", "Dipl.-Ing.",
		"Avv.", "Eng.", "Pr", "Pr.", "Me", "Drs.", "Ir.", "Tri", "dr", "mgr", "inż.", "д-р", "проф.", "Δρ.", "Capt.", "Maj.", "Col.",
	} {
		key := string(appendNormal(nil, []byte(both)))
		if _, ok := m[key]; !ok {
			m[key] = title{both, both}
		}
	}
	for _, pair := range []string{
		"Mrs/Mr", "Ms/Mr", "Miss/Mr", "Madam/Sir", "Lady/Lord", "Mrs./Mr.", "Ms./Mr.", "Frau/Herr", "Fr./Hr.", "Mme/M.", "Mlle/M.", "Madame/Monsieur",
		"Sra./Sr.", "Sra/Sr", "Srta./Sr.", "Señora/Señor", "Doña/Don", "Dona/Dom", "D.ª/D.", "Sig.ra/Sig.", "Signora/Signor", "Dott.ssa/Dott.",
		"Paní/Pan", "Pani/Pan", "Mevr./Dhr.", "Mevrouw/Meneer", "Fru/Herr", "Fru/Hr.", "Rouva/Herra", "Bayan/Bay", "Пані/Пан", "Κα/Κος", "Κα./Κος.",
		"Dna./Dl.", "Doamna/Domnul", "Dra./Dr.", "Profa./Prof.",
	} {
		female, male, _ := strings.Cut(pair, "/")
		t := title{female, male}
		for _, form := range []string{female, male} {
			key := string(appendNormal(nil, []byte(form)))
			if _, ok := m[key]; !ok {
				m[key] = t
			}
		}
	}
	return m
}()

// titleMasker makes forms of address that fit the persona's gender.
type titleMasker struct {
	*people
	pairs []title
}

func newTitleMasker(s Spec, b *Binder) (Masker, error) {
	p, err := newPeople(s, b)
	if err != nil {
		return nil, err
	}
	m := &titleMasker{people: p}
	l := p.home.locale
	for i := range l.TitleFemale {
		m.pairs = append(m.pairs, title{l.TitleFemale[i], l.TitleMale[i]})
	}
	return m, nil
}

// Mask gives a known form of address its persona's form of the same style; another
// one becomes one of the locale's. A dot at the end is as the original has it.
func (m *titleMasker) Mask(dst []byte, in Input) ([]byte, error) {
	var s sitting
	m.sit(&s, in)
	start := len(dst)
	t, known := titles[string(m.normal)]
	if !known {
		t = m.pairs[s.draw(0).number%uint64(len(m.pairs))]
	}
	form := t.of(s.isFemale())
	dst = appendHabit(dst, form, habitOf(in.Value))
	dotted := bytes.HasSuffix(m.normal, []byte{'.'})
	if !dotted && bytes.HasSuffix(dst[start:], []byte{'.'}) {
		dst = dst[:len(dst)-1]
	}
	return m.fitKept(dst, start), nil
}

// fitKept cuts to the column; the stand-in may be the original, its space is tiny.
func (p *people) fitKept(dst []byte, start int) []byte {
	dst = cutRunes(dst, start, p.limit)
	if len(dst) == start {
		dst = append(dst, 'M')
	}
	return dst
}

// genderWords are how genders are written: female, male. The first pair that has the
// value decides how the stand-in is written.
var genderWords = [][2]string{
	{"f", "m"},
	{"female", "male"},
	{"woman", "man"},
	{"women", "men"},
	{"girl", "boy"},
	{"w", "m"},
	{"weiblich", "männlich"},
	{"frau", "mann"},
	{"v", "m"},
	{"vrouw", "man"},
	{"k", "m"},
	{"kvinde", "mand"},
	{"kvinne", "mann"},
	{"kvinna", "man"},
	{"kobieta", "mężczyzna"},
	{"žena", "muž"},
	{"femme", "homme"},
	{"féminin", "masculin"},
	{"f", "h"},
	{"mujer", "hombre"},
	{"femenino", "masculino"},
	{"feminino", "masculino"},
	{"mulher", "homem"},
	{"femmina", "maschio"},
	{"femminile", "maschile"},
	{"nainen", "mies"},
	{"n", "m"},
	{"nő", "férfi"},
	{"kadın", "erkek"},
	{"k", "e"},
	{"ж", "ч"},
	{"жінка", "чоловік"},
	{"ж", "м"},
	{"женский", "мужской"},
	{"θ", "α"},
	{"γυναίκα", "άνδρας"},
	{"女", "男"},
	{"여", "남"},
	{"2", "1"},
	{"1", "0"}, // ISO/IEC 5218 first
}

// genderOf reads a gender's value; false when it says neither.
func genderOf(v []byte) (female, ok bool) {
	for _, pair := range genderWords {
		switch {
		case equalFoldString(v, pair[0]):
			return true, true
		case equalFoldString(v, pair[1]):
			return false, true
		}
	}
	return false, false
}

func equalFoldString(v []byte, s string) bool {
	for _, r := range s {
		q, n := utf8.DecodeRune(v)
		if unicode.ToLower(q) != r {
			return false
		}
		v = v[n:]
	}
	return len(v) == 0
}

// genderMasker writes the persona's gender the way the column does.
type genderMasker struct {
	*people
	own    [2]string // female, male as the rule or the enum's labels have them; "" when neither does
	values [2]string // what an unknown value becomes
}

// genderForms finds how the column writes genders: the rule's parameters, or the enum's labels.
func genderForms(s Spec) (own [2]string, err error) {
	own = [2]string{s.str("female"), s.str("male")}
	if (own[0] == "") != (own[1] == "") {
		return own, fmt.Errorf("gender needs female and male, or neither")
	}
	if s.Column.Class == ClassEnum {
		if own[0] != "" {
			for _, v := range own {
				if !slices.Contains(s.Column.Labels, v) {
					return own, fmt.Errorf("gender: %q is no label of %s", v, s.Column.TypeName)
				}
			}
			return own, nil
		}
		for _, pair := range genderWords {
			for _, label := range s.Column.Labels {
				if equalFoldString([]byte(label), pair[0]) {
					own[0] = label
				}
				if equalFoldString([]byte(label), pair[1]) {
					own[1] = label
				}
			}
			if own[0] != "" && own[1] != "" {
				return own, nil
			}
			own = [2]string{}
		}
		return own, fmt.Errorf("gender: no two labels of %s are a gender: name them with female and male", s.Column.TypeName)
	}
	if n := s.Column.MaxChars; n > 0 && (utf8.RuneCountInString(own[0]) > n || utf8.RuneCountInString(own[1]) > n) {
		return own, fmt.Errorf("gender: a value is longer than %d characters", n)
	}
	return own, nil
}

func newGenderMasker(s Spec, b *Binder) (Masker, error) {
	p, err := newPeople(s, b)
	if err != nil {
		return nil, err
	}
	m := &genderMasker{people: p, values: p.home.locale.GenderCodes}
	m.own, err = genderForms(s)
	if s.Column.Class == ClassInteger {
		m.values = [2]string{"2", "1"} // ISO/IEC 5218
	}
	return m, err
}

// Mask ignores what the original says but for how it is written.
func (m *genderMasker) Mask(dst []byte, in Input) ([]byte, error) {
	var s sitting
	m.sit(&s, in)
	start, at := len(dst), 1
	if s.isFemale() {
		at = 0
	}
	if m.own[0] != "" {
		return append(dst, m.own[at]...), nil
	}
	for _, pair := range genderWords {
		if equalFoldString(m.normal, pair[0]) || equalFoldString(m.normal, pair[1]) {
			h := habitOf(in.Value)
			if h == asListed && startsUpper(in.Value) { // "Female", or the single letter "F"
				r, n := utf8.DecodeRuneInString(pair[at])
				dst = utf8.AppendRune(dst, unicode.ToUpper(r))
				return m.fitKept(append(dst, pair[at][n:]...), start), nil
			}
			return m.fitKept(appendHabit(dst, pair[at], h), start), nil
		}
	}
	return m.fitKept(append(dst, m.values[at]...), start), nil
}

func startsUpper(v []byte) bool {
	r, _ := utf8.DecodeRune(bytes.TrimSpace(v))
	return unicode.IsUpper(r)
}

// initialsMasker makes initials: "J.R." has two letters and its dots.
type initialsMasker struct{ *people }

// Mask replaces the first letter by the persona's first name's, the last by the
// surname's, those between by the middle names'. What is no letter or one of
// ". -" does not survive.
func (m *initialsMasker) Mask(dst []byte, in Input) ([]byte, error) {
	var s sitting
	m.sit(&s, in)
	start := len(dst)
	letters := 0
	for _, r := range string(m.normal) {
		if unicode.IsLetter(r) {
			letters++
		}
	}
	letters = min(letters, 5)
	h, nth := habitOf(in.Value), 0
	if h == asListed {
		h = allUpper
	}
	for v := m.normal; len(v) > 0; {
		r, n := utf8.DecodeRune(v)
		switch {
		case unicode.IsLetter(r) && nth < letters:
			which, k := middlePart, max(nth-1, 0)
			switch nth {
			case 0:
				which = firstPart
			case letters - 1:
				which, k = lastPart, 0
			}
			if s.unlisted {
				dst = s.appendUnlisted(dst, which, k, v[:n], h)
			} else {
				dst = appendHabit(dst, s.initial(which, k, v[:n]), h)
			}
			nth++
		case r == '.' || r == ' ' || r == '-':
			if len(dst) > start && nth > 0 && nth <= letters && dst[len(dst)-1] != byte(r) {
				dst = append(dst, byte(r))
			}
		}
		v = v[n:]
	}
	if letters == 0 {
		dst = appendHabit(dst, s.initial(firstPart, 0, nil), h)
	}
	return m.fit(&s, dst, start, in), nil
}
