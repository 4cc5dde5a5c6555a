// Package publish makes the incoming database, swaps it in, and keeps the generations.
//
//  1. [Open] connects to the target's maintenance database, [Admin.Lock] takes the one
//     lock that two runs on the same staging contend for.
//  2. [Admin.Inspect] tells what stands at the staging's name: mark, owner, settings,
//     sessions, what is in the way, generations and left-overs. [Guard] says whether a
//     refresh may replace it.
//  3. [Admin.CreateIncoming] makes an empty database with the source's encoding and
//     locale, which only its owner may enter, and marks it. The mark is a line at the
//     end of the database's comment: it survives a rename and needs no connection to read.
//  4. [Admin.Swap] gives the incoming database what the old staging had (grants,
//     settings, limit, comment) and renames both, in one transaction.
//     [ReadPrivileges] and [ApplyPrivileges] carry what lies inside of it.
//  5. [Admin.Undo] brings a generation back, [Admin.Keep] drops old ones,
//     [Admin.CleanLeftovers] drops what dead runs left behind.
//
// Nothing of it needs a superuser: the role needs CREATEDB and must own the staging
// database or be a member of its owner. Nothing that lacks our mark is ever dropped.
//
// It restores no schema, copies no rows and does not tell source and target apart.
package publish
