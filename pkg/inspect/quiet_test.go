package inspect

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/mask"
)

// once has a chance in every number, and finds the original that it knows.
type once struct{}

func (once) Look(value []byte, found func([]byte, bool)) (float64, error) {
	switch string(value) {
	case "4711":
		return 0.5, nil
	case "an original":
		found(value, true)
	}
	return 0, nil
}

func TestValuesThatRepeatAreCountedAsOften(t *testing.T) {
	t.Parallel()
	rows := []byte("PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	const n = 300
	for i := range n {
		rows = binary.BigEndian.AppendUint16(rows, 2)
		for _, v := range []string{aPlace, []string{"shipped", "ann.baker@northgate-mail.com", "4711", "an original", ""}[i%5]} {
			rows = binary.BigEndian.AppendUint32(rows, uint32(len(v))) //nolint:gosec // short
			rows = append(rows, v...)
		}
	}
	rows = binary.BigEndian.AppendUint16(rows, 0xFFFF)
	at := place{catalog.Name{Schema: "public", Name: "t"}, "c"}
	empties := int64(0)
	found, _, err := Run(t.Context(), Options{
		Jobs: 1, Tables: []Table{{Name: at.table, Columns: []Column{{Name: at.column, Class: mask.ClassText}}}},
		Open:     func(context.Context) (Reader, func(), error) { return replay(rows), func() {}, nil },
		Evidence: func() Evidence { return once{} },
		Blanks:   func(_ catalog.Name, _ string, _, n int64) { empties += n },
	})
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int64{}
	for _, f := range found {
		counts[f.Code] += f.Count
	}
	if counts["unmasked-email"] != n/5 || counts["survived"] != n/5 || empties != n/5 || len(found) != 2 {
		t.Errorf("%v, %d empty", counts, empties)
	}
}

func TestLookingAtAValueThatRepeatsAllocatesNothing(t *testing.T) {
	q := &quiet{}
	value := []byte("shipped")
	if n := testing.AllocsPerRun(100, func() {
		if known, slot, hash := q.known(value); !known {
			*slot = hash
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if known, _, _ := q.known(value); !known {
		t.Error("it is not remembered")
	}
	if known, slot, _ := q.known(make([]byte, quietBytes+1)); known || slot != nil {
		t.Error("a long value is remembered")
	}
}

// Values that repeat late are remembered once there is room, keys that never do are not
// asked of, and those that begin to repeat are found out again.
func TestRoomIsMadeForWhatRepeats(t *testing.T) {
	t.Parallel()
	const different = 8 * quietSlots
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // no secret
	ask := func(q *quiet, name string, n, of int) (known int) {
		for range n {
			yes, slot, hash := q.known(fmt.Appendf(nil, "%s %d", name, random.IntN(of)))
			if yes {
				known++
			} else if slot != nil {
				*slot = hash
			}
		}
		return known
	}
	q := &quiet{}
	ask(q, "repeats", 20*different, different)
	if len(q.slots) <= quietSlots || len(q.slots) > mostSlots {
		t.Errorf("%d slots for %d values that repeat", len(q.slots), different)
	}
	if known := ask(q, "repeats", different, different); known < different/2 {
		t.Errorf("%d of %d are known", known, different)
	}
	q = &quiet{}
	for i := range 4 * different {
		ask(q, fmt.Sprint("key ", i), 1, 1)
	}
	if q.idle == 0 || len(q.slots) != quietSlots {
		t.Errorf("keys are asked of, in %d slots", len(q.slots))
	}
	ask(q, "the same", 40*different, 1)
	if ask(q, "the same", 1, 1) != 1 {
		t.Error("what repeats after keys is not known")
	}
}
