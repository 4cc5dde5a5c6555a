package document

import (
	"archive/zip"
	"bytes"
	_ "embed" // the pictures
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strconv"
)

// FileKind is a format that [Files] has a stand-in of.
type FileKind uint8

// The kinds. Unknown is anything else.
const (
	Unknown FileKind = iota
	PDF
	PNG
	JPEG
	GIF
	TIFF
	ZIP
	DOCX
	XLSX
	MIME
)

// KindOf recognises a file by its content; its name is not needed.
func KindOf(b []byte) FileKind {
	switch {
	case bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")):
		return PNG
	case bytes.HasPrefix(b, []byte("\xff\xd8\xff")):
		return JPEG
	case bytes.HasPrefix(b, []byte("GIF87a")), bytes.HasPrefix(b, []byte("GIF89a")):
		return GIF
	case bytes.HasPrefix(b, []byte("II*\x00")), bytes.HasPrefix(b, []byte("MM\x00*")):
		return TIFF
	case bytes.HasPrefix(b, []byte("PK\x03\x04")):
		// The directory at the end has every name in clear.
		switch {
		case bytes.Contains(b, []byte("word/document.xml")):
			return DOCX
		case bytes.Contains(b, []byte("xl/workbook.xml")):
			return XLSX
		}
		return ZIP
	case bytes.Contains(b[:min(len(b), 1024)], []byte("%PDF-")): // readers allow for rubbish before it
		return PDF
	case isMail(b):
		return MIME
	}
	return Unknown
}

var mailHeaders = [...]string{
	"from:", "received:", "return-path:", "mime-version:", "delivered-to:", "message-id:", "date:", "subject:", "to:", "content-type:", "dkim-signature:", "x-",
}

// isMail wants a header that mails start with, and a second header line.
func isMail(b []byte) bool {
	line, rest, ok := bytes.Cut(b[:min(len(b), 4096)], []byte("\n"))
	if !ok || bytes.IndexByte(line, ':') < 0 {
		return false
	}
	for _, h := range mailHeaders {
		if len(line) > len(h) && bytes.EqualFold(line[:len(h)], []byte(h)) {
			next, _, _ := bytes.Cut(rest, []byte("\n"))
			name, _, ok := bytes.Cut(next, []byte(":"))
			return len(next) > 0 && (next[0] == ' ' || next[0] == '\t' || ok && bytes.IndexByte(name, ' ') < 0)
		}
	}
	return false
}

// TokenLength is the length of the token that a stand-in carries: hex digits.
const TokenLength = 16

const zeroToken = "0000000000000000"

// note is what a stand-in says of itself, before its token.
const note = "Stand-in for a file of the original database "

// A light square with a cross, the usual sign for a picture that is not there. They
// are files, not encoded anew: an encoder may give other bytes in a later release, and
// a stand-in never changes. For the same reason archives are not compressed.
var (
	//go:embed picture/cross.png
	crossPNG []byte
	//go:embed picture/cross.jpg
	crossJPEG []byte
	//go:embed picture/cross.gif
	crossGIF []byte
)

// Files makes small valid files that say what they are. It holds templates and is
// used by any number of goroutines.
type Files struct{ png, jpeg, gif, docx, xlsx, zip []byte }

// NewFiles builds the templates.
func NewFiles() (*Files, error) {
	f := &Files{png: crossPNG, jpeg: crossJPEG, gif: crossGIF}
	var b bytes.Buffer
	encode := func(to *[]byte, what string, err error) error {
		if err != nil {
			return fmt.Errorf("build the %s stand-in: %w", what, err)
		}
		*to = bytes.Clone(b.Bytes())
		b.Reset()
		return nil
	}
	if err := encode(&f.zip, "zip", archive(&b, "README.txt", note)); err != nil {
		return nil, err
	}
	if err := encode(&f.docx, "docx", archive(&b, docxParts...)); err != nil {
		return nil, err
	}
	if err := encode(&f.xlsx, "xlsx", archive(&b, xlsxParts...)); err != nil {
		return nil, err
	}
	return f, nil
}

