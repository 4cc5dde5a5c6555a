package mask

import (
	"fmt"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/pkg/mask/identity"
	"github.com/understudy-db/understudy/pkg/mask/prf"
)

func suiteIdentity() []suiteRow {
	country := func(c string) map[string]any { return map[string]any{"country": c} }
	with := func(c, name, value string) map[string]any { return map[string]any{"country": c, name: value} }
	document := func(mask string, params map[string]any, in ...string) suiteRow {
		return suiteRow{spec: Spec{Name: mask, Params: params}, in: in, allocFree: true, valid: sameNumberShape}
	}
	rows := []suiteRow{
		document("national_id", country("GB"), "AB 12 34 56 C", "AB123456C", "jg 10 37 59 a", "NX-88-77-66-B", "AB123456"),
		document("national_id", with("GB", "document", "nhs"), "943 476 5919", "9434765919", "401-023-2137", "450 557 7104"),
		document("national_id", with("GB", "mode", "valid"), "AB 12 34 56 C", "AB123456C", "jg 10 37 59 a", "NX-88-77-66-B"),
		document("national_id", country("US"), "536-90-4399", "536904399", "219 09 9999", "078-05-1121"),
		document("national_id", country("Germany"), "36574261809", "86 095 742 719", "65929970489", "L01X00T47", "15 070649 C 103"),
		document("national_id", country("FR"), "2 95 10 99 126 111 93", "253072A07300443", "253072B07300470", "1 84 12 76 451 089 46", "2951099126111"),
		document("national_id", country("ES"), "12345678-Z", "54362315K", "x2482300w", "X-0000000-T"),
		document("national_id", country("IT"), "RCCMNL83S18D969H", "CNTCHR83T41D969D", "rss mra 80a01 h501u", "RCC MNL 83S18 D969H"),
		document("national_id", country("NL"), "111222333", "1234.56.782", "99 99 71 074", "12345672"),
		document("national_id", country("PL"), "44051401359", "02211307589", "440514-01359", "44 05 14 01 359"),
		document("national_id", country("SE"), "880320-0016", "198803200016", "701063-2391", "880320+0016"),
		document("national_id", country("BR"), "390.533.447-05", "12345678909", "123.456.789-09", "39053344705"),
		document("national_id", country("AU"), "2123 45670 1", "123 456 782", "24287 78132", "123456782"),
		document("national_id", country("CA"), "130 692 544", "130-692-544", "130692544", "453 201 511"),
		document("national_id", country("IN"), "2341 2341 2346", "ACUPA7085R", "9999 4105 7058", "999971658847"),
		document("national_id", country("FI"), "131052-308T", "131052A308T", "010190+123K", "290284-9010"),
		document("tax_id", country("DE"), "DE136695976", "DE 136 695 976", "136695976", "36574261809"),
		document("tax_id", country("US"), "91-1144442", "912-90-3456", "04-2103594", "911144442"),
		document("tax_id", country("BR"), "16.727.230/0001-97", "12.ABC.345/01DE-35", "390.533.447-05", "11222333000181"),
		document("tax_id", country("FR"), "732 829 320", "FR732829320", "73282932000074", "552 081 317"),
		document("driving_licence", country("GB"), "MORGA657054SM9IJ", "MORGA 657054 SM9IJ", "JONES 710238 HA8XX", "smith 805120 jd9kp"),
		document("driving_licence", nil, "B072RRE2I55", "X 123 456", "D-4711-2213", "99KL55231"),
		document("passport", nil, "L01X00T47", "533380006", "A 1234567", "xk-998877"),
		document("iban", nil, "DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432", "NL91 ABNA 0417 1643 00", "FR1420041010050500013M02606",
			"ES9121000418450200051332", "it60x0542811101000000123456", "SE45 5000 0000 0583 9825 7466"),
		document("iban", map[string]any{"mode": "valid"}, "DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432", "NL91 ABNA 0417 1643 00", "NO93 8601 1117 947"),
		document("bic", nil, "DEUTDEFF", "DEUTDEFF500", "BNPAFRPPXXX", "abna nl 2a"),
		document("card", nil, "4242 4242 4242 4242", "4000056655665556", "3782-822463-10005", "6205500000000000004", "5555.5555.5555.4444"),
		document("card", map[string]any{"brand": "keep"}, "4242 4242 4242 4242", "2223003122003222", "3782-822463-10005", "30569309025904"),
	}
	for i := range rows {
		switch rows[i].spec.Name { // what tells the country stays
		case "iban":
			rows[i].twin = behind(4)
		case "bic":
			rows[i].twin = instead("DEUT", "COBA", "FF", "HH", "500", "731", "BNPA", "SOGE", "PP", "YY", "abna", "rabo", "2a", "4u")
		case "tax_id":
			rows[i].twin = func(in string) string {
				if isLetter(in[0]) {
					return behind(2)(in)
				}
				return transposed(in)
			}
		}
	}
	// What tells the scheme stays; the rest may not.
	rows[len(rows)-1].secret = func(in string) string { return alnumText(in)[4:] }
	byColumn := document("national_id", nil, "AB123456C", "AB 12 34 56 C", "JG103759A", "x1")
	byColumn.spec.Args, byColumn.args = []string{"country"}, []string{"United Kingdom"}
	unknown := byColumn
	unknown.args = []string{"Atlantis"}
	rows = append(rows, byColumn, unknown)
	for _, c := range []struct {
		name, country string
		class         Class
		bits          int
		in            []string
	}{
		{"national_id", "BR", ClassInteger, 64, []string{"39053344705", "12345678909", "5053344705", "7"}},
		{"national_id", "DE", ClassInteger, 64, []string{"36574261809", "86095742719", "65929970489", "12"}},
		{"national_id", "US", ClassInteger, 32, []string{"536904399", "219099999", "78051120", "2147483647"}},
		{"national_id", "CN", ClassNumeric, 0, []string{"110105194912310021", "0.5", "-17.25", "NaN"}},
		{"card", "", ClassInteger, 64, []string{"4242424242424242", "378282246310005", "6205500000000000004", "9223372036854775807"}},
		{"card", "", ClassNumeric, 0, []string{"4242424242424242", "378282246310005", "6205500000000000004", "42"}},
	} {
		r := document(c.name, nil, c.in...)
		if c.country != "" {
			r.spec.Params = country(c.country)
		}
		r.spec.Column = Column{Class: c.class, Bits: c.bits}
		r.valid = func(in, out string) error {
			if in == "NaN" {
				in = "111"
			}
			if out[0] == '0' && !strings.HasPrefix(out, "0.") {
				return fmt.Errorf("a leading zero")
			}
			return sameNumberShape(in, out)
		}
		r.twin = instead("39053344705", "71829364510", "12345678909", "98765432100", "5053344705", "8172635410", "36574261809", "86095742719", "86095742719", "65929970489", "65929970489", "36574261809", "12", "47", "536904399", "219099999",
			"78051120", "61728394", "110105194912310021", "330106198103120047", "0.5", "0.8", "-17.25", "-36.41", "4242424242424242", "5555555555554444", "378282246310005", "371449635398431", "42", "59")
		r.mayEqual = true // a one-digit number has eight others, and the suite draws often
		rows = append(rows, r)
	}
	return rows
}

