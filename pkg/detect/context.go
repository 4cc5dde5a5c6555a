package detect

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// hint is what a column says about its values.
type hint struct {
	speaks  kindSet // kinds that the column's name or kind announces
	named   kindSet // documents that the name itself calls by their names
	kind    string  // the column's kind
	perhaps bool    // it is called name, and nobody says whose
	country string  // ISO code in lower case, from the locale
}

// columnSpeaks maps a column's kind to what its values may be.
var columnSpeaks = map[string]kindSet{
	Email:      setOf(kEmail),
	Phone:      setOf(kPhone),
	Card:       setOf(kCard),
	IBAN:       setOf(kIBAN, kBIC, kBankAccount),
	IP:         setOf(kIP),
	MAC:        setOf(kMAC),
	Geo:        setOf(kGeo),
	Password:   setOf(kPasswordHash, kPassword),
	Token:      setOf(kAPIKey, kJWT, kPushToken),
	PushToken:  setOf(kPushToken),
	BirthDate:  setOf(kBirthDate),
	Street:     setOf(kAddress),
	Postcode:   setOf(kGBPostcode),
	FirstName:  setOf(kPerson),
	LastName:   setOf(kPerson),
	FullName:   setOf(kPerson),
	NationalID: documents,
}

func makeHint(c Context) hint {
	h := hint{kind: c.Kind}
	if h.kind == "" && c.Column != "" {
		k, confidence, _ := Classify(ColumnInfo{Table: c.Table, Column: c.Column, Class: c.Class})
		if confidence >= Threshold {
			h.kind = k
		}
		h.perhaps = k == FullName && confidence < Threshold
	}
	h.country = localeCountry(c.Locale)
	h.speaks = columnSpeaks[h.kind].with(spoken([]byte(c.Column)))
	h.named = named(c.Column)
	if h.speaks.has(kNegative) && columnSpeaks[h.kind] != (kindSet{}) {
		h.speaks[kNegative>>6] &^= 1 << (kNegative & 63)
	}
	return h
}

// named returns the documents that a column is called by: of passport_number the passport,
// of identity_number none.
func named(column string) (set kindSet) {
	before := ""
	for _, w := range wordsOf(column) {
		if k := spoken([]byte(w)); !k.has(kVague) {
			set = set.with(k)
		}
		if before != "" {
			k, _ := contextWords.get(hash([]byte(before + "_" + w)))
			set = set.with(k)
		}
		before = w
	}
	return set.only(documents.with(spokenKinds).with(setOf(kUSDEA, kUSNPI, kUSABA)))
}

// languageCountry is where a language without a country is spoken.
var languageCountry = map[string]string{
	"en": "us", "da": "dk", "sv": "se", "nb": "no", "nn": "no", "cs": "cz", "el": "gr", "uk": "ua", "ja": "jp", "ko": "kr",
	"zh": "cn", "hi": "in", "pt": "pt", "et": "ee", "sl": "si", "he": "il", "ar": "sa", "vi": "vn", "fa": "ir",
}

// localeCountry reads "de_AT", "de-AT", "AT" and "de" ("de" as a language is Germany).
func localeCountry(locale string) string {
	if locale == "" {
		return ""
	}
	lower := strings.ToLower(strings.ReplaceAll(locale, "-", "_"))
	parts := strings.Split(lower, "_")
	for _, p := range parts[1:] {
		if len(p) == 2 {
			return p
		}
	}
	if len(parts[0]) != 2 {
		return ""
	}
	if locale[0] >= 'a' {
		if c, ok := languageCountry[parts[0]]; ok {
			return c
		}
	}
	return parts[0]
}

