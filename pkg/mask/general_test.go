package mask

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/understudy-db/understudy/pkg/mask/prf"
)

func suiteGeneral() []suiteRow {
	references := []string{"AB-1234-xy", "ZK/99821", "2024-INV-00017", "kq88.12", "Ref 77b", "0000-1111", "ΑΒΓ-12", "тест-5"}
	tokens := []string{
		"9f86d081884c7d659a2feaa0c55ad015", "GEZDGNBVGY3TQOJQ", "sk_live_4eC39HqLyjWDarjtT1zdp7dc", "550e8400-e29b-41d4-a716-446655440000", "83746510", "a1b2c3d4e5",
	}
	return []suiteRow{
		{spec: Spec{Name: "constant", Params: map[string]any{"value": "x"}}, in: []string{"a", "b", "c", "d"}, keyless: true, mayEqual: true},
		{spec: Spec{Name: "constant", Params: map[string]any{"value": 0.0}, Column: Column{Class: ClassInteger, Bits: 16}}, in: []string{"1", "2", "3", "4"}, keyless: true, mayEqual: true},
		{
			spec: Spec{Name: "choice", Params: map[string]any{"values": []any{"gold", "silver", "bronze"}, "weights": []any{1.0, 3.0, 6.0}}},
			in:   []string{"platinum", "iron", "wood", "paper", "stone", "glass", "brass", "tin"}, mayEqual: true, allocFree: true, valid: func(_, out string) error {
				if out != "gold" && out != "silver" && out != "bronze" {
					return fmt.Errorf("is none of the values")
				}
				return nil
			},
		},
		{
			spec: Spec{Name: "redact"}, in: []string{"Ann", "secret value", "ÄÖÜ", "12345678"}, keyless: true, allocFree: true,
			mayEqual: true, // a value of nothing but the mark
			valid: func(in, out string) error {
				if out != strings.Repeat("*", utf8.RuneCountInString(in)) {
					return fmt.Errorf("shows more than the length")
				}
				return nil
			},
		},
		{
			spec: Spec{Name: "redact", Params: map[string]any{"first": 1.0, "last": 2.0, "char": "•"}}, in: []string{"Ann Lee", "secret value", "1234567890", "äöüäöüäöü"}, keyless: true, grams: true, mayEqual: true,
			twin: instead("nn L", "ss Q", "ecret val", "qkrhw ipq", "2345678", "5678901", "öüäöüä", "üöäüöä"),
			valid: func(in, out string) error {
				if n := strings.Count(out, "•"); 2*n < utf8.RuneCountInString(in) {
					return fmt.Errorf("leaves more than it hides")
				}
				return nil
			},
		},
		{
			spec: Spec{Name: "template", Params: map[string]any{"text": "{{INV}} {digits:8}-{hex:4}"}}, in: []string{"INV 2024/0001", "R-77", "rechnung", "12345678"},
			allocFree: true, valid: matches(`^\{INV\} \d{8}-[0-9a-f]{4}$`), odd: matches(`^\{INV\} \d{8}-[0-9a-f]{4}$`),
		},
		{
			spec: Spec{Name: "hash", Paths: []PathSpec{{Path: ownPath, Spec: Spec{Name: "email"}}}}, args: []string{"ann@firma.de"},
			in: []string{hexDigest("a"), hexDigest("b"), hexDigest("c"), hexDigest("d")}, twin: hexTwin, allocFree: true, valid: matches(`^[0-9a-f]{64}$`), odd: matches(`^[0-9a-fA-F]{64}$`),
		},
		{spec: Spec{Name: "pattern"}, in: references, allocFree: true, valid: sameShape, secret: letterGroups},
		{spec: Spec{Name: "pattern", Column: Column{Class: ClassText, Unique: true}}, in: references, valid: sameShape},
		{spec: Spec{Name: "token"}, in: tokens, twin: hexTwin, allocFree: true, valid: func(in, out string) error {
			if utf8.RuneCountInString(in) != len(out) {
				return fmt.Errorf("another length")
			}
			return nil
		}},
		{spec: Spec{Name: "token", Params: map[string]any{"length": 40.0, "alphabet": "hex"}}, in: tokens, twin: hexTwin, valid: func(_, out string) error {
			if len(out) != 40 || strings.Trim(out, hexAlphabet) != "" {
				return fmt.Errorf("is no 40 hex digits")
			}
			return nil
		}},
		{spec: Spec{Name: "token", Column: Column{Class: ClassText, Unique: true}}, in: tokens, twin: hexTwin, valid: func(_, out string) error {
			if len(out) < tokenUniqueLength {
				return fmt.Errorf("is too short to be distinct")
			}
			return nil
		}},
	}
}

