package detect

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// ColumnInfo is what Classify looks at. Only Column is needed.
type ColumnInfo struct {
	Table    string
	Column   string
	Class    string // family of the type: text, integer, numeric, bool, date, timestamp, inet, json, xml, bytea, uuid, enum, …
	MaxChars int    // varchar(n); 0 is unlimited or unknown
	Key      bool   // part of a primary or a foreign key

	// A sample of values that are not NULL and not empty, scanned without knowing the column.
	Samples int            // how many values
	Hits    map[string]int // in how many of them each of Kinds was found
}

// Classify says which kind of thing a column holds, how sure that is, and why, in a
// sentence without any value. An empty kind is "cannot tell". Below Threshold the kind
// is a suspicion that a person should look at.
func Classify(c ColumnInfo) (kind string, confidence float64, reason string) {
	kind, confidence, reason = byName(c)
	if k, share := bySample(c); k != "" && (confidence < 0.9 || !Personal(kind)) && k != kind {
		// What the values are outweighs what the column is called, unless both are documents of some kind.
		if share >= 0.6 && (confidence < 0.75 || !Personal(kind)) && !(kind == FreeText || kind == JSON || kind == XML || kind == Pairs) {
			return k, min(0.95, 0.5+share/2), fmt.Sprintf("%.0f %% of the sampled values are of this kind", 100*share)
		}
		if share >= 0.02 && kind == "" {
			return FreeText, 0.7, fmt.Sprintf("%.0f %% of the sampled values hold personal data", 100*share)
		}
	} else if k != "" && k == kind {
		return kind, min(0.99, confidence+0.1), reason + ", and the sampled values agree"
	}
	return kind, confidence, reason
}

// hitColumn is the column's kind that a detector's kind speaks for.
var hitColumn = map[string]string{
	"email": Email, "phone": Phone, "card": Card, "iban": IBAN, "bic": BankAccount, "ip": IP, "mac": MAC, "url-credentials": URL, "geo": Geo, "password-hash": Password,
	"password": Password, "jwt": Token, "api-key": Token, "aws-key": Token, "private-key": Token, "connection-string": Token, "push-token": PushToken, "crypto": BankAccount,
	"birth-date": BirthDate, "address": Street, "person": FullName, "gb-postcode": Postcode, "passport": NationalID, "driving-licence": NationalID, "mrz": NationalID, "imei": DeviceID,
	"us-ein": TaxID, "de-vat": TaxID, "it-piva": TaxID, "fr-siren": TaxID, "fr-siret": TaxID, "br-cnpj": TaxID, "in-gstin": TaxID, "au-abn": TaxID, "au-acn": TaxID, "se-orgnr": TaxID,
	"us-aba": BankAccount, "bank-account": BankAccount,
}

// bySample returns the kind most values speak for, and their share.
func bySample(c ColumnInfo) (kind string, share float64) {
	if c.Samples == 0 {
		return "", 0
	}
	tally := map[string]int{}
	for hit, n := range c.Hits {
		k := hitColumn[hit]
		if k == "" && kindByName(hit) != kNone {
			k = NationalID
		}
		if k != "" {
			tally[k] += n
		}
	}
	most := 0
	for _, k := range ColumnKinds() { // a fixed order, so that ties are decided alike every time
		if tally[k] > most {
			kind, most = k, tally[k]
		}
	}
	return kind, min(1, float64(most)/float64(c.Samples))
}

// fold takes accents away, also those that are letters of their own.
func fold(name string) string {
	var out strings.Builder
	for _, r := range norm.NFD.String(name) {
		switch r {
		case 'ß':
			out.WriteString("ss")
		case 'ø':
			out.WriteByte('o')
		case 'Ø':
			out.WriteByte('O')
		case 'ł':
			out.WriteByte('l')
		case 'ı':
			out.WriteByte('i')
		default:
			if !unicode.Is(unicode.Mn, r) {
				out.WriteRune(r)
			}
		}
	}
	return out.String()
}

