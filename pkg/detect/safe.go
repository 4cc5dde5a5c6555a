package detect

import (
	"bytes"
	"net/netip"
)

// Safe reports whether a value of a detector's kind lies where it reaches nobody and
// names nobody: a range set aside by a published source, a prefix no register uses, or
// a part or check digit that is never issued. It knows published ranges only, nothing
// of how stand-ins are made. A kind it has no ranges for is never safe.
//
// A phone number in a national form is safe without its country only in ranges set
// aside for fiction; see SafeIn.
func Safe(kind string, value []byte) bool { return SafeIn(kind, value, "") }

// SafeIn is Safe for a value whose country is known: an ISO code or a locale, "" when
// it is not. Only phone numbers in a national form depend on it: what no plan assigns
// in Japan may ring in Berlin.
func SafeIn(kind string, value []byte, country string) bool {
	v := bytes.TrimSpace(value)
	switch k := kindByName(kind); k {
	case kEmail:
		return safeEmail(v)
	case kURL, kConnection:
		return safeURL(v)
	case kPhone:
		return safePhone(v, localeCountry(country))
	case kCard:
		return safeCard(v)
	case kIBAN:
		return safeIBAN(v)
	case kBIC:
		return len(v) >= 8 && (v[7] == '0' || !isoCountry(v[4]&^0x20, v[5]&^0x20)) // a test BIC, or no country
	case kIP:
		return safeIP(v)
	case kMAC:
		return safeMAC(v)
	case kMRZ:
		return bytes.Contains(v, []byte("UTO")) // Utopia, ICAO's specimen state
	case kNone:
		return false
	default:
		if k >= kUSSSN && k <= kIEPPS {
			return !issuable(k, v)
		}
		return false
	}
}

// reservedDomain: RFC 2606 and 6761. .local is left out, since mail servers do deliver to it.
func reservedDomain(d []byte) bool {
	var buf [256]byte
	if len(d) > len(buf) {
		return false
	}
	d = bytes.TrimSuffix(lowerASCII(buf[:0], d), []byte("."))
	for _, name := range [...]string{"example.com", "example.net", "example.org", "example", "invalid", "test"} {
		if string(d) == name && name != "test" || len(d) > len(name) && d[len(d)-len(name)-1] == '.' && string(d[len(d)-len(name):]) == name {
			return true
		}
	}
	return false
}

func safeEmail(v []byte) bool {
	at := bytes.LastIndexByte(v, '@')
	return at > 0 && reservedDomain(v[at+1:])
}

func safeURL(v []byte) bool {
	i := bytes.Index(v, []byte("://"))
	if i < 0 {
		return false
	}
	host := v[i+3:]
	if j := bytes.IndexAny(host, "/?#"); j >= 0 {
		host = host[:j]
	}
	if j := bytes.LastIndexByte(host, '@'); j >= 0 {
		host = host[j+1:]
	}
	if j := bytes.LastIndexByte(host, ':'); j >= 0 && bytes.IndexByte(host, ']') < j {
		host = host[:j]
	}
	return reservedDomain(host) || safeIP(bytes.Trim(host, "[]"))
}

// phoneRange is a country code and a national prefix (both without a trunk zero), and the
// whole length of the national number; length 0 is any.
type phoneRange struct {
	cc     int
	prefix string
	length int
}

// phoneRanges are those that regulators have set aside for fiction.
var phoneRanges = []phoneRange{
	{44, "7700900", 10},
	{44, "1632960", 10},
	{44, "2079460", 10},
	{44, "1134960", 10},
	{44, "1144960", 10},
	{44, "1154960", 10},
	{44, "1164960", 10},
	{44, "1174960", 10},
	{44, "1184960", 10},
	{44, "1214960", 10},
	{44, "1314960", 10},
	{44, "1414960", 10},
	{44, "1514960", 10},
	{44, "1614960", 10},
	{44, "1914980", 10},
	{44, "2920180", 10},
	{44, "2896496", 10},
	{44, "8081570", 10},
	{44, "9098790", 10},
	{44, "3069990", 10},
	{61, "25550", 9},
	{61, "35550", 9},
	{61, "75550", 9},
	{61, "85550", 9},
	{61, "27010", 9},
	{61, "37010", 9},
	{61, "77010", 9},
	{61, "87010", 9},
	{61, "1800160401", 10},
	{61, "1800975707", 10},
	{61, "1800975708", 10},
	{61, "1800975709", 10},
	{61, "180097571", 10},
	{61, "1300975707", 10},
	{61, "1300975708", 10},
	{61, "1300975709", 10},
	{61, "130097571", 10},
	{33, "19900", 9},
	{33, "26191", 9},
	{33, "35301", 9},
	{33, "46571", 9},
	{33, "53649", 9},
	{33, "63998", 9},
	{49, "3023125", 10},
	{49, "6990009", 10},
	{49, "4066969", 10},
	{49, "2214710", 10},
	{49, "8999998", 10},
	{49, "17139200", 10},
	{49, "176040690", 11},
	{46, "313900", 9},
	{46, "406280", 9},
	{46, "84650", 9},
	{46, "980319", 9},
	{46, "7017406", 9},
	{353, "2091", 9},
}

