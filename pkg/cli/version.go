package cli

import (
	"fmt"
	"os"
	"runtime"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/understudy-db/understudy/pkg/mask/words"
	"github.com/understudy-db/understudy/pkg/report"
)

// Version is set by the linker: -X github.com/understudy-db/understudy/pkg/cli.Version=1.2.3.
var Version = "dev"

func tool() report.Tool {
	return report.Tool{Version: Version, WordLists: words.Version, Go: runtime.Version()}
}

func (d *door) versionCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version, and that of the word lists",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if d.json {
				return writeJSON(cmd.OutOrStdout(), tool())
			}
			t := tool()
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "understudy %s, word lists %s, %s\n", t.Version, t.WordLists, t.Go)
			return err
		},
	}
	cmd.Flags().BoolVar(&d.json, "json", false, "print JSON")
	return cmd
}

// manCommand writes the manual pages; packagers call it, so it is hidden.
func (d *door) manCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "man DIR",
		Short:  "Write the manual pages into a folder",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return usageError{err}
			}
			return doc.GenManTree(cmd.Root(), &doc.GenManHeader{Title: "UNDERSTUDY", Section: "1"}, args[0])
		},
	}
}
