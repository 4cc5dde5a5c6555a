package pipeline

import (
	"fmt"
	"os"
	"strings"

	"github.com/understudy-db/understudy/pkg/mask/prf"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/report"
)

// keyRecord names the keys of a run for its record.
func keyRecord(k prf.Key, ephemeral bool) report.Key {
	out := report.Key{ID: k.ID(), Ephemeral: ephemeral}
	for _, d := range k.Domains() {
		out.Domains = append(out.Domains, report.DomainKey{Domain: d, ID: k.In(d).ID()})
	}
	return out
}

// tellRotation says which domains have another key than in the staging that is replaced,
// as far as the report folder knows it, and what that changes.
func (r *refresh) tellRotation() error {
	before := r.published()
	if before == nil || r.Ephemeral || before.Key.Ephemeral {
		return nil // an ephemeral key's record says by itself that nothing stays
	}
	rotated, all := report.Rotation(before, r.run)
	if all {
		var columns []string
		for _, e := range r.run.Ledger {
			if len(e.Drawn) > 0 {
				columns = append(columns, e.Schema+"."+e.Table+"."+e.Column)
			}
		}
		r.findings = append(r.findings, report.Finding{
			Code: "rotated", Severity: report.Info, Subject: r.target.Name(), Count: int64(len(columns)),
			Message: fmt.Sprintf("every domain has another key than in run %s (%s): all stand-ins are others. %s", before.ID, before.Key.ID, unjoined),
		})
		return nil
	}
	for _, x := range rotated {
		moved, err := r.plan.Rotation(r.catalog, []string{x.Domain})
		if err != nil {
			return err
		}
		f := report.Finding{
			Code: "rotated", Severity: report.Info, Subject: x.Domain, Count: int64(len(moved)),
			Message: fmt.Sprintf("its key is %s, and was %s in run %s: the stand-ins of %s are others. %s", x.After, x.Before, before.ID, someOf(x.Columns), unjoined),
			Hint:    "`understudy plan --rotate " + x.Domain + "` lists the columns",
		}
		if keys := keysOf(moved); len(keys) > 0 {
			f.Message += ". Rows have other keys: " + someOf(keys)
		}
		r.findings = append(r.findings, f)
	}
	return nil
}

const unjoined = "Within staging all still joins; what is outside, earlier generations, other stagings, exports and bookmarks, joins no more"

// published is the newest record in the report folder of a run that became the same staging.
func (r *refresh) published() *report.Run {
	if r.ReportDir == "" {
		return nil
	}
	folder := os.DirFS(r.ReportDir)
	for before := report.Before(folder, r.run.ID); before != nil; before = report.Before(folder, before.ID) {
		if before.Outcome == report.Published && before.Target.Address == r.run.Target.Address {
			return before
		}
	}
	return nil
}

func keysOf(moved []plan.Rotated) (keys []string) {
	for _, m := range moved {
		if m.Key == "primary" || m.Key == "foreign" {
			keys = append(keys, m.Schema+"."+m.Table+"."+m.Column)
		}
	}
	return keys
}

// someOf names a few columns and counts the others.
func someOf(columns []string) string {
	const few = 5
	if len(columns) <= few {
		return strings.Join(columns, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(columns[:few], ", "), len(columns)-few)
}
