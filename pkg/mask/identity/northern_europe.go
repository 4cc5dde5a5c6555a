package identity

var dk = []Document{{
	Country: "DK", Name: "cpr", Summary: "Danish personal number",
	Never:  "the month of birth is 13 to 19; newer numbers have no check digit that could be wrong",
	shapes: []string{"9999999999"}, capacity: [2]float64{1.7e8, 3e8},
	valid: func(n []byte) bool { return isDate(number(n[2:4]), number(n[:2])) },
	make: func(n, _ []byte, d Draw, m Mode, lead bool) {
		year, month, day := birth(d, 1930, 2019)
		if lead {
			day = 10 + int(d.Index(19))
		}
		if m == NeverIssued {
			month = 13 + int(d.Index(7))
		}
		put(n[:2], day)
		put(n[2:4], month)
		put(n[4:6], year%100)
		fill(n[6:], d)
	},
}}

const hetuChecks = "0123456789ABCDEFHJKLMNPRSTUVWXY"

var fi = []Document{{
	Country: "FI", Name: "hetu", Summary: "Finnish personal identity code", Never: "the check character is wrong",
	shapes: []string{"999999999X", "999999A999X"}, capacity: [2]float64{6.6e8, 2.2e7},
	valid: func(n []byte) bool {
		if !isDate(number(n[2:4]), number(n[:2])) || len(n) == 11 && (n[6] > 'F' && n[6] < 'U' || n[6] == 'Z') {
			return false
		}
		serial := number(n[len(n)-4 : len(n)-1])
		return serial >= 2 && serial < 900 && hetuCheck(n) == n[len(n)-1] // from 900 on they are temporary
	},
	make: func(n, _ []byte, d Draw, m Mode, lead bool) {
		year, month, day := birth(d, 1930, 1999)
		if len(n) == 11 {
			year, month, day = birth(d, 2000, 2019)
			n[6] = 'A'
		}
		if lead {
			day = 10 + int(d.Index(19))
		}
		put(n[:2], day)
		put(n[2:4], month)
		put(n[4:6], year%100)
		last := len(n) - 1
		span(n[last-3:last], d, 2, 899)
		n[last] = hetuCheck(n)
		if m == NeverIssued {
			n[last] = wrongIn(hetuChecks, n[last], d)
		}
	},
}}

func hetuCheck(n []byte) byte {
	last := len(n) - 1
	return hetuChecks[(number(n[:6])*1000+number(n[last-3:last]))%31]
}

var no = []Document{{
	Country: "NO", Name: "fnr", Summary: "Norwegian birth number", Never: "the check digits are wrong",
	shapes: []string{"99999999999"}, capacity: [2]float64{8e7, 9e6},
	valid: func(n []byte) bool {
		day := number(n[:2])
		if day > 40 {
			day -= 40 // a D-number
		}
		return isDate(number(n[2:4]), day) && fnrFirst(n) == int(n[9]-'0') && fnrSecond(n) == int(n[10]-'0')
	},
	make: func(n, _ []byte, d Draw, m Mode, lead bool) {
		year, month, day := birth(d, 1940, 1999)
		if lead {
			day = 10 + int(d.Index(19))
		}
		put(n[:2], day)
		put(n[2:4], month)
		put(n[4:6], year%100)
		span(n[6:9], d, 0, 499)
		n[9] = check(digit(fnrFirst(n)%10), d, m) // a remainder of 10 is drawn again
		n[10] = digit(fnrSecond(n) % 10)
	},
}}

func fnrFirst(n []byte) int  { return (11 - weighted(n[:9], "376189452")%11) % 11 }
func fnrSecond(n []byte) int { return (11 - weighted(n[:10], "5432765432")%11) % 11 }

var se = []Document{{
	Country: "SE", Name: "personnummer", Summary: "Swedish personal or coordination number, with or without the century",
	Never: wrongCheck, Tax: true,
	shapes: []string{"9999999999", "999999999999"}, capacity: [2]float64{2.9e8, 3.2e7},
	valid: func(n []byte) bool {
		n = n[len(n)-10:]
		day := number(n[4:6])
		if day > 60 {
			day -= 60 // a coordination number
		}
		return isDate(number(n[2:4]), day) && Luhn(n) == 0
	},
	make: func(n, _ []byte, d Draw, m Mode, lead bool) {
		year, month, day := birth(d, 1930, 2019)
		if len(n) == 12 {
			put(n[:2], year/100)
			n = n[2:]
		} else if lead {
			year = 1930 + int(d.Index(70))
		}
		put(n[:2], year%100)
		put(n[2:4], month)
		put(n[4:6], day)
		fill(n[6:9], d)
		n[9] = check(luhnDigit(n), d, m)
	},
}, {
	Country: "SE", Name: "organisationsnummer", Summary: "Swedish company number", Never: wrongCheck, Tax: true, Company: true,
	shapes: []string{"9999999999"}, capacity: [2]float64{5.8e9, 6.4e8},
	valid: func(n []byte) bool { return n[0] != '0' && n[2] >= '2' && Luhn(n) == 0 },
	make: func(n, _ []byte, d Draw, m Mode, _ bool) {
		head(n[:9], d, true)
		n[2] = '2' + byte(d.Index(8))
		n[9] = check(luhnDigit(n), d, m)
	},
}}
