// Package survey looks at a sample of a database's values, so that somebody who has never
// seen it can be told what its columns seem to hold.
//
//  1. Of every table some rows are read: the first of a small one, a spread of a large one.
//  2. The detectors count in how many values of a column they recognise something.
//  3. Keys that no constraint declares are tried: are the values of a column found in the
//     column that its name points to. The server compares; no value leaves it.
//
// Counts leave this room, values do not. It reads under a statement timeout and in a
// read-only transaction; what cannot be read in time, or not by this role, is left
// unsampled and said. It does not decide what a column is: classification does.
package survey
