package inspect_test

import (
	"context"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/inspect"
	"github.com/understudy-db/understudy/pkg/mask"
	"github.com/understudy-db/understudy/pkg/pgtest"
	"github.com/understudy-db/understudy/pkg/report"
)

type reader struct{ conn *pgx.Conn }

func (r reader) CopyOut(ctx context.Context, sql string, w io.Writer) error {
	_, err := r.conn.PgConn().CopyTo(ctx, w, sql)
	return err
}

// look makes public.t with the SQL and looks through the columns.
func look(t *testing.T, sql string, columns []inspect.Column, accept ...inspect.Acceptance) []report.Finding {
	t.Helper()
	dsn := pgtest.DSN(t)
	pgtest.Exec(t, dsn, sql)
	conn := pgtest.Conn(t, dsn)
	found, _, err := inspect.Run(t.Context(), inspect.Options{
		Generation: "g", Locale: "en_GB", Jobs: 2, Accept: accept,
		Tables: []inspect.Table{{Name: catalog.Name{Schema: "public", Name: "t"}, Columns: columns}},
		Open:   func(context.Context) (inspect.Reader, func(), error) { return reader{conn}, func() {}, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func codes(found []report.Finding) []string {
	var out []string
	for _, f := range found {
		out = append(out, fmt.Sprintf("%s %s %s %d", f.Severity, f.Code, f.Subject, f.Count))
	}
	slices.Sort(out)
	return out
}

func text(name string) inspect.Column { return inspect.Column{Name: name, Class: mask.ClassText} }

func TestContactsAreFoundWhereverTheyLie(t *testing.T) {
	t.Parallel()
	found := look(t, `CREATE TABLE public.t (note text, doc jsonb, list text[], x xml);
		INSERT INTO public.t VALUES
			('please write to ann.baker@northgate-mail.com today', '{"a": {"b": "ann.baker@northgate-mail.com"}}', '{one,ann.baker@northgate-mail.com}', '<a m="ann.baker@northgate-mail.com"/>'),
			('nothing', '{}', '{}', '<a/>'), (NULL, NULL, NULL, NULL)`,
		[]inspect.Column{text("note"), {Name: "doc", Class: mask.ClassJSON}, {Name: "list", Class: mask.ClassText, Array: true}, {Name: "x", Class: mask.ClassXML}})
	want := []string{"high unmasked-email public.t.doc 1", "high unmasked-email public.t.list 1", "high unmasked-email public.t.note 1", "high unmasked-email public.t.x 1"}
	if got := codes(found); !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	for _, f := range found {
		if len(f.Locators) != 1 || !strings.Contains(f.Locators[0].Query, `FROM "public"."t" WHERE ctid = '(0,1)'`) {
			t.Errorf("%+v", f.Locators)
		}
		if strings.Contains(fmt.Sprintf("%+v", f), "ann.baker") {
			t.Error("a finding holds the value")
		}
	}
}

func TestStandInsAreNoFindings(t *testing.T) {
	t.Parallel()
	found := look(t, `CREATE TABLE public.t (email text, phone text);
		INSERT INTO public.t VALUES ('mara.k2j3h4@example.com', '+44 20 7946 0123'), ('x@example.org', '+1 (212) 555-0142'), ('y@example.org', '011-49 89 99998827'), ('z@example.org', '412 345 678'), ('w@example.org', '+99 95 95 92 1534')`,
		[]inspect.Column{{Name: "email", Class: mask.ClassText, Kind: "email", Masked: true}, {Name: "phone", Class: mask.ClassText, Kind: "phone", Masked: true}})
	if len(found) != 0 {
		t.Error(codes(found))
	}
}

func TestMaskedColumnsMustNotReachAnybody(t *testing.T) {
	t.Parallel()
	found := look(t, `CREATE TABLE public.t (email text); INSERT INTO public.t VALUES ('ann.baker@northgate-mail.com')`,
		[]inspect.Column{{Name: "email", Class: mask.ClassText, Kind: "email", Masked: true}})
	if got := codes(found); !slices.Equal(got, []string{"high deliverable public.t.email 1"}) {
		t.Errorf("%v", got)
	}
}

func TestAcceptedFindingsAreMarkedAndOthersStay(t *testing.T) {
	t.Parallel()
	ours := inspect.Acceptance{
		Code: "unmasked-email", Column: "public.t.email", Matches: regexp.MustCompile(`@ourcompany-mail\.com$`).Match, Report: report.Accepted{Why: "staff log in"},
	}
	found := look(t, `CREATE TABLE public.t (email text); INSERT INTO public.t VALUES ('ann@ourcompany-mail.com'), ('bob@ourcompany-mail.com'), ('eve@elsewhere-mail.com')`,
		[]inspect.Column{text("email")}, ours)
	if len(found) != 2 || found[0].Accepted != nil || found[0].Count != 1 || found[1].Accepted == nil || found[1].Count != 2 {
		t.Errorf("%+v", found)
	}
	ours.Max = 1
	found = look(t, `CREATE TABLE public.t (email text); INSERT INTO public.t VALUES ('ann@ourcompany-mail.com'), ('bob@ourcompany-mail.com')`,
		[]inspect.Column{text("email")}, ours)
	if len(found) != 1 || found[0].Accepted != nil || !strings.Contains(found[0].Hint, "accept 1 of them, and there are 2") {
		t.Errorf("%+v", found)
	}
}

func TestPlaceholdersAreFoundInKeptColumnsOnly(t *testing.T) {
	t.Parallel()
	const sql = `CREATE TABLE public.t (greeting text); INSERT INTO public.t VALUES ('Dear {{first_name}}, thank you'), ('Good morning')`
	kept := look(t, sql, []inspect.Column{text("greeting")})
	if len(kept) != 1 || kept[0].Code != "placeholder" {
		t.Errorf("%v", codes(kept))
	}
	if masked := look(t, sql, []inspect.Column{{Name: "greeting", Class: mask.ClassText, Masked: true}}); len(masked) != 0 {
		t.Errorf("%v", codes(masked))
	}
}

func TestOddBytesAreReadWithoutTrouble(t *testing.T) {
	t.Parallel()
	look(t, `CREATE TABLE public.t (b bytea, s text);
		INSERT INTO public.t VALUES ('\x00ff00', repeat('{"a":', 10000)), (decode(repeat('00', 2000000), 'hex'), repeat('<', 100000)), ('', '')`,
		[]inspect.Column{{Name: "b", Class: mask.ClassBytes}, text("s")})
}

// told is evidence that takes every value for an original and keeps it.
type told struct{ values map[string]bool }

func (e told) Look(value []byte, found func([]byte, bool)) (float64, error) {
	e.values[string(value)] = true
	found(value, true)
	return 0, nil
}

// What is read in binary form is what the server would have written, and domains and ranges
// over the same types are read as well.
func TestValuesAreReadAsTheServerWritesThem(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	conn := pgtest.Conn(t, dsn)
	pgtest.Exec(t, dsn, `CREATE DOMAIN public.key AS bigint;
		CREATE TABLE public.t (a smallint, b integer, c public.key, d int8range, e uuid, f integer[]);
		INSERT INTO public.t VALUES (-12345, 1234567, 9223372036854775807, '[4,9)', '0b6c3c8e-1111-4222-8333-0123456789ab', '{1,NULL,-3}'), (7, -1, 0, 'empty', NULL, '{}')`)
	columns := []inspect.Column{
		{Name: "a", Type: "int2", Class: mask.ClassInteger, Bare: true},
		{Name: "b", Type: "int4", Class: mask.ClassInteger, Bare: true},
		{Name: "c", Type: "int8", Class: mask.ClassInteger, Bare: true},
		{Name: "d", Class: mask.ClassInteger, Bare: true},
		{Name: "e", Type: "uuid", Class: mask.ClassUUID, Bare: true},
		{Name: "f", Class: mask.ClassInteger, Array: true, Bare: true},
	}
	seen := told{map[string]bool{}}
	found, rows, err := inspect.Run(t.Context(), inspect.Options{
		Generation: "g", Jobs: 1, Tables: []inspect.Table{{Name: catalog.Name{Schema: "public", Name: "t"}, Columns: columns}},
		Open:     func(context.Context) (inspect.Reader, func(), error) { return reader{conn}, func() {}, nil },
		Evidence: func() inspect.Evidence { return seen },
	})
	if err != nil || rows != 2 {
		t.Fatal(err, rows)
	}
	var want []string
	if err := conn.QueryRow(t.Context(), `SELECT array_agg(v ORDER BY v COLLATE "C") FROM (SELECT DISTINCT unnest(ARRAY[a::text, b::text, c::text, d::text, e::text] || f::text[]) AS v FROM public.t) x WHERE v IS NOT NULL`).Scan(&want); err != nil {
		t.Fatal(err)
	}
	if got := slices.Sorted(maps.Keys(seen.values)); !slices.Equal(got, want) {
		t.Errorf("read %q, the server writes %q", got, want)
	}
	for _, f := range found {
		for _, l := range f.Locators {
			if l.CTID != "(0,1)" && l.CTID != "(0,2)" {
				t.Errorf("a place is %s", l.CTID)
			}
		}
	}
}

// The dates that stand for none are found in each of the types that hold one.
func TestSentinelsAreFoundInDatesAndTimestamps(t *testing.T) {
	t.Parallel()
	found := look(t, `CREATE TABLE public.t (a date, b timestamp, c timestamptz);
		INSERT INTO public.t VALUES ('9999-12-31', '9999-12-31 00:00', '9999-12-31 00:00+00'), ('infinity', '-infinity', 'infinity'), ('0044-03-15 BC', '2024-02-29 12:00:00.000001', '2024-02-29 12:00+02')`,
		[]inspect.Column{{Name: "a", Type: "date", Class: mask.ClassDate}, {Name: "b", Type: "timestamp", Class: mask.ClassTimestamp}, {Name: "c", Type: "timestamptz", Class: mask.ClassTimestamp}})
	if got, want := codes(found), []string{"high placeholder public.t.a 2", "high placeholder public.t.b 2", "high placeholder public.t.c 2"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestBytesOfAMaskerRaiseNothingByChance(t *testing.T) {
	t.Parallel()
	const sql = `CREATE TABLE public.t (b bytea); INSERT INTO public.t VALUES ('q7: ann.baker@northgate-mail.com :q7')`
	column := inspect.Column{Name: "b", Class: mask.ClassBytes}
	if kept := look(t, sql, []inspect.Column{column}); len(kept) != 1 {
		t.Errorf("kept bytes: %v", codes(kept))
	}
	column.Masked = true
	if masked := look(t, sql, []inspect.Column{column}); len(masked) != 0 {
		t.Errorf("bytes of a masker: %v", codes(masked))
	}
}

// The rules name a partitioned table, and what is read are its partitions.
func TestAnAcceptanceOfARootIsOfItsPartitions(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	pgtest.Exec(t, dsn, `CREATE TABLE public.e (id int, mail text) PARTITION BY RANGE (id); CREATE TABLE public.e_1 PARTITION OF public.e FOR VALUES FROM (0) TO (9);
		INSERT INTO public.e VALUES (1, 'ann.baker@northgate-mail.com')`)
	conn := pgtest.Conn(t, dsn)
	root := catalog.Name{Schema: "public", Name: "e"}
	for column, accepted := range map[string]bool{"public.e.mail": true, "public.e_1.mail": true, "public.other.mail": false} {
		found, _, err := inspect.Run(t.Context(), inspect.Options{
			Jobs:   1,
			Accept: []inspect.Acceptance{{Code: "unmasked-email", Column: column, Report: report.Accepted{Why: "by design"}}},
			Tables: []inspect.Table{{Name: catalog.Name{Schema: "public", Name: "e_1"}, Root: root, Columns: []inspect.Column{text("mail")}}},
			Open:   func(context.Context) (inspect.Reader, func(), error) { return reader{conn}, func() {}, nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(found) != 1 || (found[0].Accepted != nil) != accepted {
			t.Errorf("%s: %+v", column, found)
		}
	}
}

// A database of which nothing is known may be a staging of ours.
func TestStandInsInAnUnknownDatabaseAreLow(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	pgtest.Exec(t, dsn, `CREATE TABLE public.t (email text, phone text, note text);
		INSERT INTO public.t VALUES ('mara.k2j3h4@example.com', '+1 (212) 555-0142', 'Dear {{first_name}}, thank you')`)
	conn := pgtest.Conn(t, dsn)
	for unknown, want := range map[bool]report.Severity{true: report.Low, false: report.High} {
		found, _, err := inspect.Run(t.Context(), inspect.Options{
			Jobs: 1, Unknown: unknown,
			Tables: []inspect.Table{{Name: catalog.Name{Schema: "public", Name: "t"}, Columns: []inspect.Column{
				{Name: "email", Class: mask.ClassText, Kind: "email"}, {Name: "phone", Class: mask.ClassText, Kind: "phone"}, text("note"),
			}}},
			Open: func(context.Context) (inspect.Reader, func(), error) { return reader{conn}, func() {}, nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]report.Severity{}
		for _, f := range found {
			seen[f.Subject] = f.Severity
		}
		if seen["public.t.email"] != want || seen["public.t.note"] != report.High {
			t.Errorf("unknown %v: %v", unknown, codes(found))
		}
	}
}
