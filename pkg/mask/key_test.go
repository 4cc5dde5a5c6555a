package mask

import (
	"strconv"
	"strings"
	"testing"
)

func keySpec(column Column, params map[string]any) Spec {
	return Spec{Name: "key", Column: column, Params: params}
}

func TestKeyIsAPermutationOfTheWholeType(t *testing.T) {
	t.Parallel()
	column := Column{Class: ClassInteger, Bits: 16, TypeName: "smallint"}
	for _, params := range []map[string]any{
		{},
		{"bits": 1.0},
		{"bits": 10.0},
		{"bits": 15.0},
		{"min": 1.0, "max": 500.0},
		{"min": -5.0, "max": 5.0},
		{"min": -500.0, "max": -2.0},
		{"min": -500.0, "max": -1.0},
		{"min": 0.0, "max": 32767.0},
		{"min": -32768.0, "max": 32767.0},
		{"min": 1.0, "max": 32766.0},
		{"min": 7.0, "max": 8.0},
	} {
		mask := mustMask(t, keySpec(column, params))
		spans, err := keySpans(keySpec(column, params))
		if err != nil {
			t.Fatal(err)
		}
		seen := map[int64]bool{}
		for x := int64(-32768); x <= 32767; x++ {
			y, err := strconv.ParseInt(mask(strconv.FormatInt(x, 10)), 10, 16)
			if err != nil || y == x || seen[y] {
				t.Fatalf("%v: %d became %d (%v)", params, x, y, err)
			}
			seen[y] = true
			for _, s := range spans {
				if in := x >= s.lo && x <= s.hi; in != (y >= s.lo && y <= s.hi) {
					t.Fatalf("%v: %d left its range for %d", params, x, y)
				}
			}
		}
	}
}

func TestKeysOfOneDomainAgreeInEveryType(t *testing.T) {
	t.Parallel()
	params := map[string]any{"bits": 24.0}
	want := mustMask(t, keySpec(Column{Class: ClassInteger, Bits: 32}, params))
	for _, c := range []Column{{Class: ClassInteger, Bits: 64}, {Class: ClassNumeric}, {Class: ClassNumeric, Digits: 12}} {
		got := mustMask(t, keySpec(c, params))
		for _, v := range []string{"0", "1", "4711", "16777215", "-7"} {
			if got(v) != want(v) {
				t.Errorf("%s in %+v: %s, want %s", v, c, got(v), want(v))
			}
		}
	}
}

func TestEqualNumericsHaveEqualStandIns(t *testing.T) {
	t.Parallel()
	mask := mustMask(t, keySpec(Column{Class: ClassNumeric}, nil))
	for _, forms := range [][]string{{"42", "42.0", "42.00", "+42", "0042"}, {"1.5", "1.50", "1.5000"}, {"12345678901234567890", "12345678901234567890.0"}, {"0.25", ".25", "0.2500"}} {
		want := strings.TrimRight(strings.TrimRight(mask(forms[0]), "0"), ".")
		for _, f := range forms[1:] {
			out := mask(f)
			if strings.Contains(out, ".") {
				out = strings.TrimRight(strings.TrimRight(out, "0"), ".")
			}
			if out != want && out != mask(forms[0]) {
				t.Errorf("%s: %s, want %s", f, out, want)
			}
		}
	}
	seen := map[string]string{}
	for _, v := range []string{"9223372036854775807", "9223372036854775808", "9223372036854775809", "-9223372036854775808", "-9223372036854775809", "99999999999999999999", "10000000000000000000", "0.1", "0.2", "0.01", "1.1", "1.01", "10.1"} {
		out := mask(v)
		if other, ok := seen[out]; ok || out == v {
			t.Errorf("%s became %s, as did %s", v, out, other)
		}
		seen[out] = v
	}
}

func TestKeyRefusesWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	integer := Column{Class: ClassInteger, Bits: 32, TypeName: "integer"}
	for _, s := range []Spec{
		keySpec(integer, map[string]any{"bits": 0.0}),
		keySpec(integer, map[string]any{"bits": 32.0}),
		keySpec(integer, map[string]any{"min": 1.0}),
		keySpec(integer, map[string]any{"min": 9.0, "max": 9.0}),
		keySpec(integer, map[string]any{"min": 1.0, "max": 1e10}),
		keySpec(integer, map[string]any{"min": 1.0, "max": 9.0, "bits": 4.0}),
		keySpec(Column{Class: ClassInteger, Bits: 64}, map[string]any{"min": 1.0, "max": 1e17}),
		keySpec(Column{Class: ClassNumeric, Digits: 3}, map[string]any{"bits": 10.0}),
		keySpec(Column{Class: ClassNumeric, Digits: 2, Scale: 2}, nil),
		keySpec(Column{Class: ClassText}, nil),
	} {
		if _, err := Check(s); err == nil {
			t.Errorf("%+v %v was taken", s.Column, s.Params)
		}
	}
	for _, v := range []string{"999", "1", "-999", "0"} { // numeric(3,0) holds no 1000
		if out := mustMask(t, keySpec(Column{Class: ClassNumeric, Digits: 3}, nil))(v); len(strings.TrimPrefix(out, "-")) > 3 {
			t.Errorf("%s became %s", v, out)
		}
	}
}

