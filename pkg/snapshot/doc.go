// Package snapshot holds one moment of the source still, so that the catalog, the
// schema's dump and every worker see the same rows.
//
//  1. [Hold] lists the tables, opens a read-only repeatable-read transaction, takes
//     ACCESS SHARE on every table and leaf, and only then takes and exports its
//     snapshot. LOCK TABLE does not take one, so what the snapshot shows is what is
//     locked. A list taken afterwards proves it; when a table came or went in
//     between, it starts again.
//  2. The locks stay until [Holder.Close]: a snapshot alone does not protect a table
//     from VACUUM FULL, TRUNCATE or ALTER between two of our reads. Whoever waits
//     behind them is named by [Holder.MigrationWaiting].
//  3. A goroutine keeps the session alive and notices at once when it ends:
//     [Holder.Lost]. [Holder.Check] proves at the end that no table was rewritten.
//  4. [Holder.Pinned] and [Open] give connections that see the snapshot. Each locks a
//     table at once or not at all before it reads: a lock request that waits behind a
//     migration would wait for our own holder.
//  5. [Attach] holds the same snapshot in one more session, by its [Ticket]. [StartKeeper]
//     has a small process do so, which outlives ours: [Keep] is its life. One of the two
//     may be lost, and is replaced from the other.
//
// It writes nothing, copies nothing and decides nothing. What the catalog means is the
// catalog's business.
package snapshot
