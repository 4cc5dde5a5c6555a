// Package report is the shared vocabulary: what was decided, what was found, what
// went wrong, and the record of a run. It is a leaf: every room may import it, it
// imports none of them.
//
//  1. Every column has an [Entry] in the [Ledger]: its decision, the reason, who decided.
//  2. A [Finding] is one thing a person should know. It never holds a value.
//  3. A [Fault] is an error for the person on call: what was being done, to what,
//     whose fault it was, what to do next.
//  4. A [Run] is the record of one refresh; it is written as JSON, text and HTML.
//
// It does not look at data, does not print and does not decide anything.
package report
