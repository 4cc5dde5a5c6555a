package detect

import (
	"bytes"
	"strings"
)

// mixedDocument is a document of capitals and digits. In its pattern 9 is a digit, A a
// letter, X either, anything else itself.
type mixedDocument struct {
	kind    kind
	pattern string
	check   func(d []byte) bool
	alone   float64 // confidence when nobody announces it
	spoken  float64 // when a word or the column does
	spaced  bool    // may be written in groups with spaces
	breaks  string  // where separators may stand, as letters: "h" is behind the eighth; "" is anywhere
}

// mixedDocuments has them by length.
var mixedDocuments = func() (t [40][]mixedDocument) {
	for _, d := range []mixedDocument{
		{kUSMBI, "9AX9AX9AA99", mbi, 0.75, 0.97, false, ""},
		{kUSDEA, "AX9999999", dea, 0.6, 0.95, false, ""},
		{kGBNINO, "AA999999A", nino, 0.8, 0.97, true, "bdfh"},
		{kGBLicence, "XXXXX999999XXXAA", gbLicence, 0.75, 0.95, true, ""},
		{kDEVAT, "DE999999999", func(d []byte) bool { return d[2] != '0' && mod1110(d[2:]) }, 0.7, 0.95, true, ""},
		{kDERVNR, "99999999A999", rvnr, 0.8, 0.97, true, ""},
		{kDEKVNR, "A999999999", kvnr, 0.55, 0.95, true, ""},
		{kDEIDCard, "AXXXXXXX9", idCardShape, 0.15, 0.75, false, ""},
		{kDEIDCard, "AXXXXXXXX9", idCard, 0.4, 0.9, false, ""},
		{kFRNIR, "999992A99999999", nirCorsica, 0.85, 0.97, true, ""},
		{kFRNIR, "999992B99999999", nirCorsica, 0.85, 0.97, true, ""},
		{kESDNI, "99999999A", dni, 0.85, 0.97, true, "beh"},
		{kESDNI, "9999999A", func(d []byte) bool { return dniLetters[number(d[:7])%23] == d[7] }, 0.3, 0.93, true, "dg"},
		{kESCIF, "A9999999X", cif, 0.3, 0.95, false, "ah"},
		{kVIN, "XXXXXXXXXXXXXXXXX", vin, 0.4, 0.93, false, ""},
		{kESNIE, "X9999999A", nie, 0.88, 0.97, true, "abeh"},
		{kITCF, "AAAAAAXXAXXAXXXA", codiceFiscale, 0.95, 0.98, true, ""},
		{kBRCNPJ, "XXXXXXXXXXXX99", func(d []byte) bool { return letters(d) > 0 && letters(d) < 10 && cnpj(d) }, 0.55, 0.95, false, ""},
		{kINPAN, "AAAAA9999A", inPAN, 0.7, 0.95, false, "ei"},
		{kINGSTIN, "99AAAAA9999AXZX", gstin, 0.85, 0.97, false, ""},
		{kFIHETU, "999999-999X", hetu, 0.9, 0.97, false, ""},
		{kSGNRIC, "A9999999A", nric, 0.85, 0.97, false, "ah"},
		{kMXCURP, "AAAA999999AAAAAAX9", curp, 0.9, 0.97, false, ""},
		{kIEPPS, "9999999A", pps, 0.5, 0.95, false, "g"},
		{kIEPPS, "9999999AA", pps, 0.5, 0.95, false, "g"},
		{kCNRID, "99999999999999999X", func(d []byte) bool { return d[17] == 'X' && cnBody(d) && cnCheck(d) == 'X' }, 0.9, 0.97, false, ""},
		{kMXRFC, "AAAA999999XXX", func(d []byte) bool { return dayOf(0, two(d[6:]), two(d[8:])) && letters(d[:4]) == 4 }, 0.6, 0.95, false, ""},
		{kMXRFC, "AAA999999XXX", func(d []byte) bool { return dayOf(0, two(d[5:]), two(d[7:])) }, 0.3, 0.9, false, ""},
		{kTWID, "A999999999", twid, 0.6, 0.96, false, ""},
		{kINVoter, "AAA9999999", func([]byte) bool { return true }, 0.15, 0.9, false, "c"},
		{kSGUEN, "99999999A", func(d []byte) bool {
			return "XMKECAWLJDB"[weighted(d, 10, 4, 9, 3, 8, 2, 7, 1)%11] == d[8]
		}, 0.3, 0.95, false, ""},
		{kSGUEN, "999999999A", func(d []byte) bool {
			return plausibleYear(number(d[:4])) && "ZKCMDNERGWH"[weighted(d, 10, 8, 6, 4, 9, 7, 5, 3, 1)%11] == d[9]
		}, 0.3, 0.93, false, ""},
		{kSGUEN, "X99AA9999A", func(d []byte) bool { return d[0] >= 'R' && d[0] <= 'T' }, 0.3, 0.93, false, ""},
		{kCLRUT, "9999999K", func(d []byte) bool { return rutCheck(d[:7]) == 'K' }, 0.3, 0.9, true, "adg"},
		{kCLRUT, "99999999K", func(d []byte) bool { return rutCheck(d[:8]) == 'K' }, 0.4, 0.93, true, "beh"},
	} {
		t[len(d.pattern)] = append(t[len(d.pattern)], d)
	}
	return t
}()

