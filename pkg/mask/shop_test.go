package mask

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/understudy-db/understudy/pkg/mask/prf"
)

// shopColumn is one masked column of fixtures/large.sql, with the rule that
// rules/examples/large.yaml has for it.
type shopColumn struct {
	name    string
	spec    Spec
	million float64 // values at scale 1
	value   func(*shopper) string
	args    []string // "country"
}

// shopper is one customer of the large shop, with what is said of it anywhere.
type shopper struct {
	*rand.Rand
	id                                     int
	first, last, email, phone, street      string
	city, country, postcode, birth, ticket string
}

func hexOf(r *rand.Rand, n int) string {
	b := make([]byte, (n+1)/2)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return hex.EncodeToString(b)[:n]
}

func newShopper(r *rand.Rand) *shopper {
	of := func(list string) string {
		words := strings.Split(list, "|")
		return words[r.IntN(len(words))]
	}
	s := &shopper{Rand: r, id: 1 + r.IntN(1500000)}
	s.first = of("Anna|Bruno|Chloé|David|Élise|Frank|Greta|Hugo|Inès|Jonas|Klara|Lucas|Marie|Nadia|Oskar|Paula|Quentin|Rosa|Søren|Tomás|Ursula|Viktor|Wanda|Xavier|Yasmin|Zoltán|Amélie|Björn|Carla|Dmitri|Eva|Fatima|Giulia|Henrik|Isabel|Jürgen|Katarina|Léa|Mateo|Noémie")
	s.last = of("Müller|Martin|Rossi|García|Silva|Kowalski|Novák|Jensen|Andersson|Virtanen|De Vries|Peeters|Schmidt|Dubois|Ferrari|Fernández|Santos|Nowak|Dvořák|Nielsen|Johansson|Korhonen|Jansen|Janssens|Fischer|Bernard|Esposito|López|Pereira|Wiśniewski|Svoboda|Hansen|Karlsson|Mäkinen|Bakker|Maes|Weber|Petit|Ricci|Sánchez|Oliveira|Wójcik|Černý|Pedersen|Nilsson|Nieminen|Visser|Jacobs|Wagner|Moreau")
	s.email = fmt.Sprintf("user%d.%s@%s", s.id, hexOf(r, 6), of("gmail.com|example.org|web.de|orange.fr|libero.it"))
	s.phone = fmt.Sprintf("+%s%09d", of("49|33|39|34|351|48"), r.IntN(1e9))
	s.street = of("Hauptstraße|Rue de la Paix|Via Garibaldi|Calle Mayor|Rua Augusta|ul. Długa|Národní|Vestergade|Drottninggatan|Mannerheimintie|Kerkstraat|Nieuwstraat")
	s.city, s.country, _ = strings.Cut(of("Berlin DE|Paris FR|Roma IT|Madrid ES|Lisboa PT|Warszawa PL|Praha CZ|København DK|Stockholm SE|Helsinki FI|Amsterdam NL|Bruxelles BE|Hamburg DE|Lyon FR|Milano IT|Sevilla ES|Porto PT|Kraków PL|Brno CZ|Århus DK|Göteborg SE|Tampere FI|Utrecht NL|Gent BE"), " ")
	s.postcode = fmt.Sprint(10000 + r.IntN(90000))
	s.birth = fmt.Sprintf("%d-%02d-%02d", 1935+r.IntN(71), 1+r.IntN(12), 1+r.IntN(28))
	s.ticket = fmt.Sprint(r.Int32())
	return s
}

func (s *shopper) house() string { return fmt.Sprint(s.street, " ", 1+s.IntN(180)) }

func (s *shopper) notes() string {
	switch s.IntN(3) {
	case 0:
		return "Customer " + s.first + " " + s.last + " called about a late delivery; wants a written answer at " + s.email + ". Agent promised a refund within five working days and noted that the parcel was left with a neighbour at " + s.street + "."
	case 1:
		return "Prefers contact in the evening. Had two returns this year, both for wrong size; the second one was handled by the shop in " + s.city + " without receipt. No further action is needed for now, see ticket " + s.ticket + "."
	}
	return "Phone " + s.phone + " confirmed on the last call with Mrs/Mr " + s.last + ". Asked to be removed from paper mail. Payment by invoice allowed up to 500 EUR, reviewed yearly by the credit team, next review in spring."
}

