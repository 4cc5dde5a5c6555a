package mask

import (
	"fmt"
	"slices"
	"strings"

	"github.com/understudy-db/understudy/pkg/mask/identity"
)

const (
	modeNever = "never-issued"
	modeValid = "valid"
)

var modeParam = Param{
	Name: "mode", Type: String, Default: modeNever, Allowed: []string{modeNever, modeValid},
	Summary: "never-issued: a part or the check digit is impossible, strict programs refuse it; valid: all is right, and it may be somebody's",
}

var countryParam = Param{
	Name: "country", Type: String, Column: true,
	Summary: "alpha-2, alpha-3 or English name, or a column with it; without it the locale's. A value of an unknown country keeps its shape",
}

var numberClasses = []Class{ClassText, ClassInteger, ClassNumeric}

func nationalID() entry {
	return entry{
		Info: Info{
			Name:    "national_id",
			Summary: "A number of a person's identity document; separators and letter case stay. A value of another shape gets other letters and digits.",
			Classes: numberClasses,
			Params: []Param{
				countryParam,
				{Name: "document", Type: String, Summary: "which of the country's documents, such as nino or nhs; without it the one that the value looks like"},
				modeParam,
			},
			Example: "national_id: {mask: national_id, country: GB, document: nino}",
		},
		traits: func(s Spec) (Traits, error) { return documentTraits(s, false) },
		bind:   func(s Spec, b *Binder) (Masker, error) { return bindDocument(s, b, false) },
	}
}

func taxID() entry {
	return entry{
		Info: Info{
			Name:    "tax_id",
			Summary: "A tax number of a person or a company, with or without the country's code; otherwise as national_id, with the same stand-ins in the same domain.",
			Classes: numberClasses,
			Params: []Param{
				countryParam,
				{Name: "document", Type: String, Summary: "which of the country's documents, such as ein or cnpj; without it the one that the value looks like"},
				modeParam,
			},
			Example: "vat_id: {mask: tax_id, country: DE}",
		},
		traits: func(s Spec) (Traits, error) { return documentTraits(s, true) },
		bind:   func(s Spec, b *Binder) (Masker, error) { return bindDocument(s, b, true) },
	}
}

func drivingLicence() entry {
	named := func(s Spec) (Spec, bool) {
		if countryOf(s) != "GB" {
			return s, false
		}
		s.Params["document"] = "driving_licence"
		return s, true
	}
	return entry{
		Info: Info{
			Name:    "driving_licence",
			Summary: "A driving licence number. British ones follow the British scheme with an impossible month; all others keep their shape with other letters and digits, and may be somebody's.",
			Classes: numberClasses,
			Params:  []Param{{Name: "country", Type: String, Summary: "alpha-2, alpha-3 or English name; without it the locale's"}},
			Example: "licence_no: {mask: driving_licence, country: GB}",
		},
		traits: func(s Spec) (Traits, error) {
			if s, ok := named(s); ok {
				return documentTraits(s, false)
			}
			return shapeTraits(), nil
		},
		bind: func(s Spec, b *Binder) (Masker, error) {
			if s, ok := named(s); ok {
				return bindDocument(s, b, false)
			}
			return &documentMasker{numbered: newNumbered(s, b), mode: identity.Valid}, nil
		},
	}
}

func passport() entry {
	return entry{
		Info: Info{
			Name:    "passport",
			Summary: "A passport number: letters and digits are replaced by others, separators stay. No state sets numbers aside, so one may be somebody's.",
			Classes: numberClasses,
			Example: "passport_no: {mask: passport}",
		},
		traits: func(Spec) (Traits, error) { return shapeTraits(), nil },
		bind: func(s Spec, b *Binder) (Masker, error) {
			return &documentMasker{numbered: newNumbered(s, b), mode: identity.Valid}, nil
		},
	}
}

// shapeTraits are those of another value of the same shape: eight digits are the
// shortest that is usual.
func shapeTraits() Traits {
	return Traits{Safety: Valid, Capacity: 1e8, Keeps: []string{"length", "separators", "case"}, Technique: "pseudonymization"}
}

// countryOf returns the country that the rule or the locale names, "" for none.
func countryOf(s Spec) string {
	if name := s.str("country"); name != "" {
		return identity.Country([]byte(name))
	}
	_, region, _ := strings.Cut(s.Locale, "_")
	return identity.Country([]byte(region))
}

// documentKinds resolves the rule's country and document. Without a fixed country
// byCountry has all that there are.
func documentKinds(s Spec, tax bool) (fixed kinds, byCountry []kinds, err error) {
	name := s.str("document")
	if _, ok := s.arg("country"); ok {
		for _, d := range identity.All() {
			if len(byCountry) > 0 && byCountry[len(byCountry)-1].country == d.Country {
				continue
			}
			if c := choose(d.Country, name, tax); len(c.list) > 0 {
				byCountry = append(byCountry, c)
			}
		}
		if len(byCountry) == 0 {
			return kinds{}, nil, fmt.Errorf("%s: no country has a document %q", s.Name, name)
		}
		return kinds{}, byCountry, nil
	}
	country := countryOf(s)
	if country == "" {
		if given := s.str("country"); given != "" {
			return kinds{}, nil, fmt.Errorf("%s: the numbers of country %q are not known; known are %s", s.Name, given, knownCountries())
		}
		return kinds{}, nil, fmt.Errorf("%s needs a country: one of %s, or {column: name}", s.Name, knownCountries())
	}
	fixed = choose(country, name, tax)
	if len(fixed.list) == 0 {
		var names []string
		for _, d := range identity.Of(country) {
			names = append(names, d.Name)
		}
		return kinds{}, nil, fmt.Errorf("%s: %s has no document %q; it has %s", s.Name, country, name, strings.Join(names, ", "))
	}
	return fixed, nil, nil
}

func knownCountries() string {
	var codes []string
	for _, d := range identity.All() {
		if !slices.Contains(codes, d.Country) {
			codes = append(codes, d.Country)
		}
	}
	return strings.Join(codes, ", ")
}

func identityMode(s Spec) identity.Mode {
	if s.str("mode") == modeValid {
		return identity.Valid
	}
	return identity.NeverIssued
}

func documentTraits(s Spec, tax bool) (Traits, error) {
	fixed, byCountry, err := documentKinds(s, tax)
	if err != nil {
		return Traits{}, err
	}
	mode := identityMode(s)
	t := Traits{
		Safety: NeverIssued, ClassA: true, Technique: "pseudonymization",
		Keeps: []string{"country", "document", "length", "separators", "case"},
	}
	if mode == identity.Valid {
		t.Safety, t.ClassA = Valid, false
	}
	for _, c := range append(byCountry, fixed) {
		for _, k := range c.list {
			capacity := k.doc.Capacity(mode)
			if tax && len(c.list) > 1 {
				capacity /= 8 // where kinds share a shape, what the other may have issued is passed over
			}
			if t.Capacity == 0 || capacity < t.Capacity {
				t.Capacity = capacity
			}
		}
	}
	return t, nil
}

func bindDocument(s Spec, b *Binder, tax bool) (Masker, error) {
	fixed, byCountry, err := documentKinds(s, tax)
	if err != nil {
		return nil, err
	}
	m := &documentMasker{numbered: newNumbered(s, b), mode: identityMode(s), fixed: fixed, byCountry: byCountry}
	m.column, _ = s.arg("country")
	return m, nil
}
