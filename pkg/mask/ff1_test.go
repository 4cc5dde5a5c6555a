package mask

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"testing/quick"
)

// The samples that NIST publishes for FF1 (SP 800-38G, "FF1samples").
func TestFF1AnswersTheVectorsOfNIST(t *testing.T) {
	t.Parallel()
	const (
		k128   = "2B7E151628AED2A6ABF7158809CF4F3C"
		k192   = k128 + "EF4359D8D580AA4F"
		k256   = k192 + "7F036D6F04FC6A94"
		tweak  = "39383736353433323130"
		tweak2 = "3737373770717273373737"
	)
	for i, v := range []struct {
		key, tweak string
		radix      uint64
		in, want   string
	}{
		{k128, "", 10, "0123456789", "2433477484"},
		{k128, tweak, 10, "0123456789", "6124200773"},
		{k128, tweak2, 36, "0123456789abcdefghi", "a9tv40mll9kdu509eum"},
		{k192, "", 10, "0123456789", "2830668132"},
		{k192, tweak, 10, "0123456789", "2496655549"},
		{k192, tweak2, 36, "0123456789abcdefghi", "xbj3kv35jrawxv32ysr"},
		{k256, "", 10, "0123456789", "6657667009"},
		{k256, tweak, 10, "0123456789", "1001623463"},
		{k256, tweak2, 36, "0123456789abcdefghi", "xs8a0azh2avyalyzuwd"},
	} {
		key, _ := hex.DecodeString(v.key)
		tw, _ := hex.DecodeString(v.tweak)
		f, err := newFF1(key, v.radix, tw)
		if err != nil {
			t.Fatal(err)
		}
		x := numerals(v.in)
		f.encrypt(x)
		if !bytes.Equal(x, numerals(v.want)) {
			t.Errorf("sample %d: %v, want %s", i+1, x, v.want)
		}
		f.decrypt(x)
		if !bytes.Equal(x, numerals(v.in)) {
			t.Errorf("sample %d: decrypt does not lead back", i+1)
		}
	}
}

func numerals(s string) []byte {
	out := make([]byte, len(s))
	for i := range s {
		out[i] = byte(strings.IndexByte("0123456789abcdefghijklmnopqrstuvwxyz", s[i]))
	}
	return out
}

func TestFF1LeadsBackForEveryLengthAndRadix(t *testing.T) {
	t.Parallel()
	for _, radix := range []uint64{2, 10, 36, 62} {
		shortest, longest := ff1Range(radix)
		if ipow(radix, shortest) < tableSize || ipow(radix, shortest-1) >= tableSize {
			t.Errorf("radix %d: %d is not the shortest length", radix, shortest)
		}
		f, err := newFF1(make([]byte, 32), radix, nil)
		if err != nil {
			t.Fatal(err)
		}
		for n := 2; n <= longest; n++ {
			if err := quick.Check(func(seed [64]byte) bool {
				x := slices.Repeat(seed[:], 3)[:n]
				for i := range x {
					x[i] %= byte(radix)
				}
				y := bytes.Clone(x)
				f.encrypt(y)
				f.decrypt(y)
				same := bytes.Equal(x, y)
				f.cycle(y)
				return same && !bytes.Equal(x, y)
			}, &quick.Config{MaxCount: 20}); err != nil {
				t.Errorf("radix %d, %d digits: %v", radix, n, err)
			}
		}
	}
}
