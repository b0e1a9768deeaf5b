"""The generated documents: docs/ and queries/README.md."""
