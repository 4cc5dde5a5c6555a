package schema

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/understudy-db/understudy/pkg/pgtest"
)

func TestOnlyKeysWithAnIndexOfTheSameOrderOnBothSidesWalkThem(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	// VACUUM calls no page visible to all whose rows' commit is not in the log on disk yet
	pgtest.Exec(t, dsn, "DO $$ BEGIN EXECUTE pg_catalog.format('ALTER DATABASE %I SET synchronous_commit = on', current_database()); END $$")
	pgtest.Exec(t, dsn, `
		CREATE TABLE public.parent (a int, b int, name text, PRIMARY KEY (a, b), UNIQUE (name), id bigint UNIQUE);
		INSERT INTO public.parent SELECT i, i, 'n' || i, i FROM generate_series(1, 2000) i;
		CREATE TABLE public.child AS SELECT a, b, name, id::int AS id, id AS seldom, id AS bare, name AS other FROM public.parent;
		CREATE INDEX ON public.child (a, b, name);
		CREATE INDEX ON public.child (id);
		CREATE INDEX ON public.child (seldom) WHERE seldom > 7;
		CREATE INDEX ON public.child (name text_pattern_ops);
		CREATE INDEX ON public.child (other DESC);
		ALTER TABLE public.child
			ADD CONSTRAINT same_order FOREIGN KEY (a, b) REFERENCES public.parent (a, b) NOT VALID,
			ADD CONSTRAINT other_order FOREIGN KEY (b, a) REFERENCES public.parent (b, a) NOT VALID,
			ADD CONSTRAINT other_width FOREIGN KEY (id) REFERENCES public.parent (id) NOT VALID,
			ADD CONSTRAINT partial FOREIGN KEY (seldom) REFERENCES public.parent (id) NOT VALID,
			ADD CONSTRAINT bare FOREIGN KEY (bare) REFERENCES public.parent (id) NOT VALID,
			ADD CONSTRAINT bytewise FOREIGN KEY (name) REFERENCES public.parent (name) NOT VALID,
			ADD CONSTRAINT backwards FOREIGN KEY (other) REFERENCES public.parent (name) NOT VALID`)
	conn := pgtest.Conn(t, dsn)
	list := func() map[string]bool {
		t.Helper()
		got, err := twoIndexes(t.Context(), conn)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	pgtest.Exec(t, dsn, "ANALYZE public.parent, public.child")
	if got := list(); len(got) > 0 {
		t.Errorf("with rows that have to be looked at in the table: %v", got)
	}
	pgtest.Exec(t, dsn, "VACUUM (FREEZE, ANALYZE) public.parent, public.child")
	const name = "FK CONSTRAINT public.child "
	if diff := cmp.Diff(map[string]bool{name + "same_order": true, name + "other_width": true}, list()); diff != "" {
		t.Error(diff)
	}
	for _, constraint := range []string{"same_order", "other_width"} {
		pgtest.Exec(t, dsn, walkIndexes+"ALTER TABLE ONLY public.child VALIDATE CONSTRAINT "+constraint)
	}
	if got := list(); len(got) > 0 {
		t.Errorf("validated, and still listed: %v", got)
	}
}

func TestForeignKeysAreCutInTwoWhereTheyMayBe(t *testing.T) {
	t.Parallel()
	k, ok := readForeignKey("ALTER TABLE ONLY public.\"odd \"\"name\"\n    ADD CONSTRAINT \"c FOREIGN KEY (\" FOREIGN KEY (a) REFERENCES public.b(id) DEFERRABLE;\n")
	if !ok || k.table.Name != `odd "name` || k.add != "ALTER TABLE ONLY public.\"odd \"\"name\"\n    ADD CONSTRAINT \"c FOREIGN KEY (\" FOREIGN KEY (a) REFERENCES public.b(id) DEFERRABLE NOT VALID" ||
		k.validate != `ALTER TABLE ONLY public."odd ""name" VALIDATE CONSTRAINT "c FOREIGN KEY ("` && k.validate != `ALTER TABLE ONLY "public"."odd ""name" VALIDATE CONSTRAINT "c FOREIGN KEY ("` {
		t.Errorf("%t: %+v", ok, k)
	}
	for _, s := range []string{
		"", ";", "ALTER TABLE ONLY", "ALTER TABLE ONLY a;", "ALTER TABLE ONLY a.b;", `ALTER TABLE ONLY "a.b;`,
		"ALTER TABLE a.b\n    ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES d(id);",                // partitioned
		"ALTER TABLE ONLY a.b\n    ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES d(id) NOT VALID;", // never validated
		"ALTER TABLE ONLY a.b\n    ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES d(id) NOT ENFORCED;",
		"ALTER TABLE ONLY a.b\n    ADD CONSTRAINT c PRIMARY KEY (a);",
		"ALTER TABLE ONLY a.b\n    ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES d(id)",
	} {
		if k, ok := readForeignKey(s); ok {
			t.Errorf("%q was read as %+v", s, k)
		}
	}
}

func FuzzForeignKey(f *testing.F) {
	f.Add("ALTER TABLE ONLY public.orders\n    ADD CONSTRAINT orders_customer_fk FOREIGN KEY (customer_id) REFERENCES public.customers(id);\n")
	f.Add("ALTER TABLE ONLY \"a\".\"b\"\"\"\n    ADD CONSTRAINT \"c\" FOREIGN KEY (\"x\") REFERENCES d(id) ON DELETE CASCADE;")
	f.Fuzz(func(t *testing.T, s string) {
		if k, ok := readForeignKey(s); ok && (k.table.Schema == "" || k.table.Name == "" || len(k.add) < len(" NOT VALID")) {
			t.Errorf("%q: %+v", s, k)
		}
	})
}
