package identity

var au = []Document{{
	Country: "AU", Name: "tfn", Summary: "Australian tax file number", Never: wrongCheck, Tax: true,
	shapes: []string{"999999999"}, capacity: [2]float64{8e8, 8e7},
	valid: func(n []byte) bool { return weighted(n, "14375869:")%11 == 0 && n[0] != '0' },
	make: func(n, _ []byte, d Draw, m Mode, _ bool) {
		head(n[:8], d, true)
		// 10 ≡ −1 mod 11, so the last digit is the sum of the others; 10 is drawn again.
		n[8] = check(digit(weighted(n[:8], "14375869")%11%10), d, m)
	},
}, {
	Country: "AU", Name: "medicare", Summary: "Australian Medicare number, with or without the person's digit", Never: wrongCheck,
	shapes: []string{"9999999999", "99999999999"}, capacity: [2]float64{4e9, 4.5e8},
	valid: func(n []byte) bool {
		return n[0] >= '2' && n[0] <= '6' && weighted(n[:8], "13791379")%10 == int(n[8]-'0') && n[9] != '0'
	},
	make: func(n, _ []byte, d Draw, m Mode, _ bool) {
		n[0] = '2' + byte(d.Index(5))
		fill(n[1:8], d)
		n[8] = check(digit(weighted(n[:8], "13791379")%10), d, m)
		n[9] = '1' + byte(d.Index(9))
		if len(n) == 11 {
			n[10] = '1' + byte(d.Index(9))
		}
	},
}, {
	Country: "AU", Name: "abn", Summary: "Australian business number", Never: wrongCheck, Tax: true, Company: true,
	shapes: []string{"99999999999"}, capacity: [2]float64{8.9e10, 1e9},
	valid: func(n []byte) bool { return n[0] != '0' && abnSum(n)%89 == 0 },
	make: func(n, _ []byte, d Draw, m Mode, _ bool) {
		// The first two digits are the check digits: they count (d1−1)·10 + d2, from 11.
		fill(n[2:], d)
		n[0], n[1] = '1', '0'
		right := 89 - abnSum(n)%89
		if m == NeverIssued {
			right = (right+int(d.Index(88)))%89 + 1
		}
		put(n[:2], right+10)
	},
}}

func abnSum(n []byte) int {
	return (int(n[0]-'0')-1)*10 + weighted(n[1:], "13579;=?AC")
}

const cnChecks = "10X98765432"

var cn = []Document{{
	Country: "CN", Name: "rid", Summary: "Chinese resident identity number", Never: "the check character is wrong",
	shapes: []string{"99999999999999999X"}, capacity: [2]float64{1.7e9, 1.9e8},
	valid: func(n []byte) bool {
		return n[0] != '0' && isDate(number(n[10:12]), number(n[12:14])) && cnCheck(n) == n[17]
	},
	make: func(n, _ []byte, d Draw, m Mode, lead bool) {
		const places = "110101310101440103510104420102330106"
		at := 6 * d.Index(uint64(len(places)/6))
		copy(n, places[at:at+6])
		year, month, day := birth(d, 1930, 2019)
		put(n[6:10], year)
		put(n[10:12], month)
		put(n[12:14], day)
		span(n[14:17], d, 1, 999)
		n[17] = cnCheck(n)
		if m == NeverIssued {
			n[17] = wrong('0'+byte(cnSum(n)%10), d)
			if n[17] == cnCheck(n) {
				n[17] = '0' + (n[17]-'0'+1)%10
			}
		}
	},
}}

// cnSum is the weighted sum of 17 digits; the weights are 2^(17−i) mod 11.
func cnSum(n []byte) int { return weighted(n[:17], "79:584216379:5842") }

func cnCheck(n []byte) byte { return cnChecks[cnSum(n)%11] }

const panHolders = "ABCFGHJKLPT" // the fourth letter says what kind of holder

var in = []Document{{
	Country: "IN", Name: "aadhaar", Summary: "Indian Aadhaar number",
	Never:  "the first digit is 0 or 1, which are not given out; the check digit is right",
	shapes: []string{"999999999999"}, capacity: [2]float64{1e10, 8e10},
	valid: func(n []byte) bool { return n[0] >= '2' && Verhoeff(n) == 0 && !palindrome(n) },
	make: func(n, _ []byte, d Draw, m Mode, lead bool) {
		switch {
		case m == Valid:
			n[0] = '2' + byte(d.Index(8))
		case lead:
			n[0] = '1'
		default:
			n[0] = '0' + byte(d.Index(2))
		}
		fill(n[1:11], d)
		n[11] = verhoeffDigit(n)
	},
}, {
	Country: "IN", Name: "pan", Summary: "Indian tax number", Tax: true,
	Never:  "the fourth letter is no kind of holder",
	shapes: []string{"AAAAA9999A"}, capacity: [2]float64{6.8e10, 5e10},
	valid: func(n []byte) bool { return has(panHolders, n[3]) && number(n[5:9]) != 0 },
	make: func(n, _ []byte, d Draw, m Mode, _ bool) {
		for i := range 5 {
			n[i] = 'A' + byte(d.Index(26))
		}
		n[3] = pick(d, panHolders)
		if m == NeverIssued {
			n[3] = pick(d, "DEIMNOQRSUVWXYZ")
		}
		span(n[5:9], d, 1, 9999)
		n[9] = 'A' + byte(d.Index(26))
	},
}}

