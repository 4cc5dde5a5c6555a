package evidence

import (
	"cmp"
	"encoding/binary"

	"github.com/dchest/siphash"

	"github.com/understudy-db/understudy/pkg/mask/prf"
)

// fingerprint is 128 bits of a form, as two halves under keys of their own.
type fingerprint struct{ hi, lo uint64 }

const fingerprintBytes = 16

func compare(a, b fingerprint) int { return cmp.Or(cmp.Compare(a.hi, b.hi), cmp.Compare(a.lo, b.lo)) }

// hasher makes fingerprints. SipHash-2-4 is a PRF of short messages under a secret key of
// 128 bits, and four times as fast as AES-CMAC: nearly all candidates end at the first half,
// which is all that the filter is asked with.
type hasher struct{ first, second [2]uint64 }

func newHasher(key prf.Key) hasher {
	p := key.PRF(purpose, "")
	half := func(name string) [2]uint64 {
		s := p.Sum([]byte(name))
		return [2]uint64{binary.BigEndian.Uint64(s[:8]), binary.BigEndian.Uint64(s[8:])}
	}
	return hasher{half("first half"), half("second half")}
}

func (h *hasher) hi(message []byte) uint64 { return siphash.Hash(h.first[0], h.first[1], message) }
func (h *hasher) lo(message []byte) uint64 { return siphash.Hash(h.second[0], h.second[1], message) }

func (h *hasher) sum(message []byte) fingerprint {
	return fingerprint{h.hi(message), h.lo(message)}
}
