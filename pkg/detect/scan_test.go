package detect

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

// kindsIn returns "kind[start:end]=text" of every hit, for messages about made-up values.
func kindsIn(s *Scanner, text string, ctx *Context) []string {
	var out []string
	for _, h := range s.Scan(nil, []byte(text), ctx) {
		out = append(out, fmt.Sprintf("%s %q", h.Kind, text[h.Start:h.End]))
	}
	return out
}

func TestScanFindsWhatHasAShape(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, kind, hit string }{
		{"plain address", "write to ann.lee@mail.acme.co.uk please", "email", "ann.lee@mail.acme.co.uk"},
		{"tagged address at a sentence's end", "It is bob+shop@posteo.de.", "email", "bob+shop@posteo.de"},
		{"mailto", `<a href="mailto:kim@corp.internal">`, "email", "kim@corp.internal"},
		{"mailto of a bare host", `mailto:root@mailhost`, "email", "root@mailhost"},
		{"quoted local part", `"anna maria"@post.example`, "email", `"anna maria"@post.example`},
		{"international domain", "schreib an jörg@müller-straßenbau.de bitte", "email", "jörg@müller-straßenbau.de"},
		{"address after an escape", `{"t":"hi\nzoe@host.org"}`, "email", "zoe@host.org"},
		{"address after Han", "请联系zhang.wei@mail.cn谢谢", "email", "zhang.wei@mail.cn谢谢"},
		{"apostrophe", "o'neil@irish.ie", "email", "o'neil@irish.ie"},
		{"literal host", "joe@[198.51.100.7]", "email", "joe@[198.51.100.7]"},
		{"escaped at sign", `zoe\u0040host.org`, "email", `zoe\u0040host.org`},
		{"entity for the at sign", `zoe&#64;host.org`, "email", `zoe&#64;host.org`},
		{"percent sign", `?to=zoe%40host.org&x=1`, "email", `zoe%40host.org`},
		{"international phone", "call +49 30 901820 now", "phone", "+49 30 901820"},
		{"phone in one run", "+447911123456", "phone", "+447911123456"},
		{"American phone", "(415) 867-5310", "phone", "(415) 867-5310"},
		{"dotted American phone", "415.867.5310 x22", "phone", "415.867.5310 x22"},
		{"trunk zero", "030 / 901820-11", "", ""},
		{"French phone", "06 12 34 56 78", "phone", "06 12 34 56 78"},
		{"British phone", "020 7123 4567", "phone", "020 7123 4567"},
		{"German phone", "Tel. 0221 4567890", "phone", "0221 4567890"},
		{"spoken digits", "my mobile: 5123456789", "phone", "5123456789"},
		{"card", "4532 0151 1283 0366", "card", "4532 0151 1283 0366"},
		{"card in one run", "pay 5425233430109903 today", "card", "5425233430109903"},
		{"IBAN", "IBAN: DE75 5121 0800 1245 1261 99", "iban", "DE75 5121 0800 1245 1261 99"},
		{"IBAN in one run", "GB33BUKB20201555555555", "iban", "GB33BUKB20201555555555"},
		{"BIC", "BIC COBADEFFXXX", "bic", "COBADEFFXXX"},
		{"IPv4", "from 84.23.17.201 port", "ip", "84.23.17.201"},
		{"IPv6", "2a02:8109:9440:1e::2f5", "ip", "2a02:8109:9440:1e::2f5"},
		{"MAC", "8c:85:90:0b:2f:1a", "mac", "8c:85:90:0b:2f:1a"},
		{"Cisco MAC", "8c85.900b.2f1a", "mac", "8c85.900b.2f1a"},
		{"URL with a password", "https://bob:s3cret@git.host/x", "url-credentials", "https://bob:s3cret@git.host/x"},
		{"connection string", "postgres://app:hunter22@db:5432/shop", "connection-string", "postgres://app:hunter22@db:5432/shop"},
		{"place", "48.858370, 2.294481", "geo", "48.858370, 2.294481"},
		{"AWS key", "AKIAZ7QOPX3HTN5WLD2B", "aws-key", "AKIAZ7QOPX3HTN5WLD2B"},
		{"bcrypt", "$2b$12$LJ3m4ys3Lk0TSwHnbfOMiOXPm1Qlq5Gr8nV1QkPq8YQe4fJ5p6r7u", "password-hash", "$2b$12$LJ3m4ys3Lk0TSwHnbfOMiOXPm1Qlq5Gr8nV1QkPq8YQe4fJ5p6r7u"},
		{"GitHub token", "ghp_16C7e42F292c6912E7710c838347Ae178B4a", "api-key", "ghp_16C7e42F292c6912E7710c838347Ae178B4a"},
		{"Bitcoin", "1BoatSLRHtKNngkdXEeobR76b53LETtpyT", "crypto", "1BoatSLRHtKNngkdXEeobR76b53LETtpyT"},
		{"segwit", "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", "crypto", "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"},
		{"Ethereum with its capitals", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "crypto", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"},
		{"birth", "geboren am 12.03.1985 in Ulm", "birth-date", "12.03.1985"},
		{"written birth", "DOB: March 12, 1985", "birth-date", "March 12, 1985"},
		{"street", "wohnt Lindenstraße 14", "address", "Lindenstraße 14"},
		{"English street", "at 42 Old Mill Lane, Ware", "address", "42 Old Mill Lane"},
		{"Spanish street", "Calle de Alcalá 45", "address", "Calle de Alcalá 45"},
		{"French street", "12 rue de la Paix", "address", "12 rue de la Paix"},
		{"title", "spoke to Mrs Agnes Ward.", "person", "Agnes Ward"},
		{"salutation", "Dear Katrin,", "person", "Katrin"},
		{"German salutation", "Sehr geehrter Herr Prof. Dr. Brandauer,", "person", "Brandauer"},
		{"known names", "the parcel was left with Petra Krause yesterday", "person", "Petra Krause"},
		{"MRZ", "L898902C36UTO7408122F1204159ZE184226B<<<<<10", "mrz", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			hits := NewScanner(Options{}).Scan(nil, []byte(c.text), nil)
			if c.kind == "" {
				return
			}
			for _, h := range hits {
				if h.Kind == c.kind && c.text[h.Start:h.End] == c.hit {
					return
				}
			}
			t.Errorf("%q: no %s %q, got %q", c.text, c.kind, c.hit, kindsIn(NewScanner(Options{}), c.text, nil))
		})
	}
}

