package words

import (
	"embed"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Version names the lists. Stand-ins are the same as long as it is.
const Version = "1"

//go:embed v1
var frozen embed.FS

// Locale is what one locale has: its own lists. Job titles
// are English where it has none, regions are cities.
type Locale struct {
	Name string // "en_GB": the locale whose lists these are
	Habits

	Female, Male, Any    List // given names; Any holds the others and more
	Last                 List
	LastFemale, LastMale List // the same as Last where surnames have one form
	Cities, Streets      List
	Regions, RegionCodes List // RegionCodes may be empty
	Jobs                 List
}

// locales are the ones with lists of their own.
var locales = []string{
	"cs_CZ", "da_DK", "de_DE", "el_GR", "en_GB", "en_US", "es_ES", "fi_FI", "fr_FR", "hu_HU", "it_IT", "ja_JP",
	"ko_KR", "nb_NO", "nl_NL", "pl_PL", "pt_BR", "pt_PT", "ro_RO", "sv_SE", "tr_TR", "uk_UA", "zh_CN",
}

// Locales returns the locales that have lists, sorted.
func Locales() []string { return slices.Clone(locales) }

// loaded holds each locale's lists, read once when they are first asked for.
var loaded = func() map[string]func() *Locale {
	m := map[string]func() *Locale{}
	for _, name := range locales {
		m[name] = sync.OnceValue(func() *Locale { return load(name) })
	}
	return m
}()

// Parse returns the locale whose lists serve name: itself, or one of the same
// language. The empty name is en_US. An unknown language is an error that names the
// ones there are. Hyphens and case do not matter: "de-at" is de_DE's.
func Parse(name string) (*Locale, error) {
	if name == "" {
		return loaded["en_US"](), nil
	}
	language, region, _ := strings.Cut(strings.ReplaceAll(name, "-", "_"), "_")
	region, _, _ = strings.Cut(region, ".")
	language, region = strings.ToLower(language), strings.ToUpper(region)
	if language == "no" || language == "nn" {
		language = "nb"
	}
	if get, ok := loaded[language+"_"+region]; ok {
		return get(), nil
	}
	if language == "en" && slices.Contains(commonwealth, region) {
		return loaded["en_GB"](), nil
	}
	if get, ok := loaded[firstOf[language]]; ok {
		return get(), nil
	}
	return nil, fmt.Errorf("there are no word lists for locale %q; there are for %s", name, strings.Join(locales, ", "))
}

// firstOf is a language's main locale.
var firstOf = func() map[string]string {
	m := map[string]string{}
	for _, l := range locales {
		m[l[:2]] = l
	}
	m["en"], m["pt"] = "en_US", "pt_PT"
	return m
}()

// commonwealth are the countries whose English, towns and addresses are nearer to Britain's.
var commonwealth = []string{"UK", "IE", "AU", "NZ", "ZA", "IN", "MT", "CY", "HK", "SG"}

// For is Parse with en_US for what has no lists.
func For(name string) *Locale {
	l, err := Parse(name)
	if err != nil {
		return loaded["en_US"]()
	}
	return l
}

func load(name string) *Locale {
	or := func(kind string, fallback List) List {
		text, err := frozen.ReadFile("v1/" + name + "/" + kind + ".txt")
		if err != nil {
			return fallback
		}
		return newList(string(text))
	}
	l := &Locale{Name: name, Habits: habits[name]}
	l.Any, l.Last, l.Cities, l.Streets = or("any", List{}), or("last", List{}), or("city", List{}), or("street", List{})
	l.Female, l.Male = or("female", l.Any), or("male", l.Any)
	l.LastFemale, l.LastMale = or("last_female", l.Last), or("last_male", l.Last)
	l.Regions, l.RegionCodes = or("region", l.Cities), or("region_code", List{})
	text, err := frozen.ReadFile("v1/" + name + "/job.txt")
	if err != nil {
		text, _ = frozen.ReadFile("v1/en_US/job.txt") // embedded: the test reads every list
	}
	l.Jobs = newList(string(text))
	return l
}
