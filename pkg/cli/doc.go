// Package cli is the front door: commands, flags, progress and exit codes.
//
//  1. Each command is a file with its flags, checked before anything is connected.
//  2. Results go to standard output, the log and progress to standard error; --json
//     where a program may read.
//  3. Errors become one message with a hint, and one exit code, in exit.go.
//
// It is the only package that prints or exits. It decides nothing about the data.
package cli
