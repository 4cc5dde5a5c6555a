package detect

import (
	"strings"
	"testing"
)

func TestClassifyByName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ table, column, class, want string }{
		{"customers", "first_name", "text", FirstName},
		{"customers", "FirstName", "text", FirstName},
		{"Customer", "LastName", "text", LastName},
		{"c", "fname", "text", FirstName},
		{"kunden", "vorname", "text", FirstName},
		{"clients", "prénom", "text", FirstName},
		{"clientes", "apellidos", "text", LastName},
		{"clienti", "cognome", "text", LastName},
		{"klanten", "achternaam", "text", LastName},
		{"osoby", "nazwisko", "text", LastName},
		{"kunder", "efternamn", "text", LastName},
		{"asiakkaat", "sukunimi", "text", LastName},
		{"customers", "email", "text", Email},
		{"customers", "EmailAddress", "text", Email},
		{"users", "contactEmail", "text", Email},
		{"users", "email_2", "text", Email},
		{"users", "email_sent_at", "timestamp", Timestamp},
		{"users", "email_verified", "bool", Operational},
		{"users", "email_id", "integer", Key},
		{"users", "mobile_no", "text", Phone},
		{"users", "Fax", "text", Phone},
		{"users", "telefonnummer", "text", Phone},
		{"users", "HomePhone", "text", Phone},
		{"users", "kundentelefonnummer", "text", Phone},
		{"users", "phone_type", "text", Operational},
		{"addresses", "address_line_1", "text", Street},
		{"addresses", "strasse", "text", Street},
		{"addresses", "Straße", "text", Street},
		{"addresses", "plz", "text", Postcode},
		{"addresses", "PostalCode", "text", Postcode},
		{"addresses", "city", "text", City},
		{"addresses", "país", "text", Country},
		{"people", "dob", "date", BirthDate},
		{"people", "birthDate", "date", BirthDate},
		{"people", "geburtsdatum", "text", BirthDate},
		{"people", "data_urodzenia", "date", BirthDate},
		{"people", "hire_date", "date", Timestamp},
		{"people", "ssn", "text", NationalID},
		{"people", "nino", "text", NationalID},
		{"people", "passport_no", "text", NationalID},
		{"people", "codice_fiscale", "text", NationalID},
		{"people", "personnummer", "text", NationalID},
		{"people", "national_id", "text", NationalID},
		{"accounts", "iban", "text", IBAN},
		{"payments", "card_number", "text", Card},
		{"payments", "cvv", "text", CardSecret},
		{"logins", "ip_address", "inet", IP},
		{"logins", "IPAddress", "text", IP},
		{"users", "password_hash", "text", Password},
		{"users", "api_key", "text", Token},
		{"devices", "push_token", "text", PushToken},
		{"devices", "fcmToken", "text", PushToken},
		{"users", "username", "text", Username},
		{"patients", "name", "text", FullName},
		{"employees", "Title", "text", JobTitle},
		{"orders", "ShipName", "text", FullName},
		{"customers", "ContactName", "text", FullName},
		{"patients", "diagnosis", "text", Health},
		{"patients", "blood_type", "enum", Health},
		{"staff", "religion", "text", Religion},
		{"staff", "konfession", "text", Religion},
		{"staff", "ethnicity", "text", Ethnicity},
		{"staff", "union_member", "bool", Union},
		{"staff", "fingerprint_template", "bytea", Biometric},
		{"staff", "sexual_orientation", "text", SexualOrientation},
		{"staff", "political_party", "text", Political},
		{"tickets", "notes", "text", FreeText},
		{"tickets", "bemerkungen", "text", FreeText},
		{"users", "preferences", "json", JSON},
		{"cases", "history", "xml", XML},
		{"employees", "photo", "bytea", File},
		{"users", "gender", "text", Gender},
		{"users", "latitude", "numeric", Geo},
		{"users", "salary", "numeric", Salary},
		{"orders", "unit_price", "numeric", Amount},
		{"orders", "status", "text", Operational},
		{"orders", "created_at", "timestamp", Timestamp},
		{"orders", "customer_id", "integer", Key},
		{"products", "product_name", "text", Label},
		{"files", "file_name", "text", Label},
		{"products", "name", "text", Label},
		{"email_addresses", "address", "text", Email},
		{"email_addresses", "normalized_address", "text", Email},
		{"phone_numbers", "number", "text", Phone},
		{"employees", "extension", "text", Phone},
		{"api_keys", "key", "text", Token},
		{"users", "pass_crypt", "text", Password},
		{"users", "backup_codes", "integer", Token},
		{"users", "session", "integer", Key},
		{"user_phones", "confirmation_code", "text", Token},
		{"bug_reports", "from_name", "text", FullName},
		{"users", "neighborhood", "text", City},
		{"users", "home_lon", "float", Geo},
		{"messages", "title", "text", FreeText},
		{"us_states", "state_name", "text", Label},
		{"jobs_done", "job_class", "text", Label},
		{"orders", "created_by", "text", Username},
		{"orders", "created_by", "integer", Key},
		{"users", "電話番号", "text", Phone},
		{"users", "почта", "text", Email},
	} {
		got, confidence, reason := Classify(ColumnInfo{Table: c.table, Column: c.column, Class: c.class})
		if got != c.want || confidence < Threshold || reason == "" {
			t.Errorf("%s.%s %s: want %s, got %s %.2f (%s)", c.table, c.column, c.class, c.want, got, confidence, reason)
		}
	}
}

