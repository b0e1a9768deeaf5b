"""One file per source. Each is `fetch` (I/O) and `rows` (pure); the parsing in between is `hf_providers.hub.reader`.

A source knows the Hub and nothing else: no other source, no Parquet, no publishing.
"""
