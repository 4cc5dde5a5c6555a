package schema

import "testing"

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
