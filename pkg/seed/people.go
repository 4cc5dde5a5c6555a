package seed

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/understudy-db/understudy/pkg/detect"
	"github.com/understudy-db/understudy/pkg/mask"
	"github.com/understudy-db/understudy/pkg/mask/prf"
	"github.com/understudy-db/understudy/pkg/mask/words"
	"github.com/understudy-db/understudy/pkg/report"
)

// folk are the people of one locale.
type folk struct {
	*words.Locale
	name string
}

func newFolks(locales []string) ([]*folk, error) {
	if len(locales) == 0 {
		locales = []string{"en_US"}
	}
	var out []*folk
	for _, name := range locales {
		l, err := words.Parse(name)
		if err != nil {
			return nil, &report.Fault{Side: report.Usage, Doing: "choose the locales", Err: err}
		}
		out = append(out, &folk{l, name})
	}
	return out, nil
}

// A persona is one made-up person: whatever is said of the same subject in any table
// is drawn from the same numbers, so that it agrees.
type persona struct {
	*folk
	female      bool
	first, last string
	number      uint64
}

// personaOf draws the person of a subject's row.
func (m *model) personaOf(t *table, i int64) persona {
	d := draw{m.seed ^ nameHash(t.name.String()) ^ mix(uint64(t.base+i))}
	p := persona{folk: m.folks[d.below(uint64(len(m.folks)))]}
	p.female = d.below(2) == 0
	first, last := p.Male, p.LastMale
	if p.female {
		first, last = p.Female, p.LastFemale
	}
	p.first = first.At(int(d.below(uint64(first.Len()))))
	p.last = last.At(int(d.below(uint64(last.Len()))))
	p.number = d.next()
	return p
}

func (p persona) full() string {
	a, b := p.first, p.last
	if p.FamilyFirst {
		a, b = b, a
	}
	if p.Joined {
		return a + b
	}
	return a + " " + b
}

func (p persona) title() string {
	if p.female {
		return p.TitleFemale[int(p.number%uint64(len(p.TitleFemale)))]
	}
	return p.TitleMale[int(p.number%uint64(len(p.TitleMale)))]
}

// handle is the person's name in the letters that log-ins and addresses have; for names
// of another script it is a word for the place in the list.
func (p persona) handle(dst []byte) []byte {
	start := len(dst)
	dst = appendASCII(dst, p.first)
	dst = append(dst, '.')
	dst = appendASCII(dst, p.last)
	if len(dst) < start+4 {
		dst = append(append(dst[:start], "user"...), strconv.FormatUint(p.number%1000, 10)...)
	}
	return dst
}

func appendASCII(dst []byte, s string) []byte {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			s = norm.NFD.String(s)
			break
		}
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'A' && c <= 'Z':
			dst = append(dst, c|0x20)
		case c >= 'a' && c <= 'z':
			dst = append(dst, c)
		}
	}
	return dst
}

// findPeople finds the tables of people, and whom the rows of others are about: the
// nearest foreign key to one.
func (m *model) findPeople() {
	for _, t := range m.tables {
		whole := false
		for _, c := range t.columns {
			switch c.n.Kind {
			case detect.FirstName, detect.LastName:
				t.folk = true
			case detect.FullName, detect.Email, detect.Username:
				whole = true
			}
		}
		if whole && !t.folk {
			t.folk = true
			for _, k := range t.keys {
				t.folk = t.folk && (k.parent == t || !hasNames(k.parent))
			}
		}
	}
	for _, t := range m.tables {
		for _, k := range t.keys {
			if !t.folk && k.parent.folk && t.person == nil {
				t.person = k
			}
		}
	}
}

func hasNames(t *table) bool {
	for _, c := range t.columns {
		switch c.n.Kind {
		case detect.FirstName, detect.LastName, detect.FullName:
			return true
		}
	}
	return false
}

// callingCodes are those of the locales' countries.
var callingCodes = map[string]string{
	"CZ": "420", "DK": "45", "DE": "49", "GR": "30", "GB": "44", "US": "1", "ES": "34", "FI": "358", "FR": "33", "HU": "36", "IT": "39", "JP": "81",
	"KR": "82", "NO": "47", "NL": "31", "PL": "48", "BR": "55", "PT": "351", "RO": "40", "SE": "46", "TR": "90", "UA": "380", "CN": "86",
}

// poolSize is how many stand-ins of a kind are made for a column and locale. Contacts
// need not be different, only plausible and nobody's.
const poolSize = 2048

