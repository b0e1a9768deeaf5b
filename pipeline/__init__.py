"""The pipeline: from the Hub's provider APIs to a published, checked Parquet snapshot: `python -m pipeline`."""
