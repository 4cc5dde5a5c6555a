-- Ordinary, partitioned and foreign tables. Before 14 a table that was never analysed
-- has 0 rows and 0 pages; from 14 it has -1 rows.
SELECT c.oid,
       n.nspname::text,
       c.relname::text,
       c.relkind::text,
       c.relpersistence::text,
       coalesce(am.amname::text, ''),
       pg_get_userbyid(c.relowner)::text,
       coalesce(p.inhparent, 0)::oid AS parent,
       coalesce(pg_get_expr(c.relpartbound, c.oid), '') AS bound,
       CASE WHEN c.reltuples < 0 THEN -1
            WHEN c.reltuples = 0 AND c.relpages = 0 AND current_setting('server_version_num')::int < 140000 THEN -1
            ELSE c.reltuples::bigint
       END AS rows,
       CASE WHEN c.relkind = 'r' THEN coalesce(pg_relation_size(c.oid, 'main') / current_setting('block_size')::bigint, 0) ELSE 0 END AS pages,
       CASE WHEN c.relkind = 'r' THEN coalesce(pg_table_size(c.oid), 0) ELSE 0 END AS bytes,
       coalesce(pg_relation_filenode(c.oid), 0)::oid AS filenode,
       c.relrowsecurity,
       has_schema_privilege(n.oid, 'USAGE') AND (
           has_table_privilege(c.oid, 'SELECT')
           OR coalesce((SELECT bool_and(has_column_privilege(c.oid, a.attnum, 'SELECT'))
                        FROM pg_attribute a
                        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), false)
       ) AS readable,
       coalesce(x.extname::text, ''),
       coalesce(c.oid = ANY (x.extconfig), false),
       coalesce(d.description, '')
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_am am ON am.oid = c.relam
LEFT JOIN pg_inherits p ON c.relispartition AND p.inhrelid = c.oid
LEFT JOIN pg_depend e ON e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.objsubid = 0 AND e.deptype = 'e'
LEFT JOIN pg_extension x ON x.oid = e.refobjid
LEFT JOIN pg_description d ON d.classoid = 'pg_class'::regclass AND d.objoid = c.oid AND d.objsubid = 0
WHERE c.relkind IN ('r', 'p', 'f')
  AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
