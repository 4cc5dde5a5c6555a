-- Views and materialised views.
SELECT c.oid,
       n.nspname::text,
       c.relname::text,
       c.relkind = 'm',
       c.relispopulated,
       coalesce(pg_get_viewdef(c.oid), ''),
       coalesce(x.extname::text, '')
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_depend e ON e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.objsubid = 0 AND e.deptype = 'e'
LEFT JOIN pg_extension x ON x.oid = e.refobjid
WHERE c.relkind IN ('v', 'm')
  AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
