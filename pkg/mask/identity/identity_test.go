package identity

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

type dice struct{ r *rand.Rand }

func (d *dice) Index(n uint64) uint64 { return d.r.Uint64N(n) }

func newDice(seed uint64) *dice { return &dice{rand.New(rand.NewPCG(seed, 7))} }

// stuck always draws the same fraction.
type stuck float64

func (s stuck) Index(n uint64) uint64 { return uint64(float64(s) * float64(n)) }

// Published examples; separators are taken out.
var examples = map[string][]string{
	"AT svnr":                {"1237010180"},
	"AU tfn":                 {"123456782"},
	"AU medicare":            {"2123456701", "2428778132"},
	"AU abn":                 {"51824753556", "83914571673"},
	"BE rrn":                 {"93051822361", "85073003328"},
	"BR cpf":                 {"39053344705", "12345678909"},
	"BR cnpj":                {"16727230000197", "11222333000181", "12ABC34501DE35"},
	"CA sin":                 {"130692544"},
	"CH ahv":                 {"7569217076985"},
	"CN rid":                 {"11010519491231002X"},
	"DE idnr":                {"36574261809", "86095742719", "65929970489"},
	"DE id_card":             {"L01X00T47", "L01X00T471", "C01X00T478", "T220001293"},
	"DE svnr":                {"15070649C103"},
	"DE kvnr":                {"A123456780"},
	"DE vat":                 {"136695976"},
	"ES dni":                 {"12345678Z", "54362315K", "00000000T"},
	"ES nie":                 {"X2482300W", "X0000000T"},
	"FI hetu":                {"131052308T"},
	"FR nir":                 {"295109912611193", "253072A07300443", "253072B07300470"},
	"FR siren":               {"732829320"},
	"GB nhs":                 {"9434765919"},
	"GB driving_licence":     {"MORGA657054SM9IJ"},
	"GB nino":                {"AB123456C", "AB123456"},
	"IE pps":                 {"1234567T", "1234567FA"},
	"IN aadhaar":             {"234123412346", "999941057058"},
	"IN pan":                 {"ACUPA7085R"},
	"IT codice_fiscale":      {"RCCMNL83S18D969H", "CNTCHR83T41D969D", "RSSMRA80A01H501U"},
	"IT partita_iva":         {"00743110157"},
	"NL bsn":                 {"111222333", "123456782", "999971074"},
	"PL pesel":               {"44051401359", "02211307589"},
	"PL nip":                 {"1234563218"},
	"PT nif":                 {"123456789"},
	"RO cnp":                 {"1800101221144"},
	"SE personnummer":        {"8803200016", "7010632391", "198803200016"},
	"SE organisationsnummer": {"5560160680"},
	"SG nric":                {"S0000001I"},
	"TR kimlik":              {"10000000146"},
	"US ssn":                 {"536904399"},
	"US itin":                {"912903456"},
	"US ein":                 {"911144442", "042103594"},
	"US npi":                 {"1234567893"},
	"US aba":                 {"021000021", "121000358"},
	"ZA id":                  {"8001015009087"},
}

func TestPublishedExamplesValidate(t *testing.T) {
	t.Parallel()
	for id, numbers := range examples {
		country, name, _ := strings.Cut(id, " ")
		d, ok := Find(country, name)
		if !ok {
			t.Errorf("%s is not there", id)
			continue
		}
		for _, n := range numbers {
			if !d.Validate([]byte(n)) {
				t.Errorf("%s: %s does not validate", id, n)
			}
		}
	}
}

