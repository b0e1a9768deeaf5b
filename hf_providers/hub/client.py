"""The one HTTP client: a limited number of requests at a time, slower before a rate limit, retrying failures."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from queue import Empty, LifoQueue
from threading import Lock
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from hf_providers.errors import HubBadAnswer, HubError, HubOffline, HubRateLimited, HubTimeout, HubUnreachable
from hf_providers.hub.answers import problem_of, rate_limited
from hf_providers.hub.connection import Connection, Reply, place
from hf_providers.hub.kept_answers import KeptAnswer, KeptAnswers
from hf_providers.hub.links import next_page, redirect_target
from hf_providers.hub.ratelimit import Budget, limits_of
from hf_providers.hub.redaction import redact
from hf_providers.hub.server_clock import ServerClock
from hf_providers.hub.settings import Origin, Settings, origin_of
from hf_providers.hub.text import clean
from hf_providers.hub.timed_http import ssl_context, user_agent
from hf_providers.retry import TryAgain, with_backoff

MAX_REDIRECTS = 5
MAX_WAIT_S = 900.0
"""The longest wait that a server may ask for: three of the Hub's windows."""
_REDIRECTS = {301, 302, 303, 307, 308}

T = TypeVar("T")
Params = dict[str, Any] | None


@dataclass(slots=True)
class Tally:
    """The cost of some requests. Times are of the monotonic clock, None before the first request.

    `unchanged` of the requests were answered 304: what was kept of an earlier run still stands.
    """

    requests: int = 0
    bytes: int = 0
    unchanged: int = 0
    started: float | None = None
    ended: float | None = None


