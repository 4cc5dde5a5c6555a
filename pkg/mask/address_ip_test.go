package mask

import (
	"net/netip"
	"strings"
	"testing"
)

func TestOneAddressInEverySpelling(t *testing.T) {
	t.Parallel()
	mask := mustMask(t, Spec{Name: "ip"})
	for _, forms := range [][]string{
		{"2a00:1450::1", "2A00:1450:0:0:0:0:0:1", "[2a00:1450::1]:443", "2a00:1450::0.0.0.1", " 2a00:1450::1 "},
		{"81.2.69.160", "81.2.69.160:8080", "81.2.69.160 "},
	} {
		for _, v := range forms[1:] {
			if mask(v) != mask(forms[0]) {
				t.Errorf("%s: %s, want %s", v, mask(v), mask(forms[0]))
			}
		}
	}
	if got, want := mask("::ffff:81.2.69.160"), "::ffff:"+mask("81.2.69.160"); got != want {
		t.Errorf("mapped: %s, want %s", got, want)
	}
}

func TestNetworksStayTogether(t *testing.T) {
	t.Parallel()
	mask := mustMask(t, Spec{Name: "ip", Params: map[string]any{"prefix": true}})
	network := func(s string, bits int) netip.Prefix {
		p, err := netip.MustParseAddr(mask(s)).Prefix(bits)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	if network("81.2.69.1", 24) != network("81.2.69.200", 24) || network("2a00:1450:1:2::1", 64) != network("2a00:1450:1:2:ffff::9", 64) {
		t.Error("a network was torn apart")
	}
	if network("81.2.69.1", 24) == network("81.2.70.1", 24) || network("2a00:1450:1:2::1", 64) == network("2a00:1450:1:3::1", 64) {
		t.Error("two networks became one")
	}
}

func TestMaskLengthsStay(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"inet", "cidr"} {
		for _, r := range []string{"benchmark", "documentation", "class-e"} {
			mask := mustMask(t, Spec{Name: "ip", Params: map[string]any{"range": r}, Column: Column{Class: ClassInet, TypeName: kind}})
			for bits := range 129 {
				for _, a := range []string{"81.2.69.160", "2a00:1450:4009:81f:1:2:3:4"} {
					p := netip.PrefixFrom(netip.MustParseAddr(a), bits)
					if !p.IsValid() {
						continue
					}
					if kind == "cidr" {
						p = p.Masked()
					}
					out := mask(p.String())
					got, err := netip.ParsePrefix(out)
					if err != nil {
						t.Fatalf("%s %s: %q", kind, p, out)
					}
					if shortest := map[bool]int{true: 4, false: 32}[p.Addr().Is4()]; got.Bits() != max(bits, shortest) {
						t.Errorf("%s %s became %s", kind, p, out)
					}
					if err := ipIsSafe("", out); err != nil {
						t.Errorf("%s %s became %s: %v", kind, p, out, err)
					}
					if err := networkIsSafe("", out); kind == "cidr" && err != nil {
						t.Errorf("%s %s became %s: %v", kind, p, out, err)
					}
				}
			}
		}
	}
}

// Our parser takes what netip takes, and reads the same address.
func FuzzReadIP(f *testing.F) {
	for _, v := range []string{"1.2.3.4", "::", "::1", "1::", "a:b:c:d:e:f:1:2", "::ffff:1.2.3.4", "1:2:3:4:5:6:7::", "::1.2.3.4", "1.2.3.4/8", "2001:db8::/32", "01.2.3.4", "1:2:3:4:5:6:1.2.3.4", "fe80::1%eth0"} {
		f.Add(v)
	}
	mask := mustMask(f, Spec{Name: "ip"})
	f.Fuzz(func(t *testing.T, v string) {
		if v == "" {
			return
		}
		if out := mask(v); ipIsSafe("", out) != nil {
			t.Fatalf("%q became %q", v, out)
		}
		want, err := netip.ParseAddr(v)
		if err != nil || strings.Contains(v, "%") {
			return
		}
		got, length, ok := readIP([]byte(v))
		if !ok || got != want || length != -1 {
			t.Fatalf("%q: %v, %d, %v; netip reads %v", v, got, length, ok, want)
		}
	})
}
