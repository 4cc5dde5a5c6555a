// Package stage is where the stories play: PostgreSQL servers in containers on one
// network, and the tool itself, built static and run inside the target's container.
//
//  1. [New] makes a network and starts the servers that a story asks for.
//  2. [Server.Database] makes a database; [Server.Exec], [Server.Query] and [Server.Load] work on it from outside.
//  3. [Server.Understudy] runs a command line in a server's container, where the client
//     programs of that server's version are, as they are in the tool's own image. Every
//     run has a folder of its own there: rules, key, report and temporary files.
//  4. [Server.Counts], [Server.Digests], [Server.Objects] and [Server.Dangling] say what a
//     database holds, in lines that can be compared with another's.
//
// The images are named by UNDERSTUDY_TEST_IMAGE_15 and UNDERSTUDY_TEST_IMAGE_17; by
// default they are the official ones. Where containers cannot run, a story skips, and
// with UNDERSTUDY_NO_SKIP=1 it fails.
package stage