class Hub:
    """A client of the Hub and the router, for several threads; close it, or use it in a `with`.

    Args:
        settings: Addresses and token; the environment's by default.
        concurrency: Requests in flight at a time.
        request_timeout_s: Time for one request, from connecting to its last byte.
        deadline_s: Time for everything from now on; None for no limit.
        max_body_bytes: Largest body, decompressed.
        kept: Answers of an earlier run, to be asked about where a caller wants that (`keep`).
        clock: Monotonic seconds.
        sleep: Waits for some seconds.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        concurrency: int = 4,
        request_timeout_s: float = 30.0,
        deadline_s: float | None = None,
        max_body_bytes: int = 64 * 1024 * 1024,
        kept: KeptAnswers | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settings = Settings.from_env() if settings is None else settings
        self._endpoint = httpx.URL(self._settings.endpoint)
        self._request_timeout_s = request_timeout_s
        self._max_body_bytes = max_body_bytes
        self.kept = KeptAnswers() if kept is None else kept
        self._clock, self._sleep = clock, sleep
        self._ends_at = None if deadline_s is None else clock() + deadline_s
        self._lock = Lock()
        self._budgets: dict[tuple[Origin, str], Budget] = {}
        self._replay: str | None = None
        self.replayed_at: str | None = None
        """When the facts were observed, where a replay answers; None for the Hub itself."""
        self._server_clock = ServerClock()
        agent = user_agent()
        context = ssl_context()
        self._all_connections = [Connection(context, agent, self._settings.token) for _ in range(concurrency)]
        self._free_connections: LifoQueue[Connection] = LifoQueue()
        for connection in self._all_connections:
            self._free_connections.put(connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        for connection in self._all_connections:
            connection.close()

    @property
    def origin(self) -> str:
        """The origin of the answers: the endpoint's host and port, or a replay's own name."""
        return self._replay or self._endpoint.netloc.decode("ascii")

    @property
    def date(self) -> datetime | None:
        """The endpoint's time, from its answers; None where they state none."""
        return self._server_clock.now

    def get(
        self,
        path_or_url: str,
        params: Params = None,
        *,
        router: bool = False,
        tally: Tally | None = None,
        headers: dict[str, str] | None = None,
        keep: bool = False,
    ) -> Reply:
        """Return the answer to one request, redirects followed and failures retried.

        Args:
            path_or_url: A path of the Hub (with `router`, of the router), or a whole URL.
            params: Query parameters; a list stands for a repeated one.
            router: Whether the path is the router's.
            tally: Counts the requests and bytes.
            headers: More headers; they do not go to another host after a redirect.
            keep: Ask whether the answer that was kept still stands, and keep this one.

        Raises:
            HubError: there is no usable answer; the class says why.
        """
        url = self._url(path_or_url, params, router=router)
        return self._with_retry(lambda: self._ask_kept(url, headers or {}, tally, keep=keep))

    def fetch(
        self,
        path: str,
        params: Params,
        read: Callable[[bytes], T],
        *,
        router: bool = False,
        tally: Tally | None = None,
        keep: bool = False,
    ) -> T:
        """Return what `read` makes of the answer's body; the request is retried where `read` raises HubBadAnswer.

        With `keep` the server is asked whether what was kept of it still stands, and what it answers is kept.

        Raises:
            HubError: there is no usable answer; the class says why.
        """
        return self._fetch(self._url(path, params, router=router), read, tally, keep=keep)[1]

    def pages(
        self, path: str, params: Params, read: Callable[[bytes], T], *, tally: Tally | None = None
    ) -> Generator[T]:
        """Yield what `read` makes of each page, following `Link` to the last. The next page is requested meanwhile.

        Raises:
            HubError: a page could not be fetched; the pages before it have been yielded.
        """
        seen: set[str] = set()
        with ThreadPoolExecutor(max_workers=1) as thread:

            def ahead(url: httpx.URL | None) -> Future[Reply] | None:
                return thread.submit(self._with_retry, lambda: self._ask(url, {}, tally)) if url else None

            pending = ahead(self._url(path, params, router=False))
            while pending:
                reply = pending.result()
                pending = ahead(next_page(reply, self._endpoint, seen))
                try:
                    value = read(reply.body)
                except HubBadAnswer:
                    reply, value = self._fetch(httpx.URL(reply.url), read, tally)
                    # If the page is cut short, its Link may be missing, too.
                    pending = pending or ahead(next_page(reply, self._endpoint, seen))
                yield value

    def _url(self, path_or_url: str, params: Params, *, router: bool) -> httpx.URL:
        base = self._settings.router_url if router else self._settings.endpoint
        whole = path_or_url if path_or_url.startswith(("http://", "https://")) else base + path_or_url
        try:
            # Not params=None: for httpx that means "no query at all".
            return httpx.URL(whole, params=params) if params else httpx.URL(whole)
        except httpx.InvalidURL:
            message = f"{clean(path_or_url, 100)!r} makes no address"
        raise HubError(message, "check the spelling")

    def _fetch(
        self, url: httpx.URL, read: Callable[[bytes], T], tally: Tally | None, *, keep: bool = False
    ) -> tuple[Reply, T]:
        def once() -> tuple[Reply, T]:
            reply = self._ask_kept(url, {}, tally, keep=keep)
            try:
                return reply, read(reply.body)
            except HubBadAnswer as error:
                self.kept.forget(str(url))  # asked for again, it is asked for whole
                raise HubBadAnswer(f"{place(reply.url)}: {error}", error.hint) from None

        return self._with_retry(once)

    def _with_retry(self, work: Callable[[], T]) -> T:
        """Do the work, and retry errors that may pass; the budget waits for rate limits."""

        def ask() -> T:
            try:
                return work()
            except HubError as error:
                if error.attempts <= 1:
                    raise
                limited = isinstance(error, HubRateLimited)
                raise TryAgain(error, attempts=error.attempts, waits=not limited) from None

        return with_backoff(ask, self._sleep, longest_wait_s=MAX_WAIT_S, remaining_s=self._remaining_s)

    def _ask_kept(self, url: httpx.URL, headers: dict[str, str], tally: Tally | None, *, keep: bool) -> Reply:
        """Make one attempt; with `keep`, ask about what is kept of this address, and keep what comes from there."""
        if not keep or url.userinfo:  # what is kept is published, with its address
            return self._ask(url, headers, tally)
        reply = self._ask(url, headers, tally, self.kept.known(str(url)))
        # A page that is asked for with a token may name its owner.
        of_owner = self._settings.token is not None and "html" in reply.headers.get("content-type", "").lower()
        if reply.url == str(url) and not of_owner:
            self.kept.keep(KeptAnswer(reply.url, reply.headers.get("etag", ""), reply.body))
        return reply

    def _ask(
        self, url: httpx.URL, headers: dict[str, str], tally: Tally | None, known: KeptAnswer | None = None
    ) -> Reply:
        """Make one attempt: follow redirects, and raise for an unusable answer. `known` may be answered 304."""
        if self._settings.offline:
            raise HubOffline("HF_HUB_OFFLINE is set: no request was made", "unset HF_HUB_OFFLINE to go online")
        target = url
        for hop in range(MAX_REDIRECTS + 1):
            # The token and the caller's headers go to the requested host only, not to where it redirects.
            asked = origin_of(target) == origin_of(url)
            token = self._settings.token if asked and self._settings.may_send_token(target) else None
            sent = {**headers} if asked else {}
            if token:
                sent["Authorization"] = f"Bearer {token}"
            about = known if hop == 0 else None
            if about:
                sent["If-None-Match"] = about.etag
            reply = self._send(target, sent, tally)
            if about and reply.status == httpx.codes.NOT_MODIFIED:
                return self._confirmed(reply, about, tally)
            if reply.status not in _REDIRECTS:
                return self._judged(reply, with_token=token is not None)
            target = redirect_target(reply)
            if not self._may_answer(target, url):
                raise HubBadAnswer(
                    f"{place(url)}: redirects to another host, {place(target)}", "check HF_ENDPOINT", attempts=1
                )
        hint = "check that HF_ENDPOINT names the Hub"
        raise HubBadAnswer(f"{place(url)}: more than {MAX_REDIRECTS} redirects", hint, attempts=1)

    def _confirmed(self, reply: Reply, known: KeptAnswer, tally: Tally | None) -> Reply:
        """Return the answer that a 304 stands for: what was kept. Its tag may be named anew, and need not be."""
        if tally is not None:
            with self._lock:
                tally.unchanged += 1
        headers = reply.headers.copy()
        headers["etag"] = known.etag
        return Reply(reply.url, httpx.codes.OK, headers, known.body)

    def _may_answer(self, target: httpx.URL, url: httpx.URL) -> bool:
        """Return whether `target` may answer for `url`: the bytes of a file may be at a CDN."""
        return origin_of(target) == origin_of(url) or self._settings.may_send_token(target) or _kind(url) == "resolvers"

    def _judged(self, reply: Reply, *, with_token: bool) -> Reply:
        error = problem_of(reply, with_token=with_token)
        if isinstance(error, HubRateLimited):
            self._budget(httpx.URL(reply.url)).block(error.wait_s + random.uniform(0.1, 1.0))  # noqa: S311 no secret
        if error:
            raise self._without_token(error)
        return reply

    def _without_token(self, error: HubError) -> HubError:
        """Return the error without the token, which the server may have repeated."""
        if self._settings.token:
            error.args = tuple(redact(str(arg), self._settings.token) for arg in error.args)
        return error

    def _send(self, url: httpx.URL, headers: dict[str, str], tally: Tally | None) -> Reply:
        """Send one request when it is its turn, and record the rate limits in the answer."""
        self._wait_turn(url)
        connection = self._free_connection()
        started = self._clock()
        limit_s = max(0.001, min(self._request_timeout_s, self._remaining_s()))
        body_bytes = 0
        try:
            reply = connection.get(url, headers, limit_s, self._max_body_bytes)
            body_bytes = len(reply.body)
        except HubUnreachable:
            self._check_deadline()
            raise
        finally:
            self._free_connections.put(connection)
            self._count(tally, started, body_bytes)
        self._note(url, reply)
        return reply

    def _free_connection(self) -> Connection:
        remaining = self._remaining_s()
        try:
            return self._free_connections.get(timeout=None if remaining == math.inf else max(0.0, remaining))
        except Empty:
            raise _out_of_time() from None

    def _count(self, tally: Tally | None, started: float, body_bytes: int) -> None:
        if tally is None:
            return
        with self._lock:
            tally.requests += 1
            tally.bytes += body_bytes
            tally.started = started if tally.started is None else min(tally.started, started)
            tally.ended = self._clock()

    def _note(self, url: httpx.URL, reply: Reply) -> None:
        limits = limits_of(reply.headers)
        # The bucket of this kind of request if it is named, otherwise any that is stated.
        for limit in [limit for limit in limits if limit.bucket == _kind(url)] or limits:
            self._budget(url).learn(limit)
        if origin_of(url) != origin_of(self._endpoint):
            return
        with self._lock:
            self._server_clock.note(reply.headers)
        server = reply.headers.get("server", "")
        if server.startswith("hf-providers-replay"):
            self._replay = clean(server, 60)
            self.replayed_at = clean(reply.headers.get("x-replay-observed-at", ""), 40) or None

    def _budget(self, url: httpx.URL) -> Budget:
        with self._lock:
            return self._budgets.setdefault((origin_of(url), _kind(url)), Budget(self._clock))

    def _wait_turn(self, url: httpx.URL) -> None:
        """Wait until the rate limit allows a request; raise if it will not in time."""
        budget = self._budget(url)
        self._check_deadline()
        while (wait := budget.claim()) > 0:
            if wait > min(MAX_WAIT_S, self._remaining_s()):
                raise rate_limited(url, wait, attempts=1)
            self._sleep(wait)

    def _remaining_s(self) -> float:
        return math.inf if self._ends_at is None else self._ends_at - self._clock()

    def _check_deadline(self) -> None:
        if self._remaining_s() <= 0:
            raise _out_of_time()


def _out_of_time() -> HubTimeout:
    return HubTimeout("the time for all requests together is over", "try again later")


def _kind(url: httpx.URL) -> str:
    """Return the Hub's bucket that a request counts against."""
    if url.path.startswith(("/api/", "/v1/")):  # first: `resolve` may be part of a model's id there
        return "api"
    return "resolvers" if "/resolve/" in url.path else "pages"
