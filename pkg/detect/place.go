package detect

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// streetEnds end the name of a street: as a word of their own after it (High Street) or
// grown together with it (Hauptstraße, Kungsgatan).
var streetEnds = [][]byte{
	[]byte("straße"), []byte("strasse"), []byte("str."), []byte("str"), []byte("gasse"), []byte("platz"), []byte("allee"), []byte("weg"), []byte("damm"), []byte("ufer"),
	[]byte("gatan"), []byte("vägen"), []byte("gränd"), []byte("gade"), []byte("vej"), []byte("stræde"), []byte("gata"), []byte("gate"), []byte("veien"), []byte("vegen"), []byte("katu"), []byte("tie"),
	[]byte("kuja"), []byte("polku"), []byte("straat"), []byte("laan"), []byte("allén"), []byte("vegur"), []byte("stígur"), []byte("stræti"), []byte("gracht"), []byte("plein"), []byte("dijk"), []byte("kade"), []byte("singel"), []byte("steenweg"),
}

// streetWords are whole words that make the words beside them a street's name; before
// the name (Calle Mayor) or after it (utca, caddesi).
var streetWords = func() map[string]bool {
	m := map[string]bool{}
	for w := range fields(`street st road rd avenue ave lane ln drive dr boulevard blvd court ct place pl square sq terrace crescent close way parkway pkwy highway hwy circle cir trail alley mews row
		gardens grove hill rise walk green park quay rue avenue boulevard bd chemin impasse allée allées place quai route cours passage sentier faubourg calle c/ avenida avda av paseo plaza camino carretera ronda travesía
		via viale piazza corso vicolo largo strada piazzale contrada rua travessa praça alameda rodovia estrada ul ulica al aleja os plac ulice náměstí třída nám utca út tér körút köz utja
		caddesi cad sokak sk sokağı bulvarı mahallesi mah strada bulevardul calea aleea șoseaua ул улица проспект пр-т пр пер переулок вул вулиця шоссе οδός λεωφόρος ulitsa prospekt bulvar
		pike turnpike freeway expressway loop path point ridge run view vista crossing manor plaza causeway esplanade strasse straße weg allee platz gasse ring markt ufer damm steig singel gracht plein laan straat dijk kade hof
		gate gata vei vej gade gatan vägen tie katu kuja calzada privada cerrada bv rang steenweg allén väg cesta trg obala put prilaz trg tn tänav mnt maantee pst gatvė alėja aikštė iela prospekts bulvāris laukums pot naselje hlavná
		jl jalan gang gg jln đường phố ngõ ngách đ nagar marg chowk colony sector phase enclave layout бул пров площадь пл наб набережная ш жк ж.к λεωφ πλατεία stígur gata vegur braut ჯ`) {
		m[w] = true
	}
	return m
}()

// before the name only: in these languages the word leads.
var streetLeads = func() map[string]bool {
	m := map[string]bool{}
	for w := range fields(`rue avenue boulevard bd chemin impasse allée place quai route cours passage calle c/ avenida avda av paseo plaza camino carretera ronda via viale piazza corso vicolo largo strada rua travessa praça alameda
		rodovia estrada ul ulica al aleja os plac bulevardul calea aleea șoseaua ул улица проспект пр-т пр переулок пер вул вулиця οδός λεωφόρος λεωφ πλατεία ulice calzada privada cerrada bv steenweg trg jl jalan gang gg jln đường phố ngõ đ бул пров провулок площа площадь пл наб шоссе chemin rang nagar marg sector pot calea hlavná`) {
		m[w] = true
	}
	return m
}()

// streetNumber looks around a short number for a street.
func (s *Scanner) streetNumber(b []byte, start, end int) {
	if n := end - start; n > 6 || b[start] == '0' || !s.wants(kAddress) {
		return
	}
	if s.streetElsewhere(b, start, end) {
		return
	}
	before, after := beforeHouse(b, start), afterHouse(b, end)
	if !before && !after {
		return
	}
	if before {
		if from, ok := streetBefore(b, start); ok {
			s.add(kAddress, from, end, s.addressConfidence())
			return
		}
	}
	if before {
		if from, to, ok := withPostcode(b, start, end); ok {
			s.add(kAddress, from, to, s.addressConfidence()-0.05)
			return
		}
	}
	if after {
		if to, ok := streetAfter(b, end); ok {
			s.add(kAddress, start, to, s.addressConfidence())
		}
	}
}

