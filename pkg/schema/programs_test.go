package schema

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/pkg/report"
)

func TestChooseTakesTheNearestBetweenSourceAndTarget(t *testing.T) {
	t.Parallel()
	found := []Programs{{Major: 13, Version: "13.1"}, {Major: 15, Version: "15.18"}, {Major: 17, Version: "17.5"}}
	cases := []struct {
		source, target, want int
		side                 report.Side
	}{
		{source: 150018, target: 150018, want: 15},
		{source: 150018, target: 170005, want: 15},
		{source: 140002, target: 170005, want: 15},
		{source: 160002, target: 170005, want: 17},
		{source: 160002, target: 160002, side: report.Usage},
		{source: 170005, target: 150018, side: report.Target},
		{source: 110000, target: 150018, side: report.Source},
		{source: 180000, target: 180000, side: report.Usage},
	}
	for _, c := range cases {
		got, err := Choose(found, c.source, c.target)
		if got.Major != c.want {
			t.Errorf("%d to %d: got %d, want %d", c.source, c.target, got.Major, c.want)
		}
		if c.want == 0 && (err == nil || report.SideOf(err) != c.side) {
			t.Errorf("%d to %d: error is %v", c.source, c.target, err)
		}
	}
	_, err := Choose(nil, 160002, 170005)
	if err == nil || !strings.Contains(err.Error(), "16 to 17") || !strings.Contains(report.HintOf(err), "postgresql-client-16") {
		t.Errorf("with nothing found: %v; hint %s", err, report.HintOf(err))
	}
}

func TestVersionsAreRead(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]int{
		"pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n": 15,
		"pg_dump (PostgreSQL) 18beta1\n":                        18,
		"pg_restore (PostgreSQL) 17.5 (Homebrew)\n":             17,
	} {
		v, err := parseVersion(line)
		if err != nil {
			t.Error(err)
		}
		if got, ok := majorOf(v); !ok || got != want {
			t.Errorf("%q is %d", line, got)
		}
	}
	if _, err := parseVersion("pg_dump\n"); err == nil {
		t.Error("no version passes for one")
	}
}

func TestFindPassesOverWrappersHalvesAndBrokenPrograms(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	program := func(dir, name, version string) string {
		path := filepath.Join(root, dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, fmt.Appendf(nil, "#!/bin/sh\necho '%s (PostgreSQL) %s'\n", name, version), 0o755); err != nil {
			t.Fatal(err)
		}
		return path
	}
	program("16", "pg_dump", "16.4")
	program("16", "pg_restore", "16.4")
	program("half", "pg_dump", "17.1")
	program("mixed", "pg_dump", "14.1")
	program("mixed", "pg_restore", "13.1")
	wrapper := program("share", "pg_wrapper", "12.1")
	for _, name := range []string{"pg_dump", "pg_restore"} {
		if err := os.Symlink(wrapper, filepath.Join(filepath.Dir(wrapper), name)); err != nil {
			t.Fatal(err)
		}
	}
	var places []string
	for _, dir := range []string{"missing", "half", "mixed", "share", "16", "16"} {
		places = append(places, filepath.Join(root, dir))
	}
	found, err := findIn(t.Context(), places)
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 1 || found[0].Major != 16 || filepath.Base(found[0].Restore) != "pg_restore" {
		t.Errorf("found %v", found)
	}
}

func TestArgumentsFollowTheVersion(t *testing.T) {
	t.Parallel()
	has := func(args []string, want string) bool {
		return strings.Contains(" "+strings.Join(args, " ")+" ", " "+want+" ")
	}
	old, recent := dumpArgs(15, DumpOptions{Snapshot: "00000003-1B-1"}), dumpArgs(18, DumpOptions{})
	if has(old, "--no-statistics") || !has(recent, "--no-statistics") {
		t.Error("--no-statistics belongs to 18 and later")
	}
	if !has(old, "--snapshot=00000003-1B-1") || !has(old, "--schema-only") {
		t.Errorf("arguments are %v", old)
	}
	if a := restoreArgs(15, 10, RestoreOptions{Section: PreData, Jobs: 4}); !has(a, "--single-transaction") || has(a, "--jobs=4") {
		t.Errorf("small pre-data: %v", a)
	}
	if a := restoreArgs(15, oneTransactionMax+1, RestoreOptions{Section: PreData}); has(a, "--single-transaction") {
		t.Errorf("large pre-data: %v", a)
	}
	if a := restoreArgs(17, 10, RestoreOptions{Section: PreData}); !has(a, "--transaction-size=500") {
		t.Errorf("17: %v", a)
	}
	if a := restoreArgs(17, 10, RestoreOptions{Section: PostData, Jobs: 4}); !has(a, "--jobs=4") || has(a, "--single-transaction") {
		t.Errorf("post-data: %v", a)
	}
}

func TestAttachmentsAreRestoredAlone(t *testing.T) {
	t.Parallel()
	a := &Archive{Entries: []Entry{
		{ID: 1, Desc: "TABLE", Name: "r", Section: PreData},
		{ID: 2, Desc: "INDEX", Name: "i", Section: PostData},
		{ID: 3, Desc: "INDEX ATTACH", Name: "i", Section: PostData},
		{ID: 4, Desc: "FK CONSTRAINT", Name: "f f_r", Section: PostData},
		{ID: 5, Desc: "COMMENT", Name: "CONSTRAINT f_r ON f", Section: PostData},
		{ID: 6, Desc: "TRIGGER", Name: "f t", Section: PostData},
	}}
	var got []string
	for _, p := range passes(a, RestoreOptions{Section: PostData, Jobs: 4, Keep: func(e Entry) bool { return e.ID != 6 }}) {
		line := fmt.Sprint(p.Jobs, ":")
		for _, e := range a.Entries {
			if e.Section == PostData && p.Keep(e) {
				line += fmt.Sprint(" ", e.ID)
			}
		}
		got = append(got, line)
	}
	if want := []string{"4: 2", "1: 3", "4: 4 5"}; !slices.Equal(got, want) {
		t.Errorf("passes are %q, want %q", got, want)
	}
	if one := passes(a, RestoreOptions{Section: PostData, Jobs: 1}); len(one) != 1 || one[0].entries != 5 {
		t.Errorf("one job needs one pass: %v", one)
	}
}

func TestOurSecretsDoNotReachThePrograms(t *testing.T) {
	t.Parallel()
	for _, kv := range plain([]string{"UNDERSTUDY_KEY=aa", "LANG=de_DE", "LC_MESSAGES=de_DE", "PATH=/bin"}) {
		if strings.HasPrefix(kv, "UNDERSTUDY_") || strings.Contains(kv, "de_DE") {
			t.Errorf("%s is passed on", kv)
		}
	}
}
