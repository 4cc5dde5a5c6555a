package prf

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"math/bits"
)

// PRF is AES-256-CMAC under one subkey (NIST SP 800-38B). It is used by one
// goroutine at a time: its scratch space lies in it because an array on the stack
// escapes through the cipher.Block interface, one allocation a value.
type PRF struct {
	block  cipher.Block
	k1, k2 [aes.BlockSize]byte // subkeys for a last block that is whole, or padded
	x      [aes.BlockSize]byte // chaining value
	in     []byte              // SumParts and Append assemble their message here
}

func newPRF(subkey []byte) *PRF {
	block, err := aes.NewCipher(subkey)
	if err != nil {
		panic("prf: " + err.Error()) // only a wrong key length can fail
	}
	p := &PRF{block: block}
	block.Encrypt(p.x[:], p.x[:])
	double(&p.k1, &p.x)
	double(&p.k2, &p.k1)
	return p
}

// flatBlock is the block cipher of [Flat].
type flatBlock struct{}

func (flatBlock) BlockSize() int { return aes.BlockSize }
func (flatBlock) Encrypt(dst, _ []byte) {
	copy(dst, "\x9e\x37\x79\xb9\x7f\x4a\x7c\x15\xf3\x9c\xc0\x60\x5c\xed\xc8\x34")
}
func (b flatBlock) Decrypt(dst, src []byte) { b.Encrypt(dst, src) }

// double multiplies by x in GF(2^128) with the polynomial of SP 800-38B.
func double(dst, src *[aes.BlockSize]byte) {
	hi, lo := binary.BigEndian.Uint64(src[:8]), binary.BigEndian.Uint64(src[8:])
	carry := hi >> 63
	binary.BigEndian.PutUint64(dst[:8], hi<<1|lo>>63)
	binary.BigEndian.PutUint64(dst[8:], lo<<1^carry*0x87)
}

// Sum returns the 128 bits of msg, which may be empty.
func (p *PRF) Sum(msg []byte) [aes.BlockSize]byte {
	p.x = [aes.BlockSize]byte{}
	for len(msg) > aes.BlockSize {
		xor(&p.x, msg[:aes.BlockSize])
		p.block.Encrypt(p.x[:], p.x[:])
		msg = msg[aes.BlockSize:]
	}
	xor(&p.x, msg)
	if len(msg) == aes.BlockSize {
		xor(&p.x, p.k1[:])
	} else {
		p.x[len(msg)] ^= 0x80
		xor(&p.x, p.k2[:])
	}
	p.block.Encrypt(p.x[:], p.x[:])
	return p.x
}

func xor(x *[aes.BlockSize]byte, b []byte) {
	if len(b) == aes.BlockSize {
		hi := binary.BigEndian.Uint64(x[:8]) ^ binary.BigEndian.Uint64(b[:8])
		lo := binary.BigEndian.Uint64(x[8:]) ^ binary.BigEndian.Uint64(b[8:])
		binary.BigEndian.PutUint64(x[:8], hi)
		binary.BigEndian.PutUint64(x[8:], lo)
		return
	}
	for i := range b {
		x[i] ^= b[i]
	}
}

// Bits returns the sum of msg as a fraction to draw indices from.
func (p *PRF) Bits(msg []byte) Bits {
	s := p.Sum(msg)
	return Bits{hi: binary.BigEndian.Uint64(s[:8]), lo: binary.BigEndian.Uint64(s[8:])}
}

// BitsTagged is Bits of a message that no other tag's message equals: tag, a zero
// byte, msg. Tags hold no zero byte.
func (p *PRF) BitsTagged(tag string, msg []byte) Bits {
	p.in = append(append(append(p.in[:0], tag...), 0), msg...)
	return p.Bits(p.in)
}

// Append appends n pseudorandom bytes for msg: SP 800-108 counter mode, PRF
// AES-CMAC, block i = CMAC(uint32(i) ‖ "understudy/1/stream" ‖ 0 ‖ CMAC(msg) ‖ uint32(8n)),
// i from 1. Another n gives other bytes. n is below 2^28.
func (p *PRF) Append(dst, msg []byte, n int) []byte {
	context := p.Sum(msg)
	p.in = append(p.in[:0], 0, 0, 0, 0)
	p.in = append(append(p.in, "understudy/1/stream"...), 0)
	p.in = append(p.in, context[:]...)
	p.in = binary.BigEndian.AppendUint32(p.in, uint32(n)*8)
	for i := uint32(1); n > 0; i++ {
		binary.BigEndian.PutUint32(p.in, i)
		block := p.Sum(p.in)
		k := min(n, len(block))
		dst = append(dst, block[:k]...)
		n -= k
	}
	return dst
}

// Bits is a 128-bit fraction of 1. Drawing an index uses up as many bits as the
// index needs, so several may be drawn from one sum: up to 64 bits together leave
// each of them a bias below 2^-64.
type Bits struct{ hi, lo uint64 }

// Index returns ⌊fraction × n⌋ and keeps the fraction's remainder. n is at least 1.
func (b *Bits) Index(n uint64) uint64 {
	hi1, lo1 := bits.Mul64(b.lo, n)
	hi2, lo2 := bits.Mul64(b.hi, n)
	mid, carry := bits.Add64(lo2, hi1, 0)
	b.hi, b.lo = mid, lo1
	return hi2 + carry
}

// Uint64 returns the top 64 bits and keeps the lower ones.
func (b *Bits) Uint64() uint64 {
	v := b.hi
	b.hi, b.lo = b.lo, 0
	return v
}
