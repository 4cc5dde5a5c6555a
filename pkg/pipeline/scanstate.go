package pipeline

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/understudy-db/understudy/pkg/inspect"
	"github.com/understudy-db/understudy/pkg/report"
)

// statePages is the size of a part whose end is noted: 32 MiB, which at a megabyte a
// second is half a minute of work that a cut scan repeats.
const statePages = 32 << 20 / 8192

// stateEvery is how often the file is written at most; what a kill loses is read again.
const stateEvery = 2 * time.Second

// scanState is the file that says how far a scan has come. It has counts and places of
// rows, no value, and is nobody else's to read.
type scanState struct {
	path  string
	of    string
	state *inspect.State
	last  time.Time
	any   bool
}

func openScanState(o *ScanOptions, address string) (*scanState, error) {
	s := &scanState{path: o.State, of: fmt.Sprintf("%s locale %s sample %d", address, o.Locale, o.Sample)}
	fault := func(err error, hint string) error {
		return &report.Fault{Side: report.Usage, Doing: "read the scan's state " + o.State, Err: err, Hint: hint}
	}
	f, err := os.Open(o.State)
	switch {
	case errors.Is(err, os.ErrNotExist):
		s.state = &inspect.State{Of: s.of}
		return s, nil // --resume of a scan that never began begins it
	case err != nil:
		return nil, fault(err, "name a file that can be read and written")
	}
	defer func() { _ = f.Close() }()
	if !o.Resume {
		return nil, fault(errors.New("there is one of a scan that was cut off"), "go on with it by --resume, or remove the file")
	}
	if s.state, err = inspect.ReadState(f); err != nil {
		return nil, fault(err, "remove the file and scan from the beginning")
	}
	if s.state.Of != s.of {
		return nil, fault(errors.New("it is of another database, locale or sample"), "scan what it was begun with, or name another file")
	}
	return s, nil
}

// save notes a part; the file is written now and then.
func (s *scanState) save(state *inspect.State) error {
	s.state, s.any = state, true
	if time.Since(s.last) < stateEvery {
		return nil
	}
	return s.write()
}

func (s *scanState) write() error {
	s.state.Of = s.of
	var b bytes.Buffer
	err := s.state.Write(&b)
	if err == nil {
		err = replaceFile(s.path, b.Bytes())
	}
	if err != nil {
		return &report.Fault{Side: report.Usage, Doing: "write the scan's state " + s.path, Err: err, Hint: "give --state a file in a folder that can be written"}
	}
	s.last = time.Now()
	return nil
}

// close writes the last state of a scan that was cut off, and removes a finished one's.
func (s *scanState) close(finished bool) error {
	if !finished {
		if !s.any {
			return nil
		}
		return s.write()
	}
	if err := os.Remove(s.path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return &report.Fault{Side: report.Usage, Doing: "remove the finished scan's state " + s.path, Err: err, Hint: "remove it by hand"}
	}
	return nil
}