// unassigned are prefixes under which no type of number is assigned in countries that
// have set nothing aside, by the numbering metadata of July 2026.
var unassigned = []phoneRange{
	{39, "30", 10},
	{55, "20", 11},
	{55, "30", 11},
	{55, "40", 11},
	{55, "50", 11},
	{55, "60", 11},
	{55, "70", 11},
	{55, "80", 11},
	{91, "0", 10},
	{91, "110", 10},
	{81, "900", 10},
	{81, "30", 9},
	{86, "154", 11},
	{7, "5", 10},
	{31, "600", 9},
	{31, "19", 9},
	{52, "0", 10},
	{52, "40", 10},
	{41, "700", 9},
	{32, "400", 9},
	{43, "100", 10},
	{34, "4", 9},
	{48, "93", 9},
	{48, "97", 9},
	{351, "4", 9},
	{351, "5", 9},
	{420, "43", 9},
	{420, "66", 9},
	{30, "3", 10},
	{30, "4", 10},
	{40, "5", 9},
	{90, "6", 10},
	{380, "2", 9},
	{27, "93", 9},
	{27, "95", 9},
	{54, "4", 10},
	{54, "5", 10},
	{64, "53", 9},
	{64, "54", 9},
	{65, "2", 8},
	{65, "4", 8},
}

// australianMobiles are the thirty single numbers set aside there, without the leading 491.
const australianMobiles = "570006 570156 570157 570158 570159 570110 570313 570737 571266 571491 571804 572549 572665 572983 573770 573087 574118 574632 575254 575789 576398 576801 577426 577644 578957 578148 578888 579212 579760 579455"

// germanMobiles are single numbers in the same notice as the ranges.
const germanMobile = "15228817386"

func safePhone(v []byte, country string) bool {
	var buf [24]byte
	d := buf[:0]
	plus, seen := false, false
	for i, c := range v {
		switch {
		case digit(c):
			if len(d) == len(buf) {
				return false
			}
			d = append(d, c)
			seen = true
		case c == '+' && !seen:
			plus = true
		case (c|0x20 == 'x' || c|0x20 == 'e' || c == '#') && len(d) >= 7 && i > 6:
			return safeDigits(d, plus, country)
		}
	}
	return safeDigits(d, plus, country)
}

func safeDigits(d []byte, plus bool, country string) bool {
	if len(d) < 7 {
		return len(d) > 0 && allSame(d)
	}
	if !plus && d[0] == '0' && d[1] == '0' {
		if cc, _ := countryCode(d[2:]); cc != 0 || bytes.HasPrefix(d[2:], []byte("999")) {
			d, plus = d[2:], true
		}
	}
	if plus {
		if bytes.HasPrefix(d, []byte("999")) {
			return true // country code 999 is not assigned
		}
		cc, rest := countryCode(d)
		switch {
		case cc == 0:
			return true
		case rest[0] == '0' && cc != 39 && cc != 91 && cc != 52:
			rest = rest[1:] // the trunk zero is written
		}
		return safeNational(cc, rest)
	}
	if p, ok := nationals[country]; ok {
		rest := d
		switch {
		case p.cc == 1 && len(d) == 11 && d[0] == '1':
			rest = d[1:]
		case p.trunk != "" && bytes.HasPrefix(d, []byte(p.trunk)) && !(p.cc == 7 && len(d) == 10):
			rest = d[len(p.trunk):]
		}
		if safeNational(p.cc, rest) {
			return true
		}
	}
	// Any country may be meant. What is set aside for fiction is so distinct that a range
	// of any will do, where the number is written as that country dials it.
	if fictional555(d) || len(d) == 11 && d[0] == '1' && fictional555(d[1:]) {
		return true
	}
	if d[0] != '0' {
		return bytes.HasPrefix(d, []byte("999")) && len(d) >= 11
	}
	for _, cc := range [...]int{44, 61, 33, 49, 46, 353} {
		if safeNational(cc, d[1:]) {
			return true
		}
	}
	return false
}

