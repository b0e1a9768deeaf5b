"""The pictures that other sites show with links: one for the site, one for each provider."""

from __future__ import annotations

from collections.abc import Iterator

from hf_providers.catalog.row_types import ProviderRow
from hf_providers.rules import ranking
from hf_providers.rules.tasks import CHAT_TASK
from pipeline.site import paths
from pipeline.site.page import PREVIEW, Page, Raw
from pipeline.site.preview import DRAWN, png
from pipeline.site.source import Source


def make(source: Source) -> Iterator[Page | Raw]:
    """Give the pictures, if they can be made here; a provider's is next to its page."""
    if not DRAWN:
        return
    day = f"{source.manifest.checked_at:%Y-%m-%d}"
    live = {
        (offer["model_id"], offer["provider"])
        for rows in source.offers_by_model.values()
        for offer in rows
        if offer["task"] == CHAT_TASK and ranking.is_live(offer, source.since)
    }
    models = _counted(len({model for model, _ in live}), "chat model")
    providers = _counted(len({name for _, name in live}), "provider")
    facts = ["at what price, how fast, and is it ready", f"{models} live at {providers}"]
    yield Raw(PREVIEW, png("Who serves an open model", facts, day))
    for name, provider in source.providers.items():
        yield Raw(f"{paths.provider(name)}{PREVIEW}", png(name, _facts(provider, source), day))


def _facts(provider: ProviderRow, source: Source) -> list[str]:
    offers = source.offers_by_provider.get(provider["provider"], ())
    live = [offer for offer in offers if ranking.is_live(offer, source.since)]
    priced = sum(ranking.is_priced(offer, source.since) for offer in live)
    models = _counted(len({offer["model_id"] for offer in live}), "model")
    return [f"{models} live through Hugging Face", f"{_counted(priced, 'offer')} with a known price"]


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