// beforeHouse is a cheap look at what stands before a number: a capitalised word, or one
// of the small words that may stand between a street and its number.
func beforeHouse(b []byte, i int) bool {
	j := i - 1
	if at(b, j) == ':' && at(b, j-1) == 'o' && at(b, j-2) == 'N' {
		return true // Gül Sokak No:3
	}
	if at(b, j) != ' ' || j == 0 {
		return false
	}
	j--
	c := b[j]
	if c == ',' || c == '.' || c == ':' {
		if j--; j < 0 {
			return false
		}
		c = b[j]
		if c < utf8.RuneSelf {
			return letter(c)
		}
		return true
	}
	if c >= utf8.RuneSelf {
		return true
	}
	if !letter(c) {
		return false
	}
	k := j
	for k > 0 && (letter(b[k-1]) || b[k-1] == '\'' || b[k-1] == '-' || b[k-1] >= utf8.RuneSelf) {
		k--
	}
	if c := b[k]; upper(c) || c >= utf8.RuneSelf {
		return true
	}
	return j-k < 8 && (followsName[string(b[k:j+1])] || string(b[k:j+1]) == "nr" || string(b[k:j+1]) == "no" || string(b[k:j+1]) == "km")
}

// afterHouse is a cheap look at what stands behind a number.
func afterHouse(b []byte, i int) bool {
	if at(b, i) == ',' {
		i++
	}
	if at(b, i) != ' ' {
		return false
	}
	switch c := at(b, i+1); {
	case upper(c), c >= utf8.RuneSelf, digit(c):
		return true
	case c == 'r' || c == 'b' || c == 'a' || c == 'c' || c == 'p' || c == 'q' || c == 't' || c == 'i' || c == 's':
		e, _ := wordAt(b, i+1)
		return e-i <= 11 && (frenchLead[string(b[i+1:e])] || string(b[i+1:e]) == "bis" || string(b[i+1:e]) == "ter")
	}
	return false
}

func (s *Scanner) addressConfidence() float64 {
	if s.hint.speaks.has(kAddress) {
		return 0.9
	}
	return 0.65
}

// wordAt returns the word that begins at i: letters, marks, and within it ' - . and ’.
func wordAt(b []byte, i int) (end int, capital bool) {
	end = i
	for end < len(b) {
		c := b[end]
		if c < utf8.RuneSelf {
			if !letter(c) && c != '\'' && c != '-' {
				break
			}
			capital = capital || end == i && upper(c)
			end++
			continue
		}
		r, size := utf8.DecodeRune(b[end:])
		if !unicode.IsLetter(r) && !unicode.IsMark(r) && r != '’' {
			break
		}
		capital = capital || end == i && unicode.IsUpper(r)
		end += size
	}
	return end, capital
}

// wordBefore returns where the word ends that is separated from i by one space, and its start.
func wordBefore(b []byte, i int) (start, end int) {
	end = i
	start = end
	for start > 0 {
		c := b[start-1]
		if c < utf8.RuneSelf {
			if !letter(c) && c != '\'' && c != '-' && c != '/' {
				break
			}
			start--
			continue
		}
		r, size := utf8.DecodeLastRune(b[:start])
		if !unicode.IsLetter(r) && !unicode.IsMark(r) && r != '’' {
			break
		}
		start -= size
	}
	return start, end
}

// lowerWordInto puts w in lower case into buf; too long words come back empty.
func lowerWordInto(buf *[32]byte, w []byte) []byte {
	out := buf[:0]
	for i := 0; i < len(w); {
		r, size := utf8.DecodeRune(w[i:])
		i += size
		if len(out) > 28 {
			return out[:0]
		}
		out = utf8.AppendRune(out, unicode.ToLower(r))
	}
	return out
}

func streetEnding(lower []byte) bool {
	if len(lower) < 6 {
		return false
	}
	for _, e := range streetEnds {
		if e[len(e)-1] != lower[len(lower)-1] {
			continue
		}
		if len(lower) >= len(e)+3 && bytes.HasSuffix(lower, e) {
			return true
		}
	}
	return false
}

