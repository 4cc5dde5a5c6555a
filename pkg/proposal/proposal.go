package proposal

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/detect"
	"github.com/understudy-db/understudy/pkg/mask"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/ruleset"
	"github.com/understudy-db/understudy/pkg/survey"
)

// Input is what a proposal is made of.
type Input struct {
	Catalog *catalog.Catalog
	Survey  *survey.Survey // nil: from names and types alone
	Locale  string         // of a new file; empty is en_US
	Purpose string         // of a new file
	File    string         // name of the rules file, for messages
	Rules   []byte         // the file that is there; nil: a new one
	Today   string         // YYYY-MM-DD
}

// Proposal is rules with what was proposed in them.
type Proposal struct {
	Rules     []byte   // the whole file
	Masked    int      // columns, of those that were undecided before
	Kept      int      //
	Undecided []string // schema.table.column: somebody has to say
	Special   []string // columns of special categories
	Tables    int      // to which something was added
	Keys      int      // that no constraint declares
	Unread    int      // tables whose values nobody saw
}

// sure is the confidence from which a kind decides. Below it a column stays undecided.
const sure = 0.5

// column is one undecided column.
type column struct {
	table      *catalog.Table
	name, typ  string
	class      mask.Class
	labels     []string
	notNull    bool
	kind       string
	confidence float64
	because    string
	sampled    int
	options    []string // actions, the best first; empty with keep
	at         int      // place in options
	keep       string   // reason; empty unless it is kept
}

func (c *column) id() string { return c.table.Name.String() + "." + c.name }

// undecided reports whether nothing is proposed.
func (c *column) undecided() bool { return c.keep == "" && c.at >= len(c.options) }

func (c *column) action() string { return c.options[c.at] }

// proposer is a proposal in the making.
type proposer struct {
	Input
	rules   *ruleset.Rules
	columns map[string]*column // by schema.table.column
	subject map[catalog.Name]string
	keys    []survey.Key
	people  map[uint32]bool // tables that hold people; nil before it was asked
}

// rounds bounds how often the plan is asked: each round moves at least one column to its
// next option, and no column has more than a handful.
const rounds = 12

// Make returns the proposal. An existing file that is no rules file is an error.
func Make(in Input) (*Proposal, error) {
	p := &proposer{Input: in, columns: map[string]*column{}, subject: map[catalog.Name]string{}}
	if p.Locale == "" {
		p.Locale = "en_US"
	}
	start := in.Rules
	if start == nil {
		start = []byte("version: 1\n")
	}
	var err error
	if p.rules, err = ruleset.Parse(in.File, start); err != nil {
		return nil, err
	}
	open, err := p.ask(start)
	if err != nil {
		return nil, err
	}
	if in.Survey != nil {
		p.keys = believed(in.Survey.Keys, open.Undecided)
	}
	p.classify(open.Undecided)
	p.subjects()
	p.choose()
	for range rounds {
		text, err := p.text()
		if err != nil {
			return nil, err
		}
		misfit, err := p.ask(text)
		if err != nil {
			return nil, err
		}
		if !p.mend(misfit) {
			return p.result(text), nil
		}
	}
	text, err := p.text()
	if err != nil {
		return nil, err
	}
	return p.result(text), nil
}

// ask makes the plan of rules and returns what does not fit; nothing when all does.
func (p *proposer) ask(text []byte) (*plan.Misfit, error) {
	rules, err := ruleset.Parse(p.File, text)
	if err != nil {
		return nil, fmt.Errorf("the proposal is no rules file: %w", err)
	}
	_, err = plan.Make(plan.Input{Rules: rules, Catalog: p.Catalog, SnapshotTime: p.Today})
	var misfit *plan.Misfit
	if err == nil || errors.As(err, &misfit) {
		if misfit == nil {
			misfit = &plan.Misfit{}
		}
		return misfit, nil
	}
	return nil, err
}