// contextWords says which kinds a word announces. Words are in lower case without a
// plural; "social security number" works through "social" and "security".
var contextWords = func() *wordTable[kindSet] {
	m := map[string]kindSet{}
	say := func(words string, kinds ...kind) {
		for w := range strings.FieldsSeq(words) {
			for _, w := range [...]string{w, fold(w)} {
				m[w] = m[w].with(setOf(kinds...))
			}
		}
	}
	say("email emails mail mails mailto e-mail courriel correo", kEmail)
	say(`phone phones telephone telephones tel tele mobile mobil mobiltelefon cell cellphone cellular fax telefax call calls called calling dial ring text sms
		whatsapp signal viber hotline landline extension msisdn contact reach phonenumber mobilenumber telno
		telefon telefonnummer tel.nr handy handynummer rufnummer mobilnummer festnetz anrufen rückruf durchwahl
		téléphone portable appeler appelez joindre teléfono telefono móvil celular llamar llámame cellulare chiamare recapito fisso
		telefone telemóvel telemovel contato contacto ligar telefoon telefoonnummer mobiel gsm bel telefonu komórka komórkowy zadzwoń
		telefonnumre ring mobilnr tlf puhelin puhelinnumero matkapuhelin soita telefonní volat telefonszám mobiltelefonszám
		cep telefonul телефон телефона тел моб мобильный звоните τηλέφωνο κινητό هاتف جوال טלפון נייד điện thoại`, kPhone)
	say("card cards cc ccnum pan creditcard visa mastercard amex maestro discover debit kreditkarte karte kartennummer carte tarjeta carta cartão credit", kCard)
	say("iban account konto kontonummer compte cuenta conto conta rekening rekeningnummer rachunek bank acct a_c account_number accountnumber rib счет счёт hesap", kIBAN, kBankAccount)
	say("bic swift", kBIC)
	say("ip ips ipv4 ipv6 address host client remote addr", kIP)
	say("mac ethernet hwaddr bssid", kMAC)
	say("lat lon lng latitude longitude coordinate coordinates gps geo location position koordinaten coordonnées coordenadas", kGeo)
	say("born birth birthday birthdate dob dateofbirth bday geboren geburtsdatum geb geburtstag né née naissance nacido nacida nacimiento nato nata nascita nascido nascida nascimento geboortedatum urodzony urodzona urodzenia født fødselsdato född födelsedatum syntynyt syntymäaika narozen narození született születési doğum născut рождения родился 生年月日 出生", kBirthDate)
	say("passport passports passeport reisepass pasaporte passaporto passaporte paspoort paszport pass reisepassnummer pasaport паспорт паспорта διαβατήριο دركون جواز útlevél pas", kPassport)
	say("driving driver drivers license licence licences dl führerschein führerscheinnummer permis carnet patente habilitação cnh rijbewijs fuehrerschein fahrerlaubnis prawo-jazdy körkort kørekort førerkort ajokortti ehliyet conduire conducir dvla", kLicence, kGBLicence)
	say("imei handset device", kIMEI)
	say("ssn ssns social security socialsecurity", kUSSSN)
	say("itin taxpayer tax", kUSITIN)
	say("ein fein employer", kUSEIN)
	say("npi provider", kUSNPI)
	say("mbi medicare", kUSMBI, kAUMedicare)
	say("dea prescriber medical medical_license medical_licence", kUSDEA)
	say("aba routing rtn transit", kUSABA)
	say("nhs patient health", kGBNHS)
	say("nino ni insurance national", kGBNINO)
	say("postcode postal zip plz", kGBPostcode)
	say("idnr id_nr steuer_id steuer-id steuerid steueridentifikationsnummer steuernummer identifikationsnummer steuerliche tin steuer", kDEIdNr)
	say("vat ust-idnr ustid ust umsatzsteuer mwst uid", kDEVAT)
	say("rvnr rentenversicherung rentenversicherungsnummer sozialversicherung sozialversicherungsnummer versicherungsnummer svnr sv rente", kDERVNR, kATSVNR)
	say("kvnr krankenversicherung krankenversichertennummer krankenkasse versichertennummer kranken", kDEKVNR)
	say("ausweis personalausweis personalausweisnummer ausweisnummer identity reisepass passnummer", kDEIDCard)
	say("nir insee sécu sécurité securite sociale numéro-de-sécurité", kFRNIR)
	say("siren", kFRSIREN)
	say("siret", kFRSIRET)
	say("dni nif documento", kESDNI)
	say("nie extranjero", kESNIE)
	say("codice fiscale cf c_f codicefiscale", kITCF)
	say("partita iva piva p_iva", kITPIVA)
	say("cpf", kBRCPF)
	say("cnpj", kBRCNPJ)
	say("bsn burgerservicenummer sofinummer sofi", kNLBSN)
	say("personnummer personnr pnr samordningsnummer", kSEPNR)
	say("organisationsnummer orgnr orgnummer org", kSEORG)
	say("pesel", kPLPESEL)
	say("aadhaar aadhar uidai uid", kINAadhaar)
	say("pan permanent", kINPAN)
	say("gstin gst", kINGSTIN)
	say("tfn tax", kAUTFN)
	say("abn business", kAUABN)
	say("acn company", kAUACN)
	say("sin insurance social", kCASIN)
	say("hetu henkilötunnus henkilotunnus", kFIHETU)
	say("tckn kimlik tc vatandaşlık", kTRTCKN)
	say("rsa identity", kZAID)
	say("nric fin singapore", kSGNRIC)
	say("rrn frn 주민등록번호 resident registration korea korean", kKRRRN)
	say("tnin thai บัตรประชาชน", kTHTNIN)
	say("rijksregisternummer rijksregister nn niss insz registre", kBENN)
	say("cpr cpr-nr personnummer", kDKCPR)
	say("fødselsnummer fodselsnummer fnr personnummer", kNOFNR)
	say("nif contribuinte", kPTNIF)
	say("ahv avs ahv-nummer oasi", kCHAHV)
	say("身份证 公民身份号码 身份证号 resident", kCNRID)
	say("curp", kMXCURP)
	say("rut run", kCLRUT)
	say("cnp", kROCNP)
	say("pps ppsn", kIEPPS)
	say("oib", kHROIB)
	say("rodné rodného rodne rč rc r_č", kCZRC)
	say("егн egn", kBGEGN)
	say("isikukood asmens", kEEIK)
	say("personas", kLVPK)
	say("kennitala kt", kISKT)
	say("jmbg јмбг emšo emso embg matični maticni", kRSJMBG)
	say("nuss seguridad afiliación afiliacion", kESNUSS)
	say("cif", kESCIF)
	say("lanr arztnummer lebenslange", kDELANR)
	say("bsnr betriebsstättennummer betriebsstaettennummer", kDEBSNR)
	say("vin chassis fahrgestellnummer fahrgestell bastidor fin", kVIN)
	say("αμκα amka", kGRAMKA)
	say("αφμ afm", kGRAFM)
	say("инн inn", kRUINN)
	say("снилс snils", kRUSNILS)
	say("זהות ת_ז teudat zehut", kILTZ)
	say("cuit cuil", kARCUIT)
	say("rfc", kMXRFC)
	say("mykad nric kad pengenalan ic", kMYNRIC)
	say("mynumber my_number", kJPMyNumber)
	say("hkid hong_kong", kHKID)
	say("taiwan", kTWID)
	say("taj", kHUTAJ)
	say("nik ktp", kIDNIK)
	say("cnic nadra", kPKCNIC)
	say("id_number identity_number teudat_zehut", kILTZ, kZAID)
	say("emirates eid", kAEEID)
	say("nip", kPLNIP)
	say("regon", kPLREGON)
	say("рнокпп іпн rnokpp ipn", kUARNOKPP)
	say("nin nimc national_identification", kNGNIN)
	say("identification id_number id_no id_nr citizen_id", kIDNumber)
	say("ip_address", kIP)
	say("voter_id voter epic", kINVoter)
	say("uen", kSGUEN)
	say("business_registration brn", kKRBRN)
	say("steuernummer stnr st_nr steuer_nr", kDETax)
	say("cédula cccd cmnd identifikationsnummer idnumber citizen kimlik identidad identité identità tożsamości", kIDNumber)
	say("plate plates registration vehicle kennzeichen kfz plaka immatriculation matrícula targa placa rego reg car kenteken registracyjny", kPlate)
	say(`identity national resident registration tax taxpayer insurance social security business company health patient provider device
		number card cards id documento address transit car identification personal`, kVague)
	say("password passwd pwd passwort kennwort mdp contraseña senha hasło wachtwoord lösenord", kPassword, kPasswordHash)
	say("hash digest", kPasswordHash)
	say("push apns fcm apn gcm device_token registration", kPushToken)
	say("btc bitcoin eth ethereum wallet crypto ltc", kCrypto)
	say("name named patient customer client employee user mr mrs attn attention contact manager signed regards sincerely spoke talked met pan pani panią fru hr herra rouva mevrouw heer señora señor signora signor madame monsieur frau herr herrn bey hanım ibu bapak shri samtal gespräch rozmowa hilsen hälsningar beste bà ông gospa gospođa klicala talaði ponia kundze proua kontakt zástupce", kPerson)
	say(`order orders invoice invoices sku isbn issn ean upc gtin tracking shipment parcel ref reference article product part model serial version build ticket
		bestellung bestellnummer rechnung rechnungsnummer artikel artikelnummer sendung commande facture pedido factura ordine fattura
		amount total price eur usd gbp qty quantity batch lot timestamp transaction txn checksum commit uuid guid doi`, kNegative)
	t := newWordTable[kindSet](len(m))
	for w, kinds := range m {
		t.put(hash([]byte(w)), kinds)
	}
	return t
}()