// wordsOf cuts a name into words in lower case without accents: at anything that is no
// letter, where camelCase turns, and before the last capital of "IPAddress".
func wordsOf(name string) []string {
	var words []string
	var w strings.Builder
	flush := func() {
		if w.Len() > 0 {
			words = append(words, w.String())
			w.Reset()
		}
	}
	runes := []rune(fold(name))
	for i, r := range runes {
		switch {
		case unicode.IsDigit(r):
			w.WriteRune(r)
			continue
		case !unicode.IsLetter(r):
			flush()
			continue
		case unicode.IsUpper(r) && i > 0:
			next := i+1 < len(runes) && unicode.IsLower(runes[i+1])
			if unicode.IsLower(runes[i-1]) || unicode.IsUpper(runes[i-1]) && next || unicode.IsDigit(runes[i-1]) {
				flush()
			}
		}
		w.WriteRune(unicode.ToLower(r))
	}
	flush()
	return words
}

// singular takes an English or Romance plural's s away; good enough for names of tables.
func singular(w string) string {
	switch {
	case strings.HasSuffix(w, "ies") && len(w) > 4:
		return w[:len(w)-3] + "y"
	case strings.HasSuffix(w, "ches") || strings.HasSuffix(w, "sses"):
		return w[:len(w)-2]
	case strings.HasSuffix(w, "s") && !strings.HasSuffix(w, "ss") && !strings.HasSuffix(w, "us") && len(w) > 3:
		return w[:len(w)-1]
	}
	return w
}

// tableIs reports whether a word of the table's name, or the whole of it, is in the set.
func tableIs(table string, set map[string]bool) bool {
	words := wordsOf(table)
	for _, w := range words {
		if set[w] || set[singular(w)] {
			return true
		}
	}
	return set[strings.Join(words, "_")]
}

// bareNames are columns whose meaning only the table knows.
var bareNames = wordSet("name names nom nombre nome naam nazwa namn nimi navn nev nazev jmeno_nazev ad isim имя_ 名称 名前 bezeichnung title titre titel titulo")

// byName judges by name, table and type.
func byName(c ColumnInfo) (kind string, confidence float64, reason string) {
	words := wordsOf(c.Column)
	if len(words) == 0 {
		return byType(c)
	}
	joined := strings.Join(words, "_")
	last := words[len(words)-1]
	if c.Class == "timestamp" || c.Class == "time" || c.Class == "interval" {
		if k := phrases[joined]; k == BirthDate || k == Health {
			return k, 0.9, fmt.Sprintf("its name %q says so", joined)
		}
		return Timestamp, 0.9, "a point in time"
	}
	if c.Class == "bool" {
		if k := longest(words); Special(k) {
			return k, 0.85, fmt.Sprintf("a yes or no about %q", joined)
		}
		return Operational, 0.9, "a yes or no"
	}
	if k, why := byTable(c, words); k != "" {
		return fitType(c, k, 0.75, why)
	}
	if bareNames[joined] || bareNames[last] && len(words) == 1 {
		return bareName(c, joined)
	}
	switch long := c.MaxChars == 0 || c.MaxChars > 64; {
	case joined == "reason" && c.Class == "text" && long:
		return FreeText, 0.65, "a reason in words, which people write"
	case joined == "path" && c.Class == "text" && tableIs(c.Table, requestTables):
		return URL, 0.7, "the path of a request, which may name somebody"
	}
	if k, ok := phrases[joined]; ok {
		return fitType(c, k, 0.95, fmt.Sprintf("its name %q says so", joined))
	}
	if k, ok := phrases[strings.Join(words, "")]; ok && len(words) > 1 {
		return fitType(c, k, 0.92, fmt.Sprintf("its name %q says so", joined))
	}
	if d := strings.TrimRight(joined, "_0123456789"); d != joined && d != "" {
		if k, ok := phrases[d]; ok {
			return fitType(c, k, 0.9, fmt.Sprintf("its name begins with %q", d))
		}
	}
	if c.Key && (c.Class == "integer" || c.Class == "uuid") {
		return Key, 0.9, "part of a key"
	}
	if k, ok := lastWords[last]; ok && len(words) > 1 {
		inner := longest(words[:len(words)-1])
		switch {
		case k == Timestamp && inner == BirthDate:
			return BirthDate, 0.9, fmt.Sprintf("its name %q says so", joined)
		case k == Key && (inner == NationalID || inner == TaxID || inner == DeviceID || inner == PushToken || inner == Email):
			return fitType(c, inner, 0.8, fmt.Sprintf("its name %q says so", joined))
		case k == Key && c.Class == "text" && inner == "" && last == "id":
			return Key, 0.6, "its name ends like a key"
		case Special(inner):
			return fitType(c, inner, 0.75, fmt.Sprintf("its name %q speaks of it", joined))
		case k == Timestamp && c.Class != "date" && c.Class != "" && c.Class != "integer" && last != "date" && last != "time":
		default:
			return k, 0.8, fmt.Sprintf("its name ends in %q", last)
		}
	}
	if k := longest(words); k != "" {
		switch k {
		case Operational, Amount, Label, Key:
			return k, 0.7, fmt.Sprintf("a word of %q", joined)
		}
		return fitType(c, k, 0.8, fmt.Sprintf("a word of %q says so", joined))
	}
	if bareNames[last] {
		return bareName(c, joined)
	}
	if k := grownTogether(joined); k != "" {
		return fitType(c, k, 0.65, fmt.Sprintf("%q ends in a word for it", joined))
	}
	return byType(c)
}

