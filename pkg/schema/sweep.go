package schema

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// folderPrefix begins the name of every archive's folder; the process follows.
const folderPrefix = "understudy-schema-"

// sweepAge keeps a folder that another container shares with us, whose process we
// cannot see: no schema takes an hour to restore.
const sweepAge = time.Hour

// sweep removes the archives of processes that were killed. It is no error when one
// stays: it is private, and the next run tries again.
func sweep(parent string, now time.Time) {
	if parent == "" {
		parent = os.TempDir()
	}
	folders, _ := filepath.Glob(filepath.Join(parent, folderPrefix+"*")) // only a bad pattern fails
	for _, folder := range folders {
		pid, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(folder), folderPrefix), "-")
		n, err := strconv.Atoi(pid)
		if err != nil || n <= 0 {
			continue
		}
		info, err := os.Lstat(folder)
		if err != nil || !info.IsDir() || info.Mode().Perm()&0o077 != 0 || now.Sub(info.ModTime()) < sweepAge {
			continue
		}
		if errors.Is(syscall.Kill(n, 0), syscall.ESRCH) {
			_ = os.RemoveAll(folder) // somebody else's is refused
		}
	}
}
