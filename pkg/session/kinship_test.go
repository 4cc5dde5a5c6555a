package session_test

import (
	"errors"
	"os"
	"testing"

	"github.com/understudy-db/understudy/pkg/localpg"
	"github.com/understudy-db/understudy/pkg/pgtest"
	"github.com/understudy-db/understudy/pkg/session"
)

func TestTwoServersAreNotOneCluster(t *testing.T) {
	t.Parallel()
	s, err := localpg.Start(t.Context(), localpg.Options{})
	if errors.Is(err, localpg.ErrNotFound) && os.Getenv("CI") != "true" && os.Getenv("UNDERSTUDY_NO_SKIP") != "1" {
		t.Skip("no second server on this machine")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	source := connect(t, pgtest.DSN(t), session.Source("a"))
	k, err := session.SameCluster(t.Context(), source, connect(t, s.DSN("postgres"), session.Target("b")))
	if err != nil || k.Cluster || k.Database || k.Suspect || k.How == "" {
		t.Errorf("two servers: %+v, %v", k, err)
	}
}
