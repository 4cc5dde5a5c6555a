package mask

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/understudy-db/understudy/pkg/mask/prf"
)

// emailInfo documents the email masker.
//
// What makes two values one address: surrounding white space, Unicode
// compatibility forms and case do not count, so every spelling of an address gets
// the same letters, and a log-in that folds case goes on working. Spellings that
// differ as bytes differ in the case of the stand-in's letters (case: keep), so
// that a comparison by bytes gives in staging what it gave in production. Two
// spellings in mixed case of one address meet once in about a thousand; a unique
// column that has many of those takes case: exact, where a log-in with another
// case is a log-in of somebody else.
func emailInfo() Info {
	return Info{
		Name:    "email",
		Summary: "an address nobody can be reached at; lists and \"Name <address>\" keep their form, anything else becomes one address",
		Classes: []Class{ClassText},
		Params: []Param{
			{Name: "domains", Type: String, Default: "one", Allowed: []string{"one", "per-domain"}, Summary: "one safe domain for all, or a stand-in .example domain for each original one, which keeps how many addresses each has"},
			{Name: "domain", Type: String, Default: "example.com", Summary: "the one safe domain: example.com, .net or .org, or a name under .example, .invalid or .test; an inner name server may resolve .test"},
			{Name: "style", Type: String, Default: "name", Allowed: []string{"name", "plain"}, Summary: "a readable word before the unique part, or the unique part alone"},
			{Name: "tags", Type: String, Default: "keep", Allowed: []string{"keep", "drop"}, Summary: "whether ann+a@ and ann+b@ are two addresses or one"},
			{Name: "case", Type: String, Default: "keep", Allowed: []string{"keep", "fold", "exact"}, Summary: "keep: another spelling of an address (case, blanks) has the same letters in another case; fold: the same stand-in; exact: every spelling is an address of its own"},
		},
		Subject: true,
		Example: "email: {mask: email, domain: example.net}",
	}
}

// The shortest safe address that is still one is a@e.test.
const (
	tinyDomain   = "e.test"
	minEmail     = 1 + 1 + len(tinyDomain)
	maxFirstName = 12 // letters of a persona's name
	domainChars  = 10 // of a stand-in domain's hash: 50 bits
	domainAround = len("d-") + len(".example")
)

// emailShape is what a column's width leaves of an address; fixed when it is bound.
type emailShape struct {
	tail   int    // characters of lower32 in the local part
	word   int    // most letters of a readable word before it; 0 is none
	hash   int    // characters of the stand-in domain's hash; 0 is one domain for all
	domain string // that one
}

func newEmailShape(s Spec) (emailShape, error) {
	limit := s.Column.MaxChars
	if limit != 0 && limit < minEmail {
		return emailShape{}, fmt.Errorf("email: no safe address fits %d characters; the shortest has %d: use token or null", limit, minEmail)
	}
	domain := strings.ToLower(s.str("domain"))
	if !reservedDomain(domain) {
		return emailShape{}, fmt.Errorf("email: domain takes example.com, example.net, example.org or a name under .example, .invalid or .test, where nothing can be delivered")
	}
	sh := emailShape{tail: tailChars, domain: domain}
	if s.str("style") == "name" {
		sh.word = maxWord
		if s.Subject != "" {
			sh.word = maxFirstName
		}
	}
	if s.str("domains") == "per-domain" {
		sh.hash = domainChars
	}
	if sh.hash > 0 && limit != 0 {
		sh.hash = min(sh.hash, limit-domainAround-1-tailChars)
		if sh.hash < 4 {
			return emailShape{}, fmt.Errorf("email: domains: per-domain needs %d characters", domainAround+1+tailChars+4)
		}
	}
	if limit == 0 {
		return sh, nil
	}
	if sh.hash == 0 && limit < 2+len(sh.domain) {
		sh.domain = tinyDomain
	}
	room := limit - 1 - sh.domainLen()
	sh.tail = min(tailChars, room)
	if sh.word = min(sh.word, room-1-tailChars); sh.word < maxWord {
		sh.word = 0
	}
	return sh, nil
}

func (sh emailShape) domainLen() int {
	if sh.hash > 0 {
		return domainAround + sh.hash
	}
	return len(sh.domain)
}

// size is the longest address of this shape.
func (sh emailShape) size() int {
	n := sh.tail + 1 + sh.domainLen()
	if sh.word > 0 {
		n += sh.word + 1
	}
	return n
}

