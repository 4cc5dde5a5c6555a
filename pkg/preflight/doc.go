// Package preflight asks, before anything is made, what would stop a refresh later.
//
//  1. A [Check] is a question with a name. It answers with findings, which a person
//     should know, or with an error: what would end the run, whose fault it is, and the
//     statement that helps.
//  2. [Servers] are the questions that need connections alone: can the source's session
//     write, is a pooler or a load balancer in between, is the target the source by
//     another name, may it be replaced, are there rights, connections and programs.
//  3. [Schema] are those that need the catalog: extensions, roles, collations, encoding,
//     tablespace, locks and disk.
//  4. [Run] asks all of them and keeps every answer; [First] stops at the first error.
//
// It changes nothing on either server: what has to be tried is tried in a transaction
// that is rolled back. It reads no row of anybody's.
package preflight
