"""Architectures: what the `config.json` of models says, by the rules of `hf_providers.hosting`.

`GET /{id}/resolve/main/config.json`.
"""

from __future__ import annotations

from datetime import datetime

from hf_providers.catalog.row_types import AnyRow, ArchitectureRow
from hf_providers.hosting.architecture import absent, parse
from hf_providers.hub import Hub, Tally
from pipeline.crawl.source_result import Row

NAME = "architectures"

__all__ = ["NAME", "absent", "fetch", "parse", "row"]


def fetch(hub: Hub, model_id: str, tally: Tally) -> ArchitectureRow:
    """Return what a model's config.json says, as `parse` gives it.

    Raises:
        HubError: there is no such file, the model is gated, or the request failed.
    """
    return hub.fetch(f"/{model_id}/resolve/main/config.json", None, parse, tally=tally)


def row(model_id: str, sha: str | None, facts: AnyRow, observed_at: datetime, source: str = NAME) -> Row:
    """Return the row of `architectures` of a model: `facts` are from `parse`, `sha` is the commit they were read at."""
    return {"model_id": model_id, "sha": sha, **facts, "observed_at": observed_at, "source": source}
