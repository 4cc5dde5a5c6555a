package cli

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/understudy-db/understudy/pkg/pipeline"
	"github.com/understudy-db/understudy/pkg/publish"
	"github.com/understudy-db/understudy/pkg/report"
)

func (d *door) publishCommand() *cobra.Command {
	var (
		target, sessions, maintenance, incoming string
		wait                                    time.Duration
		undo, force, list, clean                bool
		keep                                    int
		maxAge                                  time.Duration
	)
	cmd := &cobra.Command{
		Use:   "publish --target DSN [--undo | --list | --clean | --incoming NAME]",
		Short: "Swap in what a run left, bring the previous generation back, or list generations",
		Long: `--undo brings the newest kept generation back and keeps today's staging as a generation, so
that a second --undo takes the first one back. A generation that keeps columns which today's
rules mask is refused, with their names; --force takes it all the same.
--incoming swaps in a database that a run found clean and could not swap (exit 7).
--list shows staging, its generations, what dead runs left, and who is logged in.
--clean drops what dead runs left, which may hold originals, and then the generations beyond
--keep-generations or older than --max-age.` + exitHelp,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			policy, err := publish.ParsePolicy(sessions)
			if err != nil {
				return usagef("--sessions: %v", err)
			}
			chosen := 0
			for _, b := range []bool{undo, list, clean, incoming != ""} {
				if b {
					chosen++
				}
			}
			if chosen != 1 {
				return usagef("give one of --undo, --list, --clean and --incoming")
			}
			if target == "" {
				return usagef("--target is missing: the staging database")
			}
			o := pipeline.PublishOptions{Target: target, Maintenance: maintenance, Incoming: incoming, Sessions: policy, Wait: wait, Force: force, Keep: keep, MaxAge: maxAge}
			if keep < 0 || maxAge < 0 {
				return usagef("--keep-generations and --max-age take nothing below 0")
			}
			if clean {
				return d.clean(cmd, o)
			}
			if list {
				databases, err := pipeline.Generations(cmd.Context(), o)
				if err != nil {
					return err
				}
				if d.json {
					return writeJSON(cmd.OutOrStdout(), databases)
				}
				for _, g := range databases {
					_, _ = fmt.Fprintf(cmd.OutOrStdout(), "%-10s %s  %s  run %s%s\n", g.State, report.Clean(g.Name), g.Created.Format(time.RFC3339), g.RunID, recordOf(g))
				}
				return nil
			}
			swapped, err := pipeline.Publish(cmd.Context(), o)
			if err != nil {
				return err
			}
			for _, n := range swapped.Notes {
				_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "note: %s\n", report.Clean(n))
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "published; what was staging is now %s\n", report.Clean(swapped.Previous))
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&target, "target", os.Getenv("UNDERSTUDY_TARGET"), "staging database (env UNDERSTUDY_TARGET)")
	flags.StringVar(&maintenance, "maintenance-db", "", "database of the target's server to work from")
	flags.StringVar(&incoming, "incoming", "", "incoming database to swap in")
	flags.StringVar(&sessions, "sessions", "fail", "what to do about sessions in the old staging: fail, wait or terminate")
	flags.DurationVar(&wait, "wait", time.Minute, "how long --sessions wait waits")
	flags.BoolVar(&undo, "undo", false, "bring the previous generation back")
	flags.BoolVar(&force, "force", false, "with --undo: also a generation that keeps what today's rules mask")
	flags.BoolVar(&clean, "clean", false, "drop what dead runs left, and generations that are too many or too old")
	flags.IntVar(&keep, "keep-generations", 1, "with --clean: how many generations before today's to keep")
	flags.DurationVar(&maxAge, "max-age", 0, "with --clean: drop generations that were replaced longer ago, such as 168h (default: no limit)")
	flags.BoolVar(&list, "list", false, "list staging and its generations")
	flags.BoolVar(&d.json, "json", false, "print JSON")
	return cmd
}

// recordOf names the signed record of a generation, for report --verify --head.
func recordOf(g pipeline.Generation) string {
	if g.Record == "" {
		return ""
	}
	return "  record " + report.Clean(g.Record)
}

// clean drops databases and names them, also when one of them could not be dropped.
func (d *door) clean(cmd *cobra.Command, o pipeline.PublishOptions) error {
	dropped, err := pipeline.Clean(cmd.Context(), o)
	if d.json {
		return errors.Join(err, writeJSON(cmd.OutOrStdout(), append([]string{}, dropped...)))
	}
	for _, name := range dropped {
		_, _ = fmt.Fprintf(cmd.OutOrStdout(), "dropped %s\n", report.Clean(name))
	}
	if len(dropped) == 0 && err == nil {
		_, err = fmt.Fprintln(cmd.OutOrStdout(), "nothing to drop")
	}
	return err
}
