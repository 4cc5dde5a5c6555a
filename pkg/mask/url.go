package mask

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/understudy-db/understudy/pkg/mask/prf"
)

// urlInfo documents url: scheme and depth of the path stay, the host is a safe one,
// and what may carry a secret (user, port, query, fragment) is dropped. mailto: and
// tel: links become safe ones of their kind.
func urlInfo() Info {
	return Info{
		Name:    "url",
		Summary: "a link to a host that does not exist; user, port, query and fragment are dropped",
		Classes: []Class{ClassText},
		Params: []Param{
			{Name: "domains", Type: String, Default: "one", Allowed: []string{"one", "per-domain"}, Summary: "one safe host for all, or a stand-in .example host for each original one, which keeps how many links each has"},
			{Name: "domain", Type: String, Default: "example.com", Summary: "the one safe host: example.com, .net or .org, or a name under .example, .invalid or .test"},
		},
		Example: "homepage: {mask: url}",
	}
}

func webhookInfo() Info {
	return Info{
		Name:    "webhook",
		Summary: "https://hook.invalid/ and a keyed path: a request to it fails wherever it is made",
		Classes: []Class{ClassText},
		Example: "callback_url: {mask: webhook}",
	}
}

func domainNameInfo() Info {
	return Info{
		Name:    "domain_name",
		Summary: "a keyed name under a top-level domain that is set aside",
		Classes: []Class{ClassText},
		Params:  []Param{{Name: "under", Type: String, Default: "example", Allowed: []string{"example", "invalid", "test"}, Summary: "the top-level domain; an inner name server may resolve test"}},
		Example: "website_host: {mask: domain_name}",
	}
}

const (
	hookHost = "hook.invalid"
	// minURL is "http://", the shortest safe host, a slash and a character.
	minURL     = len("http://") + len(tinyDomain) + 2
	minWebhook = len("https://") + len(hookHost) + 2
	maxScheme  = len("https")
	maxDepth   = 8 // segments of a path that are made
)

// urlHost is the one safe host and the characters of a path that fit.
func urlHost(s Spec) (host string, tail int, err error) {
	host = strings.ToLower(s.str("domain"))
	if !reservedDomain(host) {
		return "", 0, fmt.Errorf("url: domain takes example.com, example.net, example.org or a name under .example, .invalid or .test, where nothing answers")
	}
	limit := s.Column.MaxChars
	if limit == 0 {
		return host, tailChars, nil
	}
	if limit < minURL+1 {
		return "", 0, fmt.Errorf("url: no safe link fits %d characters; the shortest has %d", limit, minURL+1)
	}
	if s.str("domains") == "per-domain" {
		if n := maxScheme + 3 + domainAround + domainChars + 1 + tailChars; limit < n {
			return "", 0, fmt.Errorf("url: domains: per-domain needs %d characters", n)
		}
		return host, tailChars, nil
	}
	if maxScheme+3+len(host)+1+4 > limit {
		host = tinyDomain
	}
	return host, min(tailChars, limit-maxScheme-3-len(host)-1), nil
}

func urlTraits(s Spec) (Traits, error) {
	_, tail, err := urlHost(s)
	if err != nil {
		return Traits{}, err
	}
	t := Traits{Safety: Reserved, Capacity: capacity32(tail), Keeps: []string{"scheme", "depth"}, Technique: "pseudonymization", ClassA: true}
	if s.str("domains") == "per-domain" {
		t.Keeps = append(t.Keeps, "grouping by host")
	}
	return t, nil
}

func webhookTraits(s Spec) (Traits, error) {
	n := tailChars
	if limit := s.Column.MaxChars; limit > 0 {
		if limit < minWebhook {
			return Traits{}, fmt.Errorf("webhook: no safe address fits %d characters; the shortest has %d", limit, minWebhook)
		}
		n = min(n, limit-minWebhook+1)
	}
	return Traits{Safety: Reserved, Capacity: capacity32(n), Technique: "pseudonymization", ClassA: true}, nil
}

// domainTail is how many keyed characters a name has.
func domainTail(s Spec) (int, error) {
	under, limit := len(s.str("under")), s.Column.MaxChars
	if limit == 0 {
		return tailChars, nil
	}
	if limit < under+3 {
		return 0, fmt.Errorf("domain_name: no safe name fits %d characters; the shortest has %d", limit, under+3)
	}
	return min(tailChars, limit-under-2), nil
}

func domainNameTraits(s Spec) (Traits, error) {
	n, err := domainTail(s)
	return Traits{Safety: Reserved, Capacity: capacity32(n), Technique: "pseudonymization", ClassA: true}, err
}

type link struct {
	p         *prf.PRF
	host      string
	perDomain bool
	tail      int
	limit     int
	email     *email
	phone     *phone
	fold      folder
}

func bindURL(s Spec, b *Binder) (Masker, error) {
	host, tail, err := urlHost(s)
	if err != nil {
		return nil, err
	}
	m := &link{p: b.Key.PRF(prf.StandIn, s.Domain), host: host, perDomain: s.str("domains") == "per-domain", tail: tail, limit: s.Column.MaxChars}
	if m.limit == 0 || m.limit >= 60 { // room for "mailto:" and the longest address
		part := Spec{Name: "email", Domain: s.Domain, Column: Column{Class: ClassText}, Params: map[string]any{"domain": host, "domains": "one", "style": "name", "tags": "keep", "case": "keep"}}
		e, err := bindEmail(part, b)
		if err != nil {
			return nil, err
		}
		p, err := bindPhone(Spec{Name: "phone", Domain: s.Domain, Locale: s.Locale, Column: Column{Class: ClassText, MaxChars: 24}}, b)
		if err != nil {
			return nil, err
		}
		m.email, m.phone = e.(*email), p.(*phone)
	}
	return m, nil
}

