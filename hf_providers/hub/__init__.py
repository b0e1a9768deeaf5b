"""The Hub over HTTP: the one client, and the one reader of the shapes in which the Hub and the router answer.

Names are loaded when they are first used: who takes only the settings waits for no reader.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from hf_providers.errors import (
        HubBadAnswer,
        HubError,
        HubNotFound,
        HubOffline,
        HubRateLimited,
        HubRefused,
        HubTimeout,
        HubUnreachable,
    )
    from hf_providers.hub.client import Hub, Tally
    from hf_providers.hub.connection import Reply
    from hf_providers.hub.parsing import Problem, Read
    from hf_providers.hub.reader import (
        read_inference_page,
        read_model,
        read_models,
        read_partner,
        read_router,
        read_router_model,
    )
    from hf_providers.hub.records import HubModel, Mapping, PageMapping, Registration, RouterModel
    from hf_providers.hub.settings import Settings

_WHERE = {
    "Hub": "hub.client",
    "HubBadAnswer": "errors",
    "HubError": "errors",
    "HubModel": "hub.records",
    "HubNotFound": "errors",
    "HubOffline": "errors",
    "HubRateLimited": "errors",
    "HubRefused": "errors",
    "HubTimeout": "errors",
    "HubUnreachable": "errors",
    "Mapping": "hub.records",
    "PageMapping": "hub.records",
    "Problem": "hub.parsing",
    "Read": "hub.parsing",
    "Registration": "hub.records",
    "Reply": "hub.connection",
    "RouterModel": "hub.records",
    "Settings": "hub.settings",
    "Tally": "hub.client",
    "read_inference_page": "hub.reader",
    "read_model": "hub.reader",
    "read_models": "hub.reader",
    "read_partner": "hub.reader",
    "read_router": "hub.reader",
    "read_router_model": "hub.reader",
}

__all__ = [
    "Hub",
    "HubBadAnswer",
    "HubError",
    "HubModel",
    "HubNotFound",
    "HubOffline",
    "HubRateLimited",
    "HubRefused",
    "HubTimeout",
    "HubUnreachable",
    "Mapping",
    "PageMapping",
    "Problem",
    "Read",
    "Registration",
    "Reply",
    "RouterModel",
    "Settings",
    "Tally",
    "read_inference_page",
    "read_model",
    "read_models",
    "read_partner",
    "read_router",
    "read_router_model",
]


def __getattr__(name: str) -> Any:
    """Load a name from its module."""
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"hf_providers.{_WHERE[name]}"), name)
