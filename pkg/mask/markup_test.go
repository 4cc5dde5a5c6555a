package mask

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/understudy-db/understudy/pkg/mask/document"
)

func suiteMarkup() []suiteRow {
	inner := func(path, mask string) PathSpec { return PathSpec{Path: path, Spec: Spec{Name: mask}} }
	pairs := []string{
		`"email"=>"ann.lee@firma.de", "phone"=>"+447911123456", "theme"=>"dark", "none"=>NULL`, `email=>bob@firma.de , note => "write to carl@firma.de"`,
		`"ann@firma.de"=>"1", "card"=>"4000056655665556"`, `"email"=>"dora\"x@firma.de", "back\\slash"=>"81.2.69.160"`, `phone=>"+447911123456"`,
	}
	pages := []string{
		`<!DOCTYPE html><p class=note>Dear <b>Ann Lee</b>,<br>write to ann.lee@firma.de<p>or <a href="mailto:bob@firma.de" title='x'>+447911123456</a><!-- carl@firma.de -->`,
		`<ul><li>dora@firma.de<li>Caf&eacute; &amp; 81.2.69.160</ul><script>var m = "bob@firma.de";</script><style>b { color: red }</style>`,
		`Ann Lee <ann.lee@firma.de> paid with 4000056655665556`, `<table><tr><td>Ann Lee<td data-mail=bob@firma.de>x</table><a href="carl@firma.de`,
	}
	named := []string{"ann.lee@firma.de", "bea.orr@werke.at", "+447911123456", "+447922654321", "bob@firma.de", "tim@werke.at", `dora\"x@firma.de`, `ines\"y@werke.at`}
	all := append(slices.Clone(named), "carl@firma.de", "otto@werke.at", "dora@firma.de", "ines@werke.at", "ann@firma.de", "bea@werke.at", "4000056655665556", "5200828282828210", "81.2.69.160", "93.7.81.204")
	gone := func(_, out string) error {
		for _, s := range []string{"firma.de", "7911123456", "4000056655665556", "81.2.69.160"} {
			if strings.Contains(out, s) {
				return errors.New("something survived")
			}
		}
		return nil
	}
	isHstore := func(_, out string) error {
		walk, err := document.CompileHstore(nil)
		if err == nil {
			_, err = walk.Rewrite(nil, []byte(out), keeper{})
		}
		return err
	}
	isUTF8 := func(_, out string) error {
		if !utf8.ValidString(out) {
			return errors.New("no UTF-8")
		}
		return nil
	}
	var rows []suiteRow
	for _, rest := range []string{restScan, restKeep, restNull} {
		h := suiteRow{
			spec: Spec{Name: "hstore", Paths: []PathSpec{inner("$.email", "email"), inner("$.phone", "phone")}, Rest: rest, Column: Column{Class: ClassHstore, TypeName: "hstore"}},
			in:   pairs, twin: instead(all...), detect: finders, grams: true, mayEqual: true, odd: isHstore,
		}
		x := suiteRow{
			spec: Spec{Name: "html", Paths: []PathSpec{inner("//b", "full_name"), inner("//td", "full_name"), inner("//@data-mail", "email")}, Rest: rest},
			in:   pages, twin: instead(append(slices.Clone(all), "<b>Ann Lee", "<b>Bea Orr", "<td>Ann Lee", "<td>Bea Orr")...), detect: finders, grams: true, mayEqual: true, odd: isUTF8,
		}
		switch rest {
		case restScan:
			h.valid, x.valid = gone, gone
		case restKeep:
			h.twin = instead(`"email"=>"ann.lee@firma.de"`, `"email"=>"bea.orr@werke.at"`, "+447911123456", "+447922654321", "email=>bob@firma.de", "email=>tim@werke.at", `dora\"x@firma.de`, `ines\"y@werke.at`)
			x.twin = instead("<b>Ann Lee", "<b>Bea Orr", "<td>Ann Lee", "<td>Bea Orr", "data-mail=bob@firma.de", "data-mail=tim@werke.at")
		}
		rows = append(rows, h, x)
	}
	return rows
}

// keeper keeps every leaf of a document.
type keeper struct{}

func (keeper) Visit(dst []byte, _ document.Leaf) ([]byte, document.Verdict, error) {
	return dst, document.Keep, nil
}
