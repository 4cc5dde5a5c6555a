// Package subset finds the rows of a consistent part of a database: those that the rules
// start from, the rows that refer to them as far as the rules say, and every row that any
// of these refers to.
//
//  1. A row is known by its table and its address there (ctid), which one snapshot keeps
//     still. The server joins along the keys; addresses alone come to us. So keys of
//     every type, composite, out of documents and of partitioned tables are walked alike,
//     and no value of a key leaves the source.
//  2. [Walk] takes the tables that are copied whole, then the starts. A percentage is
//     drawn by a keyed function of the row's own key, so it is the same rows every night,
//     and a smaller percentage is a part of a larger one.
//  3. Down: from rows that were started from, or came this way, to the rows that refer to
//     them. Up: from every row to those that it refers to, which draw no others after
//     them. A way up never leads down again: that is where subsets explode.
//  4. Addresses travel as one array parameter, so many at a time. Where no index helps,
//     more of them, since each time the whole table is read.
//  5. The addresses are kept in sorted pieces ([Rows]); beyond a bound of memory the
//     pieces that were not used for longest go to a file. It holds numbers of blocks and
//     places in them, no value, and has no name from the moment it is open.
//  6. [Chosen.Estimate] weighs a few hundred rows of each table; [Fit] changes the
//     percentages until the estimate is a wanted size.
//
// It reads through a [Reader] and knows nothing of connections. It writes nothing.
package subset
