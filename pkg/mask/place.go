package mask

func placeMaskers() []entry {
	numberParam := Param{Name: "number", Type: String, Default: "replace", Allowed: []string{"replace", "keep"}, Summary: "the house number: replaced by one of as many digits, or kept"}
	text := []Class{ClassText}
	return []entry{
		{
			Info:   Info{Name: "street", Summary: "A street of the locale, with the house number where the original has it.", Classes: text, Params: []Param{numberParam}, Example: "street: {mask: street}"},
			traits: streetTraits,
			bind:   newStreet,
		},
		{
			Info:   Info{Name: "city", Summary: "A town of the locale's country.", Classes: text, Example: "city: {mask: city}"},
			traits: func(s Spec) (Traits, error) { return listTraits(s, citiesOf, "script") },
			bind:   func(s Spec, b *Binder) (Masker, error) { return newDrawn(s, b, citiesOf, true) },
		},
		{
			Info:   Info{Name: "region", Summary: "A state, county or region of the locale's country; a code where the original is one.", Classes: text, Example: "state: {mask: region}"},
			traits: regionTraits,
			bind:   newRegion,
		},
		{
			Info: Info{
				Name: "postcode", Summary: "A postcode in the original's shape: of a range that no address has (GB, US, DE), else other digits and letters.", Classes: text,
				Params: []Param{
					{Name: "country", Type: String, Column: true, Summary: "two-letter code, or a column with it; default the locale's"},
					{Name: "range", Type: String, Default: "unassigned", Allowed: []string{"unassigned", "any"}, Summary: "any: digits and letters of any postcode, which may be a real one"},
				},
				Example: "postcode: {mask: postcode, country: GB}",
			},
			traits: postcodeTraits,
			bind:   newPostcode,
		},
		{
			Info:   Info{Name: "address", Summary: "An address of one or several lines, line by line: street, postcode and town, other lines.", Classes: text, Params: []Param{numberParam}, Example: "address: {mask: address}"},
			traits: addressTraits,
			bind:   newAddress,
		},
	}
}

func streetTraits(s Spec) (Traits, error) {
	if s.str("number") == "keep" {
		return listTraits(s, streetsOf, "script", "house number")
	}
	return listTraits(s, streetsOf, "script", "length of the house number")
}

// regionMasker draws a region, or a code where the original is two or three capitals.
type regionMasker struct {
	name  *drawn
	code  *drawn
	shape shaper
}

func newRegion(s Spec, b *Binder) (Masker, error) {
	name, err := newDrawn(s, b, regionsOf, true)
	if err != nil {
		return nil, err
	}
	m := &regionMasker{name: name, shape: shaper{prf: name.prf}}
	if name.locale.RegionCodes.Len() > 0 {
		m.code, err = newDrawn(s, b, regionCodesOf, false)
	}
	return m, err
}

// regionTraits counts the smaller list: codes where the locale has them.
func regionTraits(s Spec) (Traits, error) {
	t, err := listTraits(s, regionsOf, "script", "code or name")
	if err != nil {
		return t, err
	}
	if c, _ := listTraits(s, regionCodesOf); c.Capacity > 0 {
		t.Capacity = min(t.Capacity, c.Capacity)
	}
	return t, nil
}

// Mask tells a code from a name by its form.
func (m *regionMasker) Mask(dst []byte, in Input) ([]byte, error) {
	if len(in.Value) > 3 || !isCode(in.Value) {
		return m.name.Mask(dst, in)
	}
	if m.code != nil {
		return m.code.Mask(dst, in)
	}
	m.name.normal = appendNormal(m.name.normal[:0], in.Value)
	return m.shape.appendOther(dst, in.Value, m.name.normal, m.name.limit), nil
}

func isCode(v []byte) bool {
	for _, c := range v {
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}
