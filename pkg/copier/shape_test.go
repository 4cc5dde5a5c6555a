package copier

import (
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestAShapeTellsHowAValueIsWritten(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"Ann Lee":                "Aa Aa",
		"O'Brien-Smith":          "A'Aa-Aa",
		"+44 20 7946 0123":       "+9 9 9 9",
		"ann.lee7@example.com":   "a.a9@a.a",
		"ÉMILE  Zola":            "A Aa",
		"山田 太郎":                  "x x",
		"e\u0301a":               "a",
		"a\x00b\xffc":            "a?a?a",
		"":                       "",
		strings.Repeat("1-", 40): strings.Repeat("9-", 10) + "9" + "…",
	} {
		var name [shapeBytes]byte
		if got := string(name[:shapeOf(&name, []byte(value))]); got != want {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
	}
}

func TestShapesAreCountedAndMerged(t *testing.T) {
	t.Parallel()
	var a, b, all shapes
	for range 3 {
		a.add([]byte("Ann Lee"), 1)
	}
	b.add([]byte("Mia Berg"), 64)
	b.add([]byte("12"), 1)
	all.merge(&a)
	all.merge(&b)
	if d := cmp.Diff(map[string]int64{"Aa Aa": 67, "9": 1}, all.list()); d != "" {
		t.Error(d)
	}
}

func TestShapesSurviveTheJournal(t *testing.T) {
	t.Parallel()
	var s shapes
	for i := range shapeClasses + 5 {
		s.add([]byte(strings.Repeat("a-", i%6)+strings.Repeat("9.", i/6)+"!"), int64(1+i))
	}
	b := s.append(nil)
	for cut := range b {
		var back shapes
		if _, err := back.read(b[:cut]); err == nil {
			t.Errorf("%d of %d bytes were read", cut, len(b))
		}
	}
	var back shapes
	rest, err := back.read(append(b, 'x'))
	if err != nil || string(rest) != "x" {
		t.Fatalf("%v, %q is left", err, rest)
	}
	if d := cmp.Diff(s.list(), back.list()); d != "" {
		t.Error(d)
	}
}

func TestMoreShapesThanClassesAreOneRest(t *testing.T) {
	t.Parallel()
	var s shapes
	var total int64
	for i := range shapeClasses + 10 {
		s.add([]byte(strings.Repeat("a-", i%6)+strings.Repeat("9.", i/6)+"!"), 2)
	}
	for _, n := range s.list() {
		total += n
	}
	if want := int64(2 * (shapeClasses + 10)); total != want || s.list()[""] != 20 {
		t.Errorf("%d of %d counted, %d in the rest", total, want, s.list()[""])
	}
}

func TestTheSampleCountsForAllValues(t *testing.T) {
	t.Parallel()
	var sum int64
	const n = shapeWhole + 100*shapeStride
	for k := range int64(n) {
		sum += weight(k + 1)
	}
	if sum != n {
		t.Errorf("%d values count as %d", n, sum)
	}
}

func TestCountingShapesAllocatesNothing(t *testing.T) {
	var s shapes
	values := make([][]byte, 100)
	for i := range values {
		values[i] = []byte(strings.Repeat("Ab ", i%30) + strconv.Itoa(i))
		s.add(values[i], 1)
	}
	if n := testing.AllocsPerRun(10, func() {
		for _, v := range values {
			s.add(v, 1)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzShape(f *testing.F) {
	f.Add([]byte("Ann Lee"))
	f.Add([]byte("\xff\x00é1234567890-1-2-3-4-5-6-7-8-9-0-1-2"))
	f.Fuzz(func(t *testing.T, value []byte) {
		var name [shapeBytes]byte
		got := name[:shapeOf(&name, value)]
		if !utf8.Valid(got) {
			t.Fatalf("%q is no text", got)
		}
		for _, r := range string(got) {
			if r >= utf8.RuneSelf && r != '…' || r >= '0' && r < '9' || r >= 'B' && r <= 'Z' || r >= 'b' && r <= 'z' && r != 'x' {
				t.Fatalf("a shape holds %q", r)
			}
		}
	})
}
