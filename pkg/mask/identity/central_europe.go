package identity

const wrongCheck = "the check digit is wrong"

var at = []Document{{
	Country: "AT", Name: "svnr", Summary: "Austrian social security number", Never: wrongCheck,
	shapes: []string{"9999999999"}, capacity: [2]float64{2.3e8, 2.6e7},
	valid: func(n []byte) bool {
		return n[0] != '0' && atCheck(n) == int(n[3]-'0') && isDate(number(n[6:8]), number(n[4:6]))
	},
	make: func(n, _ []byte, d Draw, m Mode, _ bool) {
		year, month, day := birth(d, 1930, 2019)
		span(n[:3], d, 100, 999)
		put(n[4:6], day)
		put(n[6:8], month)
		put(n[8:], year%100)
		n[3] = check(digit(atCheck(n)%10), d, m) // a payload whose check would be 10 is drawn again
	},
}}

// atCheck is 10 for a serial that is not given out.
func atCheck(n []byte) int { return (weighted(n[:3], "379") + weighted(n[4:10], "584216")) % 11 }

var be = []Document{{
	Country: "BE", Name: "rrn", Summary: "Belgian national register number", Never: wrongCheck,
	shapes: []string{"99999999999"}, capacity: [2]float64{3e9, 3.2e7},
	valid: func(n []byte) bool {
		body, last := number(n[:9]), number(n[9:])
		return isDate(number(n[2:4]), number(n[4:6])) && number(n[6:9]) != 0 &&
			(last == 97-body%97 || last == 97-(body+2e9)%97)
	},
	make: func(n, _ []byte, d Draw, m Mode, _ bool) {
		year, month, day := birth(d, 1930, 2019)
		put(n[:2], year%100)
		put(n[2:4], month)
		put(n[4:6], day)
		span(n[6:9], d, 1, 997)
		body := number(n[:9])
		if year >= 2000 {
			body += 2e9
		}
		last := 97 - body%97
		if m == NeverIssued {
			last = (last+int(d.Index(96)))%97 + 1 // 1 to 97, all but the right one
		}
		put(n[9:], last)
	},
}}

var ch = []Document{{
	Country: "CH", Name: "ahv", Summary: "Swiss social security number", Never: wrongCheck,
	shapes: []string{"9999999999999"}, capacity: [2]float64{9e9, 1e9},
	valid: func(n []byte) bool { return n[0] == '7' && n[1] == '5' && n[2] == '6' && eanDigit(n) == n[12] },
	make: func(n, _ []byte, d Draw, m Mode, _ bool) {
		copy(n, "756")
		fill(n[3:12], d)
		n[12] = check(eanDigit(n), d, m)
	},
}}

// eanDigit is the check digit of an EAN-13.
func eanDigit(n []byte) byte { return digit((10 - weighted(n[:12], "131313131313")%10) % 10) }

const (
	deLetters = "CFGHJKLMNPRTVWXYZ"
	deSerial  = deLetters + "0123456789"
	deNever   = "BDOQSU" // no serial has these: they read as digits, or make words
)

