// Package localpg runs a throw-away PostgreSQL server from the machine's own
// programs, for demonstrations and tests.
//
//  1. [Find] looks for initdb and postgres on PATH and in the folders where the
//     distributions, Homebrew and PGDG put their versions; [All] lists what there is.
//  2. [Start] makes a data directory below the temporary folder, starts a server on
//     a socket there and on a free port of the loopback address, or of the one that is
//     asked for, and waits until it answers. PostgreSQL refuses to run as root, so a root process starts it as an
//     unprivileged user.
//  3. [Server.DSN] names one of its databases; [Server.Stop] ends it and removes everything.
//
// The server watches a pipe that this process holds: when the process dies without
// having called Stop, the server ends and its directory is removed all the same.
//
// It is never durable (fsync is off), it installs nothing, and it does not touch a
// server that somebody else started.
package localpg
