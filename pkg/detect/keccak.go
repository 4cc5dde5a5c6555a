package detect

import (
	"encoding/binary"
	"math/bits"
)

// keccak256 is Keccak with its padding from before the standard, which Ethereum's
// addresses use; the standard library has only SHA-3. Input is below one block.
func keccak256(in []byte) (out [32]byte) {
	var block [136]byte
	n := copy(block[:135], in)
	block[n] = 1
	block[135] |= 0x80
	var a [25]uint64
	for i := range 17 {
		a[i] = binary.LittleEndian.Uint64(block[8*i:])
	}
	keccakF(&a)
	for i := range 4 {
		binary.LittleEndian.PutUint64(out[8*i:], a[i])
	}
	return out
}

func keccakF(a *[25]uint64) {
	lfsr := uint8(1)
	for range 24 {
		var c [5]uint64
		for x := range 5 {
			c[x] = a[x] ^ a[x+5] ^ a[x+10] ^ a[x+15] ^ a[x+20]
		}
		for x := range 5 {
			d := c[(x+4)%5] ^ bits.RotateLeft64(c[(x+1)%5], 1)
			for y := 0; y < 25; y += 5 {
				a[x+y] ^= d
			}
		}
		// Rotation by the triangular numbers along the permutation of lanes.
		x, y, t := 1, 0, a[1]
		for r := range 24 {
			x, y = y, (2*x+3*y)%5
			t, a[x+5*y] = a[x+5*y], bits.RotateLeft64(t, (r+1)*(r+2)/2%64)
		}
		for y := 0; y < 25; y += 5 {
			row := [5]uint64(a[y : y+5])
			for x := range 5 {
				a[y+x] = row[x] ^ ^row[(x+1)%5]&row[(x+2)%5]
			}
		}
		// The round constant's bits 2^j - 1 come from a feedback register.
		for j := range 7 {
			if lfsr&1 == 1 {
				a[0] ^= 1 << (1<<j - 1)
			}
			top := lfsr >> 7
			lfsr <<= 1
			if top == 1 {
				lfsr ^= 0x71
			}
		}
	}
}
