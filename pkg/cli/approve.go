package cli

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
	"golang.org/x/term"

	"github.com/understudy-db/understudy/pkg/attest"
	"github.com/understudy-db/understudy/pkg/pipeline"
	"github.com/understudy-db/understudy/pkg/report"
)

func (d *door) approveCommand() *cobra.Command {
	var o pipeline.ApproveOptions
	var key, signers string
	var days int
	cmd := &cobra.Command{
		Use:   "approve --rules FILE (--source DSN | --catalog FILE) --key FILE --as PRINCIPAL",
		Short: "Sign rules and the catalog that they were reviewed with",
		Long: `Signs what the rules decide over every column of the source, as it is now, and writes the
approval beside the rules: FILE.approval. copy --require-approval refuses to run when
one byte of the rules, a table, a column, a type, a key or a unique index is another.

The key is an SSH key. A public one (FILE.pub) has ssh-agent sign, which serves hardware
keys as well. Who may approve stands in a file of allowed signers, which the runner has.

Look first: understudy check and understudy diff say what there is to decide over.` + exitHelp,
		Example: "  understudy approve --rules rules.yaml --catalog catalog.json --key ~/.ssh/id_ed25519 --as dpo@example.com",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if o.Log, err = d.logger(); err != nil {
				return err
			}
			if o.Catalog != "" && !cmd.Flags().Changed("source") {
				o.Source = "" // from the environment
			}
			switch {
			case o.Rules == "":
				return usagef("--rules is missing")
			case (o.Source == "") == (o.Catalog == ""):
				return usagef("give --source or --catalog: what the rules are approved for")
			case key == "":
				return usagef("--key is missing: the SSH key to sign with")
			case days < 1 || days > 3650:
				return usagef("--valid-days takes 1 to 3650")
			}
			if o.Signer, err = d.signer(key); err != nil {
				return err
			}
			if o.Reviewer == "" {
				if o.Reviewer, err = reviewer(signers, o.Rules, o.Signer.PublicKey()); err != nil {
					return err
				}
			}
			o.Valid = time.Duration(days) * 24 * time.Hour
			a, err := pipeline.Approve(cmd.Context(), o)
			if err != nil {
				return err
			}
			if d.json {
				return writeJSON(cmd.OutOrStdout(), a)
			}
			path := o.File
			if path == "" {
				path = pipeline.ApprovalFile(o.Rules)
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "approved by %s with %s until %s: %s\n%d columns: %d masked, %d kept with a reason, %d null\n",
				report.Clean(a.Reviewer), ssh.FingerprintSHA256(o.Signer.PublicKey()), a.Expires.Format(time.DateOnly), report.Clean(path),
				total(a.Columns), a.Columns["mask"], a.Columns["keep"], a.Columns["null"])
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.Rules, "rules", "", "rules file")
	flags.StringVar(&o.Source, "source", os.Getenv("UNDERSTUDY_SOURCE"), "database that they are for (env UNDERSTUDY_SOURCE)")
	flags.StringVar(&o.Catalog, "catalog", "", "its catalog, as `understudy show catalog` saved it, in place of --source")
	flags.StringVar(&o.File, "approval", "", "where the approval goes (default: the rules file's name and .approval)")
	flags.StringVar(&key, "key", "", "private SSH key, or a public one whose private key ssh-agent holds")
	flags.StringVar(&o.Reviewer, "as", "", "who approves, as the file of allowed signers calls him (default: what --allowed-signers says of the key)")
	flags.StringVar(&signers, "allowed-signers", "", "file of who may approve, to look the key's owner up in")
	flags.StringVar(&o.Note, "note", "", "a sentence for whoever reads the approval")
	flags.IntVar(&days, "valid-days", 90, "days until it expires")
	flags.BoolVar(&d.json, "json", false, "print what was signed as JSON")
	return cmd
}

func total(counts map[string]int) int {
	n := 0
	for _, c := range counts {
		n += c
	}
	return n
}

// reviewer looks the key's owner up.
func reviewer(path, rules string, key ssh.PublicKey) (string, error) {
	if path == "" {
		return "", usagef("--as is missing: who approves, as the file of allowed signers calls him")
	}
	signers, err := pipeline.ReadSigners(path, rules)
	if err != nil {
		return "", err
	}
	names := signers.Names(key)
	if len(names) != 1 || strings.ContainsAny(names[0], "*?!") {
		return "", usagef("--as is missing: the file of allowed signers gives the key %d names", len(names))
	}
	return names[0], nil
}

// signer opens a private key, or finds the private key of a public one in ssh-agent.
func (d *door) signer(path string) (ssh.Signer, error) {
	doing := "read the key " + path
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, &report.Fault{Side: report.Usage, Doing: doing, Err: errors.New("it cannot be opened"), Hint: "--key names an SSH key, such as ~/.ssh/id_ed25519"}
	}
	defer clear(b)
	if public, _, _, _, err := ssh.ParseAuthorizedKey(b); err == nil {
		return agentSigner(public)
	}
	s, err := attest.ReadKey(b, d.passphrase)
	if err != nil {
		return nil, &report.Fault{Side: report.Usage, Doing: doing, Err: err, Hint: "or give its .pub, and have ssh-agent hold the private key"}
	}
	return s, nil
}

// passphrase asks on the terminal.
func (d *door) passphrase() ([]byte, error) {
	in, ok := d.in.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return nil, errors.New("it has a passphrase, and nobody is at a terminal to type it")
	}
	_, _ = fmt.Fprint(d.err, "passphrase of the key: ")
	secret, err := term.ReadPassword(int(in.Fd()))
	_, _ = fmt.Fprintln(d.err)
	return secret, err
}

func agentSigner(public ssh.PublicKey) (ssh.Signer, error) {
	fault := func(why string) error {
		return &report.Fault{Side: report.Usage, Doing: "ask ssh-agent to sign", Err: errors.New(why), Hint: "ssh-add -l lists what the agent holds; --key may name a private key instead"}
	}
	socket := os.Getenv("SSH_AUTH_SOCK")
	if socket == "" {
		return nil, fault("SSH_AUTH_SOCK is not set: there is no agent")
	}
	conn, err := net.Dial("unix", socket) //nolint:noctx // a local socket, closed with the program
	if err != nil {
		return nil, fault("the agent does not answer")
	}
	signers, err := agent.NewClient(conn).Signers()
	if err != nil {
		return nil, fault("the agent does not list its keys")
	}
	for _, s := range signers {
		if bytes.Equal(s.PublicKey().Marshal(), public.Marshal()) {
			return s, nil
		}
	}
	return nil, fault("the agent does not hold the key " + ssh.FingerprintSHA256(public))
}