// nearby returns the kinds that the words around b[start:end] announce: up to 72 bytes
// before and 24 after, which is a clause. A line break ends neither: forms put the
// label on the line above.
func nearby(b []byte, start, end int) kindSet {
	from := max(0, start-72)
	for from > 0 && from < start && !utf8.RuneStart(b[from]) {
		from++
	}
	set := spoken(b[from:start])
	// What follows counts only within the sentence.
	to := min(len(b), end+24)
	for i := end; i < to; i++ {
		if c := b[i]; c == '.' || c == ';' || c == '\n' || c == ',' {
			to = i
		}
	}
	return set.with(spoken(b[end:to]))
}

// ideographs are words of scripts that put no spaces between words.
var ideographs = []struct {
	word  []byte
	kinds kindSet
}{
	{[]byte("电话"), setOf(kPhone)},
	{[]byte("手机"), setOf(kPhone)},
	{[]byte("電話"), setOf(kPhone)},
	{[]byte("携帯"), setOf(kPhone)},
	{[]byte("전화"), setOf(kPhone)},
	{[]byte("휴대"), setOf(kPhone)},
	{[]byte("โทร"), setOf(kPhone)},
	{[]byte("身份证"), setOf(kCNRID)},
	{[]byte("주민"), setOf(kKRRRN)},
	{[]byte("生年月日"), setOf(kBirthDate)},
	{[]byte("出生"), setOf(kBirthDate)},
	{[]byte("생년월일"), setOf(kBirthDate)},
	{[]byte("护照"), setOf(kPassport)},
	{[]byte("銀行"), setOf(kBankAccount)},
	{[]byte("ประชาชน"), setOf(kTHTNIN)},
	{[]byte("パスポート"), setOf(kPassport)},
	{[]byte("旅券"), setOf(kPassport)},
	{[]byte("護照"), setOf(kPassport)},
	{[]byte("여권"), setOf(kPassport)},
	{[]byte("운전면허"), setOf(kLicence)},
	{[]byte("免許"), setOf(kLicence)},
	{[]byte("驾驶证"), setOf(kLicence)},
	{[]byte("사업자"), setOf(kKRBRN)},
	{[]byte("マイナンバー"), setOf(kJPMyNumber)},
	{[]byte("個人番号"), setOf(kJPMyNumber)},
	{[]byte("身分證"), setOf(kTWID, kHKID)},
	{[]byte("银行"), setOf(kBankAccount)},
	{[]byte("账号"), setOf(kBankAccount)},
	{[]byte("口座"), setOf(kBankAccount)},
	{[]byte("계좌"), setOf(kBankAccount)},
	{[]byte("车牌"), setOf(kPlate)},
}

