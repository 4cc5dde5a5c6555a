// Package detect recognises personal data, filler and the meaning of columns.
//
// It is for four questions: is this value personal data ([Scanner.Scan]); does it
// lie where nobody can be reached by it ([Safe]); is it a placeholder or a joke
// ([Scanner.Placeholder]); and which kind of thing does this column hold ([Classify]).
//
// How a text is scanned:
//
//  1. One pass cuts the bytes into words with a class table. A word of lower-case
//     letters costs nothing more; digits, capitals, '@', ':', '$' and '<' call for a
//     closer look. So the speed depends on how much of a text could be something.
//  2. A closer look is a parser with a checksum, a number plan or a list behind it,
//     and gives a candidate a first confidence.
//  3. The words around it, the column's name and kind, and the locale then speak for
//     it or against it. What has no checksum and no shape needs somebody to speak.
//  4. Escapes (JSON, XML and HTML entities, percent signs) and base64 are decoded
//     into a scratch buffer and scanned again; hits are given in the original bytes.
//  5. Of overlapping candidates the most certain stays; those below the threshold go.
//
// Hits hold a kind and two offsets, never a copy of a value. Nothing here opens a
// file, a connection or a log. It does not decide what becomes of a column, and it
// does not know which stand-ins a masker makes: [Safe] is written against the
// published ranges alone, so that an error of a masker is seen.
package detect
