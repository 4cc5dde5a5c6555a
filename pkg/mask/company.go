package mask

import (
	"unicode/utf8"

	"github.com/understudy-db/understudy/pkg/mask/prf"
	"github.com/understudy-db/understudy/pkg/mask/words"
)

// company makes names of companies: one or two surnames and a legal form.
type company struct {
	prf        *prf.PRF
	locale     *words.Locale
	short      words.List
	limit      int
	exact      bool
	folded     bool
	normal     []byte
	exactBytes []byte
}

func newCompany(s Spec, b *Binder) (Masker, error) {
	l, err := words.Parse(s.Locale)
	if err != nil {
		return nil, err
	}
	return &company{prf: b.Key.PRF(prf.StandIn, s.Domain), locale: l, short: l.Last.Fitting(s.Column.MaxChars), limit: s.Column.MaxChars, exact: s.Column.Unique, folded: s.Column.Folded}, nil
}

func companyTraits(s Spec) (Traits, error) {
	l, err := words.Parse(s.Locale)
	if err != nil {
		return Traits{}, err
	}
	n := float64(l.Last.Len())
	t := Traits{Safety: NotContact, Capacity: n * float64(len(l.LegalForms)), Keeps: []string{"case"}, Technique: "pseudonymization"}
	if s.Column.MaxChars > 0 && s.Column.MaxChars < 24 {
		t.Capacity = float64(l.Last.Fitting(s.Column.MaxChars).Len())
	}
	return t, nil
}

// Mask draws surnames and legal form for the normal form; what does not fit the
// column loses the second surname, then the legal form.
func (m *company) Mask(dst []byte, in Input) ([]byte, error) {
	m.normal = appendNormal(m.normal[:0], in.Value)
	seed := m.normal
	if m.exact {
		m.exactBytes = appendExact(m.exactBytes[:0], in.Value, m.folded)
		seed = m.exactBytes
	}
	start := len(dst)
	h := habitOf(in.Value)
	if h == allLower {
		h = asListed // nobody's register has companies in lower case; "acme ltd" is one person's typing
	}
	for i := range maxAttempts {
		bits := m.prf.BitsTagged(nameAttempts[i], seed)
		n := uint64(m.locale.Last.Len())
		first, second := m.locale.Last.At(int(bits.Index(n))), m.locale.Last.At(int(bits.Index(n)))
		form := m.locale.LegalForms[bits.Index(uint64(len(m.locale.LegalForms)))]
		two := bits.Index(2) == 0 && first != second && m.locale.And != ""
		for try := range 3 {
			dst = dst[:start]
			if m.locale.Country == "JP" || m.locale.Country == "KR" {
				if try < 2 {
					dst = append(dst, form...)
				}
				dst = append(dst, first...)
			} else {
				dst = appendHabit(dst, first, h)
				if two && try == 0 {
					dst = append(dst, m.locale.And...)
					dst = appendHabit(dst, second, h)
				}
				if try < 2 {
					if !m.locale.Joined {
						dst = append(dst, ' ')
					}
					dst = append(dst, form...)
				}
			}
			if m.limit <= 0 || utf8.RuneCount(dst[start:]) <= m.limit {
				break
			}
			if try == 2 {
				dst = appendHabit(dst[:start], m.short.At(int(bits.Index(uint64(m.short.Len())))), h)
			}
		}
		if !sameText(dst[start:], in.Value) {
			break
		}
	}
	return dst, nil
}
