package pipeline

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/understudy-db/understudy/pkg/report"
)

// A folder that cannot be written is told before production is read, and once.
func TestAReportWithoutAFolderIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	run, err := Refresh(t.Context(), Options{ReportDir: file, Rules: filepath.Join(t.TempDir(), "none.yaml"), Log: zerolog.Nop()})
	if err == nil || report.SideOf(err) != report.Usage || strings.Count(err.Error(), "write the report") != 1 {
		t.Fatalf("%v", err)
	}
	if len(run.Steps) != 1 || run.Steps[0].Done {
		t.Errorf("%+v", run.Steps)
	}
}
