package mask

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"github.com/understudy-db/understudy/pkg/mask/prf"
)

func mustMask(t testing.TB, s Spec, args ...string) func(string) string {
	t.Helper()
	if s.Column.Class == "" {
		s.Column.Class = ClassText
	}
	m, err := New(s, &Binder{Key: prf.TestKey()})
	if err != nil {
		t.Fatal(err)
	}
	var a [][]byte
	for _, v := range args {
		a = append(a, []byte(v))
	}
	return func(v string) string {
		out, err := m.Mask(nil, Input{Value: []byte(v), Args: a})
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// e164 normalises a stand-in by hand.
func e164(s, code, trunk string) string {
	s = strings.Replace(s, "(0)", "", 1)
	d := onlyDigits(s)
	switch {
	case strings.HasPrefix(s, "+"):
		return d
	case strings.HasPrefix(d, "00"):
		return d[2:]
	case strings.HasPrefix(d, "011") && code == "1":
		return d[3:]
	case strings.HasPrefix(d, code) && len(d) > 10:
		return d
	}
	return code + strings.TrimPrefix(d, trunk)
}

func TestOneNumberHasOneStandInInEveryForm(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		region, code, trunk string
		forms               []string
	}{
		{"GB", "44", "0", []string{"+442079460123", "+44 20 7946 0123", "020 7946 0123", "0044 20 79460123", "+44 (0)20 7946 0123", "+44-20-7946-0123", "(020) 7946 0123", "2079460123", "442079460123", "tel:+442079460123", "020 7946 0123 ext. 12", "020 7946 0123x7", "０２０ ７９４６ ０１２３", " 020\u00a07946\u20110123 ", "+44 020 7946 0123"}},
		{"US", "1", "1", []string{"+12127365000", "(212) 736-5000", "1-212-736-5000", "212.736.5000", "001 212 736 5000", "011 1 212 736 5000", "+1 212 736 5000 #44", "12127365000"}},
		{"DE", "49", "0", []string{"+4930901820", "030 901820", "030/901820", "0049 30 901820", "030-901820 "}},
		{"IT", "39", "", []string{"+390612345678", "06 1234 5678", "0039 06 12345678"}},
		{"CA", "1", "1", []string{"+16046831234", "604-683-1234", "1 604 683 1234"}},
	} {
		mask := mustMask(t, Spec{Name: "phone", Params: map[string]any{"region": c.region}})
		want := e164(mask(c.forms[0]), c.code, c.trunk)
		for i, f := range c.forms {
			if got := e164(mask(f), c.code, c.trunk); got != want {
				t.Errorf("%s, form %d: %s, want %s", c.region, i, got, want)
			}
		}
	}
}

func TestPhoneKeepsItsForm(t *testing.T) {
	t.Parallel()
	mask := mustMask(t, Spec{Name: "phone", Params: map[string]any{"region": "US"}})
	shape := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return '9'
			}
			return r
		}, s)
	}
	for _, v := range []string{"+1 (212) 736-5000", "212-736-5000", "1.212.736.5000", "(212)7365000"} {
		if got := mask(v); shape(got) != shape(v) {
			t.Errorf("%s became %s", v, got)
		}
	}
}

func TestEveryPoolIsSafeAndAsLargeAsSaid(t *testing.T) {
	t.Parallel()
	sizes := map[string]uint64{"US": 35600, "CA": 5500, "GB": 20000, "AU": 80030, "FR": 60000, "DE": 5200, "SE": 495, "IE": 100000}
	for i := range countries {
		c := &countries[i]
		if want, ok := sizes[c.region]; ok != (c.safety == Reserved) || ok && want != c.size {
			t.Errorf("%s: %d numbers, want %d", c.region, c.size, want)
		}
		seen := map[string]bool{}
		step := max(1, c.size/20000)
		if testing.Short() {
			step *= 10
		}
		for n := uint64(0); n < c.size; n += step {
			national := string(c.appendNumber(nil, n))
			if seen[national] {
				t.Fatalf("%s: %d is there twice", c.region, n)
			}
			seen[national] = true
			if len(national) < c.short || len(national) > c.long {
				t.Fatalf("%s: %s is of no length that numbers have", c.region, national)
			}
			if c.safety == Reserved {
				if !safeNational[c.code].MatchString(national) {
					t.Fatalf("%s: %s is not reserved", c.region, national)
				}
				continue
			}
			if n/step%20 > 0 { // libphonenumber takes 13 µs
				continue
			}
			num, err := phonenumbers.Parse("+"+c.code+national, "ZZ")
			if err != nil || phonenumbers.IsValidNumber(num) || !phonenumbers.IsPossibleNumber(num) {
				t.Fatalf("%s: +%s %s is not possible, or in use", c.region, c.code, national)
			}
		}
	}
}

