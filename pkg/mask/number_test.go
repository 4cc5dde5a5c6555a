package mask

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"testing"
)

// sameKinds checks that digits are digits, letters letters and all else the same.
func sameKinds(in, out string) error {
	if len(in) != len(out) {
		return fmt.Errorf("another length")
	}
	kind := func(c byte) byte {
		switch {
		case c >= '0' && c <= '9':
			return '0'
		case c >= 'a' && c <= 'z':
			return 'a'
		case c >= 'A' && c <= 'Z':
			return 'A'
		}
		return c
	}
	for i := range in {
		if kind(in[i]) != kind(out[i]) {
			return fmt.Errorf("character %d changed its kind", i)
		}
	}
	return nil
}

// withinBits checks the sign and the range of integer keys.
func withinBits(n uint) func(in, out string) error {
	return func(in, out string) error {
		a, _ := new(big.Int).SetString(in, 10)
		b, ok := new(big.Int).SetString(out, 10)
		if !ok || a == nil {
			return fmt.Errorf("no integer")
		}
		limit := new(big.Int).Lsh(big.NewInt(1), n)
		if a.CmpAbs(limit) < 0 && b.CmpAbs(limit) > 0 {
			return fmt.Errorf("left its range")
		}
		if (a.Sign() < 0) != (b.Sign() < 0) {
			return fmt.Errorf("another sign")
		}
		return nil
	}
}

func suiteNumber() []suiteRow {
	num := func(p int, s int) Column {
		return Column{Class: ClassNumeric, TypeName: "numeric", Digits: p, Scale: s}
	}
	uuids := []string{"018f3c2e-7b1a-7c3d-9e4f-0123456789ab", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "F47AC10B-58CC-4372-A567-0E02B2C3D479", "{f47ac10b-58cc-4372-a567-0e02b2c3d47a}", "f47ac10b58cc4372a5670e02b2c3d47b", "urn:uuid:f47ac10b-58cc-4372-a567-0e02b2c3d47c"}
	return []suiteRow{
		{spec: Spec{Name: "uuid"}, in: append(uuids, "not a uuid"), twin: uuidTwin, secret: func(in string) string { return strings.TrimPrefix(in, "urn:uuid:") }, valid: matches(`(?i)^(urn:uuid:)?\{?[0-9a-f]{8}-?[0-9a-f]{4}-?[1-8][0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}\}?$`), allocFree: true},
		{spec: Spec{Name: "uuid", Column: Column{Class: ClassUUID, TypeName: "uuid"}}, in: append(uuids[:2:2], "00000000-0000-4000-8000-000000000000", "ffffffff-ffff-4fff-bfff-ffffffffffff"), twin: uuidTwin, valid: func(in, out string) error {
			if in[14] != out[14] {
				return fmt.Errorf("another version")
			}
			return nil
		}, allocFree: true},
		{spec: Spec{Name: "key", Column: Column{Class: ClassInteger, Bits: 32, TypeName: "integer"}, Params: map[string]any{"bits": 24.0}}, in: []string{"1", "2", "77", "16777215", "16777216", "2147483647", "-5", "0"}, valid: withinBits(24), allocFree: true, ranked: true},
		{spec: Spec{Name: "key", Column: Column{Class: ClassInteger, Bits: 64, TypeName: "bigint"}}, in: []string{"1", "4711", "9223372036854775807", "-9223372036854775808", "123456789012"}, valid: withinBits(63), allocFree: true, ranked: true},
		{spec: Spec{Name: "key", Column: Column{Class: ClassInteger, Bits: 16, TypeName: "smallint"}, Params: map[string]any{"min": 100.0, "max": 999.0}}, in: []string{"100", "999", "500", "99", "1000", "-1", "32767", "-32768"}, allocFree: true, ranked: true},
		{spec: Spec{Name: "key", Column: num(0, 0)}, in: []string{"42", "42.00", "12345678901234567890123", "1.5", "0.25", "-17"}, ranked: true},
		{spec: Spec{Name: "text_key"}, in: []string{"CUST-00123", "a1b2c3d4", "00042", "AbC/99.x", "7", "ORD_2024#0001", "no key at all!"}, ranked: true, secret: func(in string) string { return strings.TrimRight(in, "!") }, valid: func(in, out string) error {
			if strings.HasSuffix(in, "!") {
				return matches(`^~[a-z2-7]{26}$`)(in, out)
			}
			if len(in) != len(out) {
				return fmt.Errorf("another length")
			}
			return nil
		}},
		{spec: Spec{Name: "digits"}, in: []string{"4711-0815", "AB 123 cd", "123456", "9", "Straße 12"}, valid: func(in, out string) error {
			if strings.Contains(in, "ß") {
				return nil
			}
			return sameKinds(in, out)
		}, allocFree: true},
		{spec: Spec{Name: "digits", Column: Column{Class: ClassInteger, Bits: 32, TypeName: "integer"}}, in: []string{"4711", "2147483647", "-15", "7", "1000000000", "-2147483648"}, valid: func(in, out string) error {
			n, ok := new(big.Int).SetString(out, 10)
			if !ok || !n.IsInt64() || n.Int64() > 1<<31-1 || n.Int64() < -1<<31 {
				return fmt.Errorf("not in the column")
			}
			return sameKinds(in, out)
		}, allocFree: true},
		{spec: Spec{Name: "digits", Column: num(12, 2)}, in: []string{"1234.50", "-7.25", "0.00", "99999999.99"}, twin: instead("1234.50", "6291.37", "7.25", "3.81", "0.00", "0.09", "99999999.99", "10203040.50"), valid: sameKinds, allocFree: true},
		{spec: Spec{Name: "noise", Params: map[string]any{"ratio": 0.2}, Column: num(8, 2)}, in: []string{"1234.56", "-99.95", "0.01", "999999.99", "5000.00"}, valid: withinRatio(0.2), ranked: true},
		{spec: Spec{Name: "noise"}, in: []string{"1234.56", "12345678901234567890.123456789", "77", "1.5e+20"}, valid: withinRatio(0.1), ranked: true},
		{spec: Spec{Name: "noise", Column: Column{Class: ClassInteger, Bits: 16, TypeName: "smallint"}}, in: []string{"32767", "-32768", "1", "0", "200"}, ranked: true, mayEqual: true},
		{spec: Spec{Name: "round", Params: map[string]any{"to": 0.05}, Column: num(0, 0)}, in: []string{"1.23", "7.777", "-1.025", "100000000000000000000.01"}, twin: instead("1.23", "1.27", "7.777", "7.803", "-1.025", "-1.031", "000.01", "000.02"), valid: multipleOf("0.05"), keyless: true, grams: true},
		{spec: Spec{Name: "bucket", Params: map[string]any{"size": 10.0}, Column: Column{Class: ClassInteger, Bits: 16, TypeName: "smallint"}}, in: []string{"47", "-3", "32767", "-32768"}, twin: instead("-32768", "-32764", "32767", "32761", "47", "41", "-3", "-8"), valid: multipleOf("10"), keyless: true, grams: true},
	}
}

