package detect

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/understudy-db/understudy/pkg/report"
)

// Placeholder is filler, a test value, a joke, an insult or a left-over that would
// embarrass if it were sent.
type Placeholder struct {
	Kind     string          // null-word, test-word, keyboard-walk, repeat, sequence, lorem, joke-name, template, escape, email-junk, role-mailbox, reserved-domain, disposable-domain, phone-junk, id-junk, sentinel-date, postcode-junk, address-junk, company-junk, software-word, profanity
	Severity report.Severity // by what the column is for
	Strong   bool            // false: needs a second signal, since real people and places are called so
}

// what a column is for, as far as placeholders care.
type use uint8

const (
	useOther use = iota
	useNamePart
	useName
	useEmail
	usePhone
	useID
	useAddress
	useCompany
	useText
	useLogin
	useDate
)

var uses = map[string]use{
	FirstName: useNamePart, LastName: useNamePart, FullName: useName, Email: useEmail, Phone: usePhone,
	NationalID: useID, TaxID: useID, IBAN: useID, Card: useID, BankAccount: useID,
	Street: useAddress, City: useAddress, Postcode: useAddress, Region: useAddress, Geo: useAddress,
	Company: useCompany, FreeText: useText, JSON: useText, XML: useText, Pairs: useText, Username: useLogin, BirthDate: useDate,
}

// longest whole value that is looked up; longer ones are looked through for left-overs only.
const maxFiller = 96

// Placeholder says whether value is a placeholder, joke or left-over, and false when it
// is none. ctx may be nil. Value is canonical text; NULL and empty are not given to it.
// When nothing is found, nothing is allocated.
func (s *Scanner) Placeholder(value []byte, ctx *Context) (Placeholder, bool) {
	s.resolve(ctx)
	u := uses[s.hint.kind]
	switch s.ctx.Class {
	case "date", "timestamp":
		return sentinel(value, s.hint.kind)
	case "integer", "numeric", "float", "bool", "uuid", "bytea", "inet", "macaddr", "time", "enum":
		if u != usePhone && u != useID {
			return Placeholder{}, false
		}
	}
	if s.hint.kind == BirthDate {
		if p, ok := sentinel(value, s.hint.kind); ok {
			return p, true
		}
	}
	if s.hint.kind == Operational || s.hint.kind == Key || s.hint.kind == Password || s.hint.kind == Token || s.hint.kind == URL || s.hint.kind == Timestamp {
		return Placeholder{}, false // true, none, test and 0 are values there
	}
	if p, ok := leftOver(value, u); ok {
		return p, true
	}
	if len(value) <= 4*maxFiller && !(u == useText && isDocument(value)) {
		s.normalise(value)
		if len(s.norm) <= maxFiller && len(s.norm) > 0 {
			if p, ok := s.filler(s.norm, u); ok {
				return p, true
			}
		} else if len(bytes.TrimSpace(value)) > 0 && len(s.norm) == 0 && u != useOther && u != useText {
			return Placeholder{Kind: "null-word", Severity: severity("null-word", u, true), Strong: true}, true // nothing but punctuation
		}
	}
	if p, ok := s.profane(value, u); ok {
		return p, true
	}
	return Placeholder{}, false
}

// isDocument reports whether v begins as JSON and XML do: it is no filler as a whole.
func isDocument(v []byte) bool {
	for _, c := range v {
		if !space(c) {
			return c == '{' || c == '[' || c == '<'
		}
	}
	return false
}

// severity is high where the value is what gets sent, medium beside it, low elsewhere.
func severity(kind string, u use, strong bool) report.Severity {
	top := report.Medium
	switch u {
	case useName, useNamePart, useEmail, usePhone:
		top = report.High
	case useOther, useDate, useLogin:
		top = report.Medium
	case useText, useID, useAddress, useCompany:
		top = report.Medium
	}
	switch kind {
	case "template", "lorem":
		top = report.High
	case "role-mailbox", "escape", "software-word":
		top = report.Medium
	case "sentinel-date":
		top = report.High
	case "null-word":
		if u == useNamePart {
			top = report.Medium
		}
	case "postcode-junk":
		top = report.Low
	case "joke-name":
		if u == useName || u == useNamePart {
			top = report.Medium
		}
	}
	if !strong && top > report.Low {
		top = report.Low
	}
	return top
}

