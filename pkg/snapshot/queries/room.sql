-- How many locks the server has room for, and the role that asks.
SELECT current_setting('max_locks_per_transaction')::bigint
       * (current_setting('max_connections')::bigint + current_setting('max_prepared_transactions')::bigint),
       current_user::text
