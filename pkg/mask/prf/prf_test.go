package prf

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
)

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The AES-256 examples of NIST SP 800-38B, appendix D.3.
func TestSumAnswersTheVectorsOfNIST(t *testing.T) {
	t.Parallel()
	key := unhex(t, "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4")
	msg := unhex(t, "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710")
	for n, want := range map[int]string{
		0:  "028962f61b7bf89efc6b551f4667d983",
		16: "28a7023f452e8f82bd4bf28d8c37c35c",
		40: "aaf3d8f1de5640c232f5b169b9c911e6",
		64: "e1992190549f6ed5696a2c056c315410",
	} {
		if got := newPRF(key).Sum(msg[:n]); hex.EncodeToString(got[:]) != want {
			t.Errorf("%d bytes: %x, want %s", n, got, want)
		}
	}
}

// These are the published vectors of version 1. A change here changes every stand-in ever made.
func TestVersionOneNeverChanges(t *testing.T) {
	t.Parallel()
	k := TestKey()
	sum := func(p Purpose, domain, msg string) string {
		s := k.PRF(p, domain).Sum([]byte(msg))
		return hex.EncodeToString(s[:])
	}
	got := strings.Join([]string{
		k.ID(),
		sum(StandIn, "person.email", "ann@example.net"),
		sum(Persona, "public.customers.id", "42"),
		hex.EncodeToString(k.PRF(StandIn, "person.email").Append(nil, []byte("ann@example.net"), 40)),
		fmt.Sprint(index(k, "a", 10), index(k, "b", 1611), index(k, "c", 1<<40)),
	}, "\n")
	const want = `86b3b489bbefd4c0
0833e0ed3324f41c63577751bf0514d3
58bd8ab417876b84b89730362a846b8b
21fab2de3672cbbaa765d6b7b9b1493f6a4792f8f4ba78c12f4524991e1ac89f8a677d1a44b03b13
1 646 1092467097512`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func index(k Key, msg string, n uint64) uint64 {
	b := k.PRF(StandIn, "index").Bits([]byte(msg))
	return b.Index(n)
}

func TestPurposesAndDomainsDoNotMeet(t *testing.T) {
	t.Parallel()
	k := TestKey()
	seen := map[string]string{}
	for _, p := range []Purpose{StandIn, Persona, ShiftValue, ShiftEvent, ShiftBirth, Permutation, Locator, KeyID, Sampling} {
		for _, d := range []string{"", "a", "ab", "b"} {
			s := k.PRF(p, d).Sum([]byte("x"))
			id := string(p) + "/" + d
			if other, ok := seen[string(s[:])]; ok {
				t.Errorf("%s and %s give the same sum", id, other)
			}
			seen[string(s[:])] = id
		}
	}
}

func TestKeyNeverPrintsItsSecret(t *testing.T) {
	t.Parallel()
	k := TestKey()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if out := fmt.Sprintf(verb, k); strings.Contains(out, k.Hex()[:8]) || !strings.Contains(out, k.ID()) {
			t.Errorf("%s prints something else than the id", verb)
		}
	}
}

func TestShortKeyIsRefused(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 16, 31, 33} {
		if _, err := NewKey(make([]byte, n)); err == nil {
			t.Errorf("%d bytes were taken", n)
		}
	}
}

func TestIndexIsEvenAndInRange(t *testing.T) {
	t.Parallel()
	p := TestKey().PRF(StandIn, "even")
	var count [7]int
	for i := range 70000 {
		b := p.Bits(fmt.Appendf(nil, "%d", i))
		b.Index(5)
		count[b.Index(7)]++
	}
	for i, c := range count {
		if c < 9500 || c > 10500 { // 5 standard deviations
			t.Errorf("index %d came %d times in 70,000", i, c)
		}
	}
}

