"""Asking every source: which requests, in which order, and what came back."""
