package schema

import (
	"fmt"
	"slices"
	"strings"

	"github.com/understudy-db/understudy/pkg/report"
)

// Entry is one thing of the schema, as the archive's table of contents names it.
// Names are unquoted and unbroken, whatever characters they hold.
type Entry struct {
	ID      int     // the archive's own number
	Desc    string  // "TABLE", "FK CONSTRAINT", "COMMENT", …
	Schema  string  // empty where the kind has none
	Name    string  // for parts of a table "table part"; for comments "TABLE name"
	Owner   string  //
	Section Section // where pg_restore makes it
}

// String returns "DESC schema.name".
func (e Entry) String() string {
	if e.Schema == "" {
		return e.Desc + " " + e.Name
	}
	return e.Desc + " " + e.Schema + "." + e.Name
}

// Section is a part of the archive. The data section is ours: pg_restore never makes it.
type Section string

// The sections: everything that rows need, and everything that is better made after them.
const (
	PreData  Section = "pre-data"
	PostData Section = "post-data"
)

// Dropped is an entry that is not restored, with the reason. It holds nothing of the definition.
type Dropped struct {
	Desc string
	Name string // schema-qualified where there is a schema
	Why  string
}

// forbidden says what never reaches the archive's file, by kind of entry.
var forbidden = map[string]string{
	"ACL":                          "privileges come from the old staging",
	"DEFAULT ACL":                  "default privileges come from the old staging",
	"EVENT TRIGGER":                "an event trigger would fire on staging's own changes",
	"SERVER":                       "a foreign server reaches out of the database",
	"USER MAPPING":                 "a user mapping holds credentials of another server",
	"FOREIGN DATA WRAPPER":         "a foreign data wrapper reaches out of the database",
	"FOREIGN TABLE":                "a foreign table reaches out of the database",
	"SECURITY LABEL":               "security labels belong to the source's providers",
	"DATABASE":                     "the incoming database is made by us",
	"DATABASE PROPERTIES":          "database settings come from the old staging",
	"MATERIALIZED VIEW DATA":       "materialised views are refreshed after the rows",
	"TABLE DATA":                   "rows are copied by us",
	"SEQUENCE SET":                 "sequences are set after the rows",
	"STATISTICS DATA":              "statistics hold values of the source",
	"BLOB":                         "large objects need a decision of their own",
	"BLOBS":                        "large objects need a decision of their own",
	"BLOB METADATA":                "large objects need a decision of their own",
	"SUBSCRIPTION":                 "a subscription would take the source's changes",
	"SUBSCRIPTION TABLE":           "a subscription would take the source's changes",
	"PUBLICATION":                  "a publication would send staging's changes",
	"PUBLICATION TABLE":            "a publication would send staging's changes",
	"PUBLICATION TABLES IN SCHEMA": "a publication would send staging's changes",
}

// quiet are the kinds that nobody misses: they are restored by other means.
var quiet = []string{
	"ACL", "DEFAULT ACL", "DATABASE", "DATABASE PROPERTIES",
	"MATERIALIZED VIEW DATA", "TABLE DATA", "SEQUENCE SET", "STATISTICS DATA",
}

// losable are the kinds that may go with a forbidden entry that they depend on. A
// table may not: the rows of the plan would have nowhere to go.
var losable = []string{
	"VIEW", "MATERIALIZED VIEW", "COMMENT", "RULE", "TRIGGER", "FUNCTION", "PROCEDURE", "AGGREGATE",
	"INDEX", "INDEX ATTACH", "TABLE ATTACH", "POLICY", "ROW SECURITY", "DEFAULT", "CHECK CONSTRAINT",
	"CONSTRAINT", "FK CONSTRAINT", "STATISTICS", "OPERATOR", "CAST",
}

// TargetRole is what the edit has to know of the role that restores.
type TargetRole struct {
	Version   int  // server_version_num
	Superuser bool //
}

// editor judges entries in the archive's order, in which an entry follows what it depends on.
type editor struct {
	target  TargetRole
	roles   map[string]string
	exclude func(Entry) string

	section int
	gone    map[int]string // dropped entries, by id, named
	entries []Entry
	dropped []Dropped
	policy  map[string]bool // roles that policies name, after mapping
}

// judge returns whether the record is restored; it may rewrite a policy's roles.
func (d *editor) judge(r *record) (bool, error) {
	if r.section != sectionNone {
		d.section = r.section
	}
	e := Entry{ID: r.id, Desc: r.desc.text, Schema: r.namespace.text, Name: r.tag.text, Owner: r.owner.text, Section: PreData}
	if d.section == sectionPost {
		e.Section = PostData
	}
	// Settings of the archive itself: encoding, search path, quoting of strings.
	if slices.Contains([]string{"ENCODING", "STDSTRINGS", "SEARCHPATH"}, e.Desc) {
		return true, nil
	}
	why, err := d.why(r, e)
	if err != nil {
		return false, err
	}
	if why != "" {
		d.gone[r.id] = e.String()
		if !slices.Contains(quiet, e.Desc) && !(e.Desc == "COMMENT" && strings.HasPrefix(e.Name, "DATABASE ")) {
			d.dropped = append(d.dropped, Dropped{Desc: e.Desc, Name: strings.TrimPrefix(e.String(), e.Desc+" "), Why: why})
		}
		return false, nil
	}
	if e.Desc == "POLICY" {
		defn, named, ok := mapPolicyRoles(r.defn.text, d.roles)
		if !ok {
			return false, fmt.Errorf("%s: the definition is of an unknown shape", e)
		}
		r.defn.text = defn
		for _, name := range named {
			d.policy[name] = true
		}
	}
	d.entries = append(d.entries, e)
	return true, nil
}

