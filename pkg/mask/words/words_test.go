package words

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// frozenSum is the SHA-256 of v1/SHA256SUMS. Version 1 never changes; other lists are another version.
const frozenSum = "ae47a751fc5b09d4860b28d776e46415371207caec2b4df8395b60eeffc8905a"

func TestVersionOneIsFrozen(t *testing.T) {
	t.Parallel()
	sums, err := frozen.ReadFile("v1/SHA256SUMS")
	if err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256(sums); hex.EncodeToString(sum[:]) != frozenSum {
		t.Errorf("SHA256SUMS has the sum %x", sum)
	}
	var got strings.Builder
	err = fs.WalkDir(frozen, "v1", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path == "v1/SHA256SUMS" {
			return err
		}
		text, err := frozen.ReadFile(path)
		fmt.Fprintf(&got, "%x  %s\n", sha256.Sum256(text), strings.TrimPrefix(path, "v1/"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(got.String(), "\n")
	want := strings.SplitAfter(string(sums), "\n")
	slices.Sort(lines)
	slices.Sort(want)
	if !slices.Equal(lines, want) {
		t.Error("a list differs from its sum in SHA256SUMS")
	}
}

func TestEveryLocaleHasWhatMaskersDraw(t *testing.T) {
	t.Parallel()
	for _, name := range Locales() {
		l := For(name)
		if l.Name != name || l.Script == "" || l.Country != name[3:] || len(l.LegalForms) < 2 || len(l.TitleFemale) != len(l.TitleMale) || l.Postcode == "" || l.GenderCodes[0] == "" {
			t.Errorf("%s: habits are missing", name)
		}
		for kind, list := range map[string]List{
			"female": l.Female, "male": l.Male, "any": l.Any, "last": l.Last, "last female": l.LastFemale, "last male": l.LastMale,
			"cities": l.Cities, "streets": l.Streets, "regions": l.Regions, "jobs": l.Jobs,
		} {
			if list.Len() < 12 {
				t.Errorf("%s has %d %s", name, list.Len(), kind)
			}
			for i := range list.Len() {
				w := list.At(i)
				if w == "" || !utf8.ValidString(w) || strings.TrimSpace(w) != w || strings.ContainsAny(w, "\r\n\t") || !norm.NFC.IsNormalString(w) {
					t.Errorf("%s, %s: %q is malformed", name, kind, w)
				}
				if i > 0 && cmp.Compare(list.At(i-1), w) >= 0 {
					t.Errorf("%s, %s: %q is out of order", name, kind, w)
				}
			}
		}
	}
}

func TestNoPlaceholderIsAName(t *testing.T) {
	t.Parallel()
	bad := []string{"doe", "mustermann", "null", "test", "bloggs", "admin", "none", "asdf", "adolf", "dick", "porn"}
	for _, name := range Locales() {
		l := For(name)
		for _, list := range []List{l.Female, l.Male, l.Any, l.Last, l.LastFemale, l.LastMale} {
			for i := range list.Len() {
				if slices.Contains(bad, strings.ToLower(list.At(i))) {
					t.Errorf("%s has %q", name, list.At(i))
				}
			}
		}
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"": "en_US", "de_DE": "de_DE", "de_AT": "de_DE", "de": "de_DE", "de-ch": "de_DE", "en": "en_US", "en_IE": "en_GB", "EN_us.UTF-8": "en_US",
		"pt": "pt_PT", "pt_BR": "pt_BR", "no_NO": "nb_NO", "zh_TW": "zh_CN",
	} {
		if l, err := Parse(name); err != nil || l.Name != want {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{"xx_XX", "english", "klingon", "_", "e", "12"} {
		if _, err := Parse(name); err == nil {
			t.Errorf("%q was taken", name)
		}
		if For(name).Name != "en_US" {
			t.Errorf("%q does not fall back", name)
		}
	}
}

func TestFitting(t *testing.T) {
	t.Parallel()
	l := For("cs_CZ").Last
	for _, limit := range []int{1, 2, 3, 5, 8, 20} {
		f := l.Fitting(limit)
		if f.Len() < 8 {
			t.Errorf("%d characters: %d words", limit, f.Len())
		}
		seen := map[string]bool{}
		for i := range f.Len() {
			w := f.At(i)
			if n := utf8.RuneCountInString(w); n > limit || n == 0 || seen[w] {
				t.Errorf("%d characters: %q", limit, w)
			}
			seen[w] = true
		}
	}
	if l.Fitting(0).Len() != l.Len() || Of("a", "b").Len() != 2 || (List{}).Len() != 0 {
		t.Error("no limit, or a small list")
	}
}

func TestAtAllocatesNothing(t *testing.T) {
	l, n := For("en_GB").Last, 0
	if a := testing.AllocsPerRun(100, func() { n += len(l.At(n % l.Len())) }); a != 0 {
		t.Errorf("%v allocations", a)
	}
}
