// Package night is the story of a refresh that meets everything: it is killed at every
// step, its connections are cut, its servers crash, its tables change under it. Staging is
// then yesterday's or today's, whole, and the next run leaves nothing of the dead one.
// Two servers of this machine's own programs play production and staging; the tool runs as
// a process of its own.
package night