// pool makes values of a kind with the masker that makes stand-ins: the same ranges set
// aside, the same check digits, nobody reached.
func (m *model) pool(c *column, f *folk, masker string, params map[string]any, input func(d *draw) string) ([]string, error) {
	class := mask.Class(c.n.Class)
	if class != mask.ClassText && class != mask.ClassInet && class != mask.ClassMAC {
		class = mask.ClassText
	}
	secret := sha256.Sum256([]byte("understudy/seed/1/" + m.Seed + "/" + c.t.name.String() + "/" + c.cat.Name + "/" + f.name))
	key, err := prf.NewKey(secret[:])
	if err != nil {
		return nil, err
	}
	spec := mask.Spec{
		Name: masker, Params: params, Domain: c.t.name.String() + "." + c.cat.Name, Locale: f.name,
		Column: mask.Column{Class: class, TypeName: c.cat.TypeName, MaxChars: c.maxChars()},
	}
	bound, err := mask.New(spec, &mask.Binder{Key: key})
	if err != nil {
		return nil, err
	}
	d := draw{mix(m.seed ^ c.hash)}
	out := make([]string, poolSize)
	var buf []byte
	for i := range out {
		if buf, err = bound.Mask(buf[:0], mask.Input{Value: []byte(input(&d))}); err != nil {
			return nil, err
		}
		out[i] = string(buf)
	}
	return out, nil
}

// digits replaces each 9 of a shape by a digit, each A and ~ by a letter, each # by a hex digit.
func digits(d *draw, shape string) string {
	b := []byte(shape)
	for i := range b {
		switch b[i] {
		case '9':
			b[i] = '0' + byte(d.below(10))
		case 'A':
			b[i] = 'A' + byte(d.below(26))
		case '~':
			b[i] = 'a' + byte(d.below(26))
		case '#':
			b[i] = "0123456789abcdef"[d.below(16)]
		}
	}
	return string(b)
}

// contact returns the masker of a kind with what it is given, "" for kinds that are
// made otherwise.
func contact(kind string, f *folk) (masker string, params map[string]any, input func(*draw) string) {
	shape := func(s string) func(*draw) string { return func(d *draw) string { return digits(d, s) } }
	switch kind {
	case detect.Phone:
		return "phone", nil, shape("+" + callingCodes[f.Country] + "999999999")
	case detect.Street:
		in := "Main Street 99"
		if f.NumberFirst {
			in = "99 Main Street"
		}
		return "street", nil, func(d *draw) string { return strings.ReplaceAll(digits(d, in), " 0", " 1") }
	case detect.City, detect.BirthPlace:
		return "city", nil, shape("A~~~~~")
	case detect.Region:
		return "region", nil, shape("A~~~~~")
	case detect.Postcode:
		return "postcode", map[string]any{"country": f.Country}, shape(f.Postcode)
	case detect.Company:
		return "company", nil, shape("A~~~~~ " + f.LegalForms[0])
	case detect.JobTitle:
		return "job_title", nil, shape("A~~~~~")
	case detect.IBAN:
		return "iban", nil, shape("DE99999999999999999999")
	case detect.Card:
		return "card", nil, shape("4999999999999999")
	case detect.NationalID:
		return "national_id", map[string]any{"country": f.Country}, shape("999999999")
	case detect.TaxID:
		return "tax_id", map[string]any{"country": f.Country}, shape("999999999")
	case detect.IP:
		return "ip", nil, func(d *draw) string {
			return fmt.Sprintf("%d.%d.%d.%d", 20+d.below(150), d.below(256), d.below(256), 1+d.below(254))
		}
	case detect.MAC:
		return "mac", nil, shape("##:##:##:##:##:##")
	case detect.URL:
		return "url", nil, shape("https://~~~~~~.example/~~~~/9999")
	case detect.Password:
		return "password_hash", nil, shape("$2b$10$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	case detect.Token, detect.PushToken:
		return "token", nil, shape("################################")
	case detect.DeviceID:
		return "token", nil, shape("########-####-4###-8###-############")
	case detect.BankAccount:
		return "digits", nil, shape("9999999999")
	case detect.Vehicle:
		return "pattern", nil, shape("AA-AA 999")
	}
	return "", nil, nil
}

// short cuts a text at n characters, without a separator at the end; 0 is no limit.
func short(dst []byte, start, n int) []byte {
	if n <= 0 || len(dst)-start <= n {
		return dst
	}
	at := start
	for range n {
		if at >= len(dst) {
			return dst
		}
		_, size := utf8.DecodeRune(dst[at:])
		at += size
	}
	for at > start {
		r, size := utf8.DecodeLastRune(dst[start:at])
		if !unicode.IsSpace(r) && r != '.' && r != '-' && r != '_' {
			break
		}
		at -= size
	}
	return dst[:at]
}
