//go:build unix

package localpg

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is the user the server runs as; nil is the user we are.
type account struct{ uid, gid uint32 }

// unprivileged returns nil unless this process is root; then the first of the usual
// accounts that exists.
func unprivileged() (*account, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		if err != nil {
			continue
		}
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		if err != nil {
			continue
		}
		return &account{uint32(uid), uint32(gid)}, nil
	}
	return nil, errors.New("PostgreSQL does not run as root, and there is neither a postgres nor a nobody account")
}

// own gives a path to the account.
func (a *account) own(path string) error {
	if a == nil {
		return nil
	}
	return os.Chown(path, int(a.uid), int(a.gid))
}

// run makes a command run as the account, with a home that is its own: the home in
// our environment may not be readable to it.
func (a *account) run(cmd *exec.Cmd) {
	if a == nil {
		return
	}
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid}
	cmd.Env = append(os.Environ(), "HOME="+cmd.Dir)
}

// ownGroup puts a command into a process group of its own.
func ownGroup(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
}

// makeDir makes the server's directory, readable to its account alone. The account
// must be able to reach it: below a parent that only root may enter, /tmp is used.
func makeDir(parent string, a *account) (string, error) {
	if parent == "" {
		parent = os.TempDir()
		if a != nil && !open(parent) {
			parent = "/tmp"
		}
	}
	dir, err := os.MkdirTemp(parent, "understudy-pg-")
	if err != nil {
		return "", fmt.Errorf("make the server's directory: %w", err)
	}
	return dir, a.own(dir)
}

// open reports whether everybody may pass through a directory and all above it.
func open(dir string) bool {
	for {
		info, err := os.Stat(dir)
		if err != nil || info.Mode().Perm()&0o001 == 0 {
			return false
		}
		up := filepath.Dir(dir)
		if up == dir {
			return true
		}
		dir = up
	}
}
