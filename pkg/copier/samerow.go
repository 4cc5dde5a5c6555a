package copier

import (
	"github.com/understudy-db/understudy/pkg/evidence"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/rowcodec"
)

// SameRow says which originals of a row that others may share are looked for in what is
// written of the same row: names, companies, places, dates.
type SameRow struct {
	Originals []Original // at most evidence.MostOriginals
	Places    []int      // fields of the stream whose written values are looked through
}

// Original is one value of a row, or the fields that make one together.
type Original struct {
	Fields []int
	Date   bool // year, month and day: written in any order
}

// sameRow looks through the rows of one chunk. The zero one does nothing.
type sameRow struct {
	check   *evidence.RowCheck
	what    *SameRow
	columns []*column // by field; nil where nothing is rewritten
	row     int64     // whose originals the check has
	values  [3][]byte
}

func bindSameRow(t *plan.Table, bind Bind, columns []*column) *sameRow {
	if bind.SameRow == nil || bind.Blind {
		return nil
	}
	what := bind.SameRow(t)
	if what == nil || len(what.Originals) == 0 || len(what.Places) == 0 {
		return nil
	}
	return &sameRow{check: evidence.NewRowCheck(bind.Seed[0]^bind.Seed[1], len(what.Originals), len(what.Places)), what: what, columns: columns}
}

// look looks through a value that is written in a place of the row.
func (s *sameRow) look(place int, value []byte, row *rowcodec.Row) error {
	if n := row.Number(); n != s.row {
		s.row = n
		if err := s.begin(row); err != nil {
			return err
		}
	}
	s.check.Place(place, value)
	return nil
}

// begin gives the check the originals of a row that are not kept in it.
func (s *sameRow) begin(row *rowcodec.Row) error {
	s.check.Begin()
	for i := range s.what.Originals {
		o := &s.what.Originals[i]
		n := 0
		for _, f := range o.Fields {
			if row.Null(f) || s.kept(f, row) {
				break
			}
			v, err := row.Text(f)
			if err != nil {
				return err
			}
			s.values[n] = v
			n++
		}
		switch {
		case n < len(o.Fields):
		case o.Date && len(s.values[0]) == len("2006-01-02"):
			v := s.values[0]
			y, m, d := v[:4], v[5:7], v[8:]
			s.check.Own(i, y, m, d)
			s.check.Own(i, d, m, y)
			s.check.Own(i, m, d, y)
		case n == 1:
			s.check.Own(i, s.values[0])
		case n == 2:
			s.check.Own(i, s.values[0], s.values[1])
			s.check.Own(i, s.values[1], s.values[0])
		}
	}
	return nil
}

// kept reports whether the row keeps the field's value, since a condition does not hold.
func (s *sameRow) kept(field int, row *rowcodec.Row) bool {
	c := s.columns[field]
	if c == nil {
		return false
	}
	b := &c.branch
	for b.when != nil && !b.holds(row) {
		b = b.other
	}
	return b.kind == plan.Keep
}

// keptPlace shows the check a value that is written as it is.
type keptPlace struct {
	same  *sameRow
	place int
}

// Rewrite keeps the value.
func (k *keptPlace) Rewrite(dst, value []byte, row *rowcodec.Row) ([]byte, rowcodec.Verdict, error) {
	return dst, rowcodec.Keep, k.same.look(k.place, value, row)
}