func (s *shopper) body() string {
	return "Dear " + s.first + " " + s.last + ",\n\nthank you for your order. We have received your payment and will ship the goods to " + s.house() + ". If anything is wrong with the address please answer this message as soon as possible.\n\n" + hexOf(s.Rand, 32) + " " + hexOf(s.Rand, 32) + " You can follow the parcel with the number above on the website of the carrier; a signature may be asked for. Returns are free for thirty days, please use the label that comes with the parcel. We keep your data as described in our privacy notice, and you may object at any time.\n\nKind regards,\nthe shop team, " + hexOf(s.Rand, 32)
}

func (s *shopper) preferences() string {
	return fmt.Sprintf(`{"lang": %q, "theme": "dark", "contact": {"email": %q, "phone": %q, "preferred": "email"}, "newsletter": true}`, strings.ToLower(s.country), s.email, s.phone)
}

func (s *shopper) document() string {
	var b strings.Builder
	fmt.Fprintf(&b, `<?xml version="1.0"?><case id="%d"><patient><given>%s</given><family>%s</family><birthdate>%s</birthdate><email>%s</email></patient><findings>`, s.IntN(100000), s.first, s.last, s.birth, s.email)
	for k := range 10 {
		fmt.Fprintf(&b, `<finding code="%s" severity="%d">Observed %s on visit %d; %s reports mild pain.</finding>`, hexOf(s.Rand, 5), k%4, hexOf(s.Rand, 32), k+1, s.first)
	}
	return b.String() + "</findings></case>"
}

func shopColumns() []shopColumn {
	text := Column{Class: ClassText, TypeName: "text"}
	of := func(name, domain string) Spec { return Spec{Name: name, Domain: domain, Locale: "en_GB", Column: text} }
	bySubject := func(s Spec, subject string) Spec { s.Subject = subject; return s }
	byCountry := func(s Spec, chars int) Spec {
		s.Args, s.Column.MaxChars = []string{"country"}, chars
		return s
	}
	birth := of("date", "customers.birth_date")
	birth.Params, birth.Column = map[string]any{"to": "same-year"}, Column{Class: ClassDate, TypeName: "date"}
	email, phone := of("email", "person.email"), of("phone", "person.phone")
	unique := email
	unique.Column.Unique = true
	preferences := of("json", "customers.preferences")
	preferences.Column, preferences.Rest = Column{Class: ClassJSON, TypeName: "jsonb"}, restKeep
	preferences.Paths = []PathSpec{{"$.contact.email", email}, {"$.contact.phone", phone}}
	document := of("xml", "documents.doc_xml")
	document.Column, document.Rest = Column{Class: ClassXML, TypeName: "xml"}, restKeep
	inner := Spec{Name: "date", Params: map[string]any{"to": "same-year"}}
	document.Paths = []PathSpec{
		{"/case/patient/given", bySubject(of("first_name", ""), "customers.id")},
		{"/case/patient/family", bySubject(of("last_name", ""), "customers.id")},
		{"/case/patient/birthdate", inner},
		{"/case/patient/email", email},
		{"/case/findings/finding", of("text", "")},
	}
	name := func(s *shopper) string { return s.first + " " + s.last }
	return []shopColumn{
		{name: "customers.first_name", million: 1.5, spec: bySubject(of("first_name", "customers.first_name"), "customers.id"), value: func(s *shopper) string { return s.first }},
		{name: "customers.last_name", million: 1.5, spec: bySubject(of("last_name", "customers.last_name"), "customers.id"), value: func(s *shopper) string { return s.last }},
		{name: "customers.full_name", million: 1.5, spec: bySubject(of("full_name", "customers.full_name"), "customers.id"), value: name},
		{name: "customers.email", million: 1.5, spec: unique, value: func(s *shopper) string { return s.email }},
		{name: "customers.phone", million: 1.5, spec: phone, value: func(s *shopper) string { return s.phone }},
		{name: "customers.national_id", million: 1.5, spec: byCountry(of("national_id", "customers.national_id"), 20), args: []string{"country"}, value: func(s *shopper) string {
			return fmt.Sprintf("%02d%02d%02d-%04d", s.IntN(100), 1+s.IntN(12), 1+s.IntN(28), s.IntN(10000))
		}},
		{name: "customers.birth_date", million: 1.5, spec: birth, value: func(s *shopper) string { return s.birth }},
		{name: "customers.street", million: 1.5, spec: of("street", "place.street"), value: (*shopper).house},
		{name: "customers.postcode", million: 1.5, spec: byCountry(of("postcode", "customers.postcode"), 10), args: []string{"country"}, value: func(s *shopper) string { return s.postcode }},
		{name: "customers.preferences", million: 1.5, spec: preferences, value: (*shopper).preferences},
		{name: "customers.notes", million: 1.125, spec: of("text", "customers.notes"), value: (*shopper).notes},
		{name: "orders.shipping_name", million: 3, spec: bySubject(of("full_name", "orders.shipping_name"), "customers.id"), value: name},
		{name: "orders.shipping_address", million: 3, spec: of("address", "orders.shipping_address"), value: func(s *shopper) string {
			return s.house() + ", " + s.postcode + " " + s.city
		}},
		{name: "messages.recipient", million: 0.267, spec: email, value: func(s *shopper) string { return s.email }},
		{name: "messages.recipient, by phone", million: 0.133, spec: phone, value: func(s *shopper) string { return s.phone }},
		{name: "messages.body", million: 0.4, spec: of("text", "messages.body"), value: (*shopper).body},
		{name: "documents.doc_xml", million: 0.1, spec: document, value: (*shopper).document},
	}
}