// spoken returns the kinds that the words of text announce, alone or two together ("my
// number"). Words end at anything that is no letter, and where camelCase turns.
func spoken(text []byte) (set kindSet) {
	pair := uint64(0) // the hash of the word before, and of a line below it
	for i := 0; i < len(text); {
		c := text[i]
		if c >= utf8.RuneSelf {
			return spokenWide(text)
		}
		if classes[c]&(isUpper|isLower) == 0 {
			i++
			continue
		}
		start, h, both, before := i, hashSeed, pair, uint64(0)
		for {
			before, h, both = h, hashByteOf(h, c|0x20), hashByteOf(both, c|0x20)
			if i++; i == len(text) {
				break
			}
			next := classes[text[i]]
			if next&(isUpper|isLower) == 0 || next == isUpper && classes[c] == isLower {
				break
			}
			c = text[i]
		}
		if i < len(text) && text[i] >= utf8.RuneSelf {
			return spokenWide(text)
		}
		if i-start > 1 {
			k, ok := contextWords.get(h)
			if !ok && c|0x20 == 's' {
				k, _ = contextWords.get(before)
			}
			set = set.with(k)
		}
		if pair != 0 {
			k, _ := contextWords.get(both)
			set = set.with(k)
		}
		pair = hashByteOf(h, '_')
	}
	return set
}

