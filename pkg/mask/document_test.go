package mask

import (
	"bytes"
	"cmp"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/understudy-db/understudy/pkg/mask/document"
	"github.com/understudy-db/understudy/pkg/mask/prf"
)

// finder is a detector for tests: what a regular expression matches is of a kind.
type finder struct {
	kind string
	re   *regexp.Regexp
}

func (f finder) Find(text []byte, found func(kind string, start, end int)) {
	for _, at := range f.re.FindAllIndex(text, -1) {
		found(f.kind, at[0], at[1])
	}
}

func finders(b *Binder) {
	for _, f := range []struct{ kind, re string }{
		{"email", `[\pL\d._+-]+@[\pL\d-]+\.[\pL\d.-]*[\pL\d]`},
		{"phone", `\+\d{9,15}|\b0\d{2,4} \d{3} \d{4}\b`},
		{"card", `\b\d{4}([ -]?\d{4}){3}\b`},
		{"iban", `\b[A-Z]{2}\d{2}[A-Z0-9]{11,30}\b`},
		{"ip", `\b\d{1,3}(\.\d{1,3}){3}\b`},
		{"gb-nino", `\b[A-Z]{2}\d{6}[A-D]\b`},
		{"person", `\b(Mr|Mrs|Dear) [A-Z]\pL+( [A-Z]\.)?( [A-Z]\pL+)?`},
		{"api-key", `\bsk_live_\w+`},
		{"url", `https?://[^\s"<]+`},
	} {
		b.Detectors = append(b.Detectors, finder{f.kind, regexp.MustCompile(f.re)})
	}
}

