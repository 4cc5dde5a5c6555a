package mask

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/pkg/mask/prf"
)

var update = flag.Bool("update", false, "rewrite the golden vectors under testdata/golden")

// A stand-in never changes within version 1. `go test ./pkg/mask -run Golden -update`
// writes the vectors of what is new; a changed line is a broken promise.
func TestSuiteGoldenVectors(t *testing.T) {
	t.Parallel()
	groups := suiteGroups()
	for _, group := range sortedKeys(groups) {
		if len(groups[group]) == 0 {
			continue
		}
		t.Run(group, func(t *testing.T) {
			t.Parallel()
			var b strings.Builder
			for _, row := range groups[group] {
				for _, r := range row.variants() {
					s := r.bind(t, prf.TestKey())
					fmt.Fprintf(&b, "%s\n", r.name())
					for i, v := range r.in[:min(len(r.in), 6)] {
						fmt.Fprintf(&b, "\t%.300q\t%.300q\n", v, s.must(t, v, i))
					}
				}
			}
			file := filepath.Join("testdata", "golden", group+".txt")
			if *update {
				if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatalf("%v (write it with -update)", err)
			}
			got := strings.Split(b.String(), "\n")
			for i, line := range strings.Split(string(want), "\n") {
				if i >= len(got) || got[i] != line {
					t.Fatalf("line %d: want %s, got %s", i+1, line, at(got, i))
				}
			}
		})
	}
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "nothing"
}

func FuzzMaskers(f *testing.F) {
	rows := suiteRows()
	for i := range rows {
		for _, v := range rows[i].in[:min(2, len(rows[i].in))] {
			f.Add(uint16(i), []byte(v))
		}
	}
	for i, v := range strange() {
		f.Add(uint16(i), []byte(v))
	}
	f.Fuzz(func(t *testing.T, n uint16, value []byte) {
		if len(value) == 0 || len(rows) == 0 {
			return
		}
		row := rows[int(n)%len(rows)]
		for _, r := range row.variants() {
			s := r.bind(t, prf.TestKey())
			out, err := s.mask(string(value), int(n))
			again, err2 := s.mask(string(value), int(n))
			if (err == nil) != (err2 == nil) || out != again {
				t.Fatalf("%s: two runs differ", r.name())
			}
			if err != nil {
				if !r.refuses && r.spec.Column.Class == ClassText {
					t.Fatalf("%s: %v", r.name(), err)
				}
				continue
			}
			r.checkStrange(t, string(value), out)
		}
	})
}

func BenchmarkMaskers(b *testing.B) {
	for _, row := range suiteRows() {
		for _, r := range row.variants() {
			b.Run(strings.ReplaceAll(r.name(), " ", ","), func(b *testing.B) {
				s := r.bind(b, prf.TestKey())
				dst := make([]byte, 0, 4096)
				in := Input{Value: []byte(r.in[0]), Args: s.args}
				if s.subject {
					in.Subject = []byte("42")
				}
				b.ReportAllocs()
				for b.Loop() {
					if _, err := s.m.Mask(dst, in); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
