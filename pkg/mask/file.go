package mask

import (
	"bytes"

	"github.com/understudy-db/understudy/pkg/mask/document"
	"github.com/understudy-db/understudy/pkg/mask/prf"
)

func file() entry {
	return entry{
		Info: Info{
			Name: "file",
			Summary: "A file in bytea, recognised by its content: PDF, PNG, JPEG, GIF, TIFF, DOCX, XLSX, ZIP and mail become a small valid file of the same kind that says it is a stand-in. " +
				"Anything else becomes keyed bytes of the same length.",
			Classes: []Class{ClassBytes},
			Example: "scan: {mask: file}",
		},
		traits: func(Spec) (Traits, error) {
			// The token of a file has 64 bits.
			return Traits{Safety: NotContact, Capacity: 1 << 64, Technique: "pseudonymization", Keeps: []string{"kind of file", "length of other bytes"}}, nil
		},
		bind: func(s Spec, b *Binder) (Masker, error) {
			files, err := document.NewFiles()
			if err != nil {
				return nil, err
			}
			return &fileMasker{prf: b.Key.PRF(prf.StandIn, s.Domain), files: files}, nil
		},
	}
}

type fileMasker struct {
	prf   *prf.PRF
	files *document.Files
	token [document.TokenLength]byte
}

// Mask appends the stand-in of a file. It never fails.
func (m *fileMasker) Mask(dst []byte, in Input) ([]byte, error) {
	kind := document.KindOf(in.Value)
	if kind == document.Unknown {
		start := len(dst)
		dst = m.prf.Append(dst, in.Value, len(in.Value))
		if bytes.Equal(dst[start:], in.Value) { // a short value may be drawn again
			dst[start] ^= 1
		}
		return dst, nil
	}
	b := m.prf.BitsTagged("file", in.Value)
	for i, u := 0, b.Uint64(); i < len(m.token); i++ {
		m.token[i] = "0123456789abcdef"[u&15]
		u >>= 4
	}
	return m.files.Append(dst, kind, m.token[:]), nil
}
