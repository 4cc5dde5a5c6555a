// Package pipeline is the hallway: the steps of a refresh in order, and nothing else.
//
//  1. check rules: load them, run the tests that they carry.
//  2. guard: source and target are not one database, the target may be replaced, nobody else is at it.
//  3. export snapshot: one, held to the end of copying, with every table locked against change.
//  4. read catalog: tables, types, keys, and the schema as pg_dump sees it.
//  5. plan: a decision for every column, or the list of what is undecided.
//  6. create incoming database, beside staging.
//  7. restore pre-data: types, functions, tables.
//  8. bring preserved rows: of the tables that keep those of the old staging.
//  9. copy data: the only step in which values of production are seen. A table that is
//     loaded gets its indexes and keys at once and is analysed, while others load.
//  10. set sequences.
//  11. restore post-data: what is left of indexes and keys, foreign keys, triggers.
//  12. run hooks: the rules' own SQL.
//  13. refresh materialised views.
//  14. analyse.
//  15. inspect: read back what was written. Unless there are hooks this begins with step 11,
//     of each table once its indexes are there.
//  16. report: the record, before anything is published.
//  17. publish: swap the incoming database in, when nothing was found.
//
// Until the last step staging is what it was. A run that fails or is interrupted drops
// the incoming database; one with findings keeps it for whoever looks at them.
//
// A load in place has steps of its own: instead of 6 to 8 it locks and empties staging, in
// one transaction, in which everything up to the last step happens: that one commits it.
package pipeline
