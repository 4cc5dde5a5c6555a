package evidence

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"

	"github.com/understudy-db/understudy/pkg/mask/prf"
	"github.com/understudy-db/understudy/pkg/report"
)

// purpose separates the fingerprints from all else that a key is used for.
const purpose prf.Purpose = "evidence"

// DefaultMemory bounds a set unless told otherwise: with it a whole run stays below
// 150 MB, whatever the number of originals.
const DefaultMemory = 64 << 20

// leastMemory keeps a collector's buffer above what one value can add.
const leastMemory = 16 << 10

// Options says where a set spills and how much it may hold.
type Options struct {
	Dir     string // folder of the spill file; "" is the system's for temporary files
	Memory  int64  // bytes; 0 is DefaultMemory
	Workers int    // collectors that live at a time; 0 is 1
	// Key is what fingerprints are made with; the zero Key takes a random one that nobody
	// can have again. The set copies nothing of it and wipes it when it is closed.
	Key prf.Key
}

// run is a sorted stretch of the spill file without doubles.
type run struct{ first, n int64 } // in fingerprints

// Set is the originals of a run. Collectors fill it, Seal closes it, Readers ask it.
type Set struct {
	key    prf.Key
	hasher hasher
	dir    string
	memory int64
	most   int // fingerprints that a collector holds

	spilled atomic.Int64 // fingerprints given room in the file

	mu   sync.Mutex
	file *spillFile
	held []fingerprint // committed and not spilled
	runs []run
	free [][]fingerprint

	sealed  bool
	n       int64
	census  census
	words   bool // some of the originals are words,
	numbers bool // some numbers,
	phones  bool // and some of these phones
	filter  filter
	index   []uint64 // hi of every stride-th fingerprint of the file
	stride  int64
}

// New returns an empty set.
func New(o Options) *Set {
	if !o.Key.Valid() {
		o.Key = prf.Generate()
	}
	if o.Memory <= 0 {
		o.Memory = DefaultMemory
	}
	o.Memory = max(o.Memory, leastMemory)
	workers := int64(max(1, o.Workers))
	return &Set{
		key: o.Key, hasher: newHasher(o.Key), dir: o.Dir, memory: o.Memory,
		// a quarter for the collectors; one buffer is at most 4 MiB, which sorts in a cache
		most: int(min(max(o.Memory/4/workers/fingerprintBytes, 64), 256<<10)),
	}
}

// Len returns how many different fingerprints a sealed set holds.
func (s *Set) Len() int64 { return s.n }

// Spilled reports whether the spill file was needed.
func (s *Set) Spilled() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.file != nil
}

// Close gives memory and disk back and forgets the key.
func (s *Set) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.key.Wipe()
	s.hasher = hasher{}
	s.held, s.index, s.filter = nil, nil, filter{}
	if s.file == nil {
		return nil
	}
	err := s.file.close()
	s.file = nil
	return err
}

// spillFile has no name where the system lets an open file lose it, so that even a
// killed run leaves nothing; elsewhere close removes it.
type spillFile struct {
	*os.File
	name string
}

func newSpillFile(dir string) (*spillFile, error) {
	f, err := os.CreateTemp(dir, "understudy-evidence-*") // mode 0600
	if err != nil {
		return nil, fault(err)
	}
	s := &spillFile{File: f, name: f.Name()}
	if os.Remove(s.name) == nil {
		s.name = ""
	}
	return s, nil
}

func (f *spillFile) close() error {
	err := f.File.Close()
	if f.name != "" {
		err = errors.Join(err, os.Remove(f.name))
	}
	return err
}

func fault(err error) error {
	return &report.Fault{
		Side: report.Usage, Doing: "keep the fingerprints of originals", Err: err,
		Hint: "the folder for temporary files (TMPDIR) needs up to 100 bytes for each identifier",
	}
}

// buffer returns an empty buffer that a collector gave back, or nil.
func (s *Set) buffer() []fingerprint {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.free); n > 0 {
		b := s.free[n-1]
		s.free = s.free[:n-1]
		return b
	}
	return nil
}

func (s *Set) give(b []fingerprint) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if cap(b) > 0 {
		s.free = append(s.free, b[:0])
	}
}

// room reports whether n more fingerprints may be held in memory: a quarter of it is
// for what is committed, the rest for buffers, the filter and merging.
func (s *Set) room(n int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return int64(len(s.held)+n)*fingerprintBytes <= s.memory/4
}

// take is a chunk's commit.
func (s *Set) take(fresh []fingerprint, runs []run) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = append(s.held, fresh...)
	s.runs = append(s.runs, runs...)
}