// uuidTwin keeps version and variant, and what is around a uuid.
func uuidTwin(in string) string {
	at := strings.Index(in, ":uuid:") + 1
	if at > 0 {
		at += len("uuid:")
	}
	out, digit := []byte(in[:at]+hexTwin(in[at:])), 0
	for i := at; i < len(in); i++ {
		if strings.IndexByte("0123456789abcdefABCDEF", in[i]) < 0 {
			continue
		}
		if digit == 12 || digit == 16 {
			out[i] = in[i]
		}
		digit++
	}
	return string(out)
}

func rat(s string) *big.Rat {
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return nil
	}
	return r
}

func withinRatio(ratio float64) func(in, out string) error {
	return func(in, out string) error {
		a, b := rat(in), rat(out)
		if a == nil || b == nil {
			return fmt.Errorf("no number")
		}
		diff := new(big.Rat).Sub(a, b)
		limit := new(big.Rat).Mul(new(big.Rat).Abs(a), new(big.Rat).SetFloat64(ratio*1.0001))
		unit := rat("0.01")
		if diff.Abs(diff).Cmp(limit) > 0 && diff.Cmp(unit) > 0 {
			return fmt.Errorf("moved too far")
		}
		if point := regexp.MustCompile(`\.\d*`); len(point.FindString(in)) != len(point.FindString(out)) {
			return fmt.Errorf("another precision")
		}
		return nil
	}
}

func multipleOf(step string) func(in, out string) error {
	return func(in, out string) error {
		a, b, s := rat(in), rat(out), rat(step)
		if b == nil || !new(big.Rat).Quo(b, s).IsInt() {
			return fmt.Errorf("no multiple")
		}
		if diff := new(big.Rat).Sub(a, b); diff.Abs(diff).Cmp(s) > 0 {
			return fmt.Errorf("moved too far")
		}
		return nil
	}
}

func TestExactParameters(t *testing.T) {
	t.Parallel()
	for f, want := range map[float64]string{0.05: "5/2", 10: "10/0", 0.1: "1/1", 1e17: "100000000000000000/0", 2.5: "25/1"} {
		n, scale := exactParam(f)
		if got := fmt.Sprintf("%s/%d", n, scale); got != want {
			t.Errorf("%v: %s, want %s", f, got, want)
		}
	}
}
