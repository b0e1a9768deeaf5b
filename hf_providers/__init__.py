"""hf-providers: who serves an open model on Hugging Face, at what price, how fast, and is it ready. Offline.

    >>> from hf_providers import Model, providers
    >>> model = Model("deepseek-r1")
    >>> model.model_id
    'deepseek-ai/DeepSeek-R1'
    >>> model.cheapest.provider
    'novita'

Names are loaded when they are first used, so that importing the package costs nothing.
"""

from __future__ import annotations

__version__ = "0.1.0"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from hf_providers.adapter import HuggingFaceAdapter
    from hf_providers.billing.bill import Bill
    from hf_providers.cost import CostReport, bill, calculate_cost
    from hf_providers.errors import (
        AmbiguousModel,
        CallError,
        HubError,
        LogError,
        ModelNotFound,
        NoSnippet,
        SnapshotError,
        UnknownProvider,
    )
    from hf_providers.model import Cost, Model
    from hf_providers.offer import Offer, Offers, PriceInterval, PriceIntervals
    from hf_providers.provider import Provider, ProviderModels, Providers, providers
    from hf_providers.snapshot import Found, Snapshot, open_snapshot, search

_WHERE = {
    "AmbiguousModel": "errors",
    "Bill": "billing.bill",
    "CallError": "errors",
    "Cost": "model",
    "CostReport": "cost",
    "Found": "snapshot",
    "HfProvidersError": "errors",
    "HubError": "errors",
    "HuggingFaceAdapter": "adapter",
    "LogError": "errors",
    "Model": "model",
    "ModelNotFound": "errors",
    "NoSnippet": "errors",
    "Offer": "offer",
    "Offers": "offer",
    "PriceInterval": "offer",
    "PriceIntervals": "offer",
    "Provider": "provider",
    "ProviderModels": "provider",
    "Providers": "provider",
    "Snapshot": "snapshot",
    "SnapshotError": "errors",
    "UnknownProvider": "errors",
    "bill": "cost",
    "calculate_cost": "cost",
    "open_snapshot": "snapshot",
    "providers": "provider",
    "search": "snapshot",
}

__all__ = [
    "AmbiguousModel",
    "Bill",
    "CallError",
    "Cost",
    "CostReport",
    "Found",
    "HfProvidersError",
    "HubError",
    "HuggingFaceAdapter",
    "LogError",
    "Model",
    "ModelNotFound",
    "NoSnippet",
    "Offer",
    "Offers",
    "PriceInterval",
    "PriceIntervals",
    "Provider",
    "ProviderModels",
    "Providers",
    "Snapshot",
    "SnapshotError",
    "UnknownProvider",
    "__version__",
    "bill",
    "calculate_cost",
    "open_snapshot",
    "providers",
    "search",
]


def __getattr__(name: str) -> Any:
    """Load a public name from its module."""
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"hf_providers.{_WHERE[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
