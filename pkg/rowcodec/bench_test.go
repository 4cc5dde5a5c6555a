package rowcodec

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// wide is a table of 20 columns of which 10 are rewritten, and one of its rows.
func wide(t testing.TB, f Format) (fields []Field, row []byte) {
	t.Helper()
	types := []struct{ name, value string }{
		{"text", "Ann Example of Somewhere"},
		{"int4", "123456"},
		{"uuid", "0b6c3c8e-1111-4222-8333-0123456789ab"},
		{"date", "1984-02-29"},
		{"timestamptz", "2024-02-29 12:30:00.5+00"},
		{"jsonb", `{"a": 1, "b": "text"}`},
		{"numeric", "1234.5600"},
		{"int8", "99999999999"},
		{"text", "ann@example.net"},
		{"timestamp", "2024-02-29 12:30:00"},
	}
	var binary []any
	var text []string
	for i := range 20 {
		c := types[i%10]
		field := Field{Type: base(c.name)}
		if i < 10 {
			field.Rewrite = itself
		}
		fields = append(fields, field)
		binary = append(binary, wireOf(t, field.Type, c.value))
		text = append(text, c.value)
	}
	if f == Text {
		return fields, []byte(strings.Join(text, "\t") + "\n")
	}
	return fields, be(be(nil, int16(20)), binary...)
}

// Not parallel: AllocsPerRun counts what other goroutines allocate too.
func TestNoAllocationsARow(t *testing.T) {
	for _, f := range []Format{Binary, Text} {
		fields, row := wide(t, f)
		d, err := NewDecoder(f, fields, &drop{})
		if err != nil {
			t.Fatal(err)
		}
		if f == Binary {
			if _, err := d.Write(binaryStream()[:19]); err != nil {
				t.Fatal(err)
			}
		}
		many := bytes.Repeat(row, 2000) // several blocks
		write := func() {
			if _, err := d.Write(many); err != nil {
				t.Fatal(err)
			}
		}
		write()
		if n := testing.AllocsPerRun(5, write); n > 0 {
			t.Errorf("%s: %v allocations for 2000 rows", f, n)
		}
	}
}

// drop is a Sink that reuses one block.
type drop struct{ block []byte }

func (s *drop) Next([]byte) ([]byte, error) {
	if s.block == nil {
		s.block = make([]byte, 0, 1<<16-5)
	}
	return s.block, nil
}

func BenchmarkDecoder(b *testing.B) {
	text := base("text")
	value := strings.Repeat("some words of text ", 2)
	var row []any
	for i := range 10 {
		row = append(row, fmt.Sprint(i, value))
	}
	binary := be(be(nil, int16(10)), row...)
	var words []string
	for _, v := range row {
		words = append(words, v.(string))
	}
	plain := []byte(strings.Join(words, "\t") + "\n")
	for _, bench := range []struct {
		name    string
		f       Format
		rewrite int
	}{
		{"raw", Binary, 0},
		{"2 of 10", Binary, 2},
		{"10 of 10", Binary, 10},
		{"raw", Text, 0},
		{"2 of 10", Text, 2},
	} {
		b.Run(bench.f.String()+" "+bench.name, func(b *testing.B) {
			fields := fieldsOf(nil, text, text, text, text, text, text, text, text, text, text)
			for i := range bench.rewrite {
				fields[i*10/bench.rewrite].Rewrite = itself
			}
			in := binary
			if bench.f == Text {
				in = plain
			}
			d, err := NewDecoder(bench.f, fields, &drop{})
			if err != nil {
				b.Fatal(err)
			}
			if bench.f == Binary {
				if _, err := d.Write(binaryStream()[:19]); err != nil {
					b.Fatal(err)
				}
			}
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := d.Write(in); err != nil { // a row a message, as the server sends it
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("binary 10 typed of 20", func(b *testing.B) {
		fields, in := wide(b, Binary)
		d, err := NewDecoder(Binary, fields, &drop{})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := d.Write(binaryStream()[:19]); err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(in)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := d.Write(in); err != nil {
				b.Fatal(err)
			}
		}
	})
}
