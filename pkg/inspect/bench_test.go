package inspect

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"testing"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/mask"
)

// replay answers every query with the same rows.
type replay []byte

func (r replay) CopyOut(_ context.Context, _ string, w io.Writer) error {
	for at := 0; at < len(r); at += 64 << 10 {
		if _, err := w.Write(r[at:min(at+64<<10, len(r))]); err != nil {
			return err
		}
	}
	return nil
}

// aPlace is the ctid (0,1).
const aPlace = "\x00\x00\x00\x00\x00\x01"

// BenchmarkRead reads rows as they are in staging: a masked person and what is kept of it.
func BenchmarkRead(b *testing.B) {
	columns := []Column{
		{Name: "first_name", Class: mask.ClassText, Kind: "first_name", Masked: true},
		{Name: "email", Class: mask.ClassText, Kind: "email", Masked: true},
		{Name: "phone", Class: mask.ClassText, Kind: "phone", Masked: true},
		{Name: "status", Class: mask.ClassText},
		{Name: "created_at", Class: mask.ClassTimestamp},
		{Name: "note", Class: mask.ClassText},
		{Name: "settings", Class: mask.ClassJSON},
	}
	rows := []byte("PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	const n = 2000
	for i := range n {
		rows = binary.BigEndian.AppendUint16(rows, uint16(len(columns)+1)) //nolint:gosec // a handful
		for _, v := range []string{
			aPlace, "Marieke", fmt.Sprintf("marieke.k%dx@example.com", i), fmt.Sprintf("+44 7700 900%03d", i%1000), "shipped", "2026-03-04 11:12:13.123456+00",
			fmt.Sprintf("The parcel %d came back from the depot, and we send it again on Monday; the customer was told.", i*7),
			fmt.Sprintf(`{"theme": "dark", "page": %d, "filters": ["open", "late"], "sku": "QX-%d"}`, i%40, i*91),
		} {
			rows = binary.BigEndian.AppendUint32(rows, uint32(len(v))) //nolint:gosec // short
			rows = append(rows, v...)
		}
	}
	rows = binary.BigEndian.AppendUint16(rows, 0xFFFF)
	b.SetBytes(int64(len(rows)))
	for b.Loop() {
		_, got, err := Run(b.Context(), Options{
			Jobs: 1, Tables: []Table{{Name: catalog.Name{Schema: "public", Name: "t"}, Columns: columns}},
			Open: func(context.Context) (Reader, func(), error) { return replay(rows), func() {}, nil },
		})
		if err != nil || got != n {
			b.Fatal(err, got)
		}
	}
}
