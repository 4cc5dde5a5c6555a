package identity

// ibanCountry is a country's line in the registry of SWIFT.
type ibanCountry struct {
	code    string
	pattern string // of the national part: 9 a digit, A a letter, X either
}

// The patterns are cut from these.
const (
	nines = "999999999999999999999999999999"
	exes  = "XXXXXXXXXXXXXXXXXXXXXXXXXXXXXX"
)

var ibanCountries = [...]ibanCountry{
	{"AD", nines[:8] + exes[:12]},
	{"AE", nines[:19]},
	{"AL", nines[:8] + exes[:16]},
	{"AT", nines[:16]},
	{"AZ", "AAAA" + exes[:20]},
	{"BA", nines[:16]},
	{"BE", nines[:12]},
	{"BG", "AAAA" + nines[:6] + exes[:8]},
	{"BH", "AAAA" + exes[:14]},
	{"BI", nines[:23]},
	{"BR", nines[:23] + "AX"},
	{"BY", exes[:4] + nines[:4] + exes[:16]},
	{"CH", nines[:5] + exes[:12]},
	{"CR", nines[:18]},
	{"CY", nines[:8] + exes[:16]},
	{"CZ", nines[:20]},
	{"DE", nines[:18]},
	{"DJ", nines[:23]},
	{"DK", nines[:14]},
	{"DO", exes[:4] + nines[:20]},
	{"EE", nines[:16]},
	{"EG", nines[:25]},
	{"ES", nines[:20]},
	{"FI", nines[:14]},
	{"FK", "AA" + nines[:12]},
	{"FO", nines[:14]},
	{"FR", nines[:10] + exes[:11] + "99"},
	{"GB", "AAAA" + nines[:14]},
	{"GE", "AA" + nines[:16]},
	{"GI", "AAAA" + exes[:15]},
	{"GL", nines[:14]},
	{"GR", nines[:7] + exes[:16]},
	{"GT", exes[:24]},
	{"HR", nines[:17]},
	{"HU", nines[:24]},
	{"IE", "AAAA" + nines[:14]},
	{"IL", nines[:19]},
	{"IQ", "AAAA" + nines[:15]},
	{"IS", nines[:22]},
	{"IT", "A" + nines[:10] + exes[:12]},
	{"JO", "AAAA" + nines[:4] + exes[:18]},
	{"KW", "AAAA" + exes[:22]},
	{"KZ", nines[:3] + exes[:13]},
	{"LB", nines[:4] + exes[:20]},
	{"LC", "AAAA" + exes[:24]},
	{"LI", nines[:5] + exes[:12]},
	{"LT", nines[:16]},
	{"LU", nines[:3] + exes[:13]},
	{"LV", "AAAA" + exes[:13]},
	{"LY", nines[:21]},
	{"MC", nines[:10] + exes[:11] + "99"},
	{"MD", exes[:20]},
	{"ME", nines[:18]},
	{"MK", nines[:3] + exes[:10] + "99"},
	{"MN", nines[:16]},
	{"MR", nines[:23]},
	{"MT", "AAAA" + nines[:5] + exes[:18]},
	{"MU", "AAAA" + nines[:19] + "AAA"},
	{"NI", "AAAA" + nines[:20]},
	{"NL", "AAAA" + nines[:10]},
	{"NO", nines[:11]},
	{"OM", nines[:3] + exes[:16]},
	{"PK", "AAAA" + exes[:16]},
	{"PL", nines[:24]},
	{"PS", "AAAA" + exes[:21]},
	{"PT", nines[:21]},
	{"QA", "AAAA" + exes[:21]},
	{"RO", "AAAA" + exes[:16]},
	{"RS", nines[:18]},
	{"SA", nines[:2] + exes[:18]},
	{"SC", "AAAA" + nines[:20] + "AAA"},
	{"SD", nines[:14]},
	{"SE", nines[:20]},
	{"SI", nines[:15]},
	{"SK", nines[:20]},
	{"SM", "A" + nines[:10] + exes[:12]},
	{"SO", nines[:19]},
	{"ST", nines[:21]},
	{"SV", "AAAA" + nines[:20]},
	{"TL", nines[:19]},
	{"TN", nines[:20]},
	{"TR", nines[:6] + exes[:16]},
	{"UA", nines[:6] + exes[:19]},
	{"VA", nines[:18]},
	{"VG", "AAAA" + nines[:16]},
	{"XK", nines[:16]},
	{"YE", "AAAA" + nines[:4] + exes[:18]},
}