func hitPlaceholder(kind string, u use, strong bool) (Placeholder, bool) {
	return Placeholder{Kind: kind, Severity: severity(kind, u, strong), Strong: strong}, true
}

// normalise puts value into s.norm: NFKC, lower case, spaces collapsed, punctuation
// around stripped. Of what is longer than any filler it stops in the middle.
func (s *Scanner) normalise(value []byte) {
	ascii := true
	for _, c := range value {
		if c >= utf8.RuneSelf {
			ascii = false
			break
		}
	}
	out := s.norm[:0]
	if ascii {
		gap, first := false, -1 // where the first character stands that is not stripped
		for _, c := range value {
			if space(c) {
				gap = len(out) > 0
				continue
			}
			if gap {
				out = append(out, ' ')
				gap = false
			}
			if letter(c) {
				c |= 0x20
				if first < 0 {
					first = len(out)
				} else if len(out)-first > maxFiller {
					out = append(out, c)
					break
				}
			}
			out = append(out, c)
		}
	} else {
		s.plain = norm.NFKC.Append(s.plain[:0], value...)
		gap := false
		for i := 0; i < len(s.plain); {
			r, size := utf8.DecodeRune(s.plain[i:])
			i += size
			if unicode.IsSpace(r) {
				gap = len(out) > 0
				continue
			}
			if gap {
				out = append(out, ' ')
				gap = false
			}
			out = utf8.AppendRune(out, unicode.ToLower(r))
		}
	}
	s.norm = out
	from, to := 0, len(out)
	for from < to && surrounding(out[from]) {
		from++
	}
	for to > from && surrounding(out[to-1]) {
		to--
	}
	copy(out, out[from:to])
	s.norm = out[:to-from]
}

func surrounding(c byte) bool { return bytes.IndexByte([]byte(`"'()[]<>*.,;:!?-_ ~|`+"`"), c) >= 0 }

// filler looks up a normalised whole value.
func (s *Scanner) filler(v []byte, u use) (Placeholder, bool) {
	if u == useEmail || u == useOther || u == useLogin || u == useText {
		if at := bytes.LastIndexByte(v, '@'); at > 0 && bytes.IndexByte(v, ' ') < 0 {
			return junkEmail(v, at, u)
		}
		if u == useEmail {
			if len(v) > 0 && !fillerWords.has(v) {
				return hitPlaceholder("email-junk", u, true) // an address without an '@'
			}
		}
	}
	if u == usePhone || u == useID || u == useOther {
		if p, ok := junkNumber(v, u, s.hint); ok {
			return p, true
		}
	}
	if u == useAddress {
		if s.hint.kind == Postcode {
			switch string(v) {
			case "00000", "12345", "99999", "11111", "aa1 1aa", "1234 ab", "0000", "000000", "999999", "123456", "1234", "xxxxx":
				return hitPlaceholder("postcode-junk", u, string(v) == "00000" || string(v) == "aa1 1aa" || string(v) == "000000")
			}
			if isDigits(v) {
				return Placeholder{}, false
			}
		}
		if junkAddresses.has(v) {
			return hitPlaceholder("address-junk", u, true)
		}
		if weakPlaces.has(v) {
			return Placeholder{}, false // places are called so
		}
	}
	if e, ok := fillerWords.get(v); ok {
		switch u {
		case useNamePart:
			// Somebody is called Null, Test, Guest or Nan: alone it is a hint.
			return hitPlaceholder(e.kind, u, e.sure)
		case useOther, useText:
			if e.kind == "software-word" || len(v) < 3 || !e.text {
				return Placeholder{}, false
			}
			return hitPlaceholder(e.kind, u, e.sure)
		}
		return hitPlaceholder(e.kind, u, true)
	}
	switch u {
	case useName, useNamePart, useLogin, useCompany, useAddress:
	default:
		if len(v) >= 5 && isLetters(v) && u != useDate && (repeats(v) || walks(v)) {
			return hitPlaceholder("keyboard-walk", u, true)
		}
		return Placeholder{}, false
	}
	if u == useName || u == useNamePart {
		if strong, ok := jokeNames.get(v); ok {
			return hitPlaceholder("joke-name", u, strong && u == useName)
		}
		if numbered(v) {
			return hitPlaceholder("test-word", u, true)
		}
		if words := bytes.Count(v, []byte(" ")) + 1; words == 2 && u == useName {
			a, b, _ := bytes.Cut(v, []byte(" "))
			ea, oka := fillerWords.get(a)
			okb := fillerWords.has(b)
			if oka && okb && len(a) > 1 && len(b) > 1 {
				return hitPlaceholder(ea.kind, u, true)
			}
			if walks(a) && (walks(b) || okb) || repeats(a) && repeats(b) {
				return hitPlaceholder("keyboard-walk", u, true)
			}
		}
	}
	if u == useCompany && junkCompanies.has(v) {
		return hitPlaceholder("company-junk", u, true)
	}
	switch {
	case repeats(v):
		return hitPlaceholder("repeat", u, true)
	case walks(v):
		return hitPlaceholder("keyboard-walk", u, true)
	case sequence(v):
		return hitPlaceholder("sequence", u, true)
	}
	return Placeholder{}, false
}

