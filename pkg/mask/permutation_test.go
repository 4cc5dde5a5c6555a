package mask

import (
	"math"
	"testing"

	"github.com/understudy-db/understudy/pkg/mask/prf"
)

func TestPermutationIsOneCycle(t *testing.T) {
	t.Parallel()
	p := prf.TestKey().PRF(prf.Permutation, "test")
	for _, n := range []uint64{2, 3, 10, 1000, 65536, tableSize - 1, tableSize, tableSize + 7} {
		if testing.Short() && n > 100_000 {
			continue
		}
		m := newPermutation(p, "cycle", n)
		x, steps := uint64(0), uint64(0)
		for {
			y := m.next(x)
			if y >= n || y == x {
				t.Fatalf("size %d: a number left the range or stayed", n)
			}
			steps++
			if x = y; x == 0 || steps > n {
				break
			}
		}
		// A cycle through all of them: every number has one image, and is one.
		if steps != n {
			t.Errorf("size %d: a cycle of %d", n, steps)
		}
	}
}

func TestPermutationOfWideRangesLeadsBack(t *testing.T) {
	t.Parallel()
	p := prf.TestKey().PRF(prf.Permutation, "test")
	for _, n := range []uint64{1 << 24, 1 << 31, 1<<53 - 1, 1 << 62, 1<<63 + 12345, 0} {
		m := newPermutation(p, "wide", n)
		for i := range uint64(2000) {
			x := i * 0x9E3779B97F4A7C15
			if n > 0 {
				x %= n
			}
			if m.decrypt(m.encrypt(x)) != x {
				t.Fatalf("size %d: decrypt does not lead back", n)
			}
			if y := m.next(x); y == x || n > 0 && y >= n {
				t.Fatalf("size %d: a number left the range or stayed", n)
			}
		}
	}
}

// Small keys must not stay neighbours: the mean distance of a random pair is a third of the range.
func TestPermutationSpreadsNeighbours(t *testing.T) {
	t.Parallel()
	m := newPermutation(prf.TestKey().PRF(prf.Permutation, "test"), "spread", 1<<31)
	sum, last := 0.0, float64(m.next(0))
	const n = 20000
	for i := range uint64(n) {
		next := float64(m.next(i + 1))
		sum += math.Abs(next - last)
		last = next
	}
	if mean := sum / n / (1 << 31); mean < 0.32 || mean > 0.347 {
		t.Errorf("mean distance %.3f of the range", mean)
	}
}

func TestRoundFunctionsOfTwoTagsDiffer(t *testing.T) {
	t.Parallel()
	p := prf.TestKey().PRF(prf.Permutation, "test")
	a, b := newPermutation(p, "a", 1<<40), newPermutation(p, "b", 1<<40)
	same := 0
	for i := range uint64(1000) {
		if a.next(i) == b.next(i) {
			same++
		}
	}
	if same > 0 {
		t.Errorf("%d of 1000 images are the same", same)
	}
}
