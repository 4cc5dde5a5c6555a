package ruleset

import (
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"
)

// mapFS is packs by name.
type mapFS map[string]string

func (m mapFS) Open(name string) (fs.File, error) {
	files := fstest.MapFS{}
	for pack, text := range m {
		files["packs/"+pack+".yaml"] = &fstest.MapFile{Data: []byte(text)}
	}
	return files.Open(name)
}

func TestNamesAreSplitAsSQLQuotesThem(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]string{
		"public.customers":         {"public", "customers"},
		"Public.Küche und Bad":     {"Public", "Küche und Bad"},
		`"a.b"."c""d"`:             {"a.b", `c"d`},
		`public."select"`:          {"public", "select"},
		`"my schema".customers`:    {"my schema", "customers"},
		"customers":                nil,
		"a.b.c":                    nil,
		"a.":                       nil,
		".a":                       nil,
		"":                         nil,
		`"".a`:                     nil,
		`"a`:                       nil,
		`"a"b.c`:                   nil,
		`a"b".c`:                   nil,
		`"a"".b`:                   nil,
		" .a":                      nil,
		`public."customers".email`: nil,
	} {
		got, err := splitName(name, 2)
		if (err == nil) != (want != nil) || !slices.Equal(got, want) {
			t.Errorf("%q is %q, %v; want %q", name, got, err, want)
		}
	}
}
