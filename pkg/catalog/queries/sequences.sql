-- Sequences with their state. Only the sequence's own row tells last_value and
-- is_called apart (a restarted one has a last_value that was not yet given), and a row
-- of a relation whose name is data takes query_to_xml to read in one statement. Without
-- SELECT there is pg_sequence_last_value, which is NULL for one that was not called.
-- An unlogged sequence cannot be read on a standby.
SELECT n.nspname::text,
       c.relname::text,
       coalesce(substring(r.state FROM '<last_value>(-?[0-9]+)</last_value>')::bigint, r.last, s.seqstart) AS last,
       coalesce(substring(r.state FROM '<is_called>(true|false)</is_called>')::boolean, r.last IS NOT NULL) AS called,
       s.seqincrement,
       s.seqmax,
       s.seqmin,
       coalesce(o.tab, u.tab, 0)::oid AS owner_table,
       coalesce(oa.attname::text, ua.attname::text, ''),
       r.readable,
       coalesce(x.extname::text, '')
FROM pg_sequence s
JOIN pg_class c ON c.oid = s.seqrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN LATERAL (
    -- the column that owns it: OWNED BY, serial or identity
    SELECT d.refobjid AS tab, d.refobjsubid AS col
    FROM pg_depend d
    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0
      AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
    ORDER BY d.refobjid, d.refobjsubid
    LIMIT 1
) o ON true
LEFT JOIN pg_attribute oa ON oa.attrelid = o.tab AND oa.attnum = o.col
LEFT JOIN LATERAL (
    -- otherwise the first column whose default takes from it
    SELECT ad.adrelid AS tab, ad.adnum AS col
    FROM pg_depend d
    JOIN pg_attrdef ad ON ad.oid = d.objid
    WHERE o.tab IS NULL
      AND d.classid = 'pg_attrdef'::regclass
      AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid
    ORDER BY ad.adrelid, ad.adnum
    LIMIT 1
) u ON true
LEFT JOIN pg_attribute ua ON ua.attrelid = u.tab AND ua.attnum = u.col
LEFT JOIN pg_depend e ON e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.objsubid = 0 AND e.deptype = 'e'
LEFT JOIN pg_extension x ON x.oid = e.refobjid
CROSS JOIN LATERAL (
    SELECT has_schema_privilege(n.oid, 'USAGE')
           AND NOT (c.relpersistence = 'u' AND pg_is_in_recovery()) AS reachable
) g
CROSS JOIN LATERAL (
    SELECT g.reachable AND has_sequence_privilege(c.oid, 'SELECT, USAGE') AS readable,
           CASE WHEN g.reachable AND has_sequence_privilege(c.oid, 'SELECT')
                THEN query_to_xml(format('SELECT last_value, is_called FROM %I.%I', n.nspname, c.relname), true, true, '')::text
           END AS state,
           CASE WHEN g.reachable AND has_sequence_privilege(c.oid, 'SELECT, USAGE')
                THEN pg_sequence_last_value(c.oid)
           END AS last
    OFFSET 0 -- or the planner would read the row once for each use of it
) r
WHERE c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
