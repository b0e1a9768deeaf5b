"""The Hub over HTTP: the one client, and the one reader of the shapes in which the Hub and the router answer."""

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
