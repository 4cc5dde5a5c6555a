package pipeline

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/pgtest"
)

// Several chunks and one stream, several workers and one, give the same staging.
func TestChunksAndOneStreamGiveTheSameRows(t *testing.T) {
	t.Parallel()
	const rules = `version: 1
purpose: test
tables:
  public.people:
    columns:
      email: {mask: email}
      note: {mask: text}
    keep:
      - {why: key, columns: [id]}
`
	s := newStory(t, rules, `CREATE TABLE public.people (id int PRIMARY KEY, email text, note text);
		INSERT INTO public.people SELECT i, 'person' || i || '@mail-of-people.org', repeat('word ', i % 40) FROM generate_series(1, 30000) i`)
	s.o.Jobs = 1
	s.run(t)
	one := peopleOf(t, s.o.Target)
	s.o.Jobs, s.o.ChunkBytes = 4, 128<<10
	run := s.run(t)
	if n := run.Tables[0].Chunks; n < 10 {
		t.Fatalf("%d chunks", n)
	}
	if many := peopleOf(t, s.o.Target); many != one {
		t.Error("the rows differ")
	}
}

func peopleOf(t *testing.T, staging string) (digest string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), staging)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context()) // an open one would keep staging from being swapped
	err = conn.QueryRow(t.Context(), "SELECT count(*) || md5(string_agg(p::text, '' ORDER BY id)) FROM public.people p").Scan(&digest)
	if err != nil {
		t.Fatal(err)
	}
	return digest
}

// Large values are compressed as production compresses them: by its default where a column
// names no way of its own, whatever the staging's server would do.
func TestLargeValuesAreCompressedAsOnTheSource(t *testing.T) {
	t.Parallel()
	const rules = `version: 1
purpose: test
tables:
  public.people:
    columns:
      email: {mask: email}
    keep:
      - {why: key, columns: [id, note, other]}
`
	if one(t, pgtest.DSN(t), "SELECT count(*) FROM pg_settings WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)") == "0" {
		t.Skip("the server has one way to compress")
	}
	s := newStory(t, rules, `CREATE TABLE public.people (id int PRIMARY KEY, email text, note text, other text COMPRESSION pglz);
		DO $$ BEGIN EXECUTE pg_catalog.format('ALTER DATABASE %I SET default_toast_compression = lz4', current_database()); END $$`,
		`INSERT INTO public.people SELECT i, 'person' || i || '@mail-of-people.org', repeat('word ', 4000), repeat('word ', 4000) FROM generate_series(1, 10) i`)
	s.run(t)
	const ways = `SELECT string_agg(DISTINCT pg_column_compression(note) || ' ' || pg_column_compression(other), ', ') FROM public.people`
	if got := one(t, s.o.Target, ways); got != "lz4 pglz" {
		t.Errorf("the values are compressed with %s", got)
	}
}
