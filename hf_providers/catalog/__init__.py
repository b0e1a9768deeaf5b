"""What a snapshot holds: its schema, the SQLite catalogue, search in it, and DuckDB over its tables."""