func palindrome(n []byte) bool {
	for i := range len(n) / 2 {
		if n[i] != n[len(n)-1-i] {
			return false
		}
	}
	return true
}

var kr = []Document{{
	Country: "KR", Name: "rrn", Summary: "Korean resident registration number",
	Never:  "the month of birth is 13 to 19; newer numbers have no check digit that could be wrong",
	shapes: []string{"9999999999999"}, capacity: [2]float64{3.5e10, 6e10},
	valid: func(n []byte) bool {
		return isDate(number(n[2:4]), number(n[4:6])) && n[6] >= '1' && n[6] <= '8'
	},
	make: func(n, _ []byte, d Draw, m Mode, lead bool) {
		year, month, day := birth(d, 1930, 2019)
		if lead {
			year = 1930 + int(d.Index(70))
		}
		if m == NeverIssued {
			month = 13 + int(d.Index(7))
		}
		put(n[:2], year%100)
		put(n[2:4], month)
		put(n[4:6], day)
		n[6] = '1' + byte(d.Index(2))
		if year >= 2000 {
			n[6] += 2
		}
		fill(n[7:], d)
	},
}}

var sg = []Document{{
	Country: "SG", Name: "nric", Summary: "Singaporean identity number", Never: "the check letter is wrong",
	shapes: []string{"A9999999A"}, capacity: [2]float64{4e8, 4e7},
	valid: func(n []byte) bool { return has("STFG", n[0]) && nricLetter(n) == n[8] },
	make: func(n, _ []byte, d Draw, m Mode, _ bool) {
		n[0] = pick(d, "STFG")
		fill(n[1:8], d)
		n[8] = nricLetter(n)
		if m == NeverIssued {
			n[8] = wrongIn(nricTable(n[0]), n[8], d)
		}
	},
}}

func nricTable(first byte) string {
	if first == 'F' || first == 'G' {
		return "XWUTRQPNMLK"
	}
	return "JZIHGFEDCBA"
}

func nricLetter(n []byte) byte {
	sum := weighted(n[1:8], "2765432")
	if n[0] == 'T' || n[0] == 'G' {
		sum += 4
	}
	return nricTable(n[0])[sum%11]
}

var th = []Document{{
	Country: "TH", Name: "tnin", Summary: "Thai identity number", Never: wrongCheck, Tax: true,
	shapes: []string{"9999999999999"}, capacity: [2]float64{7.2e12, 8e11},
	valid: func(n []byte) bool { return n[0] != '0' && n[0] != '9' && tninDigit(n) == n[12] },
	make: func(n, _ []byte, d Draw, m Mode, _ bool) {
		fill(n[:12], d)
		n[0] = '1' + byte(d.Index(8))
		n[12] = check(tninDigit(n), d, m)
	},
}}

func tninDigit(n []byte) byte {
	return digit((11 - weighted(n[:12], "=<;:98765432")%11) % 10)
}

var tr = []Document{{
	Country: "TR", Name: "kimlik", Summary: "Turkish identity number", Never: "the check digits are wrong", Tax: true,
	shapes: []string{"99999999999"}, capacity: [2]float64{8.1e10, 9e8},
	valid: func(n []byte) bool { return n[0] != '0' && kimlikFirst(n) == n[9] && kimlikSecond(n) == n[10] },
	make: func(n, _ []byte, d Draw, m Mode, _ bool) {
		head(n[:9], d, true)
		n[9] = check(kimlikFirst(n), d, m)
		n[10] = kimlikSecond(n)
		if m == NeverIssued {
			n[10] = digit(int(d.Index(10)))
		}
	},
}}

func kimlikFirst(n []byte) byte {
	return digit(((7*weighted(n[:9], "101010101")-weighted(n[:9], "010101010"))%10 + 10) % 10)
}

func kimlikSecond(n []byte) byte { return digit(weighted(n[:10], "1111111111") % 10) }

var za = []Document{{
	Country: "ZA", Name: "id", Summary: "South African identity number", Never: wrongCheck,
	shapes: []string{"9999999999999"}, capacity: [2]float64{1.1e10, 1.3e9},
	valid: func(n []byte) bool {
		return isDate(number(n[2:4]), number(n[4:6])) && n[10] <= '2' && Luhn(n) == 0
	},
	make: func(n, _ []byte, d Draw, m Mode, lead bool) {
		year, month, day := birth(d, 1930, 2019)
		if lead {
			year = 1930 + int(d.Index(70))
		}
		put(n[:2], year%100)
		put(n[2:4], month)
		put(n[4:6], day)
		fill(n[6:10], d)
		n[10] = '0' + byte(d.Index(2))
		n[11] = '8' + byte(d.Index(2))
		n[12] = check(luhnDigit(n), d, m)
	},
}}
