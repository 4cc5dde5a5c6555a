package mask

import (
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/understudy-db/understudy/pkg/mask/prf"
)

func suitePeople() []suiteRow {
	first := []string{"Ann", "Wolfgang", "Marie-Claire", "JOSEPH", "beatrice", "J.", "Anna Maria", "Zoë", "Ольга", "Ελένη", "さくら", "محمد", "恵子"}
	last := []string{"Lee", "Wolkenstein", "Smith-Jones", "O'Brien", "HOLLANDER", "van der Berg", "de la Cruz", "Müller", "Шевченко", "Παπαδόπουλος", "تاج الدين", "李"}
	full := []string{
		"Ann Lee", "Lee, Ann", "Dr. Wolfgang Amadeus Hollander", "Mrs Beatrice Carrington-Smythe", "LUDWIG VAN BEETHOVEN", "J. R. Tolkien", "Madonna", "Prof. Dr. Hans Zimmermann Jr.",
		"Ольга Петренко", "Νίκος Καζαντζάκης", "恵子田中", "محمد علي", "Hollander, Wolfgang A.", "ann   lee",
	}
	noParticles := func(in string) string {
		var out []string
		for _, w := range strings.Fields(in) {
			n := appendNormal(nil, []byte(strings.Trim(w, ",")))
			_, isTitle := titles[string(n)]
			if _, ok := particles[string(n)]; !ok && !isTitle && !isSuffix(n) {
				out = append(out, w)
			}
		}
		return strings.Join(out, " ")
	}
	var rows []suiteRow
	for _, l := range []string{"", "en_GB", "de_DE", "cs_CZ", "hu_HU", "es_ES", "uk_UA", "ja_JP", "fi_FI"} {
		rows = append(rows,
			suiteRow{spec: Spec{Name: "first_name", Locale: l}, in: first, allocFree: true, valid: sameCapitals},
			suiteRow{spec: Spec{Name: "last_name", Locale: l}, in: last, allocFree: true, valid: sameCapitals, secret: noParticles},
			suiteRow{spec: Spec{Name: "full_name", Locale: l}, in: full, allocFree: true, valid: sameCapitals, secret: noParticles},
		)
	}
	return append(rows,
		suiteRow{spec: Spec{Name: "first_name", Params: map[string]any{"gender": "female"}}, in: first, allocFree: true},
		suiteRow{spec: Spec{Name: "first_name", Args: []string{"gender"}}, args: []string{"male"}, in: first},
		suiteRow{spec: Spec{Name: "middle_name"}, in: []string{"Ann", "A.", "B", "Maria Luisa", "Theodore"}, mayEqual: false, allocFree: true},
		suiteRow{spec: Spec{Name: "initials"}, in: []string{"AL", "A.L.", "J. R. R.", "abc", "A-M", "Z"}, valid: func(in, out string) error {
			if strings.Count(in, ".") != strings.Count(out, ".") {
				return fmt.Errorf("other dots")
			}
			return nil
		}},
		suiteRow{spec: Spec{Name: "username"}, in: []string{"ann.lee", "alee42", "ann_lee1990", "WOLFGANG", "hollander-w", "петренко"}, valid: asciiOnly, allocFree: true},
		suiteRow{spec: Spec{Name: "username", Locale: "el_GR"}, in: []string{"ann.lee", "alee42", "ann_lee1990", "WOLFGANG", "hollander-w"}, valid: asciiOnly},
		suiteRow{spec: Spec{Name: "username", Locale: "uk_UA", Column: Column{Class: ClassText, Unique: true}}, in: []string{"ann.lee", "alee42", "ann_lee1990", "WOLFGANG", "Wolfgang"}, valid: asciiOnly, allocFree: true},
		suiteRow{spec: Spec{Name: "title"}, in: []string{"Mr", "Mrs.", "Dr.", "MS", "Frau", "Mx", "Her Royal Highness"}, twin: instead("Mrs", "Mr", "Frau", "Herr", "MS", "MR", "Royal", "Noble"), mayEqual: true, grams: true, allocFree: true},
		suiteRow{spec: Spec{Name: "gender"}, in: []string{"F", "m", "Female", "MALE", "divers", "2", "femme", "女"}, twin: instead("Female", "Male", "MALE", "FEMALE", "divers", "anders", "femme", "homme", "F", "M", "m", "f", "2", "1", "女", "男"), mayEqual: true, grams: true, allocFree: true},
		suiteRow{spec: Spec{Name: "gender", Column: Column{Class: ClassEnum, Labels: []string{"Mann", "Frau", "Divers"}}}, in: []string{"Mann", "Frau", "Divers", "Mann"}, twin: instead("Mann", "Frau", "Frau", "Mann"), mayEqual: true, grams: true, valid: func(_, out string) error {
			if out != "Mann" && out != "Frau" {
				return fmt.Errorf("is no label")
			}
			return nil
		}},
		suiteRow{spec: Spec{Name: "company"}, in: []string{"Hollander & Sons Ltd", "Zweigstein GmbH", "INITROBE", "Café Zoë", "Krasnov Trading House of Kyiv"}, allocFree: true},
		suiteRow{spec: Spec{Name: "company", Locale: "ja_JP"}, in: []string{"株式会社森川", "Hollander Ltd", "山本商店", "ABC"}},
		suiteRow{spec: Spec{Name: "job_title", Locale: "de_DE"}, in: []string{"Oberförster", "Gleisbauer", "LOKFÜHRER", "Imker"}, allocFree: true},
	)
}

