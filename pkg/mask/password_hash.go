package mask

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/understudy-db/understudy/pkg/mask/prf"
)

func passwordHash() entry {
	return entry{
		Info: Info{
			Name: "password_hash",
			Summary: "A hash that no password has, in the format of the original: its scheme and cost parameters stay, salt and hash are others. " +
				"A value without a known scheme, such as a password in clear, becomes keyed characters. " +
				"With test-password, hashes by bcrypt, argon2 and PBKDF2 become that password's: the masked accounts of staging can be logged in to.",
			Classes: []Class{ClassText},
			Params:  []Param{{Name: "test-password", Type: String, Summary: "the password of all masked accounts; without it nobody can log in"}},
			Example: "password: {mask: password_hash}",
		},
		traits: func(s Spec) (Traits, error) {
			if p, ok := s.Params["test-password"].(string); ok {
				if len(p) < 8 || len(p) > 72 {
					return Traits{}, fmt.Errorf("password_hash: a test-password has 8 to 72 bytes")
				}
				return Traits{Safety: Valid, ClassA: true, Capacity: 1, Technique: "suppression", Keeps: []string{"scheme", "cost"}}, nil
			}
			return Traits{
				Safety: NeverIssued, ClassA: true, Capacity: 1 << 64, Technique: "pseudonymization",
				Keeps: []string{"scheme", "cost", "length"},
			}, nil
		},
		bind: func(s Spec, b *Binder) (Masker, error) {
			m := &hashMasker{prf: b.Key.PRF(prf.StandIn, s.Domain)}
			if p := s.str("test-password"); p != "" {
				m.known = &knownPassword{password: []byte(p), prf: m.prf}
			}
			return m, nil
		},
	}
}

type hashMasker struct {
	prf   *prf.PRF
	draw  stream
	known *knownPassword // nil: no password has the hashes
}

// schemes are the words between the first $ and the next, or before the first $,
// after which parameters may stay.
var schemes = []string{
	"1", "2", "2a", "2b", "2x", "2y", "5", "6", "7", "y", "gy", "apr1", "md5", "sha1", "scrypt", "argon2", "argon2i", "argon2d", "argon2id",
	"bcrypt", "bcrypt_sha256", "bcrypt-sha256", "pbkdf2", "pbkdf2_sha1", "pbkdf2_sha256", "pbkdf2_sha512", "pbkdf2-sha1", "pbkdf2-sha256",
	"pbkdf2-sha512", "SCRAM-SHA-256", "SCRAM-SHA-1",
}

const (
	base64Chars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./"
	hexChars    = "0123456789abcdef"
)

// Mask appends a hash of the original's format. It never fails.
func (m *hashMasker) Mask(dst []byte, in Input) ([]byte, error) {
	if m.known != nil {
		if hash, ok := m.known.like(in.Value); ok {
			return append(dst, hash...), nil
		}
	}
	m.draw.start(m.prf, "hash", in.Value)
	v, start := in.Value, len(dst)
	switch kept := schemeLength(v); {
	case kept > 0:
		dst = m.appendFields(append(dst, v[:kept]...), v[kept:])
		if v[0] == '$' && len(v) == 60 && v[1] == '2' {
			// 23 bytes in 31 characters leave two bits of the last one 0. With a 1 there the
			// hash is none that bcrypt can compute.
			dst[len(dst)-1] = "ABDEFHIJ"[m.draw.next(8)]
		}
	case isHexDigest(v):
		upper := bytes.ContainsAny(v, "ABCDEF")
		for range v {
			c := hexChars[m.draw.next(16)]
			if upper {
				c = upperByte(c)
			}
			dst = append(dst, c)
		}
	default:
		// An exclamation mark is how password files lock an account.
		dst = append(dst, '!')
		for n := utf8.RuneCount(v); n > 1; n-- {
			dst = append(dst, base64Chars[m.draw.next(64)])
		}
	}
	if bytes.Equal(dst[start:], v) {
		dst[len(dst)-1] ^= 1
	}
	return dst, nil
}

// schemeLength returns the length of what names the scheme, with the separator after it; 0 for none.
func schemeLength(v []byte) int {
	if len(v) > 2 && v[0] == '{' { // LDAP: {SSHA}, {CRYPT}
		end := bytes.IndexByte(v[:min(len(v), 16)], '}')
		if end > 1 && len(bytes.Trim(v[1:end], "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.")) == 0 {
			return end + 1 + schemeLength(v[end+1:])
		}
		return 0
	}
	from := 0
	if len(v) > 0 && v[0] == '$' {
		from = 1
	}
	end := bytes.IndexByte(v[from:], '$')
	if end <= 0 || !slices.Contains(schemes, string(v[from:from+end])) {
		return 0
	}
	return from + end + 1
}

// appendFields replaces the fields between separators; parameters stay.
func (m *hashMasker) appendFields(dst, v []byte) []byte {
	for len(v) > 0 {
		end := bytes.IndexAny(v, "$:")
		field := v
		if end >= 0 {
			field = v[:end]
		}
		switch {
		case isParameter(field):
			dst = append(dst, field...)
		default:
			dst = m.appendField(dst, field)
		}
		if end < 0 {
			break
		}
		dst = append(dst, v[end])
		v = v[end+1:]
	}
	return dst
}

// appendField appends as many characters; hex stays hex, and the padding stays.
func (m *hashMasker) appendField(dst, field []byte) []byte {
	body := bytes.TrimRight(field, "=")
	chars := base64Chars
	if isHexDigest(body) && strings.ToLower(string(body)) == string(body) {
		chars = hexChars
	}
	for n := utf8.RuneCount(body); n > 0; n-- {
		dst = append(dst, chars[m.draw.next(uint64(len(chars)))])
	}
	return append(dst, field[len(body):]...)
}

// isParameter reports whether a field is a cost or a version: digits, or names with
// digits, "v=19", "m=65536,t=3,p=4", "rounds=5000".
func isParameter(field []byte) bool {
	if len(field) == 0 || len(field) > 40 {
		return false
	}
	for len(field) > 0 {
		part, rest, _ := bytes.Cut(field, []byte(","))
		name, number, ok := bytes.Cut(part, []byte("="))
		if !ok {
			name, number = nil, part
		}
		if len(number) == 0 || len(number) > 8 || !isAllDigits(number) || len(name) > 8 {
			return false
		}
		for _, c := range name {
			if !isLetter(c) {
				return false
			}
		}
		field = rest
	}
	return true
}

// isHexDigest reports whether v has the length of a digest in hex, and its characters.
func isHexDigest(v []byte) bool {
	if len(v) < 16 || len(v)%2 == 1 {
		return false
	}
	for _, c := range v {
		if !isDigit(c) && c|0x20-'a' >= 6 {
			return false
		}
	}
	return true
}
