package subset

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"

	"github.com/understudy-db/understudy/pkg/mask/prf"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/session"
)

// drawn is a row with its lot.
type drawn struct {
	lot  uint64
	leaf uint32
	tid  session.TID
}

// draw decides which rows of a start are taken. A row's lot is a keyed function of what
// names it, so it is the same every night, and whoever does not have the key cannot tell
// who is in the subset.
type draw struct {
	prf     *prf.PRF
	message []byte
	below   uint64 // lots below it are taken; math.MaxUint64 takes all
	most    int64  // the lowest lots, so many; 0 is any number
	lowest  []drawn
	first   drawn // the lowest lot of all: of a percentage at least one row is taken
	seen    int64
	taken   int64
}

// newDraw draws percent or rows, each times factor. A start with neither takes all.
func newDraw(key prf.Key, table string, s *plan.Start, factor float64) *draw {
	d := &draw{prf: key.PRF(prf.Sampling, table), below: math.MaxUint64, first: drawn{lot: math.MaxUint64}}
	switch {
	case s.Rows > 0:
		d.most = max(1, int64(math.Round(float64(s.Rows)*factor)))
	case s.Percent > 0:
		if share := s.Percent * factor / 100; share < 1 {
			d.below = uint64(math.Ldexp(share, 64))
		}
	}
	return d
}

// row shows one row: whether it is taken at once. identity are the texts that name it;
// NULL is none of them.
func (d *draw) row(leaf uint32, tid session.TID, identity [][]byte) bool {
	d.seen++
	if d.below == math.MaxUint64 && d.most == 0 {
		d.taken++
		return true
	}
	d.message = d.message[:0]
	for _, part := range identity {
		d.message = binary.BigEndian.AppendUint32(d.message, uint32(len(part)))
		d.message = append(d.message, part...)
	}
	bits := d.prf.Bits(d.message)
	x := drawn{bits.Uint64(), leaf, tid}
	switch {
	case d.most > 0:
		if d.lowest = append(d.lowest, x); int64(len(d.lowest)) >= 2*d.most+1024 {
			d.cut()
		}
		return false
	case x.lot < d.below:
		d.taken++
		return true
	case x.lot < d.first.lot:
		d.first = x
	}
	return false
}

func (d *draw) cut() {
	slices.SortFunc(d.lowest, func(a, b drawn) int { return cmp.Compare(a.lot, b.lot) })
	d.lowest = d.lowest[:min(int64(len(d.lowest)), d.most)]
}

// rest returns the rows that are taken and were not taken at once.
func (d *draw) rest() []drawn {
	d.cut()
	if d.most == 0 && d.taken == 0 && d.seen > 0 {
		return []drawn{d.first}
	}
	return d.lowest
}
