"""A small client of GitHub's REST API, with the rights of a workflow's job.

The token comes from GITHUB_TOKEN alone. It is sent to GITHUB_API_URL and, with a release's file, to the upload address
that this API names, which must be its own host or GitHub's; redirects are not followed, and no error shows the token.
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
"""The default time limit of all requests of a command; every job has at least fifteen minutes."""
_REQUEST_S: Final = 60.0
_TIMEOUT: Final = httpx.Timeout(_REQUEST_S, connect=10.0)
_API: Final = "https://api.github.com"
_UPLOADS: Final = ("https", "uploads.github.com", None)
_API_VERSION: Final = "2022-11-28"
_AGAIN: Final = (408, 429, 500, 502, 503, 504)
_REPOSITORY: Final = re.compile(r"[0-9A-Za-z_.-]{1,100}/[0-9A-Za-z_.-]{1,100}")
_HINTS: Final = {
    401: "check that GITHUB_TOKEN is this job's token and has not expired",
    403: "give the job the permission that docs/operate.md names for it",
    404: "check that GITHUB_REPOSITORY is right, and that the token may read it",
    410: "enable Issues, which are off in a fork: Settings → Features → Issues",
}


class _Refusal(BaseModel):
    """The body of GitHub's answer to a failed request."""

    message: str
    errors: list[object] = []


class GitHub:
    """The repository that the environment of a job names."""

    def __init__(
        self, environ: Mapping[str, str], sleep: Callable[[float], None] = time.sleep, limit_s: float = COMMAND_S
    ) -> None:
        """Read the environment; no request is made yet.

        Args:
            environ: With GITHUB_TOKEN and GITHUB_REPOSITORY; GITHUB_API_URL where it is not github.com's.
            sleep: Waits a number of seconds between two tries.
            limit_s: The time limit of all requests.

        Raises:
            GitHubError: a variable is missing, or an address is not safe.
        """
        token, self.repository = environ.get("GITHUB_TOKEN", ""), environ.get("GITHUB_REPOSITORY", "")
        if not token or not _REPOSITORY.fullmatch(self.repository):
            raise GitHubError(
                "GITHUB_TOKEN and GITHUB_REPOSITORY (owner/name) are not both set",
                "every workflow step has the second; set the first: env: GITHUB_TOKEN: ${{ github.token }}",
            )
        self._api = _safe(environ.get("GITHUB_API_URL") or _API)
        headers = {
            "User-Agent": user_agent(),
            "Authorization": f"Bearer {token}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": _API_VERSION,
        }
        # Without `auth`, httpx would send credentials of a .netrc file in place of the token.
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
        """Return the resource at `path` of the repository.

        Raises:
            GitHubError: it cannot be fetched, or has another shape.
        """
        return self._parsed(self._with_retry("GET", self._url(path)), path, answer)

    def every(self, path: str, answer: type[T]) -> list[T]:
        """Return the items of all pages at `path`.

        Raises:
            GitHubError: they cannot be fetched, or there are implausibly many.
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
        """Send a change that may safely be repeated (PUT, PATCH, DELETE), and return the answer.

        Raises:
            GitHubError: it was refused, or GitHub cannot be reached.
        """
        return self._parsed(self._with_retry(method, self._url(path), body), path, answer)

    def create(self, path: str, body: Mapping[str, Any], answer: type[T]) -> T:
        """Create something, and return it. Not retried: a second request might make two.

        Raises:
            GitHubError: it was refused, or GitHub cannot be reached.
        """
        return self._parsed(self._once(self._url(path), json=dict(body)), path, answer)

    def upload(self, url: str, name: str, file: Path, answer: type[T]) -> T:
        """Upload a file to the address that the API named for it, and return the asset.

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
        """Return the upload address of a release, if the token may be sent there."""
        url = _safe(text)
        if (url.scheme, url.host, url.port) not in (_UPLOADS, (self._api.scheme, self._api.host, self._api.port)):
            raise GitHubError(
                f"the upload address of the release is at {url.host}, which is not GitHub's",
                "check that GITHUB_API_URL is GitHub's own",
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
        """Post without retrying: a second request might make two."""
        ask = partial(self._asked, "POST", url, limit_s, **named)
        return with_backoff(ask, self._sleep, longest_wait_s=0, attempts=1)

    def _asked(self, method: str, url: httpx.URL, limit_s: float, **named: Any) -> bytes:
        """Return the body of a successful answer; raise for any other."""
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
        except (httpx.InvalidURL, ValueError):  # httpx parses a redirect's address even where it does not follow it
            raise GitHubError(f"{request}: redirects to an invalid address", "check GITHUB_API_URL") from None
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
                f"GitHub's answer about {path} is not understood: {reason}", "check whether a newer release reads it"
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
        raise GitHubError(f"{text!r:.200} is no address to send a token to", "check GITHUB_API_URL: it must be https")
    return url


def _refuse(response: httpx.Response, request: str, body: bytes) -> None:
    """Raise the error for an answer that is no success."""
    status, answer = response.status_code, _told(body)
    error = GitHubError(
        f"GitHub answered {status} to {request}: {answer}",
        _HINTS.get(status, "try again later"),
        status,
    )
    wait_s = _limited_s(response.headers, answer) if status in (403, 429) else None
    if wait_s is not None:
        error.hint = f"the rate limit is used up: run it again in {wait_s:,.0f} s"
    # GitHub may block a client that keeps asking under a limit: a longer wait is left to the next run.
    if (wait_s is None and status in _AGAIN) or (wait_s is not None and wait_s <= _LONGEST_WAIT_S):
        raise TryAgain(error, wait_s)
    raise error


def _told(body: bytes) -> str:
    """Return the reason in an answer, with its details, such as `already_exists`."""
    try:
        refusal = _Refusal.model_validate_json(body)
    except ValidationError:
        return "no reason given"
    codes = {error["code"] for error in refusal.errors if isinstance(error, dict) and "code" in error}
    text = ", ".join([refusal.message, *sorted(map(str, codes))])
    return "".join(c for c in text if c.isprintable())[:200]


def _limited_s(headers: httpx.Headers, answer: str) -> float | None:
    """Return the seconds to wait where a limit was reached: as the answer says, or a minute; else None."""
    asked = retry_after_s(headers)
    if asked is None and headers.get("x-ratelimit-remaining") == "0":
        reset = headers.get("x-ratelimit-reset", "")
        return max(float(reset[:12]) - time.time(), 1.0) if re.fullmatch("[0-9]+", reset) else _LONGEST_WAIT_S
    return _LONGEST_WAIT_S if asked is None and "rate limit" in answer else asked