func TestScanFindsDocuments(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ kind, text string }{
		{"us-ssn", "536-90-4399"},
		{"us-itin", "912-90-3456"},
		{"gb-nino", "AB 12 34 56 C"},
		{"gb-nino", "JG103759A"},
		{"gb-nhs", "NHS 943 476 5919"},
		{"de-idnr", "36574261809"},
		{"de-vat", "DE136695976"},
		{"de-rvnr", "15070649C103"},
		{"de-kvnr", "KVNR A123456780"},
		{"fr-nir", "295109912611193"},
		{"fr-nir", "253072A07300443"},
		{"es-dni", "54362315K"},
		{"es-dni", "54.362.315-K"},
		{"es-nie", "X-2482300-W"},
		{"it-cf", "RCCMNL83S18D969H"},
		{"br-cpf", "390.533.447-05"},
		{"br-cnpj", "16.727.230/0001-97"},
		{"nl-bsn", "BSN 111222333"},
		{"se-pnr", "880320-0016"},
		{"pl-pesel", "PESEL 44051401359"},
		{"in-aadhaar", "2341 2341 2346"},
		{"in-pan", "ACUPA7085R"},
		{"au-abn", "51 824 753 556"},
		{"fi-hetu", "131052-308T"},
		{"tr-tckn", "kimlik 10000000146"},
		{"za-id", "8001015009087"},
		{"sg-nric", "S0000001I"},
		{"us-mbi", "2AG4-TE5-MK73"},
		{"gb-driving-licence", "MORGA657054SM9IJ"},
		{"ca-sin", "SIN 130 692 544"},
		{"ch-ahv", "756.9217.0769.85"},
		{"be-nn", "85.07.30-033.28"},
		{"us-npi", "NPI 1234567893"},
		{"cn-rid", "11010519491231002X"},
		{"us-dea", "DEA BB1388568"},
		{"it-piva", "partita IVA 00743110157"},
		{"au-medicare", "Medicare 2428 77813 2"},
		{"us-ein", "EIN 91-1144442"},
		{"kr-rrn", "880101-1234567"},
		{"cl-rut", "12.345.678-5"},
		{"es-dni", "NIF 1111111-G"},
		{"es-cif", "CIF A58818501"},
		{"es-nuss", "seguridad social 28 12345678 40"},
		{"lv-pk", "161175-19997"},
		{"is-kt", "kennitala 120174-3399"},
		{"rs-jmbg", "JMBG 0101006500006"},
		{"rs-jmbg", "EMŠO 0101006500006"},
		{"no-fnr", "FØDSELSNUMMER 15108695088"},
		{"fi-hetu", "HENKILÖTUNNUS 131052-308T"},
		{"de-lanr", "LANR 123456601"},
		{"de-bsnr", "BSNR 123456789"},
		{"de-tax-number", "Steuernummer 2893081508152"},
		{"vin", "VIN 1HGCM82633A004352"},
		{"bic", "BIC DEUTDEFF500"},
		{"passport", "паспорт 45 08 123456"},
		{"birth-date", "D.O.B. 21 May 1984"},
	} {
		t.Run(c.kind, func(t *testing.T) {
			t.Parallel()
			if got := kindsIn(NewScanner(Options{}), c.text, nil); len(got) == 0 || !strings.HasPrefix(got[0], c.kind+" ") {
				t.Errorf("%q: want %s, got %q", c.text, c.kind, got)
			}
		})
	}
}