// write puts a sorted run into the spill file.
func (s *Set) write(f []fingerprint) (run, error) {
	s.mu.Lock()
	if s.file == nil {
		file, err := newSpillFile(s.dir)
		if err != nil {
			s.mu.Unlock()
			return run{}, err
		}
		s.file = file
	}
	file := s.file
	s.mu.Unlock()
	r := run{n: int64(len(f))}
	r.first = s.spilled.Add(r.n) - r.n
	var block [4096]byte
	at := r.first * fingerprintBytes
	for len(f) > 0 {
		n := min(len(f), len(block)/fingerprintBytes)
		for i, p := range f[:n] {
			encode(block[i*fingerprintBytes:], p)
		}
		if _, err := file.WriteAt(block[:n*fingerprintBytes], at); err != nil {
			return r, fault(err)
		}
		at += int64(n * fingerprintBytes)
		f = f[n:]
	}
	return r, nil
}

func encode(b []byte, p fingerprint) {
	binary.BigEndian.PutUint64(b, p.hi)
	binary.BigEndian.PutUint64(b[8:], p.lo)
}

func decode(b []byte) fingerprint {
	return fingerprint{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])}
}

// Seal ends collecting: no Collector may be alive. After it the set can be asked.
func (s *Set) Seal() error {
	if s.sealed {
		return nil
	}
	s.free = nil
	s.held = compactSorted(s.held)
	if len(s.runs) > 0 {
		if len(s.held) > 0 {
			r, err := s.write(s.held)
			if err != nil {
				return err
			}
			s.runs, s.held = append(s.runs, r), nil
		}
		if err := s.mergeAll(); err != nil {
			return err
		}
		s.n = s.runs[0].n
	} else {
		s.n = int64(len(s.held))
	}
	// twice over all: a filter is made for what it will hold
	if err := s.each(func(_ int64, p fingerprint) { s.census[p.cell()]++ }); err != nil {
		return err
	}
	s.phones = s.census.any(tagInternational) || s.census.any(tagNational) || s.census.any(tagBare)
	s.numbers = s.phones || s.census.any(tagDigits) || s.census.any(tagMixed)
	s.words = s.census.any(tagWord)
	s.filter = newFilter(&s.census, s.memory/2)
	// every 256th is a page of 4 KiB; a smaller memory makes the steps larger
	s.stride = max(256, s.n*8/(s.memory/8)+1)
	spilled := len(s.runs) > 0
	err := s.each(func(i int64, p fingerprint) {
		s.filter.add(p.hi)
		if spilled && i%s.stride == 0 {
			s.index = append(s.index, p.hi)
		}
	})
	s.sealed = err == nil
	return err
}

// each calls f for every fingerprint of a set that is merged, in order.
func (s *Set) each(f func(i int64, p fingerprint)) error {
	if len(s.runs) == 0 {
		for i, p := range s.held {
			f(int64(i), p)
		}
		return nil
	}
	r := newRunReader(s.file, s.runs[0], 64<<10)
	for i := int64(0); ; i++ {
		p, ok, err := r.next()
		if err != nil {
			return fault(err)
		}
		if !ok {
			return nil
		}
		f(i, p)
	}
}

// has reports whether p was collected, of which the filter knows the first part. page is
// scratch space of the caller's.
func (s *Set) has(p fingerprint, page *[]byte) (bool, error) {
	if len(s.runs) == 0 {
		i, j := 0, len(s.held)
		for i < j {
			if m := int(uint(i+j) >> 1); compare(s.held[m], p) < 0 {
				i = m + 1
			} else {
				j = m
			}
		}
		return i < len(s.held) && s.held[i] == p, nil
	}
	// the last step that begins at or below p, and all that begin with the same 64 bits
	i, j := 0, len(s.index)
	for i < j {
		if m := int(uint(i+j) >> 1); s.index[m] < p.hi {
			i = m + 1
		} else {
			j = m
		}
	}
	from := int64(max(0, i-1)) * s.stride
	for j = i; j < len(s.index) && s.index[j] == p.hi; j++ {
	}
	to := min(int64(j)*s.stride, s.n)
	if to <= from {
		to = min(from+s.stride, s.n)
	}
	if need := int((to - from) * fingerprintBytes); cap(*page) < need {
		*page = make([]byte, need)
	}
	b := (*page)[:(to-from)*fingerprintBytes]
	if _, err := s.file.ReadAt(b, (s.runs[0].first+from)*fingerprintBytes); err != nil && !errors.Is(err, io.EOF) {
		return false, fault(err)
	}
	lo, hi := 0, int(to-from)
	for lo < hi {
		if m := int(uint(lo+hi) >> 1); compare(decode(b[m*fingerprintBytes:]), p) < 0 {
			lo = m + 1
		} else {
			hi = m
		}
	}
	return lo < int(to-from) && decode(b[lo*fingerprintBytes:]) == p, nil
}

// String says how much is in it and nothing of what.
func (s *Set) String() string { return fmt.Sprintf("%d fingerprints", s.n) }
