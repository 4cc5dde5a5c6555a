// Package session is the lowest database room: where a server is, how to connect to
// it, and what of its errors may leave.
//
//  1. [Parse] reads a connection string, the PG* environment, service and pass files.
//     A [Config] never shows its password; [Config.Env] hands it to child processes.
//  2. [Connect] opens a connection for a [Role] and gives it our settings: the formats
//     that make two servers write a value alike, and timeouts that keep a dead process
//     of ours from holding production. Settings go by SET, because poolers drop
//     startup parameters; [Role.Settings] gives them again for a transaction.
//  3. [Config.PinTo] fixes a configuration to the very server that a connection
//     reached, so that a load balancer cannot split a snapshot from its workers.
//  4. [Reduce] turns an error of the driver into one that holds no value. PostgreSQL's
//     messages quote rows, keys and statements; of them only SQLSTATE and the names of
//     schema, table, column and constraint are kept, with words of our own.
//     [Fault] adds whose fault it was and what to do.
//  5. [SameCluster] tells whether two connections lead to one server, whatever the addresses.
//
// It runs no query on users' tables and knows nothing of the catalog. SQLSTATE is
// looked at here and nowhere else.
package session
