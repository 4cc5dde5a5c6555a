package evidence

import (
	"encoding/base64"
	"fmt"
	"os"
	"strings"
	"testing"
)

// sealed returns a set of the given originals, form by form.
func sealed(t testing.TB, o Options, originals map[Form][]string) *Set {
	t.Helper()
	s := New(o)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	c := s.Collector()
	for form, values := range originals {
		for _, v := range values {
			c.Add(form, []byte(v))
		}
	}
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	c.Commit()
	if err := s.Seal(); err != nil {
		t.Fatal(err)
	}
	return s
}

func look(t testing.TB, r *Reader, value string) (hits int) {
	t.Helper()
	if _, err := r.Look([]byte(value), func([]byte, bool) { hits++ }); err != nil {
		t.Fatal(err)
	}
	return hits
}

var people = map[Form][]string{
	Email:   {"Ann.Whitcombe@Brambleposte.co.uk", "Jo Field <jo+news@field.example.de>"},
	Phone:   {"+44 (0)7512 345678", "0171 2345679", "+1 (212) 736-5001 ext. 12", "8 912 345-67-89"},
	Compact: {"AB 12 34 56 C", "GB82 WEST 1234 5698 7654 32", "4929-1234-5678-9013", "943 476 5919", "DE136695976"},
	Word:    {"ExponentPushToken[a1B2c3D4e5F6g7H8i9J0k1]", "https://hooks.annwhitcombe.net/in", "550e8400-e29b-41d4-a716-446655440000", "84.17.33.201/32", "ann_w77"},
}

func TestOriginalsAreFoundHoweverTheyAreWritten(t *testing.T) {
	t.Parallel()
	r := sealed(t, Options{}, people).Reader()
	wrapped := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("padding of a long text ", 5) + "ann.whitcombe@brambleposte.co.uk and more"))
	for _, value := range []string{
		"ann.whitcombe@brambleposte.co.uk", "She (ANN.WHITCOMBE@brambleposte.co.uk) called.", "mailto:ann.whitcombe@brambleposte.co.uk?subject=x",
		`{"to":["ann.whitcombe@brambleposte.co.uk"]}`, `{"to":"ann.whitcombe\u0040brambleposte.co.uk"}`, "<a>ann.whitcombe&#64;brambleposte.co.uk</a>", "/x?m=ann.whitcombe%40brambleposte.co.uk&y=1",
		`"line\nann.whitcombe@brambleposte.co.uk"`, `{"inner":"{\"e\":\"ann.whitcombe\\u0040brambleposte.co.uk\"}"}`, "jo+news@field.example.de",
		base64.StdEncoding.EncodeToString([]byte("ann.whitcombe@brambleposte.co.uk")), "data:text/plain;base64," + base64.RawURLEncoding.EncodeToString([]byte("to: ann.whitcombe@brambleposte.co.uk")),
		wrapped[:76] + "\n" + wrapped[76:152] + "\n" + wrapped[152:], base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString([]byte("e=ann.whitcombe@brambleposte.co.uk")))),
		"+447512345678", "00447512345678", "07512345678", "(07512) 345-678", "447512345678", `{"phones":["07512/34 56 78"]}`, "tel:+44-7512-345678;x=1", "call 2 times 07512 345678 at 9", "+44\u00a07512\u2011345678",
		"+49 171 2345679", "1712345679", "+12127365001", "212.736.5001", "1-212-736-5001", "+7 912 345 67 89", "9123456789",
		"AB123456C", "ab 12 34 56 c", "NI number AB-12-34-56-C, thanks", "GB82WEST12345698765432", "iban gb82 west 1234 5698 7654 32.", "4929123456789013", "4929 1234 5678 9013", "9434765919", "943-476-5919", "DE 136 695 976",
		"ExponentPushToken[a1B2c3D4e5F6g7H8i9J0k1]", "token a1b2c3d4e5f6g7h8i9j0k1!", "see https://hooks.annwhitcombe.net/in.", "url=https://hooks.annwhitcombe.net/in", "550E8400-E29B-41D4-A716-446655440000", "550e8400e29b41d4a716446655440000", "84.17.33.201", "from 84.17.33.201:4711", "84.17.33.201/32", "user=ann_w77", "@ann_w77",
	} {
		if look(t, r, value) == 0 {
			t.Errorf("nothing was found in %q", value)
		}
	}
}

