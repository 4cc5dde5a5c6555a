package schema

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

func TestArchivesOfKilledRunsAreSwept(t *testing.T) {
	t.Parallel()
	gone := exec.CommandContext(t.Context(), "true")
	if err := gone.Run(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	dead := filepath.Join(dir, folderPrefix+strconv.Itoa(gone.Process.Pid)+"-1")
	alive := filepath.Join(dir, folderPrefix+strconv.Itoa(os.Getpid())+"-1")
	other := filepath.Join(dir, "understudy-schema-notes")
	for _, d := range []string{dead, alive, other} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	there := func(d string) bool { _, err := os.Stat(d); return err == nil }
	sweep(dir, time.Now())
	if !there(dead) {
		t.Fatal("a folder of this hour was removed")
	}
	sweep(dir, time.Now().Add(2*sweepAge))
	if there(dead) || !there(alive) || !there(other) {
		t.Errorf("dead %v, alive %v, other %v", there(dead), there(alive), there(other))
	}
}
