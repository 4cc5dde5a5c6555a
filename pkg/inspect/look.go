package inspect

import (
	"slices"

	"github.com/understudy-db/understudy/pkg/detect"
	"github.com/understudy-db/understudy/pkg/mask"
	"github.com/understudy-db/understudy/pkg/report"
)

// certain is the confidence from which a hit stops a run. Below it a person should look,
// and the run goes on: a bare number that could be a phone is one in most tables.
const certain = 0.75

// softKinds are recognised by their words rather than by a form or a check digit. They
// are shown to a person and stop no run: song titles hold names, and so do streets. Only a
// name that a title or a greeting announces and whose parts are known is certain.
var softKinds = map[string]bool{"person": true, "address": true, "birth-date": true, "geo": true, "gb-postcode": true, "ip": true, "mac": true}

// looker holds the detectors of one column in one worker.
type looker struct {
	scanner *detect.Scanner
	hits    []detect.Hit
	locale  string
	unknown bool // the columns may hold stand-ins
}

func newLooker(o *Options, c *Column) *looker {
	var kinds []string
	if c.Masked {
		kinds = besideContacts
	}
	return &looker{scanner: detect.NewScanner(detect.Options{Kinds: kinds}), locale: o.Locale, unknown: o.Unknown}
}

// contactKinds reach a person. In a masked column only they are looked for: a stand-in
// has the shape of what it stands for, and its check digits may come out right by chance.
var contactKinds = map[string]bool{"email": true, "phone": true}

// besideContacts are the kinds that are looked for in a masked column: those, and what a
// number that looks like a phone may be a part of.
var besideContacts = slices.DeleteFunc(detect.Kinds(), func(k string) bool {
	return k == "person" || k == "address" || k == "password-hash" || k == "push-token" || k == "api-key"
})

// at returns what looks at one column's values. report is called for each thing seen;
// the hit that it gets is the reporter's only during the call.
func (l *looker) at(t *Table, c *Column) func([]byte, func(string, report.Severity, string, []byte)) {
	ctx := &detect.Context{Column: c.Name, Table: t.Name.Name, Class: string(c.Class), Locale: l.locale, Kind: c.Kind}
	dates := c.Class == mask.ClassDate || c.Class == mask.ClassTimestamp
	return func(value []byte, found func(string, report.Severity, string, []byte)) {
		if !dates && !(c.Masked && c.Valid) {
			l.hits = l.scanner.Scan(l.hits[:0], value, ctx)
			for _, h := range l.hits {
				hit := value[h.Start:h.End]
				if c.Masked && (!contactKinds[h.Kind] || detect.SafeStandIn(h.Kind, value)) || detect.Safe(h.Kind, hit) {
					continue // of a stand-in a hit may be only a part: the whole of it counts
				}
				if c.Swept && softKinds[h.Kind] {
					continue // whatever was recognised was replaced: this is a stand-in
				}
				severity := report.Medium
				if h.Confidence >= certain && !softKinds[h.Kind] || h.Kind == "person" && h.Confidence >= detect.SurePerson {
					severity = report.High
				}
				code := "unmasked-" + h.Kind
				if c.Masked {
					code = "deliverable"
				}
				found(code, severity, h.Kind, hit)
			}
		}
		if !c.Masked && !dates {
			if start, end, ok := detect.Store(value); ok {
				found("outward", report.Medium, "store", value[start:end])
			}
		}
		if !c.Masked {
			// in a swept document words are stand-ins; only a template left open is the author's
			if p, ok := l.scanner.Placeholder(value, ctx); ok && (!c.Swept || p.Kind == "template") {
				severity := p.Severity
				if l.unknown && (p.Kind == "reserved-domain" || detect.StandInLooks(c.Kind, value)) {
					severity = min(severity, report.Low) // what a masker writes looks like that as well
				}
				found("placeholder", severity, p.Kind, value)
			}
		}
	}
}
