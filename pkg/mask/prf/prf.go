package prf

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
	"math/bits"
)

// PRF is AES-256-CMAC under one subkey (NIST SP 800-38B). It is used by one
// goroutine at a time: its scratch space lies in it because an array on the stack
// escapes through the cipher.Block interface, one allocation a value.
type PRF struct {
	block  cipher.Block
	k1, k2 [aes.BlockSize]byte               // subkeys for a last block that is whole, or padded
	x      [aes.BlockSize]byte               // chaining value
	in     []byte                            // a message and its padding are assembled here
	counts [countsAtOnce][aes.BlockSize]byte // last blocks of [PRF.Counts]
}

// padding follows a message whose last block is not whole.
const padding = "\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"

// chain is a block as two numbers, big-endian.
type chain struct{ hi, lo uint64 }

func (c chain) bytes() (b [aes.BlockSize]byte) {
	binary.BigEndian.PutUint64(b[:8], c.hi)
	binary.BigEndian.PutUint64(b[8:], c.lo)
	return b
}

func newPRF(subkey []byte) *PRF {
	block, err := aes.NewCipher(subkey)
	if err != nil {
		panic("prf: " + err.Error()) // only a wrong key length can fail
	}
	p := &PRF{block: block}
	block.Encrypt(p.x[:], p.x[:])
	k1 := blockOf(p.x[:]).double()
	p.k1, p.k2 = k1.bytes(), k1.double().bytes()
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
func (c chain) double() chain {
	return chain{c.hi<<1 | c.lo>>63, c.lo<<1 ^ c.hi>>63*0x87}
}

func blockOf(b []byte) chain {
	return chain{binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:16])}
}

// sum works in p.in, the message. All that does not wait for the cipher is done before it
// begins: the chain of blocks is most of the time. Blocks are joined by XORBytes, which
// stores 16 bytes at once: the cipher would wait for two halves.
func (p *PRF) sum() chain {
	n, k := len(p.in), &p.k1
	if n%aes.BlockSize != 0 || n == 0 {
		p.in, k = append(p.in, padding...), &p.k2
		n = (n + aes.BlockSize) &^ (aes.BlockSize - 1)
	}
	in := p.in[:n]
	last := in[n-aes.BlockSize:]
	subtle.XORBytes(last, last, k[:])
	p.block.Encrypt(p.x[:], in)
	for in = in[aes.BlockSize:]; len(in) > 0; in = in[aes.BlockSize:] {
		subtle.XORBytes(p.x[:], p.x[:], in[:aes.BlockSize])
		p.block.Encrypt(p.x[:], p.x[:])
	}
	return blockOf(p.x[:])
}

// Sum returns the 128 bits of msg, which may be empty.
func (p *PRF) Sum(msg []byte) [aes.BlockSize]byte {
	p.Bits(msg)
	return p.x
}

// Bits returns the sum of msg as a fraction to draw indices from.
func (p *PRF) Bits(msg []byte) Bits {
	p.in = append(p.in[:0], msg...)
	return Bits(p.sum())
}

// BitsTagged is Bits of a message that no other tag's message equals: tag, a zero
// byte, msg. Tags hold no zero byte.
func (p *PRF) BitsTagged(tag string, msg []byte) Bits {
	p.in = append(append(append(p.in[:0], tag...), 0), msg...)
	return Bits(p.sum())
}

// Prefix is the first block of messages that begin alike, worked in already.
type Prefix [aes.BlockSize]byte

// Prefix works in the first 16 bytes of messages; [PRF.BitsAfter] goes on from there.
func (p *PRF) Prefix(first *[aes.BlockSize]byte) Prefix {
	p.x = *first
	p.block.Encrypt(p.x[:], p.x[:])
	return p.x
}

// BitsAfter is Bits of the message that begins with the prefix's block and goes on with
// rest, at least one byte and less than 16.
func (p *PRF) BitsAfter(first *Prefix, rest []byte) Bits {
	p.in = append(append(p.in[:0], rest...), padding...)
	subtle.XORBytes(p.x[:], p.in[:aes.BlockSize], first[:])
	subtle.XORBytes(p.x[:], p.x[:], p.k2[:])
	p.block.Encrypt(p.x[:], p.x[:])
	return Bits(blockOf(p.x[:]))
}

// PrefixTagged is the Prefix of the messages that begin with the sum of BitsTagged; [PRF.Counts]
// goes on from there.
func (p *PRF) PrefixTagged(tag string, msg []byte) Prefix {
	p.BitsTagged(tag, msg)
	p.block.Encrypt(p.x[:], p.x[:])
	return p.x
}

// countsAtOnce is how many sums [PRF.Counts] makes before one is waited for.
const countsAtOnce = 8

// Counts fills out with the Bits of messages of 20 bytes: the prefix's block, and a number of 32
// bits, from the given one on. No sum of them waits for another, as blocks of a chain do, so that
// the processor works at several at once, in half of the time.
func (p *PRF) Counts(first *Prefix, from uint32, out []Bits) {
	c, k := blockOf(first[:]), blockOf(p.k2[:])
	c.hi, c.lo = c.hi^k.hi^0x80<<24, c.lo^k.lo
	for len(out) > 0 {
		n := min(len(out), countsAtOnce)
		for i := range n {
			p.counts[i] = chain{c.hi ^ uint64(from)<<32, c.lo}.bytes()
			from++
		}
		for i := range n {
			p.block.Encrypt(p.counts[i][:], p.counts[i][:])
		}
		for i := range n {
			out[i] = Bits(blockOf(p.counts[i][:]))
		}
		out = out[n:]
	}
}

// Append appends n pseudorandom bytes for msg: SP 800-108 counter mode, PRF
// AES-CMAC, block i = CMAC(uint32(i) ‖ "understudy/1/stream" ‖ 0 ‖ CMAC(msg) ‖ uint32(8n)),
// i from 1. Another n gives other bytes. n is below 2^28.
func (p *PRF) Append(dst, msg []byte, n int) []byte {
	context, length := p.Sum(msg), uint32(n)*8
	for i := uint32(1); n > 0; i++ {
		p.in = binary.BigEndian.AppendUint32(p.in[:0], i)
		p.in = append(append(p.in, "understudy/1/stream"...), 0)
		p.in = append(p.in, context[:]...)
		p.in = binary.BigEndian.AppendUint32(p.in, length)
		p.sum()
		k := min(n, len(p.x))
		dst = append(dst, p.x[:k]...)
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