func TestReservedNumbersStayInTheirCountry(t *testing.T) {
	t.Parallel()
	mask := mustMask(t, Spec{Name: "phone"})
	for region, v := range map[string]string{"US": "+12127365000", "CA": "+16046831234", "DE": "+4930901820", "FR": "+33142685300", "AU": "+61291234567"} {
		num, err := phonenumbers.Parse(mask(v), "ZZ")
		if err != nil || phonenumbers.GetRegionCodeForCountryCode(int(num.GetCountryCode())) == "ZZ" {
			t.Fatalf("%s: %v", region, err)
		}
		if region == "US" || region == "CA" {
			if got := phonenumbers.GetRegionCodeForNumber(num); got != region {
				t.Errorf("%s went to %s", region, got)
			}
		}
	}
}

func TestPhoneCapacityIsTheRegions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		spec Spec
		want float64
	}{
		{Spec{Params: map[string]any{"region": "GB"}}, 20000},
		{Spec{Locale: "en_US"}, 35600},
		{Spec{Args: []string{"region"}, Locale: "en_US"}, 495},
		{Spec{}, 495},
		{Spec{Params: map[string]any{"region": "Norway"}, Locale: "en_US"}, -1},
		{Spec{Params: map[string]any{"region": "NO"}}, 1e9},
	} {
		c.spec.Name, c.spec.Column.Class = "phone", ClassText
		traits, err := Check(c.spec)
		if (err != nil) != (c.want < 0) || err == nil && traits.Capacity != c.want {
			t.Errorf("%v: %g, %v; want %g", c.spec.Params, traits.Capacity, err, c.want)
		}
	}
	for _, column := range []Column{{Class: ClassInteger, Bits: 32, TypeName: "integer"}, {Class: ClassText, MaxChars: 7}, {Class: ClassNumeric, Digits: 10}} {
		if _, err := Check(Spec{Name: "phone", Column: column}); err == nil {
			t.Errorf("%+v was taken", column)
		}
	}
}

// Two texts of a unique column never share a stand-in, however alike they are.
func TestOverflowTellsEveryTextApart(t *testing.T) {
	t.Parallel()
	mask := mustMask(t, Spec{Name: "phone", Column: Column{Class: ClassText, Unique: true}, Params: map[string]any{"region": "GB", "overflow": "unassigned"}})
	seen := map[string]string{}
	for _, d := range []string{"2079460123", "2079460124", "0207946012"} {
		for _, f := range []string{"+44%s", "+44 %s", "0044%s", "0%s", "%s", "44%s", "+44 (0)%s", "+44 0%s", "+440%s", "0 %s", "(0)%s", "+359%s", "00359%s", "%s x1", "%s x2", "tel:%s", "0%s-", "+33%s", "033%s"} {
			in := fmt.Sprintf(f, d)
			out := mask(in)
			if other, ok := seen[out]; ok && other != in {
				t.Errorf("%q and %q are both %q", in, other, out)
			}
			seen[out] = in
			if !strings.HasPrefix(strings.TrimLeft(out, "+0"), "999") {
				t.Errorf("%q became %q", in, out)
			}
		}
	}
}

func TestRegionFromTheRow(t *testing.T) {
	t.Parallel()
	for name, code := range map[string]string{"GB": "44", "gb": "44", "UK": "44", "United Kingdom": "44", " DEU ": "49", "Germany": "49", "España": "34", "NO": "999"} {
		out := mustMask(t, Spec{Name: "phone", Args: []string{"region"}, Locale: "en_US"}, name)("0201 555 123")
		got := e164(out, code, "0")
		if err := phoneIsSafe("")("", "+"+got); err != nil || !strings.HasPrefix(got, code) {
			t.Errorf("%s: %s: %v", name, out, err)
		}
	}
	if out := mustMask(t, Spec{Name: "phone", Args: []string{"region"}, Locale: "en_US"}, "nowhere")("212 736 5000"); phoneIsSafe("US")("", out) != nil {
		t.Errorf("an unknown region does not fall back to the locale's: %s", out)
	}
}

func FuzzPhone(f *testing.F) {
	for _, v := range []string{"+44 20 7946 0123", "0044(0)20", "(020) 7946 0123 ext 5", "+1", "1-800-FLOWERS", "+ +44", "٠٢٠"} {
		f.Add(v)
	}
	masks := map[string]func(string) string{}
	for _, region := range []string{"", "GB", "US"} {
		masks[region] = mustMask(f, Spec{Name: "phone", Params: map[string]any{"region": region}})
	}
	over := mustMask(f, Spec{Name: "phone", Params: map[string]any{"region": "GB", "overflow": "unassigned"}})
	f.Fuzz(func(t *testing.T, v string) {
		if v == "" {
			return
		}
		for region, mask := range masks {
			out := mask(v)
			if err := phoneIsSafe(region)(v, out); err != nil {
				t.Fatalf("region %q: %q became %q: %v", region, v, out, err)
			}
			if out == v && len(v) > 3 {
				t.Fatalf("%q stayed", v)
			}
		}
		if out := over(v); !strings.HasPrefix(strings.TrimLeft(out, "+0"), "999") {
			t.Fatalf("%q became %q", v, out)
		}
	})
}
