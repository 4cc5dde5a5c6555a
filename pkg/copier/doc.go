// Package copier is the engine room: it moves the rows.
//
//  1. Workers take chunks, the largest first. Each has one connection to the source,
//     pinned to the snapshot, and one to the target.
//  2. A chunk is COPY OUT → decode and mask → blocks → COPY IN. The blocks are the only
//     queue: no free block, and the source waits.
//     What fails and may pass is tried again on new connections; the end comes after
//     [DefaultRetry]. A [Journal] tells what a commit did whose answer was lost.
//     The rows of a subset are asked for by their addresses, in a parameter of the extended
//     protocol, since COPY takes none; the answers become the stream that COPY would send.
//  3. The first cause of a failure wins; the other side's echo of it is never reported.
//  4. Rows decoded must equal rows stored before the chunk's transaction commits.
//  5. Counters are read by whoever shows progress; they count values and hold none.
//
// Memory is workers × blocks × 64 KiB and the largest row, whatever the database's
// size. It decides nothing: what happens to a value stands in the plan.
package copier
