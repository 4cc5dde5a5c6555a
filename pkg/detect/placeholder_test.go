package detect

import (
	"testing"

	"github.com/understudy-db/understudy/pkg/report"
)

func TestPlaceholders(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		value, column, kind string
		strong              bool
	}{
		{"N/A", "full_name", "null-word", true},
		{" Unknown ", "email", "null-word", true},
		{"Test User", "full_name", "test-word", true},
		{"test42", "last_name", "test-word", true},
		{"Null", "last_name", "null-word", false},
		{"Test", "last_name", "test-word", false},
		{"Guest", "first_name", "test-word", false},
		{"asdfgh", "first_name", "keyboard-walk", true},
		{"qwertz", "city_name_x", "keyboard-walk", true},
		{"xxxx", "last_name", "repeat", true},
		{"abcdef", "full_name", "sequence", true},
		{"Max Mustermann", "full_name", "joke-name", true},
		{"Mickey  Mouse", "full_name", "joke-name", true},
		{"John Smith", "full_name", "joke-name", false},
		{"张三", "full_name", "joke-name", true},
		{"Hello {{ first_name }}, welcome", "body", "template", true},
		{"Dear ,", "body", "template", true},
		{"*|FNAME|*", "first_name", "template", true},
		{"%FIRSTNAME%", "full_name", "template", true},
		{"Hi %s!", "message", "template", true},
		{"Dear [CUSTOMER NAME]", "message", "template", true},
		{"${user.name}", "full_name", "template", true},
		{"{0} items", "message", "template", true},
		{"[object Object]", "street", "template", true},
		{"Lorem ipsum dolor sit amet", "notes", "lorem", true},
		{"consectetur adipiscing elit", "notes", "lorem", true},
		{"sed do eiusmod tempor", "notes", "lorem", true},
		{"M&amp;M GmbH", "company", "escape", true},
		{"MÃ¼ller", "last_name", "", false},
		{"M\u00c3\u00bcller", "last_name", "", false},
		{"test@test.com", "email", "email-junk", true},
		{"asdf@asdf.de", "email", "email-junk", true},
		{"jo@gmial.com", "email", "email-junk", true},
		{"kim@mailinator.com", "email", "disposable-domain", true},
		{"kim@x.yopmail.com", "email", "disposable-domain", true},
		{"kim@example.org", "email", "reserved-domain", true},
		{"no-reply@shop.de", "email", "role-mailbox", true},
		{"somebody", "email", "test-word", true},
		{"ann at home", "email", "email-junk", true},
		{"0000000000", "phone", "phone-junk", true},
		{"555-1212", "phone", "phone-junk", true},
		{"+1 212 555 0123", "phone", "phone-junk", true},
		{"123", "phone", "phone-junk", true},
		{"1234567890", "phone", "phone-junk", true},
		{"123-45-6789", "ssn", "id-junk", true},
		{"12345678Z", "dni", "id-junk", true},
		{"4111 1111 1111 1111", "card_number", "id-junk", true},
		{"123 Main St.", "street", "address-junk", true},
		{"Musterstadt", "city", "address-junk", true},
		{"00000", "zip", "postcode-junk", true},
		{"Acme Corp", "company", "company-junk", true},
		{"you fucking idiot", "comment", "profanity", true},
		{"so ein Arschloch", "bemerkung", "profanity", true},
		{"Dick", "first_name", "profanity", false},
		{"--", "last_name", "null-word", true},
	} {
		p, ok := NewScanner(Options{}).Placeholder([]byte(c.value), &Context{Column: c.column, Class: "text"})
		switch {
		case c.kind == "":
		case !ok || p.Kind != c.kind || p.Strong != c.strong:
			t.Errorf("%q in %s: want %s strong=%v, got %+v", c.value, c.column, c.kind, c.strong, p)
		case !p.Strong && p.Severity > report.Low:
			t.Errorf("%q in %s: a hint weighs %s", c.value, c.column, p.Severity)
		}
	}
}

func TestWhatIsSentWeighsMost(t *testing.T) {
	t.Parallel()
	s := NewScanner(Options{})
	for _, c := range []struct {
		value, column string
		want          report.Severity
	}{
		{"Test User", "full_name", report.High},
		{"test@test.com", "email", report.High},
		{"1234567890", "phone", report.High},
		{"Test Company", "company", report.Medium},
		{"{{name}}", "notes", report.High},
		{"12345", "zip", report.Low},
	} {
		p, ok := s.Placeholder([]byte(c.value), &Context{Column: c.column, Class: "text"})
		if !ok || p.Severity != c.want {
			t.Errorf("%q in %s: want %s, got %v %+v", c.value, c.column, c.want, ok, p)
		}
	}
}

func TestSentinelDates(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		value, column, class string
		want, strong         bool
	}{
		{"9999-12-31", "valid_until", "date", true, true},
		{"1970-01-01 00:00:00+00", "created_at", "timestamp", true, true},
		{"1970-01-01 17:03:11", "created_at", "timestamp", true, false},
		{"1970-01-01", "birth_date", "date", true, false},
		{"2000-01-01", "birth_date", "date", true, false},
		{"1900-01-01", "birth_date", "date", true, true},
		{"infinity", "until", "timestamp", true, true},
		{"1985-03-12", "birth_date", "date", false, false},
		{"2024-02-29 10:00:00", "created_at", "timestamp", false, false},
		{"1900-01-01", "geburtsdatum", "text", true, true},
	} {
		p, ok := NewScanner(Options{}).Placeholder([]byte(c.value), &Context{Column: c.column, Class: c.class})
		if ok != c.want || ok && p.Strong != c.strong {
			t.Errorf("%s in %s: got %v %+v", c.value, c.column, ok, p)
		}
	}
}

