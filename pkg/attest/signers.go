package attest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// Signers is a file of allowed signers, in the format of ssh-keygen's ALLOWED SIGNERS.
type Signers []signer

// signer is one of its lines.
type signer struct {
	principals []string // patterns with * and ?; one that begins with ! excludes
	namespaces []string // empty is any
	after      time.Time
	before     time.Time
	key        ssh.PublicKey
}

// ReadSigners reads a file of allowed signers. A line that it cannot read is an error
// that names the line: one that is ignored could be the one that mattered.
func ReadSigners(file []byte) (Signers, error) {
	var all Signers
	lines := bufio.NewScanner(bytes.NewReader(file))
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		s, err := readSigner(line)
		if err != nil {
			return nil, fmt.Errorf("line %d of the allowed signers: %w", n, err)
		}
		all = append(all, s)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("the allowed signers: %w", err)
	}
	if len(all) == 0 {
		return nil, errors.New("the file of allowed signers names nobody")
	}
	return all, nil
}

func readSigner(line string) (signer, error) {
	names, rest, ok := principals(line)
	if !ok {
		return signer{}, errors.New("write: principal key-type key")
	}
	key, _, options, _, err := ssh.ParseAuthorizedKey([]byte(rest))
	if err != nil {
		return signer{}, errors.New("it holds no public key that can be read")
	}
	s := signer{principals: strings.Split(names, ","), key: key}
	for _, o := range options {
		name, value, _ := strings.Cut(o, "=")
		value = strings.Trim(value, `"`)
		switch strings.ToLower(name) {
		case "namespaces":
			s.namespaces = strings.Split(value, ",")
		case "valid-after":
			s.after, err = readTime(value)
		case "valid-before":
			s.before, err = readTime(value)
		case "cert-authority":
			return signer{}, errors.New("certificates are not supported: name the key itself")
		default:
			return signer{}, fmt.Errorf("the option %s is not known", name)
		}
		if err != nil {
			return signer{}, err
		}
	}
	return s, nil
}

// principals cuts off the first field, which may stand in quotes.
func principals(line string) (names, rest string, ok bool) {
	if quoted, found := strings.CutPrefix(line, `"`); found {
		names, rest, ok = strings.Cut(quoted, `"`)
	} else if i := strings.IndexAny(line, " \t"); i > 0 {
		names, rest, ok = line[:i], line[i:], true
	}
	return names, strings.TrimSpace(rest), ok && names != ""
}

// readTime reads YYYYMMDD or YYYYMMDDHHMM[SS], UTC with a Z and local time without.
func readTime(s string) (time.Time, error) {
	text, utc := strings.CutSuffix(s, "Z")
	zone := time.Local
	if utc {
		zone = time.UTC
	}
	for _, layout := range []string{"20060102", "200601021504", "20060102150405"} {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, errors.New("a time is written YYYYMMDD or YYYYMMDDHHMM, with a Z for UTC")
}

// with returns the lines of a key.
func (all Signers) with(key ssh.PublicKey) []signer {
	var out []signer
	for _, s := range all {
		if bytes.Equal(s.key.Marshal(), key.Marshal()) {
			out = append(out, s)
		}
	}
	return out
}

// Names returns the principals that a key has, for a signer who does not say who he is.
func (all Signers) Names(key ssh.PublicKey) []string {
	var out []string
	for _, s := range all.with(key) {
		out = append(out, s.principals...)
	}
	return out
}

// is reports whether the line's patterns name the principal. A ! excludes, whatever else matches.
func (s signer) is(principal string) bool {
	found := false
	for _, p := range s.principals {
		pattern, not := strings.CutPrefix(p, "!")
		if match(pattern, principal) {
			if not {
				return false
			}
			found = true
		}
	}
	return found
}

// match is ssh's: * and ? stand for characters, and nothing else is special.
func match(pattern, name string) bool {
	quote := strings.NewReplacer(`\`, `\\`, `[`, `\[`, "/", "\x00")
	ok, err := path.Match(quote.Replace(strings.ToLower(pattern)), strings.ReplaceAll(strings.ToLower(name), "/", "\x00"))
	return err == nil && ok
}

// allowedAs says why none of the lines lets the principal sign at the time, or nil.
func allowedAs(lines []signer, principal, namespace string, at time.Time) error {
	why := fmt.Errorf("the key does not belong to %s in the file of allowed signers", principal)
	for _, l := range lines {
		switch {
		case !l.is(principal):
		case len(l.namespaces) > 0 && !slices.ContainsFunc(l.namespaces, func(n string) bool { return match(n, namespace) }):
			why = fmt.Errorf("the key of %s is not allowed to sign for %s", principal, namespace)
		case !l.after.IsZero() && at.Before(l.after), !l.before.IsZero() && at.After(l.before):
			why = fmt.Errorf("the key of %s was not valid when it signed", principal)
		default:
			return nil
		}
	}
	return why
}

// ReadKey reads a private key in OpenSSH's or PEM form. passphrase is asked for when the
// key has one; it may be nil.
func ReadKey(file []byte, passphrase func() ([]byte, error)) (ssh.Signer, error) {
	s, err := ssh.ParsePrivateKey(file)
	var missing *ssh.PassphraseMissingError
	if !errors.As(err, &missing) {
		if err != nil {
			return nil, errors.New("it is no private SSH key")
		}
		return s, nil
	}
	if passphrase == nil {
		return nil, errors.New("it has a passphrase, and nobody can be asked for it: use ssh-agent")
	}
	secret, err := passphrase()
	if err != nil {
		return nil, err
	}
	defer clear(secret)
	if s, err = ssh.ParsePrivateKeyWithPassphrase(file, secret); err != nil {
		return nil, errors.New("the passphrase does not open it")
	}
	return s, nil
}