func TestNumbersThatNobodyHasDoNotValidate(t *testing.T) {
	t.Parallel()
	for id, numbers := range map[string][]string{
		"GB nhs":     {"9990000018", "9990000026", "9434765910", "0000000000"},
		"GB nino":    {"QQ123456A", "DA123456A", "AO123456A", "BG123456A", "AB123456E"},
		"US ssn":     {"000123456", "666123456", "987654320", "123001234", "123450000"},
		"US itin":    {"912493456", "812903456"},
		"US ein":     {"071144442"},
		"DE idnr":    {"01234567896", "12345678903"},
		"PL pesel":   {"50610100001"},
		"IN aadhaar": {"034123412346"},
		"IN pan":     {"ABCDE1234F"},
		"CA sin":     {"046454286"},
		"BR cpf":     {"11111111111", "39053344706"},
		"FR nir":     {"295139912611193"},
		"CN rid":     {"110105194912310021"},
		"NL bsn":     {"123456783", "000000000"},
	} {
		country, name, _ := strings.Cut(id, " ")
		d, _ := Find(country, name)
		for _, n := range numbers {
			if d.Validate([]byte(n)) {
				t.Errorf("%s: %s validates", id, n)
			}
		}
	}
}

func TestMakeGivesWhatItsModeSays(t *testing.T) {
	t.Parallel()
	for i := range documents {
		d := &documents[i]
		for _, shape := range d.shapes {
			for _, m := range []Mode{NeverIssued, Valid} {
				for _, lead := range []bool{false, true} {
					if lead && strings.ContainsAny(shape, "A") {
						continue // such a number is in no column of numbers
					}
					like := []byte(strings.Map(func(c rune) rune {
						if c == '9' || c == 'X' && lead {
							return '3'
						}
						return 'F'
					}, shape))
					dice := newDice(uint64(i)*8 + uint64(m)*2)
					n := make([]byte, len(like))
					seen := map[string]bool{}
					const draws = 3000
					for range draws {
						d.Make(n, like, dice, m, lead)
						if !d.Fits(n) {
							t.Fatalf("%s %s: %s has another shape", d.Country, d.Name, n)
						}
						if d.Validate(n) != (m == Valid) {
							t.Fatalf("%s %s: mode %d, lead %v: Validate(%s) is %v", d.Country, d.Name, m, lead, n, m != Valid)
						}
						if lead && (n[0] == '0' || !allDigits(n)) {
							t.Fatalf("%s %s: %s is no number", d.Country, d.Name, n)
						}
						seen[string(n)] = true
					}
					// Birthday bound with the declared capacity, and generous luck.
					if shape == d.shapes[0] && !lead {
						if lost, limit := draws-len(seen), draws*draws/d.capacity[m]*3+4; float64(lost) > limit {
							t.Errorf("%s %s: mode %d: %d of %d draws came twice, capacity says at most %.0f", d.Country, d.Name, m, lost, draws, limit)
						}
					}
				}
			}
		}
	}
}

// A draw that never moves must not hang, nor make a number that may be issued when none is wanted.
func TestMakeEndsWithAStuckDraw(t *testing.T) {
	t.Parallel()
	for i := range documents {
		d := &documents[i]
		for _, fraction := range []stuck{0, 0.3, 0.5, 0.999} {
			for _, m := range []Mode{NeverIssued, Valid} {
				like := []byte(strings.NewReplacer("9", "3", "X", "F", "A", "F").Replace(d.shapes[0]))
				n := make([]byte, len(like))
				d.Make(n, like, fraction, m, false)
				if m == NeverIssued && d.Validate(n) {
					t.Errorf("%s %s: mode %d, fraction %v: Validate(%s) is true", d.Country, d.Name, m, float64(fraction), n)
				}
			}
		}
	}
}

func TestDocumentsAreNamedOnceAndGrouped(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for i, d := range documents {
		id := d.Country + " " + d.Name
		if seen[id] || d.Summary == "" || d.Never == "" || d.capacity[0] < 1e5 || d.capacity[1] < 1e5 {
			t.Errorf("%s: twice, or without words or capacity", id)
		}
		seen[id] = true
		if i > 0 && documents[i-1].Country > d.Country {
			t.Errorf("%s is out of order", id)
		}
		if Country([]byte(d.Country)) != d.Country {
			t.Errorf("%s: the country has no line", id)
		}
	}
	if n := len(Of("GB")); n != 3 {
		t.Errorf("GB has %d documents", n)
	}
	if len(Of("XX")) != 0 {
		t.Error("XX has documents")
	}
}