func TestScanLeavesAloneWhatOnlyLooksPersonal(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"order 5123456789 shipped", "SKU 0042-1187-93", "2024-01-05 12:30:45", "20240105123045", "550e8400-e29b-41d4-a716-446655440000", "ISBN 978-3-16-148410-0", "0-306-40615-2",
		"1Z999AA10123456784", "d41d8cd98f00b204e9800998ecf8427e", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "v1.2.3.4", "logo@2x.png", "lodash@4.17.21",
		"git@github.com:acme/shop.git", "@handle and @other", "$1,234,567.89", "1700000000000", "12.50, 13.99, 20.00", "std::vector<int>", "CUSTOMER DOCUMENT SHIPMENT",
		"the quick brown fox jumps over 12 lazy dogs", "Dear Customer,", "Hello World", "Windows 10 Pro", "page 12 of 345", "getCustomerByEmailAddressAndPhone", "10:15:30", "1/2/3/4/5",
		"Stainless Steel Bottle 750ml", "New York Knicks", "http://host/path?q=1", "2001-2005", "3.14159265358979", "A4 80g/m2 500 sheets", "call me maybe", "#4455667788",
	} {
		if got := kindsIn(NewScanner(Options{}), text, nil); len(got) > 0 {
			t.Errorf("%q: got %q", text, got)
		}
	}
}

func TestColumnAndLocaleSpeak(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		ctx  Context
		want string
	}{
		{"5123456789", Context{Column: "mobile_phone"}, "phone"},
		{"5123456789", Context{Column: "order_no"}, ""},
		{"5123456789", Context{}, ""},
		{"612 345 678", Context{Locale: "es_ES"}, "phone"},
		{"612345678", Context{Locale: "es_ES"}, ""},
		{"Anna Björk", Context{Column: "full_name"}, "person"},
		{"Hauptstr. 5", Context{Column: "strasse"}, "address"},
		{"536904399", Context{Column: "ssn"}, "us-ssn"},
		{"bob@mailhost", Context{Column: "email"}, "email"},
		{"C01X0006H", Context{Column: "passport_number"}, "passport"},
		{"1985-03-12", Context{Column: "birth_date"}, "birth-date"},
		{"1985-03-12", Context{Column: "created"}, ""},
		{"SW1A 1AA", Context{Column: "postcode", Locale: "en_GB"}, "gb-postcode"},
	} {
		got := kindsIn(NewScanner(Options{}), c.text, &c.ctx)
		if c.want == "" && len(got) > 0 || c.want != "" && (len(got) == 0 || !strings.HasPrefix(got[0], c.want+" ")) {
			t.Errorf("%q in %+v: want %q, got %q", c.text, c.ctx, c.want, got)
		}
	}
}

