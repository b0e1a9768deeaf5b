"""The schedule's work around a run: the state between runs, the uploaded artifact, the archive, GitHub."""
