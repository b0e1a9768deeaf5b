"""Requests to every source: which, in which order, and what came back."""