// numbered: test1, user42, customer 7.
func numbered(v []byte) bool {
	n := len(v)
	for n > 0 && digit(v[n-1]) {
		n--
	}
	if n == len(v) || n == 0 {
		return false
	}
	w := bytes.TrimRight(v[:n], " _-")
	switch string(w) {
	case "test", "user", "tester", "testuser", "customer", "client", "kunde", "demo", "sample", "guest", "dummy", "foo", "bar", "abc", "person", "name", "employee", "patient":
		return true
	}
	return false
}

func isDigits(v []byte) bool {
	for _, c := range v {
		if !digit(c) {
			return false
		}
	}
	return len(v) > 0
}

func isLetters(v []byte) bool {
	for _, c := range v {
		if !letter(c) {
			return false
		}
	}
	return len(v) > 0
}

// repeats: one character three times or more, or two in turn six or more.
func repeats(v []byte) bool {
	if len(v) >= 3 && allSame(v) {
		return true
	}
	if len(v) < 6 || v[0] == v[1] {
		return false
	}
	for i := 2; i < len(v); i++ {
		if v[i] != v[i-2] {
			return false
		}
	}
	return true
}

// rows of keyboards; a walk goes along one in either direction.
var keyRows = [...]string{"qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "qsdfghjklm", "zxcvbnm", "yxcvbnm", "wxcvbn", "1qaz", "2wsx", "3edc", "1qaz2wsx3edc4rfv", "qazwsxedcrfv", "йцукенгшщзх", "фывапролджэ", "ячсмитьбю"}

// walks reports whether v is nothing but runs of four or more neighbouring keys.
func walks(v []byte) bool {
	if len(v) < 4 || v[0] < utf8.RuneSelf && !neighbours[v[0]][v[1]] {
		return false
	}
	i := 0
	for i < len(v) {
		n := 0
		for _, row := range keyRows {
			n = max(n, walkLength(v[i:], row))
		}
		if n < 4 && (i == 0 || n < 3) {
			return false
		}
		i += n
	}
	return len(v) > 4 || shortWalk[string(v)]
}

// neighbours are the first two keys of walks: nearly all words end here.
var neighbours = func() (t [utf8.RuneSelf][256]bool) {
	for _, row := range keyRows {
		for i := range len(row) - 1 {
			if a, b := row[i], row[i+1]; a < utf8.RuneSelf && b < utf8.RuneSelf {
				t[a][b], t[b][a] = true, true
			}
		}
	}
	return t
}()

// shortWalk are the walks of four keys that are nobody's name: Reza, Azer and Were are people.
var shortWalk = map[string]bool{
	"asdf": true, "sdfg": true, "dfgh": true, "fghj": true, "ghjk": true, "hjkl": true, "lkjh": true, "fdsa": true, "qwer": true, "wert": true, "rewq": true, "poiu": true, "zxcv": true, "xcvb": true,
	"cvbn": true, "yxcv": true, "vcxz": true, "qsdf": true, "wxcv": true, "1qaz": true, "2wsx": true, "3edc": true, "фыва": true, "йцук": true, "олдж": true,
}

func walkLength(v []byte, row string) int {
	k := bytes.IndexByte([]byte(row), v[0])
	if k < 0 {
		return 0
	}
	forward, back := 1, 1
	for forward < len(v) && k+forward < len(row) && v[forward] == row[k+forward] {
		forward++
	}
	for back < len(v) && k-back >= 0 && v[back] == row[k-back] {
		back++
	}
	return max(forward, back)
}

// sequence: 1234, 4321, abcd.
func sequence(v []byte) bool {
	if len(v) < 3 || !isDigits(v) && (len(v) < 4 || !isLetters(v)) {
		return false
	}
	up, down := true, true
	for i := 1; i < len(v); i++ {
		up = up && (v[i] == v[i-1]+1 || v[i] == '0' && v[i-1] == '9')
		down = down && (v[i] == v[i-1]-1 || v[i] == '9' && v[i-1] == '0')
	}
	return up || down
}

// junkEmail judges an address by its whole, its local part and its domain.
func junkEmail(v []byte, at int, u use) (Placeholder, bool) {
	local, domain := v[:at], v[at+1:]
	if junkEmails.has(v) {
		return hitPlaceholder("email-junk", u, true)
	}
	if tag := bytes.IndexByte(local, '+'); tag > 0 {
		local = local[:tag]
	}
	e, fill := fillerWords.get(local)
	host := domain
	if dot := bytes.IndexByte(domain, '.'); dot > 0 {
		host = domain[:dot]
	}
	hostFill := fillerWords.has(host)
	switch {
	case fill && (hostFill || bytes.Equal(local, host)), repeats(local) && repeats(host), walks(local) && (walks(host) || bytes.Equal(local, host)), len(local) == 1 && len(host) == 1:
		return hitPlaceholder("email-junk", u, true)
	case reservedDomain(domain) || bytes.HasSuffix(domain, []byte(".local")) || string(domain) == "localhost":
		return hitPlaceholder("reserved-domain", u, true)
	case typoDomains.has(domain) || bytes.HasSuffix(domain, []byte(".con")) || bytes.HasSuffix(domain, []byte(".cmo")) || bytes.Contains(domain, []byte("..")):
		return hitPlaceholder("email-junk", u, true)
	case bytes.IndexByte(domain, '.') < 0:
		return hitPlaceholder("email-junk", u, false)
	case disposable(domain):
		return hitPlaceholder("disposable-domain", u, true)
	case roleMailboxes.has(local):
		return hitPlaceholder("role-mailbox", u, true)
	case fill && e.sure, numbered(local), walks(local), repeats(local), sequence(local):
		return hitPlaceholder("email-junk", u, true)
	case fill && len(local) > 2:
		return hitPlaceholder("email-junk", u, false)
	}
	return Placeholder{}, false
}

// disposable asks for the domain and every parent of it.
func disposable(domain []byte) bool {
	for {
		if disposableDomains.has(domain) {
			return true
		}
		dot := bytes.IndexByte(domain, '.')
		if dot < 0 {
			return false
		}
		domain = domain[dot+1:]
	}
}

// junkNumber judges phones and documents by their digits.
func junkNumber(v []byte, u use, h hint) (Placeholder, bool) {
	var buf [40]byte
	d := buf[:0]
	letters := 0
	for _, c := range v {
		switch {
		case digit(c) && len(d) < len(buf):
			d = append(d, c)
		case letter(c):
			letters++
		}
	}
	if u == useOther {
		return Placeholder{}, false
	}
	if letters > 0 && u == usePhone {
		return Placeholder{}, false
	}
	if u == useID {
		var c compact
		c.read(v, 0)
		if junkIDs.has(c.c[:c.n]) || h.kind == Card && len(d) > 12 && junkCard(d) {
			return hitPlaceholder("id-junk", u, true)
		}
		if letters == 0 && len(d) >= 4 && (allSame(d) || len(d) >= 7 && sequence(d)) {
			return hitPlaceholder("id-junk", u, true)
		}
		return Placeholder{}, false
	}
	if len(d) == 0 {
		return Placeholder{}, false
	}
	national := d
	if v[0] == '+' {
		if _, n := countryCode(d); n != nil {
			national = n
		}
	}
	switch {
	case len(d) < 6, allSame(d), allSame(national) && len(national) > 5, sequence(d), len(national) >= 7 && sequence(national):
		return hitPlaceholder("phone-junk", u, true)
	case string(national) == "5551212" || string(national) == "8675309" || string(national) == "5555555" || len(national) == 10 && (string(national[3:]) == "5555555" || string(national[3:]) == "5551212" || string(national[3:]) == "8675309"):
		return hitPlaceholder("phone-junk", u, true)
	case safePhone(v, h.country):
		return hitPlaceholder("phone-junk", u, true)
	}
	return Placeholder{}, false
}

func junkCard(d []byte) bool { return luhn(d) && safeCard(d) && d[0] != '0' && d[0] != '9' }

// sentinels are dates that stand for "none", and whether that is certain. The weak ones
// are also days on which people are born and things happen.
var sentinels = map[string]bool{
	"0001-01-01": true, "1000-01-01": true, "1582-10-15": true, "1753-01-01": true, "1899-12-30": true, "1899-12-31": true, "1900-01-01": true, "1901-12-13": true,
	"1904-01-01": true, "1969-12-31": false, "1970-01-01": true, "1980-01-01": false, "1999-12-31": false, "2000-01-01": false, "2038-01-19": true, "2099-12-31": true,
	"2999-12-31": true, "3000-01-01": true, "4000-01-01": true, "9999-12-31": true, "9999-01-01": true, "1111-11-11": true, "0001-01-01 bc": true,
}

// sentinel judges a date or a timestamp by its day.
func sentinel(v []byte, kind string) (Placeholder, bool) {
	v = bytes.TrimSpace(v)
	if string(v) == "infinity" || string(v) == "-infinity" {
		return Placeholder{Kind: "sentinel-date", Severity: report.Medium, Strong: true}, true
	}
	if len(v) < 10 {
		return Placeholder{}, false
	}
	sure, ok := sentinels[string(v[:10])]
	if !ok {
		return Placeholder{}, false
	}
	// 1970-01-01 as a day of birth is somebody's birthday; as a timestamp only at midnight is it an epoch.
	if kind == BirthDate && bytes.HasPrefix(v, []byte("1970-01-01")) {
		sure = false
	}
	if len(v) > 10 && sure && bytes.HasPrefix(v, []byte("1970")) && !bytes.HasPrefix(v[10:], []byte(" 00:00:00")) && !bytes.HasPrefix(v[10:], []byte("T00:00:00")) {
		sure = false
	}
	p := Placeholder{Kind: "sentinel-date", Severity: report.High, Strong: sure}
	if !sure {
		p.Severity = report.Low
	}
	return p, true
}

// leftOver looks through a text of any length for what a template or an encoder left behind.
func leftOver(v []byte, u use) (Placeholder, bool) {
	latin := false // a u that most of lorem's words have
	for i := 0; i < len(v); i++ {
		if !leftOverMark[v[i]] {
			continue
		}
		switch n := at(v, i+1); v[i] { // these are frequent: what stands beside them decides
		case ':':
			if i > 0 && v[i-1] != ' ' && v[i-1] != ',' {
				continue
			}
		case '_':
			if n != '_' {
				continue
			}
		case '=':
			if i > 0 {
				continue
			}
		case 'u':
			latin = latin || n == 'm' || n == 'r' || n == 's'
			if n != 'n' {
				continue
			}
		case 'N':
			if n != 'a' {
				continue
			}
		case 'D', 'H':
			if n != 'e' && n != 'i' && n != 'a' {
				continue
			}
		}
		switch k := leftOverAt(v, i, u); k {
		case "":
		default:
			return hitPlaceholder(k, u, true)
		}
	}
	for i, w := range lorem {
		if i == loremU && !latin {
			break
		}
		if len(v) >= len(w) && bytes.Contains(v, w) {
			return hitPlaceholder("lorem", u, true)
		}
	}
	return Placeholder{}, false
}

var lorem = [][]byte{[]byte("OREM IPSUM"), []byte("dolor sit amet"), []byte("orem ipsum"), []byte("orem Ipsum"), []byte("consectetur adipiscing"), []byte("sed do eiusmod")}

// loremU is where those begin that have a u before an m, an r or an s.
const loremU = 2

var leftOverMark = func() (t [256]bool) {
	for _, c := range []byte("{%$#<[*_:@=uDNH&\xEF\xC3\xE2") {
		t[c] = true
	}
	return t
}()
