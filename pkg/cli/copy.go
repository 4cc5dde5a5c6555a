package cli

import (
	"errors"
	"os"
	"runtime/pprof"
	"time"

	"github.com/spf13/cobra"

	"github.com/understudy-db/understudy/pkg/copier"
	"github.com/understudy-db/understudy/pkg/pipeline"
	"github.com/understudy-db/understudy/pkg/publish"
	"github.com/understudy-db/understudy/pkg/report"
)

// copyFlags are the flags of copy.
type copyFlags struct {
	source, target, maintenance, rules, reportDir, failOn, sessions, mean, programs, onMigration, inspect string
	jobs, keep, attempts                                                                                  int
	chunkMB                                                                                               int64
	wait, lockTimeout                                                                                     time.Duration
	adopt, dropOnFindings, noSurvived, quiet, inPlace                                                     bool
	resume                                                                                                resumeFlags
	key                                                                                                   keyFlags

	attestation pipeline.Attestation

	template string
	maxAge   time.Duration

	metricsAddr, metricsFile string
	maxDuration              time.Duration

	cpuProfile string
	part       subsetFlags
}

func (d *door) copyCommand() *cobra.Command {
	var f copyFlags
	cmd := &cobra.Command{
		Use:   "copy --source DSN --target DSN --rules FILE --key-file FILE",
		Short: "Refresh staging: copy, mask, inspect, publish",
		Long: `Copies the source database into a new database beside the target, masks on the way what
the rules say, reads back what was written, and swaps the new database in when nothing
personal got through. Until then staging is what it was. Production is only read.

The target DSN names the staging database that is to be replaced; it need not exist yet.
Passwords come from files or commands (--source-password-file …), PGPASSWORD, the pass file or
the DSN; PG* variables fill what a DSN leaves out. A host that is not this machine has to
show a certificate (sslmode=verify-full) unless the DSN says otherwise.` + exitHelp,
		Example: `  understudy copy --source postgres://reader@prod/shop --target postgres://owner@stage/shop \
    --rules rules.yaml --key-file ~/.understudy.key --report ./reports`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return d.copy(cmd, &f) },
	}
	flags := cmd.Flags()
	f.addSite(cmd)
	flags.StringVar(&f.reportDir, "report", "", "folder for the run record, one folder a run inside it")
	flags.StringVar(&f.failOn, "fail-on", "high", "severity from which findings keep the copy from being published: info, low, medium or high")
	flags.DurationVar(&f.lockTimeout, "lock-timeout", 10*time.Second, "how long to wait for a lock on a source table")
	flags.IntVar(&f.attempts, "attempts", copier.DefaultRetry.Attempts, "how often a part of a table is tried, in all, when what keeps it may pass; the pauses double from half a second")
	flags.StringVar(&f.onMigration, "on-migration", "abort", "what to do when a migration waits behind our locks: abort or wait")
	flags.Int64Var(&f.chunkMB, "chunk-mb", 0, "tables above so many MiB are cut into chunks of that size (default: 512, and only where workers gain from it)")
	flags.DurationVar(&f.maxAge, "max-age", 30*24*time.Hour, "drop generations that were replaced longer ago, such as 168h; 0: no limit")
	flags.DurationVar(&f.maxDuration, "max-duration", 0, "interrupt the run when it takes longer, such as 4h (default: no limit)")
	flags.StringVar(&f.metricsAddr, "metrics-addr", "", "serve /metrics for Prometheus and /healthz at this address while the run lasts, such as localhost:9187")
	flags.StringVar(&f.metricsFile, "metrics-file", "", "write the metrics to this file at the end, for a node exporter's textfile collector")
	flags.BoolVar(&f.dropOnFindings, "drop-on-findings", false, "drop the incoming database at once when it is not published because of findings")
	flags.StringVar(&f.inspect, "inspect", "full", "what is inspected: full, stream (the stand-ins on their way alone) or none; the report says what was not")
	flags.BoolVar(&f.noSurvived, "no-survived-check", false, "do not compare what was written with the originals; the report says so")
	flags.BoolVar(&f.attestation.RequireApproval, "require-approval", false, "refuse rules, or a source, that nobody has approved as they are")
	flags.StringVar(&f.attestation.AllowedSigners, "allowed-signers", "", "file of who may approve, as ssh-keygen -Y verify takes it, outside of the rules' repository")
	flags.StringVar(&f.attestation.Approval, "approval", "", "the approval (default: the rules file's name and .approval)")
	flags.StringVar(&f.attestation.SigningKey, "signing-key", os.Getenv("UNDERSTUDY_SIGNING_KEY"), "the runner's Ed25519 SSH key, which signs the run's record (env UNDERSTUDY_SIGNING_KEY)")
	flags.BoolVar(&d.json, "json", false, "print the run record as JSON")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "print no closing table")
	flags.StringVar(&f.cpuProfile, "cpu-profile", "", "write a profile of this program's processor time, for those who work on it")
	_ = flags.MarkHidden("cpu-profile") // the flag is there
	f.resume.add(cmd)
	f.part.add(cmd)
	f.key.add(cmd)
	f.key.addDomains(cmd)
	return cmd
}

