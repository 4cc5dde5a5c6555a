package pipeline

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/understudy-db/understudy/pkg/inspect"
	"github.com/understudy-db/understudy/pkg/pgtest"
	"github.com/understudy-db/understudy/pkg/report"
)

func TestAScanKeepsItsStateUntilItIsDone(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	pgtest.Exec(t, dsn, `CREATE TABLE t (note text); INSERT INTO t VALUES ('ann.baker@northgate-mail.com')`)
	o := ScanOptions{Source: dsn, Locale: "en_GB", Jobs: 1, Log: zerolog.Nop(), State: filepath.Join(t.TempDir(), "state")}
	findings, rows, err := Scan(t.Context(), o)
	if err != nil || rows != 1 || len(findings) != 1 {
		t.Fatal(err, rows, len(findings))
	}
	if _, err := os.Stat(o.State); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a finished scan leaves its state: %v", err)
	}
	kept, err := openScanState(&o, "here")
	if err != nil {
		t.Fatal(err)
	}
	if err := kept.save(&inspect.State{}); err != nil {
		t.Fatal(err)
	}
	if err := kept.close(false); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(o.State); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if _, err := openScanState(&o, "here"); err == nil || !strings.Contains(report.HintOf(err), "--resume") {
		t.Errorf("a second scan writes over the first one's state: %v", err)
	}
	o.Resume = true
	if _, err := openScanState(&o, "here"); err != nil {
		t.Error(err)
	}
	if _, err := openScanState(&o, "elsewhere"); err == nil {
		t.Error("the state of another database is taken")
	}
	if err := os.WriteFile(o.State, []byte(`{"version":1,"secret":1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openScanState(&o, "here"); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("a damaged state: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := os.Remove(o.State); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Scan(ctx, o); err == nil {
		t.Error("a cancelled scan says that it is done")
	}
}