func TestRealPeopleAndPlacesAreNoPlaceholders(t *testing.T) {
	t.Parallel()
	s := NewScanner(Options{})
	for _, c := range []struct{ value, column string }{
		{"Jennifer Null", "full_name"},
		{"Zack Test", "full_name"},
		{"Cummings", "last_name"},
		{"Dickinson", "last_name"},
		{"Hancock", "last_name"},
		{"Schwartz", "last_name"},
		{"Krk", "last_name"},
		{"Ng", "last_name"},
		{"O'Neil", "last_name"},
		{"Scunthorpe", "city"},
		{"Essex", "region"},
		{"Penistone", "city"},
		{"Null", "city"},
		{"Hell", "city"},
		{"Condom", "city"},
		{"Test Valley", "city"},
		{"020 7123 4567", "phone"},
		{"+49 30 901820", "phone"},
		{"me.and.you@web.de", "email"},
		{"x9k2@privaterelay.appleid.com", "email"},
		{"Peacock & Sons", "company"},
		{"Deer Lane 12", "street"},
		{"100 % wool, 50 % off", "notes"},
		{"arrived at 10:30 [sic]", "notes"},
		{`{"a": {"b": 1}, "c": [1,2]}`, "settings"},
		{"<p>Hello <b>Ann</b></p>", "body"},
		{"none", "status"},
		{"true", "is_active"},
		{"The test passed.", "notes"},
		{"No", "opt_in"},
		{"Poirot", "last_name"},
		{"Were", "last_name"},
		{"Lili", "first_name"},
		{"Coco", "first_name"},
		{"10115", "zip"},
		{"X Æ", "first_name"},
		{"a great product", "review"},
		{"PANTS", "product_name"},
		{"Assunta", "first_name"},
		{"cum laude", "title_note"},
		{"GmbH & Co. KG", "company"},
		{"$5.00", "notes"},
		{"it's 5 o'clock: name it", "notes"},
	} {
		if p, ok := s.Placeholder([]byte(c.value), &Context{Column: c.column, Class: "text"}); ok && p.Strong {
			t.Errorf("%q in %s: got %+v", c.value, c.column, p)
		}
	}
}

func TestPlaceholderDoesNotAllocateOnAMiss(t *testing.T) {
	s := NewScanner(Options{})
	values := []struct {
		v   []byte
		ctx *Context
	}{
		{[]byte("Katarzyna Wójcik-Lindström"), &Context{Column: "full_name"}},
		{[]byte("anna.lee@posteo.de"), &Context{Column: "email"}},
		{[]byte(prose), &Context{Column: "notes"}},
		{[]byte("+49 30 901820"), &Context{Column: "phone"}},
		{[]byte("Lindenstraße 14"), &Context{Column: "street"}},
		{[]byte("1985-03-12"), &Context{Column: "birth_date", Class: "date"}},
	}
	for _, x := range values {
		if p, ok := s.Placeholder(x.v, x.ctx); ok {
			t.Fatalf("column %s: %+v", x.ctx.Column, p)
		}
		if n := testing.AllocsPerRun(100, func() { s.Placeholder(x.v, x.ctx) }); n != 0 {
			t.Errorf("column %s: %v allocations", x.ctx.Column, n)
		}
	}
}

func BenchmarkPlaceholder(b *testing.B) {
	s := NewScanner(Options{})
	text := mixedText()[:4096]
	ctx := &Context{Column: "notes", Class: "text"}
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		s.Placeholder(text, ctx)
	}
}

// BenchmarkPlaceholderShort looks at values of the columns by which people are addressed.
func BenchmarkPlaceholderShort(b *testing.B) {
	s := NewScanner(Options{})
	for _, x := range []struct{ column, value string }{
		{"email", "anna.kowalska17@brambleposte.co.uk"}, {"full_name", "Anna Kowalska"}, {"phone", "+49 171 2345679"}, {"city", "Sevilla"}, {"note", "shipped on Monday"},
	} {
		b.Run(x.column, func(b *testing.B) {
			ctx, value := &Context{Column: x.column, Class: "text"}, []byte(x.value)
			for b.Loop() {
				s.Placeholder(value, ctx)
			}
		})
	}
}

func FuzzPlaceholder(f *testing.F) {
	for _, v := range []string{"{{x}}", "%s", "a@b.c", "@", "000", "[NAME]", "\xff{", "1970-01-01", "Ａ", "ﬃ", "{!a}", "<<a>>", "%%a%%", "__AB__"} {
		f.Add([]byte(v), "email", "text")
		f.Add([]byte(v), "full_name", "date")
	}
	s := NewScanner(Options{})
	f.Fuzz(func(t *testing.T, v []byte, column, class string) {
		p, ok := s.Placeholder(v, &Context{Column: column, Class: class})
		if ok && p.Kind == "" || !ok && p != (Placeholder{}) {
			t.Fatalf("ok=%v and %+v", ok, p)
		}
	})
}
