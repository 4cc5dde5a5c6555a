package cli

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/understudy-db/understudy/pkg/report"
)

func (d *door) reportCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "report RUN.json",
		Short: "Print a run record as text, HTML or JSON",
		Args:  cobra.ExactArgs(1),
		Long:  "Prints the record that `understudy copy` left in its report folder." + exitHelp,
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := os.Open(args[0])
			if err != nil {
				return usageError{err}
			}
			defer f.Close()
			run, err := report.ReadRun(f)
			if err != nil {
				return usageError{err}
			}
			switch format {
			case "text":
				return run.WriteText(cmd.OutOrStdout())
			case "html":
				return run.WriteHTML(cmd.OutOrStdout())
			case "json":
				return run.WriteJSON(cmd.OutOrStdout())
			case "sarif", "junit":
				return usagef("--format %s is not supported yet", format)
			default:
				return usagef("--format takes text, html or json")
			}
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text, html or json")
	return cmd
}
