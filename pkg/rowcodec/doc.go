// Package rowcodec reads a COPY stream as rows and writes it again with some
// fields rewritten.
//
//  1. [Decoder.Write] takes bytes as they arrive; a message is never assumed to be a
//     row, what is left of one waits in a remainder.
//  2. Of each complete row the field offsets are found: binary by length, text by tab.
//  3. Runs of untouched fields are copied as they are; what is larger than a block goes
//     over in several.
//  4. A field with a [Rewriter] is turned into canonical text, given to it, and its
//     answer turned back into the wire form. Arrays, composites, ranges and domains
//     are walked: the Rewriter sees their elements.
//  5. Rows are appended to a block of the [Sink]; a full block is handed over for an empty one.
//
// Canonical text is what PostgreSQL prints under DateStyle ISO, IntervalStyle
// postgres, TimeZone UTC and extra_float_digits 3, with one exception: a bytea is
// its bytes. A text stream must have been made under these settings.
//
// It opens no connection and knows no masker. It does not know type modifiers: a
// stand-in too long for varchar(20) is the server's to refuse, and so is text that
// is no JSON or XML. Types without a codec here (money, tsvector, reg*) pass
// untouched in both formats and can be rewritten in the text format only.
package rowcodec