func hexDigest(of string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(of))) }

// letterGroups is in without what pattern keeps.
func letterGroups(in string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, in)
}

func sameShape(in, out string) error {
	a, b := []rune(in), []rune(out)
	if len(a) != len(b) {
		return fmt.Errorf("another length")
	}
	for i := range a {
		if unicode.IsDigit(a[i]) != unicode.IsDigit(b[i]) || unicode.IsUpper(a[i]) != unicode.IsUpper(b[i]) || unicode.IsLower(a[i]) != unicode.IsLower(b[i]) {
			return fmt.Errorf("character %d is of another kind", i)
		}
		if unicode.IsLetter(a[i]) && unicode.Is(unicode.Greek, a[i]) != unicode.Is(unicode.Greek, b[i]) {
			return fmt.Errorf("character %d is of another script", i)
		}
		if !unicode.IsLetter(a[i]) && !unicode.IsDigit(a[i]) && a[i] != b[i] {
			return fmt.Errorf("separator %d is another", i)
		}
	}
	return nil
}

func TestGeneralMaskersRefuseWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	text, number := Column{Class: ClassText, MaxChars: 4, TypeName: "character varying(4)"}, Column{Class: ClassInteger, Bits: 16, TypeName: "smallint"}
	label := Column{Class: ClassEnum, Labels: []string{"a", "b"}, TypeName: "mood"}
	for name, s := range map[string]Spec{
		"no value":            {Name: "constant", Column: text},
		"too long":            {Name: "constant", Column: text, Params: map[string]any{"value": "12345"}},
		"no number":           {Name: "constant", Column: number, Params: map[string]any{"value": "x"}},
		"out of range":        {Name: "constant", Column: number, Params: map[string]any{"value": 40000.0}},
		"no label":            {Name: "constant", Column: label, Params: map[string]any{"value": "c"}},
		"a list":              {Name: "constant", Column: text, Params: map[string]any{"value": []any{}}},
		"no values":           {Name: "choice", Column: text},
		"weights":             {Name: "choice", Column: text, Params: map[string]any{"values": []any{"a", "b"}, "weights": []any{1.0}}},
		"no weight":           {Name: "choice", Column: text, Params: map[string]any{"values": []any{"a", "b"}, "weights": []any{0.0, 0.0}}},
		"negative":            {Name: "choice", Column: text, Params: map[string]any{"values": []any{"a", "b"}, "weights": []any{2.0, -1.0}}},
		"choice no label":     {Name: "choice", Column: label, Params: map[string]any{"values": []any{"a", "c"}}},
		"two characters":      {Name: "redact", Column: text, Params: map[string]any{"char": "**"}},
		"invisible":           {Name: "redact", Column: text, Params: map[string]any{"char": "\n"}},
		"negative first":      {Name: "redact", Column: text, Params: map[string]any{"first": -1.0}},
		"token too long":      {Name: "token", Column: text, Params: map[string]any{"length": 5.0}},
		"token too short":     {Name: "token", Column: text, Params: map[string]any{"length": 1.0}},
		"unknown alphabet":    {Name: "token", Column: text, Params: map[string]any{"alphabet": "klingon"}},
		"unknown parameter":   {Name: "pattern", Column: text, Params: map[string]any{"x": "y"}},
		"class":               {Name: "pattern", Column: number},
		"unknown locale":      {Name: "first_name", Column: text, Locale: "xx_XX"},
		"unknown gender":      {Name: "first_name", Column: text, Params: map[string]any{"gender": "other"}},
		"half a gender":       {Name: "gender", Column: text, Params: map[string]any{"female": "x"}},
		"labels of no gender": {Name: "gender", Column: label},
		"country":             {Name: "postcode", Column: text, Params: map[string]any{"country": "England"}},
		"city's locale":       {Name: "city", Column: text, Locale: "tlh"},
		"no subject":          {Name: "city", Column: text, Subject: "people.id"},
	} {
		if _, err := Check(s); err == nil {
			t.Errorf("%s: was taken", name)
		}
		if _, err := New(s, &Binder{Key: prf.TestKey()}); err == nil {
			t.Errorf("%s: was bound", name)
		}
	}
}