// compact is up to 40 letters and digits from one place on, without what separates them.
type compact struct {
	c    [40]byte
	n    int
	ends [41]int  // where the text stands after k characters if a group ends there, else 0
	wide [41]bool // the first k characters contain a space
	low  int      // how many characters come before the first in lower case
}

// read compacts b from start. Single spaces, hyphens, dots and slashes are left out.
func (c *compact) read(b []byte, start int) {
	c.n, c.low = 0, len(c.c)+1
	i, wide := start, false
	for i < len(b) && c.n < len(c.c) {
		ch := b[i]
		switch {
		case ch >= 'a' && ch <= 'z':
			c.low = min(c.low, c.n)
			ch -= 'a' - 'A'
		case !alnum(ch):
			return
		}
		c.c[c.n] = ch
		c.n++
		c.ends[c.n], c.wide[c.n] = 0, wide
		i++
		if n := at(b, i); !alnum(n) {
			if n < 0x80 && n != '_' || !wordRune(b, i) && n != '_' {
				c.ends[c.n] = i
			}
			switch n {
			case ' ':
				wide = true
			case '-', '.', '/', '+':
			case 0xC2:
				if at(b, i+1) != 0xA0 {
					return
				}
				wide = true
				i++
			default:
				return
			}
			i++
		}
	}
}

// mixed looks for documents, IBANs and postcodes that begin with the word b[start:end];
// it returns where to go on.
func (s *Scanner) mixed(b []byte, start, end int) int {
	if end-start > 34 {
		return end
	}
	if p := at(b, start-1); (p == '-' || p == '/' || p == '.' || p == '+') && alnum(at(b, start-2)) || p == '_' {
		return end
	}
	if end-start <= 5 && digit(b[start]) {
		s.streetNumber(b, start, end)
	}
	if n := end - start; n == 8 || n == 11 {
		s.bic(b, start, end)
	}
	if n := end - start; n == 7 || n == 8 {
		if to := s.hongKong(b, start, end); to > end {
			return to
		}
	}
	if end-start < 7 {
		n := at(b, end)
		more := n == 0xC2 || (n == ' ' || n == '-' || n == '.' || n == '/' || n == '+') && alnum(at(b, end+1))
		if !more && end-start < 5 {
			return end // too short for anything
		}
	}
	c := &s.run
	c.read(b, start)
	if to := s.iban(b, start, c); to > end {
		return to
	}
	to := end
	for n := 7; n <= c.n && n <= 18; n++ {
		if c.ends[n] == 0 {
			continue
		}
		for i := range mixedDocuments[n] {
			if s.mixedDocument(b, start, c, &mixedDocuments[n][i]) {
				to = max(to, c.ends[n])
			}
		}
	}
	// The hyphen of a Finnish number is its century, so it cannot be left out.
	if c.n >= 10 && digit(c.c[5]) && at(b, start+11) != 0 || len(b)-start == 11 {
		s.finnish(b, start)
	}
	if end-start <= 7 {
		s.postcode(b, start, c)
	}
	if to == end {
		to = max(to, s.spokenDocument(b, start, end))
	}
	return to
}