// IBANFits reports whether the normalised n looks like an IBAN: a country of the
// registry and its length and pattern, or an unknown country and a possible length.
// It does not look at the check digits.
func IBANFits(n []byte) bool {
	if len(n) < 15 || len(n) > 34 || !fits(n[:4], "AA99") {
		return false
	}
	c := ibanOf(n)
	if c == nil {
		return fits(n[4:], exes[:len(n)-4])
	}
	return fits(n[4:], c.pattern)
}

func ibanOf(n []byte) *ibanCountry {
	a, b := n[0]-'A', n[1]-'A'
	if a >= 26 || b >= 26 {
		return nil
	}
	return ibanByCode[a][b]
}

// ibanByCode finds a country by its two letters.
var ibanByCode = func() (by [26][26]*ibanCountry) {
	for i := range ibanCountries {
		c := &ibanCountries[i]
		by[c.code[0]-'A'][c.code[1]-'A'] = c
	}
	return by
}()

// IBANChecks reports whether n, which fits, has the check digits of ISO 7064 mod 97-10.
func IBANChecks(n []byte) bool { return mod97(mod97(0, n[4:]), n[:4]) == 1 }

// IBANIssuable reports whether n may be an account: it fits, its check digits are
// right, and so are the parts that this package breaks when it makes one that
// nobody has.
func IBANIssuable(n []byte) bool {
	if !IBANFits(n) || !IBANChecks(n) || ibanOf(n) == nil {
		return false
	}
	switch trick(n) {
	case bankLetters:
		return n[4] != 'X' || n[5] != 'X' || n[6] != 'X' || n[7] != 'X'
	case bankDigit:
		return n[4] != '0' && n[4] != '9'
	case nationalCheck:
		return nationalRight(n)
	default:
		return true
	}
}

// The ways to make an IBAN that nobody has.
const (
	wrongMod97    = iota // the IBAN's own check digits are wrong
	bankLetters          // the bank code is XXXX, which no bank has
	bankDigit            // the bank code starts with a digit that no area has
	nationalCheck        // the check digits are right, those inside the national part are wrong
)

// trick returns the gentlest way that the country of n allows: programs that look
// at length, pattern and mod 97 take all but wrongMod97.
func trick(n []byte) int {
	c := ibanOf(n)
	switch {
	case c == nil:
		return wrongMod97
	case len(c.pattern) >= 14 && c.pattern[:4] == "AAAA":
		return bankLetters
	case c.code == "DE":
		return bankDigit
	case c.code == "FR" || c.code == "MC" || c.code == "ES" || c.code == "BE" || c.code == "PT" || c.code == "NO":
		return nationalCheck
	default:
		return wrongMod97
	}
}

