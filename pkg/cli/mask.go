package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/understudy-db/understudy/pkg/detect"
	"github.com/understudy-db/understudy/pkg/mask"
	"github.com/understudy-db/understudy/pkg/mask/prf"
)

// maxLine is the longest line that a filter takes: a value of PostgreSQL is no longer.
const maxLine = 1 << 30

func (d *door) maskCommand() *cobra.Command {
	var (
		key    keyFlags
		params []string
		domain string
		locale string
		class  string
	)
	cmd := &cobra.Command{
		Use:   "mask NAME [--param k=v …]",
		Short: "Read values, one a line, and print their stand-ins",
		Long: `Reads one value a line on standard input and prints its stand-in, for trying rules out.

Without a key option it uses the published test key, which everybody knows: the stand-ins
are not those of a refresh. With the production key this command is a dictionary machine
for whoever may run it; give it only where you would show production itself.` + exitHelp,
		Example: "  printf 'Ann\\nBob\\n' | understudy mask first_name --locale de_DE",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			spec := mask.Spec{Name: args[0], Domain: domain, Locale: locale, Column: mask.Column{Class: mask.Class(class), TypeName: class}}
			info, ok := mask.Lookup(args[0])
			if !ok {
				return usagef("there is no masker %q: `understudy show maskers` lists them", args[0])
			}
			if class == "" {
				spec.Column.Class, spec.Column.TypeName = info.Classes[0], string(info.Classes[0])
			}
			values, err := parseParams(info, params)
			if err != nil {
				return err
			}
			spec.Params = values
			k := prf.TestKey()
			if key.file != "" || key.command != "" || key.ephemeral {
				if k, _, err = key.load(cmd.Context(), ""); err != nil {
					return err
				}
			}
			m, err := mask.New(spec, &mask.Binder{Key: k, Detectors: []mask.Detector{detect.NewScanner(detect.Options{})}})
			if err != nil {
				return usageError{err}
			}
			return maskLines(cmd.InOrStdin(), cmd.OutOrStdout(), m)
		},
	}
	key.add(cmd)
	cmd.Flags().StringArrayVar(&params, "param", nil, "parameter of the masker, as name=value; repeat for more")
	cmd.Flags().StringVar(&domain, "domain", "mask", "domain of the stand-ins")
	cmd.Flags().StringVar(&locale, "locale", "en_US", "locale of names, addresses and phones")
	cmd.Flags().StringVar(&class, "class", "", "class of the column's type (default: the first that the masker takes)")
	return cmd
}

// maskLines keeps empty lines empty, as a refresh keeps empty values.
func maskLines(in io.Reader, out io.Writer, m mask.Masker) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	w := bufio.NewWriter(out)
	var dst []byte
	for n := 1; lines.Scan(); n++ {
		dst = dst[:0]
		if line := lines.Bytes(); len(line) > 0 {
			var err error
			if dst, err = m.Mask(dst, mask.Input{Value: line}); err != nil {
				return errors.Join(fmt.Errorf("mask line %d: %w", n, err), w.Flush())
			}
		}
		dst = append(dst, '\n')
		if _, err := w.Write(dst); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return usageError{fmt.Errorf("read standard input: %w", err)}
	}
	return w.Flush()
}

// parseParams turns k=v into the masker's types.
func parseParams(info mask.Info, params []string) (map[string]any, error) {
	values := map[string]any{}
	for _, p := range params {
		name, text, ok := strings.Cut(p, "=")
		if !ok {
			return nil, usagef("--param takes name=value")
		}
		var typ mask.Type
		for _, known := range info.Params {
			if known.Name == name {
				typ = known.Type
			}
		}
		switch typ {
		case mask.Int, mask.Number:
			f, err := strconv.ParseFloat(text, 64)
			if err != nil {
				return nil, usagef("--param %s takes a number", name)
			}
			values[name] = f
		case mask.Bool:
			b, err := strconv.ParseBool(text)
			if err != nil {
				return nil, usagef("--param %s takes true or false", name)
			}
			values[name] = b
		case mask.List:
			var list []any
			for _, item := range strings.Split(text, ",") {
				list = append(list, item)
			}
			values[name] = list
		default:
			values[name] = text // an unknown name is refused by the masker, which knows its own
		}
	}
	return values, nil
}
