// Package localnet makes a throw-away network of the machine's own kernel, for measurements
// and tests: hosts that reach each other over cables which can be slow, cut and unplugged.
//
//  1. [New] makes a [Host]: a network namespace. It has no name and no file; it ends with
//     the last process and descriptor that is in it, however this process ends.
//  2. [Host.Do] runs a function on a thread inside of the host. What the function starts
//     (a server, the tool) and what it opens (a socket) lives there from then on.
//  3. [Join] lays a [Cable] between two hosts: a network interface in each (TUN), and this
//     process between them, which hands on whole packets. So both ends are the kernel's
//     own TCP, with its windows, its retransmissions and its timeouts.
//  4. A cable holds each packet back for its delay and lets no more through than its
//     bandwidth. [Cable.Cut] has it swallow packets without a word, [Cable.Unplug] takes
//     an end's interface down, so that its host knows.
//
// It needs Linux, root and /dev/net/tun; the error says which is missing. It does not
// lose, reorder or damage single packets, and it carries IPv4 only.
package localnet
