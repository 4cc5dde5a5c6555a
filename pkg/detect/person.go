package detect

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// titles stand before a name. After a title one capitalised word is a name; after a
// salutation it takes a comma, an end or a second word, for much else begins with Hello.
var titles = func() map[string]bool {
	m := map[string]bool{}
	for w := range fields(`Mr Mrs Ms Miss Mx Dr Prof Professor Sir Dame Lady Lord Rev Reverend Mister Madam Capt Sgt Herr Herrn Frau Fräulein Hr Fr Monsieur Madame Mademoiselle
		Mme Mlle Mgr Señor Señora Señorita Sr Sra Srta Don Doña Signor Signora Signore Signorina Sig Dott Dottor Dottoressa Ing Avv Senhor Senhora Dhr Mevr Mevrouw Meneer Mw
		Pan Pani Panu Herra Rouva Fru Fröken Pán Paní Bay Bayan Domnul Doamna Dl Dna Úr Mag Dipl-Ing Γιατρός Κύριος Κυρία Κ. Г-н Г-жа Господин Госпожа Пан Пані г-н г-жа господин госпожа пан пані пане Gospodin Gospođa Gospod Gospa Ông Bà Anh Chị Bapak Ibu Bpk Yth Shri Smt Sri Kum Härra Proua Ponas Ponia Fru Frú Hr Tuan Puan Encik Datuk`) {
		m[w] = true
	}
	return m
}()

// lowTitles are titles as they are written within a sentence.
var lowTitles = wordSet(`geehrte geehrter geachte pan pani panie panią pana pán pane paní pánovi pania frau herr herrn fru frú hr herra rouva neiti mevrouw mw heer dhr meneer madame monsieur mme señor señora sr sra don doña signor signora sig senhor senhora
	domnule domnul doamna doamnă gospodine gospodin gospodo gospođo gospođa gospa gospod gospodje gospe härra proua ponas ponia p kungs kundze úr hölgy ibu bapak bpk ông bà anh chị cô bay bayan κύριε κύριος κυρία κ. κ
	господин госпожа господине госпожо г-н г-жа г-н. пан пані пане доктор κα`)

var salutations = func() map[string]bool {
	m := map[string]bool{}
	for w := range fields(`Dear Hi Hello Hey Hallo Liebe Lieber Cher Chère Estimado Estimada Querido Querida Gentile Caro Cara Egregio Beste Geachte Kære Kjære Hej Hei Kära Käre
		Bonjour Hola Ciao Olá Prezado Prezada Caro Drogi Droga Szanowny Szanowna Witaj Ahoj Vážený Vážená Milý Milá Moi Tere Salut Dragă Stimate Kedves Tisztelt Szia Sevgili Sayın Merhaba Querido Querida Olá Olà Oi Exmo Exma Cara Caro Dag Geachte Bästa Bäste Hilsen Vážený Bună Dragă Stimată Poštovani Poštovana Dragi Draga Bok Spoštovani Spoštovana Živjo Lugupeetud Tere Kallis Gerb Labas
		Mielas Miela Cienījamais Cienījamā Sveika Sveiks Sveiki Mīļā Mīļais Kæri Kæra Sæl Sæll Hæ Halo Hai Xin Chào Kính Thân Уважаемый Уважаемая Уважаеми Уважаема Здравствуйте Здравей Здравейте Привет Привіт Дорогой Дорогая Дорога Дорогий Скъпа Скъпи Шановний Шановна
		Αγαπητέ Αγαπητή Γεια Hyvä Rakas Arvoisa Grüezi Servus Moin Sehr Guten Dearest Greetings Gerbiamas Gerbiama
		Regards Cheers Grüße Gruß Cordialement Saludos Saluti Groeten Hälsningar Pozdrawiam Thanks Attn Name Patient Patientin Contact Kontakt Customer Kunde Employee Nombre Nom Nome`) {
		m[w] = true
	}
	return m
}()

// noNames are capitalised words that follow a salutation or a title and are nobody.
var noNames = func() map[string]bool {
	m := map[string]bool{}
	for w := range fields(`Sir Madam Sirs Customer Customers Team All Everyone Everybody Colleague Colleagues Friend Friends User Users Member Members Client Clients World There Folks
		Guest Guests Support Valued Hiring Manager Subscriber Parents Students Partner Partners Reader Readers Kunde Kunden Kundin Damen Herren Team Kollegen Freunde Tag Morgen Abend Kolleginnen Geehrte Geehrter Mitglied Client Clients
		Madame Monsieur Mesdames Messieurs Cliente Clientes Klant Klanten Señores Señor Signori Utente God Santa Diary Sirs Applicant Resident Homeowner Of The And For In On To You We I
		Time Name Date Email Phone Address Number Id Type Status Order New Note Please Thank Thanks Your Our My His Her Their This That It What When How Who Why From Service Center Centre
		No Nr Not Yes Is Was Has Will Can Last First Full Given Middle Family Surname User Company Product File Display Legal Brand Server Host Domain Project Unit President Chairman Speaker Secretary Minister Principal Editor Chair Ambassador Judge Officer Oeste Norte`) {
		m[w] = true
	}
	return m
}()

