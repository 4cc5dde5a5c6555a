package detect

import (
	"strconv"
	"strings"
)

// span is the number of digits after the country code.
type span struct{ min, max uint8 }

// plan has the lengths of national numbers by country code, from the national
// numbering plans; a code without an entry is not assigned.
var plan = func() (t [1000]span) {
	const lengths = `1:10 7:10 20:8-10 27:9 30:10 31:9-11 32:8-9 33:9 34:9 36:8-9 39:6-11 40:9 41:9-12 43:4-13 44:9-10 45:8 46:7-13 47:8 48:9 49:5-13
		51:8-9 52:10 53:6-8 54:10-11 55:10-11 56:9 57:8-10 58:10 60:8-10 61:9-10 62:7-12 63:8-10 64:8-10 65:8 66:8-9 81:9-10 82:8-11 84:9-10 86:10-11
		90:10 91:10 92:9-10 93:9 94:9 95:7-10 98:10 211:9 212:9 213:8-9 216:8 218:8-9 220:7 221:9 222:8 223:8 224:8-9 225:8-10 226:8 227:8 228:8
		229:8-10 230:7-8 231:7-9 232:8 233:9 234:8-10 235:8 236:8 237:8-9 238:7 239:7 240:9 241:7-8 242:9 243:9 244:9 245:7-9 246:7 248:7 249:9 250:9
		251:9 252:7-9 253:8 254:9-10 255:9 256:9 257:8 258:8-9 260:9 261:9 262:9 263:8-10 264:8-9 265:7-9 266:8 267:7-8 268:8 269:7 290:4-5 291:7
		297:7 298:6 299:6 350:8 351:9 352:4-11 353:7-9 354:7-9 355:8-9 356:8 357:8 358:5-12 359:7-9 370:8 371:8 372:7-8 373:8 374:8 375:9 376:6-9
		377:8-9 378:6-10 380:9 381:8-9 382:8-9 383:8-9 385:8-9 386:8 387:8-9 389:8 420:9 421:9 423:7-9 500:5 501:7 502:8 503:7-8 504:8 505:8 506:8
		507:7-8 508:6 509:8 590:9 591:8 592:7 593:8-9 594:9 595:9 596:9 597:6-7 598:8 599:7-8 670:7-8 672:6 673:7 674:7 675:7-8 676:5-7 677:5-7
		678:5-7 679:7 680:7 681:6 682:5 683:4 685:5-7 686:5-8 687:6 688:5 689:6-8 690:4 691:7 692:7 800:8 808:8 850:8-10 852:8 853:8 855:8-9 856:8-10
		870:9 878:10 880:8-10 881:8-9 882:7-12 883:9-12 886:8-9 960:7 961:7-8 962:8-9 963:8-9 964:8-10 965:8 966:9 967:7-9 968:8 970:8-9 971:8-9
		972:8-9 973:8 974:8 975:7-8 976:8 977:8-10 979:9 992:9 993:8 994:9 995:9 996:9 998:9 999:5-12`
	for e := range strings.FieldsSeq(lengths) {
		cc, l, _ := strings.Cut(e, ":")
		low, high, two := strings.Cut(l, "-")
		if !two {
			high = low
		}
		code, _ := strconv.Atoi(cc)
		a, _ := strconv.Atoi(low)
		z, _ := strconv.Atoi(high)
		t[code] = span{uint8(a), uint8(z)}
	}
	return t
}()

// countryCode splits the digits of an international number; cc is 0 when no assigned
// code begins it.
func countryCode(d []byte) (cc int, national []byte) {
	if len(d) == 0 || d[0] == '0' {
		return 0, nil // no code begins with 0
	}
	for n := 1; n <= 3 && n < len(d); n++ {
		cc = number(d[:n])
		if cc > 0 && plan[cc].max > 0 {
			return cc, d[n:]
		}
	}
	return 0, nil
}

// international reports whether d, without + and 00, is a possible number.
func international(d []byte) (cc int, ok bool) {
	cc, national := countryCode(d)
	if cc == 0 || len(d) > 15 {
		return 0, false
	}
	// "+44 (0)20 …": the trunk zero is written and not dialled.
	if len(national) > int(plan[cc].min) && national[0] == '0' && cc != 39 && cc != 225 && cc != 242 && cc != 999 {
		national = national[1:]
	}
	n := uint8(len(national))
	if n < plan[cc].min || n > plan[cc].max {
		return 0, false
	}
	if cc == 1 {
		return cc, northAmerican(national)
	}
	return cc, !allSame(national)
}

