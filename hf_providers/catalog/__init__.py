"""The contents of a snapshot: its schema, the SQLite catalogue, search in it, and DuckDB over its tables."""
