package schema

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// The custom archive format as pg_dump 12 to 18 write it. 1.14 brought the table
// access method, 1.15 a byte for the compression algorithm, 1.16 the relation's kind.
const (
	formatMajor    = 1
	formatMinorMin = 14
	formatMinorMax = 16
	formatCustom   = 1
	magic          = "PGDMP"

	// A length that is wrong must not become an allocation. The longest real string is a
	// definition, which the server limits to 1 GB; 256 MB of one is already absurd.
	stringMax = 256 << 20
)

// section numbers as the archive stores them.
const (
	sectionNone = iota + 1
	sectionPre
	sectionData
	sectionPost
)

var errArchive = errors.New("the archive is damaged or of an unknown shape")

// field is a string of the archive, which knows NULL.
type field struct {
	text string
	null bool
}

// record is one entry of the table of contents as it lies in the archive.
type record struct {
	id         int
	dumper     int // 1 when data belongs to the entry
	tableOID   field
	oid        field
	tag        field
	desc       field
	section    int
	defn       field
	dropStmt   field
	copyStmt   field
	namespace  field
	tablespace field
	tableam    field
	relkind    int
	owner      field
	withOIDs   field
	deps       []int
	dataState  byte
	offset     []byte
}

// head is what stands before the entries. raw is everything up to the count.
type head struct {
	raw     []byte
	intSize int
	offSize int
	minor   int
	count   int
}

// archiveReader reads an archive front to back; it needs no seeking.
type archiveReader struct {
	r   *bufio.Reader
	raw *bytes.Buffer // what was read, while the head is read
	head
}

func newArchiveReader(r io.Reader) (*archiveReader, error) {
	a := &archiveReader{r: bufio.NewReaderSize(r, 64<<10), raw: &bytes.Buffer{}}
	var fixed [len(magic) + 6]byte
	if err := a.full(fixed[:]); err != nil {
		return nil, err
	}
	if string(fixed[:len(magic)]) != magic {
		return nil, errArchive
	}
	rest := fixed[len(magic):]
	major, minor := int(rest[0]), int(rest[1])
	a.minor, a.intSize, a.offSize = minor, int(rest[3]), int(rest[4])
	if major != formatMajor || minor < formatMinorMin || minor > formatMinorMax {
		return nil, fmt.Errorf("archive format %d.%d is not known: %d.%d to %d.%d are", major, minor, formatMajor, formatMinorMin, formatMajor, formatMinorMax)
	}
	if a.intSize < 2 || a.intSize > 8 || a.offSize < 1 || a.offSize > 8 || rest[5] != formatCustom {
		return nil, errArchive
	}
	if minor >= 15 {
		var algorithm [1]byte
		if err := a.full(algorithm[:]); err != nil {
			return nil, err
		}
	} else if _, err := a.int(); err != nil {
		return nil, err
	}
	for range 7 { // the time of creation
		if _, err := a.int(); err != nil {
			return nil, err
		}
	}
	for range 3 { // database, server version, program version
		if _, err := a.string(); err != nil {
			return nil, err
		}
	}
	a.head.raw = bytes.Clone(a.raw.Bytes())
	a.raw = nil
	n, err := a.int()
	if err != nil {
		return nil, err
	}
	if n < 0 {
		return nil, errArchive
	}
	a.count = n
	return a, nil
}

// next reads one entry. The caller counts.
func (a *archiveReader) next() (*record, error) {
	e := &record{}
	ints := func(to ...*int) (err error) {
		for _, p := range to {
			if *p, err = a.int(); err != nil {
				return err
			}
		}
		return nil
	}
	fields := func(to ...*field) (err error) {
		for _, p := range to {
			if *p, err = a.string(); err != nil {
				return err
			}
		}
		return nil
	}
	err := ints(&e.id, &e.dumper)
	if err == nil {
		err = fields(&e.tableOID, &e.oid, &e.tag, &e.desc)
	}
	if err == nil {
		err = ints(&e.section)
	}
	if err == nil {
		err = fields(&e.defn, &e.dropStmt, &e.copyStmt, &e.namespace, &e.tablespace, &e.tableam)
	}
	if err == nil && a.minor >= 16 {
		err = ints(&e.relkind)
	}
	if err == nil {
		err = fields(&e.owner, &e.withOIDs)
	}
	for err == nil {
		var dep field
		if dep, err = a.string(); err != nil || dep.null {
			break
		}
		var id int
		if id, err = strconv.Atoi(dep.text); err != nil || strconv.Itoa(id) != dep.text {
			return nil, errArchive
		}
		e.deps = append(e.deps, id)
	}
	if err != nil {
		return nil, err
	}
	state := make([]byte, 1+a.offSize)
	if err := a.full(state); err != nil {
		return nil, err
	}
	e.dataState, e.offset = state[0], state[1:]
	return e, nil
}