// Append appends the stand-in of a kind, which is not Unknown, with a token of
// TokenLength hex digits. Same kind and token, same bytes.
func (f *Files) Append(dst []byte, kind FileKind, token []byte) []byte {
	switch kind {
	case PNG:
		const header = 33 // signature and IHDR: a comment follows them
		dst = append(dst, f.png[:header]...)
		dst = binary.BigEndian.AppendUint32(dst, uint32(len("Comment\x00")+len(note)+len(token)))
		at := len(dst)
		dst = append(dst, "tEXtComment\x00"+note...)
		dst = append(dst, token...)
		dst = binary.BigEndian.AppendUint32(dst, crc32.ChecksumIEEE(dst[at:]))
		return append(dst, f.png[header:]...)
	case JPEG:
		dst = append(dst, 0xff, 0xd8, 0xff, 0xfe, 0, byte(2+len(note)+len(token)))
		return append(append(append(dst, note...), token...), f.jpeg[2:]...)
	case GIF:
		last := len(f.gif) - 1 // the trailer
		dst = append(append(dst, f.gif[:last]...), 0x21, 0xfe, byte(len(note)+len(token)))
		return append(append(append(dst, note...), token...), 0, 0x3b)
	case TIFF:
		return appendTIFF(dst, token)
	case ZIP:
		dst = append(dst, f.zip...)
	case DOCX:
		dst = append(dst, f.docx...)
	case XLSX:
		dst = append(dst, f.xlsx...)
	case MIME:
		dst = append(dst, "From: stand-in@example.com\r\nTo: stand-in@example.com\r\nDate: Thu, 01 Jan 2026 00:00:00 +0000\r\n"+
			"Message-ID: <"...)
		dst = append(append(dst, token...), "@example.com>\r\nSubject: Stand-in\r\nMIME-Version: 1.0\r\n"+
			"Content-Type: text/plain; charset=us-ascii\r\n\r\n"+note+"\r\n"...)
		return dst
	default:
		return appendPDF(dst, token)
	}
	copy(dst[len(dst)-len(token):], token) // an archive ends with its comment, and that with the token
	return dst
}

// archive writes names and contents in turn; the archive's comment ends with a token.
func archive(b *bytes.Buffer, parts ...string) error {
	z := zip.NewWriter(b)
	for i := 0; i+1 < len(parts); i += 2 {
		w, err := z.CreateHeader(&zip.FileHeader{Name: parts[i], Method: zip.Store})
		if err != nil {
			return err
		}
		if _, err := w.Write([]byte(parts[i+1])); err != nil {
			return err
		}
	}
	if err := z.SetComment(note + zeroToken); err != nil {
		return err
	}
	return z.Close()
}

const (
	xmlHead      = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`
	packageTypes = `http://schemas.openxmlformats.org/package/2006/content-types`
	packageLinks = `http://schemas.openxmlformats.org/package/2006/relationships`
	officeLinks  = `http://schemas.openxmlformats.org/officeDocument/2006/relationships`
	officeType   = `application/vnd.openxmlformats-officedocument.`
	typeDefaults = `<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="application/xml"/>`
)

var docxParts = []string{
	"[Content_Types].xml", xmlHead + `<Types xmlns="` + packageTypes + `">` + typeDefaults +
		`<Override PartName="/word/document.xml" ContentType="` + officeType + `wordprocessingml.document.main+xml"/></Types>`,
	"_rels/.rels", xmlHead + `<Relationships xmlns="` + packageLinks + `"><Relationship Id="r1" Type="` + officeLinks +
		`/officeDocument" Target="word/document.xml"/></Relationships>`,
	"word/document.xml", xmlHead + `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>` +
		note + `</w:t></w:r></w:p></w:body></w:document>`,
}

