package attest

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// The files of a chain: one record a run, in the run's folder, and the head beside the folders.
const (
	RecordFile = "record.json"
	HeadFile   = "head.json"
)

// Head is the end of a chain, as it lies in its folder.
type Head struct {
	Version int `json:"version"`
	Link
}

// HeadVersion is the version of a Head. A newer one is refused.
const HeadVersion = 1

// ReadHead returns the head of the chain in a folder, and nil when there is no chain.
func ReadHead(folder fs.FS) (*Link, error) {
	b, err := fs.ReadFile(folder, HeadFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read", HeadFile)
	}
	var h Head
	if err := readVersioned(b, HeadVersion, &h); err != nil {
		return nil, fmt.Errorf("%s: %w", HeadFile, err)
	}
	return &h.Link, nil
}

// WriteHead returns the bytes of a head file.
func WriteHead(l Link) ([]byte, error) { return json.Marshal(Head{HeadVersion, l}) }

// BrokenError names the first link of a chain that does not hold.
type BrokenError struct {
	Place string // "record 3 (run 20260601T…)"
	Why   string
}

// Error names the link and says why.
func (e *BrokenError) Error() string { return e.Place + ": " + e.Why }

// Verified is what a chain that holds consists of.
type Verified struct {
	Records []*Sealed
	Before  *Link // the record before the first, which the folder does not hold; nil when the chain begins here
}

// VerifyFolder verifies the chain in a folder: every signature, every link, the files
// of every run, and the end. head, when it is not empty, is the digest that staging
// names; it must be one of the chain's records. A chain that does not hold is a
// *BrokenError.
func VerifyFolder(ctx context.Context, folder fs.FS, allowed Signers, head string) (*Verified, error) {
	names, err := fs.Glob(folder, "*/"+RecordFile)
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, &BrokenError{"the chain", "there is no record in the folder"}
	}
	v := &Verified{}
	folders := map[*Sealed]string{}
	for _, name := range names {
		s, err := open(ctx, folder, name, allowed)
		if err != nil {
			return nil, err
		}
		v.Records = append(v.Records, s)
		folders[s] = path.Dir(name)
	}
	slices.SortStableFunc(v.Records, func(a, b *Sealed) int { return cmp.Compare(a.Number, b.Number) })
	v.Before = v.Records[0].Previous
	for i, s := range v.Records {
		if err := v.link(i); err != nil {
			return nil, err
		}
		if err := s.files(folder, folders[s]); err != nil {
			return nil, err
		}
	}
	return v, v.end(folder, head)
}

// open reads one record and verifies its signature.
func open(ctx context.Context, folder fs.FS, name string, allowed Signers) (*Sealed, error) {
	place := "record of run " + path.Dir(name)
	b, err := fs.ReadFile(folder, name)
	if err != nil {
		return nil, &BrokenError{place, "it cannot be read"}
	}
	s, err := ReadRecord(b)
	if err != nil {
		return nil, &BrokenError{place, err.Error()}
	}
	if _, err := s.Verify(ctx, allowed); err != nil {
		return nil, &BrokenError{s.place(), err.Error()}
	}
	if s.Run != path.Dir(name) {
		return nil, &BrokenError{place, "it is the record of another run, " + s.Run}
	}
	return s, nil
}

func (s *Sealed) place() string { return fmt.Sprintf("record %d (run %s)", s.Number, s.Run) }

// link holds record i against the one before it.
func (v *Verified) link(i int) error {
	s := v.Records[i]
	if i == 0 {
		if s.Previous == nil && s.Number != 1 {
			return &BrokenError{s.place(), "it names no record before it, and is not the first"}
		}
		return nil
	}
	before := v.Records[i-1]
	switch {
	case s.Number == before.Number:
		return &BrokenError{s.place(), "there is another record of this number, of run " + before.Run}
	case s.Number != before.Number+1:
		return &BrokenError{fmt.Sprintf("record %d", before.Number+1), fmt.Sprintf("it is missing; %s comes after it", s.place())}
	case s.Previous == nil:
		return &BrokenError{s.place(), "it names no record before it, and " + before.place() + " is there"}
	case s.Previous.SHA256 != before.digest || s.Previous.Run != before.Run:
		return &BrokenError{before.place(), "it is not the record that " + s.place() + " was chained to: it was changed or replaced"}
	}
	return nil
}

// files holds the run's files against the digests that were signed.
func (s *Sealed) files(folder fs.FS, dir string) error {
	for _, name := range sortedKeys(s.Files) {
		if name != path.Base(name) || strings.ContainsAny(name, `/\`) {
			return &BrokenError{s.place(), "it names a file outside of its folder"}
		}
		b, err := fs.ReadFile(folder, path.Join(dir, name))
		switch {
		case err != nil:
			return &BrokenError{s.place(), name + " is missing"}
		case sum(b) != s.Files[name]:
			return &BrokenError{s.place(), name + " was changed after it was signed"}
		}
	}
	return nil
}

func sortedKeys(m map[string]string) []string { return union(m, nil) }

// end holds the last record against the head that the folder and staging name: records
// that were cut off leave no other trace.
func (v *Verified) end(folder fs.FS, head string) error {
	last := v.Records[len(v.Records)-1]
	noted, err := ReadHead(folder)
	switch {
	case err != nil:
		return &BrokenError{"the head", err.Error()}
	case noted == nil:
		return &BrokenError{"the head", HeadFile + " is missing"}
	case noted.SHA256 != last.digest:
		return &BrokenError{"the head", fmt.Sprintf("%s names record %d (run %s), and the last one here is %s", HeadFile, noted.Number, noted.Run, last.place())}
	case head != "" && !slices.ContainsFunc(v.Records, func(s *Sealed) bool { return s.digest == head }):
		return &BrokenError{"the head", fmt.Sprintf("staging names a record %.12s… that is not in this chain", head)}
	}
	return nil
}
