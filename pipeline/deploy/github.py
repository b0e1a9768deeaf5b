"""The few things that the schedule asks of GitHub's REST API, as a workflow's job may.

The token comes from GITHUB_TOKEN alone. It is sent to GITHUB_API_URL and, with a release's file, to the address that
this API names for it, which must be its own or github.com's for uploads; redirects are not followed, and no error
shows it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from hf_providers.hub.ratelimit import retry_after_s
from hf_providers.hub.redaction import redact_bytes
from hf_providers.hub.timed_http import Deadline, TimedClient, TimeOver, transfer_s, user_agent
from hf_providers.retry import TryAgain, with_backoff
from hf_providers.sync.download import LOCAL
from pipeline.errors import GitHubError

T = TypeVar("T")

PER_PAGE: Final = 100
_MOST_PAGES: Final = 50
_MOST_BYTES: Final = 8 * 2**20
_LONGEST_WAIT_S: Final = 60.0
COMMAND_S: Final = 600.0
"""The time for all requests of a command, unless it says another; no job has less than fifteen minutes."""
_REQUEST_S: Final = 60.0
_TIMEOUT: Final = httpx.Timeout(_REQUEST_S, connect=10.0)
_API: Final = "https://api.github.com"
_UPLOADS: Final = ("https", "uploads.github.com", None)
_API_VERSION: Final = "2022-11-28"
_AGAIN: Final = (408, 429, 500, 502, 503, 504)
_REPOSITORY: Final = re.compile(r"[0-9A-Za-z_.-]{1,100}/[0-9A-Za-z_.-]{1,100}")
_HINTS: Final = {
    401: "see that GITHUB_TOKEN is this job's token and has not expired",
    403: "give the job the permission that docs/operate.md names for it",
    404: "see that GITHUB_REPOSITORY is right, and that the token may see it",
    410: "switch Issues on, which a fork has off: Settings → Features → Issues",
}


class _Refusal(BaseModel):
    """What GitHub says with a failure."""

    message: str
    errors: list[object] = []


class GitHub:
    """One repository, as the environment of a job names it."""

    def __init__(
        self, environ: Mapping[str, str], sleep: Callable[[float], None] = time.sleep, limit_s: float = COMMAND_S
    ) -> None:
        """Read the environment; nothing is asked yet.

        Args:
            environ: With GITHUB_TOKEN and GITHUB_REPOSITORY; GITHUB_API_URL where it is not github.com's.
            sleep: Waits a number of seconds between two tries.
            limit_s: The time for all requests.

        Raises:
            GitHubError: something of it is missing, or is no safe address.
        """
        token, self.repository = environ.get("GITHUB_TOKEN", ""), environ.get("GITHUB_REPOSITORY", "")
        if not token or not _REPOSITORY.fullmatch(self.repository):
            raise GitHubError(
                "GITHUB_TOKEN and GITHUB_REPOSITORY (owner/name) are not both set",
                "a workflow's step has the second; give it the first: env: GITHUB_TOKEN: ${{ github.token }}",
            )
        self._api = _safe(environ.get("GITHUB_API_URL") or _API)
        headers = {
            "User-Agent": user_agent(),
            "Authorization": f"Bearer {token}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": _API_VERSION,
        }
        # A .netrc file would replace the token: nothing of the user's own is sent.
        self._token = token
        self._deadline = Deadline(limit_s)
        self._client = TimedClient(self._deadline, headers=headers, auth=_as_it_is, timeout=_TIMEOUT)
        self._sleep = sleep

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def get(self, path: str, answer: type[T]) -> T:
        """Return what is at `path` below the repository.

        Raises:
            GitHubError: it cannot be had, or is not what it should be.
        """
        return self._parsed(self._with_retry("GET", self._url(path)), path, answer)

    def every(self, path: str, answer: type[T]) -> list[T]:
        """Return the items of all pages at `path`.

        Raises:
            GitHubError: they cannot be had, or there are more than are believed.
        """
        everything: list[T] = []
        joint = "&" if "?" in path else "?"
        for page in range(1, _MOST_PAGES + 1):
            body = self._with_retry("GET", self._url(f"{path}{joint}per_page={PER_PAGE}&page={page}"))
            items = self._parsed(body, path, list[answer])  # type: ignore[valid-type]
            everything += items
            if len(items) < PER_PAGE:
                return everything
        raise GitHubError(
            f"GitHub has more than {len(everything):,} entries at {path}", "remove what is not needed there"
        )

    def change(self, method: str, path: str, body: Mapping[str, Any] | None, answer: type[T]) -> T:
        """Ask for a change that may be asked for twice (PUT, PATCH, DELETE), and return the answer.

        Raises:
            GitHubError: it was refused, or GitHub cannot be reached.
        """
        return self._parsed(self._with_retry(method, self._url(path), body), path, answer)

    def create(self, path: str, body: Mapping[str, Any], answer: type[T]) -> T:
        """Create something, and return it. It is asked for once: a second time might make two.

        Raises:
            GitHubError: it was refused, or GitHub cannot be reached.
        """
        return self._parsed(self._once(self._url(path), json=dict(body)), path, answer)

    def upload(self, url: str, name: str, file: Path, answer: type[T]) -> T:
        """Upload a file to the address that the API named for it, and return what it became.

        Raises:
            GitHubError: it was refused, or GitHub cannot be reached.
        """
        target = self._for_uploads(url.partition("{")[0]).copy_merge_params({"name": name})
        size = file.stat().st_size
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        with file.open("rb") as content:
            body = self._once(target, transfer_s(size), headers=headers, content=content)
        return self._parsed(body, name, answer)

    def _for_uploads(self, text: str) -> httpx.URL:
        """Return the address that a release named for its files, where the token may go there."""
        url = _safe(text)
        if (url.scheme, url.host, url.port) not in (_UPLOADS, (self._api.scheme, self._api.host, self._api.port)):
            raise GitHubError(
                f"the release wants its files sent to {url.host}, which is not GitHub's",
                "see that GITHUB_API_URL is GitHub's own",
            )
        return url

    def _url(self, path: str) -> httpx.URL:
        return httpx.URL(f"{str(self._api).rstrip('/')}/repos/{self.repository}/{path}")

    def _with_retry(self, method: str, url: httpx.URL, body: Mapping[str, Any] | None = None) -> bytes:
        named = {} if body is None else {"json": dict(body)}
        return with_backoff(
            lambda: self._asked(method, url, _REQUEST_S, **named),
            self._sleep,
            longest_wait_s=_LONGEST_WAIT_S,
            remaining_s=self._deadline.remaining_s,
        )

    def _once(self, url: httpx.URL, limit_s: float = _REQUEST_S, **named: Any) -> bytes:
        """Post once, since a second time might make two."""
        ask = partial(self._asked, "POST", url, limit_s, **named)
        return with_backoff(ask, self._sleep, longest_wait_s=0, attempts=1)

    def _asked(self, method: str, url: httpx.URL, limit_s: float, **named: Any) -> bytes:
        """Return the body of the answer, if that is a success."""
        request = f"{method} {url.path}"
        try:
            with self._client.stream(method, url, limit_s, **named) as response:
                body = bytearray()
                for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) > _MOST_BYTES:
                        raise GitHubError(f"GitHub's answer to {request} has no end", "try again later")
        except TimeOver as error:
            raise GitHubError(f"{request}: {error}", "try again later: githubstatus.com") from None
        except (httpx.InvalidURL, ValueError):  # httpx looks at a redirect even where it is not to follow it
            raise GitHubError(f"{request}: redirects to what is no address", "see GITHUB_API_URL") from None
        except httpx.HTTPError as error:
            reason = f"{url.host} cannot be reached: {type(error).__name__}"
            raise TryAgain(GitHubError(f"{request}: {reason}", "try again later: githubstatus.com")) from None
        text = redact_bytes(bytes(body), self._token)
        if not response.is_success:
            _refuse(response, request, text)
        return text

    @staticmethod
    def _parsed(body: bytes, path: str, answer: type[T]) -> T:
        try:
            return TypeAdapter(answer).validate_json(body or b"null")
        except ValidationError as error:
            reason = error.errors(include_url=False, include_input=False)[0]["msg"]
            raise GitHubError(
                f"GitHub's answer about {path} is not understood: {reason}", "see whether a newer release reads it"
            ) from None


def _as_it_is(request: httpx.Request) -> httpx.Request:
    return request


def _safe(text: str) -> httpx.URL:
    """Return an address that a token may be sent to: https, or http on this machine."""
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        url = httpx.URL()
    if not url.host or url.userinfo or not (url.scheme == "https" or (url.scheme == "http" and url.host in LOCAL)):
        raise GitHubError(f"{text!r:.200} is no address to send a token to", "see GITHUB_API_URL: it must be https")
    return url


def _refuse(response: httpx.Response, request: str, body: bytes) -> None:
    """Raise what an answer other than success means."""
    status, answer = response.status_code, _told(body)
    error = GitHubError(
        f"GitHub answered {status} to {request}: {answer}",
        _HINTS.get(status, "see the message, then try again"),
        status,
    )
    wait_s = _limited_s(response.headers, answer) if status in (403, 429) else None
    if wait_s is not None:
        error.hint = f"the rate limit is used up: run it again in {wait_s:,.0f} s"
    # Who goes on asking under a limit may be shut out: what takes longer is left to the next run.
    if (wait_s is None and status in _AGAIN) or (wait_s is not None and wait_s <= _LONGEST_WAIT_S):
        raise TryAgain(error, wait_s)
    raise error


def _told(body: bytes) -> str:
    """The reason that an answer gives, with what is wrong in detail: `already_exists`."""
    try:
        refusal = _Refusal.model_validate_json(body)
    except ValidationError:
        return "no reason given"
    codes = {error["code"] for error in refusal.errors if isinstance(error, dict) and "code" in error}
    text = ", ".join([refusal.message, *sorted(map(str, codes))])
    return "".join(c for c in text if c.isprintable())[:200]


def _limited_s(headers: httpx.Headers, answer: str) -> float | None:
    """Return the seconds to wait where a limit was reached: as asked, to the reset, or a minute; else None."""
    asked = retry_after_s(headers)
    if asked is None and headers.get("x-ratelimit-remaining") == "0":
        reset = headers.get("x-ratelimit-reset", "")
        return max(float(reset[:12]) - time.time(), 1.0) if re.fullmatch("[0-9]+", reset) else _LONGEST_WAIT_S
    return _LONGEST_WAIT_S if asked is None and "rate limit" in answer else asked
