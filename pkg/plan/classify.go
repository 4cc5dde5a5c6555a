package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/understudy-db/understudy/pkg/detect"
	"github.com/understudy-db/understudy/pkg/mask"
	"github.com/understudy-db/understudy/pkg/report"
)

// sure is the confidence from which classification may decide (by a pack) or accuse
// (a kept column): below it, it only proposes.
const sure = 0.6

// suspicion is the confidence from which a kept column is pointed at: a supplier's address
// is a person's where the supplier is one.
const suspicion = 0.4

// classify fills in what the column seems to hold, from its names and type alone.
func (p *planner) classify(r *resolved) {
	shape := p.shape(r.column.Type, r.column.TypMod)
	kind, confidence, because := detect.Classify(detect.ColumnInfo{
		Table: r.owner.table.Name.Name, Column: r.column.Name, Class: string(shape.Class), MaxChars: shape.MaxChars, Key: p.isKey(r),
	})
	r.kind, r.because = kind, because
	r.suspected = detect.Personal(kind) && confidence >= suspicion
	r.personal = detect.Personal(kind) && confidence >= sure
}

func (p *planner) special(kind string) bool { return detect.Special(kind) }

// proposals are actions by kind of column, as a person would write them. What is not
// here is proposed to be kept, with the reason left to be said.
var proposals = map[string]string{
	detect.FirstName: "{mask: first_name}", detect.LastName: "{mask: last_name}", detect.FullName: "{mask: full_name}",
	detect.Email: "{mask: email}", detect.Phone: "{mask: phone}", detect.Street: "{mask: street}", detect.City: "{mask: city}",
	detect.Postcode: "{mask: postcode}", detect.Company: "{mask: company}", detect.BirthDate: "{mask: date, to: same-year}",
	detect.NationalID: "{mask: national_id}", detect.IBAN: "{mask: iban}", detect.Card: "{mask: card}", detect.IP: "{mask: ip}",
	detect.Username: "{mask: username}", detect.Token: "{mask: token}", detect.PushToken: "{mask: push_token}", detect.URL: "{mask: url}",
	detect.Password: "{mask: password_hash}", detect.FreeText: "{mask: text}",
	detect.JSON: `{mask: json, rest: {scan: "say why"}}`, detect.XML: `{mask: xml, rest: {scan: "say why"}}`, detect.Pairs: `{mask: hstore, rest: {scan: "say why"}}`,
}

// proposal is what the snippet suggests for an undecided column. Only a masker that takes
// the column's type is proposed.
func (p *planner) proposal(r *resolved) string {
	if s, ok := proposals[r.kind]; ok {
		class := p.shape(r.column.Type, r.column.TypMod).Class
		if class == mask.ClassText || class == mask.ClassJSON && r.kind == detect.JSON || class == mask.ClassXML && r.kind == detect.XML || class == mask.ClassHstore && r.kind == detect.Pairs ||
			class == mask.ClassDate && r.kind == detect.BirthDate || class == mask.ClassInet && r.kind == detect.IP {
			return s
		}
	}
	return `{keep: "say why"}`
}

// coarse kinds say something of a person and lead to nobody by themselves: keeping them
// with a reason is common, so they are pointed at after all others.
var coarse = map[string]bool{
	detect.Region: true, detect.Country: true, detect.Title: true, detect.JobTitle: true, detect.Gender: true, detect.Company: true, detect.File: true,
}

// judgeKept reports the kept columns whose names say that they are personal, and below
// them those that say something of the person whom the rules call the row's subject.
func (p *planner) judgeKept(l *logical) {
	for i := range l.table.Columns {
		r := l.columns[l.table.Columns[i].Name]
		if r.decision.Kind != Keep || r.decision.By == "foreign key" {
			continue
		}
		f := report.Finding{
			Code: "kept-personal", Severity: report.Medium, Subject: l.table.Name.String() + "." + r.column.Name,
			Message: fmt.Sprintf("it is kept (%q), and %s", r.decision.Reason, r.because),
			Hint:    "mask it, or accept the finding with a reason and a date",
			File:    r.decision.File, Line: r.decision.Line, Count: 1,
		}
		switch class := p.shape(r.column.Type, r.column.TypMod).Class; {
		case r.personal && !coarse[r.kind]:
		case r.suspected:
			f.Severity = report.Low
		case l.rule == nil || l.rule.Subject == "" || p.isKey(r):
			continue
		case r.kind == "" && class == mask.ClassText, r.kind == detect.Timestamp && (class == mask.ClassDate || class == mask.ClassTimestamp && !recorded(r.column.Name)):
			f.Severity = report.Low
			f.Message = fmt.Sprintf("it is kept (%q) in rows that are about a person, and its name does not say that it is harmless", r.decision.Reason)
		default:
			continue
		}
		p.findings = append(p.findings, f)
	}
}

