package seed

import (
	"math/rand/v2"
	"regexp"

	"github.com/brianvoe/gofakeit/v7"
)

// vocabulary makes lists of words for columns that are about things. gofakeit never
// runs per row: its values may change with its version, and a list is looked up in
// nanoseconds.
type vocabulary struct {
	seed  uint64
	lists map[string][]string
}

func newVocabulary(seed uint64) *vocabulary {
	v := &vocabulary{seed, map[string][]string{}}
	for _, name := range []string{"word", "words", "sentence"} { // those that documents look up while rows are made
		v.list(name)
	}
	return v
}

const listSize = 512

// list returns a list by its name, made when it is first asked for.
func (v *vocabulary) list(name string) []string {
	if l, ok := v.lists[name]; ok {
		return l
	}
	f := gofakeit.NewFaker(rand.NewPCG(v.seed, nameHash(name)), false)
	say := topics[name]
	l := make([]string, listSize)
	for i := range l {
		l[i] = say(f)
	}
	v.lists[name] = l
	return l
}

var topics = map[string]func(*gofakeit.Faker) string{
	"product":    func(f *gofakeit.Faker) string { return f.ProductName() },
	"category":   func(f *gofakeit.Faker) string { return f.ProductCategory() },
	"department": func(f *gofakeit.Faker) string { return f.JobDescriptor() + " " + f.JobLevel() },
	"song":       func(f *gofakeit.Faker) string { return f.SongName() },
	"artist":     func(f *gofakeit.Faker) string { return f.SongArtist() },
	"genre":      func(f *gofakeit.Faker) string { return f.SongGenre() },
	"film":       func(f *gofakeit.Faker) string { return f.MovieName() },
	"book":       func(f *gofakeit.Faker) string { return f.BookTitle() },
	"color":      func(f *gofakeit.Faker) string { return f.SafeColor() },
	"language":   func(f *gofakeit.Faker) string { return f.Language() },
	"currency":   func(f *gofakeit.Faker) string { return f.CurrencyShort() },
	"country":    func(f *gofakeit.Faker) string { return f.Country() },
	"code2":      func(f *gofakeit.Faker) string { return f.CountryAbr() },
	"animal":     func(f *gofakeit.Faker) string { return f.Animal() },
	"car":        func(f *gofakeit.Faker) string { return f.CarMaker() + " " + f.CarModel() },
	"food":       func(f *gofakeit.Faker) string { return f.Dinner() },
	"app":        func(f *gofakeit.Faker) string { return f.AppName() },
	"file":       func(f *gofakeit.Faker) string { return f.Noun() + "." + f.FileExtension() },
	"mime":       func(f *gofakeit.Faker) string { return f.FileMimeType() },
	"agent":      func(f *gofakeit.Faker) string { return f.UserAgent() },
	"path":       func(f *gofakeit.Faker) string { return "/" + f.Noun() + "/" + f.Noun() },
	"words":      func(f *gofakeit.Faker) string { return f.Adjective() + " " + f.Noun() },
	"word":       func(f *gofakeit.Faker) string { return f.Noun() },
	"sentence":   func(f *gofakeit.Faker) string { return f.Sentence() },
	"paragraph":  func(f *gofakeit.Faker) string { return f.Sentence() + " " + f.Sentence() + " " + f.Sentence() },
}

// subjects say which list a name of a column or a table speaks of; the first match wins.
var subjects = []struct {
	names *regexp.Regexp
	list  string
}{
	{regexp.MustCompile(`(?i)mime|content_?type|media_?type`), "mime"},
	{regexp.MustCompile(`(?i)user_?agent|browser`), "agent"},
	{regexp.MustCompile(`(?i)currency`), "currency"},
	{regexp.MustCompile(`(?i)language|(^|_)lang$`), "language"},
	{regexp.MustCompile(`(?i)country`), "country"},
	{regexp.MustCompile(`(?i)colou?r|farbe`), "color"},
	{regexp.MustCompile(`(?i)genre`), "genre"},
	{regexp.MustCompile(`(?i)artist|band|composer`), "artist"},
	{regexp.MustCompile(`(?i)track|song|album|playlist`), "song"},
	{regexp.MustCompile(`(?i)film|movie|show`), "film"},
	{regexp.MustCompile(`(?i)book|publication|chapter`), "book"},
	{regexp.MustCompile(`(?i)categor|kategorie|group|class`), "category"},
	{regexp.MustCompile(`(?i)product|item|article|artikel|sku|variant`), "product"},
	{regexp.MustCompile(`(?i)department|team|abteilung|role`), "department"},
	{regexp.MustCompile(`(?i)animal|pet|species`), "animal"},
	{regexp.MustCompile(`(?i)car|vehicle|fahrzeug`), "car"},
	{regexp.MustCompile(`(?i)food|dish|recipe|meal`), "food"},
	{regexp.MustCompile(`(?i)app|project|service|repo`), "app"},
	{regexp.MustCompile(`(?i)file|attachment|document`), "file"},
	{regexp.MustCompile(`(?i)path|route|url|uri`), "path"},
	{regexp.MustCompile(`(?i)descr|summary|text|body|note|comment|content|remark|about|bio`), "sentence"},
	{regexp.MustCompile(`(?i)status|state|type|kind|code|tag|key`), "word"},
}

// about chooses the list for a text column.
func (c *column) about() string {
	for _, s := range subjects {
		if s.names.MatchString(c.cat.Name) {
			return s.list
		}
	}
	for _, s := range subjects {
		if s.names.MatchString(c.t.name.Name) && s.list != "sentence" && s.list != "word" {
			return s.list
		}
	}
	return "words"
}
