package schema_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/understudy-db/understudy/pkg/pgtest"
	"github.com/understudy-db/understudy/pkg/schema"
)

// A run that was killed half way through post-data goes on from an archive that it kept.
func TestPostDataIsRemovedAndMadeAgainFromAKeptArchive(t *testing.T) {
	t.Parallel()
	p := programs(t)
	from, to := pgtest.DSN(t), pgtest.DSN(t)
	pgtest.Exec(t, from, awkward, `
		ALTER TABLE shop.a ADD CONSTRAINT not_yet CHECK (b < 1000) NOT VALID;
		ALTER DOMAIN shop.positive ADD CONSTRAINT small CHECK (VALUE < 1000000) NOT VALID;
		CREATE INDEX ON shop.orders (placed);
		CREATE TRIGGER touch_orders AFTER INSERT ON shop.orders FOR EACH ROW EXECUTE FUNCTION shop.touch();
		ALTER TABLE shop.orders ADD CONSTRAINT to_a FOREIGN KEY (id) REFERENCES shop.a;
		CREATE VIEW shop.by_key AS SELECT id, b, m::text COLLATE "C" AS m, count(*) AS n FROM shop.a GROUP BY id;
		CREATE VIEW shop.above AS SELECT n FROM shop.by_key;
		CREATE MATERIALIZED VIEW shop.kept_by_key AS SELECT id, p FROM shop.a GROUP BY id;
		CREATE INDEX ON shop.kept_by_key (id)`)
	first := dump(t, from, p, schema.DumpOptions{})
	restore(t, to, first)
	want := plain(t, to, p)

	kept, err := first.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	again, err := schema.Load(bytes.NewReader(kept), p, schema.TargetRole{Version: 150000, Superuser: true}, first.Dropped)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if diff := cmp.Diff(first.Entries, again.Entries); diff != "" {
		t.Errorf("the kept archive has other entries: %s", diff)
	}
	conn := pgtest.Conn(t, to)
	n, err := schema.ClearPostData(t.Context(), conn)
	if err != nil || n < 12 {
		t.Fatalf("%d objects are removed: %v", n, err)
	}
	if more, err := schema.ClearPostData(t.Context(), conn); err != nil || more != 0 {
		t.Errorf("%d objects are left: %v", more, err)
	}
	if err := schema.Restore(t.Context(), open(t, to), again, schema.RestoreOptions{Section: schema.PostData, Jobs: 3, Superuser: true}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, plain(t, to, p)); diff != "" {
		t.Errorf("the schema is another one now: %s", diff)
	}
}
