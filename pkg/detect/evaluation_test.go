package detect

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The floors under which TestEvaluation fails. They are what a scan promises, not what
// it reaches today: recall where a format, a checksum, a word or a column speaks, and
// false alarms where nothing personal is.
const (
	recallFloor     = 0.97
	falseAlarmLimit = 0.005
)

type tally struct{ wanted, found, wrong int }

// TestEvaluation scans testdata/eval and prints precision and recall by kind, and recall
// by class, with -v.
func TestEvaluation(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/eval/*.tsv")
	if err != nil || len(files) == 0 {
		t.Fatalf("no evaluation set: %v", err)
	}
	kinds, class := map[string]*tally{}, map[string]*tally{}
	of := func(m map[string]*tally, key string) *tally {
		if m[key] == nil {
			m[key] = &tally{}
		}
		return m[key]
	}
	s := NewScanner(Options{})
	var negatives, alarms int
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(f)
		for n := 1; lines.Scan(); n++ {
			if strings.HasPrefix(lines.Text(), "#") {
				continue
			}
			part := strings.SplitN(lines.Text(), "\t", 5)
			if len(part) != 5 {
				t.Fatalf("%s:%d: want five fields", file, n)
			}
			want, text := part[0], part[4]
			hits := s.Scan(nil, []byte(text), &Context{Column: part[2], Locale: part[3]})
			hit := slices.ContainsFunc(hits, func(h Hit) bool { return h.Kind == want })
			for _, h := range hits {
				if h.Kind != want {
					of(kinds, h.Kind).wrong++
				}
			}
			if want == "-" {
				negatives++
				if len(hits) > 0 {
					alarms++
					if testing.Verbose() {
						t.Logf("false alarm %s:%d %s", filepath.Base(file), n, hits[0].Kind)
					}
				}
				continue
			}
			of(class, part[1]).wanted++
			if part[1] != "bare" {
				of(kinds, want).wanted++
			}
			if hit {
				of(class, part[1]).found++
				of(kinds, want).found++
			} else if part[1] != "bare" && testing.Verbose() {
				t.Logf("missed %s:%d %s (%s)", filepath.Base(file), n, want, part[1])
			}
		}
		if err := lines.Err(); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%-20s %7s %7s %9s", "kind", "wanted", "recall", "precision")
	for _, k := range sortedKeys(kinds) {
		c := kinds[k]
		recall, precision := ratio(c.found, c.wanted), ratio(c.found, c.found+c.wrong)
		t.Logf("%-20s %7d %7s %9s", k, c.wanted, percentOf(recall, c.wanted), percentOf(precision, c.found+c.wrong))
		if c.wanted >= 10 && recall < recallFloor {
			t.Errorf("%s: recall %.3f is below %.2f", k, recall, recallFloor)
		}
	}
	for _, k := range sortedKeys(class) {
		t.Logf("class %-14s %7d %7s", k, class[k].wanted, percentOf(ratio(class[k].found, class[k].wanted), class[k].wanted))
	}
	t.Logf("false alarms %d of %d", alarms, negatives)
	if ratio(alarms, negatives) > falseAlarmLimit {
		t.Errorf("%d false alarms on %d texts without personal data", alarms, negatives)
	}
}

func sortedKeys(m map[string]*tally) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

func percentOf(r float64, of int) string {
	if of == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f %%", 100*r)
}