func fields(s string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for _, w := range bytes.Fields([]byte(s)) {
			if !yield(string(w)) {
				return
			}
		}
	}
}

// particles belong to a family name: van der Berg, de la Cruz.
var particles = func() map[string]bool {
	m := map[string]bool{}
	for w := range fields("van von der den de del della di da dos das do du la le el al bin ibn ben ten ter zu zum zur af av y e und vom y'") {
		m[w] = true
	}
	return m
}()

// nameWord returns the end of the capitalised word at i; ok is false for anything else.
// Initials ("J.") are words too.
func nameWord(b []byte, i int) (end int, ok bool) {
	r, size := utf8.DecodeRune(b[min(i, len(b)):])
	if !unicode.IsUpper(r) && !unicode.IsTitle(r) {
		return i, false
	}
	end = i + size
	lower := 0
	for end < len(b) {
		c := b[end]
		if c < utf8.RuneSelf {
			if letter(c) {
				if !upper(c) {
					lower++
				}
				end++
				continue
			}
			if (c == '\'' || c == '-') && (letter(at(b, end+1)) || at(b, end+1) >= utf8.RuneSelf) {
				end++
				continue
			}
			break
		}
		r, size := utf8.DecodeRune(b[end:])
		if r == '’' {
			if letter(at(b, end+size)) {
				end += size
				continue
			}
			break
		}
		if !unicode.IsLetter(r) && !unicode.IsMark(r) {
			break
		}
		lower++
		end += size
	}
	if lower == 0 && end-i <= 2 && at(b, end) == '.' { // an initial
		return end + 1, true
	}
	return end, end-i >= 2 && !digit(at(b, end)) && at(b, end) != '_'
}

// nameRun returns the end of up to max capitalised words from i, particles between
// them allowed, and how many there were.
func nameRun(b []byte, i, most int) (end, words int) {
	end = i
	for words < most {
		j := i
		e, ok := nameWord(b, j)
		if !ok {
			// particles
			k := j
			for range 3 {
				p := k
				for p < len(b) && (letter(b[p]) || b[p] == '\'') {
					p++
				}
				if p == k || !particles[string(b[k:p])] || at(b, p) != ' ' {
					break
				}
				k = p + 1
			}
			if k == j || words == 0 && most < 4 {
				return end, words
			}
			if e, ok = nameWord(b, k); !ok {
				return end, words
			}
			j = k
		}
		if noNames[string(b[j:min(e, j+16)])] && e-j < 16 {
			return end, words
		}
		end = e
		words++
		if at(b, e) != ' ' {
			return end, words
		}
		i = e + 1
	}
	return end, words
}

// named looks at a capitalised word: a title, a salutation, a first name.
func (s *Scanner) named(b []byte, start, end int) int {
	if end-start > 24 || end-start < 2 || !s.wants(kPerson) {
		return end
	}
	i := end
	if at(b, i) == '.' {
		i++
	}
	if c := at(b, i); c != ' ' && !(c == ',' || c == ':') {
		return end
	}
	w := b[start:end]
	sets := s.sets(w)
	if at(b, start-1) == ' ' && sets&(titleWord|salutationWord) == 0 && titledBefore(b, start-1, sets) {
		if e, n := nameRun(b, start, 3); n > 0 {
			s.add(kPerson, start, e, 0.7)
			return e
		}
	}
	if sets == 0 || sets == lastNames {
		return end
	}
	if sets&titleWord != 0 && at(b, i) == ' ' {
		from := i + 1
		// Titles in a row: Herr Prof. Dr.
		for range 3 {
			e := from
			for letter(at(b, e)) {
				e++
			}
			if e == from || !titles[string(b[from:e])] {
				break
			}
			if at(b, e) == '.' {
				e++
			}
			if at(b, e) != ' ' {
				break
			}
			from = e + 1
		}
		if e, n := nameRun(b, from, 4); n > 0 {
			// The next sentence may begin after an abbreviation: one word after "Dr." in
			// capitals is no name, nor is a street's "Dr" behind a name.
			if p := at(b, start-1); n > 1 || p != ' ' || !isDrive(b, start, end) {
				confidence := 0.8
				if n > 1 && s.knownPair(b[from:e]) {
					confidence = SurePerson
				}
				s.add(kPerson, from, e, confidence)
				return e
			}
		}
		return end
	}
	if sets&salutationWord != 0 && at(b, end) != '.' {
		from := i
		if c := at(b, i); c == ',' || c == ':' {
			from++
		}
		for space(at(b, from)) && from < i+4 {
			from++
		}
		// A title between, in small letters: Vážený pán Novák.
		titled := false
		for range 2 {
			e, _ := wordAt(b, from)
			if w := b[from:e]; titles[string(w)] && e > from { // Dear Mrs Brown
				if at(b, e) == '.' {
					e++
				}
				if at(b, e) != ' ' {
					break
				}
				from, titled = e+1, true
				continue
			}
			for at(b, e) == '.' || at(b, e) == '-' {
				if e++; at(b, e) >= 0x80 {
					e, _ = wordAt(b, e)
				}
			}
			if e == from || !lowTitles[string(bytes.TrimSuffix(b[from:e], []byte(".")))] || at(b, e) != ' ' {
				break
			}
			from, titled = e+1, true
		}
		if e, n := nameRun(b, from, 3); n > 0 {
			next := at(b, e)
			switch {
			case titled:
				confidence := 0.75
				if s.sets(lastWord(b[from:e]))&lastNames != 0 {
					confidence = SurePerson
				}
				s.add(kPerson, from, e, confidence)
				return e
			case n >= 2:
				s.add(kPerson, from, e, 0.65)
				return e
			case at(b, end) == ' ' && (next == ',' || next == '!' || next == 0 || next == '\n' || next == '\\' || next == '<' || next == '"' || next == ':'):
				s.add(kPerson, from, e, 0.6)
				return e
			}
		}
		return end
	}
	if sets&firstNames == 0 {
		return end
	}
	return s.pair(b, start, end)
}

