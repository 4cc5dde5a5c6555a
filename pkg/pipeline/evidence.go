package pipeline

import (
	"fmt"
	"slices"
	"strings"

	"github.com/understudy-db/understudy/pkg/copier"
	"github.com/understudy-db/understudy/pkg/detect"
	"github.com/understudy-db/understudy/pkg/evidence"
	"github.com/understudy-db/understudy/pkg/inspect"
	"github.com/understudy-db/understudy/pkg/mask"
	"github.com/understudy-db/understudy/pkg/mask/prf"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/report"
)

// originals is what the copier records into and inspection asks.
type originals struct {
	set     *evidence.Set
	columns map[uint32][]recorded // by table OID, by field
}

// recorded says how one column's originals are kept; the zero form keeps none.
type recorded struct {
	form evidence.Form
	safe string // detector's kind: values that it calls safe name and reach nobody
}

// newOriginals decides which columns are recorded. The set wipes the key.
func newOriginals(p *plan.Plan, workers int, key prf.Key) *originals {
	kinds := map[[3]string]string{}
	for _, e := range p.Ledger {
		kinds[[3]string{e.Schema, e.Table, e.Column}] = e.Kind
	}
	o := &originals{set: evidence.New(evidence.Options{Workers: workers, Key: key}), columns: map[uint32][]recorded{}}
	for i := range p.Tables {
		t := &p.Tables[i]
		columns, any := make([]recorded, len(t.Columns)), false
		for k := range t.Columns {
			c := &t.Columns[k]
			if !c.Context {
				columns[k] = recordedAs(&c.Decision, kinds[[3]string{t.Root.Schema, t.Root.Name, c.Name}])
				any = any || columns[k].form != 0
			}
		}
		if any {
			o.columns[t.OID] = columns
		}
	}
	return o
}

// recordedAs gives the form of a masked column of identifiers. Where stand-ins may be
// somebody's, or are so few that they meet originals by chance, nothing is recorded: a
// hit would say nothing.
func recordedAs(d *plan.Decision, kind string) recorded {
	if d.Kind != plan.Mask || document(d.Spec) || d.Traits.Safety == mask.Valid && d.Traits.Capacity < plenty {
		return recorded{}
	}
	name := d.Spec.Name
	if !d.Traits.ClassA && !(name == "uuid" && d.Traits.Capacity >= plenty) {
		// another masker took the column; what it holds are identifiers all the same
		switch kind {
		case detect.Email, detect.Phone, detect.Card, detect.IBAN, detect.BankAccount, detect.NationalID, detect.TaxID, detect.MAC, detect.PushToken, detect.DeviceID:
			name = kind
		default:
			return recorded{}
		}
	}
	switch name {
	case detect.Email:
		return recorded{evidence.Email, "email"}
	case detect.Phone:
		return recorded{evidence.Phone, "phone"}
	case detect.Card:
		return recorded{evidence.Compact, "card"}
	case detect.IBAN:
		return recorded{evidence.Compact, "iban"}
	case detect.BankAccount, detect.NationalID, detect.TaxID:
		return recorded{form: evidence.Compact}
	case detect.IP:
		return recorded{evidence.Word, "ip"}
	case detect.MAC:
		return recorded{evidence.Word, "mac"}
	case "bic":
		return recorded{} // a bank's, which thousands share
	}
	if d.Traits.Safety == mask.NotContact && d.Traits.Capacity < plenty {
		return recorded{}
	}
	return recorded{evidence.Word, "url-credentials"}
}

// plenty is how many stand-ins a masker needs so that none meets an original by chance:
// a million of each give less than one in a thousand.
const plenty = 1e15

// Chunk returns the recorder of one chunk.
func (o *originals) Chunk(t *plan.Table) copier.Recorder {
	columns := o.columns[t.OID]
	if columns == nil {
		return nil
	}
	return &recorder{Collector: o.set.Collector(), columns: columns}
}

type recorder struct {
	*evidence.Collector
	columns []recorded
}

// Wants reports whether the column's originals are recorded.
func (r *recorder) Wants(column int) bool { return r.columns[column].form != 0 }

// Record takes one original, unless it lies where it reaches nobody.
func (r *recorder) Record(column int, original []byte) {
	c := &r.columns[column]
	if c.safe == "" || !detect.Safe(c.safe, original) {
		r.Add(c.form, original)
	}
}