// classify says what the undecided columns hold.
func (p *proposer) classify(open []plan.Undecided) {
	for _, u := range open {
		if u.Awaits != "" {
			continue
		}
		t := p.Catalog.Lookup(u.Table)
		if t == nil {
			continue
		}
		col := t.Column(u.Column)
		if col == nil {
			continue
		}
		c := &column{table: t, name: u.Column, typ: u.Type, class: plan.ClassOf(p.Catalog, col.Type), notNull: col.NotNull}
		if c.class == mask.ClassEnum {
			c.labels = labels(p.Catalog, col.Type)
		}
		info := detect.ColumnInfo{Table: t.Name.Name, Column: col.Name, Class: string(c.class), MaxChars: maxChars(col), Key: p.inKey(t, col)}
		if p.Survey != nil {
			if s, ok := p.Survey.Samples[t.Name][col.Name]; ok {
				info.Samples, info.Hits, c.sampled = s.Values, s.Hits, s.Values
			}
		}
		c.kind, c.confidence, c.because = detect.Classify(info)
		switch {
		case strings.HasPrefix(col.TypeName, "tsvector"):
			c.kind, c.confidence, c.because = detect.FreeText, 0.9, "the words of a text"
		case c.confidence < sure && c.class == mask.ClassText && prose(col) && p.aboutPeople(t):
			c.kind, c.confidence, c.because = detect.FreeText, 0.6, "a text that people write, in a table that is about people"
		default:
			p.around(c, t)
		}
		p.columns[c.id()] = c
	}
	p.followKeys()
}

// around corrects what a column's own name says by what its table holds.
func (p *proposer) around(c *column, t *catalog.Table) {
	switch {
	case c.kind == detect.FullName && c.confidence < sure && reachable(t):
		c.confidence, c.because = 0.6, "a name, beside what reaches somebody"
	case slices.Contains([]string{detect.Street, detect.City, detect.Postcode, detect.Region}, c.kind) && c.confidence < sure && holdsPeople(p.Catalog, t):
		c.confidence, c.because = 0.6, "the place of a thing, beside the name or number of a person"
	case c.kind == detect.Geo && c.confidence >= sure && !detect.Tracks(t.Name.Name) && !p.aboutPeople(t) && !hasAddress(p.Catalog, t):
		c.confidence, c.because = 0.45, "a place, in a table that is about nobody"
	case detect.Elsewhere(c.name) && c.class == mask.ClassText && (c.kind == detect.Key || c.kind == "") && !p.inKey(t, t.Column(c.name)) && p.aboutPeople(t):
		c.kind, c.confidence, c.because = detect.Token, 0.6, "somebody's number at another service"
	}
}

// reachable reports whether whom or what a row is about has an address or a number: its own,
// and not that of its owner, say.
func reachable(t *catalog.Table) bool {
	return slices.ContainsFunc(t.Columns, func(c catalog.Column) bool {
		switch strings.ToLower(c.Name) {
		case "email", "e_mail", "mail", "email_address", "emailaddress", "phone", "phone_number", "phonenumber", "telephone", "mobile":
			return true
		}
		return false
	})
}

// hasAddress reports whether a table has an address of the network.
func hasAddress(c *catalog.Catalog, t *catalog.Table) bool {
	return slices.ContainsFunc(t.Columns, func(col catalog.Column) bool { return plan.ClassOf(c, col.Type) == mask.ClassInet })
}

// written are words of columns in which people write what they like.
var written = map[string]bool{
	"description": true, "reason": true, "details": true, "detail": true, "subject": true, "quote": true, "summary": true, "about": true, "answer": true, "question": true, "feedback": true, "error": true,
	"tweet": true, "testimonial": true, "story": true,
}

// prose reports whether a column that classification cannot tell is a text that somebody
// wrote: by its name, and by room for more than a word.
func prose(col *catalog.Column) bool {
	n := maxChars(col)
	if n > 0 && n < 100 {
		return false
	}
	words := strings.FieldsFunc(strings.ToLower(col.Name), func(r rune) bool { return r == '_' || r == ' ' })
	return len(words) > 0 && written[words[len(words)-1]]
}

// aboutPeople reports whether a table holds people, or has a key to one that does.
func (p *proposer) aboutPeople(t *catalog.Table) bool {
	if p.people == nil {
		p.people = map[uint32]bool{}
		for i := range p.Catalog.Tables {
			p.people[p.Catalog.Tables[i].OID] = holdsPeople(p.Catalog, &p.Catalog.Tables[i])
		}
	}
	if p.people[t.OID] {
		return true
	}
	for _, c := range t.Columns {
		switch strings.ToLower(strings.TrimSuffix(strings.TrimSuffix(c.Name, "_id"), "Id")) {
		case "user", "author", "creator", "owner", "customer", "person", "member", "employee", "account", "patient", "sender", "recipient", "reporter", "seller", "buyer":
			return true
		}
	}
	return slices.ContainsFunc(p.Catalog.ForeignKeys, func(fk catalog.ForeignKey) bool { return fk.Table == t.OID && p.people[fk.RefTable] })
}

