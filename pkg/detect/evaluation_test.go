package detect

import (
	"bufio"
	"fmt"
	"hash/fnv"
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

// sample is one line of the evaluation set.
type sample struct {
	file                        string
	line                        int
	want, class, column, locale string
	text                        string
}

func readSamples(t *testing.T) (all []sample) {
	t.Helper()
	files, err := filepath.Glob("testdata/eval/*.tsv")
	if err != nil || len(files) == 0 {
		t.Fatalf("no evaluation set: %v", err)
	}
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(f)
		for n := 1; lines.Scan(); n++ {
			if strings.HasPrefix(lines.Text(), "# ") {
				continue
			}
			p := strings.SplitN(lines.Text(), "\t", 5)
			if len(p) != 5 {
				t.Fatalf("%s:%d: want five fields", file, n)
			}
			all = append(all, sample{filepath.Base(file), n, p[0], p[1], p[2], p[3], strings.ReplaceAll(p[4], `\n`, "\n")})
		}
		if err := lines.Err(); err != nil {
			t.Fatal(err)
		}
		_ = f.Close()
	}
	return all
}

// heldOut is half of the set: its misses are counted and never shown, so that nobody
// mends a detector for them.
func (s *sample) heldOut() bool {
	h := fnv.New32a()
	_, _ = h.Write([]byte(s.want + s.text))
	return h.Sum32()&4 != 0
}

// TestEvaluation scans testdata/eval. With -v it prints precision and recall by kind,
// recall by class, and where the open half was missed or wrong; `make eval` does.
func TestEvaluation(t *testing.T) {
	t.Parallel()
	kinds, class, half := map[string]*tally{}, map[string]*tally{}, map[string]*tally{}
	of := func(m map[string]*tally, key string) *tally {
		if m[key] == nil {
			m[key] = &tally{}
		}
		return m[key]
	}
	s := NewScanner(Options{})
	var negatives, alarms int
	for _, x := range readSamples(t) {
		hits := s.Scan(nil, []byte(x.text), &Context{Column: x.column, Locale: x.locale})
		hit := slices.ContainsFunc(hits, func(h Hit) bool { return h.Kind == x.want })
		for _, h := range hits {
			if h.Kind != x.want {
				of(kinds, h.Kind).wrong++
			}
		}
		show := testing.Verbose() && !x.heldOut()
		if x.want == "-" {
			negatives++
			if len(hits) > 0 {
				alarms++
				if show {
					t.Logf("false alarm %s:%d %s", x.file, x.line, hits[0].Kind)
				}
			}
			continue
		}
		counted := []*tally{of(class, x.class)}
		if x.class != "bare" {
			name := "open half"
			if x.heldOut() {
				name = "held-out half"
			}
			counted = append(counted, of(kinds, x.want), of(half, name))
		}
		for _, c := range counted {
			c.wanted++
			if hit {
				c.found++
			}
		}
		if !hit && show && x.class != "bare" {
			t.Logf("missed %s:%d %s (%s)", x.file, x.line, x.want, x.class)
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
	for _, m := range []map[string]*tally{class, half} {
		for _, k := range sortedKeys(m) {
			t.Logf("class %-14s %7d %7s", k, m[k].wanted, percentOf(ratio(m[k].found, m[k].wanted), m[k].wanted))
		}
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
