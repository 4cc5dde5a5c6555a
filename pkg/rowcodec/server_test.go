package rowcodec_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/pgtest"
	"github.com/understudy-db/understudy/pkg/rowcodec"
)

// settings are what every session of a copy has: canonical text is defined under them.
const settings = `SET client_encoding = 'UTF8'; SET DateStyle = 'ISO'; SET IntervalStyle = 'postgres'; SET TimeZone = 'UTC'; SET extra_float_digits = 3; SET bytea_output = 'hex'; SET xmloption = content`

type blocks struct{ bytes.Buffer }

func (b *blocks) Next(full []byte) ([]byte, error) {
	b.Write(full)
	return full[:0], nil
}

// values is a Rewriter that puts back what it sees.
type values struct{}

func (values) Rewrite(dst, value []byte, _ *rowcodec.Row) ([]byte, rowcodec.Verdict, error) {
	return append(dst, value...), rowcodec.Replace, nil
}

func copyOut(t *testing.T, conn *pgx.Conn, table string, f rowcodec.Format) []byte {
	t.Helper()
	var out bytes.Buffer
	if _, err := conn.PgConn().CopyTo(t.Context(), &out, fmt.Sprintf("COPY (SELECT id, v FROM %s ORDER BY id) TO STDOUT (FORMAT %s)", table, f)); err != nil {
		t.Fatalf("copy out of %s: %v", table, err)
	}
	return out.Bytes()
}

func decode(t *testing.T, f rowcodec.Format, fields []rowcodec.Field, stream []byte) []byte {
	t.Helper()
	var out blocks
	d, err := rowcodec.NewDecoder(f, fields, &out)
	if err != nil {
		t.Fatalf("new decoder: %v", err)
	}
	if _, err := d.Write(stream); err != nil {
		t.Fatalf("decode: %v", err)
	}
	if err := d.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	return out.Bytes()
}

// TestServerAgrees asks a real server for every type in both formats: the text of a
// binary value is what the server prints, a value replaced by itself is the same bytes,
// and the server reads back what was written from text.
func TestServerAgrees(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	conn := pgtest.Conn(t, dsn)
	ctx := t.Context()
	exec := func(sql string, args ...any) {
		t.Helper()
		if _, err := conn.Exec(ctx, sql, args...); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	exec(settings)
	exec(`CREATE TYPE mood AS ENUM ('happy', 'so so', 'NULL')`)
	exec(`CREATE TYPE pair AS (a int, b text, c text[], d bytea)`)
	exec(`CREATE TYPE outer_pair AS (p pair, r daterange)`)
	version := 0
	if err := conn.QueryRow(ctx, `SELECT current_setting('server_version_num')::int`).Scan(&version); err != nil {
		t.Fatal(err)
	}
	if version >= 140000 {
		exec(`CREATE TYPE textrange AS RANGE (subtype = text, multirange_type_name = textmultirange)`)
	} else {
		exec(`CREATE TYPE textrange AS RANGE (subtype = text)`)
	}
	samples := append(rowcodec.CanonicalSamples(), rowcodec.BuiltSamples()...)
	for _, ext := range []string{"citext", "hstore", "ltree"} {
		var n int
		if err := conn.QueryRow(ctx, `SELECT count(*) FROM pg_available_extensions WHERE name = $1`, ext).Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			t.Logf("extension %s is not installed here", ext)
			continue
		}
		exec(`CREATE EXTENSION ` + ext)
		for _, s := range rowcodec.ContributedSamples() {
			if strings.Contains(s.SQL, ext) {
				samples = append(samples, s)
			}
		}
	}
	for k, s := range samples {
		if version < s.Min {
			continue
		}
		table := fmt.Sprintf("t%d", k)
		exec(fmt.Sprintf(`CREATE TABLE %s (id int, v %s)`, table, s.SQL))
		rows := make([][]any, 0, len(s.Values)+1)
		for i, v := range s.Values {
			rows = append(rows, []any{i, v})
		}
		rows = append(rows, []any{len(s.Values), nil})
		insert(ctx, t, conn, table, s.SQL, rows)

		text, binary := copyOut(t, conn, table, rowcodec.Text), copyOut(t, conn, table, rowcodec.Binary)
		printed := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
		id := &rowcodec.Type{Name: "int4", OID: 23}

		// The whole literal of every binary value, escaped as COPY does, is the text stream's.
		i := 0
		look := lookFunc(func(row *rowcodec.Row) {
			got := fmt.Sprintf("%d\t\\N", i)
			if !row.Null(1) {
				b, err := row.Text(1)
				if err != nil {
					t.Errorf("%s value %d: %v", s.SQL, i, err)
				}
				if s.SQL == "bytea" {
					b = fmt.Appendf(nil, `\x%x`, b)
				}
				got = fmt.Sprintf("%d\t%s", i, rowcodec.AppendEscaped(nil, b))
			}
			if got != printed[i] {
				t.Errorf("%s value %d: %q, and the server prints %q", s.SQL, i, got, printed[i])
			}
			i++
		})
		decode(t, rowcodec.Binary, []rowcodec.Field{{Type: id, Rewrite: look}, {Type: s.Type}}, binary)
		if i != len(rows) {
			t.Errorf("%s: %d rows", s.SQL, i)
		}

		put := values{}
		for f, stream := range map[rowcodec.Format][]byte{rowcodec.Binary: binary, rowcodec.Text: text} {
			fields := []rowcodec.Field{{Type: id}, {Type: s.Type, Rewrite: put}}
			out := decode(t, f, fields, stream)
			if !bytes.Equal(out, stream) {
				t.Errorf("%s in %s form: replaced by itself, it changed", s.SQL, f)
			}
			exec(`TRUNCATE ` + table)
			if _, err := conn.PgConn().CopyFrom(ctx, bytes.NewReader(out), fmt.Sprintf("COPY %s (id, v) FROM STDIN (FORMAT %s)", table, f)); err != nil {
				t.Errorf("%s in %s form: the server refuses it: %v", s.SQL, f, err)
				continue
			}
			if again := copyOut(t, conn, table, f); !bytes.Equal(again, stream) {
				t.Errorf("%s in %s form: the server holds something else", s.SQL, f)
			}
		}
	}
}

func insert(ctx context.Context, t *testing.T, conn *pgx.Conn, table, sql string, rows [][]any) {
	t.Helper()
	for _, r := range rows {
		if _, err := conn.Exec(ctx, fmt.Sprintf(`INSERT INTO %s VALUES ($1::int, $2::text::%s)`, table, sql), pgx.QueryExecModeSimpleProtocol, r[0], r[1]); err != nil {
			t.Fatalf("%s takes no %q: %v", sql, r[1], err)
		}
	}
}

type lookFunc func(row *rowcodec.Row)

func (f lookFunc) Rewrite(dst, _ []byte, row *rowcodec.Row) ([]byte, rowcodec.Verdict, error) {
	f(row)
	return dst, rowcodec.Keep, nil
}
