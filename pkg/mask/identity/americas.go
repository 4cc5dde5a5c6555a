package identity

var br = []Document{{
	Country: "BR", Name: "cpf", Summary: "Brazilian tax number of a person", Never: "the check digits are wrong", Tax: true,
	shapes: []string{"99999999999"}, capacity: [2]float64{9e10, 1e9},
	valid: func(n []byte) bool {
		same := true
		for _, c := range n {
			same = same && c == n[0]
		}
		return !same && cpfFirst(n) == n[9] && cpfSecond(n) == n[10]
	},
	make: func(n, _ []byte, d Draw, m Mode, lead bool) {
		head(n[:9], d, lead)
		n[9] = check(cpfFirst(n), d, m)
		n[10] = cpfSecond(n)
		if m == NeverIssued {
			n[10] = digit(int(d.Index(10)))
		}
	},
}, {
	Country: "BR", Name: "cnpj", Summary: "Brazilian company number, with digits or letters", Never: "the check digits are wrong",
	Tax: true, Company: true,
	shapes: []string{"99999999999999", "XXXXXXXXXXXX99"}, capacity: [2]float64{9e13, 1e12},
	valid: func(n []byte) bool { return cnpjFirst(n) == n[12] && cnpjSecond(n) == n[13] },
	make: func(n, like []byte, d Draw, m Mode, lead bool) {
		for i := range 12 {
			if like[i] > '9' {
				n[i] = 'A' + byte(d.Index(26))
			} else {
				n[i] = '0' + byte(d.Index(10))
			}
		}
		if lead && n[0] == '0' {
			n[0] = '1' + byte(d.Index(9))
		}
		n[12] = check(cnpjFirst(n), d, m)
		n[13] = cnpjSecond(n)
		if m == NeverIssued {
			n[13] = digit(int(d.Index(10)))
		}
	},
}}

func cpfFirst(n []byte) byte  { return digit(weighted(n[:9], ":98765432") * 10 % 11 % 10) }
func cpfSecond(n []byte) byte { return digit(weighted(n[:10], ";:98765432") * 10 % 11 % 10) }

// A letter's value is its ASCII code − 48, as for digits.
func cnpjFirst(n []byte) byte { return digit(weighted(n[:12], "543298765432") * 10 % 11 % 10) }

func cnpjSecond(n []byte) byte { return digit(weighted(n[:13], "6543298765432") * 10 % 11 % 10) }

var ca = []Document{{
	Country: "CA", Name: "sin", Summary: "Canadian social insurance number", Tax: true,
	Never:  "the first digit is 0 or 8, which are not used; the check digit is right",
	shapes: []string{"999999999"}, capacity: [2]float64{1e7, 7e7},
	valid: func(n []byte) bool { return n[0] != '0' && n[0] != '8' && Luhn(n) == 0 },
	make: func(n, _ []byte, d Draw, m Mode, lead bool) {
		switch {
		case m == Valid:
			n[0] = pick(d, "1234567")
		case lead:
			n[0] = '8'
		default:
			n[0] = pick(d, "08")
		}
		fill(n[1:8], d)
		n[8] = luhnDigit(n)
	},
}}

// einUnused are the prefixes that the tax office does not give out.
const einUnused = "0007080917181928294969707879899697"