// northAmerican checks NPA-NXX-XXXX.
func northAmerican(d []byte) bool {
	return len(d) == 10 && d[0] >= '2' && d[1] != '9' && d[3] >= '2' && (d[1] != '1' || d[2] != '1')
}

// national is how a country writes its numbers at home.
type national struct {
	cc       int
	trunk    string // dialled before the national number
	min, max int    // digits, with the trunk prefix
	lead     string // the digits that may follow the trunk prefix
}

var nationals = map[string]national{
	"us": {1, "", 10, 10, "23456789"}, "ca": {1, "", 10, 10, "23456789"}, "gb": {44, "0", 10, 11, "1235789"}, "ie": {353, "0", 8, 11, "12456789"},
	"de": {49, "0", 6, 13, "123456789"}, "at": {43, "0", 5, 14, "1234567"}, "ch": {41, "0", 10, 10, "2345678"}, "fr": {33, "0", 10, 10, "12345679"},
	"be": {32, "0", 9, 10, "123456789"}, "nl": {31, "0", 10, 11, "1234567"}, "lu": {352, "", 6, 11, "2456789"}, "es": {34, "", 9, 9, "6789"},
	"pt": {351, "", 9, 9, "236789"}, "it": {39, "", 6, 11, "038"}, "gr": {30, "", 10, 10, "26789"}, "pl": {48, "", 9, 9, "123456789"},
	"cz": {420, "", 9, 9, "23456789"}, "sk": {421, "0", 10, 10, "23459"}, "hu": {36, "06", 8, 11, "123456789"}, "ro": {40, "0", 10, 10, "237"},
	"bg": {359, "0", 7, 10, "23456789"}, "se": {46, "0", 7, 12, "123456789"}, "no": {47, "", 8, 8, "2345679"}, "dk": {45, "", 8, 8, "23456789"},
	"fi": {358, "0", 6, 13, "123456789"}, "tr": {90, "0", 10, 11, "23458"}, "ru": {7, "8", 10, 11, "34589"}, "ua": {380, "0", 10, 10, "34569"},
	"br": {55, "", 10, 12, "1234567890"}, "mx": {52, "", 10, 10, "23456789"}, "ar": {54, "0", 10, 13, "1239"}, "cl": {56, "", 9, 9, "23456789"},
	"co": {57, "", 10, 10, "36"}, "in": {91, "0", 10, 11, "123456789"}, "cn": {86, "0", 8, 12, "123456789"}, "jp": {81, "0", 10, 11, "123456789"},
	"kr": {82, "0", 9, 11, "1234567"}, "au": {61, "0", 10, 10, "23478"}, "nz": {64, "0", 9, 11, "234679"}, "za": {27, "0", 10, 10, "12345678"},
	"il": {972, "0", 9, 10, "2345789"}, "sg": {65, "", 8, 8, "3689"}, "hk": {852, "", 8, 8, "235679"}, "hr": {385, "0", 8, 10, "123456789"},
	"th": {66, "0", 9, 10, "2345689"}, "vn": {84, "0", 10, 11, "23456789"}, "id": {62, "0", 8, 13, "23456789"}, "ng": {234, "0", 8, 11, "123456789"},
}

// atHome reports whether d, as dialled inside a country, fits that country's plan.
func atHome(country string, d []byte) bool {
	p, ok := nationals[country]
	if !ok {
		return len(d) >= 7 && len(d) <= 12
	}
	if p.cc == 1 {
		if len(d) == 11 && d[0] == '1' {
			d = d[1:]
		}
		return northAmerican(d)
	}
	rest := d
	switch {
	case p.trunk != "" && strings.HasPrefix(string(d[:min(len(d), 2)]), p.trunk):
		rest = d[len(p.trunk):]
	case p.trunk == "0" && d[0] != '0' && (country == "tr" || country == "in" || country == "cn" || country == "ru"):
		// Written without the trunk prefix as often as with it.
		return len(d) >= p.min-1 && len(d) <= p.max && strings.IndexByte(p.lead, d[0]) >= 0
	case p.trunk == "8" && len(d) == 10:
	case p.trunk == "":
		if country == "br" && d[0] == '0' {
			rest = d[1:]
		}
	default:
		return false
	}
	return len(d) >= p.min && len(d) <= p.max && len(rest) > 0 && strings.IndexByte(p.lead, rest[0]) >= 0
}

