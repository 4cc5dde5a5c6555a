package identity

const dniLetters = "TRWAGMYFPDXBNJZSQVHLCKE"

var es = []Document{{
	Country: "ES", Name: "dni", Summary: "Spanish identity number", Never: "the check letter is wrong", Tax: true,
	shapes: []string{"99999999A"}, capacity: [2]float64{2.2e9, 1e8},
	valid: func(n []byte) bool { return dniLetters[number(n[:8])%23] == n[8] },
	make: func(n, _ []byte, d Draw, m Mode, _ bool) {
		fill(n[:8], d)
		n[8] = dniLetter(number(n[:8]), d, m)
	},
}, {
	Country: "ES", Name: "nie", Summary: "Spanish number of a foreigner", Never: "the check letter is wrong", Tax: true,
	shapes: []string{"A9999999A"}, capacity: [2]float64{6.6e8, 3e7},
	valid: func(n []byte) bool {
		return n[0] >= 'X' && n[0] <= 'Z' && dniLetters[(int(n[0]-'X')*1e7+number(n[1:8]))%23] == n[8]
	},
	make: func(n, _ []byte, d Draw, m Mode, _ bool) {
		first := int(d.Index(3))
		n[0] = 'X' + byte(first)
		fill(n[1:8], d)
		n[8] = dniLetter(first*1e7+number(n[1:8]), d, m)
	},
}}

func dniLetter(v int, d Draw, m Mode) byte {
	right := dniLetters[v%23]
	if m == Valid {
		return right
	}
	return wrongIn(dniLetters, right, d)
}

var fr = []Document{{
	Country: "FR", Name: "nir", Summary: "French social security number, with or without its key",
	Never:  "the month of birth is 13 to 19; the key is right",
	shapes: []string{"999999999999999", "999999A99999999", "9999999999999", "999999A999999"}, capacity: [2]float64{1.2e11, 1.8e11},
	valid: func(n []byte) bool {
		month := number(n[3:5])
		if !has("123478", n[0]) || month == 0 || month > 12 && month < 20 || n[5] == '0' && n[6] == '0' {
			return false
		}
		if n[6] > '9' && (n[5] != '2' || n[6] > 'B') {
			return false
		}
		return len(n) == 13 || frKey(n) == number(n[13:])
	},
	make: func(n, like []byte, d Draw, m Mode, _ bool) {
		n[0] = '1' + byte(d.Index(2))
		span(n[1:3], d, 0, 99)
		if m == Valid {
			span(n[3:5], d, 1, 12)
		} else {
			span(n[3:5], d, 13, 19)
		}
		span(n[5:7], d, 1, 95)
		if like[6] > '9' { // Corsica: 2A and 2B
			n[5], n[6] = '2', 'A'+byte(d.Index(2))
		} else if n[5] == '2' && n[6] == '0' { // 20 is what Corsica was until 1976
			n[6] = '1'
		}
		span(n[7:10], d, 1, 990)
		span(n[10:13], d, 1, 999)
		if len(n) == 15 {
			put(n[13:], frKey(n))
		}
	},
}, {
	Country: "FR", Name: "siren", Summary: "French company number", Never: wrongCheck, Tax: true, Company: true,
	shapes: []string{"999999999"}, capacity: [2]float64{8.1e8, 9e7},
	valid: func(n []byte) bool { return Luhn(n) == 0 },
	make:  makeLuhn,
}, {
	Country: "FR", Name: "siret", Summary: "French establishment number", Never: wrongCheck, Tax: true, Company: true,
	shapes: []string{"99999999999999"}, capacity: [2]float64{8.1e13, 9e12},
	valid: func(n []byte) bool { return Luhn(n) == 0 },
	make:  makeLuhn,
}}

// frKey is 97 − the first 13 places mod 97, where 2A counts as 19 and 2B as 18.
func frKey(n []byte) int {
	v := number(n[:5])*100 + number(n[5:6])*10
	switch n[6] {
	case 'A':
		v += 19 - 20
	case 'B':
		v += 18 - 20
	default:
		v += int(n[6] - '0')
	}
	v = v*1e6 + number(n[7:13])
	return 97 - v%97
}

// makeLuhn fills all places but the last, and closes with a Luhn digit.
func makeLuhn(n, _ []byte, d Draw, m Mode, _ bool) {
	last := len(n) - 1
	head(n[:last], d, true)
	n[last] = check(luhnDigit(n), d, m)
}

