package plan

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/detect"
	"github.com/understudy-db/understudy/pkg/report"
)

// The schema is copied as it is, and people write into it: an address in a comment, a
// colleague's phone in a function, a customer's name as the bound of a partition.

// wordy kinds are recognised by words alone. In prose they are shown to a person; in code
// they are names of columns and of streets in test data, and nobody could act on them.
var wordyKinds = map[string]bool{"person": true, "address": true, "birth-date": true, "geo": true, "gb-postcode": true, "ip": true, "mac": true}

// certainText is the confidence from which a text of the schema stops a run.
const certainText = 0.75

// schemaReader looks through the texts of a schema. A finding is by subject, place and kind.
type schemaReader struct {
	scanner *detect.Scanner
	hits    []detect.Hit
	found   map[[3]string]*report.Finding
}

// SchemaTexts returns what of personal data the schema itself says, in "schema-text"
// findings: comments, defaults, labels, constraints, definitions of views and functions,
// bounds of partitions and values of sequences. What the planner's statistics hold never
// leaves the source. Objects of extensions are left out.
func SchemaTexts(c *catalog.Catalog) []report.Finding {
	r := &schemaReader{scanner: detect.NewScanner(detect.Options{}), found: map[[3]string]*report.Finding{}}
	for i := range c.Tables {
		if t := &c.Tables[i]; t.Extension == "" {
			r.table(t)
		}
	}
	for _, t := range c.Types {
		if t.Ext != "" || t.Schema == "pg_catalog" || t.Schema == "information_schema" {
			continue
		}
		name := t.Schema + "." + t.Name
		for _, l := range t.Labels {
			r.look(name, "a label of the enum", l, nil)
		}
		for _, d := range t.Checks {
			r.look(name, "a constraint", d, nil)
		}
		r.look(name, "the default", t.Default, nil)
	}
	for i := range c.Views {
		if v := &c.Views[i]; v.Extension == "" {
			r.look(v.Name.String(), "the definition of the view", v.Def, nil)
		}
	}
	for i := range c.Sequences {
		if s := &c.Sequences[i]; s.Extension == "" && s.OwnerCol != "" {
			// A counter of customers' numbers stands at somebody's.
			r.look(s.Name.String(), "the value of the sequence", strconv.FormatInt(s.Last, 10), &detect.Context{Column: s.OwnerCol, Class: "integer"})
		}
	}
	for _, t := range c.Texts {
		r.look(t.Name, textPlaces[t.Kind], t.Text, nil)
	}
	var out []report.Finding
	for _, f := range r.found {
		out = append(out, *f)
	}
	slices.SortFunc(out, func(a, b report.Finding) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), strings.Compare(a.Subject, b.Subject), strings.Compare(a.Message, b.Message))
	})
	return out
}

var textPlaces = map[string]string{
	"function": "the body of the function", "comment": "the comment", "policy": "a policy", "trigger": "a trigger", "rule": "a rule",
}

func (r *schemaReader) table(t *catalog.Table) {
	name := t.Name.String()
	r.look(name, "the comment", t.Comment, nil)
	for i := range t.Columns {
		c := &t.Columns[i]
		r.look(name+"."+c.Name, "the comment", c.Comment, nil)
		r.look(name+"."+c.Name, "the default", c.Default, &detect.Context{Column: c.Name, Table: t.Name.Name, Class: "text"})
	}
	for _, k := range t.Checks {
		r.look(name, "a constraint", k.Def, nil)
	}
	for _, x := range t.Indexes {
		if x.Partial || slices.Contains(x.Columns, 0) {
			r.look(name, "the definition of an index", x.Def, nil)
		}
	}
	if t.Partition != nil {
		r.look(name, "the bound of the partition", t.Partition.Bound, nil)
	}
}

// look scans one text. A default or a constraint wraps its values in quotes and casts,
// which end words as blanks do.
func (r *schemaReader) look(subject, place, text string, ctx *detect.Context) {
	if text == "" {
		return
	}
	prose := strings.HasSuffix(place, "comment") || strings.Contains(place, "label") || strings.Contains(place, "bound")
	if ctx != nil && ctx.Column != "" {
		// A whole value in a column of names needs no shape; an expression does.
		if v, ok := literal(text); ok {
			text = v
		} else if ctx.Class == "text" {
			ctx = nil
		}
	}
	r.hits = r.scanner.Scan(r.hits[:0], []byte(text), ctx)
	for _, h := range r.hits {
		if !prose && wordyKinds[h.Kind] && ctx == nil || detect.Safe(h.Kind, []byte(text[h.Start:h.End])) {
			continue
		}
		severity := report.Medium
		if h.Confidence >= certainText && !wordyKinds[h.Kind] {
			severity = report.High
		}
		key := [3]string{subject, place, h.Kind}
		f := r.found[key]
		if f == nil {
			f = &report.Finding{
				Code: "schema-text", Subject: subject,
				Message: place + " holds what looks like personal data (" + h.Kind + "), and the schema is copied as it is",
				Hint:    "take it out of the schema in production, or accept the finding with a reason (accept: code schema-text, column " + subject + ")",
			}
			r.found[key] = f
		}
		f.Severity = max(f.Severity, severity)
		f.Count++
	}
}

// literal returns the value of an expression that is a literal, with or without a cast.
func literal(expr string) (string, bool) {
	if !strings.HasPrefix(expr, "'") {
		return expr, !strings.ContainsAny(expr, "(' ")
	}
	end := strings.LastIndexByte(expr, '\'')
	if end == 0 || strings.ContainsAny(expr[end:], "()|") {
		return "", false
	}
	return strings.ReplaceAll(expr[1:end], "''", "'"), true
}
