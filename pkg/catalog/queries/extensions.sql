-- Installed extensions.
SELECT x.extname::text, x.extversion, n.nspname::text
FROM pg_extension x
JOIN pg_namespace n ON n.oid = x.extnamespace
