// Package canary is the story of a marker in every value that is not kept, in a column for every masker that ships and in rows that are left out.
// After runs that end well, are refused, are withheld, break in the middle or are killed, the marker is nowhere: not in the target, in messages, logs, records, metrics,
// traces, lists of processes, temporary or core files.
// The key and the passwords are nowhere either, and what a server's error says of a row stays in the server.
package canary
