package mask

import (
	"strings"
	"testing"
)

func TestSpellingsOfOneAddressAreOnePerson(t *testing.T) {
	t.Parallel()
	mask := mustMask(t, Spec{Name: "email"})
	want := mask("ann@x.com")
	if want != strings.ToLower(want) {
		t.Errorf("a lower-case address became %s", want)
	}
	seen := map[string]string{"ann@x.com": want}
	for _, v := range []string{"Ann@X.com", "Ann@X.com ", "ANN@X.COM", "ann@x.COM", " ann@x.com", "\tann@x.com\n", "ａｎｎ@x.com"} {
		out := mask(v)
		if strings.ToLower(out) != want {
			t.Errorf("%q became %s, another person than %s", v, out, want)
		}
		for other, o := range seen {
			if o == out {
				t.Errorf("%q and %q, which differ as bytes, have one stand-in", v, other)
			}
		}
		seen[v] = out
	}
	fold := mustMask(t, Spec{Name: "email", Params: map[string]any{"case": "fold"}})
	exact := mustMask(t, Spec{Name: "email", Params: map[string]any{"case": "exact"}})
	if fold("Ann@X.com ") != fold("ann@x.com") {
		t.Error("case: fold tells spellings apart")
	}
	if strings.EqualFold(exact("Ann@X.com"), exact("ann@x.com")) {
		t.Error("case: exact makes one of two spellings")
	}
	if exact("ann@x.com") != want || fold("ann@x.com") != want {
		t.Error("the plain spelling depends on the parameter: columns of one domain would not join")
	}
	for i, v := range []string{"ann@x.com", "Rob@y.fr"} { // the same bytes are the same in columns of every shape
		for _, c := range []Column{{Unique: true}, {MaxChars: 100}, {Folded: true}, {Folded: true, Unique: true}} {
			c.Class = ClassText
			if out := mustMask(t, Spec{Name: "email", Column: c})(v); out != mask(v) {
				t.Errorf("input %d: a column of another shape gives %s, not %s", i, out, mask(v))
			}
		}
	}
}

func TestTagsAreIdentityUnlessDropped(t *testing.T) {
	t.Parallel()
	keep := mustMask(t, Spec{Name: "email"})
	drop := mustMask(t, Spec{Name: "email", Params: map[string]any{"tags": "drop"}})
	if strings.EqualFold(keep("ann+a@x.com"), keep("ann+b@x.com")) {
		t.Error("tags: keep makes one address of two")
	}
	for _, v := range []string{"ann+a@x.com", "ann+b+c@x.com"} {
		if !strings.EqualFold(drop(v), drop("ann@x.com")) {
			t.Errorf("%s is another person", v)
		}
	}
	if strings.EqualFold(drop("+a@x.com"), drop("@x.com")) {
		t.Error("an address that is all tag lost it")
	}
}

func TestDomainsGroupAsTheOriginalsDo(t *testing.T) {
	t.Parallel()
	mask := mustMask(t, Spec{Name: "email", Params: map[string]any{"domains": "per-domain"}})
	host := func(v string) string { _, h, _ := strings.Cut(mask(v), "@"); return h }
	if host("ann@Firma.de") != host("rob@firma.DE") {
		t.Error("one company has two domains")
	}
	if host("ann@firma.de") == host("ann@andere.de") {
		t.Error("two companies have one domain")
	}
}

func TestEmailRefusesWhatCannotHold(t *testing.T) {
	t.Parallel()
	for _, s := range []Spec{
		{Params: map[string]any{"domain": "gmail.com"}},
		{Params: map[string]any{"domain": "localhost"}},
		{Column: Column{MaxChars: 7}},
		{Params: map[string]any{"domains": "per-domain"}, Column: Column{MaxChars: 27}},
		{Params: map[string]any{"tags": "drop"}, Column: Column{Unique: true}},
		{Params: map[string]any{"case": "fold"}, Column: Column{Unique: true}},
	} {
		s.Name, s.Column.Class = "email", ClassText
		if _, err := Check(s); err == nil {
			t.Errorf("%v %+v was taken", s.Params, s.Column)
		}
	}
	for limit, want := range map[int]float64{0: capacity32(13) * wordBound, 25: capacity32(13), 20: capacity32(8), 13: 32, 12: capacity32(5), 8: 32} {
		traits, err := Check(Spec{Name: "email", Column: Column{Class: ClassText, MaxChars: limit}})
		if err != nil || traits.Capacity != want {
			t.Errorf("%d characters: capacity %g, %v; want %g", limit, traits.Capacity, err, want)
		}
	}
}

func FuzzEmail(f *testing.F) {
	for _, v := range []string{"a@b", "Ann <a@b>", "a@b; c@d", `"x,y" <a@b>, c@d`, "<>", "a@b,", "\"a@b;c@d", "<a@b;c@d"} {
		f.Add(v, uint8(0))
	}
	f.Fuzz(func(t *testing.T, v string, limit uint8) {
		if v == "" || limit > 0 && limit < 8 {
			return
		}
		out := mustMask(t, Spec{Name: "email", Column: Column{MaxChars: int(limit)}})(v)
		if err := emailIsSafe(v, out); err != nil {
			t.Fatalf("%q became %q: %v", v, out, err)
		}
		if limit > 0 && len(out) > int(limit) {
			t.Fatalf("%q has more than %d characters", out, limit)
		}
	})
}