var us = []Document{{
	Country: "US", Name: "ssn", Summary: "US social security number",
	Never:  "the area is 900 to 999, and the group none of those of taxpayer numbers",
	shapes: []string{"999999999"}, capacity: [2]float64{5.3e7, 7.8e8},
	valid: func(n []byte) bool {
		area := number(n[:3])
		return area != 0 && area != 666 && area < 900 && number(n[3:5]) != 0 && number(n[5:]) != 0
	},
	make: func(n, _ []byte, d Draw, m Mode, _ bool) {
		if m == NeverIssued {
			ssnNever(n, d)
			return
		}
		span(n[:3], d, 100, 898)
		if number(n[:3]) == 666 {
			put(n[:3], 899)
		}
		span(n[3:5], d, 1, 99)
		span(n[5:], d, 1, 9999)
	},
}, {
	Country: "US", Name: "itin", Summary: "US individual taxpayer number", Tax: true,
	Never:  "the group is one that no taxpayer number has",
	shapes: []string{"999999999"}, capacity: [2]float64{5.3e7, 4.2e7},
	valid: func(n []byte) bool { return n[0] == '9' && itinGroup(number(n[3:5])) },
	make: func(n, _ []byte, d Draw, m Mode, _ bool) {
		if m == NeverIssued {
			ssnNever(n, d)
			return
		}
		n[0] = '9'
		fill(n[1:], d)
		for range 16 {
			span(n[3:5], d, 50, 99)
			if itinGroup(number(n[3:5])) {
				return
			}
		}
	},
}, {
	Country: "US", Name: "ein", Summary: "US employer number", Tax: true, Company: true,
	Never:  "the prefix is one that no office gives out",
	shapes: []string{"999999999"}, capacity: [2]float64{1.2e8, 7.6e8},
	valid: func(n []byte) bool { return !einNever(n) },
	make: func(n, _ []byte, d Draw, m Mode, lead bool) {
		if m == NeverIssued {
			at := d.Index(uint64(len(einUnused) / 2))
			if lead {
				at = 4 + d.Index(uint64(len(einUnused)/2-4)) // past those that start with 0
			}
			copy(n, einUnused[2*at:2*at+2])
		} else {
			for range 16 {
				span(n[:2], d, 10, 99)
				if !einNever(n) {
					break
				}
			}
		}
		fill(n[2:], d)
	},
}, {
	Country: "US", Name: "npi", Summary: "US health care provider number", Never: wrongCheck, Company: true,
	shapes: []string{"9999999999"}, capacity: [2]float64{1.8e9, 2e8},
	valid: func(n []byte) bool { return (n[0] == '1' || n[0] == '2') && npiSum(n) == 0 },
	make: func(n, _ []byte, d Draw, m Mode, _ bool) {
		n[0] = '1' + byte(d.Index(2))
		fill(n[1:9], d)
		n[9] = '0'
		n[9] = check(digit((10-npiSum(n))%10), d, m)
	},
}, {
	Country: "US", Name: "aba", Summary: "US bank routing number", Company: true,
	Never:  "the first two digits are no district's; the check digit is right",
	shapes: []string{"999999999"}, capacity: [2]float64{2.8e7, 1.2e7},
	valid: func(n []byte) bool { return weighted(n, "371371371")%10 == 0 && abaDistrict(number(n[:2])) },
	make: func(n, _ []byte, d Draw, m Mode, _ bool) {
		span(n[:2], d, 33, 60) // districts are 01–12, 21–32, 61–72 and 80
		if m == Valid {
			span(n[:2], d, 21, 32)
		}
		fill(n[2:8], d)
		n[8] = '0'
		n[8] = digit((10 - weighted(n, "371371371")%10) % 10)
	},
}}

// ssnNever draws an area of 900 to 999 with a group of 01–49, 66–69 or 89: no
// social security number, no taxpayer number and none of adoption.
func ssnNever(n []byte, d Draw) {
	span(n[:3], d, 900, 999)
	group := 1 + int(d.Index(54))
	switch {
	case group == 54:
		group = 89
	case group > 49:
		group += 16
	}
	put(n[3:5], group)
	span(n[5:], d, 1, 9999)
}

func itinGroup(g int) bool {
	return g >= 50 && g <= 65 || g >= 70 && g <= 88 || g >= 90 && g <= 92 || g >= 94 && g <= 99
}

func einNever(n []byte) bool {
	for i := 0; i < len(einUnused); i += 2 {
		if einUnused[i] == n[0] && einUnused[i+1] == n[1] {
			return true
		}
	}
	return false
}

// npiSum is the Luhn sum of 80840, the issuer of health care numbers, and n. On the
// places before n, of which every second one is doubled, the prefix adds 8+0+8+8+0.
func npiSum(n []byte) int { return (Luhn(n) + 24) % 10 }

func abaDistrict(p int) bool {
	return p >= 1 && p <= 12 || p >= 21 && p <= 32 || p >= 61 && p <= 72 || p == 80
}
