// Package types is the story of a database that has a table of each built-in type, and of arrays, domains, enums, composites, ranges and extensions' types.
// It goes from 15 to 17 four times at once: as raw bytes and rewritten, in binary and in text.
// Every kept value arrives as it was, whatever stands beside it; masked arrays and composites keep their form.
package types
