"""The partner mapping: what a provider itself has registered, live and staging.

`GET /api/partners/{p}/models?status=live` and `=staging`. A registration alone is not yet a served
model: the Hub lists what it has found to work, so a model in no list is staging, whatever its provider says.

A `tag-filter=…` registration covers every model with those tags: the hub list has all of them, so it is only counted
here and makes no offer.
"""

from __future__ import annotations

from collections.abc import Iterable

from hf_providers.hub import Hub, Read, Registration, Tally, read_partner
from pipeline.crawl.source_result import SourceResult

NAME = "partner-mapping"
STATUSES = ("live", "staging")
STAGING = "staging"


def fetch(hub: Hub, provider: str, status: str, tally: Tally) -> Read[Registration]:
    """Return a provider's registrations of one status.

    Raises:
        HubError: the provider has no such page, or the request failed.
    """
    return hub.fetch(f"/api/partners/{provider}/models", {"status": status}, read_partner, tally=tally, keep=True)


def rows(source_result: SourceResult, registrations: Iterable[Registration]) -> None:
    """Add the registered models' offers to the source_result; only what the registration states."""
    for registration in registrations:
        source_result.records += 1
        if registration.model_id is None:
            continue
        source_result.offers.append(
            {
                "model_id": registration.model_id,
                "provider": source_result.provider,
                "task": registration.task,
                "provider_model_id": registration.provider_model_id,
                "status": STAGING,
                "adapter": registration.adapter,
            }
        )
