package cli

import (
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/understudy-db/understudy/pkg/pipeline"
	"github.com/understudy-db/understudy/pkg/snapshot"
)

// resumeFlags are copy's flags about runs that are cut off.
type resumeFlags struct {
	resume, keep bool
	hold         time.Duration
}

func (f *resumeFlags) add(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.resume, "resume", false, "go on with a run that was cut off, in its snapshot; start over when there is none")
	cmd.Flags().BoolVar(&f.keep, "keep-for-resume", false, "when this run fails or is interrupted, keep what --resume needs instead of dropping it")
	cmd.Flags().DurationVar(&f.hold, "hold", 15*time.Minute, "how long the snapshot outlives a run that is killed; 0: not at all, and nothing can be resumed")
}

// apply checks the flags and puts them into o.
func (f *resumeFlags) apply(o *pipeline.Options, ephemeral bool) error {
	switch {
	case f.hold < 0:
		return usagef("--hold takes 0 or more")
	case f.resume && ephemeral:
		return usagef("--resume needs the key that the run was begun with: an ephemeral one is forgotten")
	case f.keep && ephemeral:
		return usagef("--keep-for-resume needs a key that lasts: an ephemeral one is forgotten when the run ends")
	case f.keep && f.hold == 0:
		return usagef("--keep-for-resume needs a --hold: without the snapshot there is nothing to resume")
	}
	o.Resume, o.KeepForResume, o.Hold = f.resume, f.keep, f.hold
	if self, err := os.Executable(); err == nil { // else the run cannot be resumed, and says so
		o.Keeper = []string{self, "hold"}
	}
	return nil
}

// holdCommand is the process that holds a snapshot beside copy. copy starts it.
func (d *door) holdCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "hold",
		Short: "Hold a snapshot for a copy that may be killed (started by copy)",
		Long: `Holds the snapshot of a copy in a process of its own, so that copy --resume can go on in it
when the copy was killed. It reads what to do from standard input, and is of no use by hand.` + exitHelp,
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE:   func(cmd *cobra.Command, _ []string) error { return snapshot.Keep(cmd.Context(), d.in, d.out) },
	}
}
