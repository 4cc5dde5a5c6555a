//go:build !unix

package localpg

import (
	"errors"
	"os/exec"
)

// account is the user the server runs as.
type account struct{}

// errNotUnix says why there are no throw-away servers here: the supervisor is a shell.
var errNotUnix = errors.New("throw-away servers need a Unix system; use a container")

func unprivileged() (*account, error)          { return nil, errNotUnix }
func (*account) own(string) error              { return errNotUnix }
func (*account) run(*exec.Cmd)                 {}
func ownGroup(*exec.Cmd)                       {}
func makeDir(string, *account) (string, error) { return "", errNotUnix }
