package cli

import (
	"bufio"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/understudy-db/understudy/pkg/detect"
)

// question is one line of JSON on standard input.
type question struct {
	Text   string `json:"text"`
	Column string `json:"column"`
	Locale string `json:"locale"`
}

type answerHit struct {
	Kind       string  `json:"kind"`
	Start      int     `json:"start"` // byte offsets
	End        int     `json:"end"`
	Confidence float64 `json:"confidence"`
}

func (d *door) detectCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "detect",
		Short: "Read texts, one a line, and print what personal data is in them",
		Long: `Reads one text a line, or one JSON object a line with "text" and, where a database would
know them, "column" and "locale". Prints kinds, byte offsets and confidences, never a value:

  {"hits":[{"kind":"email","start":8,"end":23,"confidence":0.99}]}` + exitHelp,
		Example: `  echo '{"text":"call 020 7946 0123","column":"notes","locale":"en_GB"}' | understudy detect --json`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			lines := bufio.NewScanner(cmd.InOrStdin())
			lines.Buffer(make([]byte, 64<<10), maxLine)
			out := bufio.NewWriter(cmd.OutOrStdout())
			scanner := detect.NewScanner(detect.Options{Web: true})
			var hits []detect.Hit
			for n := 1; lines.Scan(); n++ {
				q := question{Text: lines.Text()}
				if d.json && len(q.Text) > 0 && q.Text[0] == '{' {
					var asked question
					if err := json.Unmarshal(lines.Bytes(), &asked); err == nil {
						q = asked // a text that only begins like JSON is a text
					}
				}
				hits = scanner.Scan(hits[:0], []byte(q.Text), &detect.Context{Column: q.Column, Locale: q.Locale, Class: "text"})
				answer := struct {
					Hits []answerHit `json:"hits"`
				}{make([]answerHit, 0, len(hits))}
				for _, h := range hits {
					answer.Hits = append(answer.Hits, answerHit(h))
				}
				if d.json {
					b, err := json.Marshal(answer)
					if err != nil {
						return err
					}
					_, _ = out.Write(append(b, '\n'))
					continue
				}
				for _, h := range hits {
					_, _ = fmt.Fprintf(out, "%d:%d-%d\t%s\t%.2f\n", n, h.Start, h.End, h.Kind, h.Confidence)
				}
			}
			if err := lines.Err(); err != nil {
				return usageError{fmt.Errorf("read standard input: %w", err)}
			}
			return out.Flush()
		},
	}
	cmd.Flags().BoolVar(&d.json, "json", false, "answer one JSON object a line, and take questions as JSON")
	return cmd
}