func sameCapitals(in, out string) error {
	if habitOf([]byte(in)) == allUpper && strings.ContainsFunc(out, unicode.IsLower) && strings.Count(in, "")-1 > 2 {
		return fmt.Errorf("is not all capitals")
	}
	if habitOf([]byte(in)) == allLower && strings.ContainsFunc(out, unicode.IsUpper) {
		return fmt.Errorf("has capitals")
	}
	return nil
}

func asciiOnly(_, out string) error {
	for _, c := range out {
		if c >= utf8.RuneSelf || c == ' ' {
			return fmt.Errorf("is no login name")
		}
	}
	return nil
}

func bindFor(t *testing.T, name, locale, subject string, column Column) Masker {
	t.Helper()
	column.Class = ClassText
	m, err := New(Spec{Name: name, Locale: locale, Domain: "d." + name, Subject: subject, Column: column}, &Binder{Key: prf.TestKey()})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func maskOne(t *testing.T, m Masker, value, subject string) string {
	t.Helper()
	in := Input{Value: []byte(value)}
	if subject != "" {
		in.Subject = []byte(subject)
	}
	out, err := m.Mask(nil, in)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestThePartsOfOnePersonAgree(t *testing.T) {
	t.Parallel()
	for _, locale := range []string{"en_GB", "de_DE", "cs_CZ", "pt_BR", "uk_UA", "pl_PL"} {
		subject := "people.id"
		first, last, full := bindFor(t, "first_name", locale, subject, Column{}), bindFor(t, "last_name", locale, subject, Column{}), bindFor(t, "full_name", locale, subject, Column{})
		user, initials := bindFor(t, "username", locale, subject, Column{}), bindFor(t, "initials", locale, subject, Column{})
		title, sex := bindFor(t, "title", locale, subject, Column{}), bindFor(t, "gender", locale, subject, Column{})
		originalFirst, originalLast := "Quentin", "Quarles"
		if locale == "uk_UA" {
			originalFirst, originalLast = "Квентин", "Кварл"
		}
		for i := range 500 {
			id := fmt.Sprint(i)
			f, l := maskOne(t, first, originalFirst, id), maskOne(t, last, originalLast, id)
			if got := maskOne(t, full, originalFirst+" "+originalLast, id); got != f+" "+l {
				t.Fatalf("%s: full name %q, parts %q and %q", locale, got, f, l)
			}
			if got := maskOne(t, full, originalLast+", "+originalFirst, id); got != l+", "+f {
				t.Fatalf("%s: full name %q, parts %q and %q", locale, got, f, l)
			}
			if got, want := maskOne(t, user, originalFirst+".x", id), string(appendASCII(nil, f, allLower))+"."+string(appendASCII(nil, l, allLower)); got != want {
				t.Fatalf("%s: user name %q, want %q", locale, got, want)
			}
			r, _ := utf8.DecodeRuneInString(f)
			q, _ := utf8.DecodeRuneInString(l)
			if got := maskOne(t, initials, "QQ", id); locale != "uk_UA" && got != string(unicode.ToUpper(r))+string(unicode.ToUpper(q)) && r != 'Q' && q != 'Q' {
				t.Fatalf("%s: initials %q of %q %q", locale, got, f, l)
			}
			female := maskOne(t, sex, "M", id) == "F"
			if got := maskOne(t, title, "Mrs", id); (got == "Mrs") != female {
				t.Fatalf("%s: title %q, female %t", locale, got, female)
			}
			if locale == "cs_CZ" && strings.HasSuffix(l, "ová") && !female {
				t.Fatalf("a man is called %q", l)
			}
		}
	}
}

func TestPartsWithoutWordListsAgreeAndDiffer(t *testing.T) {
	t.Parallel()
	for locale, names := range map[string][2]string{
		"ar_EG": {"محمد", "علي"}, "he_IL": {"דוד", "כהן"}, "en_GB": {"สมชาย", "ใจดี"}, "ja_JP": {"さくら", "たなか"}, "de_DE": {"Արմեն", "Սարգսյան"},
	} {
		if locale == "ar_EG" || locale == "he_IL" { // no lists of their own
			locale = "en_GB"
		}
		subject := "people.id"
		first, last, full := bindFor(t, "first_name", locale, subject, Column{}), bindFor(t, "last_name", locale, subject, Column{}), bindFor(t, "full_name", locale, subject, Column{})
		initials := bindFor(t, "initials", locale, subject, Column{})
		alike := 0
		for i := range 200 {
			id := fmt.Sprint(i)
			f, l := maskOne(t, first, names[0], id), maskOne(t, last, names[1], id)
			want := f + " " + l
			in := names[0] + " " + names[1]
			if locale == "ja_JP" {
				want, in = l+" "+f, names[1]+" "+names[0]
			}
			if got := maskOne(t, full, in, id); got != want {
				t.Fatalf("%s: full name %q, parts %q and %q", locale, got, f, l)
			}
			a, _ := utf8.DecodeRuneInString(f)
			b, _ := utf8.DecodeRuneInString(l)
			old, _ := utf8.DecodeRuneInString(names[0])
			if got := []rune(maskOne(t, initials, string([]rune(names[0])[0])+"."+string([]rune(names[1])[0]), id)); a != old && got[0] != a {
				t.Fatalf("%s: initials %q of %q %q", locale, string(got), f, l)
			}
			if a == b {
				alike++
			}
		}
		if alike > 60 {
			t.Errorf("%s: first and last name begin alike for %d of 200", names[0], alike)
		}
	}
}

func TestAJoinedNameOfTwoScriptsIsMadeOfItsParts(t *testing.T) {
	t.Parallel()
	first, last, full := bindFor(t, "first_name", "ja_JP", "p.id", Column{}), bindFor(t, "last_name", "ja_JP", "p.id", Column{}), bindFor(t, "full_name", "ja_JP", "p.id", Column{})
	for i := range 200 {
		id := fmt.Sprint(i)
		if got, want := maskOne(t, full, "高橋あかり", id), maskOne(t, last, "高橋", id)+maskOne(t, first, "あかり", id); got != want {
			t.Fatalf("%q, not %q", got, want)
		}
	}
}

func TestArrangementsAreKept(t *testing.T) {
	t.Parallel()
	m := bindFor(t, "full_name", "en_GB", "", Column{})
	for in, shape := range map[string]string{
		"Ann Lee": "W W", "Lee, Ann": "W, W", "Dr. Ann Lee": "Dr. W W", "ANN LEE": "U U", "ann lee": "l l", "J. R. Lee": "I. I. W", "Ludwig van Vliet": "W van W",
		"Ann-Marie Lee-Howe": "W-W W-W", "Madonna": "W", "Ann Lee Jr.": "W W", "van der Vliet, Ann": "van der W, W", " Ann   Lee ": "W W", "Ann B Lee": "W I W",
	} {
		out := maskOne(t, m, in, "")
		words := strings.FieldsFunc(out, func(r rune) bool { return r == ' ' || r == '-' })
		want := strings.FieldsFunc(shape, func(r rune) bool { return r == ' ' || r == '-' })
		ok := len(words) == len(want) && strings.Count(out, "-") == strings.Count(shape, "-") && strings.Count(out, ",") == strings.Count(shape, ",")
		for i := 0; ok && i < len(want); i++ {
			w := words[i]
			switch strings.Trim(want[i], ",.") {
			case "W":
				ok = len(w) > 1 && unicode.IsUpper([]rune(w)[0])
			case "U":
				ok = w == strings.ToUpper(w)
			case "l":
				ok = w == strings.ToLower(w)
			case "I":
				ok = utf8.RuneCountInString(strings.Trim(w, ".")) == 1 && strings.HasSuffix(w, ".") == strings.HasSuffix(want[i], ".")
			default:
				ok = w == want[i]
			}
		}
		if !ok {
			t.Errorf("%q became %q, want the shape %q", in, out, shape)
		}
	}
}

func TestScriptsStay(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"first_name", "last_name", "full_name", "city", "street"} {
		m := bindFor(t, name, "en_GB", "", Column{})
		for in, table := range map[string]*unicode.RangeTable{
			"Ольга": unicode.Cyrillic, "Ελένη": unicode.Greek, "恵子": unicode.Han, "민수": unicode.Hangul, "サクラ": unicode.Katakana, "さくら": unicode.Hiragana,
			"محمد": unicode.Arabic, "דוד": unicode.Hebrew, "สมชาย": unicode.Thai, "राम": unicode.Devanagari, "Ann": unicode.Latin,
		} {
			out := maskOne(t, m, in, "")
			for _, r := range out {
				if unicode.IsLetter(r) && !unicode.Is(table, r) {
					t.Errorf("%s: %q became %q", name, in, out)
					break
				}
			}
		}
	}
}

func TestSpellingsOfOneValueAreOne(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"first_name", "last_name", "city", "company", "token", "pattern"} {
		m := bindFor(t, name, "en_GB", "", Column{})
		want := strings.ToLower(maskOne(t, m, "zoë", ""))
		for _, in := range []string{"Zoë", "ZOË", "Zoe\u0308"} {
			if got := strings.ToLower(maskOne(t, m, in, "")); got != want && name != "token" && name != "pattern" {
				t.Errorf("%s: %q became %q, not %q", name, in, got, want)
			}
		}
	}
}

func TestUniqueUsernamesDoNotCollide(t *testing.T) {
	t.Parallel()
	values := 100000
	if testing.Short() {
		values = 10000
	}
	for _, limit := range []int{0, 12, 20, 32} {
		m := bindFor(t, "username", "fi_FI", "", Column{Unique: true, MaxChars: limit})
		seen := map[string]bool{}
		for i := range values {
			out := maskOne(t, m, fmt.Sprintf("user%d", i), "")
			if seen[out] {
				t.Fatalf("%d characters: a collision at %d", limit, i)
			}
			seen[out] = true
		}
		if maskOne(t, m, "ann", "") == strings.ToLower(maskOne(t, m, "Ann", "")) {
			t.Errorf("%d characters: two values of the index share a stand-in", limit)
		}
	}
}