// anywhere reports whether d fits the plan of some country with a trunk zero or of North America.
func anywhere(d []byte) bool {
	if d[0] == '0' {
		return len(d) >= 9 && len(d) <= 12 && d[1] != '0'
	}
	return northAmerican(d) || len(d) == 11 && d[0] == '1' && northAmerican(d[1:])
}

// phone looks at a window as a phone number. A number in a plan says little: nearly
// every string of ten digits is one somewhere. So the plus, the way it is written, the
// words around or the column must speak for it.
func (s *Scanner) phone(b []byte, w *window) {
	d, r := w.d, w.r
	start, end := w.start, w.end
	confidence := 0.0
	column := s.hint.speaks.has(kPhone)
	if w.first == 0 {
		start = r.start
		if r.paren && !r.plus && at(b, r.start) == '(' && !parenCloses(b, r) {
			start = w.start
		}
	} else if p := at(b, start-1); p == '(' {
		start--
	}
	seps := w.groups > 1
	switch {
	case r.plus && w.first == 0:
		if cc, ok := international(d); ok && len(d) >= 7 {
			confidence = 0.85
			if seps || len(d) >= 10 {
				confidence = 0.92
			}
			if cc == 999 {
				confidence = 0.7
			}
		} else if len(d) >= 7 && len(d) <= 15 && column {
			confidence = 0.7
		}
	case d[0] == '0' && d[1] == '0':
		if _, ok := international(d[2:]); ok {
			if confidence = 0.35; seps {
				confidence = 0.6
			}
		}
	case len(d) >= 14 && d[0] == '0' && d[1] == '1' && d[2] == '1': // dialled out of North America
		if _, ok := international(d[3:]); ok && seps {
			confidence = 0.55
		}
	default:
		confidence = s.written(w)
	}
	if !(r.plus && w.first == 0) {
		confidence = s.weighPhone(b, w, confidence, column)
	}
	if w.glued && !column {
		confidence -= 0.4
	}
	if confidence < s.threshold {
		return
	}
	if e := extensionEnd(b, end); e > end {
		end = e
	}
	s.add(kPhone, start, end, confidence)
}

// weighPhone lets the column, the words around and the locale speak.
func (s *Scanner) weighPhone(b []byte, w *window, confidence float64, column bool) float64 {
	d := w.d
	if looksLikeDate(w) && !column || allSame(d) {
		return min(confidence, 0.2)
	}
	if column {
		if len(d) >= 6 {
			return max(confidence, 0.85)
		}
		return confidence
	}
	home := s.hint.country != "" && atHome(s.hint.country, d)
	if home && w.groups > 1 {
		confidence = max(confidence, 0.62)
	} else if home {
		confidence = max(confidence, 0.42)
	}
	if s.hint.kind != "" && s.hint.kind != FreeText && s.hint.kind != JSON && s.hint.kind != XML && s.hint.kind != Pairs {
		confidence -= 0.2 // the column is said to be something else
	}
	if len(d) < 7 || len(d) > 15 {
		return confidence
	}
	near := w.around(b)
	said := near.has(kPhone)
	if w.part && !said && w.r.n-len(w.d) > 4 {
		confidence -= 0.2 // so many groups are one longer number
	}
	against := near.has(kNegative) || s.hint.speaks.has(kNegative)
	switch {
	case said && !against:
		return max(confidence, 0.75)
	case said:
		return max(confidence, 0.55)
	case against || w.r.money:
		return confidence - 0.3
	}
	return confidence
}

