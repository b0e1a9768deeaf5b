"""The options that commands share, as types for type checkers, which refuse to change one; at run time: `Options`.

Each command adds its own in its file. Held equal to the parsers by a test. Not imported at run time.
"""

from __future__ import annotations

from typing import dataclass_transform

from hf_providers.cli.options import Options


@dataclass_transform(frozen_default=True)
class Frozen(Options):
    """Options that a type checker lets nobody change."""


class OutputOptions(Frozen):
    """What every command has."""

    format: str
    raw: bool
    color: str
    snapshot: str | None


class MatchOptions(OutputOptions):
    """What to do where several models fit."""

    first: bool


class ModelOptions(MatchOptions):
    """The words that name a model."""

    model: list[str]


class FilterOptions(OutputOptions):
    """What narrows and orders offers."""

    cheapest: bool
    fastest: bool
    mix: tuple[int, int]
    hot: bool
    tools: bool
    structured: bool
    provider: list[str] | None
    task: str | None
    max_price: int | None
    min_throughput: float | None
    min_context: int | None
    region: str | None
    include_old: bool


class StatusOptions(ModelOptions):
    """`hfp status`."""

    provider: str | None
    watch: float | None
    probe: bool
    yes: bool
    max_cost: int | None
    time_limit: float
