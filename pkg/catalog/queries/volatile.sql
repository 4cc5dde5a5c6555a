-- Names of volatile functions. A name that is volatile with some arguments counts.
SELECT DISTINCT p.proname::text
FROM pg_proc p
WHERE p.provolatile = 'v' AND p.prokind IN ('f', 'w', 'a')
