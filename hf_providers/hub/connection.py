"""One connection at a time: a request and its answer, cut off when they take too long or grow too large."""

from __future__ import annotations

import ssl
from dataclasses import dataclass

import httpx

from hf_providers.errors import HubBadAnswer, HubError, HubUnreachable
from hf_providers.hub.redaction import redact, redact_bytes, redact_headers
from hf_providers.hub.text import clean
from hf_providers.hub.timed_http import Cutter

CONNECT_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete, decompressed answer. `url` is the final one, after redirects."""

    url: str
    status: int
    headers: httpx.Headers
    body: bytes


def place(url: str | httpx.URL) -> str:
    """Return a URL for people: without its query, which may be a long cursor, and without credentials."""
    parsed = httpx.URL(url)
    return clean(f"{parsed.scheme}://{parsed.netloc.decode('ascii')}{parsed.path}", 200)


class Connection:
    """An HTTP client that holds one connection, for one thread at a time."""

    def __init__(self, ssl_context: ssl.SSLContext, user_agent: str, token: str | None = None) -> None:
        self._token = token
        self._http = httpx.Client(
            verify=ssl_context,
            limits=httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=30),
            headers={"User-Agent": user_agent, "Accept-Encoding": "gzip"},
        )
        self._cutter = Cutter()

    def close(self) -> None:
        """Close the connection."""
        self._http.close()
        self._cutter.close()

    def get(self, url: httpx.URL, headers: dict[str, str], limit_s: float, max_bytes: int) -> Reply:
        """Return the answer to one GET, whatever its status; redirects are not followed.

        Raises:
            HubUnreachable: no connection, or it broke, or `limit_s` was over.
            HubBadAnswer: the body is larger than `max_bytes` once decompressed, or does not decompress; or a redirect
                leads to no address.
        """
        failure: HubError
        try:
            with self._cutter.within(limit_s):
                reply = self._exchange(url, headers, limit_s, max_bytes)
            if not self._cutter.was_cut:
                return reply
            failure = _cut_off(url, limit_s)
        except httpx.DecodingError:
            failure = HubBadAnswer(f"{place(url)}: the answer does not decompress", "try again later")
        except (httpx.InvalidURL, ValueError):  # httpx parses a redirect even where it does not follow it
            failure = HubBadAnswer(f"{place(url)}: redirects to an invalid address", "check HF_ENDPOINT", attempts=1)
        except httpx.HTTPError as error:
            late = self._cutter.was_cut or isinstance(error, (httpx.ReadTimeout, httpx.WriteTimeout))
            failure = _cut_off(url, limit_s) if late else _broken(url, redact(str(error), self._token), error)
        # Raised outside the except block, so that no exception of httpx is attached: it holds the token.
        raise failure

    def _exchange(self, url: httpx.URL, headers: dict[str, str], limit_s: float, max_bytes: int) -> Reply:
        timeout = httpx.Timeout(limit_s, connect=min(CONNECT_TIMEOUT_S, limit_s))
        request = self._http.build_request(
            "GET", url, headers=headers, timeout=timeout, extensions={"trace": self._cutter.trace}
        )
        response = self._http.send(request, stream=True, follow_redirects=False)
        try:
            told = redact_headers(response.headers, self._token)
            body = redact_bytes(_body(response, told, url, max_bytes), self._token)
            return Reply(redact(str(url), self._token), response.status_code, told, body)
        finally:
            response.close()


def _body(response: httpx.Response, told: httpx.Headers, url: httpx.URL, max_bytes: int) -> bytes:
    encoding = told.get("content-encoding", "identity").strip().lower()
    if encoding not in {"gzip", "identity", ""}:  # stacked encodings may each expand a thousandfold
        raise HubBadAnswer(
            f"{place(url)}: unasked content encoding {clean(encoding, 40)}", "try again later", attempts=1
        )
    chunks, size = [], 0
    for chunk in response.iter_bytes():
        size += len(chunk)
        if size > max_bytes:
            message = f"{place(url)}: the answer is larger than {max_bytes:,} bytes"
            raise HubBadAnswer(message, "check that HF_ENDPOINT and HFP_ROUTER_URL name the Hub", attempts=1)
        chunks.append(chunk)
    return b"".join(chunks)


def _cut_off(url: httpx.URL, limit_s: float) -> HubUnreachable:
    return HubUnreachable(f"{place(url)}: no whole answer within {limit_s:.3g} s", "try again later")


def _broken(url: httpx.URL, said: str, error: httpx.HTTPError) -> HubUnreachable:
    reason = clean(said, 160) or type(error).__name__
    return HubUnreachable(
        f"{place(url)}: {reason}", "check the network, HF_ENDPOINT and HFP_ROUTER_URL; or try again later"
    )