// byTable judges columns whose name says little and whose table says the rest.
func byTable(c ColumnInfo, words []string) (kind, reason string) {
	last := words[len(words)-1]
	if c.Class != "text" && c.Class != "" {
		return "", ""
	}
	table := wordsOf(c.Table)
	holds := func(names ...string) bool {
		return slices.ContainsFunc(table, func(w string) bool { return slices.Contains(names, singular(w)) })
	}
	switch {
	case last == "address" && len(words) <= 2 && !strings.Contains(strings.Join(words, "_"), "ip") && phrases[strings.Join(words, "_")] != Email && holds("email", "mail", "mailbox"):
		return Email, "an address in a table of mail addresses"
	case last == "number" && len(words) == 1 && holds("phone", "telephone", "mobile"):
		return Phone, "a number in a table of telephones"
	case last == "extension" && len(words) == 1 && tableIs(c.Table, peopleTables):
		return Phone, "the extension of a person's telephone"
	case (last == "key" || last == "value" || last == "hash" || last == "digest") && len(words) == 1 && !c.Key && secretTable(table):
		return Token, "what a table of secrets holds"
	}
	return "", ""
}

// secretTable reports whether a table's last words are those of a secret.
func secretTable(table []string) bool {
	for n := 1; n <= min(2, len(table)); n++ {
		if w := strings.Join(table[len(table)-n:], "_"); secretTables[w] || secretTables[singular(w)] {
			return true
		}
	}
	return false
}

// Elsewhere reports whether a column holds a row's number at another service, such as
// stripe_id: of a person it leads to that person's account there, of a thing to nobody.
// Who has the whole table can tell which.
func Elsewhere(column string) bool {
	words := wordsOf(column)
	last := words[max(0, len(words)-1):]
	switch {
	case len(words) == 0:
		return false
	case len(words) == 1:
		return last[0] == "uid" || last[0] == "sub"
	}
	return (last[0] == "id" || last[0] == "uid") && len(words) == 2 && services[words[0]] ||
		len(words) == 3 && (last[0] == "id" || last[0] == "uid") && services[words[0]] && slices.Contains([]string{"customer", "user", "account", "member"}, words[1])
}

// Tracks reports whether a table records where somebody was.
func Tracks(table string) bool { return tableIs(table, trackTables) }

