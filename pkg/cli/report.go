package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/understudy-db/understudy/pkg/attest"
	"github.com/understudy-db/understudy/pkg/pipeline"
	"github.com/understudy-db/understudy/pkg/report"
)

func (d *door) reportCommand() *cobra.Command {
	var format, signers, head string
	var verify bool
	cmd := &cobra.Command{
		Use:   "report RUN.json [--format FORM] | report DIR --format html | report --verify DIR --allowed-signers FILE",
		Short: "Print a run record in another form, or verify the chain of signed records",
		Args:  cobra.ExactArgs(1),
		Long: `Prints the record that ` + "`understudy copy`" + ` left in its report folder. Of the folder itself it
prints the page with the trend over its runs, which every run also leaves there as index.html.

--verify takes the report folder itself. It needs no connection: every record's signature,
its link to the record before, the files that it signed, and the end of the chain are
looked at, and the first that does not hold is named. The folder alone cannot tell that
its end was cut off together with head.json: --head takes the record that staging names,
which understudy publish --list prints.` + exitHelp,
		RunE: func(cmd *cobra.Command, args []string) error {
			if verify {
				return d.verify(cmd, args[0], signers, head)
			}
			if signers != "" || head != "" {
				return usagef("--allowed-signers and --head do nothing without --verify")
			}
			f, err := os.Open(args[0])
			if err != nil {
				return usageError{err}
			}
			defer f.Close()
			if info, err := f.Stat(); err == nil && info.IsDir() {
				return writeIndex(cmd.OutOrStdout(), args[0], format)
			}
			run, err := report.ReadRun(f)
			if err != nil {
				return usageError{err}
			}
			forms := map[string]func(io.Writer) error{
				"text": run.WriteText, "html": run.WriteHTML, "json": run.WriteJSON, "sarif": run.WriteSARIF, "junit": run.WriteJUnit,
			}
			write, ok := forms[format]
			if !ok {
				return usagef("--format takes text, html, json, sarif or junit")
			}
			return write(cmd.OutOrStdout())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&format, "format", "text", "text, html, json, sarif or junit")
	flags.BoolVar(&verify, "verify", false, "verify the chain of records in a report folder")
	flags.StringVar(&signers, "allowed-signers", "", "with --verify: file of the runners' keys, as ssh-keygen -Y verify takes it")
	flags.StringVar(&head, "head", "", "with --verify: SHA-256 of the record that staging names")
	flags.BoolVar(&d.json, "json", false, "with --verify: print JSON")
	return cmd
}

// writeIndex writes the page of a report folder.
func writeIndex(w io.Writer, dir, format string) error {
	if format != "html" {
		return usagef("%s is a folder: of a folder there is a page, --format html", dir)
	}
	folder := os.DirFS(dir)
	newest := report.Before(folder, report.NoID)
	if newest == nil {
		return usagef("there is no run record in %s: name the folder that --report was given", dir)
	}
	return report.WriteIndex(w, newest, report.Before(folder, newest.ID))
}

// verify walks the chain in a report folder.
func (d *door) verify(cmd *cobra.Command, dir, signersFile, head string) error {
	signers, err := pipeline.ReadSigners(signersFile, "")
	if err != nil {
		return err
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return usagef("--verify takes the report folder, which holds a folder for each run: %s is none", dir)
	}
	v, err := attest.VerifyFolder(cmd.Context(), os.DirFS(dir), signers, head)
	if err != nil {
		var broken *attest.BrokenError
		if errors.As(err, &broken) {
			return &report.Fault{
				Side: report.Rules, Doing: "verify the chain in " + dir, Err: err,
				Hint: "keep the folder as it is: what comes before this place holds, and nothing after it is proof of anything",
			}
		}
		return err
	}
	last := v.Records[len(v.Records)-1]
	if d.json {
		return writeJSON(cmd.OutOrStdout(), struct {
			Records int          `json:"records"`
			First   attest.Link  `json:"first"`
			Last    attest.Link  `json:"last"`
			Before  *attest.Link `json:"before,omitempty"`
		}{len(v.Records), v.Records[0].LinkTo(), last.LinkTo(), v.Before})
	}
	out := cmd.OutOrStdout()
	for _, s := range v.Records {
		approved := "not under an approval"
		if s.Approval != nil {
			approved = "approved by " + s.Approval.Reviewer
		}
		_, _ = fmt.Fprintf(out, "%4d  %s  %-11s  %s  %s\n", s.Number, report.Clean(s.Run), report.Clean(s.Outcome), s.Finished.Format(time.RFC3339), report.Clean(approved))
	}
	if v.Before != nil {
		_, _ = fmt.Fprintf(out, "the chain follows record %d (run %s), which is not in this folder\n", v.Before.Number, report.Clean(v.Before.Run))
	}
	_, err = fmt.Fprintf(out, "%d records hold; the last is %s\n", len(v.Records), last.LinkTo().SHA256)
	return err
}
