package copier

import (
	"errors"
	"fmt"
	"testing"

	"github.com/understudy-db/understudy/pkg/mask"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/rowcodec"
)

// halves gives every second value back: a masker that should be seen.
type halves struct{ n int }

func (h *halves) Mask(dst []byte, in mask.Input) ([]byte, error) {
	if h.n++; h.n%2 == 0 {
		return append(dst, in.Value...), nil
	}
	return append(dst, "stand-in"...), nil
}

// notes is a Recorder that counts.
type notes struct {
	recorded, flushed, committed, dropped int
	full                                  bool
}

func (n *notes) Chunk(*plan.Table) Recorder { return n }
func (n *notes) Wants(column int) bool      { return column == 0 }
func (n *notes) Record(int, []byte)         { n.recorded++ }
func (n *notes) Commit()                    { n.committed = n.recorded }
func (n *notes) Drop()                      { n.dropped++ }
func (n *notes) Export(put func([]byte) error) error {
	return put([]byte("originals"))
}

func (n *notes) Flush() error {
	n.flushed++
	if n.full {
		return errors.New("no room for the evidence")
	}
	return nil
}

func textTable() *plan.Table {
	text := &rowcodec.Type{Name: "text", OID: 25, Kind: rowcodec.Base}
	masked := plan.Decision{Kind: plan.Mask, Spec: &mask.Spec{Name: "email"}, Subject: -1}
	return &plan.Table{Format: "text", Columns: []plan.Column{{Name: "a", Type: text, Decision: masked}, {Name: "b", Type: text, Decision: masked}}}
}

func testBind(e Evidence) Bind {
	return Bind{Masker: func(mask.Spec) (mask.Masker, error) { return &halves{}, nil }, Evidence: e}
}

// decoded writes rows of two equal columns through a decoder.
func decoded(t *testing.T, bind Bind, values []string) *stream {
	t.Helper()
	s, err := decode(textTable(), bind, &collector{}, &TableMeter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range values {
		if _, err := fmt.Fprintf(s.w, "%s\t%s\n", v, v); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.close(); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestOriginalsOfWantedColumnsAreRecorded(t *testing.T) {
	t.Parallel()
	n := &notes{}
	decoded(t, testBind(n), []string{"one", "", `\N`, "two"})
	if n.recorded != 2 {
		t.Errorf("%d originals are recorded, want those two that are neither NULL nor empty", n.recorded)
	}
}

var testSeed = NewSeed([32]byte{1, 2, 3, 31: 9})

func TestSpreadCountsDifferentValues(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 10, 300, 2_000, 50_000} {
		var s spread
		for range 3 {
			for i := range n {
				s.add(testSeed.sum(fmt.Appendf(nil, "value %d", i*7)))
			}
		}
		if d := s.distinct(); d < 0.85*float64(n) || d > 1.15*float64(n) {
			t.Errorf("%d different values are estimated as %.0f", n, d)
		}
	}
}

func TestSpreadSeesWhatIsCommonAndWhatCoincides(t *testing.T) {
	t.Parallel()
	var originals, one, same, other spread
	for i := range 10_000 {
		originals.add(testSeed.sum(fmt.Appendf(nil, "o%d", i)))
		one.add(testSeed.sum([]byte("always this")))
		same.add(testSeed.sum([]byte{'m' + byte(i%2)}))
		other.add(testSeed.sum(fmt.Appendf(nil, "s%d", i)))
	}
	if s := measure(&originals, &one); s.StandInTopShare < 0.99 || s.StandIns > 1.5 || s.OriginalTopShare > 0.01 {
		t.Errorf("a constant is measured as %+v", s)
	}
	if s := measure(&same, &same); s.Coincidence < 0.49 || s.Coincidence > 0.6 {
		t.Errorf("two values coincide with %.2f, want a half", s.Coincidence)
	}
	if s := measure(&originals, &other); s.Coincidence > 1e-3 {
		t.Errorf("values that never meet coincide with %g", s.Coincidence)
	}
}

func TestPackedSpreadsAddUpAndAreSmall(t *testing.T) {
	t.Parallel()
	var all spread
	var p packed
	for _, n := range []int{0, 1, 50, 200, 5_000} {
		var s spread
		for i := range n {
			h := testSeed.sum(fmt.Appendf(nil, "value %d of %d", i, n))
			s.add(h)
			all.add(h)
		}
		p.merge(&s)
		if n == 200 && len(p) > 251 {
			t.Errorf("251 values take %d counters", len(p))
		}
	}
	if back := p.spread(); *back.b != *all.b {
		t.Error("what was added up in pieces is not the whole")
	}
}

func TestAWrittenSpreadIsReadWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	var s, back spread
	for i := range 300 {
		s.add(testSeed.sum(fmt.Appendf(nil, "value %d", i)))
	}
	written := s.append(nil)
	if rest, err := back.read(written); err != nil || len(rest) > 0 || *back.b != *s.b {
		t.Errorf("%d bytes are left of it: %v", len(rest), err)
	}
	for cut := range written {
		if _, err := new(spread).read(written[:cut]); err == nil {
			t.Errorf("%d of %d bytes are read", cut, len(written))
		}
	}
	if _, err := s.read([]byte{1, 0, 0}); err == nil {
		t.Error("no counter at all follows, and is read")
	}
	if _, err := s.read([]byte{1, 0, 0x81, 0x08}); err == nil {
		t.Error("more counters than there are are read")
	}
}

func TestRewriteAllocatesNothing(t *testing.T) {
	s, err := decode(textTable(), testBind(&notes{}), &collector{}, &TableMeter{})
	if err != nil {
		t.Fatal(err)
	}
	c := s.columns[0]
	dst, value := make([]byte, 0, 64), []byte("ann.whitcombe@brambleposte.co.uk")
	var row rowcodec.Row
	rewrite := func() {
		if _, _, err := c.Rewrite(dst, value, &row); err != nil {
			t.Fatal(err)
		}
	}
	rewrite() // makes the counters
	if n := testing.AllocsPerRun(200, rewrite); n != 0 {
		t.Errorf("%.1f allocations a value", n)
	}
}