// hongKong reads A123456(3); the parentheses belong to it.
func (s *Scanner) hongKong(b []byte, start, end int) int {
	w := b[start:end]
	digits := 7
	if upper(w[1]) {
		digits = 8
	}
	if len(w) != digits || at(b, end) != '(' || at(b, end+2) != ')' || !upper(w[0]) {
		return end
	}
	sum, weight := 36*9, 8
	for i, c := range w {
		if i == 0 && digits == 8 {
			sum, weight = 0, 9
		}
		v := alnumValue(c)
		if v < 0 || v >= 10 != (i < digits-6) {
			return end
		}
		sum += v * weight
		weight--
	}
	if c := (11 - sum%11) % 11; alnumValue(at(b, end+1)) != c {
		return end
	}
	s.add(kHKID, start, end+3, 0.95)
	return end + 3
}

// twid: the letter is a town's, as a number of two digits.
func twid(d []byte) bool {
	if d[1] != '1' && d[1] != '2' && d[1] != '8' && d[1] != '9' {
		return false
	}
	n := 10 + bytes.IndexByte([]byte("ABCDEFGHJKLMNPQRSTUVXYWZIO"), d[0])
	return (n/10+n%10*9+weighted(d[1:], 8, 7, 6, 5, 4, 3, 2, 1, 1))%10 == 0
}

func (s *Scanner) mixedDocument(b []byte, start int, c *compact, d *mixedDocument) bool {
	n := len(d.pattern)
	for k := 1; k < n && d.breaks != ""; k++ {
		if c.ends[k] != 0 && strings.IndexByte(d.breaks, byte('a'+k-1)) < 0 {
			return false
		}
	}
	if d.kind == kFIHETU || c.wide[n] && !d.spaced || !fits(c.c[:n], d.pattern) || !d.check(c.c[:n]) {
		return false
	}
	end := c.ends[n]
	if p := at(b, end); (p == '-' || p == '/') && alnum(at(b, end+1)) || p == '_' {
		return false
	}
	confidence := d.alone
	switch {
	case s.hint.named.has(d.kind):
		confidence = d.spoken + 0.015
	case s.hint.speaks.has(d.kind) && s.hint.named == (kindSet{}):
		confidence = max(confidence, d.spoken)
	case s.hint.country == d.kind.country() && s.hint.country != "":
		confidence += 0.1
	}
	if confidence < d.spoken {
		near := nearby(b, start, end)
		if near.has(d.kind) {
			confidence = d.spoken
		} else if near.has(kNegative) || s.hint.speaks.has(kNegative) {
			confidence -= 0.35
		}
		if c.low < n && confidence < d.spoken {
			confidence -= 0.4
		}
	}
	s.add(d.kind, start, end, confidence)
	return confidence >= s.threshold
}

// finnish reads DDMMYYCZZZQ with the century sign in place.
func (s *Scanner) finnish(b []byte, start int) {
	if len(b) < start+11 || alnum(at(b, start+11)) {
		return
	}
	d := b[start : start+11]
	if !hetu(d) {
		return
	}
	confidence := 0.9
	if s.hint.speaks.has(kFIHETU) || nearby(b, start, start+11).has(kFIHETU) {
		confidence = 0.97
	}
	s.add(kFIHETU, start, start+11, confidence)
}

// spokenDocument reports passports, licences and number plates that a word announces: they have no
// checksum. It returns where to go on.
func (s *Scanner) spokenDocument(b []byte, start, end int) int {
	n, ups := 0, true
	for _, c := range b[start:end] {
		if digit(c) {
			n++
		}
		ups = ups && c < 'a'
	}
	size := end - start
	plate, plateEnd := s.hint.speaks.has(kPlate), plateShape(&s.run, end)
	if !ups && s.hint.kind != NationalID || (size < 6 || size > 16 || n < 3) && plateEnd == 0 {
		return end
	}
	near := s.hint.speaks
	if s.hint.named == (kindSet{}) {
		near = near.with(nearby(b, start, end))
	}
	sure := 0.0 // a column that is called so knows
	if s.hint.named != (kindSet{}) {
		near, sure = s.hint.named, 0.25
	}
	if near.has(kNegative) && !near.meets(spokenKinds) {
		return end
	}
	switch {
	case near.has(kPassport) && n >= 3 && size >= 6 && size <= 10:
		s.add(kPassport, start, end, 0.65+sure)
	case near.has(kLicence) && n >= 3 && size >= 6:
		s.add(kLicence, start, end, 0.6+sure)
	case near.has(kIDNumber) && n >= 5 && size >= 6 && size <= 14:
		s.add(kIDNumber, start, end, 0.6+sure)
	case plateEnd > 0 && (plate || near.has(kPlate)):
		s.add(kPlate, start, plateEnd, 0.7+sure)
		return plateEnd
	case near.has(kBankAccount) && n >= 6 && size >= 8 && size <= 16 && !near.has(kNegative):
		s.add(kBankAccount, start, end, 0.5)
	}
	return end
}