var de = []Document{{
	Country: "DE", Name: "idnr", Summary: "German tax identification number", Tax: true,
	Never:  "the first digit is 0; in a column of numbers, the check digit is wrong",
	shapes: []string{"99999999999"}, capacity: [2]float64{1e9, 1.4e8},
	valid: func(n []byte) bool {
		return n[0] != '0' && deRepeats(n[:10]) && Mod1110(n[:10]) == int(n[10]-'0')
	},
	make: func(n, _ []byte, d Draw, m Mode, lead bool) {
		if m == NeverIssued {
			n[0] = '0'
			fill(n[1:10], d)
			if lead {
				n[0] = '1' + byte(d.Index(9))
				n[10] = wrong(digit(Mod1110(n[:10])), d)
				return
			}
			n[10] = digit(Mod1110(n[:10]))
			return
		}
		// Ten different digits in any order, then one of them written over another.
		copy(n, "0123456789")
		for i := 9; i > 0; i-- {
			j := d.Index(uint64(i + 1))
			n[i], n[j] = n[j], n[i]
		}
		from := int(d.Index(10))
		to := (from + 1 + int(d.Index(9))) % 10
		n[to] = n[from]
		n[10] = digit(Mod1110(n[:10]))
	},
}, {
	Country: "DE", Name: "id_card", Summary: "German identity card or passport number, with or without its check digit",
	Never:  "the first letter is one that no serial has",
	shapes: []string{"AXXXXXXXX", "AXXXXXXXX9"}, capacity: [2]float64{1.6e12, 4.8e12},
	valid: func(n []byte) bool {
		if !has(deLetters, n[0]) {
			return false
		}
		for _, c := range n[1:9] {
			if !has(deSerial, c) {
				return false
			}
		}
		return len(n) == 9 || MRZ(n[:9]) == int(n[9]-'0')
	},
	make: func(n, _ []byte, d Draw, m Mode, _ bool) {
		n[0] = pick(d, deLetters)
		if m == NeverIssued {
			n[0] = pick(d, deNever)
		}
		for i := 1; i < 9; i++ {
			n[i] = pick(d, deSerial)
		}
		if len(n) == 10 {
			n[9] = digit(MRZ(n[:9]))
		}
	},
}, {
	Country: "DE", Name: "svnr", Summary: "German pension insurance number", Never: wrongCheck,
	shapes: []string{"99999999A999"}, capacity: [2]float64{5.4e10, 6e9},
	valid: func(n []byte) bool {
		return isDate(number(n[4:6]), number(n[2:4])) && deLetterSum(n[:11], "212571212121") == int(n[11]-'0')
	},
	make: func(n, _ []byte, d Draw, m Mode, _ bool) {
		year, month, day := birth(d, 1930, 2009)
		span(n[:2], d, 10, 89)
		put(n[2:4], day)
		put(n[4:6], month)
		put(n[6:8], year%100)
		n[8] = 'A' + byte(d.Index(26))
		fill(n[9:11], d)
		n[11] = check(digit(deLetterSum(n[:11], "212571212121")), d, m)
	},
}, {
	Country: "DE", Name: "kvnr", Summary: "German health insurance number", Never: wrongCheck,
	shapes: []string{"A999999999"}, capacity: [2]float64{2.3e10, 2.6e9},
	valid: func(n []byte) bool { return deLetterSum(n[:9], "1212121212") == int(n[9]-'0') },
	make: func(n, _ []byte, d Draw, m Mode, _ bool) {
		n[0] = 'A' + byte(d.Index(26))
		fill(n[1:9], d)
		n[9] = check(digit(deLetterSum(n[:9], "1212121212")), d, m)
	},
}, {
	Country: "DE", Name: "vat", Summary: "German VAT number", Never: wrongCheck, Tax: true, Company: true,
	shapes: []string{"999999999"}, capacity: [2]float64{8.1e8, 9e7},
	valid: func(n []byte) bool { return n[0] != '0' && Mod1110(n[:8]) == int(n[8]-'0') },
	make: func(n, _ []byte, d Draw, m Mode, _ bool) {
		head(n[:8], d, true)
		n[8] = check(digit(Mod1110(n[:8])), d, m)
	},
}}

// deRepeats reports whether exactly one digit occurs twice or three times, and not
// three times in a row.
func deRepeats(n []byte) bool {
	var count [10]int
	for _, c := range n {
		count[c-'0']++
	}
	repeated := 0
	for _, k := range count {
		if k > 3 {
			return false
		}
		if k > 1 {
			repeated++
		}
	}
	for i := 2; i < len(n); i++ {
		if c := n[i]; n[i-1] == c && n[i-2] == c {
			return false
		}
	}
	return repeated == 1
}

// deLetterSum writes the letter as its two-digit place in the alphabet and sums
// the digit sums of all digits times their weights, mod 10.
func deLetterSum(n []byte, weights string) int {
	sum, w := 0, 0
	add := func(v int) {
		p := v * int(weights[w]-'0')
		sum += p/10 + p%10
		w++
	}
	for _, c := range n {
		if c >= 'A' {
			v := int(c-'A') + 1
			add(v / 10)
			add(v % 10)
			continue
		}
		add(int(c - '0'))
	}
	return sum % 10
}