func TestTextKeyKeepsItsAlphabet(t *testing.T) {
	t.Parallel()
	mask := mustMask(t, Spec{Name: "text_key"})
	for a, forms := range map[int][]string{
		alphabetDigits: {"0", "12", "00-01", "123456", "12345678901234567890123456789012345678"[:36]},
		alphabetLower:  {"a", "a1", "ab-12", "abcdefgh12", "zzzzzzzzzzzzzzzzzzzzzz"},
		alphabetUpper:  {"A", "A1", "AB-12", "ABCDEFGH12"},
		alphabetMixed:  {"aB", "aB1", "aB-12", "abcdEFGH12"},
	} {
		for _, v := range forms {
			out := mask(v)
			b, n, ok := alphabetOf([]byte(out))
			if !ok || b != a || len(out) != len(v) || out == v {
				t.Errorf("%s became %s, of alphabet %d with %d characters", v, out, b, n)
			}
		}
	}
	for _, v := range []string{"-", "Ключ", "a@b", strings.Repeat("a", 100)} {
		if out := mask(v); !strings.HasPrefix(out, "~") || len(out) != 27 {
			t.Errorf("%q became %s", v, out)
		}
	}
}

func TestUUIDIsOneInEverySpelling(t *testing.T) {
	t.Parallel()
	mask := mustMask(t, Spec{Name: "uuid"})
	plain := func(s string) string {
		return strings.ToLower(strings.NewReplacer("-", "", "{", "", "}", "", "urn:uuid:", "", " ", "").Replace(s))
	}
	want := mask("f47ac10b-58cc-4372-a567-0e02b2c3d479")
	for _, v := range []string{"F47AC10B-58CC-4372-A567-0E02B2C3D479", "{f47ac10b-58cc-4372-a567-0e02b2c3d479}", "f47ac10b58cc4372a5670e02b2c3d479", "f47a-c10b-58cc-4372-a567-0e02-b2c3-d479", "urn:uuid:f47ac10b-58cc-4372-a567-0e02b2c3d479"} {
		if plain(mask(v)) != plain(want) {
			t.Errorf("%s: %s, want %s", v, mask(v), want)
		}
	}
}

func TestRoundingCarriesAndFits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		params   map[string]any
		column   Column
		in, want string
	}{
		{"round", map[string]any{"to": 100.0}, Column{Class: ClassInteger, Bits: 32}, "950", "1000"},
		{"round", map[string]any{"to": 100.0}, Column{Class: ClassInteger, Bits: 32}, "-950", "-1000"},
		{"round", map[string]any{"to": 100.0}, Column{Class: ClassInteger, Bits: 32}, "949", "900"},
		{"round", map[string]any{"to": 1000.0}, Column{Class: ClassInteger, Bits: 16}, "32767", "32000"},
		{"round", map[string]any{"to": 1000.0}, Column{Class: ClassInteger, Bits: 16}, "-32768", "-32000"},
		{"round", map[string]any{"to": 0.1}, Column{Class: ClassNumeric}, "12345678901234567890.15", "12345678901234567890.20"},
		{"round", map[string]any{"to": 0.5}, Column{Class: ClassFloat}, "1.5e-3", "0.0000"},
		{"round", map[string]any{"to": 0.5}, Column{Class: ClassFloat}, "1e+20", "100000000000000000000.0"},
		{"round", map[string]any{"to": 10.0}, Column{Class: ClassFloat}, "NaN", "0"},
		{"round", map[string]any{"to": 10.0}, Column{Class: ClassNumeric, Digits: 3, Scale: 1}, "99.9", "90.0"},
		{"bucket", map[string]any{"size": 18.0}, Column{Class: ClassInteger, Bits: 16}, "35", "18"},
		{"bucket", map[string]any{"size": 18.0}, Column{Class: ClassInteger, Bits: 16}, "36", "36"},
		{"bucket", map[string]any{"size": 0.25}, Column{Class: ClassNumeric}, "-0.10", "-0.25"},
	} {
		if out := mustMask(t, Spec{Name: c.name, Params: c.params, Column: c.column})(c.in); out != c.want {
			t.Errorf("%s %v of %s: %s, want %s", c.name, c.params, c.in, out, c.want)
		}
	}
	for _, s := range []Spec{
		{Name: "round", Params: map[string]any{"to": 0.0}},
		{Name: "round", Params: map[string]any{"to": -1.0}},
		{Name: "bucket", Params: map[string]any{"size": 1e30}},
		{Name: "round", Params: map[string]any{"to": 0.5}, Column: Column{Class: ClassInteger, Bits: 32}},
		{Name: "round", Params: map[string]any{"to": 1e6}, Column: Column{Class: ClassInteger, Bits: 16}},
		{Name: "noise", Params: map[string]any{"ratio": 0.0}},
		{Name: "noise", Params: map[string]any{"ratio": 1.5}},
	} {
		if s.Column.Class == "" {
			s.Column.Class = ClassNumeric
		}
		if _, err := Check(s); err == nil {
			t.Errorf("%s %v was taken", s.Name, s.Params)
		}
	}
}

func FuzzNumbers(f *testing.F) {
	for _, v := range []string{"1", "-0", "1e5", "1.50", "NaN", "Infinity", "9223372036854775808", ".5", "1e-400", "00012", "1e9999"} {
		f.Add(v)
	}
	column := Column{Class: ClassNumeric}
	key := mustMask(f, keySpec(column, nil))
	rest := []func(string) string{
		mustMask(f, Spec{Name: "noise", Column: column}), mustMask(f, Spec{Name: "round", Column: column}),
		mustMask(f, Spec{Name: "bucket", Column: column}), mustMask(f, Spec{Name: "digits", Column: column}),
	}
	text := mustMask(f, Spec{Name: "text_key"})
	f.Fuzz(func(t *testing.T, v string) {
		if v == "" {
			return
		}
		for i, mask := range append(rest, key) {
			if out := mask(v); rat(out) == nil {
				t.Fatalf("masker %d: %q became %q, which is no number", i, v, out)
			}
		}
		if text(v) == v {
			t.Fatalf("%q stayed", v)
		}
	})
}
