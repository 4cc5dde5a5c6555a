package subset

import (
	"container/list"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"os"
	"slices"
	"sync"

	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
)

// DefaultMemory bounds all sets of a walk: at four bytes a row it holds 16 million rows.
const DefaultMemory = 64 << 20

// A piece covers so many blocks, 8 MB of a table. A whole piece is at most 1.2 MB, which
// is what is read and written at a time when memory is short.
const (
	pieceBlocks = 1 << 10
	offsetBits  = 11 // of blocks up to 32 KiB
)

// idBytes is a row within its piece.
const idBytes = 4

// store bounds the memory of several sets. Its methods, and those of its sets, may be
// called from any goroutine.
type store struct {
	mu     sync.Mutex
	budget int64
	used   int64
	recent *list.List // of *piece, the one used last in front; those in memory alone
	file   *os.File
	end    int64
	free   [33][]int64 // places in the file that are free again, by the binary logarithm of their size
	dir    string
}

func newStore(dir string, budget int64) *store {
	if budget <= 0 {
		budget = DefaultMemory
	}
	return &store{budget: budget, recent: list.New(), dir: dir}
}

// close gives memory and disk back.
func (s *store) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	s.file = nil
	return err
}

// piece is the rows of some blocks of one table, sorted.
type piece struct {
	ids   []uint32 // nil when they are in the file
	n     int
	class int   // of its place in the file; -1 is none
	at    int64 // its place in the file
	dirty bool  // the file does not have what memory has
	place *list.Element
}

// Rows is a set of rows of one table.
type Rows struct {
	store  *store
	pieces map[uint32]*piece
	order  []uint32 // keys of pieces, sorted when clean
	sorted bool
	n      int64
}

func (s *store) rows() *Rows { return &Rows{store: s, pieces: map[uint32]*piece{}, sorted: true} }

// Len returns how many rows are in the set.
func (r *Rows) Len() int64 {
	r.store.mu.Lock()
	defer r.store.mu.Unlock()
	return r.n
}

func split(t session.TID) (uint32, uint32) {
	return t.Block / pieceBlocks, t.Block%pieceBlocks<<offsetBits | uint32(t.Offset)
}

func join(number, id uint32) session.TID {
	return session.TID{Block: number*pieceBlocks + id>>offsetBits, Offset: uint16(id & (1<<offsetBits - 1))}
}

func compareTIDs(a, b session.TID) int {
	if a.Block != b.Block {
		if a.Block < b.Block {
			return -1
		}
		return 1
	}
	return int(a.Offset) - int(b.Offset)
}

// Add adds rows and calls fresh, which may be nil, with those that were not in the set
// yet, in order. It sorts batch.
func (r *Rows) Add(batch []session.TID, fresh func([]session.TID) error) error {
	slices.SortFunc(batch, compareTIDs)
	batch = slices.Compact(batch)
	kept := batch[:0]
	for from := 0; from < len(batch); {
		number, _ := split(batch[from])
		to := from + 1
		for to < len(batch) && batch[to].Block/pieceBlocks == number {
			to++
		}
		added, err := r.addPiece(number, batch[from:to])
		if err != nil {
			return err
		}
		kept = append(kept, added...) // never overtakes from
		from = to
	}
	if fresh == nil || len(kept) == 0 {
		return nil
	}
	return fresh(kept)
}

// addPiece adds rows of one piece and returns, in the front of batch, those that are new.
func (r *Rows) addPiece(number uint32, batch []session.TID) ([]session.TID, error) {
	r.store.mu.Lock()
	defer r.store.mu.Unlock()
	p := r.pieces[number]
	if p == nil {
		p = &piece{class: -1, ids: []uint32{}}
		p.place = r.store.recent.PushFront(p)
		r.pieces[number] = p
		r.order, r.sorted = append(r.order, number), false
	}
	if err := r.store.load(p); err != nil {
		return nil, err
	}
	merged := make([]uint32, 0, len(p.ids)+len(batch))
	added, i := batch[:0], 0
	for _, t := range batch {
		_, id := split(t)
		for i < len(p.ids) && p.ids[i] < id {
			merged = append(merged, p.ids[i])
			i++
		}
		if i < len(p.ids) && p.ids[i] == id {
			continue
		}
		merged = append(merged, id)
		added = append(added, t)
	}
	merged = append(merged, p.ids[i:]...)
	if len(added) > 0 {
		r.store.used += int64(cap(merged)-cap(p.ids)) * idBytes
		p.ids, p.n, p.dirty = merged, len(merged), true
		r.n += int64(len(added))
	}
	return added, r.store.shrink(p)
}