func inRange(r *phoneRange, d []byte) bool {
	return len(d) >= len(r.prefix) && string(d[:len(r.prefix)]) == r.prefix && (r.length == 0 || len(d) == r.length)
}

// fictional555 is 555-01xx in any area but the toll-free ones, where the whole exchange is set aside.
func fictional555(d []byte) bool {
	if len(d) == 7 {
		return bytes.HasPrefix(d, []byte("55501"))
	}
	return len(d) == 10 && d[0] >= '2' && bytes.HasPrefix(d[3:], []byte("55501"))
}

func safeNational(cc int, d []byte) bool {
	switch cc {
	case 1:
		// An area or an exchange that begins with 0 or 1 cannot be dialled.
		return fictional555(d) || len(d) == 10 && (d[0] < '2' || d[3] < '2')
	case 999:
		return true
	case 61:
		if len(d) == 9 && bytes.HasPrefix(d, []byte("491")) {
			return bytes.Contains([]byte(australianMobiles), d[3:])
		}
	case 46:
		// Only …06 05 and up, and 06 00 to 06 99 of the cities' numbers, are set aside.
		if bytes.HasPrefix(d, []byte("7017406")) {
			return len(d) == 9 && two(d[7:]) >= 5
		}
		if bytes.HasPrefix(d, []byte("313900")) || bytes.HasPrefix(d, []byte("406280")) {
			return len(d) == 9 && (d[5] == '0' && d[6] == '6' || d[5] == '0' && d[6] == '4')
		}
		if bytes.HasPrefix(d, []byte("84650")) {
			return len(d) == 9 && bytes.HasPrefix(d, []byte("8465004"))
		}
		if bytes.HasPrefix(d, []byte("980319")) {
			return len(d) == 9 && d[6] == '2'
		}
	case 49:
		if string(d) == germanMobile {
			return true
		}
	}
	for i := range phoneRanges {
		if phoneRanges[i].cc == cc && inRange(&phoneRanges[i], d) {
			return true
		}
	}
	for i := range unassigned {
		if unassigned[i].cc == cc && inRange(&unassigned[i], d) {
			return true
		}
	}
	return false
}

// testCards are payment providers' published test numbers.
const testCards = " 4242424242424242 4000056655665556 4111111111111111 4012888888881881 5555555555554444 2223003122003222 5200828282828210 5105105105105100 378282246310005 371449635398431 6011111111111117 6011000990139424 6011981111111113 3056930009020004 36227206271667 30569309025904 38520000023237 3566002020360505 3530111333300000 6200000000000005 6200000000000047 6205500000000000004 6555900000604105 "

func safeCard(v []byte) bool {
	var buf [20]byte
	d := buf[:0]
	for _, c := range v {
		if digit(c) {
			if len(d) == len(buf) {
				return true // no card is that long
			}
			d = append(d, c)
		}
	}
	if len(d) < 12 || d[0] == '0' || d[0] == '9' || !luhn(d) {
		return true
	}
	var padded [22]byte
	padded[0] = ' '
	n := copy(padded[1:], d)
	padded[n+1] = ' '
	return bytes.Contains([]byte(testCards), padded[:n+2])
}

func safeIBAN(v []byte) bool {
	var c compact
	c.read(v, 0)
	if c.n < 15 {
		return true
	}
	d := c.c[:c.n]
	n := ibanLength(d[0], d[1])
	if n == 0 || n != c.n || mod97(d[4:], d[:4]) != 1 {
		return true // the country has none, or it cannot be one
	}
	bban := d[4:]
	if string(bban[:4]) == "XXXX" {
		return true // no bank has that code
	}
	switch string(d[:2]) {
	case "DE":
		return bban[0] == '0' || bban[0] == '9'
	case "ES":
		return !spanishChecks(bban) || sameBank(bban[:4])
	case "BE":
		r := number(bban[:10]) % 97
		return (r != two(bban[10:]) && (r != 0 || two(bban[10:]) != 97)) || sameBank(bban[:3])
	case "FR", "MC":
		return !ribKey(bban) || sameBank(bban[:5])
	case "PT":
		return number(bban[:19])%97+two(bban[19:]) != 98 && mod97(bban) != 1 || sameBank(bban[:4])
	case "NO":
		return weighted(bban, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)%11 != 0
	}
	if allDigits(bban[:min(4, len(bban))]) {
		return sameBank(bban[:4])
	}
	return false
}

