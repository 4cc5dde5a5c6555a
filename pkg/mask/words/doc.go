// Package words holds the words that stand-ins are drawn from: names, cities,
// streets, regions and job titles by locale. They are frozen: a stand-in is an index
// into a list, so a list that changes changes every stand-in.
//
//  1. The lists lie under v1, one plain text file each, one word a line, sorted by
//     code point, in Unicode NFC. They are embedded; SHA256SUMS and a test hold them.
//  2. [Parse] checks a locale that a rule names; [For] falls back instead: same
//     language, then en_US.
//  3. A [List] gives word i without allocation; [List.Fitting] narrows it to what
//     a column can hold, once per worker.
//  4. What a country does with words (order of names, legal forms, titles, where the
//     house number goes) is in the tables of locale.go.
//
// The command in freeze made the lists: from name tables under the MIT licence (its
// notice is v1/LICENSE.faker-js), from gofakeit's English names, and from lists of
// our own. Placeholders ("Doe", "Mustermann", "Null"), insults and jokes were dropped.
//
// It draws nothing and knows no key.
package words

//go:generate go run ./freeze -names ../../../names -out v1
