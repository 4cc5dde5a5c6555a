package cli

import (
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/understudy-db/understudy/pkg/bench"
)

// benchCommand is for those who work on the tool, and is not listed.
func (d *door) benchCommand() *cobra.Command {
	var o bench.Options
	var list bool
	cmd := &cobra.Command{
		Use:    "bench",
		Hidden: true,
		Short:  "Measure a refresh against what else copies a database",
		Long: `Starts two throw-away servers, makes the large shop in one, and has every contender copy
it to the other, interleaved: raw pipes of psql, pgcopydb where it is installed, pg_dump
and pg_restore, and this tool unmasked, masked, and with each kind of inspection. Prints
medians, spread and ratios.` + exitHelp,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if list {
				_, err := fmt.Fprint(cmd.OutOrStdout(), bench.List())
				return err
			}
			if o.Scale <= 0 || o.Rounds < 1 || o.Jobs < 1 || o.RoundTrip < 0 || o.Mbit < 0 || o.Mbit > 8000 || o.Cores < 0 {
				return usagef("--scale, --rounds and --jobs take more than 0, --rtt, --mbit and --server-cores 0 or more, --mbit 8000 at the most")
			}
			for _, level := range o.WAL {
				if level != "minimal" && level != "replica" {
					return usagef("--wal takes minimal and replica")
				}
			}
			var err error
			if o.Program, err = os.Executable(); err != nil {
				return err
			}
			o.Out = cmd.OutOrStdout()
			return bench.Run(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&list, "list", false, "list the contenders")
	flags.StringVar(&o.Shape, "shape", "shop", "what is copied: shop, tables:N or rows:BYTES")
	flags.Float64Var(&o.Scale, "scale", 0.01, "size; at 1 the shop has 2.3 GB of rows")
	flags.IntVar(&o.Rounds, "rounds", 3, "runs of each contender")
	flags.IntVarP(&o.Jobs, "jobs", "j", 2, "workers of contenders that have some")
	flags.StringSliceVar(&o.WAL, "wal", []string{"minimal", "replica"}, "wal_level of the target")
	flags.StringSliceVar(&o.Contenders, "contenders", nil, "those to run (default: all that the machine has the programs for)")
	flags.StringVar(&o.Dir, "dir", "", "where servers and data lie (default: the temporary folder)")
	flags.StringVar(&o.Results, "results", "", "file of results, to which each run is added; a run that was cut goes on with it")
	flags.DurationVar(&o.RoundTrip, "rtt", 0, "round trip between this tool and each server")
	flags.IntVar(&o.Mbit, "mbit", 0, "bandwidth between this tool and each server, in Mbit/s; 0 has no limit")
	flags.IntVar(&o.Cores, "server-cores", 0, "cores that each server may use, each its own while there are enough; 0 has no limit (Linux)")
	flags.StringVar(&o.Profiles, "profiles", "", "folder for a processor profile of each run of this tool, the last one of its kind")
	flags.DurationVar(&o.Budget, "budget", 2*time.Hour, "when no further run is begun")
	return cmd
}