func suiteDocument() []suiteRow {
	inner := func(path, mask string) PathSpec { return PathSpec{Path: path, Spec: Spec{Name: mask}} }
	docs := []string{
		`{"contact": {"email":"ann.lee@example.net", "phones": ["+447911123456"]}, "theme":"dark", "n":1.10}`,
		`[{"email":"bob@firma.de","email":"bill@firma.de"},{"note":"write to carl@firma.de"}]`,
		`{"ann@firma.de":{"email":"x@y.fr"},"card":4000056655665556}`,
		`{"email":"\u0061nn@lee.org","deep":{"deep":{"email":["a@b.cd"]}}}`,
	}
	jsonPaths := []PathSpec{inner("$..email", "email"), inner("$.contact.phones[*]", "phone")}
	xmls := []string{
		`<case id="7"><patient><name>Ann Lee</name><email>ann.lee@example.net</email></patient><!-- bob@firma.de --></case>`,
		`<?xml version="1.0"?><c:case xmlns:c="urn:c"><c:name>Bob Lee</c:name><x to="+447911123456"/></c:case>`,
		`<name><![CDATA[Carl]]> <b>Lee</b></name>`,
		`<a>write to dora@firma.de &amp; go<name>Eva Orr</name></a>`,
	}
	xmlPaths := []PathSpec{inner("//name", "full_name"), inner("//email", "email"), inner("//@to", "phone")}
	notes := []string{
		"Customer Ann Lee called, write to ann.lee@firma.de or +447911123456.", "Mrs Orr paid with 4000 0566 5566 5556 from 81.2.69.160",
		"Dear Bob Hart,\n\nthe code is AB123456C, the key sk_live_abc123.", "IBAN DE89370400440532013000, see https://firma.de/ann",
	}
	named := []string{
		"ann.lee@example.net", "bea.orr@example.org", "+447911123456", "+447922654321", `"bob@firma.de"`, `"tim@werke.at"`, `"bill@firma.de"`, `"jane@werke.at"`, `\u0061nn@lee.org`, `\u0062ea@orr.net`,
		"x@y.fr", "u@v.it", "a@b.cd", "e@f.gh", "<name>Ann Lee", "<name>Bea Orr", "Bob Lee", "Tim Orr", "[Carl]", "[Otto]", "<b>Lee", "<b>Orr", "Eva Orr", "Ida Lee",
	}
	twin := instead(append(named, "bob@firma.de", "tim@werke.at", "carl@firma.de", "otto@werke.at", "ann@firma.de", "bea@werke.at", "4000056655665556", "5200828282828210", "dora@firma.de", "ines@werke.at",
		"ann.lee@firma.de", "bea.orr@werke.at", "Mrs Orr", "Mrs Lee", "4000 0566 5566 5556", "5200 8282 8282 8210", "81.2.69.160", "93.7.81.204", "Bob Hart", "Tim Lane", "AB123456C", "CE654321A",
		"sk_live_abc123", "sk_live_xyz789", "DE89370400440532013000", "DE75512108001245126199", "https://firma.de/ann", "https://werke.at/bea")...)
	valid := func(check func(string) error) func(in, out string) error {
		return func(in, out string) error {
			for _, gone := range []string{"firma.de", "example.net", "lee.org", "7911123456", "4000056655665556", "370400440532013000", "81.2.69.160"} {
				if strings.Contains(in, gone) && strings.Contains(out, gone) {
					return fmt.Errorf("%s survived", gone)
				}
			}
			return check(out)
		}
	}
	isJSON := valid(func(out string) error {
		if !json.Valid([]byte(out)) {
			return errors.New("no JSON")
		}
		return nil
	})
	isXML := valid(wellFormed)
	any := valid(func(string) error { return nil })
	var rows []suiteRow
	for _, rest := range []string{restScan, restKeep, restNull} {
		j := suiteRow{spec: Spec{Name: "json", Paths: jsonPaths, Rest: rest}, in: docs, twin: twin, detect: finders, grams: true, mayEqual: true, odd: func(_, out string) error {
			if !json.Valid([]byte(out)) {
				return errors.New("no JSON")
			}
			return nil
		}}
		x := suiteRow{spec: Spec{Name: "xml", Paths: xmlPaths, Rest: rest}, in: xmls, twin: twin, detect: finders, grams: true, mayEqual: true, odd: func(in, out string) error {
			if wellFormed(in) != nil && out != "" {
				return nil // the library is stricter about names and comments than the walk has to be
			}
			return wellFormed(out)
		}}
		if rest == restScan {
			j.valid, x.valid = isJSON, isXML
		}
		if rest == restKeep {
			j.twin, x.twin = instead(named...), instead(named...)
		}
		jj := j
		jj.spec.Column.Class = ClassJSON
		rows = append(rows, j, jj, x)
	}
	return append(rows,
		suiteRow{spec: Spec{Name: "text"}, in: append([]string{"Grüße von Ännchen, Straße 12", "Жанна пишет", "日本語のノート"}, notes...), script: true, allocFree: true, valid: valid(sameFormOf)},
		suiteRow{spec: Spec{Name: "text", How: howScan}, in: notes, twin: twin, detect: finders, grams: true, mayEqual: true, valid: any, odd: func(_, _ string) error { return nil }},
		suiteRow{spec: Spec{Name: "text", How: howScrub, Paths: []PathSpec{inner(ownPath, "full_name")}}, args: []string{"Ann Lee"}, in: notes, twin: twin, detect: finders, grams: true, mayEqual: true, valid: any},
		suiteRow{spec: Spec{Name: "file", Column: Column{Class: ClassBytes, TypeName: "bytea"}}, in: []string{"%PDF-1.7 Ann Lee", "\x89PNG\r\n\x1a\n...", "PK\x03\x04 Ann", "just bytes of Ann"}, twin: instead("Ann", "Bea", "...", ",,,"), bytes: true, grams: true, allocFree: true},
		suiteRow{spec: Spec{Name: "password_hash"}, in: []string{
			"$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b4dWRWJTmaaJObG",
			"pbkdf2_sha256$260000$abcdefgh1234$J2tv8yyBbkN3F1hKGiZ3gkVQkZ7m2mYj1kZ8Rk2v9bA=", "5f4dcc3b5aa765d61d8327deb882cf99", "{SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9gyeJEY", "hunter2hunter2",
		}, valid: sameHashForm, grams: false, allocFree: true, secret: hashPart, twin: func(in string) string { return strings.Replace(in, hashPart(in), hexTwin(hashPart(in)), 1) }},
	)
}

func sameFormOf(string) error { return nil }

func hashPart(in string) string {
	for _, known := range []string{"$argon2id$v=19$m=65536,t=3,p=4$", "pbkdf2_sha256$260000$", "$2b$10$", "{SSHA}"} {
		if rest, ok := strings.CutPrefix(in, known); ok {
			return rest
		}
	}
	return in
}

func sameHashForm(in, out string) error {
	if len(in) != len(out) {
		return fmt.Errorf("%d characters became %d", len(in), len(out))
	}
	prefix := in[:len(in)-len(hashPart(in))]
	if !strings.HasPrefix(out, prefix) {
		return fmt.Errorf("it does not start with %s", prefix)
	}
	if prefix == "$2b$10$" && !strings.ContainsAny(out[len(out)-1:], "ABDEFHIJ") {
		return errors.New("bcrypt may compute it")
	}
	return nil
}

