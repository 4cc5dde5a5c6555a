// Package mask makes stand-ins: deterministic under a key, realistic, and such
// that nobody can be reached by them.
//
//  1. A [Spec] says what a column's masker is: its registry name, parameters, the
//     domain or the subject's domain it draws from, the locale and the column's shape.
//  2. [Check] looks at a Spec without any key and returns its [Traits]: what it
//     keeps, how safe its output is, whether two inputs can share a stand-in.
//  3. [New] binds a Spec to a key. A [Masker] is bound per worker before the first
//     row: one goroutine, no allocation per value.
//  4. Mask appends the stand-in's canonical text. It sees one value and what the
//     rule declared, never a wire format.
//
// A masker cannot say "leave it": keeping a value is a decision of the plan. A
// value of an unexpected shape is masked all the same.
package mask