// Read calls each with the rows from the first-th on, in order, so many of them, in
// batches of at most size.
func (r *Rows) Read(first, count int64, size int, each func([]session.TID) error) error {
	if count <= 0 {
		return nil
	}
	batch := make([]session.TID, 0, min(int64(size), count))
	flush := func() error {
		err := each(batch)
		batch = batch[:0]
		return err
	}
	var at int64
	for _, number := range r.numbers() {
		ids, err := r.piece(number, &at, first)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if count == 0 {
				break
			}
			count--
			if batch = append(batch, join(number, id)); len(batch) == size {
				if err := flush(); err != nil {
					return err
				}
			}
		}
		if count == 0 {
			break
		}
	}
	if len(batch) > 0 {
		return flush()
	}
	return nil
}

func (r *Rows) numbers() []uint32 {
	r.store.mu.Lock()
	defer r.store.mu.Unlock()
	if !r.sorted {
		slices.Sort(r.order)
		r.sorted = true
	}
	return slices.Clone(r.order)
}

// piece returns a piece's rows from the first-th of the set on, and nothing when they all
// come before it. What it returns is not changed later: adding makes a new slice.
func (r *Rows) piece(number uint32, at *int64, first int64) ([]uint32, error) {
	r.store.mu.Lock()
	defer r.store.mu.Unlock()
	p := r.pieces[number]
	from := *at
	*at += int64(p.n)
	if *at <= first {
		return nil, nil
	}
	if err := r.store.load(p); err != nil {
		return nil, err
	}
	ids := p.ids[max(0, first-from):]
	return ids, r.store.shrink(p)
}

// drop empties the set.
func (r *Rows) drop() {
	r.store.mu.Lock()
	defer r.store.mu.Unlock()
	for _, p := range r.pieces {
		r.store.used -= int64(cap(p.ids)) * idBytes
		if p.ids != nil {
			r.store.recent.Remove(p.place)
		}
		if p.class >= 0 {
			r.store.free[p.class] = append(r.store.free[p.class], p.at)
		}
	}
	r.pieces, r.order, r.sorted, r.n = map[uint32]*piece{}, nil, true, 0
}

// load brings a piece into memory and to the front of those used last.
func (s *store) load(p *piece) error {
	if p.ids != nil {
		s.recent.MoveToFront(p.place)
		return nil
	}
	b := make([]byte, p.n*idBytes)
	if _, err := s.file.ReadAt(b, p.at); err != nil {
		return fault(err)
	}
	p.ids = make([]uint32, p.n)
	for i := range p.ids {
		p.ids[i] = binary.LittleEndian.Uint32(b[i*idBytes:])
	}
	s.used += int64(cap(p.ids)) * idBytes
	p.place = s.recent.PushFront(p)
	return nil
}

// shrink writes pieces to the file until the budget is kept. keep stays: it is at work.
func (s *store) shrink(keep *piece) error {
	for s.used > s.budget {
		last := s.recent.Back()
		if last == nil {
			return nil
		}
		p := last.Value.(*piece)
		if p == keep {
			return nil // alone in memory, and at work
		}
		if p.dirty {
			if err := s.write(p); err != nil {
				return err
			}
		}
		s.recent.Remove(last)
		s.used -= int64(cap(p.ids)) * idBytes
		p.ids, p.place = nil, nil
	}
	return nil
}

// write puts a piece into the file, into its old place when it fits.
func (s *store) write(p *piece) error {
	if s.file == nil {
		f, err := os.CreateTemp(s.dir, "understudy-subset-*") // mode 0600
		if err != nil {
			return fault(err)
		}
		if err := os.Remove(f.Name()); err != nil { // an open file needs no name, and leaves nothing
			_ = f.Close()
			return fault(err)
		}
		s.file = f
	}
	class := bits.Len(uint(p.n*idBytes - 1))
	if p.class != class {
		if p.class >= 0 {
			s.free[p.class] = append(s.free[p.class], p.at)
		}
		if n := len(s.free[class]); n > 0 {
			p.at, s.free[class] = s.free[class][n-1], s.free[class][:n-1]
		} else {
			p.at = s.end
			s.end += 1 << class
		}
		p.class = class
	}
	b := make([]byte, 0, p.n*idBytes)
	for _, id := range p.ids {
		b = binary.LittleEndian.AppendUint32(b, id)
	}
	if _, err := s.file.WriteAt(b, p.at); err != nil {
		return fault(err)
	}
	p.dirty = false
	return nil
}

func fault(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return &report.Fault{
		Side: report.Usage, Doing: "keep the addresses of a subset's rows", Err: fmt.Errorf("in the folder for temporary files: %w", err),
		Hint: "TMPDIR needs up to 16 bytes for each chosen row",
	}
}
