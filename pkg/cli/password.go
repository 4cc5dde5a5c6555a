package cli

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
)

// sides are the flags that hold an address, with what they are called in words.
var sides = []string{"source", "target"}

// addPasswords gives every command that takes an address the flags for its password, and
// puts the password into the address before the command sees it.
func addPasswords(c *cobra.Command) {
	for _, side := range sides {
		if c.Flags().Lookup(side) == nil {
			continue
		}
		c.Flags().String(side+"-password-file", "", "file with the password of --"+side+", mode 0600")
		c.Flags().String(side+"-password-command", "", "command whose output is the password of --"+side)
		c.PreRunE = func(cmd *cobra.Command, _ []string) error { return readPasswords(cmd) }
	}
	for _, sub := range c.Commands() {
		addPasswords(sub)
	}
}

func readPasswords(cmd *cobra.Command) error {
	for _, side := range sides {
		address := cmd.Flags().Lookup(side)
		if address == nil {
			continue
		}
		file, _ := cmd.Flags().GetString(side + "-password-file")
		command, _ := cmd.Flags().GetString(side + "-password-command")
		var password string
		var err error
		switch {
		case file == "" && command == "":
			continue
		case file != "" && command != "":
			return usagef("give one of --%[1]s-password-file and --%[1]s-password-command", side)
		case file != "":
			password, err = passwordFromFile(side, file)
		default:
			password, err = passwordFromCommand(cmd.Context(), side, command)
		}
		if err != nil {
			return err
		}
		if err := address.Value.Set(session.With(address.Value.String(), "password", password)); err != nil {
			return usageError{err}
		}
	}
	return nil
}

func passwordFault(side, why, hint string) error {
	return &report.Fault{Side: report.Usage, Doing: "read the password of --" + side, Err: fmt.Errorf("%s", why), Hint: hint}
}

func passwordFromFile(side, path string) (string, error) {
	if err := private(path); err != nil {
		return "", &report.Fault{Side: report.Usage, Doing: "read the password of --" + side + " from " + path, Err: err, Hint: "chmod 600 " + path}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", passwordFault(side, "the file "+path+" cannot be read", "")
	}
	defer clear(b)
	return onePassword(side, string(b))
}

// passwordFromCommand runs a command as the key's is run. What it printed may be the
// password, so nothing of it is shown.
func passwordFromCommand(ctx context.Context, side, command string) (string, error) {
	out, err := outputOf(ctx, command)
	if err != nil {
		return "", passwordFault(side, "the exit code of its command was not 0", "run the command by hand")
	}
	defer clear(out)
	return onePassword(side, string(out))
}

// onePassword takes the line's end off; what is left has to be one line.
func onePassword(side, text string) (string, error) {
	text = strings.TrimRight(text, "\r\n")
	if text == "" || strings.ContainsAny(text, "\r\n\x00") {
		return "", passwordFault(side, "it is not one line of text", "write the password alone into it")
	}
	return text, nil
}

// private says why a file with a secret is open to others, or nil. Where a secret store
// mounts its files as something else than plain ones, their modes say nothing.
func private(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("it cannot be opened")
	}
	if info.Mode().Perm()&0o077 != 0 && info.Mode().IsRegular() {
		return fmt.Errorf("others may read it (mode %04o)", info.Mode().Perm())
	}
	return nil
}

var passwordPattern = regexp.MustCompile(`://[^/?@]*?:([^/?]*)@|\bpassword\s*=\s*('(?:[^'\\]|\\.)*'|[^ &]*)`)

// passwordsIn returns where passwords stand in an argument that holds an address.
func passwordsIn(arg string) (spans [][2]int) {
	for _, m := range passwordPattern.FindAllStringSubmatchIndex(arg, -1) {
		for g := 2; g < len(m); g += 2 {
			if m[g] >= 0 {
				spans = append(spans, [2]int{m[g], m[g+1]})
			}
		}
	}
	return spans
}