var xlsxParts = []string{
	"[Content_Types].xml", xmlHead + `<Types xmlns="` + packageTypes + `">` + typeDefaults +
		`<Override PartName="/xl/workbook.xml" ContentType="` + officeType + `spreadsheetml.sheet.main+xml"/>` +
		`<Override PartName="/xl/worksheets/sheet1.xml" ContentType="` + officeType + `spreadsheetml.worksheet+xml"/></Types>`,
	"_rels/.rels", xmlHead + `<Relationships xmlns="` + packageLinks + `"><Relationship Id="r1" Type="` + officeLinks +
		`/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
	"xl/workbook.xml", xmlHead + `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="` + officeLinks +
		`"><sheets><sheet name="Stand-in" sheetId="1" r:id="r1"/></sheets></workbook>`,
	"xl/_rels/workbook.xml.rels", xmlHead + `<Relationships xmlns="` + packageLinks + `"><Relationship Id="r1" Type="` + officeLinks +
		`/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
	"xl/worksheets/sheet1.xml", xmlHead + `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">` +
		`<c r="A1" t="inlineStr"><is><t>` + note + `</t></is></c></row></sheetData></worksheet>`,
}

// appendPDF writes a page with one line. The table of offsets at the end has to know
// where each object starts.
func appendPDF(dst, token []byte) []byte {
	start := len(dst)
	var at [5]int
	dst = append(dst, "%PDF-1.4\n"...)
	for i, object := range [...]string{
		"<</Type/Catalog/Pages 2 0 R>>",
		"<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
		"",
		"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
	} {
		at[i] = len(dst) - start
		dst = append(strconv.AppendInt(dst, int64(i+1), 10), " 0 obj\n"...)
		if object == "" {
			const before, after = "BT /F1 12 Tf 72 770 Td (" + note, ") Tj ET"
			dst = append(dst, "<</Length "...)
			dst = strconv.AppendInt(dst, int64(len(before)+len(token)+len(after)), 10)
			dst = append(append(dst, ">>\nstream\n"+before...), token...)
			object = after + "\nendstream"
		}
		dst = append(append(dst, object...), "\nendobj\n"...)
	}
	table := len(dst) - start
	dst = append(dst, "xref\n0 6\n0000000000 65535 f \n"...)
	for _, offset := range at {
		dst = appendPaddedInt(dst, offset, 10)
		dst = append(dst, " 00000 n \n"...)
	}
	dst = append(dst, "trailer\n<</Size 6/Root 1 0 R>>\nstartxref\n"...)
	return append(strconv.AppendInt(dst, int64(table), 10), "\n%%EOF\n"...)
}

func appendPaddedInt(dst []byte, v, width int) []byte {
	at := len(dst)
	dst = append(dst, zeroToken[:width]...)
	for i := width - 1; v > 0 && i >= 0; i-- {
		dst[at+i] = byte('0' + v%10)
		v /= 10
	}
	return dst
}

// appendTIFF writes one grey dot: a directory of nine entries, then what does not
// fit an entry, the description, and the dot.
func appendTIFF(dst, token []byte) []byte {
	const entries = 9
	const textAt = 8 + 2 + entries*12 + 4
	textLength := uint32(len(note) + len(token) + 1)
	dst = append(dst, "II*\x00\x08\x00\x00\x00"...)
	dst = binary.LittleEndian.AppendUint16(dst, entries)
	const short, long, ascii = 3, 4, 2
	for _, e := range [...]struct {
		tag, kind    uint16
		count, value uint32
	}{
		{256, long, 1, 1},
		{257, long, 1, 1},  // width and height
		{258, short, 1, 8}, // bits of a sample
		{259, short, 1, 1},
		{262, short, 1, 1}, // no compression; black is 0
		{270, ascii, textLength, textAt},
		{273, long, 1, textAt + textLength},
		{277, short, 1, 1},
		{279, long, 1, 1}, // where the dot is
	} {
		dst = binary.LittleEndian.AppendUint16(dst, e.tag)
		dst = binary.LittleEndian.AppendUint16(dst, e.kind)
		dst = binary.LittleEndian.AppendUint32(dst, e.count)
		dst = binary.LittleEndian.AppendUint32(dst, e.value)
	}
	dst = append(dst, 0, 0, 0, 0) // no further directory
	dst = append(append(dst, note...), token...)
	return append(dst, 0, 0xe6)
}