func TestBase64IsReached(t *testing.T) {
	t.Parallel()
	for _, inner := range []string{"contact: maria.rossi@posta.it", `{"user":{"phone":"+39 06 6982 1234"}}`} {
		for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.RawURLEncoding} {
			code := enc.EncodeToString([]byte(inner))
			text := `{"blob":"` + code + `","n":1}`
			hits := NewScanner(Options{}).Scan(nil, []byte(text), nil)
			if len(hits) != 1 || text[hits[0].Start:hits[0].End] != code {
				t.Errorf("%s: got %q", inner, kindsIn(NewScanner(Options{}), text, nil))
			}
		}
	}
}

func TestHitsAreOrderedAndDoNotOverlap(t *testing.T) {
	t.Parallel()
	text := []byte("Mr John Smith, 12 High Street, tel +44 20 7123 4567, j.smith@corp.co.uk, 4532015112830366, \\u0041 100 x%20y b@c.de")
	s := NewScanner(Options{})
	end := 0
	for _, h := range s.Scan(nil, text, nil) {
		if h.Start < end || h.End <= h.Start || h.End > len(text) || h.Confidence < Threshold || h.Confidence > 1 {
			t.Errorf("bad hit %+v after %d", h, end)
		}
		end = h.End
	}
	var n int
	s.Find(text, func(string, int, int) { n++ })
	if n < 5 {
		t.Errorf("Find reported %d hits", n)
	}
}

func TestEveryKindIsDocumented(t *testing.T) {
	t.Parallel()
	all := Detectors()
	if len(all) != len(Kinds()) {
		t.Fatalf("%d documented, %d known", len(all), len(Kinds()))
	}
	for i, d := range all {
		if d.Kind != Kinds()[i] || d.Summary == "" || d.Evidence == "" {
			t.Errorf("%+v", d)
		}
	}
}

const prose = `The quarterly figures arrived late on Tuesday, and nobody in the office of the publisher had looked at them before noon. Order 4711-22 (17 items, 1,299.00 EUR)
left the warehouse at 10:45; version 2.14.3 of the client was rolled out to 12 hosts. {"id": 88213, "status": "open", "tags": ["a", "b"], "price": 19.99, "at": "2024-05-17T08:15:00Z"}
`