var spokenKinds = setOf(kPassport, kLicence, kIDNumber, kPlate, kBankAccount)

// plateShape returns the end of a number plate: 4 to 10 capitals and digits, of both at
// least one, in up to four groups; 0 for anything else. c was read at its beginning.
func plateShape(c *compact, end int) int {
	for n := min(10, c.n); n >= 4; n-- {
		to := c.ends[n]
		if to < end || to-end > 8 || c.low < n {
			continue
		}
		l, groups := letters(c.c[:n]), 0
		for k := 1; k <= n; k++ {
			if c.ends[k] != 0 {
				groups++
			}
		}
		if l > 0 && l < n && l <= 7 && groups <= 4 {
			return to
		}
	}
	return 0
}

// iban reads an IBAN from what was compacted at start.
func (s *Scanner) iban(b []byte, start int, c *compact) int {
	if c.n < 15 || !upper(c.c[0]) || !upper(c.c[1]) || !digit(c.c[2]) || !digit(c.c[3]) {
		return start
	}
	n := ibanLength(c.c[0], c.c[1])
	if n == 0 || n > c.n || c.ends[n] == 0 || mod97(c.c[4:n], c.c[:4]) != 1 {
		return start
	}
	confidence := 0.97
	if c.low < n {
		confidence = 0.9
	}
	s.add(kIBAN, start, c.ends[n], confidence)
	return c.ends[n]
}

// ibanLengths is the length by country, from the registry of ISO 13616; the codes that
// ISO 3166 leaves to users (XX, QM …) may have any.
const ibanLengths = "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30 DZ26 AO25 BJ28 BF28 CM27 CV25 CF27 TD27 KM27 CG27 CI28 GA27 GQ27 GW25 IR26 MA28 MG27 ML28 MZ25 NE28 SN28 TG28"

func ibanLength(a, b byte) int {
	for i := 0; i+4 <= len(ibanLengths); i += 5 {
		if ibanLengths[i] == a && ibanLengths[i+1] == b {
			return int(ibanLengths[i+2]-'0')*10 + int(ibanLengths[i+3]-'0')
		}
	}
	return 0
}

// bic looks at a word of 8 or 11 capitals. Many English words are built alike
// (CUSTOMER names Oman), so a word or the column must speak.
func (s *Scanner) bic(b []byte, start, end int) {
	for i, c := range b[start:end] {
		if !upper(c) && (i < 6 || !digit(c)) {
			return
		}
	}
	if !isoCountry(b[start+4], b[start+5]) {
		return
	}
	confidence := 0.3
	if s.hint.speaks.has(kBIC) && s.hint.kind != FreeText {
		confidence = 0.9
	} else if near := nearby(b, start, end); near.has(kBIC) {
		confidence = 0.85
	}
	s.add(kBIC, start, end, confidence)
}

const isoCountries = "ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCGCHCICKCLCMCNCOCRCUCVCWCXCYCZDEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGUGWGYHKHMHNHRHTHUIDIEILIMINIOIQIRISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZNANCNENFNGNINLNONPNRNUNZOMPAPEPFPGPHPKPLPMPNPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTFTGTHTJTKTLTMTNTOTRTTTVTWTZUAUGUMUSUYUZVAVCVEVGVIVNVUWFWSXKYEYTZAZMZW"

func isoCountry(a, b byte) bool {
	for i := 0; i < len(isoCountries); i += 2 {
		if isoCountries[i] == a && isoCountries[i+1] == b {
			return true
		}
	}
	return false
}

