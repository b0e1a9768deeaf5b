"""The pipeline: from the Hub's provider APIs to a published, checked Parquet snapshot. Run it as `python -m pipeline`."""
