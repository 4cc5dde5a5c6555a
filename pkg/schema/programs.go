package schema

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/understudy-db/understudy/pkg/report"
)

// EnvBin names the folder that holds pg_dump and pg_restore, when it is none of the usual ones.
const EnvBin = "UNDERSTUDY_PG_BIN"

// oldestServer is the oldest server whose catalogs we read.
const oldestServer = 12

// Programs is one installed pair of pg_dump and pg_restore.
type Programs struct {
	Major   int    // 15
	Version string // "15.18"
	Dump    string // absolute paths
	Restore string
}

// usualPlaces are where distributions and Homebrew put the programs, one folder a major version.
var usualPlaces = []string{
	"/usr/lib/postgresql/*/bin",          // Debian, Ubuntu
	"/usr/pgsql-*/bin",                   // PGDG on Red Hat
	"/usr/lib/postgresql*/bin",           // SUSE, Gentoo
	"/usr/libexec/postgresql*",           // Alpine
	"/opt/homebrew/opt/postgresql@*/bin", // Homebrew on ARM
	"/opt/homebrew/opt/libpq/bin",        //
	"/usr/local/opt/postgresql@*/bin",    // Homebrew on Intel
	"/usr/local/opt/libpq/bin",           //
	"/Applications/Postgres.app/Contents/Versions/*/bin",
	"/usr/local/pgsql/bin",
}

// Find returns every pair of programs in dirs, in the folder that the environment
// names, on PATH and in the usual places, sorted by version; each version once. An
// empty result is no error: [Choose] says what to do.
func Find(ctx context.Context, dirs ...string) ([]Programs, error) {
	places := slices.Clone(dirs)
	if bin := os.Getenv(EnvBin); bin != "" {
		places = append(places, bin)
	}
	places = append(places, filepath.SplitList(os.Getenv("PATH"))...)
	for _, pattern := range usualPlaces {
		found, _ := filepath.Glob(pattern) // only a bad pattern is an error
		places = append(places, found...)
	}
	return findIn(ctx, places)
}

func findIn(ctx context.Context, places []string) ([]Programs, error) {
	var all []Programs
	seen := map[string]bool{}
	for _, dir := range places {
		dump, ok := realProgram(dir, "pg_dump")
		if !ok || seen[dump] {
			continue
		}
		seen[dump] = true
		restore, ok := realProgram(dir, "pg_restore")
		if !ok {
			continue
		}
		version, err := programVersion(ctx, dump)
		if err != nil {
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			continue // a broken installation beside a good one is no reason to stop
		}
		if other, err := programVersion(ctx, restore); err != nil || other != version {
			continue
		}
		major, ok := majorOf(version)
		if !ok || slices.ContainsFunc(all, func(p Programs) bool { return p.Version == version }) {
			continue
		}
		all = append(all, Programs{Major: major, Version: version, Dump: dump, Restore: restore})
	}
	slices.SortStableFunc(all, func(a, b Programs) int { return a.Major - b.Major })
	return all, nil
}

// realProgram resolves links. Debian's /usr/bin/pg_dump is a wrapper that chooses a
// version by its own rules, so it is passed over: the versions have their own folders.
func realProgram(dir, name string) (string, bool) {
	if dir == "" {
		return "", false
	}
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	path, err := filepath.EvalSymlinks(filepath.Join(dir, name))
	if err != nil || filepath.Base(path) == "pg_wrapper" {
		return "", false
	}
	if path, err = filepath.Abs(path); err != nil {
		return "", false
	}
	info, err := os.Stat(path)
	return path, err == nil && info.Mode().IsRegular()
}

func programVersion(ctx context.Context, path string) (string, error) {
	cmd := exec.CommandContext(ctx, path, "--version")
	cmd.Env = plain(os.Environ())
	out, err := cmd.Output()
	if err != nil {
		return "", err
	}
	return parseVersion(string(out))
}

// parseVersion reads "pg_dump (PostgreSQL) 15.18 (Debian …)".
func parseVersion(line string) (string, error) {
	_, rest, ok := strings.Cut(line, "(PostgreSQL) ")
	fields := strings.Fields(rest)
	if !ok || len(fields) == 0 {
		return "", errors.New("the program does not tell its version")
	}
	return fields[0], nil
}

// majorOf reads the leading digits: "15.18", "18beta1", "17devel".
func majorOf(version string) (int, bool) {
	end := strings.IndexFunc(version, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(version)
	}
	n, err := strconv.Atoi(version[:end])
	return n, err == nil
}

// Choose returns the programs whose major version is at least the source's and at most
// the target's: an older pg_dump refuses the source, a newer pg_restore sends settings
// that the target does not know. The nearest to the source wins. Versions are
// server_version_num. The error is a usage fault that names what was found and what to install.
func Choose(found []Programs, source, target int) (Programs, error) {
	from, to := source/10000, target/10000
	doing := "choose pg_dump and pg_restore"
	if from < oldestServer {
		return Programs{}, &report.Fault{Side: report.Source, Doing: doing, Err: fmt.Errorf("the source runs PostgreSQL %d, the oldest supported is %d", from, oldestServer)}
	}
	if to < from {
		return Programs{}, &report.Fault{
			Side: report.Target, Doing: doing,
			Err:  fmt.Errorf("the target runs PostgreSQL %d, the source %d: a schema cannot be restored into an older server", to, from),
			Hint: fmt.Sprintf("use a target of PostgreSQL %d or newer", from),
		}
	}
	best := -1
	for i, p := range found {
		if p.Major >= from && p.Major <= to && (best < 0 || p.Major < found[best].Major) {
			best = i
		}
	}
	if best >= 0 {
		return found[best], nil
	}
	have := "none were found"
	if len(found) > 0 {
		versions := make([]string, len(found))
		for i, p := range found {
			versions[i] = p.Version + " in " + filepath.Dir(p.Dump)
		}
		have = "found " + strings.Join(versions, ", ")
	}
	need := strconv.Itoa(from)
	if to > from {
		need = fmt.Sprintf("%d to %d", from, to)
	}
	return Programs{}, &report.Fault{
		Side: report.Usage, Doing: doing,
		Err:  fmt.Errorf("the client programs of PostgreSQL %s are needed, %s", need, have),
		Hint: fmt.Sprintf("install postgresql-client-%d (Debian, Ubuntu), postgresql%d (Red Hat) or postgresql@%d (Homebrew), or name their folder in %s", from, from, from, EnvBin),
	}
}

// plain is an environment without our own secrets, and with English messages, which
// are the ones that we can read.
func plain(env []string) []string {
	var out []string
	for _, kv := range env {
		name, _, _ := strings.Cut(kv, "=")
		if strings.HasPrefix(name, "LC_") || strings.HasPrefix(name, "UNDERSTUDY_") || name == "LANG" || name == "LANGUAGE" {
			continue
		}
		out = append(out, kv)
	}
	return append(out, "LC_ALL=C")
}
