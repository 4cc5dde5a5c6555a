// Package seed makes rows for a schema: people nobody knows, things that fit together.
//
//  1. [New] reads the catalog: types, defaults, foreign keys, unique and exclusion
//     constraints, CHECKs, domains, partitions. A CHECK is parsed; comparisons, lists,
//     lengths, patterns and relations of two columns become limits of the columns, the
//     rest is evaluated row by row. What is not understood is left to the server.
//  2. Each table gets a number of rows: what was asked for, or the profile's, and no
//     more than its keys have room for.
//  3. Every value is a function of the seed, its column and the number of its row. A
//     foreign key computes its parent's number and then the parent's key: nothing is
//     kept in memory, rings of keys are as easy as trees, and workers need not wait.
//  4. Unique columns spell the row's number. Parents have unlike numbers of children.
//     Times keep the order that their names imply.
//  5. People are personas of the word lists of package mask, in several locales;
//     contacts come from its maskers, or lie in ranges set aside. Words for things are
//     lists that gofakeit makes once a run.
//  6. With a profile, categories, NULLs, fan-outs, lengths and histograms are drawn as
//     it says.
//  7. [Data.Try] shows rows to the server in temporary tables; [Data.Write] loads them
//     through a copier, of which [Data.Source] is the source, checks every foreign
//     key, and leaves nothing behind when something does not fit.
//
// It decides nothing about who may be written to: the caller guards the target.
package seed
