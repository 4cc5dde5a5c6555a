// Package evidence proves that no original identifier occurs in what was written.
//
//  1. A [Collector] takes the originals of one chunk, turns each into one to three
//     forms that do not depend on how it was written (digits of a phone with and
//     without its country, an address in lower case, a document without separators),
//     and keeps a fingerprint of each: twice SipHash-2-4, 119 bits, under keys made of the
//     run's, which is never written.
//  2. What a chunk adds counts when the chunk commits, and is dropped when it fails.
//     [Collector.Export] and [Set.Import] carry it to the process that resumes the run.
//  3. Fingerprints beyond the bound of memory go to a spill file in sorted runs. It has
//     no name from the moment it is open, and says nothing without the key.
//  4. [Set.Seal] merges the runs, removes doubles, counts the originals of each form and
//     length, and builds a filter in memory for each of these cells.
//  5. A [Reader] cuts each value that is read back into candidates, also inside JSON and
//     XML escapes and base64, and looks them up: nothing is computed of a candidate whose
//     form and length no original has; of the others the filter is asked, then all bits.
//
// What is collected: a value with at least six letters and digits of which at least three
// are different, and no plain sequence such as 123456. A word without a digit, an @ or a
// scheme (https://) is left out, since it cannot be told from a word of the language.
// NULL and empty values never come here, and values that reach nobody (example.com, the
// numbers set aside for fiction) are left out by the caller.
//
// Memory is the bound that [Options] gives, whatever the number of originals; a smaller
// filter only means more reads of the spill file. A false alarm of the fingerprints needs
// two equal sums of 119 bits: with 10^9 originals and 10^12 candidates its probability is
// below 10^-14. Apart from that a short number may be somebody's identifier and something
// else as well. Such a hit is reported as uncertain, with how many of its kind chance
// alone would give, and the caller judges the excess.
//
// Names, companies, places and dates belong to many, so a fingerprint of one proves nothing.
// A [RowCheck] looks for them in what is written of their own row, on its way, and beside
// them for those of up to [Controls] other rows of the chunk: what chance gives is counted
// in the same values. [RowCount.Exceeds] is Chernoff's bound on the exact conditional test,
// to be asked with 10^-6 divided by the number of columns and places compared; values that
// repeat count once. It holds hashes of words, 64 KiB for each original of a row.
//
// It does not recognise what nobody collected, reads no compressed or encrypted bytes, and
// decides nothing.
package evidence
