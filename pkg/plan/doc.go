// Package plan turns rules and a catalog into a decision for every column, and
// into the chunks that carry the decisions out. It does no I/O.
//
//  1. Rules are matched to tables; a partition takes its root's, a child table what it inherits.
//  2. Every column gets a decision: a rule, a keep list, the column its foreign key
//     points to, a pack. What is left is refused, or NULL where the rules say so.
//  3. An action becomes a [mask.Spec]: its domain, its subject, the columns of the
//     row that its parameters name, the shape of the column. The masker says what the
//     stand-ins are like, and the plan refuses what would break a key or an index.
//  4. Conditions go down to the tables that follow; a key that would dangle is refused.
//  5. Per table: the format, where the rows go in, one stream with FREEZE or several chunks.
//
// A [Plan] is plain data. A [Misfit] lists everything that does not fit, never the
// first alone. It does not connect, does not mask and does not copy.
package plan
