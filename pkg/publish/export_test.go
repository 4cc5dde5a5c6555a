package publish

// LockKey is the key of a staging's advisory lock.
var LockKey = lockKey
