// Package journal keeps a run's state where its data are: in a schema of its own in the
// incoming database.
//
//  1. [Create] makes the schema [Schema], which nobody but its owner may enter, before the
//     first row is copied. In the clear it holds a version, the run's id and the key's id.
//  2. [Journal.Record] writes a chunk's entry and its evidence in the chunk's own
//     transaction: both are there, or neither, whatever dies when. An entry that is there
//     already is refused, so that no chunk is stored twice.
//  3. [Journal.Put] and [Journal.Get] keep documents: what the process that resumes the run
//     has to know.
//  4. Everything but the clear row is sealed with AES-256-GCM under a key of the run, each
//     part bound to its place: what was changed, cut, moved or taken from another run is an
//     error and never state.
//  5. [Drop] removes the schema. It happens before the database is published.
//
// It does not know what documents and entries mean.
package journal
