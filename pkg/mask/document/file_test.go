package document

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"image"
	_ "image/gif" // decoders
	_ "image/jpeg"
	_ "image/png"
	"io"
	"net/mail"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func TestFilesAreOfTheirKindAndSayWhatTheyAre(t *testing.T) {
	t.Parallel()
	f, err := NewFiles()
	if err != nil {
		t.Fatal(err)
	}
	const token = "0123456789abcdef"
	for kind := PDF; kind <= MIME; kind++ {
		b := f.Append([]byte("before"), kind, []byte(token))
		b, ok := bytes.CutPrefix(b, []byte("before"))
		if !ok {
			t.Fatalf("kind %d: dst was not appended to", kind)
		}
		if got := KindOf(b); got != kind {
			t.Errorf("kind %d is recognised as %d", kind, got)
		}
		if !bytes.Contains(b, []byte(token)) || !bytes.Contains(bytes.ToLower(b), []byte("stand-in")) {
			t.Errorf("kind %d does not say what it is", kind)
		}
		if len(b) > 4096 {
			t.Errorf("kind %d has %d bytes", kind, len(b))
		}
		check(t, kind, b)
	}
}

func check(t *testing.T, kind FileKind, b []byte) {
	t.Helper()
	switch kind {
	case PNG, JPEG, GIF:
		if _, _, err := image.Decode(bytes.NewReader(b)); err != nil {
			t.Errorf("kind %d: %v", kind, err)
		}
	case ZIP, DOCX, XLSX:
		z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatalf("kind %d: %v", kind, err)
		}
		for _, part := range z.File {
			r, err := part.Open()
			if err != nil {
				t.Fatal(err)
			}
			content, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(part.Name, ".txt") {
				continue
			}
			d := xml.NewDecoder(bytes.NewReader(content))
			for err == nil {
				_, err = d.Token()
			}
			if !errors.Is(err, io.EOF) {
				t.Errorf("kind %d: %s: %v", kind, part.Name, err)
			}
		}
	case MIME:
		m, err := mail.ReadMessage(bytes.NewReader(b))
		if err != nil || m.Header.Get("Subject") != "Stand-in" {
			t.Errorf("mail: %v", err)
		}
	case PDF:
		checkPDF(t, b)
	case TIFF:
		if at := int(b[8+2+6*12+8]) | int(b[8+2+6*12+9])<<8; at != len(b)-1 {
			t.Errorf("the dot is at %d of %d", at, len(b))
		}
	}
}

// Every offset of the table leads to its object, and the length of the stream is right.
func checkPDF(t *testing.T, b []byte) {
	t.Helper()
	m := regexp.MustCompile(`startxref\n(\d+)\n%%EOF\n$`).FindSubmatch(b)
	if m == nil {
		t.Fatal("no end")
	}
	table, _ := strconv.Atoi(string(m[1]))
	if !bytes.HasPrefix(b[table:], []byte("xref\n0 6\n")) {
		t.Fatal("no table")
	}
	for i, entry := range regexp.MustCompile(`(\d{10}) 00000 n `).FindAllSubmatch(b[table:], -1) {
		at, _ := strconv.Atoi(string(entry[1]))
		if !bytes.HasPrefix(b[at:], []byte(strconv.Itoa(i+1)+" 0 obj\n")) {
			t.Errorf("object %d is not at %d", i+1, at)
		}
	}
	m = regexp.MustCompile(`(?s)/Length (\d+)>>\nstream\n(.*?)\nendstream`).FindSubmatch(b)
	if m == nil || string(m[1]) != strconv.Itoa(len(m[2])) {
		t.Error("the stream has another length")
	}
}

func TestKindOfRealBeginnings(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]FileKind{
		"": Unknown, "hello": Unknown, "rubbish\n%PDF-1.7": PDF, "MM\x00*": TIFF, "PK\x03\x04...xl/workbook.xml": XLSX, "PK\x03\x04": ZIP,
		"Received: from a\n by b": MIME, "From: a@b\r\nTo: c@d\r\n\r\nx": MIME, "From: now on\nwe close at six": Unknown, "Date: today": Unknown,
	} {
		if got := KindOf([]byte(in)); got != want {
			t.Errorf("%q is %d, want %d", in, got, want)
		}
	}
}

func FuzzKindOf(f *testing.F) {
	f.Add([]byte("%PDF-1.4"))
	f.Add([]byte("From: a\nTo: b"))
	f.Fuzz(func(_ *testing.T, b []byte) { KindOf(b) })
}
