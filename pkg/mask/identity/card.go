package identity

// brands are the leading digits that tell a card's scheme, the longest first.
var brands = [...]struct {
	low, high string
	name      string
}{
	{"2221", "2720", "Mastercard"},
	{"6011", "6011", "Discover"},
	{"3528", "3589", "JCB"},
	{"644", "649", "Discover"},
	{"300", "305", "Diners"},
	{"34", "34", "American Express"},
	{"37", "37", "American Express"},
	{"36", "36", "Diners"},
	{"38", "39", "Diners"},
	{"51", "55", "Mastercard"},
	{"62", "62", "UnionPay"},
	{"65", "65", "Discover"},
	{"50", "50", "Maestro"},
	{"56", "58", "Maestro"},
	{"60", "69", "Maestro"},
	{"4", "4", "Visa"},
}

// brandDigits returns how many leading digits tell the scheme; 0 for none known.
func brandDigits(n []byte) int {
	for _, b := range brands {
		k := len(b.low)
		if len(n) >= k && string(n[:k]) >= b.low && string(n[:k]) <= b.high {
			return k
		}
	}
	return 0
}

// Brand returns the scheme of a card number, "" for none known.
func Brand(n []byte) string {
	for _, b := range brands {
		k := len(b.low)
		if len(n) >= k && string(n[:k]) >= b.low && string(n[:k]) <= b.high {
			return b.name
		}
	}
	return ""
}

// CardFits reports whether the normalised n has the shape of a card number: 12 to 19 digits.
func CardFits(n []byte) bool {
	if len(n) < 12 || len(n) > 19 {
		return false
	}
	return allDigits(n)
}

// CardIssuable reports whether n may be a card: shape, Luhn digit and a first digit
// from 1 to 8. 0 is not for cards, and 9 is left to national use that no scheme makes of it.
func CardIssuable(n []byte) bool {
	return CardFits(n) && n[0] != '0' && n[0] != '9' && Luhn(n) == 0
}

// CardMake writes a number that no card has into n, which has the length of like;
// like must fit. Without keepBrand it starts with 0, with 9 when lead asks for a
// first digit other than 0, and its Luhn digit is right. With keepBrand the leading
// digits that tell the scheme stay, and the Luhn digit is wrong.
func CardMake(n, like []byte, d Draw, keepBrand, lead bool) {
	last := len(n) - 1
	fill(n[:last], d)
	kept := 0
	if keepBrand {
		kept = copy(n, like[:brandDigits(like)])
	}
	if kept > 0 {
		n[last] = wrong(luhnDigit(n), d)
		return
	}
	n[0] = '0'
	if lead {
		n[0] = '9'
	}
	n[last] = luhnDigit(n)
}
