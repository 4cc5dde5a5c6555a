-- How many of the tables ($1) a session ($2) has locked against change.
SELECT count(DISTINCT l.relation)
FROM pg_locks l
JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()
WHERE l.locktype = 'relation' AND l.mode = 'AccessShareLock' AND l.granted
  AND l.pid = $2::int AND l.relation = ANY ($1::text::oid[])