// postcode looks for a British postcode; it has no checksum and is a short word, so
// both halves must be there.
func (s *Scanner) postcode(b []byte, start int, c *compact) {
	for n := 5; n <= 7 && n <= c.n; n++ {
		end := c.ends[n]
		if end == 0 || !gbPostcode(c.c[:n]) || c.ends[n-3] == 0 && !s.hint.speaks.has(kGBPostcode) {
			continue
		}
		confidence := 0.45
		switch {
		case s.hint.kind == Postcode && (s.hint.country == "gb" || s.hint.country == ""):
			confidence = 0.85
		case s.hint.country == "gb":
			confidence = 0.6
		case nearby(b, start, end).has(kGBPostcode):
			confidence = 0.7
		}
		if c.low < n {
			confidence -= 0.15
		}
		s.add(kGBPostcode, start, end, confidence)
		return
	}
}

func gbPostcode(d []byte) bool {
	in := d[len(d)-3:]
	out := d[:len(d)-3]
	if !digit(in[0]) || !upper(in[1]) || !upper(in[2]) || bytes.IndexByte([]byte("CIKMOV"), in[1]) >= 0 || bytes.IndexByte([]byte("CIKMOV"), in[2]) >= 0 {
		return false
	}
	if !upper(out[0]) {
		return false
	}
	i := 1
	if upper(out[1]) {
		i = 2
	}
	return i < len(out) && digit(out[i]) && len(out) <= i+2
}

func fits(d []byte, pattern string) bool {
	for i := range len(pattern) {
		switch p := pattern[i]; p {
		case '9':
			if !digit(d[i]) {
				return false
			}
		case 'A':
			if !upper(d[i]) {
				return false
			}
		case 'X':
		default:
			if d[i] != p {
				return false
			}
		}
	}
	return true
}

func letters(d []byte) (n int) {
	for _, c := range d {
		if upper(c) {
			n++
		}
	}
	return n
}

// mbi never uses letters that look like digits.
func mbi(d []byte) bool { return d[0] != '0' && !bytes.ContainsAny(d, "SLOIBZ") }

func dea(d []byte) bool {
	return bytes.IndexByte([]byte("ABCDEFGHJKLMPRSTUX"), d[0]) >= 0 && (upper(d[1]) || d[1] == '9') &&
		(weighted(d[2:], 1, 0, 1, 0, 1)+2*weighted(d[2:], 0, 1, 0, 1, 0, 1))%10 == int(d[8]-'0')
}

func nino(d []byte) bool {
	if bytes.IndexByte([]byte("DFIQUV"), d[0]) >= 0 || bytes.IndexByte([]byte("DFIOQUV"), d[1]) >= 0 || d[8] > 'D' {
		return false
	}
	switch string(d[:2]) {
	case "BG", "GB", "KN", "NK", "NT", "TN", "ZZ":
		return false
	}
	return true
}

// gbLicence: surname, decade, month (50 more for women), day, year, initials.
func gbLicence(d []byte) bool {
	for i, c := range d[:5] {
		if !upper(c) && (c != '9' || i == 0) {
			return false
		}
	}
	month := two(d[6:])
	if month > 50 {
		month -= 50
	}
	initial := func(c byte) bool { return upper(c) || c == '9' }
	return dayOf(0, month, two(d[8:])) && initial(d[11]) && initial(d[12])
}

// crossSum adds the digit sums of weighted digits.
func crossSum(d []byte, w ...int) int {
	sum := 0
	for i, f := range w {
		v := f * int(d[i]-'0')
		sum += v/10 + v%10
	}
	return sum
}

func rvnr(d []byte) bool {
	day := two(d[2:])
	if day > 50 {
		day -= 50
	}
	if !dayOf(0, two(d[4:]), day) && day != 0 {
		return false
	}
	var e [12]byte
	copy(e[:8], d)
	v := d[8] - 'A' + 1
	e[8], e[9] = '0'+v/10, '0'+v%10
	copy(e[10:], d[9:11])
	return crossSum(e[:], 2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)%10 == int(d[11]-'0')
}

func kvnr(d []byte) bool {
	var e [10]byte
	v := d[0] - 'A' + 1
	e[0], e[1] = '0'+v/10, '0'+v%10
	copy(e[2:], d[1:9])
	return crossSum(e[:], 1, 2, 1, 2, 1, 2, 1, 2, 1, 2)%10 == int(d[9]-'0')
}

