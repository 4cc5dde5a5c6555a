// Package schema carries a database's schema from source to target through
// PostgreSQL's own pg_dump and pg_restore.
//
//  1. [Find] looks for the client programs of every installed major version, [Choose]
//     takes one that is not older than the source and not newer than the target.
//  2. [Dump] starts pg_dump at the run's snapshot and reads the archive from its pipe.
//     Each entry of the table of contents is judged while it passes: what must not be
//     restored (privileges, subscriptions, foreign servers, user mappings with their
//     passwords) never reaches the disk. What is kept lies in a file of mode 0600 in a
//     directory of mode 0700 until [Archive.Close].
//  3. [MissingRoles] and [MissingExtensions] ask the target whether it can take the archive.
//  4. [Restore] runs pg_restore for one section: pre-data before the rows, post-data after.
//  5. A [Builder] makes post-data instead, table by table, while other tables load.
//  6. [SetSequences], [RefreshViews] and [Analyze] do what belongs to no section.
//
// Credentials travel by environment only. Of the programs' stderr nothing is kept but
// the entry that was being worked on and our own words for the causes that we know:
// PostgreSQL's messages carry values.
//
// It copies no rows, restores no owners or privileges (publish takes them from the old
// staging) and reads no catalog.
package schema
