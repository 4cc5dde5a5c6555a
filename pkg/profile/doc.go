// Package profile measures a database: what made-up data needs to know of it, and
// nothing personal.
//
//  1. [Measure] reads, in one snapshot, the rows of each table, the share of NULLs and
//     the number of distinct values of each column, how many children the parents of
//     each foreign key have, histograms of numbers and times, lengths and shapes of
//     texts, and how often each value of a category occurs.
//  2. Whose rows they are is found by walking foreign keys up to the tables of people.
//     What fewer than K different people share is left out: a value, a shape, a bin of
//     a histogram (it joins its neighbour).
//  3. Of a column that the rules or its name call personal no value and no histogram
//     is read, only NULLs, lengths and shapes.
//  4. Counts are rounded to two digits, shares to thousandths. Histograms have round
//     bounds, so that nobody's largest value is one.
//  5. The profile is JSON that a person reads, approves and puts into git. It knows the
//     schema it was made of: [Profile.Fits] refuses another one and says what differs.
//
// It is no differential privacy: who can compare two profiles of two nights may learn
// that a group of K changed. It writes nothing to the database.
package profile