// seal ends recording and returns what inspection asks, one for each worker.
func (o *originals) seal() (func() inspect.Evidence, error) {
	if err := o.set.Seal(); err != nil {
		return nil, err
	}
	return func() inspect.Evidence { return asker{o.set.Reader()} }, nil
}

type asker struct{ *evidence.Reader }

// Look looks for originals in value.
func (a asker) Look(value []byte, found func([]byte, bool)) (float64, error) {
	return a.Reader.Look(value, found)
}

// coverage says in plain words what the search for originals did not reach.
func (r *refresh) coverage() []string {
	switch {
	case r.Inspect == InspectNone:
		return []string{"Everything that was written: the run was told not to inspect (--inspect none)."}
	case r.Inspect == InspectStream:
		return []string{"What was written: the run was told to judge the stand-ins on their way alone (--inspect stream)."}
	case r.NoEvidence:
		return []string{"Whether an original value occurs somewhere else in staging: the run was told not to look (--no-survived-check)."}
	}
	lines := []string{
		"Originals were searched for in all that was written, as far as they are identifiers of columns that are masked whole. Identifiers that stand only inside documents and texts or in columns that were made NULL, and whatever is compressed or encrypted were not.",
		"Names, companies, streets, places, birth dates and documents whose stand-ins may be somebody's were searched for in the kept texts and the documents of their own rows, and of a subject's in texts that are scrubbed; more of them than other rows' originals give by chance is a finding, with a probability below 10^-6 that a whole run raises one wrongly. Names of fewer than four letters that stand alone were not, nor were other tables.",
	}
	if r.unsampled && r.InPlace {
		lines = append(lines, "Whether stand-ins stand in their own rows: of a load in place no row is masked a second time.")
	} else if r.unsampled {
		lines = append(lines, "Whether stand-ins stand in their own rows: every row was there when the run was gone on with, and with the snapshot gone none could be masked a second time.")
	}
	if len(r.keyless) > 0 {
		slices.Sort(r.keyless)
		lines = append(lines, fmt.Sprintf("Whether stand-ins stand in their own rows, in tables without a primary key or a unique one that is never NULL: %s.", strings.Join(slices.Compact(r.keyless), ", ")))
	}
	if r.run.Subset != nil {
		lines = append(lines, "Whether originals of the rows that the subset left out occur in staging.")
	}
	var left []string
	if r.plan != nil {
		seen := map[string]bool{}
		for i := range r.plan.Tables {
			t := &r.plan.Tables[i]
			if name := t.Root.String(); (t.Skip != "" || t.Filter != "" && !r.leftRead[t.OID] && masksAny(t)) && !seen[name] {
				seen[name] = true
				left = append(left, name)
			}
		}
	}
	if len(left) > 0 {
		lines = append(lines, fmt.Sprintf("Whether originals of the rows that were left out occur in staging: %s.", strings.Join(left, ", ")))
	}
	return lines
}

// masksAny reports whether a table has a masked column at all: what is kept in the rows
// that are there is no secret of those that are not.
func masksAny(t *plan.Table) bool {
	return slices.ContainsFunc(t.Columns, func(c plan.Column) bool { return !c.Context && c.Decision.Rewrites() })
}

// notCoveredBy is everything that this run did not look at.
func (r *refresh) notCoveredBy() []string {
	all := append(r.coverage(), notCovered...)
	if r.SigningKey == "" {
		all = append(all, "Who made this record: it is not signed, since no runner's key was given.")
	}
	return all
}

// closeEvidence gives the memory and the file of the originals back.
func (r *refresh) closeEvidence() {
	if r.originals == nil {
		return
	}
	if err := r.originals.set.Close(); err != nil {
		r.Log.Warn().Err(err).Msg("the spill file of the fingerprints could not be closed; it says nothing without its key, which is gone")
	}
	r.originals = nil
}

// withoutEvidence is a finding, so that a run that did not look is never taken for one
// that found nothing.
func (r *refresh) withoutEvidence() {
	r.findings = append(r.findings, report.Finding{
		Code: "not-proven", Severity: report.Medium, Subject: r.target.Name(), Count: 1,
		Message: "what was written was not compared with the originals", Hint: "run without --no-survived-check",
	})
}
