package evidence

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// rowsWith shows n rows to a check: the name is in the text of every leak-th row, and a
// colleague's name is in every text.
func rowsWith(n, leak int, text func(own, other string) string) RowCounts {
	r := NewRowCheck(7, 1, 1)
	random := rand.New(rand.NewPCG(1, 2))
	name := func() string {
		return fmt.Sprintf("%s%d %s%d", "Anna", random.IntN(300), "Berg", random.IntN(300))
	}
	for i := range n {
		r.Begin()
		own, other := name(), name()
		r.Own(0, []byte(own))
		if leak > 0 && i%leak == 0 {
			r.Place(0, []byte(text(own, other)))
		} else {
			r.Place(0, []byte(text("nobody", other)))
		}
	}
	return r.Counts(0)
}

func note(own, other string) string {
	return "The parcel of " + own + " came back, " + other + " wrote; we call again on 3 May."
}

func TestANameInItsOwnRowExceedsChance(t *testing.T) {
	t.Parallel()
	const p = 1e-9
	for _, c := range []struct {
		rows, leak int
		want       bool
	}{{300, 0, false}, {20000, 0, false}, {300, 30, true}, {3000, 300, true}, {20000, 500, true}} {
		counts := rowsWith(c.rows, c.leak, note)
		n, different := counts.Of(0)
		if got := n.Exceeds(different, 4, p); got != c.want {
			t.Errorf("%d rows, a leak in each %d-th: %+v, %.0f different: %v", c.rows, c.leak, n, different, got)
		}
	}
}

func TestAWordOfTheLanguageIsChance(t *testing.T) {
	t.Parallel()
	r := NewRowCheck(7, 1, 1)
	names := []string{"Rose", "Mark", "Grace", "Will", "Heinrich", "Zbigniew"}
	random := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		r.Begin()
		r.Own(0, []byte(names[random.IntN(len(names))]))
		r.Place(0, []byte("sales rose and we will mark this with grace"))
	}
	counts := r.Counts(0)
	n, different := counts.Of(0)
	if n.Met < 1000 || n.Exceeds(different, 1, 1e-6) {
		t.Errorf("%+v, %.0f different", n, different)
	}
}

func TestOneValueThatRepeatsIsOneSight(t *testing.T) {
	t.Parallel()
	n := RowCount{Rows: 1000, Met: 200, Long: 200, Compared: 500_000, Beside: 5}
	if n.Exceeds(1, 4, 1e-6) {
		t.Error("a name that comes in two hundred rows of one person counts two hundred times")
	}
	if !n.Exceeds(150, 4, 1e-6) {
		t.Error("a hundred and fifty people are no accident")
	}
}

func TestOriginalsAreFoundHoweverARowWritesThem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		own, text string
		met       bool
	}{
		{"Søren Kjær", "ring SØREN KJÆR again", true},
		{"Søren Kjær", `{"who": "S\u00f8ren Kj\u00e6r"}`, true},
		{"Søren Kjær", "<a who='S&#248;ren&nbsp;Kj&#xe6;r'/>", true},
		{"Søren Kjær", "https://x.example/?q=S%C3%B8ren%20Kj%C3%A6r", true},
		{"Søren Kjær", "Søren met Kjær", false},
		{"Heinrich", `{"note":"first line\nHeinrich came"}`, true},
		{"Heinrich", "{Heinrich,Ludwig}", true},
		{"Heinrich", "Heinrichs", false},
		{"王小明", "客户王小明来电", true},
		{"Li", "Li came", false},
		{"Acme Valves & Sons Ltd", `{"company": "Acme Valves & Sons Ltd."}`, true},
		{"1984-03-12", "born 1984-03-12 in Ulm", true},
		{"12", "12", false},
		{"", "", false},
		{"\xff\xfe", "\xff\xfe", false},
	} {
		r := NewRowCheck(7, 1, 1)
		r.Begin()
		r.Own(0, []byte(c.own))
		r.Place(0, []byte(c.text))
		counts := r.Counts(0)
		if n, _ := counts.Of(0); n.Met > 0 != c.met {
			t.Errorf("case %d of %d bytes: %+v", len(c.own), len(c.text), n)
		}
	}
}