// spokenWide is spoken for texts beyond ASCII.
func spokenWide(text []byte) (set kindSet) {
	h, before, pair, n, wide := hashSeed, hashSeed, uint64(0), 0, false
	last := byte(0)
	flush := func() {
		if n > 1 {
			k, ok := contextWords.get(h)
			if !ok && last == 's' {
				k, _ = contextWords.get(before)
			}
			set = set.with(k)
		}
		if n > 0 {
			if pair != 0 {
				k, _ := contextWords.get(pair)
				set = set.with(k)
			}
			pair = hashByteOf(h, '_')
		}
		h, n = hashSeed, 0
	}
	add := func(c byte) {
		before, last = h, c
		h = hashByteOf(h, c)
		if pair != 0 {
			pair = hashByteOf(pair, c)
		}
		n++
	}
	lower := false
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			i++
			switch {
			case upper(c):
				if lower {
					flush()
				}
				c |= 0x20
				lower = false
			case letter(c):
				lower = true
			default:
				lower = false
				if n > 0 {
					flush()
				}
				continue
			}
			add(c)
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		i += size
		wide = wide || r >= 0x0E00
		if !unicode.IsLetter(r) && !unicode.IsMark(r) {
			if n > 0 {
				flush()
			}
			lower = false
			continue
		}
		if up := unicode.IsUpper(r); up && lower {
			flush()
			lower = false
		} else if unicode.IsLetter(r) {
			lower = !up
		}
		var buf [utf8.UTFMax]byte
		for _, c := range buf[:utf8.EncodeRune(buf[:], unicode.ToLower(r))] {
			add(c)
		}
	}
	flush()
	if wide {
		for _, w := range ideographs {
			if bytes.Contains(text, w.word) {
				set = set.with(w.kinds)
			}
		}
	}
	return set
}