func wellFormed(s string) error {
	d := xml.NewDecoder(strings.NewReader(s))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func bound(t testing.TB, s Spec) Masker {
	t.Helper()
	if s.Column.Class == "" {
		s.Column.Class = ClassText
	}
	b := &Binder{Key: prf.TestKey()}
	finders(b)
	m, err := New(s, b)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestDocumentsKeepEveryOtherByte(t *testing.T) {
	t.Parallel()
	email := newTestMasker(t, Spec{Name: "email", Domain: "person.email"})
	j := bound(t, Spec{Name: "json", Rest: restKeep, Paths: []PathSpec{{Path: "$..email", Spec: Spec{Name: "email", Domain: "person.email"}}, {Path: "$.a"}, {Path: "$.z", Spec: Spec{Name: NullName}}}})
	standIn := maskedText(t, email, "ann@lee.org")
	in := "{ \"a\":1e400, \"email\" : \"ann@lee.org\",\"x\":{\"email\":[\"ann@lee.org\", null, \"\"]},\"a\":\"\\u00e9\",\"z\":[\"ann\"] }\n"
	want := "{ \"a\":1e400, \"email\" : \"" + standIn + "\",\"x\":{\"email\":[\"" + standIn + "\", null, \"\"]},\"a\":\"\\u00e9\",\"z\":[null] }\n"
	if got := maskedText(t, j, in); got != want {
		t.Errorf("got %s want %s", got, want)
	}
	x := bound(t, Spec{Name: "xml", Rest: restKeep, Paths: []PathSpec{{Path: "//e", Spec: Spec{Name: "email", Domain: "person.email"}}}})
	if got, want := maskedText(t, x, "<a  b='&lt;'>\n <e>ann@lee.org</e><c/></a>"), "<a  b='&lt;'>\n <e>"+standIn+"</e><c/></a>"; got != want {
		t.Errorf("got %s want %s", got, want)
	}
}

func TestScanFindsWhatNoPathNames(t *testing.T) {
	t.Parallel()
	email := newTestMasker(t, Spec{Name: "email", Domain: "person.email"})
	spec := Spec{Name: "json", Rest: restScan, Domain: "d", Params: map[string]any{"domains": map[string]any{"email": "person.email"}}}
	j := bound(t, spec)
	standIn := maskedText(t, email, "ann@lee.org")
	in := `{"note":"write to ann@lee.org","ann@lee.org":true,"plain_key":"plain"}`
	if got, want := maskedText(t, j, in), `{"note":"write to `+standIn+`","`+standIn+`":true,"plain_key":"plain"}`; got != want {
		t.Errorf("got %s want %s", got, want)
	}
	got := maskedText(t, j, `{"card":4000056655665556,"n":12.50}`)
	if !regexp.MustCompile(`^\{"card":9\d{15},"n":12\.50\}$`).MatchString(got) {
		t.Errorf("a number became %s", got)
	}
	spec.Name = "xml"
	x := bound(t, spec)
	if got, want := maskedText(t, x, `<a b="ann@lee.org"><!-- ann@lee.org --><![CDATA[ann@lee.org]]>&#97;nn@lee.org<?x ann@lee.org?></a>`),
		`<a b="S"><!-- S --><![CDATA[S]]>S<?x S?></a>`; got != strings.ReplaceAll(want, "S", standIn) {
		t.Errorf("got %s", got)
	}
}

func TestRestRefuses(t *testing.T) {
	t.Parallel()
	for name, doc := range map[string]string{"json": `{"a":"1","b":"secret"}`, "xml": `<r><a>1</a><b>secret</b></r>`} {
		path := map[string]string{"json": "$.a", "xml": "/r/a"}[name]
		m := bound(t, Spec{Name: name, Rest: restRefuse, Paths: []PathSpec{{Path: path, Spec: Spec{Name: "text"}}}})
		out, err := m.Mask([]byte("x"), Input{Value: []byte(doc)})
		if err == nil || strings.Contains(err.Error(), "secret") || string(out) != "x" {
			t.Errorf("%s: %q %v", name, out, err)
		}
	}
}

func TestWhatIsNoDocumentIsReplacedWhole(t *testing.T) {
	t.Parallel()
	j := bound(t, Spec{Name: "json", Rest: restKeep})
	for in, want := range map[string]string{`{"ann`: "{}", "\t[ann": "[]", `"ann`: `""`, "ann": "{}", "\xffann": "{}"} {
		if got := maskedText(t, j, in); got != want {
			t.Errorf("%q became %q", in, got)
		}
	}
	x := bound(t, Spec{Name: "xml", Rest: restKeep})
	for _, in := range []string{"ann", "<ann", `<!DOCTYPE a [<!ENTITY e "ann">]><a>&e;</a>`, "<a>&ann;</a>"} {
		if got := maskedText(t, x, in); got != emptyXML {
			t.Errorf("%q became %q", in, got)
		}
	}
}

func TestDocumentRulesThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, s := range []Spec{
		{Name: "json"},
		{Name: "xml"},
		{Name: "json", Rest: "all"},
		{Name: "json", Rest: restKeep, Paths: []PathSpec{{Path: "a"}}},
		{Name: "xml", Rest: restKeep, Paths: []PathSpec{{Path: "$.a"}}},
		{Name: "json", Rest: restKeep, Paths: []PathSpec{{Path: "$.a", Spec: Spec{Name: "nothing"}}}},
		{Name: "text", How: "guess"},
		{Name: "text", Paths: []PathSpec{{Path: ownPath, Spec: Spec{Name: "email"}}}},
		{Name: "text", How: howScrub, Paths: []PathSpec{{Path: "$.a", Spec: Spec{Name: "email"}}}},
	} {
		s.Column.Class = ClassText
		if _, err := Check(s); err == nil {
			t.Errorf("%s %s %s is taken", s.Name, s.Rest, s.How)
		}
	}
	if _, err := New(Spec{Name: "text", How: howScan, Column: Column{Class: ClassText}}, &Binder{Key: prf.TestKey()}); err == nil {
		t.Error("scanned without detectors")
	}
}

func TestReplacedTextKeepsItsFormAndNothingElse(t *testing.T) {
	t.Parallel()
	m := newTestMasker(t, Spec{Name: "text"})
	for _, in := range []string{
		"Customer Ann Lee called 020 7946 0000;\n\t\"late\" delivery!", "Élise Müller — naïve façade", "Жанна и Анна", "Ελένη", "日本語 한국어 עברית العربية", "a", "1", "e\u0301",
	} {
		out := maskedText(t, m, in)
		if utf8.RuneCountInString(in) != utf8.RuneCountInString(out) {
			t.Errorf("%q became %q", in, out)
		}
		a, b := []rune(in), []rune(out)
		same := 0
		for i := range min(len(a), len(b)) {
			isSpace := strings.ContainsRune(" \n\t", a[i])
			if isSpace != strings.ContainsRune(" \n\t", b[i]) || isSpace && a[i] != b[i] {
				t.Errorf("%q became %q: white space", in, out)
			}
			if !isSpace && a[i] == b[i] && isWord(a[i]) {
				if same++; same == 4 {
					t.Errorf("%q became %q: four in a row", in, out)
				}
			} else {
				same = 0
			}
		}
	}
	if maskedText(t, m, "Ann Lee called") == maskedText(t, m, "Ann Lee caller") {
		t.Error("the text's end does not matter")
	}
}

func TestAReplacedTextHoldsNothingThatReachesAnybody(t *testing.T) {
	t.Parallel()
	number := regexp.MustCompile(`[0-9](?:[^\pL\n]{0,3}[0-9]){4}|[0-9][^\pL\pN\n]{1,3}[0-9]+[^\pL\pN\n]{1,3}[0-9]`)
	for i := range 300 {
		m := newTestMasker(t, Spec{Name: "text", Domain: fmt.Sprint("d", i)})
		for _, in := range []string{
			"ann.lee@firma.de, bob＠lee.org", "+44 7911 123456 or (020) - 7946 0000", "07911123456", "4000 0566 5566 5556", "from 81.2.69.160 and 8.8.8.8",
			"DE89370400440532013000", "AB 12 34 56 C", "born 1984-02-29", "٠١٢٣٤٥٦٧٨٩٠",
		} {
			out := maskedText(t, m, in)
			if strings.ContainsAny(out, "@＠") || number.MatchString(out) {
				t.Fatalf("%q became %q", in, out)
			}
		}
	}
	if out := maskedText(t, newTestMasker(t, Spec{Name: "text"}), "in 1984 for 12.50"); !regexp.MustCompile(`[0-9]{4} [a-z]+ [0-9]{2}\.[0-9]{2}`).MatchString(out) {
		t.Errorf("years and prices are no numbers any more: %q", out)
	}
}

func TestScrubWritesTheStandInsOfTheRow(t *testing.T) {
	t.Parallel()
	own := func(mask, domain string) PathSpec {
		return PathSpec{Path: ownPath, Spec: Spec{Name: mask, Domain: domain}}
	}
	m := bound(t, Spec{Name: "text", How: howScrub, Paths: []PathSpec{own("first_name", "f"), own("last_name", "l"), own("email", "e")}})
	first := maskedText(t, newTestMasker(t, Spec{Name: "first_name", Domain: "f"}), "John")
	last := maskedText(t, newTestMasker(t, Spec{Name: "last_name", Domain: "l"}), "Smith")
	email := maskedText(t, newTestMasker(t, Spec{Name: "email", Domain: "e"}), "john.smith@lee.org")
	args := []string{"John", "Smith", "john.smith@lee.org"}
	for in, want := range map[string]string{
		"John Smith called":                       first + " " + last + " called",
		"SMITH, john; Johnson, Smithy":            strings.ToUpper(last) + ", " + first + "; Johnson, Smithy",
		"write to john.smith@lee.org, not to him": "write to " + email + ", not to him",
		"Mr Smith and John.":                      "",
		"nothing here":                            "nothing here",
	} {
		got := maskedText(t, m, in, args...)
		if want != "" && got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
		if want == "" && (strings.Contains(got, "Smith") || !strings.Contains(got, last) || !strings.Contains(got, first)) {
			t.Errorf("%q became %q", in, got)
		}
	}
	// NULL and very short values of the row are not looked for.
	out, err := m.Mask(nil, Input{Value: []byte("A John B"), Args: [][]byte{nil, []byte("B"), []byte("")}})
	if err != nil || string(out) != "A John B" {
		t.Errorf("%s %v", out, err)
	}
}

// A detector that is wrong about offsets, or whose hits overlap, does no harm.
func TestHitsThatOverlapAreMaskedWhole(t *testing.T) {
	t.Parallel()
	b := &Binder{Key: prf.TestKey(), Detectors: []Detector{hits{{5, 12}, {8, 20}, {9, 10}, {-1, 3}, {30, 90}, {4, 4}}}}
	m, err := New(Spec{Name: "text", How: howScan, Column: Column{Class: ClassText}}, b)
	if err != nil {
		t.Fatal(err)
	}
	in := "keep secretsecretsec keep this"
	got := maskedText(t, m, in)
	if len(got) != len(in) || !strings.HasPrefix(got, "keep ") || !strings.HasSuffix(got, " keep this") || strings.Contains(got, "sec") {
		t.Errorf("%q", got)
	}
}

type hits [][2]int

func (h hits) Find(_ []byte, found func(string, int, int)) {
	for _, at := range h {
		found("secret", at[0], at[1])
	}
}

func TestArgumentsReachTheirPlaces(t *testing.T) {
	t.Parallel()
	id := func(path string) PathSpec {
		return PathSpec{Path: path, Spec: Spec{Name: "national_id", Args: []string{"country"}, Domain: "id"}}
	}
	m := bound(t, Spec{Name: "json", Rest: restKeep, Paths: []PathSpec{id("$.a"), {Path: "$.k"}, id("$.b")}})
	one := newTestMasker(t, Spec{Name: "national_id", Args: []string{"country"}, Domain: "id"})
	got := maskedText(t, m, `{"a":"AB123456C","b":"12345678Z"}`, "GB", "ES")
	want := fmt.Sprintf(`{"a":"%s","b":"%s"}`, maskedText(t, one, "AB123456C", "GB"), maskedText(t, one, "12345678Z", "ES"))
	if got != want {
		t.Errorf("got %s want %s", got, want)
	}
}

func TestFilesStayOfTheirKindAndApart(t *testing.T) {
	t.Parallel()
	m := newTestMasker(t, Spec{Name: "file", Column: Column{Class: ClassBytes}})
	a, b := maskedText(t, m, "%PDF-1.7 Ann"), maskedText(t, m, "%PDF-1.7 Bob")
	if a == b || document.KindOf([]byte(a)) != document.PDF || len(a) != len(b) {
		t.Error("two files became one, or no PDF")
	}
	raw := bytes.Repeat([]byte{7}, 1000)
	if out := maskedText(t, m, string(raw)); len(out) != 1000 || bytes.Contains([]byte(out), raw[:4]) {
		t.Error("bytes survived, or are more or fewer")
	}
}

func FuzzText(f *testing.F) {
	for _, s := range strange() {
		f.Add([]byte(s), []byte("Ann"))
	}
	f.Add([]byte("Dear Ann Lee, ann@lee.org"), []byte("Lee"))
	whole := newTestMasker(f, Spec{Name: "text"})
	scrub := bound(f, Spec{Name: "text", How: howScrub, Paths: []PathSpec{{Path: ownPath, Spec: Spec{Name: "text"}}}})
	f.Fuzz(func(t *testing.T, text, own []byte) {
		if len(text) == 0 {
			return
		}
		out, err := whole.Mask(nil, Input{Value: text})
		if err != nil || len(out) == 0 || bytes.Equal(out, text) || !utf8.Valid(out) {
			t.Fatalf("%q became %q (%v)", text, out, err)
		}
		if out, err = scrub.Mask(nil, Input{Value: text, Args: [][]byte{own}}); err != nil || len(out) == 0 {
			t.Fatalf("%q became %q (%v)", text, out, err)
		}
	})
}

func BenchmarkReplaceText(b *testing.B) {
	m := newTestMasker(b, Spec{Name: "text"})
	in := Input{Value: []byte(strings.Repeat("Customer Ann Lee called about a late delivery; wants a written answer. ", 20))}
	dst := make([]byte, 0, 4096)
	b.SetBytes(int64(len(in.Value)))
	for b.Loop() {
		_, _ = m.Mask(dst, in)
	}
}

// The walk by first letters finds what looking for each value at each place finds.
func TestOwnValuesAreFoundWhereverTheyStand(t *testing.T) {
	t.Parallel()
	values := []string{"", "A", "12", "1234", "Ann", "ann lee", "Lee", "\u212aelvin", "kim", "Øre", "øre", "+44 1", "@ann", "İpek", "ipek", "佐藤", "a a"}
	pieces := []string{" ", "", "-", "ann", "ANN", "Lee", "leeway", "1234", "12345", "KELVIN", "Kim", "\u212aim", "ØRE", "@Ann", "+44 1", "iPEK", "İpek", "佐藤", "a a a", "\n"}
	inner := make([]innerMasker, len(values))
	for i, v := range values {
		inner[i].own = []byte(v)
	}
	own, c := newOwnValues(inner), &scanner{}
	random := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		var text []byte
		for range 1 + random.IntN(6) {
			text = append(text, pieces[random.IntN(len(pieces))]...)
		}
		var want []hit
		for i, v := range inner {
			for at := range text {
				if utf8.RuneStart(text[at]) && tells(v.own) && startsWord(text, at) {
					if n := foldPrefix(text[at:], v.own); n > 0 && endsWord(text, at+n) {
						want = append(want, hit{at, at + n, "", i})
					}
				}
			}
		}
		c.hits = c.hits[:0]
		own.find(c, text)
		byPlace := func(a, b hit) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.own, b.own)) }
		slices.SortFunc(c.hits, byPlace)
		slices.SortFunc(want, byPlace)
		if !slices.Equal(c.hits, want) {
			t.Fatalf("in %q: %v, want %v", text, c.hits, want)
		}
	}
}

