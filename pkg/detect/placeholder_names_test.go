package detect

import (
	"strings"
	"testing"

	"github.com/understudy-db/understudy/pkg/report"
)

// TestRealNamesAreNoPlaceholders asks of every first and last name of the lists, alone and
// in pairs, and of every name and street of the evaluation set's locales. People are called
// Null, Test and Duck, so a few hits of low severity are right.
func TestRealNamesAreNoPlaceholders(t *testing.T) {
	t.Parallel()
	s := NewScanner(Options{})
	asked, wrong := 0, 0
	ask := func(value, column string) {
		asked++
		if p, ok := s.Placeholder([]byte(value), &Context{Column: column, Class: "text"}); ok && p.Severity > report.Low {
			wrong++
			if wrong <= 20 {
				t.Logf("%q in %s: %s", value, column, p.Kind)
			}
		}
	}
	first, last := strings.Fields(firstList), strings.Fields(lastList)
	for i, f := range first {
		ask(f, "first_name")
		ask(f+" "+last[i*7%len(last)], "full_name")
	}
	for _, l := range last {
		ask(l, "last_name")
	}
	for _, x := range readSamples(t) {
		if x.file == "locales.tsv" && x.class == "column" {
			ask(x.text, x.column)
		}
		if x.want == "-" && strings.Count(x.text, " ") > 0 {
			ask(x.text, "product_name")
		}
	}
	t.Logf("%d of %d", wrong, asked)
	if asked < 10_000 || ratio(wrong, asked) > falseAlarmLimit {
		t.Errorf("%d of %d real names are called placeholders", wrong, asked)
	}
}
