package mask

import (
	"unicode/utf8"

	"github.com/understudy-db/understudy/pkg/mask/prf"
	"github.com/understudy-db/understudy/pkg/mask/words"
)

// listOf picks one of a locale's lists.
type listOf func(*words.Locale) words.List

func citiesOf(l *words.Locale) words.List      { return l.Cities }
func streetsOf(l *words.Locale) words.List     { return l.Streets }
func regionsOf(l *words.Locale) words.List     { return l.Regions }
func regionCodesOf(l *words.Locale) words.List { return l.RegionCodes }
func jobsOf(l *words.Locale) words.List        { return l.Jobs }

// drawn is a masker of one word list: cities, regions, job titles. Whatever the
// original is, the stand-in is an entry of the list.
type drawn struct {
	prf         *prf.PRF
	locale      *words.Locale
	list, short words.List
	limit       int
	of          listOf
	normal      []byte

	scripted bool // a value of another script gets an entry, or letters, of that script
	others   map[words.Script]*drawn
	shape    shaper
}

func newDrawn(s Spec, b *Binder, of listOf, scripted bool) (*drawn, error) {
	l, err := words.Parse(s.Locale)
	if err != nil {
		return nil, err
	}
	m := drawnFrom(l, of, s.Column.MaxChars, b.Key.PRF(prf.StandIn, s.Domain))
	m.scripted, m.others = scripted, map[words.Script]*drawn{}
	return m, nil
}

func drawnFrom(l *words.Locale, of listOf, limit int, f *prf.PRF) *drawn {
	list := of(l)
	return &drawn{prf: f, locale: l, list: list, short: list.Fitting(limit), limit: limit, of: of, shape: shaper{prf: f}}
}

// listTraits are a drawn masker's: as many stand-ins as entries fit.
func listTraits(s Spec, of listOf, keeps ...string) (Traits, error) {
	l, err := words.Parse(s.Locale)
	if err != nil {
		return Traits{}, err
	}
	return Traits{Safety: NotContact, Capacity: float64(of(l).Fitting(s.Column.MaxChars).Len()), Keeps: append([]string{"case"}, keeps...), Technique: "pseudonymization"}, nil
}

// Mask draws an entry for the normal form.
func (m *drawn) Mask(dst []byte, in Input) ([]byte, error) {
	m.normal = appendNormal(m.normal[:0], in.Value)
	from := m.forScript(m.normal)
	if from == nil {
		return m.shape.appendOther(dst, in.Value, m.normal, m.limit), nil
	}
	start := len(dst)
	dst = from.appendFor(dst, m.normal, habitOf(in.Value))
	if sameText(dst[start:], in.Value) {
		return m.shape.appendOther(dst[:start], in.Value, m.normal, m.limit), nil
	}
	return dst, nil
}

// forScript returns what draws for the script of v; nil when there is no list in it.
func (m *drawn) forScript(v []byte) *drawn {
	script, ok := scriptOf(v)
	if !m.scripted || !ok || script == m.locale.Script {
		return m
	}
	d, ok := m.others[script]
	if !ok {
		if l := words.ForScript(script); l != nil {
			d = drawnFrom(l, m.of, m.limit, m.prf)
		}
		m.others[script] = d
	}
	return d
}

// appendFor appends the entry that stands in for a normal form.
func (m *drawn) appendFor(dst, normal []byte, h habit) []byte {
	return appendHabit(dst, m.entry(normal, m.limit), h)
}

// entry returns the entry for a normal form; it has at most limit characters where
// limit is the column's or less, as far as the list has one so short.
func (m *drawn) entry(normal []byte, limit int) string {
	w := ""
	for i := range maxAttempts {
		bits := m.prf.BitsTagged(nameAttempts[i], normal)
		w = m.list.At(int(bits.Index(uint64(m.list.Len()))))
		for k := 0; k < 24 && limit > 0 && utf8.RuneCountInString(w) > limit; k++ {
			if bits = m.prf.BitsTagged(shorterAttempts[k], normal); m.short.Len() > 0 {
				w = m.short.At(int(bits.Index(uint64(m.short.Len()))))
			}
		}
		if !sameFolded(normal, w) {
			break
		}
	}
	return w
}

// shorterAttempts name the sums that look for an entry that fits.
var shorterAttempts = func() (names [24]string) {
	for i := range names {
		names[i] = "shorter " + string(rune('a'+i))
	}
	return names
}()