// Mask appends a link.
func (m *link) Mask(dst []byte, in Input) ([]byte, error) {
	v := bytes.TrimSpace(in.Value)
	if m.email != nil {
		if to, ok := cutPrefixFold(v, "mailto:"); ok {
			to, _, _ = bytes.Cut(to, []byte{'?'}) // ?subject= and ?body= are texts
			return m.email.one(append(dst, "mailto:"...), to, nil, 48), nil
		}
		if to, ok := cutPrefixFold(v, "tel:"); ok {
			return m.phone.Mask(append(dst, "tel:"...), Input{Value: to})
		}
	}
	scheme, rest := m.scheme(v)
	authority, path := rest, rest[len(rest):]
	if i := bytes.IndexAny(rest, "/?#"); i >= 0 {
		authority, path = rest[:i], rest[i:]
	}
	start := len(dst)
	dst = append(dst, scheme...)
	if m.perDomain {
		dst = appendStandInDomain(dst, m.p, m.fold.fold(hostOf(authority)), domainChars)
	} else {
		dst = append(dst, m.host...)
	}
	b := m.p.Bits(in.Value)
	for range m.depth(path) {
		if !fits(m.limit, len(dst)-start, 7+1+m.tail) {
			break
		}
		// The inner segments are six characters of what leads to them all: enough for a path to look like one.
		inner := m.p.BitsTagged("segment", dst[start:])
		dst = appendBase32(append(dst, '/'), &inner, 6)
	}
	dst = append(dst, '/')
	return appendBase32(dst, &b, m.tail), nil
}

// schemes that stay. Without one, none is written; another one becomes https.
func (m *link) scheme(v []byte) (scheme string, rest []byte) {
	for _, s := range [...]string{"https://", "http://", "ftp://", "ws://", "wss://", "//"} {
		if rest, ok := cutPrefixFold(v, s); ok {
			return s, rest
		}
	}
	if i := bytes.Index(v, []byte("://")); i >= 0 {
		return "https://", v[i+3:]
	}
	return "", v
}

// depth is the number of inner segments of a path.
func (m *link) depth(path []byte) int {
	n := -1
	for i, c := range path {
		if c == '?' || c == '#' {
			break
		}
		if c == '/' && i+1 < len(path) {
			n++
		}
	}
	return min(max(n, 0), maxDepth)
}

// hostOf drops user and port.
func hostOf(authority []byte) []byte {
	if i := bytes.LastIndexByte(authority, '@'); i >= 0 {
		authority = authority[i+1:]
	}
	if i := bytes.LastIndexByte(authority, ':'); i >= 0 && digitsAt(authority[i+1:]) == len(authority)-i-1 {
		authority = authority[:i]
	}
	return authority
}

// appendStandInDomain appends d-….example for a domain; email uses the same draw.
func appendStandInDomain(dst []byte, p *prf.PRF, domain []byte, n int) []byte {
	b := p.BitsTagged("domain", domain)
	dst = appendBase32(append(dst, "d-"...), &b, n)
	return append(dst, ".example"...)
}

func cutPrefixFold(v []byte, prefix string) ([]byte, bool) {
	if len(v) < len(prefix) {
		return v, false
	}
	for i := range len(prefix) {
		if lowerByte(v[i]) != prefix[i] {
			return v, false
		}
	}
	return v[len(prefix):], true
}

type webhook struct {
	p    *prf.PRF
	tail int
}

func bindWebhook(s Spec, b *Binder) (Masker, error) {
	m := &webhook{p: b.Key.PRF(prf.StandIn, s.Domain), tail: tailChars}
	if limit := s.Column.MaxChars; limit > 0 {
		m.tail = min(m.tail, limit-minWebhook+1)
	}
	return m, nil
}

// Mask appends the address.
func (m *webhook) Mask(dst []byte, in Input) ([]byte, error) {
	b := m.p.Bits(in.Value)
	dst = append(dst, "https://"+hookHost+"/"...)
	return appendBase32(dst, &b, m.tail), nil
}

type domainName struct {
	p     *prf.PRF
	under string
	tail  int
	fold  folder
}

func bindDomainName(s Spec, b *Binder) (Masker, error) {
	n, err := domainTail(s)
	return &domainName{p: b.Key.PRF(prf.StandIn, s.Domain), under: s.str("under"), tail: n}, err
}

// Mask appends the name, one for all cases of the original and with or without the root's dot.
func (m *domainName) Mask(dst []byte, in Input) ([]byte, error) {
	id := m.fold.fold(in.Value)
	if len(id) > 1 {
		id = bytes.TrimSuffix(id, []byte{'.'})
	}
	b := m.p.Bits(id)
	at := len(dst)
	dst = appendBase32(append(dst, 'd'), &b, m.tail)
	dst = append(append(dst, '.'), m.under...)
	if upperCase(in.Value) {
		upperInPlace(dst[at:])
	}
	return dst, nil
}
