package mask

import (
	"bytes"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"hash"
	"strconv"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/blowfish" //nolint:staticcheck // what bcrypt is made of; bcrypt itself takes no salt of ours

	"github.com/understudy-db/understudy/pkg/mask/prf"
)

// knownPassword makes hashes of one password in the formats that it meets. A hash takes
// as long as its scheme wants it to, so one is made for each scheme with its parameters
// and serves every row: the salt is keyed, and the same everywhere.
type knownPassword struct {
	password []byte
	prf      *prf.PRF
	made     []knownHash
}

type knownHash struct {
	head string // scheme and parameters, up to the salt
	hash []byte // empty: parameters that are out of bounds
}

// The bounds of parameters: a hash must not take minutes, nor the machine's memory.
const (
	mostBcryptCost   = 16
	mostArgonMemory  = 1 << 20 // KiB
	mostArgonPasses  = 64
	mostPBKDF2Rounds = 10_000_000
	mostKnownHashes  = 64 // of one column: more is no column of hashes
)

// like returns the password's hash in the format of v, and false when v has none that we can make.
func (k *knownPassword) like(v []byte) ([]byte, bool) {
	head, make := k.format(v)
	if make == nil {
		return nil, false
	}
	for i := range k.made {
		if k.made[i].head == string(head) {
			return k.made[i].hash, len(k.made[i].hash) > 0
		}
	}
	if len(k.made) == mostKnownHashes {
		return nil, false
	}
	made := make()
	k.made = append(k.made, knownHash{string(head), made})
	return made, len(made) > 0
}

// format returns what of v is scheme and parameters, and what makes a hash of them; nil
// when it is no format that is known here.
func (k *knownPassword) format(v []byte) (head []byte, make func() []byte) {
	f := bytes.Split(v, []byte("$"))
	switch {
	case len(v) == 60 && len(f) == 4 && len(f[0]) == 0 && len(f[1]) == 2 && f[1][0] == '2': // $2b$10$…
		return v[:7], func() []byte { return k.bcrypt(v[:7], number(f[2])) }
	case len(f) == 6 && len(f[0]) == 0 && (string(f[1]) == "argon2id" || string(f[1]) == "argon2i") && string(f[2]) == "v=19":
		head = v[:len(v)-len(f[4])-len(f[5])-1]
		return head, func() []byte { return k.argon2(head, f) }
	case len(f) == 4 && bytes.HasPrefix(f[0], []byte("pbkdf2_sha")): // pbkdf2_sha256$260000$…
		head = v[:len(f[0])+len(f[1])+2]
		return head, func() []byte { return k.pbkdf2(head, string(f[0]), number(f[1])) }
	}
	return nil, nil
}

// number is that of v's digits; -1 for anything else.
func number(v []byte) int {
	n, err := strconv.Atoi(string(v))
	if err != nil || n < 0 {
		return -1
	}
	return n
}

// salt returns n keyed bytes for what they are the salt of.
func (k *knownPassword) salt(head []byte, n int) []byte {
	return k.prf.Append(nil, append([]byte("salt\x00"), head...), n)
}

// bcrypt is the scheme of Provos and Mazières; the library for it takes no salt from outside.
func (k *knownPassword) bcrypt(head []byte, cost int) []byte {
	if cost < 4 || cost > mostBcryptCost {
		return nil
	}
	encoding := base64.NewEncoding("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789").WithPadding(base64.NoPadding)
	salt := k.salt(head, 16)
	key := append(bytes.Clone(k.password), 0)
	c, err := blowfish.NewSaltedCipher(key, salt)
	if err != nil {
		return nil
	}
	for range 1 << cost {
		blowfish.ExpandKey(key, c)
		blowfish.ExpandKey(salt, c)
	}
	text := []byte("OrpheanBeholderScryDoubt")
	for i := 0; i < len(text); i += 8 {
		for range 64 {
			c.Encrypt(text[i:i+8], text[i:i+8])
		}
	}
	return encoding.AppendEncode(encoding.AppendEncode(bytes.Clone(head), salt), text[:23])
}

// argon2 makes $argon2id$v=19$m=65536,t=3,p=4$salt$hash.
func (k *knownPassword) argon2(head []byte, f [][]byte) []byte {
	var m, t, p int
	for part := range bytes.SplitSeq(f[3], []byte(",")) {
		name, value, _ := bytes.Cut(part, []byte("="))
		switch string(name) {
		case "m":
			m = number(value)
		case "t":
			t = number(value)
		case "p":
			p = number(value)
		}
	}
	size := base64.RawStdEncoding.DecodedLen(len(f[5]))
	if m < 8 || m > mostArgonMemory || t < 1 || t > mostArgonPasses || p < 1 || p > 64 || size < 4 || size > 128 {
		return nil
	}
	salt := k.salt(head, 16)
	derive := argon2.IDKey
	if string(f[1]) == "argon2i" {
		derive = argon2.Key
	}
	hash := derive(k.password, salt, uint32(t), uint32(m), uint8(p), uint32(size))
	out := base64.RawStdEncoding.AppendEncode(bytes.Clone(head), salt)
	return base64.RawStdEncoding.AppendEncode(append(out, '$'), hash)
}

// pbkdf2 makes Django's pbkdf2_sha256$260000$salt$hash.
func (k *knownPassword) pbkdf2(head []byte, scheme string, rounds int) []byte {
	var function func() hash.Hash
	switch scheme {
	case "pbkdf2_sha1":
		function = sha1.New
	case "pbkdf2_sha256":
		function = sha256.New
	case "pbkdf2_sha512":
		function = sha512.New
	}
	if function == nil || rounds < 1 || rounds > mostPBKDF2Rounds {
		return nil
	}
	salt := []byte(base64.RawURLEncoding.EncodeToString(k.salt(head, 12)))
	hash, err := pbkdf2.Key(function, string(k.password), salt, rounds, function().Size())
	if err != nil {
		return nil
	}
	return base64.StdEncoding.AppendEncode(append(append(bytes.Clone(head), salt...), '$'), hash)
}
