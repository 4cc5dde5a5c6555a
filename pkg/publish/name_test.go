package publish

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2026, 5, 17, 12, 0, 0, 0, time.UTC)

func TestNamesFitWhateverTheStagingIsCalled(t *testing.T) {
	t.Parallel()
	for _, staging := range []string{
		"staging", `a"b'c\d e`, "ü", strings.Repeat("x", 38), strings.Repeat("x", 39), strings.Repeat("x", 63),
		strings.Repeat("𝄞", 15) + "abc", strings.Repeat("é", 31),
	} {
		in, gen := IncomingName(staging, noon), GenerationName(staging, noon)
		for _, name := range []string{in, gen} {
			if len(name) > nameMax || !utf8.ValidString(name) || name == staging {
				t.Errorf("%q gives %q of %d bytes", staging, name, len(name))
			}
		}
		if in == gen || !incomingOf(staging, in) || incomingOf(staging, gen) || incomingOf(staging, in+"0") {
			t.Errorf("%q gives %q and %q", staging, in, gen)
		}
	}
	if got := IncomingName("staging", noon); got != "staging__incoming_20260517120000" {
		t.Error(got)
	}
	// Long names that are alike at the beginning stay apart.
	if IncomingName(strings.Repeat("x", 62)+"1", noon) == IncomingName(strings.Repeat("x", 62)+"2", noon) {
		t.Error("two stagings have one incoming database")
	}
}

func TestMarkComesBackAndLeavesTheCommentAlone(t *testing.T) {
	t.Parallel()
	m := Mark{Version: markVersion, RunID: "r1", Staging: "sta\nging \"x\"", Source: "abc", State: Previous, Created: noon, Published: noon, Retired: noon.Add(time.Hour), Rules: "d", Masked: 12}
	for _, comment := range []string{"", "one line", "two\nlines\n", "understudy: not a mark", "understudy: {}"} {
		text, err := joinComment(comment, m)
		if err != nil {
			t.Fatal(err)
		}
		back, got := splitComment(text)
		if back != comment {
			t.Errorf("the comment %q came back as %q", comment, back)
		}
		if got == nil {
			t.Fatalf("no mark in %q", text)
		}
		if diff := cmp.Diff(m, *got); diff != "" {
			t.Error(diff)
		}
	}
	for _, text := range []string{"", "a comment", "understudy: {", `understudy: {"v":1}`, "understudy: {\"v\":1,\"staging\":\"x\"}\nmore"} {
		if back, got := splitComment(text); got != nil || back != text {
			t.Errorf("%q is taken for a mark", text)
		}
	}
}

func FuzzComment(f *testing.F) {
	f.Add("a\nunderstudy: {\"v\":1,\"staging\":\"s\"}")
	f.Fuzz(func(t *testing.T, text string) {
		comment, m := splitComment(text)
		if m == nil {
			if comment != text {
				t.Errorf("%q lost something", text)
			}
			return
		}
		again, err := joinComment(comment, *m)
		if err != nil {
			t.Fatal(err)
		}
		if back, got := splitComment(again); back != comment || got == nil || got.Staging != m.Staging {
			t.Errorf("%q became %q", text, again)
		}
	})
}

func TestFingerprintTellsDatabasesApart(t *testing.T) {
	t.Parallel()
	a := Fingerprint("7300000000000000001", 16384)
	if a != Fingerprint("7300000000000000001", 16384) || a == Fingerprint("7300000000000000001", 16385) || a == Fingerprint("7300000000000000002", 16384) || len(a) != 24 {
		t.Error(a)
	}
}

func TestSettingsAreWrittenAsTheServerKeepsThem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   setting
		want string
	}{
		{setting{name: "work_mem", value: "5MB"}, `ALTER DATABASE "d" SET "work_mem" TO '5MB'`},
		{setting{name: "app.tenant", value: `it's a \`}, `ALTER DATABASE "d" SET "app"."tenant" TO E'it''s a \\'`},
		{setting{name: "search_path", value: `"$user", public, "a, ""b"""`}, `ALTER DATABASE "d" SET "search_path" TO '$user', 'public', 'a, "b"'`},
		{setting{name: "search_path", value: `""`}, `ALTER DATABASE "d" SET "search_path" TO ''`},
		{setting{name: "search_path", value: ""}, `ALTER DATABASE "d" SET "search_path" TO ''`},
		{setting{role: `r"x`, name: "DateStyle", value: "ISO, MDY"}, `ALTER ROLE "r""x" IN DATABASE "d" SET "DateStyle" TO 'ISO, MDY'`},
	} {
		if got := c.in.sql(`"d"`); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

func TestCreateFollowsTheTargetsVersion(t *testing.T) {
	t.Parallel()
	spec := Spec{Encoding: "UTF8", Collate: "C.UTF-8", CType: "C.UTF-8"}
	icu := Spec{Encoding: "UTF8", Collate: "C", CType: "C", Provider: "i", Locale: "de-DE"}
	builtin := Spec{Encoding: "UTF8", Collate: "C", CType: "C", Provider: "b", Locale: "C.UTF-8", Tablespace: "fast"}
	for _, c := range []struct {
		spec    Spec
		version int
		want    string
	}{
		{spec, 140000, `CREATE DATABASE "n" WITH TEMPLATE template0 OWNER "o" ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8' ALLOW_CONNECTIONS false`},
		{spec, 150000, `CREATE DATABASE "n" WITH TEMPLATE template0 OWNER "o" ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8' LOCALE_PROVIDER libc ALLOW_CONNECTIONS false`},
		{icu, 160000, `CREATE DATABASE "n" WITH TEMPLATE template0 OWNER "o" ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' LOCALE_PROVIDER icu ICU_LOCALE 'de-DE' ALLOW_CONNECTIONS false`},
		{builtin, 170000, `CREATE DATABASE "n" WITH TEMPLATE template0 OWNER "o" ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' TABLESPACE "fast" ALLOW_CONNECTIONS false`},
		{icu, 140000, ""},
		{builtin, 160000, ""},
		{Spec{Provider: "x"}, 170000, ""},
	} {
		got, err := createStatement("n", "o", c.spec, c.version)
		if got != c.want || (err == nil) == (c.want == "") {
			t.Errorf("got %s, %v\nwant %s", got, err, c.want)
		}
	}
}
