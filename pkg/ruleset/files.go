package ruleset

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"unicode/utf8"

	"github.com/understudy-db/understudy/pkg/report"
)

// notSQL finds what psql reads and a server does not: its own commands at the start of a
// line, and rows for COPY … FROM STDIN, which would wait for them for ever.
var notSQL = regexp.MustCompile(`(?im)^\\[a-z!.]|\bcopy\b[^;]*\bfrom\s+stdin\b`)

// readFiles reads the files that the rules name by their paths from the rules' folder:
// hooks, and the schemas of documents. What they say is part of the rules: their text goes
// into the digest. The error is as Parse's.
func (r *Rules) readFiles(dir string) error {
	if len(r.Hooks)+len(r.Schemas) == 0 {
		return nil
	}
	sum := sha256.New()
	sum.Write([]byte(r.Digest))
	var problems Problems
	read := func(at Position, what, name, is string) []byte {
		path := name
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		b, err := os.ReadFile(path)
		switch {
		case err != nil:
			problems = append(problems, Problem{Position: at, Message: what + " " + name + " cannot be read", Hint: is + ", named by its path from the folder of the rules"})
		case !utf8.Valid(b):
			problems = append(problems, Problem{Position: at, Message: what + " " + name + " is no text in UTF-8"})
		}
		_, _ = fmt.Fprintf(sum, "%d:%s%d:", len(name), name, len(b))
		sum.Write(b)
		return b
	}
	for i := range r.Hooks {
		h := &r.Hooks[i]
		b := read(h.Position, "the hook", h.Name, "a hook is a file of SQL")
		if notSQL.Match(b) {
			problems = append(problems, Problem{Position: h.Position, Message: "the hook " + h.Name + " holds what only psql understands", Hint: "write SQL alone: no backslash commands, no COPY … FROM STDIN"})
		}
		h.SQL = string(b)
	}
	for _, s := range r.Schemas {
		s.Text = string(read(s.Position, "the JSON Schema", s.Name, "a schema is a file of JSON"))
	}
	if len(problems) > 0 {
		return &report.Fault{Side: report.Usage, Doing: "check the files that the rules name", Err: problems}
	}
	r.Digest = hex.EncodeToString(sum.Sum(nil))
	return nil
}
