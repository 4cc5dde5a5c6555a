package mask

import (
	"unicode/utf8"

	"github.com/understudy-db/understudy/pkg/mask/prf"
	"github.com/understudy-db/understudy/pkg/mask/words"
)

// drawn is a masker of one word list: cities, regions, job titles. Whatever the
// original is, the stand-in is an entry of the list.
type drawn struct {
	prf         *prf.PRF
	list, short words.List
	limit       int
	normal      []byte
}

func newDrawn(s Spec, b *Binder, of func(*words.Locale) words.List) (*drawn, error) {
	l, err := words.Parse(s.Locale)
	if err != nil {
		return nil, err
	}
	list := of(l)
	return &drawn{prf: b.Key.PRF(prf.StandIn, s.Domain), list: list, short: list.Fitting(s.Column.MaxChars), limit: s.Column.MaxChars}, nil
}

// listTraits are a drawn masker's: as many stand-ins as entries fit.
func listTraits(s Spec, of func(*words.Locale) words.List) (Traits, error) {
	l, err := words.Parse(s.Locale)
	if err != nil {
		return Traits{}, err
	}
	return Traits{Safety: NotContact, Capacity: float64(of(l).Fitting(s.Column.MaxChars).Len()), Keeps: []string{"case"}, Technique: "pseudonymization"}, nil
}

// Mask draws an entry for the normal form.
func (m *drawn) Mask(dst []byte, in Input) ([]byte, error) {
	m.normal = appendNormal(m.normal[:0], in.Value)
	return m.appendFor(dst, m.normal, habitOf(in.Value)), nil
}

// appendFor appends the entry that stands in for a normal form.
func (m *drawn) appendFor(dst, normal []byte, h habit) []byte {
	w := ""
	for i := range maxAttempts {
		bits := m.prf.BitsTagged(nameAttempts[i], normal)
		w = m.list.At(int(bits.Index(uint64(m.list.Len()))))
		if m.limit > 0 && utf8.RuneCountInString(w) > m.limit {
			w = m.short.At(int(bits.Index(uint64(m.short.Len()))))
		}
		if !sameFolded(normal, w) {
			break
		}
	}
	return appendHabit(dst, w, h)
}
