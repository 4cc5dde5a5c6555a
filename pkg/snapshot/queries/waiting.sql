-- Sessions that wait for a lock on one of the tables ($1) because a session of ours
-- ($2, or one of the same role whose name is ours) has it.
WITH ours AS (
    SELECT a.pid FROM pg_stat_activity a
    WHERE a.pid = $2::int
       OR (a.datname = current_database() AND a.usename = current_user AND starts_with(a.application_name, 'understudy/'))
)
SELECT l.pid,
       coalesce(a.application_name, ''),
       n.nspname::text,
       c.relname::text,
       l.mode,
       true,
       coalesce(extract(epoch FROM clock_timestamp() - (to_jsonb(l) ->> 'waitstart')::timestamptz), 0)::float8
FROM pg_locks l
JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()
JOIN pg_class c ON c.oid = l.relation
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'relation'
  AND NOT l.granted
  AND l.relation = ANY ($1::text::oid[])
  AND l.pid NOT IN (SELECT pid FROM ours)
  AND pg_blocking_pids(l.pid) && ARRAY(SELECT pid FROM ours)
ORDER BY l.pid, l.relation
