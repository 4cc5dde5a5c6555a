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

func TestARunLeavesItsRecordAndTheFoldersPage(t *testing.T) {
	t.Parallel()
	s := newStory(t, `version: 1
tables: {public.t: {columns: {id: {keep: a number}}}}
`, "CREATE TABLE public.t (id int PRIMARY KEY); INSERT INTO public.t VALUES (1)")
	s.o.ReportDir = t.TempDir()
	first, second := s.run(t), s.run(t)
	if len(first.Trend) != 0 || len(second.Trend) != 1 || second.Trend[0].ID != first.ID || second.Trend[0].Outcome != report.Published {
		t.Errorf("%+v, then %+v", first.Trend, second.Trend)
	}
	for _, name := range []string{first.ID + "/run.json", second.ID + "/run.json", second.ID + "/report.txt", second.ID + "/report.html", "index.html"} {
		info, err := os.Stat(filepath.Join(s.o.ReportDir, name))
		if err != nil || info.Size() == 0 || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	page, err := os.ReadFile(filepath.Join(s.o.ReportDir, "index.html"))
	if err != nil || !strings.Contains(string(page), first.ID+"/report.html") || !strings.Contains(string(page), second.ID+"/report.html") {
		t.Errorf("the page does not lead to the runs (%v)", err)
	}
}
