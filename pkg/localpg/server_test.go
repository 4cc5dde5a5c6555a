package localpg

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func launchForTest(t *testing.T, o Options) *Server {
	t.Helper()
	s, err := Start(t.Context(), o)
	if errors.Is(err, ErrNotFound) && os.Getenv("CI") != "true" && os.Getenv("UNDERSTUDY_NO_SKIP") != "1" {
		t.Skip("no PostgreSQL programs on this machine")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

func TestStartAnswersOnBothAddressesAndStopRemovesAll(t *testing.T) {
	t.Parallel()
	s := launchForTest(t, Options{Settings: map[string]string{"work_mem": "7MB"}})
	for _, dsn := range []string{s.DSN("postgres"), s.SocketDSN("postgres")} {
		conn, err := pgx.Connect(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		var mem string
		if err := conn.QueryRow(t.Context(), "SHOW work_mem").Scan(&mem); err != nil || mem != "7MB" {
			t.Errorf("work_mem is %q, %v; want 7MB", mem, err)
		}
		if err := conn.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	s.Stop()
	s.Stop() // twice is once
	if _, err := os.Stat(s.dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the directory is still there: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if conn, err := pgx.Connect(ctx, s.DSN("postgres")); err == nil {
		_ = conn.Close(ctx)
		t.Error("the server still answers")
	}
}

// The lifeline is all that a dead process leaves: closing it must end the server.
func TestServerEndsWithItsLifeline(t *testing.T) {
	t.Parallel()
	s := launchForTest(t, Options{})
	if err := s.lifeline.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.done:
	case <-time.After(30 * time.Second):
		t.Fatal("the server outlived its lifeline")
	}
	if _, err := os.Stat(s.dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the directory is still there: %v", err)
	}
}

func TestStartSaysWhyItFailed(t *testing.T) {
	t.Parallel()
	launchForTest(t, Options{}).Stop()
	_, err := Start(t.Context(), Options{Settings: map[string]string{"work_mem": "nonsense"}})
	if err == nil {
		t.Fatal("a server started with a setting that makes no sense")
	}
	if msg := err.Error(); len(msg) < 40 {
		t.Errorf("error says too little: %s", msg)
	}
}

func TestVersionsAreNewestFirst(t *testing.T) {
	t.Parallel()
	all := All()
	for i := 1; i < len(all); i++ {
		if all[i-1].Major < all[i].Major {
			t.Errorf("version %d before %d", all[i-1].Major, all[i].Major)
		}
	}
	if _, ok := inspect(t.TempDir()); ok {
		t.Error("an empty folder passed for PostgreSQL's programs")
	}
}
