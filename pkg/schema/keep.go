package schema

import (
	"errors"
	"io"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/understudy-db/understudy/pkg/report"
)

// Bytes returns the archive's file: what [Load] takes. It holds the schema's own words,
// defaults and comments among them, and nothing that was dropped.
func (a *Archive) Bytes() ([]byte, error) {
	if a.dir == "" {
		return nil, errors.New("read a closed archive")
	}
	b, err := os.ReadFile(a.file())
	if err != nil {
		return nil, tempFault(err)
	}
	return b, nil
}

// Load makes an archive of what Bytes returned in another process, with the names of what
// was dropped then. The caller closes it.
func Load(r io.Reader, programs Programs, target TargetRole, dropped []Dropped) (*Archive, error) {
	a, err := newArchive("", programs)
	if err != nil {
		return nil, err
	}
	file, err := os.OpenFile(a.file(), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, errors.Join(tempFault(err), a.Close())
	}
	ed := editorFor(DumpOptions{Target: target}) // the roles were mapped when it was dumped
	if err := errors.Join(ed.edit(r, file), file.Close()); err != nil {
		fault := &report.Fault{Side: report.Target, Doing: "read the kept schema", Err: err, Hint: "start over: run without --resume"}
		return nil, errors.Join(fault, a.Close())
	}
	a.take(ed)
	a.Dropped = dropped
	return a, nil
}

// newArchive makes the private folder of an archive.
func newArchive(parent string, programs Programs) (*Archive, error) {
	sweep(parent, time.Now())
	dir, err := os.MkdirTemp(parent, folderPrefix+strconv.Itoa(os.Getpid())+"-") // mode 0700
	if err != nil {
		return nil, tempFault(err)
	}
	return &Archive{programs: programs, dir: dir}, nil
}

func editorFor(opt DumpOptions) *editor {
	return &editor{target: opt.Target, roles: opt.Roles, exclude: opt.Exclude, section: sectionPre, gone: map[int]string{}, policy: map[string]bool{}}
}

// take keeps what the editor found.
func (a *Archive) take(ed *editor) {
	a.Entries, a.Dropped = ed.entries, ed.dropped
	for name := range ed.policy {
		a.Roles = append(a.Roles, name)
	}
	slices.Sort(a.Roles)
}