func TestCountryReadsCodesAndNames(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"gb": "GB", "UK": "GB", "\tusa\n": "US", "Germany": "DE", "NOR": "NO", "Atlantis": "", "": ""} {
		if got := Country([]byte(in)); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}

func TestPrimitives(t *testing.T) {
	t.Parallel()
	for _, n := range []string{"4242424242424242", "2223003122003222", "378282246310005", "490154203237518", "6205500000000000004"} {
		if Luhn([]byte(n)) != 0 {
			t.Errorf("Luhn refuses %s", n)
		}
		if Luhn([]byte("1"+n[1:])) == 0 && n[0] != '1' {
			t.Errorf("Luhn takes %s with another first digit", n)
		}
	}
	for _, n := range []string{"234123412346", "999971658847", "999933119405", "999955183433", "999990501894"} {
		if Verhoeff([]byte(n)) != 0 {
			t.Errorf("Verhoeff refuses %s", n)
		}
	}
	for field, want := range map[string]int{"L01X00T47": 1, "C01X00T47": 8, "L898902C3": 6, "740812": 2, "120415": 9, "ZE184226B<<<<<": 1} {
		if got := MRZ([]byte(field)); got != want {
			t.Errorf("MRZ(%s) is %d, want %d", field, got, want)
		}
	}
}

var ibans = []string{
	"GB82WEST12345698765432", "DE89370400440532013000", "NL91ABNA0417164300", "FR1420041010050500013M02606",
	"ES9121000418450200051332", "IT60X0542811101000000123456", "PL61109010140000071219812874", "SE4550000000058398257466",
	"CH9300762011623852957", "BE68539007547034", "AT611904300234573201", "BR1800360305000010009795493C1", "NO9386011117947",
	"PT50000201231234567890154",
}

func TestPublishedIBANsAreIssuable(t *testing.T) {
	t.Parallel()
	for _, n := range ibans {
		if !IBANIssuable([]byte(n)) {
			t.Errorf("%s is refused", n)
		}
	}
	for _, n := range []string{
		"DE93999999990000000001", "DE09000000000000000001", "GB49XXXX00000000000001", "NL23XXXX0000000001",
		"XX63000000000000000001", "DE88370400440532013000", "FR1520041010050500013M02606",
	} {
		if IBANIssuable([]byte(n)) {
			t.Errorf("%s is taken", n)
		}
	}
}

func TestIBANsAreAsTheirModeSays(t *testing.T) {
	t.Parallel()
	likes := append([]string{"XX63000000000000000001", "ZZ99ABCD1234567890"}, ibans...)
	for _, c := range ibanCountries {
		if n := 4 + len(c.pattern); n < 15 || n > 34 {
			t.Errorf("%s has %d characters", c.code, n)
		}
		likes = append(likes, c.code+"00"+strings.NewReplacer("9", "5", "X", "7", "A", "K").Replace(c.pattern))
	}
	dice := newDice(3)
	for _, like := range likes {
		way := trick([]byte(like))
		for range 200 {
			n := make([]byte, len(like))
			IBANMake(n, []byte(like), dice, NeverIssued)
			if !IBANFits(n) || string(n[:2]) != like[:2] {
				t.Fatalf("%s: %s has another shape", like, n)
			}
			if IBANIssuable(n) {
				t.Fatalf("%s: %s may be issued", like, n)
			}
			if IBANChecks(n) != (way != wrongMod97) {
				t.Fatalf("%s: mod 97 of %s", like, n)
			}
			IBANMake(n, []byte(like), dice, Valid)
			if !IBANFits(n) || !IBANChecks(n) || ibanOf(n) != nil && !IBANIssuable(n) {
				t.Fatalf("%s: %s is not valid", like, n)
			}
		}
	}
}

