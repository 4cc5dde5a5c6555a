-- The database itself. Locale columns came and went between versions, so they are
-- taken from the row's JSON form, where a missing one is NULL.
SELECT d.datname::text,
       current_setting('server_version_num')::int,
       pg_encoding_to_char(d.encoding)::text,
       d.datcollate::text,
       d.datctype::text,
       coalesce(to_jsonb(d) ->> 'datlocprovider', '') AS provider,
       coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale', '') AS locale,
       pg_get_userbyid(d.datdba)::text AS owner,
       pg_database_size(d.oid) AS bytes,
       pg_is_in_recovery(),
       current_setting('is_superuser') = 'on',
       current_setting('lc_monetary'),
       coalesce(current_setting('default_toast_compression', true), ''),
       (SELECT count(*) FROM pg_largeobject_metadata) AS large_objects
FROM pg_database d
WHERE d.datname = current_database()
