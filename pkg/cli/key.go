package cli

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/understudy-db/understudy/pkg/mask/prf"
	"github.com/understudy-db/understudy/pkg/report"
)

// keyEnv is the environment's way to give a key.
const keyEnv = "UNDERSTUDY_KEY"

// domainKeysEnv is the environment's way to give domains keys of their own: DOMAIN=KEY, one a line.
const domainKeysEnv = "UNDERSTUDY_DOMAIN_KEYS"

// keygenLine is what the error of a missing key tells to type.
const keygenLine = "(umask 077; understudy keygen > ~/.understudy.key)"

type keyFlags struct {
	file, command string
	ephemeral     bool
	domains       []string // of DOMAIN=FILE
	takesDomains  bool     // the command has a use for them
}

func (k *keyFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&k.file, "key-file", "", "file with the 32-byte key, in hex or base64, mode 0600 (or env UNDERSTUDY_KEY: the key itself)")
	cmd.Flags().StringVar(&k.command, "key-command", "", "command whose output is the key")
	cmd.Flags().BoolVar(&k.ephemeral, "ephemeral-key", false, "make a key for this run and forget it: the next run's stand-ins differ")
}

// addDomains adds the flag by which domains get keys of their own.
func (k *keyFlags) addDomains(cmd *cobra.Command) {
	k.takesDomains = true
	cmd.Flags().StringArrayVar(&k.domains, "domain-key", nil, "DOMAIN=FILE: a key of its own for one domain, whose stand-ins change while all others stay; may be repeated (or env "+domainKeysEnv+": DOMAIN=KEY, one a line)")
}

// given reports whether somebody named a key.
func (k *keyFlags) given() bool {
	return k.file != "" || k.command != "" || k.ephemeral || os.Getenv(keyEnv) != ""
}

// load returns the key, with those of its domains, and whether it is ephemeral. There is
// no default.
func (k *keyFlags) load(ctx context.Context, rules string) (prf.Key, bool, error) {
	key, ephemeral, err := k.main(ctx, rules)
	if err != nil {
		return prf.Key{}, false, err
	}
	for _, given := range k.domains {
		if key, err = withDomain(key, "--domain-key", "FILE", given, func(file string) (prf.Key, error) { return readKeyFile(file, rules) }); err != nil {
			return prf.Key{}, false, err
		}
	}
	if k.takesDomains {
		lines := os.Getenv(domainKeysEnv)
		_ = os.Unsetenv(domainKeysEnv) // no child of ours needs it
		for line := range strings.Lines(lines) {
			if line = strings.TrimSpace(line); line == "" {
				continue
			}
			if key, err = withDomain(key, domainKeysEnv, "KEY", line, func(text string) (prf.Key, error) { return parseKey([]byte(text)) }); err != nil {
				return prf.Key{}, false, err
			}
		}
	}
	return key, ephemeral, nil
}

// outputOf runs a command that prints a secret. It is given none of ours: it may be
// somebody else's program.
func outputOf(ctx context.Context, command string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", command) //nolint:gosec // the user's own command
	cmd.Env = slices.DeleteFunc(os.Environ(), func(kv string) bool {
		return strings.HasPrefix(kv, keyEnv+"=") || strings.HasPrefix(kv, domainKeysEnv+"=")
	})
	return cmd.Output()
}

// withDomain adds the key that "DOMAIN=what" names. An error quotes nothing behind the domain.
func withDomain(key prf.Key, by, what, given string, read func(string) (prf.Key, error)) (prf.Key, error) {
	domain, value, ok := strings.Cut(given, "=")
	var other prf.Key
	var err error
	switch {
	case !ok || domain == "" || value == "":
		err = usagef("%s takes DOMAIN=%s, with a domain as `understudy plan` prints it", by, what)
	case slices.Contains(key.Domains(), domain):
		err = usagef("%s names the domain %s a second time: a domain has one key in a run", by, report.Clean(domain))
	default:
		other, err = read(value)
		if err == nil && other.ID() == key.ID() {
			err = usagef("%s gives the domain %s the key that all have", by, report.Clean(domain))
		}
	}
	if err != nil {
		key.Wipe()
		return prf.Key{}, err
	}
	return key.With(domain, other), nil
}