// requestTables record what people asked a server for.
var requestTables = wordSet("access request log visit pageview page_view hit click")

// longest returns the kind of the longest phrase inside words; of equal ones the last,
// for the head of a compound comes last in most of these languages.
func longest(words []string) string {
	for n := min(4, len(words)); n >= 1; n-- {
		for i := len(words) - n; i >= 0; i-- {
			w := strings.Join(words[i:i+n], "_")
			if k, ok := phrases[w]; ok && (len(w) > 2 || k == IP) && (w != "via" || len(words) == 1) { // "sold via" is no street in Italy
				return k
			}
			if k, ok := phrases[singular(w)]; ok && len(w) > 4 {
				return k
			}
		}
	}
	return ""
}

// grownTogether looks for compounds in one word: kundentelefonnummer, customeremail.
func grownTogether(w string) string {
	for _, e := range []struct{ ending, kind string }{
		{"telefonnummer", Phone},
		{"rufnummer", Phone},
		{"handynummer", Phone},
		{"phonenumber", Phone},
		{"telefon", Phone},
		{"phone", Phone},
		{"emailadresse", Email},
		{"emailaddress", Email},
		{"email", Email},
		{"vorname", FirstName},
		{"firstname", FirstName},
		{"nachname", LastName},
		{"lastname", LastName},
		{"surname", LastName},
		{"fullname", FullName},
		{"geburtsdatum", BirthDate},
		{"birthdate", BirthDate},
		{"strasse", Street},
		{"anschrift", Street},
		{"adresse", Street},
		{"address", Street},
		{"postleitzahl", Postcode},
		{"postcode", Postcode},
		{"zipcode", Postcode},
		{"iban", IBAN},
		{"kontonummer", BankAccount},
		{"passwort", Password},
		{"password", Password},
		{"bemerkung", FreeText},
		{"kommentar", FreeText},
		{"personnummer", NationalID},
		{"ausweisnummer", NationalID},
		{"passnummer", NationalID},
		{"username", Username},
	} {
		if len(w) > len(e.ending) && strings.HasSuffix(w, e.ending) {
			return e.kind
		}
	}
	return ""
}

// bareName judges a column that is called name or title.
func bareName(c ColumnInfo, joined string) (string, float64, string) {
	if strings.HasPrefix(joined, "tit") {
		if tableIs(c.Table, letterTables) {
			return FreeText, 0.6, "the title of what somebody wrote"
		}
		if tableIs(c.Table, peopleTables) {
			return JobTitle, 0.6, "a title in a table of people: a form of address or a job"
		}
		return Label, 0.6, "the title of a thing"
	}
	switch person, thing := tableIs(c.Table, peopleTables), tableIs(c.Table, thingTables); {
	case person && !thing:
		return FullName, 0.85, fmt.Sprintf("a name in a table of people, %s", c.Table)
	case thing && !person:
		if tableIs(c.Table, wordSet("company organization organisation firm supplier vendor shipper firma lieferant fournisseur proveedor fornitore")) {
			return Company, 0.6, "the name of a company, which may be a person's"
		}
		if tableIs(c.Table, wordSet("artist")) {
			return Label, 0.4, "a name in a table of artists: people, but in public; somebody should decide"
		}
		return Label, 0.6, fmt.Sprintf("a name in %s, a table of things", c.Table)
	}
	return FullName, 0.4, "a name, but of whom the table does not say"
}

