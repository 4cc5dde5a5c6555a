package schema

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// testHead is the head of an archive of 4-byte integers, as every platform writes them.
func testHead(minor byte) head {
	h := head{intSize: 4, offSize: 8, minor: int(minor)}
	w := archiveWriter{head: h}
	h.raw = append([]byte(magic), 1, minor, 0, 4, 8, formatCustom)
	if minor >= 15 {
		h.raw = append(h.raw, 0)
	} else {
		h.raw = w.appendInt(h.raw, -1)
	}
	for _, n := range []int{59, 30, 3, 28, 1, 126, 0} {
		h.raw = w.appendInt(h.raw, n)
	}
	for _, s := range []string{"shop", "15.18", "15.18"} {
		h.raw = w.appendString(h.raw, field{text: s})
	}
	return h
}

func str(s string) field { return field{text: s} }

func testRecord(id int, desc, schema, tag string, section int, deps ...int) *record {
	return &record{
		id: id, tableOID: str("1259"), oid: str("16400"), tag: str(tag), desc: str(desc), section: section,
		defn: str("CREATE " + desc + " " + tag + ";\n"), dropStmt: str(""), copyStmt: field{null: true}, namespace: field{text: schema, null: schema == ""},
		tablespace: field{null: true}, tableam: str("heap"), owner: str("dev"), withOIDs: str("false"), deps: deps,
		dataState: 3, offset: make([]byte, 8),
	}
}

// testArchive writes records as pg_dump would.
func testArchive(t testing.TB, minor byte, records ...*record) []byte {
	t.Helper()
	f := tempFile(t)
	h := testHead(minor)
	h.count = len(records)
	w, err := newArchiveWriter(f, h)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		if err := w.write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.close(); err != nil {
		t.Fatal(err)
	}
	return contents(t, f)
}

