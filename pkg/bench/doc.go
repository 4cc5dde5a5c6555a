// Package bench measures a refresh against what else copies a PostgreSQL database, in one
// run and on one machine.
//
//  1. Two throw-away servers are started, and the large shop of the fixtures is made in
//     the first, at any scale, the same rows every time.
//  2. Every contender copies it to the second, one after the other, for so many rounds,
//     each round in another order: what else the machine does hits all of them alike.
//  3. Of each run the wall time, the processor time of the client and of both servers, the
//     largest process, the size of what was written and its write-ahead log are kept. A run
//     whose tables do not have the source's rows is an error, not a result.
//  4. What lies between the programs and the servers is the loopback address, or a network
//     with a round trip and a bandwidth: hosts of their own where the kernel makes some,
//     a relay elsewhere; the result says which. Servers may be held to some cores.
//  5. The medians, the spread, and the ratios against the raw pipe and pgcopydb are the result.
//
// Results go to a file as they come, so that a run that was cut goes on where it was. It
// drives programs only (psql, pg_dump, pg_restore, pgcopydb and this tool itself) and knows
// nothing of how a copy is made.
package bench
