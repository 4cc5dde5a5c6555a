package inspect_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/inspect"
	"github.com/understudy-db/understudy/pkg/pgtest"
	"github.com/understudy-db/understudy/pkg/report"
)

// counted counts the queries of a reader, and fails from one on.
type counted struct {
	reader
	queries *int
	most    int
}

func (c counted) CopyOut(ctx context.Context, sql string, w io.Writer) error {
	if *c.queries++; *c.queries > c.most {
		return errors.New("cut off")
	}
	return c.reader.CopyOut(ctx, sql, w)
}

func TestAReadingGoesOnWhereItWasCutOff(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	pgtest.Exec(t, dsn, `CREATE TABLE public.a AS SELECT 'ann.baker' || i || '@northgate-mail.com' AS note, repeat('x', 500) AS filler FROM generate_series(1, 2000) i`,
		`CREATE TABLE public.b AS SELECT 'bob.carter@northgate-mail.com' AS note`, "VACUUM public.a")
	conn := pgtest.Conn(t, dsn)
	var pages int64
	if err := conn.QueryRow(t.Context(), "SELECT pg_relation_size('public.a') / 8192").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	tables := func(filenode uint32) []inspect.Table {
		return []inspect.Table{
			{Name: catalog.Name{Schema: "public", Name: "a"}, Columns: []inspect.Column{text("note"), text("filler")}, Pages: pages, Filenode: filenode},
			{Name: catalog.Name{Schema: "public", Name: "b"}, Columns: []inspect.Column{text("note")}, Filenode: 1},
		}
	}
	run := func(tables []inspect.Table, most int, resume *inspect.State) (found []report.Finding, rows int64, queries int, state *inspect.State, err error) {
		found, rows, err = inspect.Run(t.Context(), inspect.Options{
			Jobs: 1, Tables: tables, PartPages: 20, Resume: resume, Save: func(s *inspect.State) error { state = s; return nil },
			Open: func(context.Context) (inspect.Reader, func(), error) {
				return counted{reader{conn}, &queries, most}, func() {}, nil
			},
		})
		return found, rows, queries, state, err
	}
	whole, wholeRows, all, _, err := run(tables(7), 1000, nil)
	if err != nil || all < 6 || wholeRows != 2001 {
		t.Fatal(err, all, wholeRows)
	}
	_, _, _, state, err := run(tables(7), 3, nil)
	if err == nil || state == nil {
		t.Fatal("it was not cut off")
	}
	var file bytes.Buffer
	if err := state.Write(&file); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(file.String(), "northgate") {
		t.Error("the state holds a value")
	}
	again := func() *inspect.State {
		s, err := inspect.ReadState(bytes.NewReader(file.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	grown := tables(7)
	grown[0].Pages += 3
	found, rows, queries, _, err := run(grown, 1000, again())
	if err != nil || queries != all-3 || rows != wholeRows || !reflect.DeepEqual(found, whole) {
		t.Errorf("%v, %d of %d queries, %d rows\n%+v\n%+v", err, queries, all, rows, found, whole)
	}
	for what, changed := range map[string][]inspect.Table{"rewritten": tables(8), "altered": tables(7)} {
		if what == "altered" {
			changed[0].Columns = changed[0].Columns[:1]
		}
		found, rows, queries, _, err := run(changed, 1000, again())
		if err != nil || queries != all || rows != wholeRows || len(found) != len(whole) || found[0].Count != whole[0].Count {
			t.Errorf("a table that was %s: %v, %d of %d queries, %d rows", what, err, queries, all, rows)
		}
	}
}

// FuzzReadState: whatever a state's file holds, it is refused or it is one that can be used.
func FuzzReadState(f *testing.F) {
	f.Add([]byte(`{"version":1,"of":"x","tables":[{"schema":"public","table":"a","filenode":7,"columns":"00","pages":100,"parts":5,"done":[0,2],"rows":9,"seen":[{"column":"note","code":"unmasked-email","what":"email","severity":"high","count":3,"ctids":["(0,1)"]}]}]}`))
	f.Add([]byte(`{"version":1,"tables":null}`))
	f.Add([]byte(`{`))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := inspect.ReadState(bytes.NewReader(b))
		if err != nil {
			if strings.Contains(err.Error(), string(b)) && len(b) > 8 {
				t.Error("the error quotes the file")
			}
			return
		}
		var out bytes.Buffer
		if err := s.Write(&out); err != nil {
			t.Fatal(err)
		}
		again, err := inspect.ReadState(&out)
		if err != nil || fmt.Sprint(again) != fmt.Sprint(s) {
			t.Fatalf("%v", err)
		}
	})
}
