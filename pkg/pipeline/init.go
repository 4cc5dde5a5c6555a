package pipeline

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/rs/zerolog"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/mask"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/proposal"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
	"github.com/understudy-db/understudy/pkg/survey"
)

// InitOptions says for which database rules are proposed.
type InitOptions struct {
	Source   string
	Catalog  string // a saved catalog in place of the source: then from names and types alone
	Rules    string // file; one that is there is added to, and "" is always a new one
	Locale   string // of a new file
	Purpose  string // of a new file
	Rows     int    // sampled of a table; 0 is survey's default, below 0 none
	Jobs     int
	Log      zerolog.Logger
	Existing bool // set by Init: the file was there
}

// Init proposes rules. It writes nothing: the caller does.
func Init(ctx context.Context, o *InitOptions) (*proposal.Proposal, error) {
	in := proposal.Input{Locale: o.Locale, Purpose: o.Purpose, File: o.Rules, Today: time.Now().UTC().Format(time.DateOnly)}
	if o.Rules != "" {
		b, err := os.ReadFile(o.Rules)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, &report.Fault{Side: report.Usage, Doing: "read the rules file " + o.Rules, Err: cause(err)}
		}
		if o.Existing = err == nil; o.Existing {
			in.Rules = b
		}
	}
	if in.File == "" {
		in.File = "rules.yaml"
	}
	var err error
	if o.Catalog != "" {
		in.Catalog, err = ReadCatalog(o.Catalog)
	} else {
		in.Catalog, _, err = readOnly(ctx, o.Source, o.Log)
	}
	if err != nil {
		return nil, err
	}
	if o.Catalog == "" && o.Rows >= 0 {
		if in.Survey, err = look(ctx, o, in.Catalog); err != nil {
			return nil, err
		}
	}
	return proposal.Make(in)
}

// sampled are the classes of which a sample tells something.
var sampled = map[mask.Class]bool{
	mask.ClassText: true, mask.ClassJSON: true, mask.ClassXML: true, mask.ClassHstore: true, mask.ClassInet: true, mask.ClassInteger: true, mask.ClassNumeric: true, mask.ClassDate: true,
}

// look surveys the source.
func look(ctx context.Context, o *InitOptions, c *catalog.Catalog) (*survey.Survey, error) {
	cfg, err := session.Parse(o.Source)
	if err != nil {
		return nil, err
	}
	var tables []survey.Table
	for i := range c.Tables {
		t := &c.Tables[i]
		if t.Partition != nil || t.Extension != "" || t.Kind == 'f' {
			continue
		}
		one := survey.Table{Name: t.Name}
		if t.Leaf() {
			one.Pages = t.Pages
		}
		for _, col := range t.Columns {
			if sampled[plan.ClassOf(c, col.Type)] && !col.Generated {
				one.Columns = append(one.Columns, col.Name)
			}
		}
		if len(one.Columns) > 0 {
			tables = append(tables, one)
		}
	}
	if o.Jobs <= 0 {
		o.Jobs = 2 // production has other things to do
	}
	s, err := survey.Run(ctx, survey.Options{
		Tables: tables, Keys: proposal.Candidates(c), Rows: o.Rows, Jobs: o.Jobs,
		Open: func(ctx context.Context) (*pgx.Conn, error) {
			role := session.Source("init")
			role.Timeouts.Statement = 10 * time.Second
			return session.Connect(ctx, cfg, role)
		},
	})
	if err != nil {
		return nil, session.Fault(report.Source, "sample the source", err)
	}
	for name, why := range s.Unread {
		o.Log.Warn().Str("table", report.Clean(name.String())).Str("why", why).Msg("its values were not sampled")
	}
	return s, nil
}

// WriteRules puts a rules file in its place, whole or not at all. A new one is for its
// author to share.
func WriteRules(path string, b []byte) error {
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	err := replaceFile(path, b)
	if err == nil {
		err = os.Chmod(path, mode)
	}
	if err != nil {
		return &report.Fault{Side: report.Usage, Doing: "write the rules file " + path, Err: cause(err), Hint: "-o names a file in a folder that can be written"}
	}
	return nil
}
