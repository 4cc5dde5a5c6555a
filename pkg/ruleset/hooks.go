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

// readHooks reads the files of hooks, whose names are paths from the rules' folder. What
// they say is part of the rules: their text goes into the digest. The error is as Parse's.
func (r *Rules) readHooks(dir string) error {
	if len(r.Hooks) == 0 {
		return nil
	}
	sum := sha256.New()
	sum.Write([]byte(r.Digest))
	var problems Problems
	for i := range r.Hooks {
		h := &r.Hooks[i]
		path := h.Name
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		b, err := os.ReadFile(path)
		switch {
		case err != nil:
			problems = append(problems, Problem{Position: h.Position, Message: "the hook " + h.Name + " cannot be read", Hint: "a hook is a file of SQL, named by its path from the folder of the rules"})
		case !utf8.Valid(b):
			problems = append(problems, Problem{Position: h.Position, Message: "the hook " + h.Name + " is no text in UTF-8"})
		case notSQL.Match(b):
			problems = append(problems, Problem{Position: h.Position, Message: "the hook " + h.Name + " holds what only psql understands", Hint: "write SQL alone: no backslash commands, no COPY … FROM STDIN"})
		}
		h.SQL = string(b)
		_, _ = fmt.Fprintf(sum, "%d:%s%d:", len(h.Name), h.Name, len(b))
		sum.Write(b)
	}
	if len(problems) > 0 {
		return &report.Fault{Side: report.Usage, Doing: "check the rules' hooks", Err: problems}
	}
	r.Digest = hex.EncodeToString(sum.Sum(nil))
	return nil
}