// fitType lowers or turns a name's verdict where the type contradicts.
func fitType(c ColumnInfo, kind string, confidence float64, reason string) (string, float64, string) {
	thing := tableIs(c.Table, thingTables) && !tableIs(c.Table, peopleTables) && !tableIs(c.Table, trackTables)
	switch c.Class {
	case "inet":
		return IP, 0.9, reason
	case "macaddr":
		return MAC, 0.9, reason
	case "integer", "numeric", "float":
		switch words := wordsOf(c.Column); {
		case kind == Geo && thing:
			return kind, min(confidence, 0.45), fmt.Sprintf("the place of a thing, not of a person: %s", c.Table)
		case kind == Geo && (slices.Contains(words, "min") || slices.Contains(words, "max")):
			return kind, min(confidence, 0.45), "the bounds of an area"
		case kind == Token && words[len(words)-1] == "codes":
			return kind, confidence, reason
		}
		switch kind {
		case FirstName, LastName, FullName, Email, Street, City, Company, Username, Password, FreeText, URL, JobTitle, Title, Region, Country, Label, JSON, XML, Pairs, BirthPlace, Token, PushToken, File, Nationality:
			if c.Class == "integer" {
				return Key, 0.6, "a number that points to it"
			}
			return Operational, 0.5, "a number"
		case Geo, Salary, Age, Amount, Health, Card, CardSecret, NationalID, TaxID, Phone, BankAccount, Postcode, BirthDate, DeviceID, Key, Timestamp, Operational:
			return kind, confidence, reason
		}
		return kind, confidence - 0.2, reason
	case "date":
		if kind == BirthDate || Special(kind) {
			return kind, confidence, reason
		}
		return Timestamp, 0.8, "a date of something"
	case "uuid":
		if kind == Token || kind == PushToken || kind == DeviceID {
			return kind, confidence, reason
		}
		return Key, 0.8, "a UUID"
	case "bytea":
		if kind == Password || kind == Token || kind == Biometric || kind == Genetic {
			return kind, confidence, reason
		}
		if thing {
			return File, 0.45, "bytes about a thing: " + c.Table
		}
		return File, 0.7, "bytes that may show a person"
	case "json", "hstore":
		if Special(kind) || kind == PushToken || kind == Token {
			return kind, confidence, reason
		}
		if c.Class == "hstore" {
			return Pairs, 0.75, "a document; " + reason
		}
		return JSON, 0.75, "a document; " + reason
	case "xml":
		return XML, 0.75, "a document; " + reason
	case "enum":
		if kind == Gender || kind == Title || Special(kind) || kind == MaritalInfo || kind == Country || kind == Nationality {
			return kind, confidence, reason
		}
		return Operational, 0.8, "one of a fixed list"
	}
	// A place is a person's only where a person is.
	table := wordsOf(c.Table)
	if (kind == City || kind == Region) && len(table) > 0 && placeTables[singular(table[len(table)-1])] && !tableIs(c.Table, peopleTables) {
		return Label, 0.6, fmt.Sprintf("the name of a place in a list of places, %s", c.Table)
	}
	if (kind == City || kind == Postcode || kind == Street || kind == Region || kind == Geo) && thing {
		return kind, min(confidence, 0.45), fmt.Sprintf("the place of a thing, not of a person: %s", c.Table)
	}
	return kind, confidence, reason
}

// byType is the verdict when the name says nothing.
func byType(c ColumnInfo) (string, float64, string) {
	switch c.Class {
	case "inet":
		return IP, 0.7, "an address of a network or a machine"
	case "macaddr":
		return MAC, 0.8, "a hardware address"
	case "json":
		return JSON, 0.6, "a document may hold anything"
	case "xml":
		return XML, 0.6, "a document may hold anything"
	case "hstore":
		return Pairs, 0.6, "a document may hold anything"
	case "bytea":
		return File, 0.55, "bytes may be a picture or a scan"
	case "uuid":
		return Key, 0.7, "a UUID"
	case "date":
		return Timestamp, 0.6, "a date"
	case "enum":
		return Operational, 0.7, "one of a fixed list"
	case "numeric", "float":
		return Operational, 0.55, "a number"
	case "integer":
		if c.Key {
			return Key, 0.9, "part of a key"
		}
		return Operational, 0.5, "a number"
	case "text", "":
		if c.Class == "text" && (c.MaxChars == 0 || c.MaxChars > 255) {
			return "", 0, "a text whose name says nothing"
		}
	}
	return "", 0, "neither name nor type says what it is"
}