// spanishChecks: one digit for bank and branch, one for the account.
func spanishChecks(bban []byte) bool {
	check := func(sum int) int {
		switch c := 11 - sum%11; c {
		case 10:
			return 1
		case 11:
			return 0
		default:
			return c
		}
	}
	return check(weighted(bban, 4, 8, 5, 10, 9, 7, 3, 6)) == int(bban[8]-'0') && check(weighted(bban[10:], 1, 2, 4, 8, 5, 10, 9, 7, 3, 6)) == int(bban[9]-'0')
}

func allDigits(d []byte) bool {
	for _, c := range d {
		if !digit(c) {
			return false
		}
	}
	return true
}

// sameBank: no registry gives out a bank code of zeros or nines alone.
func sameBank(d []byte) bool { return allSame(d) && (d[0] == '0' || d[0] == '9') }

// ribKey checks the two digits at the end of a French account number.
func ribKey(d []byte) bool {
	var e [23]byte
	for i, c := range d[:23] {
		switch {
		case digit(c):
			e[i] = c
		case c < 'S':
			e[i] = '1' + (c-'A')%9
		default:
			e[i] = '2' + (c - 'S')
		}
	}
	return (89*number(e[:5])+15*number(e[5:10])+3*number(e[10:21])+number(e[21:]))%97 == 0
}

var safeNetworks = func() (p []netip.Prefix) {
	for _, s := range []string{
		"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "198.18.0.0/15", "240.0.0.0/4", "0.0.0.0/8", "127.0.0.0/8",
		"2001:db8::/32", "3fff::/20", "::1/128", "::/128",
	} {
		p = append(p, netip.MustParsePrefix(s))
	}
	return p
}()

func safeIP(v []byte) bool {
	if i := bytes.IndexByte(v, '/'); i > 0 {
		v = v[:i]
	}
	a, err := netip.ParseAddr(string(v))
	if err != nil {
		return false
	}
	a = a.WithZone("").Unmap()
	for _, p := range safeNetworks {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// safeMAC: the documentation ranges, and locally administered addresses, which no vendor gives out.
func safeMAC(v []byte) bool {
	var d [12]byte
	n := 0
	for _, c := range v {
		if hexDigit(c) && n < 12 {
			if upper(c) {
				c |= 0x20
			}
			d[n] = c
			n++
		}
	}
	if n != 12 {
		return false
	}
	return string(d[:10]) == "00005e0053" || string(d[:10]) == "01005e9010" || bytes.IndexByte([]byte("2367abef"), d[1]) >= 0
}

// issuable reports whether a document's number could have been given to somebody: its
// structure and check digit are right, and no part of it is one that is never used.
func issuable(k kind, v []byte) bool {
	if k == kFIHETU {
		return len(v) == 11 && hetu(v) && number(v[7:10]) < 900
	}
	var c compact
	c.read(v, 0)
	d := c.c[:c.n]
	valid := false
	if c.n < len(numeric) && allDigits(d) && c.n > 0 {
		for i := range numeric[c.n] {
			if numeric[c.n][i].kind == k && numeric[c.n][i].check(d) {
				valid = true
			}
		}
	}
	if c.n < len(mixedDocuments) {
		for i := range mixedDocuments[c.n] {
			if m := &mixedDocuments[c.n][i]; m.kind == k && fits(d, m.pattern) && m.check(d) {
				valid = true
			}
		}
	}
	if k == kGBPostcode {
		return c.n >= 5 && c.n <= 7 && gbPostcode(d) && !bytes.HasPrefix(d, []byte("ZZ99"))
	}
	if !valid {
		return false
	}
	switch k {
	case kGBNHS:
		return !bytes.HasPrefix(d, []byte("999"))
	case kESDNI:
		return number(d[:8]) > 1 && string(d) != "99999999R"
	case kESNIE:
		return string(d[1:8]) != "0000000"
	case kITCF:
		return d[11] <= 'M' || d[11] == 'Z' // places are A to M, and Z abroad
	case kNLBSN:
		return !bytes.HasPrefix(d, []byte("9999"))
	case kUSMBI:
		return string(d) != "1EG4TE5MK73"
	case kDKCPR:
		return !bytes.HasSuffix(d, []byte("0000"))
	case kBRCPF, kBRCNPJ:
		return !allSame(d)
	case kINAadhaar:
		switch string(d) { // published for tests
		case "999941057058", "999971658847", "999933119405", "999955183433", "999990501894":
			return false
		}
	}
	return true
}
