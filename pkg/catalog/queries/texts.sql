-- What people wrote into the schema beside tables and columns: bodies of functions,
-- comments on anything that is the user's, policies, triggers and rules. An object of an
-- extension is the extension's.
SELECT 'function', n.nspname || '.' || p.proname,
       coalesce(p.prosrc, '') || CASE WHEN p.prokind IN ('f', 'p') THEN ' ' || coalesce(pg_get_function_arguments(p.oid), '') ELSE '' END
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
JOIN pg_language l ON l.oid = p.prolang
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND l.lanname NOT IN ('internal', 'c')
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e')
UNION ALL
SELECT 'comment', pg_describe_object(d.classoid, d.objoid, 0), d.description
FROM pg_description d
WHERE d.objoid >= 16384 -- below are the server's own objects
  AND NOT EXISTS (SELECT FROM pg_class c WHERE d.classoid = 'pg_class'::regclass AND c.oid = d.objoid
                  AND (c.relkind IN ('r', 'p', 'f') OR c.relnamespace::regnamespace::text ~ '^pg_')) -- those come with tables and columns
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = d.classoid AND e.objid = d.objoid AND e.deptype = 'e')
  AND d.classoid <> 'pg_extension'::regclass
UNION ALL
SELECT 'policy', n.nspname || '.' || c.relname,
       coalesce(pg_get_expr(p.polqual, p.polrelid), '') || ' ' || coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '')
FROM pg_policy p
JOIN pg_class c ON c.oid = p.polrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
UNION ALL
SELECT 'trigger', n.nspname || '.' || c.relname, pg_get_triggerdef(t.oid)
FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT t.tgisinternal
UNION ALL
SELECT 'rule', n.nspname || '.' || c.relname, pg_get_ruledef(r.oid)
FROM pg_rewrite r
JOIN pg_class c ON c.oid = r.ev_class
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE r.rulename <> '_RETURN' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
