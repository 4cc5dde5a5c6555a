-- What reaches out of the database. Options, connection strings and sources are not
-- read: they may hold passwords. Of pg_subscription only the columns that all may read.
SELECT 'subscription', s.subname::text
FROM pg_subscription s
JOIN pg_database d ON d.oid = s.subdbid
WHERE d.datname = current_database()
UNION ALL
SELECT 'publication', pubname::text FROM pg_publication
UNION ALL
SELECT 'foreign server', srvname::text FROM pg_foreign_server
UNION ALL
SELECT 'user mapping', srvname || ' for ' || coalesce(usename::text, 'public') FROM pg_user_mappings
UNION ALL
SELECT 'foreign table', n.nspname || '.' || c.relname
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'f'
UNION ALL
SELECT 'event trigger', evtname::text FROM pg_event_trigger
UNION ALL
SELECT 'cron job', 'cron.job' FROM pg_extension WHERE extname = 'pg_cron'
UNION ALL
SELECT CASE WHEN p.prosrc ~* '\mdblink' THEN 'dblink function'
            WHEN p.prosrc ~* '\m(net\.)?http_(get|post|put|delete|patch|head)\M' THEN 'http function'
            WHEN p.prosrc ~* '\mcopy\M.*\m(from|to)\M\s+program\M' THEN 'program function'
            ELSE 'untrusted function'
       END,
       n.nspname || '.' || p.proname
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
JOIN pg_language l ON l.oid = p.prolang
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND l.lanname NOT IN ('internal', 'c')
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e')
  AND (p.prosrc ~* '\mdblink'
       OR p.prosrc ~* '\m(net\.)?http_(get|post|put|delete|patch|head)\M'
       OR p.prosrc ~* '\mcopy\M.*\m(from|to)\M\s+program\M'
       OR NOT l.lanpltrusted)