func TestClassifyDoubts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ table, column string }{{"artists", "name"}, {"things", "name"}, {"warehouses", "city"}, {"x", "foo"}, {"stores", "postcode"}, {"files", "extension"}, {"settings", "key"}, {"sales", "sold_via_other"}} {
		if _, confidence, reason := Classify(ColumnInfo{Table: c.table, Column: c.column, Class: "text"}); confidence >= Threshold || reason == "" {
			t.Errorf("%s.%s: %.2f (%s)", c.table, c.column, confidence, reason)
		}
	}
	if kind, _, _ := Classify(ColumnInfo{Table: "t", Column: "description", Class: "text"}); Personal(kind) && kind != FreeText {
		t.Errorf("description is %s", kind)
	}
}

func TestPlacesAndPicturesOfThingsAreInDoubt(t *testing.T) {
	t.Parallel()
	for _, c := range []ColumnInfo{
		{Table: "stores", Column: "latitude", Class: "numeric"}, {Table: "changesets", Column: "min_lat", Class: "integer"}, {Table: "categories", Column: "picture", Class: "bytea"},
	} {
		if kind, confidence, _ := Classify(c); confidence >= 0.5 {
			t.Errorf("%s.%s is %s, %.2f", c.Table, c.Column, kind, confidence)
		}
	}
}

func TestNumbersAtOtherServices(t *testing.T) {
	t.Parallel()
	for column, want := range map[string]bool{
		"stripe_id": true, "stripe_customer_id": true, "auth_uid": true, "uid": true, "facebookId": true,
		"id": false, "order_id": false, "stripe_price_id": false, "stripe": false, "": false, "guid": false,
	} {
		if Elsewhere(column) != want {
			t.Errorf("%q: %v", column, !want)
		}
	}
}

func TestClassifyBySample(t *testing.T) {
	t.Parallel()
	kind, confidence, reason := Classify(ColumnInfo{Table: "t", Column: "field7", Class: "text", Samples: 100, Hits: map[string]int{"email": 97}})
	if kind != Email || confidence < 0.9 || !strings.Contains(reason, "97 %") {
		t.Errorf("%s %.2f %s", kind, confidence, reason)
	}
	if kind, _, _ = Classify(ColumnInfo{Table: "t", Column: "field8", Class: "text", Samples: 100, Hits: map[string]int{"phone": 5}}); kind != FreeText {
		t.Errorf("a text with some phones is %q", kind)
	}
	if kind, _, _ = Classify(ColumnInfo{Table: "t", Column: "email", Class: "text", Samples: 100, Hits: map[string]int{"email": 90}}); kind != Email {
		t.Errorf("an agreeing sample made it %q", kind)
	}
}

func TestKindsOfColumns(t *testing.T) {
	t.Parallel()
	for _, k := range ColumnKinds() {
		if Special(k) && !Personal(k) {
			t.Errorf("%s is special and not personal", k)
		}
	}
	known := map[string]bool{}
	for _, k := range ColumnKinds() {
		known[k] = true
	}
	for phrase, k := range phrases {
		if !known[k] {
			t.Errorf("%q leads to %q, which is no kind", phrase, k)
		}
		if w := strings.Join(wordsOf(phrase), "_"); w != phrase && !strings.ContainsAny(phrase, "0123456789") {
			t.Errorf("%q can never match: a column of that name is read as %q", phrase, w)
		}
	}
}
