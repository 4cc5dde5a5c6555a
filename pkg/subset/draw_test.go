package subset

import (
	"fmt"
	"math"
	"testing"

	"github.com/understudy-db/understudy/pkg/mask/prf"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/session"
)

// drawAll draws from n rows, which lie elsewhere each night, and returns who is taken.
func drawAll(key prf.Key, s plan.Start, factor float64, n, night int) map[int]bool {
	d := newDraw(key, "public.t", &s, factor)
	taken := map[int]bool{}
	for i := range n {
		tid := session.TID{Block: uint32(i), Offset: uint16(1 + night)}
		if d.row(1, tid, [][]byte{fmt.Append(nil, i)}) {
			taken[i] = true
		}
	}
	for _, x := range d.rest() {
		taken[int(x.tid.Block)] = true
	}
	return taken
}

func within(a, b map[int]bool) bool {
	for i := range a {
		if !b[i] {
			return false
		}
	}
	return true
}

func TestTheSameRowsAreDrawnEveryNight(t *testing.T) {
	t.Parallel()
	const n = 20_000
	other, err := prf.NewKey(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []plan.Start{{Percent: 1}, {Rows: 200}} {
		one, two := drawAll(prf.TestKey(), s, 1, n, 0), drawAll(prf.TestKey(), s, 1, n, 1)
		if !within(one, two) || !within(two, one) {
			t.Errorf("%+v: another night draws others", s)
		}
		if more := drawAll(prf.TestKey(), s, 3, n, 0); !within(one, more) || len(more) < 2*len(one) {
			t.Errorf("%+v: three times as much is %d after %d, and does not hold it", s, len(more), len(one))
		}
		if within(one, drawAll(other, s, 1, n, 0)) {
			t.Errorf("%+v: the key does not matter", s)
		}
		if sd := math.Sqrt(200); math.Abs(float64(len(one))-200) > 5*sd {
			t.Errorf("%+v draws %d of %d", s, len(one), n)
		}
		// who came in the meantime sends nobody away, but where a number of rows is asked for
		if grown := drawAll(prf.TestKey(), s, 1, n+2000, 0); s.Percent > 0 && !within(one, grown) {
			t.Errorf("%+v: a larger table has lost rows", s)
		}
	}
}

func TestAShareOfFewRowsIsNeverNothing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		start   plan.Start
		n, want int
	}{
		{plan.Start{Percent: 0.001}, 5, 1},
		{plan.Start{Percent: 100}, 5, 5},
		{plan.Start{Rows: 9}, 5, 5},
		{plan.Start{Rows: 2}, 5, 2},
		{plan.Start{Where: "x"}, 5, 5},
		{plan.Start{Percent: 1}, 0, 0},
	} {
		if got := drawAll(prf.TestKey(), c.start, 1, c.n, 0); len(got) != c.want {
			t.Errorf("%+v of %d rows are %d", c.start, c.n, len(got))
		}
	}
}

func TestKeysOfSeveralColumnsAreNotRunTogether(t *testing.T) {
	t.Parallel()
	d := newDraw(prf.TestKey(), "public.t", &plan.Start{Rows: 2}, 1)
	d.row(1, session.TID{Offset: 1}, [][]byte{[]byte("ab"), []byte("c")})
	d.row(1, session.TID{Offset: 2}, [][]byte{[]byte("a"), []byte("bc")})
	if r := d.rest(); r[0].lot == r[1].lot {
		t.Error("two keys have one lot")
	}
}