// Of what is longer than any number only the whole is known, and all that is longer than the
// last length that is told apart shares a filter.
func TestLongOriginalsAreFound(t *testing.T) {
	t.Parallel()
	digits, token := strings.Repeat("4711", 10), strings.Repeat("a1B2c3", 40)
	r := sealed(t, Options{}, map[Form][]string{Compact: {digits}, Word: {token}, Email: {"ann." + strings.Repeat("x", 60) + "@brambleposte.co.uk"}}).Reader()
	for _, value := range []string{digits, "no. " + digits + ".", token, `{"token":"` + token + `"}`, "to ann." + strings.Repeat("X", 60) + "@brambleposte.co.uk"} {
		if look(t, r, value) != 1 {
			t.Errorf("nothing was found in %.20q, of %d bytes", value, len(value))
		}
	}
	for _, value := range []string{digits + "1", token[1:], strings.Repeat("9", 40)} {
		if look(t, r, value) != 0 {
			t.Errorf("something was found in %.20q, of %d bytes", value, len(value))
		}
	}
}

func TestOthersAreNotFound(t *testing.T) {
	t.Parallel()
	r := sealed(t, Options{}, people).Reader()
	for _, value := range []string{
		"", "x", "bob.whitcombe@brambleposte.co.uk", "ann.whitcombe@brambleposte.co.u", "+447512345679", "AB123456D", "2024-01-31 10:22:11", "12.50", "Whitcombe", "550e8400-e29b-41d4-a716-446655440001", "84.17.33.20",
		strings.Repeat("The quick brown fox 1234 jumps over 5678. ", 100), "\xff\xfe\x00\x01", `\u`, "&#", "%4", "+", strings.Repeat("1 ", 20000),
	} {
		if n := look(t, r, value); n != 0 {
			t.Errorf("%d found in %.60q", n, value)
		}
	}
}

func TestWhatSaysTooLittleIsNotCollected(t *testing.T) {
	t.Parallel()
	s := sealed(t, Options{}, map[Form][]string{
		Word:    {"n/a", "unknown", "not-available", "000000", "123456", "1234567890", "abc12", "aaaa1111", "------"},
		Email:   {"n/a", "@", "a@b", "none@"},
		Phone:   {"0", "000 000 0000", "911", "+1 111 111 1111", "1234567", "unknown"},
		Compact: {"0000 0000 0000 0000", "N/A", "XXXXXX", "12345", "unknown name"},
	})
	if s.Len() != 0 {
		t.Errorf("%d fingerprints of values that say nothing", s.Len())
	}
}

// numbered gives so many different originals of each form.
func numbered(n int) map[Form][]string {
	m := map[Form][]string{}
	for i := range n {
		m[Email] = append(m[Email], fmt.Sprintf("person%d.case@post%d.co.uk", i, i%17))
		m[Compact] = append(m[Compact], fmt.Sprintf("QX%06dB", 102_938+i*7))
	}
	return m
}

func TestALargeSetSpillsAndLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const n = 30_000
	s := New(Options{Dir: dir, Memory: 1, Workers: 2})
	all := numbered(n)
	// several chunks, a failed one among them, and one that says everything twice
	for part := range 5 {
		c := s.Collector()
		for _, v := range all[Email][n*(part%4)/4 : n*(part%4+1)/4] {
			c.Add(Email, []byte(v))
		}
		if err := c.Flush(); err != nil {
			t.Fatal(err)
		}
		c.Commit()
	}
	failed := s.Collector()
	for _, v := range all[Compact] {
		failed.Add(Compact, []byte(v))
	}
	if err := failed.Flush(); err != nil {
		t.Fatal(err)
	}
	failed.Drop()
	if !s.Spilled() {
		t.Fatal("16 KiB held everything")
	}
	if err := s.Seal(); err != nil {
		t.Fatal(err)
	}
	if s.Len() != n {
		t.Errorf("%d fingerprints, want %d", s.Len(), n)
	}
	if held := int64(cap(s.filter.blocks)*64 + cap(s.index)*8 + cap(s.held)*fingerprintBytes); held > leastMemory {
		t.Errorf("%d bytes are held, %d are allowed", held, leastMemory)
	}
	r := s.Reader()
	for i, v := range all[Email] {
		if look(t, r, "to "+v) != 1 {
			t.Fatalf("original %d is not found", i)
		}
	}
	for i, v := range all[Compact] {
		if look(t, r, v) != 0 {
			t.Fatalf("original %d of a failed chunk is found", i)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("%d files are left: %v", len(left), err)
	}
}