func TestTwoColumnsAreOneName(t *testing.T) {
	t.Parallel()
	r := NewRowCheck(7, 1, 1)
	r.Begin()
	r.Own(0, []byte("Li"), []byte("Wei"))
	r.Own(0, []byte("Wei"), []byte("Li"))
	r.Place(0, []byte("Dear Wei Li,"))
	counts := r.Counts(0)
	if n, different := counts.Of(0); n.Met != 1 || n.Long != 1 || math.Round(different) != 1 {
		t.Errorf("%+v", n)
	}
}

func TestRowCountsAddUp(t *testing.T) {
	t.Parallel()
	a, b := rowsWith(200, 10, note), rowsWith(300, 10, note)
	var sum, read RowCounts
	sum.Merge(&a)
	sum.Merge(&b)
	rest, err := read.Read(append(sum.Append(nil), 9))
	if err != nil || len(rest) != 1 {
		t.Fatal(err)
	}
	n, different := read.Of(0)
	m, _ := a.Of(0)
	o, _ := b.Of(0)
	if n.Rows != 500 || n.Met != m.Met+o.Met || n.Compared != m.Compared+o.Compared || different < 30 {
		t.Errorf("%+v of %+v and %+v", n, m, o)
	}
	first, _ := a.Of(0)
	if m != first {
		t.Error("merging changes what is merged")
	}
}

func TestARowIsCheckedWithoutAllocating(t *testing.T) {
	r := NewRowCheck(7, 2, 1)
	own, text, escaped := []byte("Anna Berg"), []byte(note("Anna Berg", "Ole Dahl")), []byte(`{"a":"Anna\u0020Berg & co"}`)
	r.Begin()
	r.Own(0, own)
	r.Place(0, escaped)
	if n := testing.AllocsPerRun(200, func() {
		r.Begin()
		r.Own(0, own)
		r.Own(1, own, own)
		r.Place(0, text)
		r.Place(0, escaped)
	}); n != 0 {
		t.Errorf("%v allocations a row", n)
	}
}

// FuzzRowCounts: counts that were written read back as they are.
func FuzzRowCounts(f *testing.F) {
	full := rowsWith(50, 5, note)
	f.Add(full.Append(nil))
	f.Add([]byte{0})
	f.Fuzz(func(t *testing.T, b []byte) {
		var c, again RowCounts
		if _, err := c.Read(b); err != nil {
			return
		}
		if rest, err := again.Read(c.Append(nil)); err != nil || len(rest) > 0 || again.Len() != c.Len() {
			t.Fatal("counts change when they are written again")
		}
		for i := range c.Len() {
			x, _ := c.Of(i)
			if y, d := again.Of(i); x != y {
				t.Fatal("counts change when they are written again")
			} else {
				y.Exceeds(d, 4, 1e-6)
			}
		}
	})
}

// FuzzRowCheck: whatever is written, a row is looked through to its end.
func FuzzRowCheck(f *testing.F) {
	f.Add([]byte("Søren Kjær"), []byte(`{"who": "S\u00f8ren Kj\u00e6r"}`))
	f.Add([]byte("王小明"), []byte("客户王小明来电%E7%8E"))
	f.Fuzz(func(_ *testing.T, own, text []byte) {
		r := NewRowCheck(7, 1, 1)
		for range 3 {
			r.Begin()
			r.Own(0, own, text)
			r.Own(0, own)
			r.Place(0, text)
		}
	})
}

func BenchmarkRowCheck(b *testing.B) {
	r := NewRowCheck(7, 2, 1)
	text := []byte(note("Anna Berg", "Ole Dahl") + note("Anna", "Berg") + note("somebody", "else"))
	b.SetBytes(int64(len(text)))
	for i := 0; b.Loop(); i++ {
		r.Begin()
		r.Own(0, []byte("Anna Berg"))
		r.Own(1, []byte("Heinrich"))
		r.Place(0, text)
	}
}
