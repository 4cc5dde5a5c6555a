package canary

import (
	"fmt"
	"strings"
)

// rows is how many rows the table of columns has.
const rows = 8

// marker is a word that no masker and no list has: letters alone, another one for each column and row.
func marker(column, row int) string {
	letters := ""
	for _, n := range []int{column / 26, column % 26, row % 26} {
		letters += string(rune('a' + n))
	}
	return "zqx" + letters + "kjwzq"
}

// digits are a number of n digits that is the column's and the row's alone.
func digits(column, row, n int) string {
	s := fmt.Sprintf("73%03d%02d", column, row)
	for len(s) < n {
		s += fmt.Sprint((7*len(s) + 3*column + row) % 10)
	}
	return s[:n]
}

// column is one masker at work on planted values.
type column struct {
	name  string
	sql   string // the type; empty is text
	rule  string // in YAML
	value func(c, row int) string
	// needle is what must not be found, where it is not the value itself
	needle func(c, row int) []string
}

// word makes values of a form, with the marker in the place of each %s.
func word(form string) func(c, row int) string {
	return func(c, row int) string { return strings.ReplaceAll(form, "%s", marker(c, row)) }
}

// capital is word with the marker like a name.
func capital(form string) func(c, row int) string {
	return func(c, row int) string {
		m := marker(c, row)
		return strings.ReplaceAll(form, "%s", strings.ToUpper(m[:1])+m[1:])
	}
}

// number makes values with a number of n digits in the place of %s.
func number(form string, n int) func(c, row int) string {
	return func(c, row int) string { return strings.ReplaceAll(form, "%s", digits(c, row, n)) }
}

// marked finds the marker alone: what stands around it is nobody's.
func marked(c, row int) []string { return []string{marker(c, row)} }

// nothing is for values that everybody has.
func nothing(int, int) []string { return nil }