// titledBefore reports whether a title in small letters ends at i: fru Sjöberg, pani Nowak.
// Those that are English words as well want a name that is known.
func titledBefore(b []byte, i int, sets uint8) bool {
	if at(b, i-1) == '.' {
		i--
	}
	j := i
	for j > 0 && i-j < 20 && (b[j-1]|0x20 >= 'a' && b[j-1]|0x20 <= 'z' || b[j-1] >= 0x80 || b[j-1] == '-') {
		j--
	}
	if i-j < 2 || upper(b[j]) || alnum(at(b, j-1)) || !lowTitles[string(b[j:i])] {
		return false
	}
	switch string(b[j:i]) {
	case "pan", "bay", "don", "sr", "sra", "sig", "pane", "hr", "mw", "anh", "chị", "senior":
		return sets&(firstNames|lastNames) != 0
	}
	return true
}

// SurePerson is the confidence of a name that a title announces and whose parts are known
// ("Mrs Anna Kowalski"), or that a letter greets with title and known family name. Titles
// of songs do not reach it: Mrs. Robinson has no salutation, Mr. Tambourine Man no first name.
const SurePerson = 0.9

// knownPair reports whether a name begins with a known first and ends with a known family name.
func (s *Scanner) knownPair(name []byte) bool {
	first := name
	if i := bytes.IndexByte(name, ' '); i > 0 {
		first = name[:i]
	}
	return s.sets(first)&firstNames != 0 && s.sets(lastWord(name))&lastNames != 0
}

func lastWord(b []byte) []byte { return b[bytes.LastIndexByte(b, ' ')+1:] }

// isDrive reports whether "Dr" ends a street's name rather than beginning a doctor's.
func isDrive(b []byte, start, end int) bool {
	return end-start == 2 && b[start] == 'D' && letter(at(b, start-2))
}

// pair looks at two or three capitalised words whose first is a known first name. Both
// parts known is a person; one known needs a word that announces a person.
func (s *Scanner) pair(b []byte, start, end int) int {
	if at(b, end) != ' ' {
		return end
	}
	e, n := nameRun(b, end+1, 2)
	if n == 0 {
		return end
	}
	// The family name is the last word, without its particles.
	last := e
	for last > end+1 && b[last-1] != ' ' {
		last--
	}
	surname := s.sets(b[last:e])&lastNames != 0
	confidence := 0.4
	if surname {
		confidence = 0.62
	}
	if nearby(b, start, start).has(kPerson) || s.hint.kind == FullName {
		confidence += 0.2
	} else if n > 1 {
		confidence -= 0.1
	}
	if confidence < s.threshold {
		return end
	}
	s.add(kPerson, start, e, confidence)
	return e
}

// whole looks at a value as a whole where the column says what it is: names of people
// and streets have no shape of their own.
func (s *Scanner) whole(b []byte) {
	if len(b) > 128 || len(b) < 2 {
		return
	}
	switch s.hint.kind {
	case "":
		if s.hint.perhaps && (s.wholeName(b) || s.ctx.Table == "" && s.hint.country != "" && capitalised(b)) {
			s.add(kPerson, 0, len(b), 0.6)
		}
	case FirstName, LastName, FullName:
		if looksLikeName(b) {
			s.add(kPerson, 0, len(b), 0.75)
		}
	case Street:
		n := 0
		for _, c := range b {
			if letter(c) || c >= utf8.RuneSelf {
				n++
			}
		}
		if n > 2 {
			s.add(kAddress, 0, len(b), 0.7)
		}
	}
}

// looksLikeName: one to six words of letters, at least one with a capital or of a
// script without them.
func looksLikeName(b []byte) bool {
	words, capital, start := 1, false, true
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		i += size
		switch {
		case r == ' ':
			words++
			start = true
			continue
		case r == '.' || r == '\'' || r == '-' || r == '’' || r == ',' || r == '(' || r == ')':
			start = true
			continue
		case !unicode.IsLetter(r) && !unicode.IsMark(r):
			return false
		}
		capital = capital || start && (!unicode.IsLower(r) || unicode.Is(unicode.Georgian, r))
		start = false
	}
	return capital && words <= 6
}
