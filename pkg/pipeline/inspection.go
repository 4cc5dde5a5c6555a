package pipeline

import (
	"fmt"

	"github.com/understudy-db/understudy/pkg/report"
)

// Inspection is how much of what was written is looked at. What is left out is a finding
// of the run, so that one that did not look is never taken for one that found nothing.
type Inspection int

// The kinds of inspection. The zero value is the whole.
const (
	InspectFull   Inspection = iota // staging is read back, and compared with the originals
	InspectStream                   // what the counters of the rows on their way tell
	InspectNone                     // rows are counted, and nothing else
)

// ParseInspection reads what a flag says.
func ParseInspection(s string) (Inspection, error) {
	for i, name := range []string{"full", "stream", "none"} {
		if s == name {
			return Inspection(i), nil
		}
	}
	return InspectFull, fmt.Errorf("%q is none of full, stream and none", s)
}

// notInspected is the finding of a run that was told to look at less than everything.
func (r *refresh) notInspected() {
	f := report.Finding{
		Code: "not-inspected", Severity: report.Medium, Subject: r.target.Name(), Count: 1,
		Message: "what was written was not read back", Hint: "run with --inspect full",
	}
	if r.Inspect == InspectNone {
		f.Message = "nothing was inspected: neither the stand-ins on their way nor what was written"
	}
	r.findings = append(r.findings, f)
}