var nl = []Document{{
	Country: "NL", Name: "bsn", Summary: "Dutch citizen service number", Never: wrongCheck, Tax: true,
	shapes: []string{"999999999", "99999999"}, capacity: [2]float64{9e8, 9e7},
	valid: func(n []byte) bool { return nlSum(n)%11 == 0 && number(n) != 0 },
	make: func(n, _ []byte, d Draw, m Mode, lead bool) {
		last := len(n) - 1
		head(n[:last], d, lead)
		n[last] = '0'
		n[last] = check(digit(nlSum(n)%11%10), d, m) // a remainder of 10 is drawn again
	},
}}

// nlSum is 9·d1 + … + 2·d8 − d9; eight digits stand for nine with a leading 0.
func nlSum(n []byte) int {
	if len(n) == 8 {
		return weighted(n[:7], "8765432") - int(n[7]-'0') + 110
	}
	return weighted(n[:8], "98765432") - int(n[8]-'0') + 110
}

var pl = []Document{{
	Country: "PL", Name: "pesel", Summary: "Polish personal number",
	Never:  "the year of birth is 2200 to 2299; the check digit is right",
	shapes: []string{"99999999999"}, capacity: [2]float64{3.6e8, 3.3e8},
	valid: func(n []byte) bool {
		month := number(n[2:4])
		if month > 60 && month < 80 || !isDate(month%20, number(n[4:6])) {
			return false
		}
		return peselDigit(n) == n[10]
	},
	make: func(n, _ []byte, d Draw, m Mode, lead bool) {
		year, month, day := birth(d, 1930, 2019)
		switch {
		case m == NeverIssued:
			year = int(d.Index(100))
			if lead {
				year = 10 + int(d.Index(90))
			}
			month += 60
		case lead:
			year = 1930 + int(d.Index(70))
		case year >= 2000:
			month += 20
		}
		put(n[:2], year%100)
		put(n[2:4], month)
		put(n[4:6], day)
		fill(n[6:10], d)
		n[10] = peselDigit(n)
	},
}, {
	Country: "PL", Name: "nip", Summary: "Polish tax number", Never: wrongCheck, Tax: true,
	shapes: []string{"9999999999"}, capacity: [2]float64{8e9, 8e8},
	valid: func(n []byte) bool { return n[0] != '0' && weighted(n[:9], "657234567")%11 == int(n[9]-'0') },
	make: func(n, _ []byte, d Draw, m Mode, _ bool) {
		head(n[:9], d, true)
		n[9] = check(digit(weighted(n[:9], "657234567")%11%10), d, m)
	},
}}

func peselDigit(n []byte) byte { return digit((10 - weighted(n[:10], "1379137913")%10) % 10) }

var ro = []Document{{
	Country: "RO", Name: "cnp", Summary: "Romanian personal number", Never: wrongCheck,
	shapes: []string{"9999999999999"}, capacity: [2]float64{2.6e10, 2.9e9},
	valid: func(n []byte) bool {
		county := number(n[7:9])
		return n[0] >= '1' && n[0] <= '8' && isDate(number(n[3:5]), number(n[5:7])) &&
			county >= 1 && county <= 52 && cnpDigit(n) == n[12]
	},
	make: func(n, _ []byte, d Draw, m Mode, _ bool) {
		year, month, day := birth(d, 1930, 2019)
		n[0] = '1' + byte(d.Index(2))
		if year >= 2000 {
			n[0] += 4
		}
		put(n[1:3], year%100)
		put(n[3:5], month)
		put(n[5:7], day)
		span(n[7:9], d, 1, 46)
		span(n[9:12], d, 1, 999)
		n[12] = check(cnpDigit(n), d, m)
	},
}}

func cnpDigit(n []byte) byte {
	r := weighted(n[:12], "279146358279") % 11
	if r == 10 {
		r = 1
	}
	return digit(r)
}
