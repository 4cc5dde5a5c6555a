package identity

import (
	"bytes"
	"slices"
)

// Draw yields indices: 0 ≤ Index(n) < n. A keyed fraction makes the numbers
// repeatable; nothing else decides them.
type Draw interface{ Index(n uint64) uint64 }

// Mode says what may be made.
type Mode uint8

// The modes. NeverIssued is a number that nobody can have: a part of it or its
// check digit is impossible. Valid has right parts and check digits and may be real.
const (
	NeverIssued Mode = iota
	Valid
)

// Document is one kind of number of one country.
type Document struct {
	Country string // ISO 3166 alpha-2
	Name    string // "nino"
	Summary string
	Never   string // what makes the NeverIssued ones impossible
	Tax     bool   // a tax number, of people or companies
	Company bool   // of companies alone
	Asked   bool   // made only where the rule names it: a health number, a licence

	// shapes are what a normalised number looks like: 9 is a digit, A a letter, X
	// either. The first is the full form.
	shapes   []string
	capacity [2]float64 // of NeverIssued and of Valid, in the first shape
	valid    func(n []byte) bool
	make     func(n, like []byte, d Draw, m Mode, lead bool)
}

// Length returns the number of characters of the full form.
func (d *Document) Length() int { return len(d.shapes[0]) }

// Capacity returns how many different numbers Make can give in a mode.
func (d *Document) Capacity(m Mode) float64 { return d.capacity[m] }

// Fits reports whether the normalised n has one of the document's shapes; it does
// not look at check digits.
func (d *Document) Fits(n []byte) bool {
	for _, shape := range d.shapes {
		if fits(n, shape) {
			return true
		}
	}
	return false
}

func fits(n []byte, shape string) bool {
	if len(n) != len(shape) {
		return false
	}
	for i, c := range n {
		if classOf[c]&classOf[shape[i]] == 0 && (shape[i] != 'X' || classOf[c] == 0) {
			return false
		}
	}
	return true
}

// classOf is 1 for digits and 2 for capital letters: 9 and A in a shape are of their own
// class, and X is looked at apart.
var classOf = func() (class [256]byte) {
	for c := '0'; c <= '9'; c++ {
		class[c] = 1
	}
	for c := 'A'; c <= 'Z'; c++ {
		class[c] = 2
	}
	return class
}()

// Validate reports whether the normalised n may have been issued: shape, parts and
// check digits. What Make gives as NeverIssued never validates, though programs
// that look at the check digits alone may take it.
func (d *Document) Validate(n []byte) bool { return d.Fits(n) && d.valid(n) }

// Make writes a number of the shape of like, which must fit, into n, which has its
// length. It looks at the shape of like alone: which characters are letters. With
// lead n is all digits and the first is not 0, for columns that hold numbers. It reports
// whether n validates exactly if the mode is Valid.
func (d *Document) Make(n, like []byte, draw Draw, m Mode, lead bool) bool {
	// A few documents have payloads without a check digit; they are drawn again. Sixteen
	// draws miss with 10^-16, and a Draw that is stuck must not hang the caller.
	for range 16 {
		d.make(n, like, draw, m, lead)
		if d.Validate(n) == (m == Valid) && (!lead || n[0] != '0' && allDigits(n)) {
			return true
		}
	}
	d.settle(n, m, lead)
	return d.Validate(n) == (m == Valid)
}

// settle makes the best of a Draw that gives no number of the wanted kind: it walks
// the last digits up until the number is right.
func (d *Document) settle(n []byte, m Mode, lead bool) {
	if lead {
		for i, c := range n {
			if c > '9' || i == 0 && c == '0' {
				n[i] = '1'
			}
		}
	}
	for range 5000 {
		if d.Validate(n) == (m == Valid) {
			return
		}
		for i := len(n) - 1; i > 0; i-- {
			if n[i] < '0' || n[i] > '9' {
				continue
			}
			if n[i] < '9' {
				n[i]++
				break
			}
			n[i] = '0'
		}
	}
}

func allDigits(n []byte) bool {
	for _, c := range n {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// All returns every document, by country. The slice is shared: do not change it.
func All() []Document { return documents }

var documents = slices.Concat(
	at, au, be, br, ca, ch, cn, de, dk, es, fi, fr, gb, ie, in, it, kr, nl, no, pl, pt, ro, se, sg, th, tr, us, za,
)

// Find returns the document of a name, and false when the country has none.
func Find(country, name string) (*Document, bool) {
	for i := range documents {
		if documents[i].Country == country && documents[i].Name == name {
			return &documents[i], true
		}
	}
	return nil, false
}

// Of returns the documents of a country, the usual one first, as a part of [All].
func Of(country string) []Document {
	from := 0
	for from < len(documents) && documents[from].Country != country {
		from++
	}
	to := from
	for to < len(documents) && documents[to].Country == country {
		to++
	}
	return documents[from:to]
}

// Country returns the alpha-2 code of a country that has documents here, from its
// alpha-2 or alpha-3 code or its English name in any letter case; "" for any other.
func Country(name []byte) string {
	name = bytes.TrimSpace(name)
	for i := range countries {
		c := &countries[i]
		if foldEqual(name, c.alpha2) || foldEqual(name, c.alpha3) || foldEqual(name, c.name) {
			return c.alpha2
		}
	}
	if foldEqual(name, "UK") || foldEqual(name, "Great Britain") {
		return "GB"
	}
	if foldEqual(name, "United States of America") {
		return "US"
	}
	return ""
}

func foldEqual(a []byte, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i, c := range a {
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		e := b[i]
		if e >= 'a' && e <= 'z' {
			e -= 'a' - 'A'
		}
		if c != e {
			return false
		}
	}
	return true
}

var countries = [...]struct{ alpha2, alpha3, name string }{
	{"AT", "AUT", "Austria"},
	{"AU", "AUS", "Australia"},
	{"BE", "BEL", "Belgium"},
	{"BR", "BRA", "Brazil"},
	{"CA", "CAN", "Canada"},
	{"CH", "CHE", "Switzerland"},
	{"CN", "CHN", "China"},
	{"DE", "DEU", "Germany"},
	{"DK", "DNK", "Denmark"},
	{"ES", "ESP", "Spain"},
	{"FI", "FIN", "Finland"},
	{"FR", "FRA", "France"},
	{"GB", "GBR", "United Kingdom"},
	{"IE", "IRL", "Ireland"},
	{"IN", "IND", "India"},
	{"IT", "ITA", "Italy"},
	{"KR", "KOR", "South Korea"},
	{"NL", "NLD", "Netherlands"},
	{"NO", "NOR", "Norway"},
	{"PL", "POL", "Poland"},
	{"PT", "PRT", "Portugal"},
	{"RO", "ROU", "Romania"},
	{"SE", "SWE", "Sweden"},
	{"SG", "SGP", "Singapore"},
	{"TH", "THA", "Thailand"},
	{"TR", "TUR", "Turkey"},
	{"US", "USA", "United States"},
	{"ZA", "ZAF", "South Africa"},
}
