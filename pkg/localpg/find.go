package localpg

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// ErrNotFound says that the machine has no PostgreSQL server programs.
var ErrNotFound = errors.New("no PostgreSQL server programs (initdb, postgres) on PATH or in the usual folders")

// Programs is one installed version of PostgreSQL's programs.
type Programs struct {
	Dir   string // the folder that holds them
	Major int    // 15
	Minor int    // 18; 0 for a development version
}

// Path returns the full path of one of the programs, whether or not it exists.
func (p Programs) Path(name string) string { return filepath.Join(p.Dir, name) }

// folders are where the packagers put versions that are not on PATH: Debian, PGDG's
// RPMs, Homebrew on both kinds of Mac, Postgres.app, Arch, Alpine, and source builds.
var folders = []string{
	"/usr/lib/postgresql/*/bin",
	"/usr/pgsql-*/bin",
	"/opt/homebrew/opt/postgresql@*/bin",
	"/opt/homebrew/opt/postgresql/bin",
	"/usr/local/opt/postgresql@*/bin",
	"/usr/local/opt/postgresql/bin",
	"/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",
	"/Applications/Postgres.app/Contents/Versions/*/bin",
	"/usr/libexec/postgresql*",
	"/usr/lib/postgresql*/bin",
	"/usr/local/pgsql/bin",
}

// Find returns the newest version whose server programs are on this machine, or [ErrNotFound].
func Find() (Programs, error) {
	if all := All(); len(all) > 0 {
		return all[0], nil
	}
	return Programs{}, ErrNotFound
}

// All returns every version whose server programs are on this machine, newest first.
// Two folders of the same version give one entry.
func All() []Programs {
	var dirs []string
	if path, err := exec.LookPath("initdb"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			path = real
		}
		dirs = append(dirs, filepath.Dir(path))
	}
	for _, pattern := range folders {
		found, _ := filepath.Glob(pattern) // the only error is a malformed pattern, and these are constants
		dirs = append(dirs, found...)
	}
	var all []Programs
	for _, dir := range dirs {
		p, ok := inspect(dir)
		if ok && !slices.ContainsFunc(all, func(q Programs) bool { return q.Major == p.Major && q.Minor == p.Minor }) {
			all = append(all, p)
		}
	}
	slices.SortStableFunc(all, func(a, b Programs) int {
		if a.Major != b.Major {
			return b.Major - a.Major
		}
		return b.Minor - a.Minor
	})
	return all
}

var versionPattern = regexp.MustCompile(`\(PostgreSQL\) (\d+)(?:\.(\d+))?`)

// inspect asks the programs of one folder for their version; false when a program is missing or will not say.
func inspect(dir string) (Programs, bool) {
	for _, name := range []string{"initdb", "postgres"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.IsDir() {
			return Programs{}, false
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, filepath.Join(dir, "initdb"), "--version").Output()
	if err != nil {
		return Programs{}, false
	}
	m := versionPattern.FindSubmatch(out)
	if m == nil {
		return Programs{}, false
	}
	major, _ := strconv.Atoi(string(m[1]))
	minor, _ := strconv.Atoi(string(m[2]))
	return Programs{Dir: dir, Major: major, Minor: minor}, true
}
