package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/understudy-db/understudy/pkg/pipeline"
	"github.com/understudy-db/understudy/pkg/report"
)

// door is what every command shares: the streams, and the flags that all have.
type door struct {
	in       io.Reader
	out, err io.Writer
	logLevel string
	logJSON  bool
	json     bool
	last     *report.Run // of a copy: its last line ends the output
}

// Main runs one command line and returns the exit code.
func Main(args []string, in io.Reader, out, errw io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() {
		// The first interrupt asks the work to end; after it the signal has its usual
		// effect again, so that a second one leaves at once.
		<-ctx.Done()
		stop()
	}()
	d := &door{in: in, out: out, err: errw}
	cmd := d.root()
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(ctx)
	if err != nil && strings.HasPrefix(err.Error(), "unknown command") {
		err = usageError{err} // cobra's own, which has no type
	}
	err = interrupted(ctx, err)
	if err != nil {
		complain(errw, err, d.json)
	}
	if d.last != nil {
		lastLine(errw, d.last, exitCode(err), d.logJSON)
	}
	return exitCode(err)
}

// interrupted replaces the error of a command that was told to stop: what it says then is
// how a program or a connection died of it.
func interrupted(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil || errors.Is(err, pipeline.ErrInterrupted) {
		return err
	}
	return fmt.Errorf("%w: %w", pipeline.ErrInterrupted, context.Cause(ctx))
}

func (d *door) root() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "understudy",
		Short: "Refresh staging from production, with stand-ins for everybody in it",
		Long: `Understudy streams every table out of production, replaces personal data on the way
with consistent, realistic, undeliverable stand-ins, writes a pseudonymised staging copy,
looks at what it wrote, and publishes it only when nothing personal got through.

Try it:          understudy demo
Make a key:      ` + keygenLine + `
Ask first:       understudy doctor --rules rules.yaml --source DSN --target DSN
See decisions:   understudy plan --rules rules.yaml --source DSN
Refresh:         understudy copy --rules rules.yaml --source DSN --target DSN --key-file ~/.understudy.key`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.SetIn(d.in)
	cmd.SetOut(d.out)
	cmd.SetErr(d.err)
	cmd.PersistentFlags().StringVar(&d.logLevel, "log-level", "info", "debug, info, warn or error")
	cmd.PersistentFlags().BoolVar(&d.logJSON, "log-json", false, "log as JSON lines instead of lines for people")
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	cmd.AddCommand(
		d.checkCommand(), d.planCommand(), d.copyCommand(), d.scanCommand(), d.publishCommand(), d.reportCommand(), d.doctorCommand(),
		d.maskCommand(), d.detectCommand(), d.showCommand(), d.keygenCommand(), d.holdCommand(), d.demoCommand(), d.benchCommand(), d.versionCommand(),
		d.manCommand(),
	)
	cmd.AddCommand(d.initCommand(), d.diffCommand(), d.approveCommand())                     // of the reviewer
	cmd.AddCommand(d.profileCommand(), d.seedCommand(), d.exportCommand(), d.resetCommand()) // of the developer
	for _, c := range cmd.Commands() {
		wrapArgs(c)
		hideAddresses(c)
		addPasswords(c)
	}
	return cmd
}

// hideAddresses keeps the defaults that came from the environment out of the help: an
// address may hold a password.
func hideAddresses(c *cobra.Command) {
	for _, name := range sides {
		if f := c.Flags().Lookup(name); f != nil {
			f.DefValue = ""
		}
	}
	for _, sub := range c.Commands() {
		hideAddresses(sub)
	}
}

// wrapArgs turns cobra's complaints about arguments into usage errors.
func wrapArgs(c *cobra.Command) {
	check := c.Args
	if check != nil {
		c.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return usageError{err}
			}
			return nil
		}
	}
	for _, sub := range c.Commands() {
		wrapArgs(sub)
	}
}

// logger logs to standard error, in lines for people unless --log-json is given.
func (d *door) logger() (zerolog.Logger, error) {
	level, err := zerolog.ParseLevel(d.logLevel)
	if err != nil || level < zerolog.DebugLevel || level > zerolog.ErrorLevel {
		return zerolog.Nop(), usagef("--log-level takes debug, info, warn or error")
	}
	w := d.err
	if !d.logJSON {
		w = zerolog.ConsoleWriter{Out: d.err, TimeFormat: "15:04:05", NoColor: !terminal(d.err)}
	}
	return zerolog.New(w).Level(level).With().Timestamp().Logger(), nil
}

// terminal reports whether a person looks at w.
func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