// IBANMake writes an account of the country, length and pattern of like into n,
// which has its length; like must fit. Which of the characters of like are letters
// stays where the pattern leaves it open.
func IBANMake(n, like []byte, d Draw, m Mode) {
	copy(n[:2], like)
	pattern := ""
	if c := ibanOf(like); c != nil {
		pattern = c.pattern
	}
	for i := 4; i < len(n); i++ {
		letter := like[i] > '9'
		if pattern != "" && pattern[i-4] != 'X' {
			letter = pattern[i-4] == 'A'
		}
		if letter {
			n[i] = 'A' + byte(d.Index(26))
		} else {
			n[i] = '0' + byte(d.Index(10))
		}
	}
	way := trick(n)
	switch {
	case m == Valid && way == nationalCheck:
		setNational(n, 0)
	case m == Valid && way == bankDigit:
		n[4] = '1' + byte(d.Index(8))
	case m == Valid && way == bankLetters && n[4] == 'X':
		n[4] = 'B'
	case m == Valid:
	case way == bankLetters:
		copy(n[4:8], "XXXX")
	case way == bankDigit:
		n[4] = '9'
	case way == nationalCheck:
		setNational(n, 1+int(d.Index(9)))
	}
	n[2], n[3] = '0', '0'
	right := 98 - mod97(mod97(0, n[4:]), n[:4])
	if m == NeverIssued && way == wrongMod97 {
		right = 2 + (right-2+1+int(d.Index(96)))%97 // 02 to 98, all but the right one
	}
	put(n[2:4], right)
}

// setNational writes the national check digits of n, plus off, which is wrong when it is not 0.
func setNational(n []byte, off int) {
	b := n[4:]
	switch n[0] {
	case 'F', 'M': // the RIB key of France and Monaco, mod 97
		put(b[21:], (ribKey(b)-1+off)%97+1)
	case 'E': // two digits of Spain, each mod 11
		put(b[8:10], (spanishCheck(b)+off)%100)
	case 'B': // Belgium: mod 97, and 0 is written 97
		put(b[10:], (belgianCheck(b)-1+off)%97+1)
	case 'P': // Portugal: ISO 7064 mod 97-10, from 2 to 98
		put(b[19:], (portugueseCheck(b)-2+off)%97+2)
	case 'N': // Norway: mod 11
		right := norwegianCheck(b)
		if right == 10 { // such numbers are not given out: take another
			b[9] = '0' + (b[9]-'0'+1)%10
			right = norwegianCheck(b)
		}
		b[10] = digit((right + off) % 10)
	}
}

func nationalRight(n []byte) bool {
	b := n[4:]
	switch n[0] {
	case 'F', 'M':
		return number(b[21:]) == ribKey(b)
	case 'E':
		return number(b[8:10]) == spanishCheck(b)
	case 'B':
		return number(b[10:]) == belgianCheck(b)
	case 'P':
		return number(b[19:]) == portugueseCheck(b)
	default:
		return int(b[10]-'0') == norwegianCheck(b)
	}
}

// ribKey is 97 − (89·bank + 15·branch + 3·account) mod 97, where letters of the
// account count A=1 … I=9, J=1 … R=9, S=2 … Z=9.
func ribKey(b []byte) int {
	account := 0
	for _, c := range b[10:21] {
		v := int(c - '0')
		switch {
		case c >= 'S':
			v = int(c-'S') + 2
		case c >= 'J':
			v = int(c-'J') + 1
		case c >= 'A':
			v = int(c-'A') + 1
		}
		account = account*10 + v // eleven characters
	}
	return 97 - (89*number(b[:5])+15*number(b[5:10])+3*account)%97
}

func spanishCheck(b []byte) int {
	first := 11 - weighted(b[:8], "485:9736")%11
	second := 11 - weighted(b[10:20], "12485:9736")%11
	return fold11(first)*10 + fold11(second)
}

// fold11 writes 10 as 1 and 11 as 0.
func fold11(v int) int {
	switch v {
	case 11:
		return 0
	case 10:
		return 1
	}
	return v
}

func belgianCheck(b []byte) int {
	r := number(b[:10]) % 97
	if r == 0 {
		return 97
	}
	return r
}

func portugueseCheck(b []byte) int { return 98 - mod97(mod97(0, b[:19]), []byte("00")) }

func norwegianCheck(b []byte) int { return (11 - weighted(b[:10], "5432765432")%11) % 11 }
