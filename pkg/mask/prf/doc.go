// Package prf turns the secret into numbers: AES-256-CMAC under subkeys that
// HKDF-SHA-256 derives, one for each purpose and domain. Stand-ins, version 1, are
// defined by it; nothing in it ever changes within version 1, and the vectors in
// the tests hold it to that.
//
//  1. A [Key] holds the 32-byte secret and prints only its id.
//  2. [Key.PRF] derives the subkey for (purpose, domain): HKDF-SHA-256 with empty
//     salt and info "understudy/1/" ‖ purpose ‖ uint32 big-endian length ‖ domain.
//  3. [PRF.Sum] is AES-256-CMAC (NIST SP 800-38B): 128 bits for one message.
//  4. [PRF.Stream] yields more bits for one message: SP 800-108 counter mode over
//     the same PRF.
//  5. [Index] maps 128 bits to 0 ≤ i < n without modulo bias.
//
// It knows nothing of values, maskers or columns.
package prf
