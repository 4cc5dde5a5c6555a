package samples

import (
	"path/filepath"
	"testing"

	"github.com/rs/zerolog"

	"github.com/understudy-db/understudy/integration/stage"
	"github.com/understudy-db/understudy/pkg/pipeline"
)

// TestTheImageStartsOnAnExportedFolder seeds a real schema, exports it and has a fresh
// container load it.
func TestTheImageStartsOnAnExportedFolder(t *testing.T) {
	t.Parallel()
	server := stage.New(t, "seeded:15").Server("seeded")
	server.Database(t, "northwind")
	server.Exec(t, "northwind", stage.Read(t, "integration", "samples", "testdata", "northwind.sql"))
	server.Exec(t, "northwind", `DO $$ DECLARE r record; BEGIN FOR r IN SELECT oid::regclass AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
		EXECUTE 'TRUNCATE ' || r.name || ' CASCADE'; END LOOP; END $$`)
	if _, err := pipeline.Seed(t.Context(), pipeline.SeedOptions{Target: server.Outside("northwind"), Rows: 50, Seed: "1", Log: zerolog.Nop()}); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "northwind") + "/"
	if err := pipeline.Export(t.Context(), pipeline.ExportOptions{Source: server.Outside("northwind"), To: dir, Log: zerolog.Nop()}); err != nil {
		t.Fatal(err)
	}
	scripts, err := filepath.Glob(filepath.Join(dir, "docker-entrypoint-initdb.d", "*"))
	if err != nil || len(scripts) == 0 {
		t.Fatal(scripts, err)
	}
	loaded := stage.Loaded(t, "15", "northwind", scripts...)
	stage.Compare(t, "rows", server.Digests(t, "northwind"), loaded.Digests(t, "northwind"))
	if got, want := loaded.ForeignKeys(t, "northwind"), server.ForeignKeys(t, "northwind"); got != want || want == 0 {
		t.Errorf("%d foreign keys are valid, and %d were", got, want)
	}
}
