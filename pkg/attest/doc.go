// Package attest is what a person or a run vouches for: a reviewer's approval of rules
// and a structure, and the signed, chained record of every run.
//
// An approval:
//
//  1. A [Structure] is what decisions rest on: tables, columns, types, keys, uniqueness.
//     Its digest does not change with sizes, statistics or a new partition.
//  2. An [Approval] names the digests of rules and structure, and lists both, so that
//     what changed since can be said in words.
//  3. It is signed with an SSH key in the namespace understudy-approval (SSHSIG): the
//     file is the statement as JSON, with the armoured signature below it. ssh-keygen -Y
//     verifies it.
//  4. [Signed.Verify] asks a file of allowed signers (ssh-keygen's format) whose key it
//     is, and refuses authors of the rules and what has expired.
//
// A record:
//
//  1. [Seal] puts the digests of a run's files into an in-toto statement in a DSSE
//     envelope, signed with the runner's Ed25519 key, and names the record before it.
//  2. [VerifyFolder] walks the chain and names the first link that does not hold.
//
// It opens no connection, and reads no file but those of the folder it is given. It does
// not decide who may approve: the file of allowed signers does.
package attest
