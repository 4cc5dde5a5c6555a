// Package inspect reads back what was written and says what a person should know of it.
//
//  1. Of every table the columns that could hold something personal or silly are read:
//     texts, documents, arrays, dates, and numbers whose names speak.
//  2. Each value is shown to the detectors, of bytes the texts in them. A hit outside the
//     safe ranges is a finding: "unmasked-…" in what was kept or in documents,
//     "deliverable" in a masked column.
//  3. Kept columns and documents are looked through for placeholders.
//  4. With evidence of the originals, every value of every class that can hold an
//     identifier is compared with it, kept columns and stand-ins alike: "survived".
//  5. Findings are counted by column and kind, with a few locators each; what the rules
//     accept is marked with the reason.
//
// It reads any database, so `scan` uses it as well. It never holds a value longer than
// it looks at it, writes nothing, and repairs nothing.
package inspect