// reservedDomain reports whether RFC 2606 sets the name aside.
func reservedDomain(name string) bool {
	if name == "" || len(name) > 100 {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
	}
	for _, safe := range []string{"example.com", "example.net", "example.org"} {
		if name == safe || strings.HasSuffix(name, "."+safe) {
			return true
		}
	}
	return strings.HasSuffix(name, ".example") || strings.HasSuffix(name, ".invalid") || strings.HasSuffix(name, ".test")
}

func emailTraits(s Spec) (Traits, error) {
	sh, err := newEmailShape(s)
	if err != nil {
		return Traits{}, err
	}
	if s.Column.Unique {
		if s.str("tags") == "drop" {
			return Traits{}, fmt.Errorf("email: tags: drop makes one of two addresses, which a unique column cannot take")
		}
		if s.str("case") == "fold" && !s.Column.Folded {
			return Traits{}, fmt.Errorf("email: case: fold makes one of two spellings, which a unique column that tells case apart cannot take")
		}
	}
	t := Traits{Safety: Reserved, Capacity: capacity32(sh.tail), Keeps: []string{"list", "display form"}, Technique: "pseudonymization", ClassA: true}
	if sh.word > 0 && s.Subject == "" {
		t.Capacity *= wordBound // the word is drawn from further bits of the same sum
	}
	if s.str("case") == "keep" {
		t.Keeps = append(t.Keeps, "all capitals")
	}
	if sh.hash > 0 {
		t.Keeps = append(t.Keeps, "grouping by domain")
	}
	return t, nil
}

// email is one bound masker.
type email struct {
	emailShape
	value     *prf.PRF
	subject   *prf.PRF // nil when the rule is by value
	people    *people  // the subject's names
	limit     int
	dropTags  bool
	keepCase  bool
	exact     bool
	untrimmed bool // a unique column that ignores case tells only white space and form apart
	fold      folder
	tagless   []byte
}

