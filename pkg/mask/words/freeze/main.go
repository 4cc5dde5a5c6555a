package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"embed"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/brianvoe/gofakeit/v7/data"
	"golang.org/x/text/unicode/norm"
)

//go:embed own
var own embed.FS

func main() {
	names := flag.String("names", "", "folder of LOCALE/{first_female,first_male,first_any,last,city,street}.txt, with LICENSE.faker-js")
	out := flag.String("out", "v1", "folder to write")
	flag.Parse()
	if err := run(*names, *out); err != nil {
		fmt.Fprintln(os.Stderr, "freeze:", err)
		os.Exit(1)
	}
}

func run(names, out string) error {
	if names == "" {
		return errors.New("-names is needed")
	}
	if _, err := os.Stat(filepath.Join(out, "SHA256SUMS")); err == nil {
		return fmt.Errorf("%s is frozen already: write another version", out)
	}
	locales, err := localesOf(names)
	if err != nil {
		return err
	}
	files := map[string][]byte{}
	for _, locale := range locales {
		lists, err := freezeLocale(names, locale)
		if err != nil {
			return err
		}
		for kind, list := range lists {
			if len(list) > 0 {
				files[path.Join(locale, kind+".txt")] = []byte(strings.Join(list, "\n") + "\n")
			}
		}
	}
	licence, err := os.ReadFile(filepath.Join(names, "LICENSE.faker-js"))
	if err != nil {
		return err
	}
	files["LICENSE.faker-js"] = licence
	var sums bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(files[name]), name)
	}
	files["SHA256SUMS"] = sums.Bytes()
	for name, text := range files {
		file := filepath.Join(out, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func localesOf(names string) ([]string, error) {
	all := map[string]bool{}
	for _, fsys := range []fs.FS{os.DirFS(names), mustSub(own, "own")} {
		entries, err := fs.ReadDir(fsys, ".")
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if e.IsDir() {
				all[e.Name()] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(all)), nil
}

func mustSub(fsys fs.FS, dir string) fs.FS {
	sub, err := fs.Sub(fsys, dir)
	if err != nil {
		panic(err) // a constant path
	}
	return sub
}

// dropped are source lists that hold something else than they say: American cities
// for Britain, halves of Norwegian place names.
var dropped = map[string]bool{"en_GB/city": true, "nb_NO/city": true}

func freezeLocale(names, locale string) (map[string][]string, error) {
	read := func(kind string) ([]string, error) {
		var list []string
		source := map[string]string{"female": "first_female", "male": "first_male", "any": "first_any"}[kind]
		if source == "" {
			source = kind
		}
		if !dropped[locale+"/"+source] {
			text, err := os.ReadFile(filepath.Join(names, locale, source+".txt"))
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, err
			}
			list = append(list, strings.Split(string(text), "\n")...)
		}
		for _, ext := range []string{".txt", ".parts"} {
			text, err := own.ReadFile(path.Join("own", locale, source+ext))
			if err != nil {
				continue // the locale has no such list of ours
			}
			for line := range strings.Lines(string(text)) {
				list = append(list, pairs(strings.TrimRight(line, "\r\n"))...)
			}
		}
		return list, nil
	}
	lists := map[string][]string{}
	for _, kind := range []string{"female", "male", "any", "last", "city", "street", "region", "region_code", "job"} {
		list, err := read(kind)
		if err != nil {
			return nil, err
		}
		if locale == "en_US" || locale == "en_GB" {
			switch kind {
			case "any":
				list = append(list, data.Person["first"]...)
			case "last":
				list = append(list, data.Person["last"]...)
			}
		}
		if kind == "any" {
			list = append(append(list, lists["female"]...), lists["male"]...)
		}
		lists[kind] = clean(kind, locale, list)
	}
	female, male := bySex(locale, lists["last"])
	lists["last_female"], lists["last_male"] = clean("last", locale, female), clean("last", locale, male)
	if len(lists["last_female"]) > 0 {
		lists["last"] = clean("last", locale, slices.Concat(lists["last_female"], lists["last_male"]))
	}
	return lists, nil
}

// pairs expands "A|B*x|y" to Ax, Ay, Bx, By; another line is itself.
func pairs(line string) []string {
	heads, tails, ok := strings.Cut(line, "*")
	if !ok {
		return []string{line}
	}
	var all []string
	for head := range strings.SplitSeq(heads, "|") {
		for tail := range strings.SplitSeq(tails, "|") {
			all = append(all, head+tail)
		}
	}
	return all
}

var (
	nameForm   = regexp.MustCompile(`^\p{L}[\p{L}\p{M}]*(?:[ '’-]\p{L}[\p{L}\p{M}]*)*$`)
	streetForm = regexp.MustCompile(`^[\p{L}\d][\p{L}\p{M}\d .'’-]*$`)
)

// clean normalises, drops what is odd, a placeholder or embarrassing, and sorts by
// code point without duplicates.
func clean(kind, locale string, list []string) []string {
	form := nameForm
	if kind == "street" || kind == "region" || kind == "job" {
		form = streetForm
	}
	seen, out := map[string]bool{}, []string{}
	for _, w := range list {
		w = norm.NFC.String(strings.Join(strings.Fields(w), " "))
		folded := strings.ToLower(w)
		n := utf8.RuneCountInString(w)
		short := n < 2 && locale != "zh_CN" && locale != "ja_JP" && locale != "ko_KR"
		switch {
		case w == "", short, n > 32, seen[folded], !form.MatchString(w), strings.ContainsRune(w, 'Ã'):
			continue
		case kind == "region_code", kind == "region", kind == "job":
		case kind == "street" && strings.Count(w, ".") > 1:
			continue
		case unwanted(folded, locale, kind):
			continue
		}
		seen[folded] = true
		out = append(out, w)
	}
	slices.SortFunc(out, cmp.Compare[string])
	return out
}

// placeholders are filler, joke and test words, and the surnames (or given names)
// that a country's proverbial nobody has. Some are real people's names: a stand-in
// need not be one of them.
var placeholders = fields(`
null nil none undefined nan na unknown missing empty blank nobody anonymous anon void todo
test tester testing demo dev sample example dummy fake temp tmp foo bar baz qux hello guest user admin administrator root customer client
true false select constructor con prn aux nul
doe roe public bloggs nerk nurk farnarkle mustermann musterfrau normalverbraucher lieschen smith dupont tout-le-monde fulano fulana
mengano zutano pérez perez rossi tizio caio modaal jansen kowalski kowalska novák nováková gipsz jakab svensson nordmann meikäläinen
menigmand jónsson citizen ivanov ivanova іванов іванова иванов пупкин 张三 李四 山田 홍길동 pompies borg
mouse duck simpson batman vader presley mickey minnie donald elvis darth
adolf hitler stalin lucifer satan abadon abaddon judas jesus isis osama damian
asdf qwerty lorem ipsum unbekannt inconnu desconocido sconosciuto onbekend okänd nieznany desconhecido cuenta
condom dildo intercourse bitche wankum pussy hell nowhere springfield anytown musterstadt
dick dickie fanny randy willy gay gaye assunta fuchs fick pula puta curva kaka tits titta slut`)

func fields(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

// inside are insults that a naive filter finds inside English names; in other
// languages the same letters are ordinary.
var inside = []string{"cock", "dick", "cum", "fuck", "shit", "cunt", "slut", "butt", "penis", "rape", "nazi", "nigg", "fag", "dyke", "coon", "anal", "nass", "sex", "turd", "tit"}

func unwanted(folded, locale, kind string) bool {
	if placeholders[folded] || strings.Contains(folded, "porn") {
		return true
	}
	if kind != "street" {
		for w := range strings.FieldsFuncSeq(folded, func(r rune) bool { return r == ' ' || r == '-' }) {
			if placeholders[w] {
				return true
			}
		}
	}
	if strings.HasPrefix(locale, "en_") {
		return slices.ContainsFunc(inside, func(bad string) bool { return strings.Contains(folded, bad) })
	}
	return false
}

// bySex splits surnames where a woman's differs from her brother's; nil elsewhere.
func bySex(locale string, last []string) (female, male []string) {
	var rules [][2]string // a man's ending and a woman's
	switch locale {
	case "cs_CZ":
		rules = [][2]string{{"", "ová"}, {"ý", "á"}}
	case "pl_PL":
		rules = [][2]string{{"ski", "ska"}, {"cki", "cka"}, {"dzki", "dzka"}}
	case "uk_UA":
		rules = [][2]string{{"ський", "ська"}, {"цький", "цька"}, {"зький", "зька"}, {"ов", "ова"}, {"ев", "ева"}, {"ин", "ина"}, {"ін", "іна"}, {"ий", "а"}}
	case "el_GR":
		rules = [][2]string{{"όπουλος", "οπούλου"}, {"ίδης", "ίδου"}, {"άδης", "άδου"}, {"ης", "η"}, {"ας", "α"}, {"ος", "ου"}, {"ής", "ή"}, {"άς", "ά"}, {"ός", "ού"}}
	default:
		return nil, nil
	}
	for _, w := range last {
		f, m := true, true
		for _, r := range rules {
			// An ending of one or two letters says little unless the other form is there too.
			sure := len([]rune(r[1])) > 2 || slices.Contains(last, strings.TrimSuffix(w, r[1])+r[0])
			if strings.HasSuffix(w, r[1]) && sure {
				m = false
			} else if r[0] != "" && f && strings.HasSuffix(w, r[0]) {
				f = false
				female = append(female, strings.TrimSuffix(w, r[0])+r[1])
			}
		}
		if locale == "cs_CZ" && m && !strings.HasSuffix(w, "ů") && !strings.HasSuffix(w, "í") {
			f = false // the list has the woman's form beside the man's
		}
		if f {
			female = append(female, w)
		}
		if m {
			male = append(male, w)
		}
	}
	return female, male
}
