package samples

import (
	"bytes"
	"context"
	"crypto/rand"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

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
	t.Run("a container that has the scripts", func(t *testing.T) {
		same(t, server, stage.Loaded(t, "15", "northwind", scripts...))
	})
	t.Run("docker compose up", func(t *testing.T) {
		same(t, server, composed(t, dir))
	})
}

func same(t *testing.T, seeded, loaded *stage.Server) {
	t.Helper()
	stage.Compare(t, "rows", seeded.Digests(t, "northwind"), loaded.Digests(t, "northwind"))
	if got, want := loaded.ForeignKeys(t, "northwind"), seeded.ForeignKeys(t, "northwind"); got != want || want == 0 {
		t.Errorf("%d foreign keys are valid, and %d were", got, want)
	}
}

// composed starts what compose.yaml says, on a port that is free, and returns when the
// service is healthy by its own word.
func composed(t *testing.T, dir string) *stage.Server {
	t.Helper()
	compose := append(stage.Compose(t), "-f", filepath.Join(dir, "compose.yaml"), "-p", "understudy"+strings.ToLower(rand.Text()[:8]))
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	_ = l.Close()
	run := func(ctx context.Context, args ...string) string {
		t.Helper()
		all := append(slices.Clone(compose), args...)
		cmd := exec.CommandContext(ctx, all[0], all[1:]...)
		cmd.Env = append(os.Environ(), "POSTGRES_IMAGE="+stage.Image("15"), "POSTGRES_PORT="+port)
		var said bytes.Buffer
		cmd.Stderr = &said
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v: %s", strings.Join(args, " "), err, said.String())
		}
		return string(out)
	}
	if said := run(t.Context(), "config"); !strings.Contains(said, stage.Image("15")) || !strings.Contains(said, port) || !strings.Contains(said, "POSTGRES_DB: northwind") {
		t.Errorf("compose reads %s", said)
	}
	t.Cleanup(func() { run(context.WithoutCancel(t.Context()), "down", "--volumes") })
	run(t.Context(), "up", "--detach")
	id := strings.TrimSpace(run(t.Context(), "ps", "--quiet", "database"))
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	end := time.After(2 * time.Minute)
	for {
		out, err := exec.CommandContext(t.Context(), "docker", "inspect", "--format", "{{.State.Status}} {{.State.Health.Status}}", id).Output()
		if err != nil {
			t.Fatal(err)
		}
		state := strings.TrimSpace(string(out))
		if state == "running healthy" {
			return stage.At("postgres://postgres:development@127.0.0.1:"+port+"/northwind?sslmode=disable", "northwind")
		}
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("it is %s: %s", state, run(t.Context(), "logs"))
		}
		if !strings.HasPrefix(state, "running") {
			t.Fatalf("it is %s: %s", state, run(t.Context(), "logs"))
		}
	}
}