// streetBefore: "Hauptstraße 12", "Calle Mayor, 5", "ul. Długa 7", "Petőfi utca 5".
func streetBefore(b []byte, i int) (from int, ok bool) {
	j := i - 1
	if at(b, j) == ':' && at(b, j-1) == 'o' {
		j++
	} else if at(b, j) != ' ' {
		return 0, false
	}
	j--
	if at(b, j) == ',' {
		j--
	}
	var buf [32]byte
	// "Nº", "nr", "No:" stand between.
	dot := at(b, j) == '.' || at(b, j) == ':'
	if dot {
		j--
	}
	names := 0
	for k := range 5 {
		start, end := wordBefore(b, j+1)
		if start == end {
			return 0, false
		}
		w := lowerWordInto(&buf, b[start:end])
		r, _ := utf8.DecodeRune(b[start:])
		capital := unicode.IsUpper(r)
		switch {
		case k == 0 && (string(w) == "no" || string(w) == "nr" || string(w) == "nº" || string(w) == "д" || string(w) == "km" || string(w) == "číslo" || string(w) == "n" || string(w) == "kav" || string(w) == "дом" || string(w) == "буд" || string(w) == "d"):
		case k == 0 && capital && streetEnding(w):
			return grown(b, start), true
		case k == 0 && capital && postBoxes[string(w)]:
			return start, true
		case k == 0 && capital && string(w) == "box" && (bytes.HasSuffix(b[:start], []byte("P.O. ")) || bytes.HasSuffix(b[:start], []byte("PO "))):
			return start - len("PO ") - 2*bytes.Count(b[start-3:start], []byte(".")), true
		case k == 0 && dot && shortStreets[string(w)]:
			if p, q := wordBefore(b, start-1); start > 1 && p < q && b[start-1] == ' ' {
				if r, _ := utf8.DecodeRune(b[p:]); unicode.IsUpper(r) {
					return p, true
				}
			}
			names++
		case k == 0 && dot && capital && string(w) == "str":
			return grown(b, start), true
		case names > 0 && streetLeads[string(w)]:
			return start, true
		case k <= 1 && streetWords[string(w)] && (string(w) != "st" && string(w) != "dr" && string(w) != "pl"):
			// The word follows the name in Hungarian and Turkish: a capital must stand before it.
			if p, q := wordBefore(b, start-1); start > 1 && p < q && b[start-1] == ' ' {
				if r, _ := utf8.DecodeRune(b[p:]); unicode.IsUpper(r) && followsName[string(w)] {
					return p, true
				}
			}
			names++
		default:
			if !capital && !particles[string(w)] && k > 0 && names == 0 {
				return 0, false
			}
			if capital {
				names++
			}
		}
		j = start - 2
		if at(b, start-1) != ' ' {
			return 0, false
		}
		if at(b, j) == '.' || at(b, j) == ',' && k == 0 {
			j--
		}
		if j < 0 {
			return 0, false
		}
	}
	return 0, false
}

// shortStreets are abbreviations behind a street's name: Gedimino pr. 14.
var shortStreets = wordSet("g pr al a tn mnt gamz გამზ u utc")

// postBoxes stand before a number of their own.
var postBoxes = wordSet("postfach postbus postboks postlokero apartado casilla")

// grown takes a capitalised word before "Straße" along: "Lange Straße 5".
func grown(b []byte, start int) int {
	if at(b, start-1) == ' ' {
		if p, q := wordBefore(b, start-1); p < q {
			if r, _ := utf8.DecodeRune(b[p:]); unicode.IsUpper(r) && q-p > 3 && !noNames[string(b[p:q])] {
				return p
			}
		}
	}
	return start
}

var followsName = func() map[string]bool {
	m := map[string]bool{}
	for w := range fields("utca út tér körút köz utja caddesi cad sokak sk sokağı bulvarı mahallesi mah street road avenue lane straße strasse weg allee platz gasse ulice náměstí třída markt ufer ring singel gracht plein laan straat dijk kade gate gata vei vej gade gatan vägen tie katu kuja ulica cesta trg tn tänav mnt maantee pst iela prospekts bulvāris laukums gatvė alėja road marg nagar stígur utja vegur") {
		m[w] = true
	}
	return m
}()

