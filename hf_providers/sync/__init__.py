"""Fetch a newer snapshot, verify it, and swap it in as a whole."""