func bindEmail(s Spec, b *Binder) (Masker, error) {
	sh, err := newEmailShape(s)
	if err != nil {
		return nil, err
	}
	m := &email{
		emailShape: sh, value: b.Key.PRF(prf.StandIn, s.Domain), limit: s.Column.MaxChars,
		dropTags: s.str("tags") == "drop", keepCase: s.str("case") == "keep", exact: s.str("case") == "exact",
		untrimmed: s.Column.Unique && s.Column.Folded,
	}
	if s.Subject != "" {
		m.subject = b.Key.PRF(prf.StandIn, s.Subject)
		if m.people, err = newPeople(s, b); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// Mask appends an address, or as many as the list in the value has and fit.
func (m *email) Mask(dst []byte, in Input) ([]byte, error) {
	if !addressList(in.Value) {
		return m.one(dst, in.Value, in.Subject, m.limit), nil
	}
	start, rest, before := len(dst), in.Value, byte(0)
	for len(rest) > 0 {
		part, sep, more := cutAddress(rest)
		rest = more
		if part = bytes.TrimSpace(part); len(part) == 0 {
			continue
		}
		if len(dst) > start {
			if !fits(m.limit, len(dst)-start, 2+m.size()) {
				break
			}
			dst = append(dst, before, ' ')
		}
		before = sep
		room := 0
		if m.limit > 0 {
			room = m.limit - (len(dst) - start)
		}
		dst = m.one(dst, part, in.Subject, room)
	}
	return dst, nil
}

// addressList reports whether v has two parts with an @ between separators that
// stand neither in quotes nor in angle brackets.
func addressList(v []byte) bool {
	if bytes.IndexByte(v, ';') < 0 && bytes.IndexByte(v, ',') < 0 {
		return false
	}
	n := 0
	for len(v) > 0 && n < 2 {
		part, _, more := cutAddress(v)
		if bytes.IndexByte(part, '@') >= 0 {
			n++
		}
		v = more
	}
	return n >= 2
}

// cutAddress returns the text before the next separator, the separator (';' at
// the end) and what follows.
func cutAddress(v []byte) (part []byte, sep byte, more []byte) {
	quoted, angle := false, false
	for i, c := range v {
		switch {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '<':
			angle = true
		case c == '>':
			angle = false
		case !angle && (c == ';' || c == ','):
			return v[:i], c, v[i+1:]
		}
	}
	if quoted || angle { // never closed: what looked quoted is none
		if i := bytes.IndexAny(v, ";,"); i >= 0 {
			return v[:i], v[i], v[i+1:]
		}
	}
	return v, ';', nil
}

// one appends the stand-in of one address with its display name, if it has one.
func (m *email) one(dst, v, subject []byte, limit int) []byte {
	v, named := displayForm(v)
	identity := m.identity(v)
	p := m.value
	var who *sitting
	if m.subject != nil && subject != nil {
		p = m.subject
		var s sitting
		m.people.sit(&s, Input{Subject: subject})
		who = &s
	}
	// 128 bits: 65 for the unique part, then 10 for a word and 20 for a displayed name.
	b := p.Bits(identity)
	tail := b
	b.Uint64()
	b.Index(32)
	word := b
	if named = named && fits(limit, 0, m.size()+2*(maxFirstName+1)+2); named {
		dst = m.displayName(dst, who, word)
		dst = append(dst, ' ', '<')
	}
	at := len(dst)
	if m.word > 0 {
		dst = append(m.firstName(dst, who, word), '.')
	}
	dst = appendBase32(dst, &tail, m.tail)
	if m.keepCase && !bytes.Equal(v, identity) {
		spell(dst[at:], len(dst)-at-m.tail, p, v)
	}
	dst = append(dst, '@')
	dst = m.appendDomain(dst, p, identity)
	if named {
		dst = append(dst, '>')
	}
	return dst
}

// firstName appends the word before the unique part: the persona's first name, or
// syllables of the address.
func (m *email) firstName(dst []byte, who *sitting, word prf.Bits) []byte {
	if who == nil {
		return appendWord(dst, &word)
	}
	at := len(dst)
	dst = appendASCII(dst, who.f.first[who.gender].At(int(who.draw(0).first)), allLower)
	return dst[:min(len(dst), at+m.word)]
}

// displayName appends the name before an address in angle brackets.
func (m *email) displayName(dst []byte, who *sitting, word prf.Bits) []byte {
	if who == nil {
		dst = append(appendCapital(dst, &word), ' ')
		return appendCapital(dst, &word)
	}
	at := len(dst)
	dst = appendASCII(dst, who.f.first[who.gender].At(int(who.draw(0).first)), allLower)
	dst[at] = upperByte(dst[at])
	dst = append(dst[:min(len(dst), at+maxFirstName)], ' ')
	at = len(dst)
	dst = appendASCII(dst, who.f.last[who.gender].At(int(who.draw(0).last)), allLower)
	dst[at] = upperByte(dst[at])
	return dst[:min(len(dst), at+maxFirstName)]
}

// displayForm returns the address in "Name <address>", and whether there was a name.
func displayForm(v []byte) ([]byte, bool) {
	t := bytes.TrimSpace(v)
	if len(t) < 3 || t[len(t)-1] != '>' {
		return v, false
	}
	i := bytes.LastIndexByte(t, '<')
	if i < 0 || i == len(t)-2 {
		return v, false
	}
	return t[i+1 : len(t)-1], i > 0
}

// identity is what the stand-in is drawn from; valid until the next call.
func (m *email) identity(v []byte) []byte {
	switch {
	case m.exact:
		return v
	case m.untrimmed:
		return m.fold.lower(v, false)
	}
	id := m.fold.fold(v)
	if !m.dropTags {
		return id
	}
	at := bytes.LastIndexByte(id, '@')
	plus := bytes.IndexByte(id, '+')
	if plus <= 0 || plus > at {
		return id
	}
	m.tagless = append(append(m.tagless[:0], id[:plus]...), id[at:]...)
	return m.tagless
}

// spell writes a spelling that differs from the identity into the case of the
// letters: all capitals for all capitals; else a keyed mixture in the unique part,
// which begins at tail, and a capital first letter.
func spell(local []byte, tail int, p *prf.PRF, exact []byte) {
	if upperCase(exact) && len(bytes.TrimSpace(exact)) == len(exact) {
		upperInPlace(local)
		return
	}
	b := p.BitsTagged("spelling", exact)
	u := b.Uint64()
	local[0] = upperByte(local[0])
	capitals, letters, first, last := 0, 0, -1, -1
	for i := tail; i < len(local); i++ {
		if !isLetter(local[i]) {
			continue
		}
		if first < 0 {
			first = i
		}
		last = i
		letters++
		local[i] = lowerByte(local[i])
		if u&1 == 1 {
			local[i] = upperByte(local[i])
			capitals++
		}
		u >>= 1
	}
	switch { // neither the identity's own spelling nor that of all capitals
	case letters > 0 && capitals == 0:
		local[first] = upperByte(local[first])
	case letters > 1 && capitals == letters:
		local[last] = lowerByte(local[last])
	}
}

func (m *email) appendDomain(dst []byte, p *prf.PRF, identity []byte) []byte {
	if m.hash == 0 {
		return append(dst, m.domain...)
	}
	at := bytes.LastIndexByte(identity, '@') // -1: all that is no address shares one domain
	original := identity[len(identity):]
	if at >= 0 {
		original = identity[at+1:]
	}
	return appendStandInDomain(dst, p, original, m.hash)
}