const (
	ninoNever  = "DFIQUV"               // no prefix has them, in either place
	ninoFirst  = "ABCEGHJKLMNOPRSTWXYZ" //
	ninoSecond = "ABCEGHJKLMNPRSTWXYZ"  // nor O here
)

var gb = []Document{{
	Country: "GB", Name: "nino", Summary: "British national insurance number, with or without its suffix",
	Never:  "the first letter is D, F, I, Q, U or V, which no prefix has",
	shapes: []string{"AA999999A", "AA999999"}, capacity: [2]float64{4.3e8, 1.3e9},
	valid: func(n []byte) bool {
		return has(ninoFirst, n[0]) && has(ninoSecond, n[1]) && !ninoUnused(n[0], n[1]) && (len(n) == 8 || n[8] <= 'D')
	},
	make: func(n, _ []byte, d Draw, m Mode, _ bool) {
		n[0], n[1] = pick(d, ninoFirst), pick(d, ninoSecond)
		if m == NeverIssued {
			// FY stands for real people in administration: no Y.
			n[0], n[1] = pick(d, ninoNever), pick(d, ninoSecond[:18])
		}
		fill(n[2:8], d)
		if len(n) == 9 {
			n[8] = 'A' + byte(d.Index(4))
		}
	},
}, {
	Country: "GB", Name: "nhs", Summary: "NHS number of England, Wales and the Isle of Man", Asked: true,
	Never:  "it lies in 999 000 0000 to 999 999 9999, which is not given out; the check digit is right",
	shapes: []string{"9999999999"}, capacity: [2]float64{9e5, 8.1e8},
	valid: func(n []byte) bool {
		return nhsCheck(n) == int(n[9]-'0') && !(n[0] == '9' && n[1] == '9' && n[2] == '9') && number(n) != 0
	},
	make: func(n, _ []byte, d Draw, m Mode, _ bool) {
		if m == Valid {
			head(n[:9], d, true)
			n[9] = digit(nhsCheck(n) % 10) // 10 is drawn again
			return
		}
		copy(n, "999")
		for range 16 {
			fill(n[3:9], d)
			if nhsCheck(n) < 10 {
				break
			}
		}
		n[9] = digit(nhsCheck(n) % 10)
	},
}, {
	Country: "GB", Name: "driving_licence", Summary: "British driving licence", Asked: true,
	Never:  "the month of birth is 13 to 19",
	shapes: []string{"XXXXX999999XXXAA", "XXXXX999999XXXAA99"}, capacity: [2]float64{1e15, 1e15},
	valid: func(n []byte) bool {
		month := number(n[6:8])
		if month > 50 {
			month -= 50 // of a woman
		}
		return isDate(month, number(n[8:10])) && n[0] > '9' && (n[11] > '9' || n[11] == '9')
	},
	make: func(n, _ []byte, d Draw, m Mode, _ bool) {
		for i := range 5 {
			n[i] = pick(d, "BCDFGHJKLMNPRSTVW")
		}
		year, month, day := birth(d, 1940, 2003)
		if m == NeverIssued {
			month = 13 + int(d.Index(7))
		}
		n[5] = digit(year / 10 % 10)
		put(n[6:8], month)
		put(n[8:10], day)
		n[10] = digit(year % 10)
		for i := 11; i < 13; i++ {
			n[i] = pick(d, "ABCDEFGHJKLMNPRSTW")
		}
		n[13] = digit(int(d.Index(10)))
		for i := 14; i < 16; i++ {
			n[i] = pick(d, "ABCDEFGHJKLMNPRSTVWXYZ")
		}
		fill(n[16:], d)
	},
}}

// nhsCheck is 10 for a number that is not given out.
func nhsCheck(n []byte) int { return (11 - weighted(n[:9], ":98765432")%11) % 11 }

// ninoUnused reports the prefixes that are not given to people: the unused ones,
// and those of administration.
func ninoUnused(a, b byte) bool {
	const unused = "BGGBKNNKNTTNZZCRFYMWNCPPPYPZ"
	for i := 0; i < len(unused); i += 2 {
		if unused[i] == a && unused[i+1] == b {
			return true
		}
	}
	return false
}

const ppsLetters = "WABCDEFGHIJKLMNOPQRSTUV"

