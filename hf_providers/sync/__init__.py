"""Fetching a newer snapshot: verified, and swapped in whole."""
