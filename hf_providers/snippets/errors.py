"""The error of this package."""

from __future__ import annotations


class NoSnippet(LookupError):
    """There is no ready-made code for what was asked; the message says what there is instead."""