func TestCardsAreNobodys(t *testing.T) {
	t.Parallel()
	dice := newDice(5)
	for like, brand := range map[string]string{
		"4242424242424242": "Visa", "2223003122003222": "Mastercard", "378282246310005": "American Express",
		"6011111111111117": "Discover", "36227206271667": "Diners", "3566002020360505": "JCB", "6205500000000000004": "UnionPay",
		"5105105105105100": "Mastercard",
	} {
		if !CardIssuable([]byte(like)) || Brand([]byte(like)) != brand {
			t.Errorf("%s is no %s", like, brand)
		}
		for range 300 {
			n := make([]byte, len(like))
			CardMake(n, []byte(like), dice, false, false)
			if CardIssuable(n) || n[0] != '0' || Luhn(n) != 0 {
				t.Fatalf("%s: %s", like, n)
			}
			CardMake(n, []byte(like), dice, false, true)
			if CardIssuable(n) || n[0] != '9' || Luhn(n) != 0 {
				t.Fatalf("%s: %s", like, n)
			}
			CardMake(n, []byte(like), dice, true, false)
			if CardIssuable(n) || Brand(n) != brand {
				t.Fatalf("%s: %s", like, n)
			}
		}
	}
}

func TestNothingAllocates(t *testing.T) {
	var draw Draw = newDice(1)
	buf, like := make([]byte, 34), []byte("FR1420041010050500013M02606")
	if n := testing.AllocsPerRun(200, func() {
		for i := range documents {
			d := &documents[i]
			n := buf[:copy(buf, d.shapes[0])]
			d.Make(n, n, draw, NeverIssued, false)
		}
		IBANMake(buf[:len(like)], like, draw, NeverIssued)
		CardMake(buf[:16], like[:16], draw, false, false)
		_ = IBANIssuable(like)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzValidate(f *testing.F) {
	for id, numbers := range examples {
		f.Add(id[:2], []byte(numbers[0]))
	}
	f.Fuzz(func(_ *testing.T, country string, n []byte) {
		for i := range Of(country) {
			d := &Of(country)[i]
			d.Validate(n)
			if d.Fits(n) {
				d.Make(make([]byte, len(n)), n, newDice(1), NeverIssued, false)
			}
		}
		if IBANFits(n) {
			IBANIssuable(n)
			IBANMake(make([]byte, len(n)), n, newDice(1), NeverIssued)
		}
		if CardFits(n) {
			CardMake(make([]byte, len(n)), n, newDice(1), true, false)
		}
		Country(n)
	})
}

func BenchmarkMake(b *testing.B) {
	var draw Draw = newDice(1)
	for i := range documents {
		d := &documents[i]
		b.Run(fmt.Sprintf("%s-%s", d.Country, d.Name), func(b *testing.B) {
			n, like := make([]byte, d.Length()), []byte(strings.ReplaceAll(d.shapes[0], "X", "9"))
			for b.Loop() {
				d.Make(n, like, draw, NeverIssued, false)
			}
		})
	}
}

// The checksums are made for speed; these are the definitions.
func TestChecksumsAreTheirDefinitions(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 6))
	for range 2000 {
		n := make([]byte, 2+random.IntN(40))
		for i := range n {
			n[i] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[random.IntN(36)]
		}
		spelled := ""
		for _, c := range n {
			spelled += strconv.Itoa(alnum(c))
		}
		value, _ := new(big.Int).SetString(spelled, 10)
		if want := int(value.Mod(value, big.NewInt(97)).Int64()); Mod97(n) != want {
			t.Fatalf("mod 97 of %s is %d, want %d", n, Mod97(n), want)
		}
		fold := 0
		for i := range n {
			n[i] = '0' + n[i]%10
		}
		for i := range n {
			d := int(n[len(n)-1-i] - '0')
			for range i % 8 {
				d = verhoeffTurn[d]
			}
			fold = dihedral(fold, d)
		}
		if Verhoeff(n) != fold {
			t.Fatalf("Verhoeff of %s is %d, want %d", n, Verhoeff(n), fold)
		}
		n[len(n)-1] = verhoeffDigit(n)
		if Verhoeff(n) != 0 {
			t.Fatalf("%s does not check", n)
		}
	}
}
