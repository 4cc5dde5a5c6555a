package detect

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/nyaruka/phonenumbers"
)

func TestSafe(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind, value string
		want        bool
	}{
		{"email", "a@example.com", true},
		{"email", "a@mail.Example.ORG", true},
		{"email", "a@b.invalid", true},
		{"email", "a@x.test", true},
		{"email", "a@example.co.uk", false},
		{"email", "a@myexample.com", false},
		{"email", "a@host.local", false},
		{"email", "a@gmail.com", false},
		{"phone", "+1 212 555 0123", true},
		{"phone", "(212) 555-0199", true},
		{"phone", "212-555-0200", false},
		{"phone", "555-0100", true},
		{"phone", "+44 7700 900123", true},
		{"phone", "07700 900123", true},
		{"phone", "+44 (0)20 7946 0123", true},
		{"phone", "020 7946 1123", false},
		{"phone", "+44 7911 123456", false},
		{"phone", "01632 960555", true},
		{"phone", "+33 6 39 98 12 34", true},
		{"phone", "06 39 98 12 34", true},
		{"phone", "06 12 34 56 78", false},
		{"phone", "+49 30 23125 042", true},
		{"phone", "+49 30 901820", false},
		{"phone", "+49 171 3920012", true},
		{"phone", "+61 491 570 156", true},
		{"phone", "+61 491 570 100", false},
		{"phone", "(02) 5550 1234", true},
		{"phone", "+46 70 174 06 05", true},
		{"phone", "+46 70 174 06 04", false},
		{"phone", "+46 8 465 004 55", true},
		{"phone", "+353 20 912 3456", true},
		{"phone", "+999 12345678", true},
		{"phone", "+39 301 234 5678", true},
		{"phone", "+39 333 234 5678", false},
		{"phone", "+55 20 91234-5678", true},
		{"phone", "+55 11 91234-5678", false},
		{"phone", "+31 6 00 12 34 56", true},
		{"phone", "+31 6 12 34 56 78", false},
		{"phone", "+34 612 345 678", false},
		{"phone", "+48 512 345 678", false},
		{"card", "4111111111111111", true},
		{"card", "4532015112830366", false},
		{"card", "4532015112830367", true},
		{"card", "9111111111111111", true},
		{"iban", "DE93 9999 9999 0000 0000 01", true},
		{"iban", "DE75512108001245126199", false},
		{"iban", "XX63 0000 0000 0000 01", true},
		{"iban", "GB49 XXXX 0000 0000 0000 01", true},
		{"iban", "GB33BUKB20201555555555", false},
		{"iban", "ES9121000418450200051332", false},
		{"iban", "BE68539007547034", false},
		{"iban", "FR1420041010050500013M02606", false},
		{"iban", "NO9386011117947", false},
		{"ip", "192.0.2.44", true},
		{"ip", "198.19.3.4", true},
		{"ip", "8.8.8.8", false},
		{"ip", "2001:db8::1", true},
		{"ip", "2a02:8109::1", false},
		{"ip", "250.1.2.3", true},
		{"mac", "00:00:5E:00:53:AF", true},
		{"mac", "02:11:22:33:44:55", true},
		{"mac", "8c:85:90:0b:2f:1a", false},
		{"us-ssn", "900-12-3456", true},
		{"us-ssn", "536-90-4399", false},
		{"gb-nhs", "999 000 0018", true},
		{"gb-nhs", "943 476 5919", false},
		{"gb-nino", "QQ123456A", true},
		{"gb-nino", "JG103759A", false},
		{"de-idnr", "01234567896", true},
		{"de-idnr", "36574261809", false},
		{"fr-nir", "295109912611193", false},
		{"es-dni", "00000000T", true},
		{"es-dni", "54362315K", false},
		{"it-cf", "RCCMNL83S18D969H", false},
		{"pl-pesel", "50610100001", true},
		{"pl-pesel", "44051401359", false},
		{"in-aadhaar", "999941057058", true},
		{"gb-postcode", "ZZ99 3CZ", true},
		{"gb-postcode", "SW1A 1AA", false},
		{"fi-hetu", "131052-908H", true},
		{"url-credentials", "https://a:b@hook.invalid/x", true},
		{"url-credentials", "https://a:b@github.com/x", false},
		{"bic", "ABCDDEF0", true},
		{"bic", "DEUTDEFF", false},
		{"person", "Anna Lee", false},
		{"nonsense", "x", false},
	} {
		if got := Safe(c.kind, []byte(c.value)); got != c.want {
			t.Errorf("Safe(%s, %q) = %v", c.kind, c.value, got)
		}
	}
}

// The metadata of libphonenumber says that nothing rings under the unassigned prefixes.
func TestUnassignedPrefixesAreInNoPlan(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 11))
	for _, r := range unassigned {
		length := r.length
		if length == 0 {
			length = int(plan[r.cc].max)
		}
		for range 60 {
			number := fmt.Sprintf("+%d%s", r.cc, r.prefix)
			for i := len(r.prefix); i < length; i++ {
				number += string(rune('0' + random.IntN(10)))
			}
			if !Safe("phone", []byte(number)) {
				t.Fatalf("+%d %s… of %d digits is not taken for safe", r.cc, r.prefix, length)
			}
			if p, err := phonenumbers.Parse(number, "ZZ"); err == nil && phonenumbers.IsValidNumber(p) {
				t.Fatalf("+%d %s… of %d digits has valid numbers", r.cc, r.prefix, length)
			}
		}
	}
}

func TestNationalPhonesNeedTheirCountry(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		value, country string
		want           bool
	}{
		{"03-0123-4567", "ja_JP", true},
		{"030 12345678", "de_DE", false},
		{"030 12345678", "", false},
		{"(20) 91234-5678", "BR", true},
		{"(20) 91234-5678", "", false},
		{"8 (512) 123-45-67", "ru_RU", true},
		{"06 00 12 34 56", "nl_NL", true},
		{"06 00 12 34 56", "fr_FR", false},
		{"06 12 34 56 78", "", false},
	} {
		if got := SafeIn("phone", []byte(c.value), c.country); got != c.want {
			t.Errorf("%q in %q: %v", c.value, c.country, got)
		}
	}
}

func TestStandInsAreRecognised(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ kind, value string }{{Email, "ann.k3x@example.com"}, {Phone, "+1 415 555 0134"}, {Postcode, "ZZ99 1AB"}, {Password, "!"}, {NationalID, "QQ123456A"}, {URL, "https://hook.invalid/a"}, {IP, "198.18.4.2"}} {
		if !StandInLooks(c.kind, []byte(c.value)) {
			t.Errorf("%s %q", c.kind, c.value)
		}
	}
	if StandInLooks(Email, []byte("ann@gmail.com")) || StandInLooks(FirstName, []byte("Test")) || StandInLooks(NationalID, []byte("536-90-4399")) {
		t.Error("a value that could be real looks like a stand-in")
	}
}
