package prf

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"maps"
	"slices"
)

// KeyBytes is the length of the secret.
const KeyBytes = 32

// Purpose separates what a key is used for: numbers drawn for one purpose say
// nothing of those drawn for another, in the same domain.
type Purpose string

// The purposes of version 1.
const (
	StandIn     Purpose = "stand-in"    // by value
	Persona     Purpose = "persona"     // by subject: names, title, gender, username
	ShiftValue  Purpose = "shift"       // a date's shift, by value
	ShiftEvent  Purpose = "shift-event" // one shift per subject, for events
	ShiftBirth  Purpose = "shift-birth" // one per subject, for birth dates: never the events' one
	Permutation Purpose = "permutation" // keys
	Locator     Purpose = "locator"     // hashes in a report made for sharing
	KeyID       Purpose = "key-id"
	Sampling    Purpose = "sampling"
	RunSecret   Purpose = "run-secret" // what protects one run's state: see Key.Derive
)

// drawn are the purposes by which stand-ins are drawn: a domain with a key of its own has
// these under it. All others belong to the run, and to its one key.
var drawn = map[Purpose]bool{StandIn: true, Persona: true, ShiftValue: true, ShiftEvent: true, ShiftBirth: true, Permutation: true}

// Key is the secret. It prints as its id and is never written anywhere else.
type Key struct {
	secret *[KeyBytes]byte
	flat   bool            // see [Flat]
	others map[string]*Key // of domains that have a key of their own; see [Key.With]
}

// ErrKeyLength is the error of a secret that is not 32 bytes long.
var ErrKeyLength = errors.New("a key is exactly 32 bytes")

// NewKey copies secret, which must be 32 bytes long; else ErrKeyLength.
func NewKey(secret []byte) (Key, error) {
	if len(secret) != KeyBytes {
		return Key{}, ErrKeyLength
	}
	return Key{secret: (*[KeyBytes]byte)(append([]byte(nil), secret...))}, nil
}

// Generate returns a fresh key from the operating system's randomness.
func Generate() Key {
	var s [KeyBytes]byte
	_, _ = rand.Read(s[:]) // documented never to fail: it crashes the program instead
	return Key{secret: &s}
}

// TestKey returns the published key of `understudy mask` and of the rules' tests:
// SHA-256 of "understudy/1/published test key". Everybody knows it.
func TestKey() Key {
	s := sha256.Sum256([]byte("understudy/1/published test key"))
	return Key{secret: &s}
}

// Flat returns a key whose functions give the same sum for every message. What a masker
// makes under it tells what it takes from the value itself, by no key: the tests ask
// that of every masker, and nobody else has a use for it.
func Flat() Key {
	k := TestKey()
	k.flat = true
	return k
}

// Valid reports whether the key holds a secret; the zero Key does not.
func (k Key) Valid() bool { return k.secret != nil }

// ID names the key in records without telling anything of it: 16 hex digits,
// "none" for the zero Key.
func (k Key) ID() string {
	if !k.Valid() {
		return "none"
	}
	s := k.PRF(KeyID, "").Sum(nil)
	return hex.EncodeToString(s[:8])
}

// String returns the id, so that a key that strays into a log says nothing.
func (k Key) String() string { return "key " + k.ID() }

// GoString returns the id as well: %#v would print the secret.
func (k Key) GoString() string { return k.String() }

// With returns the key with another one for a domain: stand-ins, personas, shifts and
// permutations of that domain are drawn under the other, everything else as before. One
// domain's stand-ins change so, and no other's.
func (k Key) With(domain string, other Key) Key {
	others := make(map[string]*Key, len(k.others)+1)
	maps.Copy(others, k.others)
	others[domain] = &other
	k.others = others
	return k
}

// In returns the key that a domain's stand-ins are drawn under.
func (k Key) In(domain string) Key {
	if other, ok := k.others[domain]; ok {
		return *other
	}
	return k
}

// Domains returns the domains that have a key of their own, sorted.
func (k Key) Domains() []string { return slices.Sorted(maps.Keys(k.others)) }

// Identity names the key with those of its domains: the id, or 16 hex digits made of all
// ids. Two runs of one identity make the same stand-ins.
func (k Key) Identity() string {
	if len(k.others) == 0 {
		return k.ID()
	}
	h := sha256.New()
	h.Write([]byte(k.ID()))
	for _, domain := range k.Domains() {
		h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(domain)))) //nolint:gosec // a name's length
		h.Write([]byte(domain + k.others[domain].ID()))
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// Hex returns the secret in hex; only keygen writes it.
func (k Key) Hex() string { return hex.EncodeToString(k.secret[:]) }

// Wipe overwrites the secret, and those of its domains. PRFs that were derived stay usable.
func (k Key) Wipe() {
	for _, other := range k.others {
		other.Wipe()
	}
	if k.Valid() {
		clear(k.secret[:])
	}
}

// Derive returns a key of its own for a purpose and a domain, such as a run's id: who has
// this key can make it again, and who has only the derived one cannot get back. It panics
// on the zero Key.
func (k Key) Derive(purpose Purpose, domain string) Key {
	sub := k.subkey(purpose, domain)
	return Key{secret: (*[KeyBytes]byte)(sub)}
}

// Bytes returns a copy of the secret of a derived key, for a cipher of another package.
// The caller wipes it.
func (k Key) Bytes() [KeyBytes]byte { return *k.secret }

// PRF derives the function of a purpose and a domain. Same key, purpose and domain
// always give the same function. It panics on the zero Key: there is no default.
func (k Key) PRF(purpose Purpose, domain string) *PRF {
	sub := k.subkey(purpose, domain)
	defer clear(sub)
	if k.flat {
		return &PRF{block: flatBlock{}}
	}
	return newPRF(sub)
}

func (k Key) subkey(purpose Purpose, domain string) []byte {
	if other, ok := k.others[domain]; ok && drawn[purpose] {
		return other.subkey(purpose, domain)
	}
	if !k.Valid() {
		panic("prf: no key")
	}
	info := make([]byte, 0, 64)
	info = append(info, "understudy/1/"...)
	info = append(info, purpose...)
	info = binary.BigEndian.AppendUint32(info, uint32(len(domain)))
	info = append(info, domain...)
	sub, err := hkdf.Key(sha256.New, k.secret[:], nil, string(info), KeyBytes)
	if err != nil {
		panic("prf: hkdf: " + err.Error()) // only a length above 255 hashes can fail
	}
	return sub
}
