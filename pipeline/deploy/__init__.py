"""What the schedule does around a run: the state between runs, the uploaded artifact, the archive, GitHub."""