// options checks the flags before anything is connected.
func (f *copyFlags) options(needRules bool) (pipeline.Options, error) {
	o := pipeline.Options{
		Source: f.source, Target: f.target, Maintenance: f.maintenance, Rules: f.rules, Jobs: f.jobs, ChunkBytes: f.chunkMB << 20,
		ReportDir: f.reportDir, KeepGenerations: f.keep, Wait: f.wait, Adopt: f.adopt, Mean: f.mean, DropOnFindings: f.dropOnFindings, NoEvidence: f.noSurvived,
		Attestation: f.attestation, LockTimeout: f.lockTimeout, Programs: f.programs, Tool: tool(), ExitCode: exitCode,
	}
	o.MaxAge, o.Template, o.Attempts, o.InPlace = f.maxAge, f.template, f.attempts, f.inPlace
	var err error
	switch {
	case f.rules == "" && needRules:
		return o, usagef("--rules is missing: which columns to mask")
	case f.source == "" && os.Getenv("PGHOST") == "" && os.Getenv("PGSERVICE") == "" && os.Getenv("PGDATABASE") == "":
		return o, usagef("--source is missing: the database to copy")
	case f.target == "":
		return o, usagef("--target is missing: the staging database to replace")
	case f.maxDuration < 0:
		return o, usagef("--max-duration takes a duration above 0")
	case f.maxAge < 0:
		return o, usagef("--max-age takes 0, for no limit, or a duration above it")
	case f.keep < 0:
		return o, usagef("--keep-generations takes 0 or more")
	case f.jobs < 0:
		return o, usagef("--jobs takes 1 or more")
	case f.inPlace && (f.resume.resume || f.resume.keep):
		return o, usagef("--in-place is one transaction: nothing of it outlives its session, and nothing can be resumed")
	case f.inPlace && f.template != "":
		return o, usagef("--in-place makes no database, so --template does nothing")
	case f.attempts < 1 && needRules:
		return o, usagef("--attempts takes 1 or more")
	case f.chunkMB < 0:
		return o, usagef("--chunk-mb takes 1 or more")
	case f.attestation.RequireApproval && f.attestation.AllowedSigners == "":
		return o, usagef("--require-approval needs --allowed-signers: the file of who may approve")
	case !f.attestation.RequireApproval && (f.attestation.AllowedSigners != "" || f.attestation.Approval != ""):
		return o, usagef("--allowed-signers and --approval do nothing without --require-approval")
	case f.attestation.SigningKey != "" && f.reportDir == "" && os.Getenv("UNDERSTUDY_SIGNING_KEY") == "":
		return o, usagef("--signing-key needs --report: the folder that the record is left in")
	}
	switch f.onMigration {
	case "abort", "wait":
		o.WaitForUs = f.onMigration == "wait"
	default:
		return o, usagef("--on-migration takes abort or wait")
	}
	if o.FailOn, err = report.ParseSeverity(f.failOn); err != nil {
		return o, usagef("--fail-on: %v", err)
	}
	if o.Subset, o.Size, err = f.part.parse(); err != nil {
		return o, err
	}
	if o.Inspect, err = pipeline.ParseInspection(f.inspect); err != nil {
		return o, usagef("--inspect: %v", err)
	}
	if o.Sessions, err = publish.ParsePolicy(f.sessions); err != nil {
		return o, usagef("--sessions: %v", err)
	}
	err = f.resume.apply(&o, f.key.ephemeral)
	return o, err
}

func (d *door) copy(cmd *cobra.Command, f *copyFlags) error {
	o, err := f.options(true)
	if err != nil {
		return err
	}
	if o.Key, o.Ephemeral, err = f.key.load(cmd.Context(), f.rules); err != nil {
		return err
	}
	defer o.Key.Wipe()
	if o.Log, err = d.logger(); err != nil {
		return err
	}
	stop, err := profile(f.cpuProfile)
	if err != nil {
		return err
	}
	defer stop()
	p := d.progress(&o.Log)
	ctx, cancel := bounded(cmd.Context(), f.maxDuration)
	defer cancel()
	var ended func(*report.Run, error) error
	if o.Observer, ended, err = f.watch(ctx, o.Log, p); err != nil {
		return err
	}
	run, err := pipeline.Refresh(ctx, o)
	p.close()
	err = errors.Join(err, ended(run, err))
	d.last = run
	switch {
	case d.json:
		err = errors.Join(err, run.WriteJSON(cmd.OutOrStdout()))
	case !f.quiet && len(run.Tables) > 0:
		err = errors.Join(err, run.WriteText(cmd.OutOrStdout()))
	}
	if o.ReportDir != "" && len(run.Steps) > 0 {
		o.Log.Info().Str("report", o.ReportDir+"/"+run.ID+"/report.html").Msg("report written")
	}
	return err
}

// profile starts a profile of processor time, when a file is named, and returns what ends
// it. It holds names of functions, never values.
func profile(path string) (func(), error) {
	if path == "" {
		return func() {}, nil
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, usagef("--cpu-profile: %v", err)
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		_ = file.Close()
		return nil, usagef("--cpu-profile: %v", err)
	}
	return func() {
		pprof.StopCPUProfile()
		_ = file.Close() // a profile that is cut is seen when it is read
	}, nil
}
