"""Write the catalogue in other projects' formats. Offline; one module a form, each with `FILE` and `write`.

    >>> from hf_providers import open_snapshot
    >>> export("llm", open_snapshot().catalog).count > 100
    True

A form says only what a source stated: an unknown price is left out, or its offer is skipped and counted.
"""

from __future__ import annotations

from hf_providers.rules import ranking

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    from hf_providers.catalog.database import Catalog
    from hf_providers.catalog.row_types import OfferRow
    from hf_providers.export.selection import Export

FORMS = {
    "litellm": "LiteLLM's model cost map, for register_model or model_cost_map_url",
    "genai-prices": "genai-prices' providers with dated prices, for UpdatePrices(url=…)",
    "openrouter": "a list of models as OpenRouter's API has it",
    "llm-prices": "llm-prices' price history, one vendor",
    "models.dev-partial": "models.dev's provider, with what no source states listed under `missing`",
    "opencode": "opencode.json: a provider with every chat offer",
    "continue": "Continue's config.yaml",
    "aider": "aider's .aider.model.metadata.json",
    "llm": "llm's extra-openai-models.yaml",
    "librechat": "librechat.yaml: a custom endpoint",
}
"""Every form, with the file that it produces."""


def form(name: str) -> ModuleType:
    """Return the module of a form: its file's name as `FILE`, and `write`.

    Raises:
        KeyError: there is no such form.
    """
    if name not in FORMS:
        raise KeyError(f"no form {name!r:.60}: choose {', '.join(FORMS)}")
    from importlib import import_module

    return import_module(f"hf_providers.export.{name.replace('-', '_').replace('.', '_')}")


def export(
    name: str,
    catalog: Catalog,
    offers: Sequence[OfferRow] | None = None,
    rule: str | None = None,
    mix: tuple[int, int] = ranking.DEFAULT_MIX,
    *,
    include_old: bool = False,
) -> Export:
    """Return the catalogue in a form.

    Args:
        name: One of `FORMS`.
        catalog: The snapshot.
        offers: Which offers; by default all. Only the live chat offers among them are written.
        rule: "cheapest" or "fastest": that offer alone of each model.
        mix: Input to output tokens, by which the cheapest is picked.
        include_old: Whether offers and prices that were not seen lately are written too.

    Raises:
        KeyError: there is no such form.
    """
    from hf_providers.export.selection import select

    written: Export = form(name).write(select(catalog, offers, rule, mix, include_old=include_old))
    return written