func tempFile(t testing.TB) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "archive"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func contents(t testing.TB, f *os.File) []byte {
	t.Helper()
	b, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func newEditor() *editor {
	return &editor{target: TargetRole{Version: 150018}, section: sectionPre, gone: map[int]string{}, policy: map[string]bool{}}
}

func edited(t *testing.T, ed *editor, archive []byte) []byte {
	t.Helper()
	f := tempFile(t)
	if err := ed.edit(bytes.NewReader(archive), f); err != nil {
		t.Fatal(err)
	}
	return contents(t, f)
}

func TestArchiveWithoutForbiddenEntriesComesOutByteForByte(t *testing.T) {
	t.Parallel()
	for _, minor := range []byte{14, 15, 16} {
		in := testArchive(t, minor,
			testRecord(1, "TABLE", "We \"ird\n", "näme with space", sectionPre),
			testRecord(2, "SEQUENCE", "public", strings.Repeat("x", 70_000), sectionPre, 1, 7),
			testRecord(3, "INDEX", "public", "i", sectionPost, 1))
		ed := newEditor()
		if out := edited(t, ed, in); !bytes.Equal(in, out) {
			t.Errorf("minor %d: the archive changed", minor)
		}
		want := Entry{ID: 1, Desc: "TABLE", Schema: "We \"ird\n", Name: "näme with space", Owner: "dev", Section: PreData}
		if diff := cmp.Diff(want, ed.entries[0]); diff != "" {
			t.Error(diff)
		}
		if ed.entries[2].Section != PostData {
			t.Error("the index is not in post-data")
		}
	}
}

func TestForbiddenEntriesNeverReachTheFile(t *testing.T) {
	t.Parallel()
	mapping := testRecord(3, "USER MAPPING", "", "USER MAPPING dev SERVER s", sectionPre, 2)
	mapping.defn = str("CREATE USER MAPPING FOR dev SERVER s OPTIONS (password 'hunter2');")
	in := testArchive(t, 16,
		testRecord(2, "SERVER", "", "s", sectionPre),
		mapping,
		testRecord(4, "FOREIGN TABLE", "public", "far", sectionPre, 2),
		testRecord(5, "VIEW", "public", "on far", sectionPre, 4),
		testRecord(6, "VIEW", "public", "on the view", sectionPre, 5),
		testRecord(7, "TABLE", "public", "near", sectionPre),
		testRecord(8, "ACL", "public", "TABLE near", sectionNone, 7),
		testRecord(9, "COMMENT", "public", "VIEW \"on far\"", sectionNone, 5),
		testRecord(10, "COMMENT", "", "EXTENSION citext", sectionNone),
		testRecord(11, "PUBLICATION TABLE", "public", "p near", sectionPost),
	)
	ed := newEditor()
	out := edited(t, ed, in)
	if bytes.Contains(out, []byte("hunter2")) {
		t.Error("the user mapping's password is in the file")
	}
	if len(ed.entries) != 1 || ed.entries[0].Name != "near" {
		t.Errorf("kept %v", ed.entries)
	}
	got := map[string]string{}
	for _, d := range ed.dropped {
		got[d.Desc+" "+d.Name] = d.Why
	}
	if got["VIEW public.on the view"] != "it depends on VIEW public.on far" {
		t.Errorf("dropped %v", got)
	}
	if _, told := got["ACL public.TABLE near"]; told {
		t.Error("privileges are told as lost, though they come from the old staging")
	}
	for _, name := range []string{"SERVER s", "USER MAPPING USER MAPPING dev SERVER s", "FOREIGN TABLE public.far", "PUBLICATION TABLE public.p near"} {
		if got[name] == "" {
			t.Errorf("%s is not told", name)
		}
	}
}

func TestTableThatDependsOnAForbiddenEntryIsRefused(t *testing.T) {
	t.Parallel()
	in := testArchive(t, 14,
		testRecord(4, "FOREIGN TABLE", "public", "far", sectionPre),
		testRecord(5, "TABLE", "public", "child", sectionPre, 4))
	err := newEditor().edit(bytes.NewReader(in), tempFile(t))
	if err == nil || !strings.Contains(err.Error(), "TABLE public.child depends on FOREIGN TABLE public.far") {
		t.Errorf("error is %v", err)
	}
}

func TestArchiveThatIsCutOrFollowedByDataIsRefused(t *testing.T) {
	t.Parallel()
	in := testArchive(t, 15, testRecord(1, "TABLE", "public", "t", sectionPre))
	for n := range len(in) {
		if err := newEditor().edit(bytes.NewReader(in[:n]), tempFile(t)); err == nil {
			t.Fatalf("%d of %d bytes pass for an archive", n, len(in))
		}
	}
	if err := newEditor().edit(bytes.NewReader(append(in, 1)), tempFile(t)); err == nil {
		t.Error("data behind the entries is not seen")
	}
	in[6] = 99
	if err := newEditor().edit(bytes.NewReader(in), tempFile(t)); err == nil || !strings.Contains(err.Error(), "1.99") {
		t.Errorf("an unknown version gives %v", err)
	}
}

// FuzzArchive feeds damaged archives: no panic, no huge allocation, and what is
// accepted is written back as it was read.
func FuzzArchive(f *testing.F) {
	for _, minor := range []byte{14, 15, 16} {
		f.Add(testArchive(f, minor, testRecord(1, "TABLE", "public", "t", sectionPre), testRecord(2, "INDEX", "public", "i", sectionPost, 1)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		in, err := newArchiveReader(bytes.NewReader(data))
		if err != nil {
			return
		}
		out := &memory{}
		w, err := newArchiveWriter(out, in.head)
		if err != nil {
			t.Fatal(err)
		}
		for range in.count {
			r, err := in.next()
			if err != nil {
				return
			}
			if err := w.write(r); err != nil {
				t.Fatal(err)
			}
		}
		if in.end() != nil {
			return
		}
		if err := w.close(); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(out.b, data) {
			t.Errorf("read and written back, %d bytes became %d others", len(data), len(out.b))
		}
	})
}

// memory is a file in memory that knows the one seek that the writer does.
type memory struct {
	b  []byte
	at int
}

func (m *memory) Write(p []byte) (int, error) {
	n := copy(m.b[m.at:], p)
	m.b = append(m.b, p[n:]...)
	m.at += len(p)
	return len(p), nil
}

func (m *memory) Seek(offset int64, whence int) (int64, error) {
	if whence != io.SeekStart {
		return 0, os.ErrInvalid
	}
	m.at = int(offset)
	return offset, nil
}