// shopValues is how many values of a column are masked in turn: more than a cache of the
// processor or the branch predictor learns by heart.
const shopValues = 4096

// The values are masked in slices, all of them again and again, and the quickest run of each
// slice counts: it is shorter than the time for which a busy machine leaves a thread alone.
const (
	shopSlice  = 64
	shopRounds = 60
)

func (c shopColumn) inputs() []Input {
	r := rand.New(rand.NewPCG(1, 2))
	ins := make([]Input, shopValues)
	for i := range ins {
		s := newShopper(r)
		ins[i] = Input{Value: []byte(c.value(s))}
		if c.spec.Subject != "" || c.spec.Name == "xml" {
			ins[i].Subject = fmt.Append(nil, s.id)
		}
		if c.args != nil {
			ins[i].Args = [][]byte{[]byte(s.country)}
		}
	}
	return ins
}

// TestShopTable writes what the masked columns of the large shop cost to the file that
// UNDERSTUDY_SHOP_TABLE names. UNDERSTUDY_SPEED_ONLY picks columns by name.
func TestShopTable(t *testing.T) {
	file, only := os.Getenv("UNDERSTUDY_SHOP_TABLE"), os.Getenv("UNDERSTUDY_SPEED_ONLY")
	if file == "" {
		return
	}
	b := bytes.NewBufferString("| column | ns a value | s at scale 1 |\n|---|---|---|\n")
	total := 0.0
	for _, c := range shopColumns() {
		if !strings.Contains(c.name, only) {
			continue
		}
		m, err := New(c.spec, &Binder{Key: prf.TestKey()})
		if err != nil {
			t.Fatal(err)
		}
		dst, ins := make([]byte, 0, 1<<16), c.inputs()
		took := time.Duration(0)
		quickest := make([]time.Duration, shopValues/shopSlice)
		for round := range shopRounds {
			for k := range quickest {
				start := time.Now()
				for i := k * shopSlice; i < (k+1)*shopSlice; i++ {
					if _, err := m.Mask(dst, ins[i]); err != nil {
						t.Fatal(err)
					}
				}
				if took := time.Since(start); round == 0 || took < quickest[k] {
					quickest[k] = took
				}
			}
		}
		for _, q := range quickest {
			took += q
		}
		took /= shopValues
		total += c.million * took.Seconds() * 1e6
		fmt.Fprintf(b, "| %s | %d | %.2f |\n", c.name, took.Nanoseconds(), c.million*took.Seconds()*1e6)
	}
	fmt.Fprintf(b, "| all | | %.2f |\n", total)
	if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