// written says how much a number is written like a phone number.
func (s *Scanner) written(w *window) float64 {
	d := w.d
	l := w.layout[:w.l]
	if w.groups == 1 {
		if s.hint.country != "" && atHome(s.hint.country, d) {
			return 0.4
		}
		if anywhere(d) {
			return 0.35
		}
		return 0.2
	}
	for k := 2; k < len(l); k += 2 {
		if l[k] == 1 && l[k-1] != '-' && l[k-1] != ')' && len(d) < 10 {
			return 0.2
		}
	}
	paren := w.r.paren && w.first == 0
	na := northAmerican(d) || len(d) == 11 && d[0] == '1' && northAmerican(d[1:])
	g := l
	if len(d) == 11 && d[0] == '1' && g[0] == 1 && len(g) > 2 {
		g = g[2:]
	}
	if na && len(g) >= 3 && g[0] == 3 {
		switch {
		case paren && len(g) == 5 && g[2] == 3, paren && len(g) == 3:
			return 0.85
		case len(g) == 5 && g[2] == 3 && g[4] == 4 && g[1] == g[3] && g[1] == '-':
			return 0.7
		case len(g) == 5 && g[2] == 3 && g[4] == 4 && (g[1] == '.' || g[1] == '/'):
			return 0.65
		case len(g) == 5 && g[2] == 3 && g[4] == 4:
			return 0.55
		case len(g) == 3 && g[2] == 7:
			return 0.45
		}
	}
	if d[0] == '0' && d[1] != '0' && len(d) >= 9 && len(d) <= 12 && !isbn10(w) {
		switch {
		case paren:
			return 0.7
		case len(d) == 10 && len(l) == 9 && l[0] == 2 && l[2] == 2 && l[4] == 2 && l[6] == 2: // 06 12 34 56 78
			return 0.65
		case l[0] >= 2 && l[0] <= 6:
			return 0.58
		case l[0] == 1 && len(d) >= 10:
			return 0.5
		}
		return 0.4
	}
	if paren && l[0] <= 5 && len(d) >= 8 && len(d) <= 12 {
		return 0.6
	}
	if s.hint.country != "" && atHome(s.hint.country, d) {
		return 0.62
	}
	return 0.35
}

// looksLikeDate keeps 2024-01-05, 05.01.2024, 20240105 and ranges of years from being phones.
func looksLikeDate(w *window) bool {
	l := w.layout[:w.l]
	switch {
	case len(l) == 1 && l[0] == 8:
		return plausibleYear(number(w.d[:4])) && dayOf(0, two(w.d[4:]), two(w.d[6:]))
	case len(l) == 1 && (l[0] == 12 || l[0] == 14): // 20240105123000
		return plausibleYear(number(w.d[:4])) && dayOf(0, two(w.d[4:]), two(w.d[6:])) && two(w.d[8:]) < 24
	case len(l) == 3 && l[0] == 4 && l[2] == 4:
		return plausibleYear(number(w.d[:4])) && plausibleYear(number(w.d[4:8]))
	case len(l) >= 5 && l[0] == 4 && l[2] <= 2 && l[4] <= 2:
		return plausibleYear(number(w.d[:4]))
	case len(l) >= 5 && l[0] <= 2 && l[2] <= 2 && l[4] == 4:
		return plausibleYear(number(w.d[l[0]+l[2] : l[0]+l[2]+4]))
	case len(l) == 5 && l[0] == 2 && l[2] == 2 && l[4] == 2:
		return true
	}
	return false
}

func plausibleYear(y int) bool { return y >= 1800 && y <= 2100 }

// isbn10 reports whether a window is written like a book's number: 0-306-40615-2.
func isbn10(w *window) bool {
	if len(w.d) != 10 || w.groups != 4 || w.layout[w.l-1] != 1 {
		return false
	}
	return weighted(w.d, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1)%11 == 0
}

func parenCloses(b []byte, r *digits) bool {
	for i := r.start; i < r.end; i++ {
		if b[i] == ')' {
			return true
		}
	}
	return false
}

// extensionEnd returns the end of "x123", "ext. 45" or "#12" behind a number.
func extensionEnd(b []byte, end int) int {
	i := end
	for at(b, i) == ' ' || at(b, i) == ',' {
		i++
	}
	switch c := at(b, i) | 0x20; {
	case c == 'x':
		i++
	case c == 'e' && at(b, i+1)|0x20 == 'x' && at(b, i+2)|0x20 == 't':
		i += 3
		for letter(at(b, i)) {
			i++
		}
	case at(b, i) == '#' && i == end:
		i++
	default:
		return end
	}
	for at(b, i) == '.' || at(b, i) == ' ' || at(b, i) == ':' {
		i++
	}
	j := i
	for digit(at(b, j)) && j-i < 7 {
		j++
	}
	if j == i || alnum(at(b, j)) {
		return end
	}
	return j
}