func (d *editor) why(r *record, e Entry) (string, error) {
	if why, ok := forbidden[e.Desc]; ok {
		return why, nil
	}
	for prefix, why := range map[string]string{"SUBSCRIPTION ": forbidden["SUBSCRIPTION"], "PUBLICATION ": forbidden["PUBLICATION"]} {
		if strings.HasPrefix(e.Desc, prefix) {
			return why, nil
		}
	}
	if d.exclude != nil {
		if why := d.exclude(e); why != "" {
			return why, nil
		}
	}
	if e.Desc == "COMMENT" && strings.HasPrefix(e.Name, "DATABASE ") {
		return "the database's comment comes from the old staging", nil
	}
	if e.Desc == "COMMENT" && !d.target.Superuser {
		// The extension's control file brings its comment along; changing it needs ownership,
		// which managed services keep to themselves.
		if strings.HasPrefix(e.Name, "EXTENSION ") {
			return "only an extension's owner may comment on it", nil
		}
		// Before 15 the public schema belongs to the superuser, not to the database's owner.
		if e.Name == "SCHEMA public" && d.target.Version < 150000 {
			return "only the owner of the public schema may comment on it", nil
		}
	}
	for _, dep := range r.deps {
		on, ok := d.gone[dep]
		if !ok {
			continue
		}
		if !slices.Contains(losable, e.Desc) {
			return "", &report.Fault{
				Side:  report.Rules,
				Doing: "carry the schema",
				Err:   fmt.Errorf("%s depends on %s, which is not restored", e, on),
				Hint:  "leave the object out of the refresh, or detach it from what it depends on",
			}
		}
		return "it depends on " + on, nil
	}
	return "", nil
}

// mapPolicyRoles replaces role names in "CREATE POLICY … TO a, b USING …" and returns
// the names that it has afterwards. It is false when the text does not read as a policy.
func mapPolicyRoles(defn string, roles map[string]string) (string, []string, bool) {
	s := policyScanner{text: defn}
	if !s.word("CREATE") || !s.word("POLICY") {
		return defn, nil, false
	}
	if _, ok := s.ident(); !ok {
		return defn, nil, false
	}
	if !s.word("ON") {
		return defn, nil, false
	}
	if _, ok := s.ident(); !ok {
		return defn, nil, false
	}
	if s.byte('.') {
		if _, ok := s.ident(); !ok {
			return defn, nil, false
		}
	}
	if s.word("AS") {
		if !s.word("RESTRICTIVE") && !s.word("PERMISSIVE") {
			return defn, nil, false
		}
	}
	if s.word("FOR") {
		if !slices.ContainsFunc([]string{"SELECT", "INSERT", "UPDATE", "DELETE", "ALL"}, s.word) {
			return defn, nil, false
		}
	}
	if !s.word("TO") {
		return defn, nil, true // no roles are named: everybody
	}
	s.space()
	from := s.at
	var out, named []string
	for {
		name, ok := s.ident()
		if !ok || s.at < len(defn) && !strings.ContainsRune(" \t\r\n,;", rune(defn[s.at])) {
			return defn, nil, false // what touches a name would become a part of it
		}
		if to, ok := roles[name]; ok {
			name = to
		}
		if !slices.Contains(named, name) {
			named = append(named, name)
			out = append(out, quoteIdent(name))
		}
		if !s.byte(',') {
			break
		}
	}
	return defn[:from] + strings.Join(out, ", ") + defn[s.at:], named, true
}

// policyScanner reads words and identifiers; anything else ends it.
type policyScanner struct {
	text string
	at   int
}

func (s *policyScanner) space() {
	for s.at < len(s.text) && strings.IndexByte(" \t\r\n", s.text[s.at]) >= 0 {
		s.at++
	}
}

func (s *policyScanner) byte(c byte) bool {
	if s.at < len(s.text) && s.text[s.at] == c {
		s.at++
		return true
	}
	return false
}

func (s *policyScanner) word(w string) bool {
	s.space()
	rest := s.text[s.at:]
	if !strings.HasPrefix(rest, w) || (len(rest) > len(w) && identByte(rest[len(w)])) {
		return false
	}
	s.at += len(w)
	return true
}

// ident reads a name, quoted or not, and returns it unquoted.
func (s *policyScanner) ident() (string, bool) {
	s.space()
	if s.byte('"') {
		var b strings.Builder
		for s.at < len(s.text) {
			c := s.text[s.at]
			s.at++
			if c != '"' {
				b.WriteByte(c)
			} else if s.byte('"') {
				b.WriteByte('"')
			} else {
				return b.String(), b.Len() > 0
			}
		}
		return "", false
	}
	from := s.at
	for s.at < len(s.text) && identByte(s.text[s.at]) {
		s.at++
	}
	return s.text[from:s.at], s.at > from
}

func identByte(c byte) bool {
	return c == '_' || c == '$' || c >= 0x80 || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

func quoteIdent(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