func TestChoiceFollowsItsWeights(t *testing.T) {
	t.Parallel()
	m, err := New(Spec{Name: "choice", Domain: "w", Params: map[string]any{"values": []any{"a", "b", "never"}, "weights": []any{1.0, 3.0, 0.0}}, Column: Column{Class: ClassText}}, &Binder{Key: prf.TestKey()})
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for i := range 40000 {
		out, _ := m.Mask(nil, Input{Value: fmt.Appendf(nil, "%d", i)})
		count[string(out)]++
	}
	if count["a"] < 9500 || count["a"] > 10500 || count["never"] != 0 {
		t.Errorf("%v of 40,000", count)
	}
}

func TestNormalForm(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"  Ann\t LEE ": "ann lee", "Ａｎｎ": "ann", "É": "é", "e\u0301": "é", "ΟΔΥΣΣΕΥΣ": "οδυσσευσ", "Οδυσσεύς": "οδυσσεύσ", "ﬁx": "fix",
		"": "", " \n ": "", "a\u00a0b": "a b", "\xff A": "\xff a", "日本": "日本", "a\u3000": "a",
	} {
		if got := string(appendNormal([]byte("x"), []byte(in))); got != "x"+want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func FuzzNormalForm(f *testing.F) {
	for _, v := range strange() {
		f.Add([]byte(v))
	}
	f.Fuzz(func(t *testing.T, v []byte) {
		once := appendNormal(nil, v)
		// Where marks pile up, NFKC puts U+034F between them, counted from the piece's beginning.
		if spaced := appendNormal(nil, append([]byte("  "), append(v, ' ')...)); utf8.Valid(v) && string(spaced) != string(once) && !strings.ContainsRune(string(once)+string(spaced), '\u034f') {
			t.Errorf("%q: outer space matters: %q, %q", v, once, spaced)
		}
		if utf8.Valid(v) && !utf8.Valid(once) {
			t.Errorf("%q: %q is broken", v, once)
		}
	})
}

func TestTokenKeepsTheAlphabet(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"123": digitsAlphabet, "9f86d0": hexAlphabet, "9F86D0": hexUpperAlphabet, "abcz": lowerAlphabet, "a1z": lowerAlnum, "A1Z": upperAlnum,
		"GEZDGNBVGY3TQOJQ": base32Alphabet, "aB": upperAlphabet + lowerAlphabet, "aB3": alnumAlphabet, "☃": lowerAlnum,
	} {
		if got := tokenAlphabet([]byte(in)); got != want {
			t.Errorf("%s: %s", in, got)
		}
	}
}

func bindTestKey() *Binder { return &Binder{Key: prf.TestKey()} }

func TestATemplateThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "INV", "{digits}", "{digits:0}", "{digits:65}", "{runes:3}", "{digits:3", "digits:3}", "{digits:3}}"} {
		if _, err := Check(Spec{Name: "template", Params: map[string]any{"text": text}, Column: Column{Class: ClassText}}); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
	traits, err := Check(Spec{Name: "template", Params: map[string]any{"text": "N{digits:8}"}, Column: Column{Class: ClassText, MaxChars: 9}})
	if err != nil || traits.Capacity != 1e8 {
		t.Errorf("%+v %v", traits, err)
	}
	if _, err := Check(Spec{Name: "template", Params: map[string]any{"text": "N{digits:8}"}, Column: Column{Class: ClassText, MaxChars: 8}}); err == nil {
		t.Error("nine characters fit into eight")
	}
}
