"""Histories that only grow: intervals of prices and status, measurements, and what changed."""
