package subset

import (
	"errors"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/understudy-db/understudy/pkg/session"
)

func all(t *testing.T, r *Rows) []session.TID {
	t.Helper()
	var out []session.TID
	if err := r.Read(0, r.Len(), 100, func(b []session.TID) error { out = append(out, b...); return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestASetHoldsWhatWasAddedWithAndWithoutMemory(t *testing.T) {
	t.Parallel()
	for _, budget := range []int64{1, 4 << 10, 64 << 20} {
		dir := t.TempDir()
		s := newStore(dir, budget)
		sets := []*Rows{s.rows(), s.rows()}
		known := []map[session.TID]bool{{}, {}}
		random := rand.New(rand.NewPCG(1, uint64(budget)))
		for range 300 {
			k := random.IntN(2)
			batch := make([]session.TID, random.IntN(200))
			for i := range batch {
				batch[i] = session.TID{Block: random.Uint32N(40_000), Offset: uint16(1 + random.IntN(290))}
			}
			want := map[session.TID]bool{}
			for _, x := range batch {
				if !known[k][x] {
					want[x] = true
				}
			}
			err := sets[k].Add(batch, func(fresh []session.TID) error {
				if len(fresh) != len(want) || !slices.IsSortedFunc(fresh, compareTIDs) {
					t.Fatalf("budget %d: %d rows are new, want %d, in order", budget, len(fresh), len(want))
				}
				for _, x := range fresh {
					if !want[x] {
						t.Fatalf("budget %d: %v was there before", budget, x)
					}
					known[k][x] = true
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		for k, r := range sets {
			got := all(t, r)
			if len(got) != len(known[k]) || !slices.IsSortedFunc(got, compareTIDs) {
				t.Errorf("budget %d: %d rows, want %d, in order", budget, len(got), len(known[k]))
			}
			for _, x := range got {
				if !known[k][x] {
					t.Errorf("budget %d: %v was never added", budget, x)
				}
			}
			var part []session.TID
			if err := r.Read(1000, 500, 7, func(b []session.TID) error { part = append(part, b...); return nil }); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(part, got[1000:1500]) {
				t.Errorf("budget %d: a part from the middle is another", budget)
			}
		}
		if spilled := s.file != nil; spilled != (budget < 64<<20) {
			t.Errorf("budget %d: spilled %t", budget, spilled)
		}
		if budget == 4<<10 && s.used > budget+pieceBlocks*300*idBytes {
			t.Errorf("%d bytes are used of %d", s.used, budget)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("the file has a name: %v, %v", left, err)
		}
		before := s.end
		sets[0].drop()
		if sets[0].Len() != 0 || len(all(t, sets[0])) != 0 {
			t.Error("a dropped set is not empty")
		}
		if err := sets[0].Add([]session.TID{{Block: 1, Offset: 1}}, nil); err != nil || s.end > before+64 {
			t.Errorf("what was dropped is not used again: %v", err)
		}
		if err := s.close(); err != nil {
			t.Error(err)
		}
	}
}

func TestReadingStopsWithItsCaller(t *testing.T) {
	t.Parallel()
	r := newStore(t.TempDir(), 0).rows()
	if err := r.Add([]session.TID{{Block: 1, Offset: 1}, {Block: 5000, Offset: 2}, {Block: 1 << 31, Offset: 1164}}, nil); err != nil {
		t.Fatal(err)
	}
	enough, calls := errors.New("enough"), 0
	if err := r.Read(0, 3, 1, func([]session.TID) error { calls++; return enough }); !errors.Is(err, enough) || calls != 1 {
		t.Errorf("%d calls, %v", calls, err)
	}
	if got := all(t, r); got[2] != (session.TID{Block: 1 << 31, Offset: 1164}) {
		t.Errorf("a far row comes back as %v", got[2])
	}
}