func TestScanDoesNotAllocateOnAMiss(t *testing.T) {
	s := NewScanner(Options{})
	ctx := &Context{Column: "remarks", Table: "orders", Locale: "de_DE"}
	text := []byte(prose + ` <b>x</b> &amp; \u00e4 100%25 0012-33 A1B2C3D4 550e8400-e29b-41d4-a716-446655440000`)
	if hits := s.Scan(nil, text, ctx); len(hits) > 0 {
		t.Fatalf("the text is meant to be clean: %q", kindsIn(s, string(text), ctx))
	}
	if n := testing.AllocsPerRun(100, func() { s.Scan(nil, text, ctx) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// mixedText is what a scan of a shop meets: two thirds prose with an odd number, the rest
// JSON, XML and log lines that are mostly numbers, and a person every two kilobytes.
func mixedText() []byte {
	var b strings.Builder
	for i := range 400 {
		b.WriteString("The parcel was left with the neighbour because nobody opened the door, although we had agreed on a time in the afternoon; the box was damp and one corner was torn.\n")
		b.WriteString("Sie hat gestern angerufen und gefragt, ob die Lieferung noch vor dem Wochenende kommt, weil sie danach für drei Wochen verreist und niemand im Haus ist.\n")
		b.WriteString("We offered a refund or a replacement, whichever suits the customer better, and promised to call back within two working days once the warehouse has answered.\n")
		switch i % 8 {
		case 0:
			fmt.Fprintf(&b, "Please call Mr Peter Wood at +44 20 7946 %04d or write to peter.wood%d@mail.example.\n", i, i)
		case 2, 6:
			b.WriteString(prose)
		case 3:
			fmt.Fprintf(&b, `{"user":{"name":"Ana","ip":"84.23.17.%d","ua":"Mozilla/5.0 (X11; Linux x86_64)","sid":"9f86d081884c7d659a2feaa0c55ad015"}}`+"\n", i%250)
		case 5:
			fmt.Fprintf(&b, "<row><id>%d</id><amount>12.30</amount><note>nothing to see here, move along</note></row>\n", i)
		case 7:
			fmt.Fprintf(&b, `{"id":%d,"status":"shipped","carrier":"dhl","weight":1.25,"created_at":"2024-05-17T08:15:00Z","lines":[{"sku":"BX-1199","qty":2}]}`+"\n", i)
		}
	}
	return []byte(b.String())
}

func BenchmarkScanMixed(b *testing.B) {
	text := mixedText()
	s := NewScanner(Options{})
	var hits []Hit
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		hits = s.Scan(hits[:0], text, nil)
	}
}

func BenchmarkScanShort(b *testing.B) {
	s := NewScanner(Options{})
	values := [][]byte{[]byte("open"), []byte("2024-05-17 08:15:00"), []byte("Stainless bottle 750 ml"), []byte("88213"), []byte("left at the front desk as agreed")}
	ctx := &Context{Column: "remarks", Table: "orders"}
	var hits []Hit
	n := 0
	for _, v := range values {
		n += len(v)
	}
	b.SetBytes(int64(n))
	for b.Loop() {
		for _, v := range values {
			hits = s.Scan(hits[:0], v, ctx)
		}
	}
}

// BenchmarkScanHostile holds texts that would betray a search without an end: each must
// stay within a small factor of the mixed text.
func BenchmarkScanHostile(b *testing.B) {
	for name, unit := range map[string]string{
		"numbers": "1 2 3 4 5 6 7 8 9 ", "decimals": "0.125 17.5 3.75 ", "colons": "::a:", "at": "a@", "open": "((((", "angle": "A<<", "keys": "-----BEGIN PRIVATE KEY", "braces": "{{{a", "dots": "1.1.",
		"escapes": "\\u00", "entities": "&#", "names": "Anna Maria ", "quotes": "\"a\"@", "base64": "QUJDREVGR0hJ", "dashes": "12-34-", "zeros": "00000000", "urls": "http://a:", "words": "password=",
	} {
		b.Run(name, func(b *testing.B) {
			text := []byte(strings.Repeat(unit, 1<<18/len(unit)))
			s := NewScanner(Options{})
			var hits []Hit
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				hits = s.Scan(hits[:0], text, nil)
				s.Placeholder(text, nil)
			}
		})
	}
}

func FuzzScan(f *testing.F) {
	for _, seed := range []string{prose, "a@b.c", "+1 (415) 867-5310 x2", "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", `\u0040\ud83d\ude00 &#x40; %40`, "DE75512108001245126199", "(((((1)2)3)4)5)", "::1:::", "Q29udGFjdDogbWFyaWFAcG9zdGEuaXQgb2s=", "\xff\xfe@\x80.\xc3", "131052-308T"} {
		f.Add([]byte(seed), "phone", "de_DE")
	}
	s := NewScanner(Options{Threshold: 0.01})
	f.Fuzz(func(t *testing.T, text []byte, column, locale string) {
		end := 0
		for _, h := range s.Scan(nil, text, &Context{Column: column, Locale: locale, Class: "text"}) {
			if h.Start < end || h.End <= h.Start || h.End > len(text) {
				t.Fatalf("hit %s [%d:%d] after %d in %d bytes", h.Kind, h.Start, h.End, end, len(text))
			}
			end = h.End
			Safe(h.Kind, text[h.Start:h.End])
		}
		for _, k := range kindNames {
			Safe(k, text)
		}
		for _, k := range ColumnKinds() {
			StandInLooks(k, text)
		}
	})
}

func TestOnlyAnAnnouncedAndKnownNameIsSure(t *testing.T) {
	t.Parallel()
	s := NewScanner(Options{})
	for text, want := range map[string]bool{
		"we spoke to Mrs. Anna Kowalski today": true, "Dear Mr. Miller, thank you": true, "Sehr geehrter Herr Schmidt,": true, "Sehr geehrte Damen und Herren,": false, "Lieber Herr Schmidt,": true,
		"Mrs. Robinson": false, "Mr. Tambourine Man": false, "Dear Mr. Fantasy": false, "Mr. Blue Sky": false, "Dr. Feelgood": false, "Lady Madonna": false, "Dear Mr. President": false, "Billie Jean": false,
	} {
		sure := false
		for _, h := range s.Scan(nil, []byte(text), nil) {
			sure = sure || h.Kind == "person" && h.Confidence >= SurePerson
		}
		if sure != want {
			t.Errorf("%q: sure is %v", text, sure)
		}
	}
}