// streetAfter: "12 High Street", "221B Baker St.", "12 bis, rue de la Paix".
func streetAfter(b []byte, i int) (to int, ok bool) {
	if at(b, i) == ',' {
		i++
	}
	if at(b, i) != ' ' {
		return 0, false
	}
	i++
	var buf [32]byte
	names := 0
	for k := range 5 {
		end, capital := wordAt(b, i)
		if end == i {
			// Ordinals are names of streets: 12 5th Avenue.
			for digit(at(b, end)) {
				end++
			}
			if end == i || !letter(at(b, end)) || end-i > 3 {
				return 0, false
			}
			end, _ = wordAt(b, end)
			capital = true
		}
		w := lowerWordInto(&buf, b[i:end])
		if k == 0 && (string(w) == "bis" || string(w) == "ter") {
			i = end + 1
			if at(b, end) == ',' {
				i++
			}
			continue
		}
		if names > 0 && capital && streetWords[string(w)] {
			if at(b, end) == '.' {
				end++
			}
			return end, true
		}
		if names == 0 && frenchLead[string(w)] {
			// The name follows: rue de la Paix.
			e, n := nameRun(b, end+1, 4)
			if n == 0 {
				e, n = afterParticles(b, end+1)
			}
			if n > 0 {
				return e, true
			}
			return 0, false
		}
		if !capital {
			return 0, false
		}
		names++
		if at(b, end) == '.' {
			end++
		}
		if at(b, end) != ' ' {
			return 0, false
		}
		i = end + 1
	}
	return 0, false
}

var frenchLead = func() map[string]bool {
	m := map[string]bool{}
	for w := range fields("rue avenue boulevard bd chemin impasse allée allées place quai route cours passage sentier av") {
		m[w] = true
	}
	return m
}()

// afterParticles reads "de la Paix" and "d'Alésia".
func afterParticles(b []byte, i int) (end, words int) {
	for range 4 {
		e, _ := wordAt(b, i)
		if e == i {
			return i, 0
		}
		if w := b[i:e]; particles[string(w)] || string(w) == "des" || string(w) == "l" {
			if at(b, e) != ' ' {
				return i, 0
			}
			i = e + 1
			continue
		}
		if r, _ := utf8.DecodeRune(b[i:e]); unicode.IsUpper(r) || e-i > 2 && (b[i+1] == '\'' || bytes.HasPrefix(b[i+1:], []byte("’"))) {
			return e, 1
		}
		return i, 0
	}
	return i, 0
}

// coordinates looks at a pair of decimal degrees with four decimals or more.
func (s *Scanner) coordinates(b []byte, r *digits) int {
	start := r.groups[0].start
	lat, i, ok := degrees(b, start)
	if !ok || lat > 90 {
		return start
	}
	first := start
	if p := at(b, start-1); p == '-' || p == '+' {
		first--
	}
	decimals := i - start
	sep := i
	for at(b, sep) == ' ' || at(b, sep) == ',' || at(b, sep) == ';' || at(b, sep) == 0xC2 || at(b, sep) == 0xB0 || at(b, sep) == 'N' || at(b, sep) == 'S' {
		sep++
	}
	speaks := s.hint.speaks.has(kGeo)
	if sep > i && sep-i <= 5 {
		from := sep
		if c := at(b, sep); c == '-' || c == '+' {
			sep++
		}
		if lon, j, ok := degrees(b, sep); ok && lon <= 180 {
			confidence := 0.65
			if decimals < 7 || j-from < 6 {
				confidence = 0.35
			}
			if speaks || nearby(b, first, j).has(kGeo) {
				confidence = 0.9
			} else if decimals > 12 || j-from > 14 {
				confidence = 0.45 // measurements, not places
			}
			s.add(kGeo, first, j, confidence)
			return j
		}
	}
	if speaks && decimals >= 6 {
		s.add(kGeo, first, i, 0.75)
		return i
	}
	return start
}

// degrees reads a decimal number with one dot at i.
func degrees(b []byte, i int) (whole, end int, ok bool) {
	n := 0
	for digit(at(b, i)) && n < 4 {
		whole = whole*10 + int(b[i]-'0')
		i++
		n++
	}
	if n == 0 || n > 3 || at(b, i) != '.' {
		return 0, i, false
	}
	i++
	from := i
	for digit(at(b, i)) {
		i++
	}
	return whole, i, i-from >= 3 && !letter(at(b, i)) && !(at(b, i) == '.' && digit(at(b, i+1)))
}