func TestASpillThatFailsIsSaidBeforeTheCommit(t *testing.T) {
	t.Parallel()
	s := New(Options{Dir: t.TempDir() + "/none", Memory: 1})
	defer s.Close()
	c := s.Collector()
	defer c.Drop()
	for _, v := range numbered(5000)[Email] {
		c.Add(Email, []byte(v))
	}
	if c.Flush() == nil {
		t.Error("evidence that could not be kept is said to be complete")
	}
}

func TestIncompleteEvidenceCannotBeAsked(t *testing.T) {
	t.Parallel()
	s := New(Options{})
	defer s.Close()
	if _, err := s.Reader().Look([]byte("person1.case@post1.co.uk"), func([]byte, bool) {}); err == nil {
		t.Error("a set that is not sealed answers")
	}
}

func TestShortNumbersAreUncertain(t *testing.T) {
	t.Parallel()
	r := sealed(t, Options{}, people).Reader()
	for value, want := range map[string]bool{"9434765919": false, "+447512345678": true, "07512345678": false, "4929123456789013": true, "a GB82WEST12345698765432": true} {
		seen := false
		chance, err := r.Look([]byte(value), func(_ []byte, certain bool) {
			seen = true
			if certain != want {
				t.Errorf("%s: certain is %t", value, certain)
			}
		})
		if err != nil || !seen || !want && !(chance > 0 && chance < 1e-6) {
			t.Errorf("%s: seen %t, chance %g, %v", value, seen, chance, err)
		}
	}
}

func TestNoAllocationPerValue(t *testing.T) {
	s := New(Options{Memory: 1 << 20})
	defer s.Close()
	c := s.Collector()
	values := map[Form][]byte{Email: []byte("ann.whitcombe@brambleposte.co.uk"), Phone: []byte("+44 7512 345678"), Compact: []byte("AB 12 34 56 C"), Word: []byte("a1b2c3d4e5f6")}
	add := func() {
		for form, v := range values {
			c.Add(form, v)
		}
	}
	for range 500 { // the buffer has grown
		add()
	}
	c.fresh = c.fresh[:0]
	if n := testing.AllocsPerRun(200, add); n != 0 {
		t.Errorf("%.1f allocations to add four values", n)
	}
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	c.Commit()
	if err := s.Seal(); err != nil {
		t.Fatal(err)
	}
	r := s.Reader()
	text := []byte("Called about order 4711 on 2024-01-31, see https://shop.example/x?id=123456 and \\u0041; reach +49 171 9999999.")
	found := func([]byte, bool) { t.Error("found") }
	if n := testing.AllocsPerRun(200, func() { _, _ = r.Look(text, found) }); n != 0 {
		t.Errorf("%.1f allocations to look at a text", n)
	}
}

func FuzzLook(f *testing.F) {
	r := sealed(f, Options{}, people).Reader()
	for _, seed := range []string{`{"a":"\ud83d\ude00 \u0040"}`, "YW5uLndoaXRjb21iZUBicmFtYmxlcG9zdGUuY28udWs=", "+44 (0)7512 345678", "%%%&#x;&amp", "AB 12 34 56 C", "\u00a01\u2011"} {
		f.Add([]byte(seed), uint8(0))
	}
	f.Fuzz(func(t *testing.T, value []byte, at uint8) {
		if _, err := r.Look(value, func([]byte, bool) {}); err != nil {
			t.Fatal(err)
		}
		// an original between blanks is found whatever stands around it
		i := min(int(at), len(value))
		whole := append(append(append([]byte(nil), value[:i]...), " ann.whitcombe@brambleposte.co.uk "...), value[i:]...)
		found := false
		if _, err := r.Look(whole, func([]byte, bool) { found = true }); err != nil || !found {
			t.Errorf("an original is not found: %v", err)
		}
	})
}

func BenchmarkAdd(b *testing.B) {
	c := New(Options{}).Collector()
	value := []byte("+44 7512 345678")
	b.ReportAllocs()
	for b.Loop() {
		c.Add(Phone, value)
	}
}

func BenchmarkLook(b *testing.B) {
	all := numbered(100_000)
	all[Phone] = people[Phone]
	all[Word] = people[Word]
	r := sealed(b, Options{}, all).Reader()
	text := []byte(strings.Repeat("The parcel 4711 of 2024-01-31 was left with a neighbour, who rang twice; see https://shop.example/x?id=123456 for details. ", 40))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		_, _ = r.Look(text, func([]byte, bool) {})
	}
}
