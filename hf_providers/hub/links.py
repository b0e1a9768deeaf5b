"""Follow an answer's link to the next page, or its redirect, where that is safe."""

from __future__ import annotations

import httpx

from hf_providers.errors import HubBadAnswer
from hf_providers.hub.connection import Reply, place
from hf_providers.hub.settings import origin_of

MAX_PAGES = 1000


def next_page(reply: Reply, endpoint: httpx.URL, seen: set[str]) -> httpx.URL | None:
    """Return the URL of the next page, opaque and as it was given, or None on the last page.

    Args:
        reply: A page.
        endpoint: The address asked; pages of another origin are refused.
        seen: URLs that this chain has named so far; the new one is added.

    Raises:
        HubBadAnswer: the link leads to another host, back, or on forever.
    """
    link = httpx.Response(200, headers=reply.headers).links.get("next")
    if link is None:
        return None
    url = _joined(reply, link.get("url", ""))
    if origin_of(url) != origin_of(endpoint):
        raise _bad(reply, f"its next page is on another host, {place(url)}")
    if str(url) in seen or str(url) == reply.url:
        raise _bad(reply, "its pages go in a circle")
    if len(seen) >= MAX_PAGES:
        raise _bad(reply, f"there are more than {MAX_PAGES} pages")
    seen.add(str(url))
    return url


def redirect_target(reply: Reply) -> httpx.URL:
    """Return the target of a redirect.

    Raises:
        HubBadAnswer: there is no target, it is http after https, or it has credentials in it.
    """
    url = _joined(reply, reply.headers.get("location", ""))
    if url.userinfo or (httpx.URL(reply.url).scheme == "https" and url.scheme != "https"):
        raise _bad(reply, "it redirects to an address that is not safe")
    return url


def _joined(reply: Reply, target: str) -> httpx.URL:
    try:
        url = httpx.URL(reply.url).join(target) if target else httpx.URL()
        is_address = url.scheme in {"http", "https"} and bool(url.host)
    except (httpx.InvalidURL, ValueError):  # a host such as xn--a shows only when it is decoded
        is_address = False
    if not is_address:
        raise _bad(reply, "it leads to something that is no address")
    return url


def _bad(reply: Reply, what: str) -> HubBadAnswer:
    return HubBadAnswer(f"{place(reply.url)}: {what}", "check that HF_ENDPOINT names the Hub", attempts=1)