// main returns the key of all domains that have none of their own.
func (k *keyFlags) main(ctx context.Context, rules string) (prf.Key, bool, error) {
	env, inEnv := os.LookupEnv(keyEnv)
	given := 0
	for _, set := range []bool{k.file != "", k.command != "", k.ephemeral} {
		if set {
			given++
		}
	}
	if given > 1 {
		return prf.Key{}, false, usagef("give one of --key-file, --key-command and --ephemeral-key")
	}
	switch {
	case k.ephemeral:
		return prf.Generate(), true, nil
	case k.file != "":
		key, err := readKeyFile(k.file, rules)
		return key, false, err
	case k.command != "":
		out, err := outputOf(ctx, k.command)
		if err != nil {
			// what the command printed may be the key
			return prf.Key{}, false, keyFault("run the key command", "its exit code was not 0; run it by hand")
		}
		key, err := parseKey(out)
		return key, false, err
	case inEnv && env != "":
		_ = os.Unsetenv(keyEnv) // no child of ours needs it
		key, err := parseKey([]byte(env))
		return key, false, err
	}
	return prf.Key{}, false, &report.Fault{
		Side: report.Usage, Doing: "find the key",
		Err:  fmt.Errorf("none of --key-file, --key-command and %s is given", keyEnv),
		Hint: "make one with `" + keygenLine + "` and give --key-file ~/.understudy.key; or try with --ephemeral-key",
	}
}

func keyFault(doing, why string) error {
	return &report.Fault{Side: report.Usage, Doing: doing, Err: fmt.Errorf("%s", why), Hint: "make a key with `" + keygenLine + "`"}
}

func readKeyFile(path, rules string) (prf.Key, error) {
	if err := private(path); err != nil {
		return prf.Key{}, &report.Fault{Side: report.Usage, Doing: "read the key file " + path, Err: err, Hint: "make a key with `" + keygenLine + "`, or chmod 600 " + path}
	}
	if rules != "" && beside(path, rules) {
		return prf.Key{}, &report.Fault{
			Side: report.Usage, Doing: "read the key file " + path, Err: fmt.Errorf("it lies beside the rules, which are shared"),
			Hint: "move it out of the rules' folder: who has both can undo the masking by trying",
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return prf.Key{}, keyFault("read the key file "+path, "it cannot be read")
	}
	defer clear(b)
	return parseKey(b)
}

// beside reports whether the key lies in the rules' folder: rules are shared, and a key
// there is a commit away from being shared with them.
func beside(key, rules string) bool {
	k, err1 := filepath.Abs(filepath.Dir(key))
	r, err2 := filepath.Abs(filepath.Dir(rules))
	return err1 == nil && err2 == nil && k == r
}

// parseKey reads 32 bytes in hex (64 digits) or base64. The error says how long the
// input is and nothing else of it.
func parseKey(b []byte) (prf.Key, error) {
	text := strings.TrimSpace(string(bytes.TrimSpace(b)))
	if raw, err := hex.DecodeString(text); err == nil {
		if key, err := prf.NewKey(raw); err == nil {
			clear(raw)
			return key, nil
		}
	}
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		if raw, err := enc.DecodeString(text); err == nil {
			if key, err := prf.NewKey(raw); err == nil {
				clear(raw)
				return key, nil
			}
		}
	}
	return prf.Key{}, keyFault("read the key", fmt.Sprintf("it must be 32 bytes as 64 hex digits or base64, and has %d characters", len(text)))
}

func (d *door) keygenCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "keygen",
		Short: "Print a fresh key",
		Long: `Prints 32 random bytes in hex. Whoever has the key can find out which stand-in belongs
to a value that he guesses, so keep it as you keep production's passwords, never on the
staging host and never beside the rules:

  ` + keygenLine,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			key := prf.Generate()
			_, err := fmt.Fprintln(cmd.OutOrStdout(), key.Hex())
			return err
		},
	}
}