func columns() []column {
	return []column{
		{"address", "", "{mask: address}", capital("12 %s Street\n%s Town"), marked},
		{"bic", "", "{mask: bic}", func(c, r int) string {
			return strings.ToUpper(marker(c, r)[2:6]) + "DEFF" + strings.ToUpper(marker(c, r)[6:9])
		}, nil},
		{"bucket", "bigint", "{mask: bucket, size: 1000}", number("%s", 12), nil},
		{"card", "", "{mask: card}", number("%s", 16), nil},
		{"choice", "", "{mask: choice, values: [gold, silver]}", word("%s"), nil},
		{"city", "", "{mask: city}", capital("%s"), nil},
		{"company", "", "{mask: company}", capital("%s GmbH"), marked},
		{"constant", "", "{mask: constant, value: removed}", word("%s"), nil},
		{"day", "date", "{mask: date, to: same-year}", func(c, r int) string { return fmt.Sprintf("18%02d-03-%02d", 11+r, 10+r) }, nothing},
		{"digits", "", "{mask: digits}", number("M-%s", 12), nil},
		{"domain_name", "", "{mask: domain_name}", word("www.%s.de"), marked},
		{"driving_licence", "", "{mask: driving_licence}", func(c, r int) string { return "ZQXKJ" + digits(c, r, 6) + "W99ZQ" }, nil},
		{"email", "", "{mask: email}", word("%s.person@%s-post.de"), marked},
		{"email_list", "", "{mask: email}", capital(`"%s" <a@%s.de>, b@%s.de`), marked},
		{"file", "bytea", "{mask: file}", word("%PDF-1.7 %s"), marked},
		{"first_name", "", "{mask: first_name, from: subject}", capital("%s"), nil},
		{"full_name", "", "{mask: full_name, from: subject}", capital("Dr. %s van %s"), marked},
		{"gender", "", "{mask: gender, from: subject}", func(_, r int) string { return "mf"[r%2 : r%2+1] }, nothing},
		{"hash", "", "{hash: {of: email, with: sha256-lower}}", word("%s"), nil},
		{"iban", "", "{mask: iban}", number("DE%s", 20), nil},
		{"initials", "", "{mask: initials, from: subject}", func(_, r int) string { return "Z.Q." }, nothing},
		{"ip", "inet", "{mask: ip}", func(c, r int) string { return fmt.Sprintf("81.2.%d.%d", 60+c, 150+r) }, nil},
		{"ip_text", "", "{mask: ip}", func(c, r int) string { return fmt.Sprintf("81.3.%d.%d", 60+c, 150+r) }, nil},
		{"job_title", "", "{mask: job_title}", capital("%s of staff"), marked},
		{"doc", "jsonb", `{mask: json, paths: {$.email: {mask: email}, "$.phones[*]": {mask: phone}}, rest: null}`, word(`{"email": "%s@x.de", "phones": ["%s"], "other": {"deep": ["%s", {"x": "%s"}]}}`), marked},
		{"doc_scanned", "json", `{mask: json, paths: {$.name: {mask: full_name, from: subject}}, rest: {scan: a test}}`, word(`{"name": "%s", "free": "write to %s@firma.de, please"}`), marked},
		{"doc_text", "", `{mask: json, rest: null}`, word(`no document: %s`), marked},
		{"key", "bigint", "{mask: key}", number("%s", 15), nil},
		{"last_name", "", "{mask: last_name, from: subject}", capital("von %s"), marked},
		{"mac", "macaddr", "{mask: mac}", func(c, r int) string { return fmt.Sprintf("a4:83:e7:%02x:%02x:7d", 100+c, 30+r) }, nil},
		{"middle_name", "", "{mask: middle_name}", capital("%s"), nil},
		{"national_id", "", "{mask: national_id, country: GB}", func(c, r int) string { return "QQ" + digits(c, r, 8)[2:] + "C" }, nil},
		{"noise", "bigint", "{mask: noise, ratio: 0.5}", number("%s", 14), nil},
		{"passport", "", "{mask: passport}", number("ZQ%s", 9), nil},
		{"password_hash", "", "{mask: password_hash}", word("%s"), nil},
		{"pattern", "", "{mask: pattern}", word("%s-7"), marked},
		{"phone", "", "{mask: phone}", number("+49 30 %s", 9), nil},
		{"phones", "text[]", "{mask: phone}", func(c, r int) string { return fmt.Sprintf("{\"0171 %s\",NULL,\"%s\"}", digits(c, r, 8), marker(c, r)) }, func(c, r int) []string { return []string{digits(c, r, 8), marker(c, r)} }},
		{"postcode", "", "{mask: postcode}", func(c, r int) string { return "ZQ" + digits(c, r, 7)[5:] + " 7ZQ" }, nothing},
		{"push_token", "", "{mask: push_token}", word("ExponentPushToken[%s]"), marked},
		{"redact", "", "{mask: redact, last: 2}", word("%s"), nil},
		{"region", "", "{mask: region}", capital("%sshire"), marked},
		{"round", "numeric", "{mask: round, to: 1000}", number("%s.25", 13), nil},
		{"social_handle", "", "{mask: social_handle}", word("@%s"), marked},
		{"template", "", "{mask: template, text: \"T-{digits:8}\"}", word("%s"), nil},
		{"street", "", "{mask: street}", capital("%s Road 7"), marked},
		{"tax_id", "", "{mask: tax_id, country: DE}", number("DE%s", 9), nil},
		{"note", "", "{mask: text}", capital("Mr %s (%s@x.de) called."), marked},
		{"scanned", "", "{mask: text, how: {scan: a test}}", word("the form came from %s@firma.de today"), marked},
		{"scrubbed", "", "{mask: text, how: {scrub: a test}}", func(c, r int) string {
			first := capital("%s")(index("first_name"), r)
			return "We told " + first + " to write to " + marker(c, r) + "@firma.de"
		}, marked},
		{"pair", "pair", "{mask: text}", word(`("%s","%s, too")`), marked},
		{"short", "short", "{mask: text}", word("%s"), nil},
		{"folded", "citext", "{mask: text}", capital("%s"), nil},
		{"padded", "char(20)", "{mask: text}", word("%s"), nil},
		{"text_key", "", "{mask: text_key}", number("KD-%s", 11), nil},
		{"time_of_day", "time", "{mask: time_of_day}", func(_, r int) string { return fmt.Sprintf("03:%02d:41.737373", 10+r) }, nil},
		{"title", "", "{mask: title, from: subject}", func(_, r int) string { return []string{"Mr", "Ms"}[r%2] }, nothing},
		{"token", "", "{mask: token}", word("%s"), nil},
		{"url", "", "{mask: url}", word("https://user:%s@%s.de/%s?q=%s"), marked},
		{"user_agent", "", "{mask: user_agent}", word("Mozilla/5.0 (%s)"), marked},
		{"username", "", "{mask: username, from: subject}", word("%s"), nil},
		{"uuid", "uuid", "{mask: uuid}", func(c, r int) string { return fmt.Sprintf("7a71786b-6a77-4a7a-8a71-%08x%04x", 0x7a000000+c, r) }, nil},
		{"webhook", "", "{mask: webhook}", word("https://hooks.%s.de/%s"), marked},
		{"history", "xml", "{mask: xml, paths: {/case/name: {mask: full_name}}, rest: null}", word(`<case ref="%s"><name>%s</name><entry on="%s">%s</entry><!-- %s --></case>`), marked},
		{"pairs", "hstore", "{mask: hstore, paths: {$.name: {mask: full_name}}, rest: null}", word(`name=>"%s", ref=>"%s", "%s@x.de"=>1`), marked},
		{"page", "", "{mask: html, paths: {//b: {mask: full_name}}, rest: null}", word(`<p title=%s>Dear <b>%s</b><!-- %s --> <%s@x.de> <a href="%s`), marked},
		{"nulled", "", "null", word("%s"), nil},
		{"nulled_pairs", "hstore", "null", word("%s=>%s"), marked},
		{"nulled_range", "textrange", "null", word("[%s,%s]"), marked},
		{"conditional", "", "{mask: text, when: \"id >= 0\", else: {keep: a test}}", word("%s"), nil},
	}
}

// index is the number of a column by its name.
func index(name string) int {
	for i, c := range columns() {
		if c.name == name {
			return i
		}
	}
	return -1
}