func TestNothingAllocatesPerValue(t *testing.T) {
	p := TestKey().PRF(StandIn, "alloc")
	msg, dst := []byte("twenty bytes of text"), make([]byte, 0, 64)
	if n := testing.AllocsPerRun(1000, func() {
		b := p.BitsTagged("tag", msg)
		b.Index(10)
		dst = p.Append(dst[:0], msg, 40)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if bytes.Equal(dst[:16], dst[16:32]) {
		t.Error("stream repeats")
	}
}

func TestSumsAfterAPrefixAreThoseOfTheWholeMessage(t *testing.T) {
	t.Parallel()
	p := TestKey().PRF(StandIn, "prefix")
	tagged := p.BitsTagged("tag", []byte("a text of more than one block"))
	first := [16]byte(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, tagged.hi), tagged.lo))
	prefix := p.PrefixTagged("tag", []byte("a text of more than one block"))
	if prefix != p.Prefix(&first) {
		t.Fatal("the prefix is not that of the sum")
	}
	for n := 1; n < 16; n++ {
		rest := []byte("fifteen letters")[:n]
		if got, want := p.BitsAfter(&prefix, rest), p.Bits(append(first[:], rest...)); got != want {
			t.Errorf("%d bytes after a prefix: %v, want %v", n, got, want)
		}
	}
	for _, from := range []uint32{0, 1, 250, 1<<32 - 9} {
		for n := range 20 {
			out := make([]Bits, n)
			p.Counts(&prefix, from, out)
			for i, got := range out {
				if want := p.Bits(binary.BigEndian.AppendUint32(first[:], from+uint32(i))); got != want {
					t.Errorf("sum %d of %d from %d: %v, want %v", i, n, from, got, want)
				}
			}
		}
	}
}

func BenchmarkSum20(b *testing.B) {
	p := TestKey().PRF(StandIn, "bench")
	msg := []byte("twenty bytes of text")
	b.ReportAllocs()
	for b.Loop() {
		_ = p.Bits(msg)
	}
}

func TestADerivedKeyIsAnotherKey(t *testing.T) {
	t.Parallel()
	a, b := TestKey().Derive(RunSecret, "run a"), TestKey().Derive(RunSecret, "run b")
	if a.ID() == b.ID() || a.ID() == TestKey().ID() || a.ID() != TestKey().Derive(RunSecret, "run a").ID() {
		t.Error("a derived key is its parent's, another run's, or not the same twice")
	}
	secret := a.Bytes()
	a.Wipe()
	if secret == ([KeyBytes]byte{}) {
		t.Error("the copy is wiped with the key")
	}
}

func TestADomainWithAKeyOfItsOwnChangesAlone(t *testing.T) {
	t.Parallel()
	key, other := TestKey(), Generate()
	rotated := key.With("person.email", other)
	sum := func(k Key, p Purpose, domain string) [16]byte { return k.PRF(p, domain).Sum([]byte("x")) }
	for _, p := range []Purpose{StandIn, Persona, ShiftValue, ShiftEvent, ShiftBirth, Permutation} {
		if sum(rotated, p, "person.email") != sum(other, p, "person.email") {
			t.Errorf("%s: the domain is not under its own key", p)
		}
		if sum(rotated, p, "person.phone") != sum(key, p, "person.phone") {
			t.Errorf("%s: another domain changed too", p)
		}
	}
	for _, p := range []Purpose{Locator, KeyID, Sampling, RunSecret} {
		if sum(rotated, p, "person.email") != sum(key, p, "person.email") {
			t.Errorf("%s is the run's, and went with a domain's key", p)
		}
	}
	switch {
	case len(key.Domains()) != 0:
		t.Error("the first key got a domain")
	case rotated.ID() != key.ID() || rotated.Identity() == key.Identity() || key.Identity() != key.ID():
		t.Error("the id is the key's, the identity that of all keys")
	case rotated.In("person.email").ID() != other.ID() || rotated.In("x").ID() != key.ID():
		t.Error("a domain's key is another one")
	case rotated.Identity() == key.With("person.phone", other).Identity():
		t.Error("the same key of two domains has one identity")
	}
}
