-- The users' schemas. Names that begin with pg_ are the system's: PostgreSQL refuses them to users.
SELECT n.nspname::text,
       pg_get_userbyid(n.nspowner)::text,
       coalesce(x.extname::text, '')
FROM pg_namespace n
LEFT JOIN pg_depend e ON e.classid = 'pg_namespace'::regclass AND e.objid = n.oid AND e.deptype = 'e'
LEFT JOIN pg_extension x ON x.oid = e.refobjid
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
