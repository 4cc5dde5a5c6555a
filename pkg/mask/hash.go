package mask

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"

	"github.com/understudy-db/understudy/pkg/mask/prf"
)

// hashes are the functions that a column may have been made with; -lower hashes the
// value in lower case.
var hashes = map[string]func() hash.Hash{"md5": md5.New, "sha1": sha1.New, "sha256": sha256.New, "sha512": sha512.New}

func derivedHash() entry {
	return entry{
		Info: Info{
			Name:    "hash",
			Summary: "A hash of another column of the row, such as a blind index, made again from that column's stand-in. In hex as the original writes it, in base64, or bytes.",
			Classes: []Class{ClassText, ClassBytes},
			Params: []Param{
				{Name: "of", Type: String, Column: true, Summary: "the column that it is a hash of"},
				{
					Name: "with", Type: String, Default: "sha256", Summary: "the function; -lower hashes the value in lower case",
					Allowed: []string{"md5", "md5-lower", "sha1", "sha1-lower", "sha256", "sha256-lower", "sha512", "sha512-lower"},
				},
				{Name: "as", Type: String, Default: "hex", Allowed: []string{"hex", "base64"}, Summary: "how a text column writes it"},
			},
			Example: "email_hash: {hash: {of: email, with: sha256-lower}}",
		},
		traits: hashTraits,
		bind:   bindHash,
	}
}

// hashTraits are those of what is hashed: a hash tells apart what its column tells apart.
func hashTraits(s Spec) (Traits, error) {
	h := newHash(s)
	if n := h.chars(); s.Column.Class == ClassText && s.Column.MaxChars > 0 && n > s.Column.MaxChars {
		return Traits{}, fmt.Errorf("hash: %s as %s has %d characters, the column holds %d", s.str("with"), s.str("as"), n, s.Column.MaxChars)
	}
	t := Traits{Safety: NotContact, Technique: "pseudonymization", Capacity: 1 << 60}
	for _, p := range s.Paths {
		if p.Spec.Name == "" {
			continue // of a kept column
		}
		inner, err := Check(innerSpec(s, p))
		if err != nil {
			return Traits{}, err
		}
		if t.ClassA = inner.ClassA; !inner.Injective {
			t.Capacity = min(t.Capacity, inner.Capacity)
		}
	}
	return t, nil
}

type hashOf struct {
	sum    hash.Hash
	lower  bool
	base64 bool
	raw    bool // the column is bytea

	prf   *prf.PRF
	inner innerMasker
	fold  folder
	value []byte
	out   []byte
}

func newHash(s Spec) *hashOf {
	name, lower := strings.CutSuffix(s.str("with"), "-lower")
	return &hashOf{sum: hashes[name](), lower: lower, base64: s.str("as") == "base64", raw: s.Column.Class == ClassBytes}
}

// chars is the length of what is written.
func (m *hashOf) chars() int {
	if m.base64 {
		return base64.StdEncoding.EncodedLen(m.sum.Size())
	}
	return hex.EncodedLen(m.sum.Size())
}

func bindHash(s Spec, b *Binder) (Masker, error) {
	if len(s.Paths) != 1 || s.Paths[0].Path != ownPath {
		return nil, fmt.Errorf("mask hash: the column that it is a hash of is not known here")
	}
	inner, err := bindInner(s, b)
	if err != nil {
		return nil, err
	}
	m := newHash(s)
	m.inner, m.prf = inner[0], b.Key.PRF(prf.StandIn, s.Domain)
	return m, nil
}

// Mask appends the hash of the other column's stand-in. Where that column is NULL or
// empty the row contradicts itself, and the hash becomes that of keyed bytes.
func (m *hashOf) Mask(dst []byte, in Input) ([]byte, error) {
	m.value = m.value[:0]
	var of []byte
	if m.inner.to <= len(in.Args) {
		of = in.Args[m.inner.ownArg]
	}
	switch {
	case len(of) == 0:
		keyed := m.prf.Sum(in.Value)
		m.value = append(m.value, keyed[:]...)
	case !m.inner.capable:
		m.value = append(m.value, of...)
	default:
		var err error
		if m.value, err = m.inner.text.Mask(m.value, Input{Value: of, Subject: in.Subject, Args: in.Args[m.inner.from:m.inner.to]}); err != nil {
			return dst, err
		}
	}
	value := m.value
	if m.lower {
		value = m.fold.lower(value, false)
	}
	m.sum.Reset()
	_, _ = m.sum.Write(value) // a hash's Write never fails
	m.out = m.sum.Sum(m.out[:0])
	if m.raw {
		return append(dst, m.out...), nil
	}
	if m.base64 {
		return base64.StdEncoding.AppendEncode(dst, m.out), nil
	}
	start := len(dst)
	dst = hex.AppendEncode(dst, m.out)
	if upperCase(in.Value) {
		upperInPlace(dst[start:])
	}
	return dst, nil
}
