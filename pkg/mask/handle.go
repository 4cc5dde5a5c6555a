package mask

import (
	"bytes"
	"fmt"

	"github.com/understudy-db/understudy/pkg/mask/prf"
)

// socialHandleInfo documents social_handle. No platform sets names aside, so the
// stand-in is one that nobody has by chance: 65 keyed bits.
func socialHandleInfo() Info {
	return Info{
		Name:    "social_handle",
		Summary: "a keyed user name, with @ where the value has one; a link becomes a link to example.com",
		Classes: []Class{ClassText},
		Example: "twitter: {mask: social_handle}",
	}
}

func socialHandleTraits(s Spec) (Traits, error) {
	n := tailChars
	if limit := s.Column.MaxChars; limit > 0 {
		if limit < 3 {
			return Traits{}, fmt.Errorf("social_handle: %d characters are too few; 3 are needed", limit)
		}
		n = min(n, limit-1)
	}
	return Traits{Safety: Valid, Capacity: capacity32(n), Keeps: []string{"@"}, Technique: "pseudonymization", ClassA: true}, nil
}

type socialHandle struct {
	p     *prf.PRF
	limit int
	fold  folder
}

func bindSocialHandle(s Spec, b *Binder) (Masker, error) {
	return &socialHandle{p: b.Key.PRF(prf.StandIn, s.Domain), limit: s.Column.MaxChars}, nil
}

const linkBase = "https://example.com/"

// Mask appends the handle. @Ann, ann and https://x.com/ann are one.
func (m *socialHandle) Mask(dst []byte, in Input) ([]byte, error) {
	id := m.fold.fold(in.Value)
	isLink := bytes.Contains(id, []byte("://")) || bytes.HasPrefix(id, []byte("www."))
	if isLink {
		id = bytes.TrimRight(id, "/")
		if i := bytes.IndexAny(id, "?#"); i > 0 {
			id = bytes.TrimRight(id[:i], "/")
		}
		if i := bytes.LastIndexByte(id, '/'); i >= 0 && i+1 < len(id) {
			id = id[i+1:]
		}
	}
	at := len(id) > 1 && id[0] == '@'
	if at {
		id = id[1:]
	}
	b := m.p.Bits(id)
	switch {
	case isLink && fits(m.limit, len(linkBase), tailChars):
		dst = append(dst, linkBase...)
	case at:
		dst = append(dst, '@')
	}
	n := tailChars
	if m.limit > 0 {
		n = min(n, m.limit-1)
	}
	return appendBase32(dst, &b, n), nil
}
