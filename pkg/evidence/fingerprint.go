package evidence

import (
	"encoding/binary"

	"github.com/dchest/siphash"

	"github.com/understudy-db/understudy/pkg/mask/prf"
)

// fingerprint is 119 bits of a form, as two parts under keys of their own, behind the nine
// bits of its cell.
type fingerprint struct{ hi, lo uint64 }

const fingerprintBytes = 16

func compare(a, b fingerprint) int {
	switch {
	case a.hi < b.hi || a.hi == b.hi && a.lo < b.lo:
		return -1
	case a == b:
		return 0
	default:
		return 1
	}
}

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

// hi is the first part, which begins with the cell: the message's first byte is its tag.
func (h *hasher) hi(message []byte) uint64 {
	return uint64(cellOf(message[0], len(message)-1))<<(64-cellBits) | siphash.Hash(h.first[0], h.first[1], message)>>cellBits
}

func (h *hasher) lo(message []byte) uint64 { return siphash.Hash(h.second[0], h.second[1], message) }

func (h *hasher) sum(message []byte) fingerprint {
	return fingerprint{h.hi(message), h.lo(message)}
}
