-- Sessions that hold, or wait for, the one lock that ours cannot pass: ACCESS EXCLUSIVE.
-- $1 is the tables' OIDs. A prepared transaction has no process. Of other roles'
-- sessions the application may be hidden. Their queries are not read.
SELECT coalesce(l.pid, 0),
       coalesce(a.application_name, ''),
       n.nspname::text,
       c.relname::text,
       l.mode,
       NOT l.granted,
       coalesce(extract(epoch FROM clock_timestamp() - (to_jsonb(l) ->> 'waitstart')::timestamptz), 0)::float8
FROM pg_locks l
JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()
JOIN pg_class c ON c.oid = l.relation
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'relation'
  AND l.mode = 'AccessExclusiveLock'
  AND l.relation = ANY ($1::text::oid[])
ORDER BY l.granted DESC, l.pid, l.relation
