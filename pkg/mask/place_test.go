package mask

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

func suitePlace() []suiteRow {
	streets := []string{"Hollowhill Crescent 12", "12 Hollowhill Crescent", "Nebelgasse 7b", "221B Bakerloo Way", "UNTER DEN WOLKEN 3", "Rue des Nuages", "вул. Хмарна 5", "45"}
	var rows []suiteRow
	for _, l := range []string{"en_GB", "de_DE", "fr_FR", "uk_UA", "cs_CZ"} {
		rows = append(rows,
			suiteRow{spec: Spec{Name: "street", Locale: l}, in: streets, allocFree: true, secret: letterGroups},
			suiteRow{spec: Spec{Name: "city", Locale: l}, in: []string{"Wolkenheim", "Nubeville", "HOLLOWMERE", "Zatmíno", "Хмаринка", "Saint-Nuage-sur-Mer"}, allocFree: true},
		)
	}
	return append(rows,
		suiteRow{spec: Spec{Name: "street", Params: map[string]any{"number": "keep"}}, in: streets[:4], twin: instead("Hollowhill Crescent", "Mtqqtbmnqq Hwjxhjsy", "Nebelgasse", "Sjgjqlfxxj", "Bakerloo Way", "Gfpjwqtt Bfd"), grams: true},
		suiteRow{spec: Spec{Name: "region"}, in: []string{"Wolkenland", "QX", "ZZ", "Nubia Alta", "HOLLOWSHIRE"}, allocFree: true},
		suiteRow{spec: Spec{Name: "region", Locale: "fr_FR"}, in: []string{"Wolkenland", "QX", "ZZ", "Nubia Alta"}},
		suiteRow{spec: Spec{Name: "postcode", Locale: "en_GB"}, in: []string{"SW1A 1AA", "M1 1AE", "EC1A1BB", "sw1a 2ab", "90210"}, valid: func(in, out string) error {
			if in != "90210" && !regexp.MustCompile(`^(?i)zz99 ?\d[a-z]{2}$`).MatchString(out) {
				return fmt.Errorf("is no pseudo postcode")
			}
			return nil
		}},
		suiteRow{spec: Spec{Name: "postcode", Locale: "de_DE"}, in: []string{"10115", "80331", "20095", "D-10115"}, valid: func(in, out string) error {
			if len(in) == 5 && !strings.HasPrefix(out, "00") || len(in) != len(out) {
				return fmt.Errorf("may be somebody's")
			}
			return nil
		}},
		suiteRow{spec: Spec{Name: "postcode", Args: []string{"country"}}, args: []string{"us"}, in: []string{"90210", "10001-1234", "60606", "12345"}, valid: func(_, out string) error {
			if !strings.HasPrefix(out, "00") {
				return fmt.Errorf("may be somebody's")
			}
			return nil
		}},
		suiteRow{spec: Spec{Name: "postcode", Locale: "nl_NL"}, in: []string{"1012 AB", "3511LX", "9711 KD", "5611ZT"}, valid: sameShape, allocFree: true},
		suiteRow{
			spec: Spec{Name: "address", Locale: "en_GB"}, secret: letterGroups,
			in: []string{
				"12 Hollowhill Crescent\nWolverhall\nSW1A 1AA", "Zebediah Quill\n12 Hollowhill Crescent\nNether Wolverhall\nM1 1AE", "Nebelgasse 7, 10115 Wolkenheim", "12 Hollowhill Crescent, Wolverhall SW1A 1AA",
				"Hollowhill House", "Flat 3, 221 Bakerloo Way, Hollowmere",
			},
		},
	)
}

func TestHouseNumbersStayInPlace(t *testing.T) {
	t.Parallel()
	m := bindFor(t, "street", "en_GB", "", Column{})
	for in, want := range map[string]string{
		"12 High Holborn Row": `^[1-9]\d \D+$`, "Nebelgasse 7b": `^\D+ [1-9][a-d]$`, "NEBELGASSE 7B": `^[^a-z]+ [1-9][A-D]$`, "10th Cloud Lane": `^(\D|\d+(st|nd|rd|th)) ?.*$`, "45": `^[1-9]\d$`, "3/5": `^[1-9]/[1-9]$`,
	} {
		if out := maskOne(t, m, in, ""); !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("%q became %q", in, out)
		}
	}
}

func TestOneStreetHasOneStandIn(t *testing.T) {
	t.Parallel()
	m, err := New(Spec{Name: "street", Domain: "d", Params: map[string]any{"number": "keep"}, Column: Column{Class: ClassText}, Locale: "en_GB"}, bindTestKey())
	if err != nil {
		t.Fatal(err)
	}
	a, b := maskOne(t, m, "12 Cloud Lane", ""), maskOne(t, m, "144a cloud lane", "")
	if !strings.HasPrefix(a, "12 ") || !strings.HasPrefix(b, "144a ") || !strings.EqualFold(a[3:], b[5:]) {
		t.Errorf("%q and %q", a, b)
	}
	if c := maskOne(t, m, "221B Cloud Lane", ""); !strings.HasPrefix(c, "221B ") {
		t.Errorf("the kept number became %q", c)
	}
}

func TestAddressKeepsItsLines(t *testing.T) {
	t.Parallel()
	m := bindFor(t, "address", "en_GB", "", Column{})
	for in, want := range map[string]string{
		"12 Cloud Lane\nNubeville\nSW1A 1AA":             `^[1-9]\d [^\n]+\n[^\n\d]+\nZZ99 \d[A-Z]{2}$`,
		"Zebediah Quill\n12 Cloud Lane\nSW1A 1AA London": `^\w[^\n\d]+ [^\n\d]+\n[1-9]\d [^\n]+\nZZ99 \d[A-Z]{2} [^\n\d]+$`,
		"12 Cloud Lane, Nubeville M1 1AE":                `^[1-9]\d [^,]+, [^,\d]+ ZZ99 \d[A-Z]{2}$`,
		"12 Cloud Lane\r\nNubeville\r\n":                 `^[1-9]\d [^\n]+\n[^\n\d]+\n$`,
	} {
		if out := maskOne(t, m, in, ""); !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("%q became %q", in, out)
		}
	}
}

func TestTheHouseNumberIsCutOutWhereverItStands(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "0 ", "12": "3 |12", "12 mill lane": "1 mill lane|12", "mill lane 12a": "2 mill lane|12a", "mill 12 lane": "2 mill lane|12", "mill lane": "0 mill lane",
		"12, mill lane": "1 mill lane|12", "mill lane,12": "2 mill lane|12", "mill,, lane": "0 mill lane", "12 - 14": "3 - 14|12", "10th street": "0 10th street", "12 13b mill": "1 13b mill|12",
		"ølgade 7": "2 ølgade|7", "東町 1-2": "2 東町|1-2", "- 7": "3 -|7", "123456789012 mill": "1 mill|12345678",
	} {
		m := street{drawn: &drawn{normal: []byte(in)}}
		got := fmt.Sprintf("%d %s", m.cutNumber(), m.name)
		if len(m.number) > 0 {
			got += "|" + string(m.number)
		}
		if got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}
