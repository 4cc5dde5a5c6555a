// Package proposal writes rules for a database that nobody has written rules for yet, or
// what is new of it into rules that somebody has.
//
//  1. The plan says what is undecided: with no rules, everything that no key decides.
//  2. Classification, with what a survey saw of the values, says what each column holds
//     and how sure that is. Personal is masked, impersonal kept for a reason, and what
//     nobody can tell stays undecided.
//  3. Columns that hold the same thing share a domain; the names of a person's row are
//     drawn from its subject, which the keys give; keys that no constraint declares are
//     proposed when the values agree.
//  4. The plan judges the proposal. What it refuses, a masker that could collide under a
//     unique index say, is replaced by the next best, and in the end left undecided.
//  5. Every decision has a comment on why and how sure. In a file that is there already
//     nothing is touched: lines are added, and all others stay as they are.
//
// It does not read the database, and no value is in what it writes. A proposal is a
// beginning: somebody has to read it.
package proposal