// recorded reports whether a time is by its name when something was written down.
func recorded(name string) bool {
	for _, end := range [...]string{"_at", "At", "_time", "_ts", "timestamp", "_on", "created", "updated", "modified"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return false
}

// judgeAnchors reports kept times beside shifted ones: whoever knows how far the two lie
// apart, a sign-up from the first visit for one, knows the shift and with it every other
// time that moved along.
func (p *planner) judgeAnchors(l *logical) {
	var kept []string
	var shifted *resolved
	for i := range l.table.Columns {
		r := l.columns[l.table.Columns[i].Name]
		d := &r.decision
		switch class := p.shape(r.column.Type, r.column.TypMod).Class; {
		case d.Kind == Mask && d.Spec != nil && d.Spec.Name == "date" && d.Spec.Params["shift"] != nil:
			if shifted == nil {
				shifted = r
			}
		case d.Kind == Keep && (class == mask.ClassDate || class == mask.ClassTimestamp):
			kept = append(kept, r.column.Name)
		}
	}
	if shifted == nil || len(kept) == 0 {
		return
	}
	p.findings = append(p.findings, report.Finding{
		Code: "shift-anchor", Severity: report.Low, Subject: l.table.Name.String() + "." + shifted.column.Name, Count: int64(len(kept)),
		Message: "its times are shifted, and kept ones stand beside it (" + strings.Join(kept, ", ") + "): who can tell how far they lay apart knows the shift",
		Hint:    "shift the kept ones along with it (from: subject), or accept the finding with a reason",
		File:    shifted.decision.File, Line: shifted.decision.Line,
	})
}

// judgeOutward reports what the schema has that reaches out of the database, and what
// extensions keep in tables of their own.
func (p *planner) judgeOutward() {
	for _, o := range p.Catalog.Outward {
		f := report.Finding{
			Code: "outward", Severity: report.Low, Subject: o.Name, Count: 1,
			Message: "the " + o.Kind + " reaches out of the database; it is not made in staging",
			Hint:    "make one for staging by hand if staging needs it",
		}
		// A function is part of the schema: views, defaults and triggers may call it.
		switch o.Kind {
		case "dblink function", "http function", "program function":
			f.Severity = report.Medium
			f.Message = "the " + o.Kind + " reaches out of the database, and staging has it as production does"
			f.Hint = "see whom it would reach from staging, and replace it there; accept the finding with a reason if it is harmless"
		case "untrusted function":
			f.Message = "the " + o.Kind + " may reach out of the database, and staging has it as production does"
			f.Hint = "see what it does, and replace it in staging if it reaches anybody"
		}
		p.findings = append(p.findings, f)
	}
	for _, l := range p.tables {
		if why := queue(l.table); why != "" && (l.rule == nil || l.rule.Skip == "") && (l.table.Rows != 0 || l.table.Kind == 'p') {
			p.findings = append(p.findings, report.Finding{
				Code: "outward", Severity: report.Medium, Subject: l.table.Name.String(), Count: 1,
				Message: "its rows are " + why + ": an application that starts with staging may run or send them",
				Hint:    "skip the table, or copy only finished rows (where), or accept the finding with a reason",
			})
		}
	}
	for i := range p.Catalog.Tables {
		t := &p.Catalog.Tables[i]
		if t.ExtConfig && t.Rows != 0 {
			p.findings = append(p.findings, report.Finding{
				Code: "extension-rows", Severity: report.Info, Subject: t.Name.String(), Count: 1,
				Message: "it is a configuration table of the extension " + t.Extension + "; rows that users added there are not copied",
			})
		}
	}
}

// isKey reports whether the column is part of a primary or a foreign key.
func (p *planner) isKey(r *resolved) bool {
	for _, fk := range p.keysOf[r.owner.table.OID] {
		if slices.Contains(fk.Columns, r.column.Name) {
			return true
		}
	}
	for _, ix := range r.owner.table.Indexes {
		if ix.Primary && slices.Contains(ix.Columns, r.column.Num) {
			return true
		}
	}
	return false
}