// end checks that nothing follows the entries: a schema-only archive holds no data.
func (a *archiveReader) end() error {
	if _, err := a.r.ReadByte(); err == io.EOF {
		return nil
	} else if err != nil {
		return err
	}
	return errors.New("the archive holds data, and only the schema was asked for")
}

func (a *archiveReader) full(p []byte) error {
	if _, err := io.ReadFull(a.r, p); err != nil {
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return fmt.Errorf("the archive ends early: %w", io.ErrUnexpectedEOF)
		}
		return err
	}
	if a.raw != nil {
		a.raw.Write(p)
	}
	return nil
}

// int reads a sign byte and the magnitude, least significant byte first.
func (a *archiveReader) int() (int, error) {
	var b [9]byte
	p := b[:1+a.intSize]
	if err := a.full(p); err != nil {
		return 0, err
	}
	var v uint64
	for i, c := range p[1:] {
		v |= uint64(c) << (8 * i)
	}
	// 31 bits are all that pg_dump has; more of them, another sign or a negative zero could not be written back.
	if v > 1<<31-1 || p[0] > 1 || (p[0] == 1 && v == 0) {
		return 0, errArchive
	}
	if p[0] == 1 {
		return -int(v), nil
	}
	return int(v), nil
}

func (a *archiveReader) string() (field, error) {
	n, err := a.int()
	if err != nil {
		return field{}, err
	}
	switch {
	case n == -1:
		return field{null: true}, nil
	case n < 0 || n > stringMax:
		return field{}, errArchive
	case n == 0:
		return field{}, nil
	}
	if n <= 64<<10 {
		p := make([]byte, n)
		err = a.full(p)
		return field{text: string(p)}, err
	}
	var b bytes.Buffer // grows with what is there, not with what is claimed
	if _, err := io.CopyN(&b, a.r, int64(n)); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return field{}, fmt.Errorf("the archive ends early: %w", err)
	}
	if a.raw != nil {
		a.raw.Write(b.Bytes())
	}
	return field{text: b.String()}, nil
}

// archiveWriter writes what an archiveReader read. The count stands before the
// entries, so it is written twice: a guess first, the truth at the end.
type archiveWriter struct {
	head
	w   io.WriteSeeker
	buf *bufio.Writer
	n   int
	tmp []byte
}

func newArchiveWriter(w io.WriteSeeker, h head) (*archiveWriter, error) {
	a := &archiveWriter{head: h, w: w, buf: bufio.NewWriterSize(w, 64<<10)}
	a.tmp = a.appendInt(append(a.tmp, h.raw...), h.count)
	_, err := a.buf.Write(a.tmp)
	return a, err
}

func (a *archiveWriter) write(e *record) error {
	a.n++
	b := a.tmp[:0]
	b = a.appendInt(b, e.id)
	b = a.appendInt(b, e.dumper)
	for _, f := range []field{e.tableOID, e.oid, e.tag, e.desc} {
		b = a.appendString(b, f)
	}
	b = a.appendInt(b, e.section)
	for _, f := range []field{e.defn, e.dropStmt, e.copyStmt, e.namespace, e.tablespace, e.tableam} {
		b = a.appendString(b, f)
	}
	if a.minor >= 16 {
		b = a.appendInt(b, e.relkind)
	}
	b = a.appendString(b, e.owner)
	b = a.appendString(b, e.withOIDs)
	for _, d := range e.deps {
		b = a.appendString(b, field{text: strconv.Itoa(d)})
	}
	b = a.appendString(b, field{null: true})
	b = append(append(b, e.dataState), e.offset...)
	a.tmp = b
	_, err := a.buf.Write(b)
	return err
}

// close writes the true count and leaves the file at that place.
func (a *archiveWriter) close() error {
	if err := a.buf.Flush(); err != nil {
		return err
	}
	if _, err := a.w.Seek(int64(len(a.raw)), io.SeekStart); err != nil {
		return err
	}
	_, err := a.w.Write(a.appendInt(nil, a.n))
	return err
}

func (a *archiveWriter) appendInt(b []byte, v int) []byte {
	sign := byte(0)
	if v < 0 {
		sign, v = 1, -v
	}
	b = append(b, sign)
	for i := range a.intSize {
		b = append(b, byte(uint64(v)>>(8*i)))
	}
	return b
}

func (a *archiveWriter) appendString(b []byte, f field) []byte {
	if f.null {
		return a.appendInt(b, -1)
	}
	return append(a.appendInt(b, len(f.text)), f.text...)
}
