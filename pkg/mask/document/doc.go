// Package document walks JSON, XML, hstore and HTML and puts other values into it, so that every
// byte that is not replaced stays as it was: white space, the order and repetition
// of keys, number texts, escapes, namespaces, CDATA, quotes.
//
//  1. [CompileJSON], [CompileXML], [CompileHstore] and [CompileHTML] read the paths of
//     the rules.
//  2. Rewrite walks one document. Each value, attribute, text, comment and
//     instruction is shown once to a [Visitor], with the path that names it.
//  3. The Visitor appends what stands there from now on, or says to keep or to
//     empty it. The answer is escaped for its place and spliced in.
//
// HTML need not be well-formed; of any other, a document that is not well-formed is [ErrMalformed] and nothing of it is
// written: what to write instead is the caller's decision. Nothing outside of the
// document is ever read: no DTD, no entity, no schema. It knows no maskers.
package document