// holdsPeople reports whether a table's columns name or reach somebody.
func holdsPeople(c *catalog.Catalog, t *catalog.Table) bool {
	for _, col := range t.Columns {
		kind, confidence, _ := detect.Classify(detect.ColumnInfo{Table: t.Name.Name, Column: col.Name, Class: string(plan.ClassOf(c, col.Type)), MaxChars: maxChars(&col)})
		switch kind {
		case detect.Email, detect.Phone, detect.FirstName, detect.LastName, detect.FullName, detect.Username:
			if confidence >= 0.8 {
				return true
			}
		}
	}
	return false
}

// maxChars is n of varchar(n).
func maxChars(c *catalog.Column) int {
	if c.TypMod >= 4 && strings.HasPrefix(c.TypeName, "character") {
		return int(c.TypMod) - 4
	}
	return 0
}

// labels are those of an enum, or of the enum in an array or under a domain.
func labels(c *catalog.Catalog, oid uint32) []string {
	for t := c.Types[oid]; t != nil; t = c.Types[t.Elem] {
		if t.Kind == 'e' {
			return t.Labels
		}
		if t.Elem == 0 {
			break
		}
	}
	return nil
}

// inKey reports whether the column is part of a primary key or of a key to another table,
// declared or not.
func (p *proposer) inKey(t *catalog.Table, c *catalog.Column) bool {
	for _, ix := range t.Indexes {
		if ix.Primary && slices.Contains(ix.Columns, c.Num) {
			return true
		}
	}
	for _, fk := range p.Catalog.ForeignKeys {
		if fk.Table == t.OID && slices.Contains(fk.Columns, c.Name) {
			return true
		}
	}
	return slices.ContainsFunc(p.keys, func(k survey.Key) bool { return k.Table == t.Name && k.Column == c.Name })
}

// followKeys leaves out the columns that an undeclared key decides: they take over what the
// column gets that they point to.
func (p *proposer) followKeys() {
	for _, k := range p.keys {
		delete(p.columns, k.Table.String()+"."+k.Column)
	}
}

// choose lines up the options of every column.
func (p *proposer) choose() {
	for _, c := range p.columns {
		switch {
		case c.kind == "" || c.confidence < sure:
		case detect.Personal(c.kind):
			c.options = options(c, p.subject[c.table.Name] != "")
		default:
			c.keep = whyKept[c.kind]
		}
	}
	// one column of a kind shares its stand-ins with nobody
	count := map[string]int{}
	for _, c := range p.columns {
		if len(c.options) > 0 && strings.HasPrefix(c.options[0], "{domain: ") {
			count[c.kind]++
		}
	}
	for _, c := range p.columns {
		if count[c.kind] == 1 && len(c.options) > 1 && strings.HasPrefix(c.options[0], "{domain: ") && !p.hasDomain(domains[c.kind].name) {
			c.options = c.options[1:]
		}
	}
}

func (p *proposer) hasDomain(name string) bool {
	return slices.ContainsFunc(p.rules.Domains, func(d ruleset.Domain) bool { return d.Name == name })
}

// mend moves every column that the plan refuses to its next option, and reports whether
// there was one.
func (p *proposer) mend(m *plan.Misfit) bool {
	moved := map[string]bool{}
	for _, q := range m.Problems {
		id := q.Table + "." + q.Column
		if c := p.columns[id]; c != nil && !moved[id] && !c.undecided() {
			moved[id] = true
			if c.keep != "" {
				c.keep = ""
				continue
			}
			c.at++
		}
	}
	return len(moved) > 0
}

// sorted returns the columns in the order of the catalog.
func (p *proposer) sorted() []*column {
	all := make([]*column, 0, len(p.columns))
	for _, c := range p.columns {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b *column) int {
		return cmp.Or(cmp.Compare(a.table.Name.Schema, b.table.Name.Schema), cmp.Compare(a.table.Name.Name, b.table.Name.Name),
			cmp.Compare(a.table.Column(a.name).Num, b.table.Column(b.name).Num))
	})
	return all
}

func (p *proposer) result(text []byte) *Proposal {
	out := &Proposal{Rules: text, Keys: len(p.keys)}
	if p.Survey != nil {
		out.Unread = len(p.Survey.Unread)
	}
	tables := map[catalog.Name]bool{}
	for _, c := range p.sorted() {
		tables[c.table.Name] = true
		switch {
		case c.undecided():
			out.Undecided = append(out.Undecided, c.id())
		case c.keep != "":
			out.Kept++
		default:
			out.Masked++
		}
		if detect.Special(c.kind) && c.confidence >= sure {
			out.Special = append(out.Special, c.id())
		}
	}
	out.Tables = len(tables)
	return out
}