func TestADocumentIsWrittenOnlyAsItsSchemaAllows(t *testing.T) {
	t.Parallel()
	spec := Spec{
		Name: "json", Rest: "keep", Paths: []PathSpec{{Path: "$.email", Spec: Spec{Name: "email"}}, {Path: "$.level", Spec: Spec{Name: "null"}}},
		Schema: `{"type": "object", "properties": {"email": {"type": "string", "pattern": "@"}, "level": {"type": "integer"}}}`,
	}
	spec.Column.Class = ClassJSON
	m, err := New(spec, bindTestKey())
	if err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]string{
		`{"email":"ann@firma.de"}`:                  "",
		`{"email":"ann@firma.de","level":7}`:        "once it is masked: $.level",
		`{"email":"ann@firma.de","level":"secret"}`: "in the source already",
		`["ann@firma.de"]`:                          "in the source already",
		`no JSON at all`:                            "",
	} {
		_, err := m.Mask(nil, Input{Value: []byte(in)})
		if (err == nil) != (want == "") || err != nil && (!strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "firma")) {
			t.Errorf("%s: %v; want %q", in, err, want)
		}
	}
	spec.Schema = `{"$ref": "other.json"}`
	if _, err := Check(spec); err == nil {
		t.Error("a schema that leads elsewhere was taken")
	}
}
