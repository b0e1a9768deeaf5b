"""The errors of a tool, in hfp's two lines: what is wrong, and what to do."""

from __future__ import annotations

from hf_providers.errors import HfProvidersError


class Refusal(HfProvidersError):
    """The tool cannot answer."""


class NoSuchPage(Refusal):
    """There are fewer pages than that."""


class TooLong(Refusal):
    """The short answer would be too long."""