var ie = []Document{{
	Country: "IE", Name: "pps", Summary: "Irish personal public service number", Never: "the check letter is wrong", Tax: true,
	shapes: []string{"9999999A", "9999999AA"}, capacity: [2]float64{2.2e8, 1e7},
	valid: func(n []byte) bool {
		return ppsLetters[ppsSum(n)%23] == n[7] && (len(n) == 8 || n[8] <= 'I' || n[8] == 'W')
	},
	make: func(n, _ []byte, d Draw, m Mode, _ bool) {
		fill(n[:7], d)
		if len(n) == 9 {
			n[8] = 'A' + byte(d.Index(9))
		}
		n[7] = ppsLetters[ppsSum(n)%23]
		if m == NeverIssued {
			n[7] = wrongIn(ppsLetters, n[7], d)
		}
	},
}}

func ppsSum(n []byte) int {
	sum := weighted(n[:7], "8765432")
	if len(n) == 9 && n[8] != 'W' {
		sum += 9 * (int(n[8]-'A') + 1)
	}
	return sum
}

const (
	cfMonths     = "ABCDEHLMPRST"
	cfConsonants = "BCDFGLMNPRSTVZ"
	cfDigits     = "LMNPQRSTUV" // stand for 0 to 9 where two people would share a code
	// The values of A–Z in odd places; digits have those of A–J.
	cfOdd = "\x01\x00\x05\x07\x09\x0d\x0f\x11\x13\x15\x02\x04\x12\x14\x0b\x03\x06\x08\x0c\x0e\x10\x0a\x16\x19\x18\x17"
)

var it = []Document{{
	Country: "IT", Name: "codice_fiscale", Summary: "Italian tax code of a person", Tax: true,
	Never:  "the place of birth is one that no register has; the check letter is right",
	shapes: []string{"AAAAAAXXAXXAXXXA"}, capacity: [2]float64{4e14, 4e14},
	valid: func(n []byte) bool {
		for _, i := range [...]int{6, 7, 9, 10, 12, 13, 14} {
			if n[i] > '9' && !has(cfDigits, n[i]) {
				return false
			}
		}
		day := cfNumber(n[9:11])
		if day > 40 {
			day -= 40
		}
		return has(cfMonths, n[8]) && day >= 1 && day <= 31 && (n[11] <= 'M' || n[11] == 'Z') && cfCheck(n) == n[15]
	},
	make: func(n, _ []byte, d Draw, m Mode, _ bool) {
		for i := range 6 {
			n[i] = pick(d, cfConsonants)
		}
		year, month, day := birth(d, 1930, 2019)
		put(n[6:8], year%100)
		n[8] = cfMonths[month-1]
		put(n[9:11], day+40*int(d.Index(2)))
		n[11] = 'X'
		if m == Valid {
			n[11] = pick(d, "ABCDEFGHIL")
		}
		span(n[12:15], d, 1, 999)
		n[15] = cfCheck(n)
	},
}, {
	Country: "IT", Name: "partita_iva", Summary: "Italian VAT number", Never: wrongCheck, Tax: true, Company: true,
	shapes: []string{"99999999999"}, capacity: [2]float64{9e10, 1e10},
	valid: func(n []byte) bool { return Luhn(n) == 0 && number(n) != 0 },
	make: func(n, _ []byte, d Draw, m Mode, lead bool) {
		head(n[:10], d, lead)
		n[10] = check(luhnDigit(n), d, m)
	},
}}

func cfNumber(n []byte) int {
	v := 0
	for _, c := range n {
		k := int(c - '0')
		if c > '9' {
			for i := range len(cfDigits) {
				if cfDigits[i] == c {
					k = i
				}
			}
		}
		v = v*10 + k
	}
	return v
}

func cfCheck(n []byte) byte {
	sum := 0
	for i, c := range n[:15] {
		v := int(c - 'A')
		if c <= '9' {
			v = int(c - '0')
		}
		if i%2 == 0 {
			v = int(cfOdd[v])
		}
		sum += v
	}
	return 'A' + byte(sum%26)
}

var pt = []Document{{
	Country: "PT", Name: "nif", Summary: "Portuguese tax number", Never: wrongCheck, Tax: true,
	shapes: []string{"999999999"}, capacity: [2]float64{2.7e8, 3e7},
	valid: func(n []byte) bool { return n[0] != '0' && n[0] != '4' && nifDigit(n) == n[8] },
	make: func(n, _ []byte, d Draw, m Mode, _ bool) {
		n[0] = '1' + byte(d.Index(3))
		fill(n[1:8], d)
		n[8] = check(nifDigit(n), d, m)
	},
}}

func nifDigit(n []byte) byte {
	r := weighted(n[:8], "98765432") % 11
	if r < 2 {
		return '0'
	}
	return digit(11 - r)
}