func idCardShape(d []byte) bool {
	n := 0
	for i, c := range d {
		if upper(c) && bytes.IndexByte([]byte("CFGHJKLMNPRTVWXYZ"), c) < 0 {
			return false
		}
		if i > 0 && digit(c) {
			n++
		}
	}
	return n >= 3
}

func idCard(d []byte) bool { return idCardShape(d[:9]) && icao(d[:9]) == int(d[9]-'0') }

func nirCorsica(d []byte) bool {
	var e [15]byte
	copy(e[:], d)
	if d[6] == 'A' {
		e[5], e[6] = '1', '9'
	} else {
		e[5], e[6] = '1', '8'
	}
	return nir(e[:])
}

const dniLetters = "TRWAGMYFPDXBNJZSQVHLCKE"

func dni(d []byte) bool { return dniLetters[number(d[:8])%23] == d[8] }

func nie(d []byte) bool {
	if d[0] < 'X' || d[0] > 'Z' {
		return false
	}
	return dniLetters[(int(d[0]-'X')*10000000+number(d[1:8]))%23] == d[8]
}

var cfOdd = [36]int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23}

// cfDigit reads a digit or the letter that stands for one where two people would share a code.
func cfDigit(c byte) int {
	if digit(c) {
		return int(c - '0')
	}
	return bytes.IndexByte([]byte("LMNPQRSTUV"), c)
}

func codiceFiscale(d []byte) bool {
	for _, i := range [...]int{6, 7, 9, 10, 12, 13, 14} {
		if cfDigit(d[i]) < 0 {
			return false
		}
	}
	day := cfDigit(d[9])*10 + cfDigit(d[10])
	if bytes.IndexByte([]byte("ABCDEHLMPRST"), d[8]) < 0 || day%40 < 1 || day > 71 || day%40 > 31 {
		return false
	}
	sum := 0
	for i, c := range d[:15] {
		v := alnumValue(c)
		if i%2 == 0 {
			sum += cfOdd[v]
		} else if v >= 10 {
			sum += v - 10
		} else {
			sum += v
		}
	}
	return byte('A'+sum%26) == d[15]
}

func inPAN(d []byte) bool {
	return bytes.IndexByte([]byte("ABCFGHJLPTK"), d[3]) >= 0 && number(d[5:9]) != 0
}

// gstin is a state's number, a PAN, an entity, Z and a check character. Only the shape
// is asked: it is strong, and published samples do not all carry the check.
func gstin(d []byte) bool {
	state := two(d)
	return state >= 1 && state <= 38 || state == 97 || state == 99
}

func hetu(d []byte) bool {
	for i, c := range d {
		if i != 6 && i != 10 && !digit(c) {
			return false
		}
	}
	if c := d[6]; c != '-' && c != '+' && (c < 'A' || c > 'F') && (c < 'U' || c > 'Y') {
		return false
	}
	n := number(d[:6])*1000 + number(d[7:10])
	return dayOf(0, two(d[2:]), two(d)) && number(d[7:10]) >= 2 && "0123456789ABCDEFHJKLMNPRSTUVWXY"[n%31] == d[10]
}

func nric(d []byte) bool {
	sum := weighted(d[1:], 2, 7, 6, 5, 4, 3, 2)
	switch d[0] {
	case 'S':
		return "JZIHGFEDCBA"[sum%11] == d[8]
	case 'T':
		return "JZIHGFEDCBA"[(sum+4)%11] == d[8]
	case 'F':
		return "XWUTRQPNMLK"[sum%11] == d[8]
	case 'G':
		return "XWUTRQPNMLK"[(sum+4)%11] == d[8]
	case 'M':
		return "XWUTRQPNJLK"[10-(sum+3)%11] == d[8]
	}
	return false
}

func curp(d []byte) bool {
	return dayOf(0, two(d[6:]), two(d[8:])) && (d[10] == 'H' || d[10] == 'M' || d[10] == 'X')
}

func pps(d []byte) bool {
	sum := weighted(d, 8, 7, 6, 5, 4, 3, 2)
	if len(d) == 9 {
		if d[8] > 'I' && d[8] != 'W' {
			return false
		}
		if d[8] != 'W' {
			sum += 9 * int(d[8]-'A'+1)
		}
	}
	return "WABCDEFGHIJKLMNOPQRSTUV"[sum%23] == d[7]
}