// sameNumberShape wants separators where they were, letters or digits where there were
// any, and all letters small where all were.
func sameNumberShape(in, out string) error {
	if len(in) != len(out) {
		return fmt.Errorf("%d characters became %d", len(in), len(out))
	}
	for i := range len(in) {
		a, b := in[i], out[i]
		if (isDigit(a) || isLetter(a)) != (isDigit(b) || isLetter(b)) || !isDigit(a) && !isLetter(a) && a != b {
			return fmt.Errorf("character %d", i+1)
		}
	}
	if onlyLower([]byte(in)) && strings.ToLower(out) != out || strings.ToUpper(in) == in && strings.ToUpper(out) != out {
		return fmt.Errorf("letter case")
	}
	return nil
}

func newTestMasker(t testing.TB, s Spec) Masker {
	t.Helper()
	if s.Column.Class == "" {
		s.Column.Class = ClassText
	}
	m, err := New(s, &Binder{Key: prf.TestKey()})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func maskedText(t testing.TB, m Masker, value string, args ...string) string {
	t.Helper()
	in := Input{Value: []byte(value)}
	for _, a := range args {
		in.Args = append(in.Args, []byte(a))
	}
	out, err := m.Mask(nil, in)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func alnumText(s string) string {
	return strings.Map(func(c rune) rune {
		if c < 128 && (isDigit(byte(c)) || isLetter(byte(c))) {
			return rune(upperByte(byte(c)))
		}
		return -1
	}, s)
}

func TestOneNumberHasOneStandInHoweverItIsWritten(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		spec  Spec
		forms []string
	}{
		{Spec{Name: "national_id", Params: map[string]any{"country": "GB"}}, []string{"AB 12 34 56 C", "AB123456C", "ab-12-34-56-c"}},
		{Spec{Name: "national_id", Params: map[string]any{"country": "BR"}}, []string{"390.533.447-05", "39053344705", "390 533 447 05"}},
		{Spec{Name: "iban"}, []string{"DE89 3704 0044 0532 0130 00", "DE89370400440532013000", "de89370400440532013000"}},
		{Spec{Name: "card"}, []string{"4242 4242 4242 4242", "4242424242424242", "4242-4242-4242-4242"}},
	} {
		m := newTestMasker(t, c.spec)
		first := alnumText(maskedText(t, m, c.forms[0]))
		for _, form := range c.forms[1:] {
			if got := alnumText(maskedText(t, m, form)); got != first {
				t.Errorf("%s: %s and %s", c.spec.Name, first, got)
			}
		}
	}
}

func TestTaxAndNationalNumbersOfOneDomainAgree(t *testing.T) {
	t.Parallel()
	params := map[string]any{"country": "BR"}
	a := newTestMasker(t, Spec{Name: "national_id", Params: params, Domain: "person.cpf"})
	b := newTestMasker(t, Spec{Name: "tax_id", Params: params, Domain: "person.cpf"})
	if x, y := maskedText(t, a, "390.533.447-05"), maskedText(t, b, "39053344705"); alnumText(x) != alnumText(y) {
		t.Errorf("%s and %s", x, y)
	}
}

// Every example of every document: the default stand-in may not have been issued
// as any of the country's documents that the masker makes, the valid one may.
func TestStandInsAreAsIssuableAsTheModeSays(t *testing.T) {
	t.Parallel()
	values := 200
	if testing.Short() {
		values = 20
	}
	for _, d := range identity.All() {
		like := strings.Repeat("1", d.Length())
		made := make([]byte, 0, 20)
		for _, mode := range []string{modeNever, modeValid} {
			params := map[string]any{"country": d.Country, "document": d.Name, "mode": mode}
			m := newTestMasker(t, Spec{Name: "national_id", Params: params})
			for i := range values {
				in := fmt.Sprintf("%s%03d", like[:len(like)-3], i)
				if !d.Fits([]byte(in)) { // it has letters: take one that fits from the document itself
					in = string(fittingNumber(&d, i))
				}
				made = append(made[:0], maskedText(t, m, in)...)
				if !d.Fits(made) || d.Validate(made) != (mode == modeValid) {
					t.Fatalf("%s %s %s: %s", d.Country, d.Name, mode, made)
				}
			}
		}
	}
}

// fittingNumber puts letters in the places that a document has them.
func fittingNumber(d *identity.Document, i int) []byte {
	n := []byte(strings.Repeat("5", d.Length()))
	for try := 0; !d.Fits(n) && try < 1<<d.Length(); try++ {
		for k := range n {
			n[k] = '5'
			if try>>k&1 == 1 {
				n[k] = 'F'
			}
		}
	}
	for k := len(n) - 1; k >= 0 && i > 0; k-- {
		if n[k] == '5' {
			n[k] = '0' + byte(i%10)
			i /= 10
		}
	}
	return n
}

func TestNumbersThatLostTheirZerosAreNotIssued(t *testing.T) {
	t.Parallel()
	s := Spec{Name: "national_id", Params: map[string]any{"country": "BR"}, Column: Column{Class: ClassInteger, Bits: 64}}
	m := newTestMasker(t, s)
	d, _ := identity.Find("BR", "cpf")
	for i := range 3000 {
		out := maskedText(t, m, fmt.Sprintf("5%09d", i*7919))
		if len(out) != 10 || out[0] == '0' || d.Validate([]byte("0"+out)) {
			t.Fatalf("%s", out)
		}
	}
}

func TestCountryOfTheColumnDecides(t *testing.T) {
	t.Parallel()
	m := newTestMasker(t, Spec{Name: "national_id", Args: []string{"country"}})
	for country, value := range map[string]string{"GB": "AB123456C", "esp": "12345678Z", "Poland": "44051401359"} {
		out := maskedText(t, m, value, country)
		code := identity.Country([]byte(country))
		d := identity.Of(code)[0]
		if !d.Fits([]byte(out)) || d.Validate([]byte(out)) {
			t.Errorf("%s: %s", country, out)
		}
	}
	in := Input{Value: []byte("AB123456C"), Args: [][]byte{nil}}
	if out, err := m.Mask(nil, in); err != nil || sameNumberShape("AB123456C", string(out)) != nil {
		t.Errorf("no country: %s %v", out, err)
	}
}

func TestLocaleNamesTheCountryWhereTheRuleDoesNot(t *testing.T) {
	t.Parallel()
	if _, err := Check(Spec{Name: "national_id", Locale: "en_GB", Column: Column{Class: ClassText}}); err != nil {
		t.Error(err)
	}
	for _, s := range []Spec{
		{Name: "national_id"},
		{Name: "tax_id", Params: map[string]any{"country": "Atlantis"}},
		{Name: "national_id", Params: map[string]any{"country": "GB", "document": "cpf"}},
		{Name: "national_id", Args: []string{"country"}, Params: map[string]any{"document": "nothing"}},
	} {
		s.Column.Class = ClassText
		if _, err := Check(s); err == nil {
			t.Errorf("%v is taken", s.Params)
		}
	}
}

func TestBankStandInsAreNobodys(t *testing.T) {
	t.Parallel()
	accounts, cards, brands := newTestMasker(t, Spec{Name: "iban"}), newTestMasker(t, Spec{Name: "card"}), newTestMasker(t, Spec{Name: "card", Params: map[string]any{"brand": "keep"}})
	for i := range 2000 {
		if out := maskedText(t, accounts, fmt.Sprintf("DE8937040044%010d", i)); identity.IBANIssuable([]byte(out)) || !identity.IBANChecks([]byte(out)) {
			t.Fatalf("account %s", out)
		}
		n := fmt.Sprintf("424242424242%04d", i)
		if out := maskedText(t, cards, n); identity.CardIssuable([]byte(out)) {
			t.Fatalf("card %s", out)
		}
		if out := maskedText(t, brands, n); identity.CardIssuable([]byte(out)) || identity.Brand([]byte(out)) != "Visa" {
			t.Fatalf("card %s", out)
		}
	}
	b := newTestMasker(t, Spec{Name: "bic"})
	if out := maskedText(t, b, "DEUTDEFF"); out[4:6] != "DE" || out[7] != '0' {
		t.Errorf("bic %s", out)
	}
}
