"""The few things that the schedule asks of GitHub's REST API, as a workflow's job may.

The token comes from GITHUB_TOKEN alone. It is sent to GITHUB_API_URL and, with a release's file, to the address that
this API named for it; redirects are not followed, and no error shows it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import httpx
import tenacity
from pydantic import TypeAdapter, ValidationError

from hf_providers.hub.client import PROJECT_URL
from hf_providers.hub.ratelimit import retry_after_s
from hf_providers.transfer import LOCAL

T = TypeVar("T")

ATTEMPTS: Final = 4
PER_PAGE: Final = 100
_MOST_PAGES: Final = 50
_MOST_BYTES: Final = 8 * 2**20
_LONGEST_WAIT_S: Final = 60.0
_TIMEOUT: Final = httpx.Timeout(60.0, connect=10.0)
_API: Final = "https://api.github.com"
_API_VERSION: Final = "2022-11-28"
_AGAIN: Final = (408, 429, 500, 502, 503, 504)
_REPOSITORY: Final = re.compile(r"[0-9A-Za-z_.-]{1,100}/[0-9A-Za-z_.-]{1,100}")
_PERMISSION: Final = {
    401: "see that GITHUB_TOKEN is this job's token and has not expired",
    403: "give the job the permission that docs/operate.md names for it",
    404: "see that GITHUB_REPOSITORY is right, and that the token may see it",
}


class GitHubError(Exception):
    """What GitHub refused or failed to do, in one line, and in `hint` what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class _TryAgain(Exception):
    """A failure that may pass; `error` is what is said in the end, `wait_s` what the server asks for."""

    def __init__(self, error: GitHubError, wait_s: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.wait_s = wait_s


class GitHub:
    """One repository, as the environment of a job names it."""

    def __init__(self, environ: Mapping[str, str], sleep: Callable[[float], None] = time.sleep) -> None:
        """Read the environment; nothing is asked yet.

        Args:
            environ: With GITHUB_TOKEN and GITHUB_REPOSITORY; GITHUB_API_URL where it is not github.com's.
            sleep: Waits a number of seconds between two tries.

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
            "User-Agent": f"hf-providers/{version('hf-providers')} (+{PROJECT_URL})",
            "Authorization": f"Bearer {token}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": _API_VERSION,
        }
        # A .netrc file would replace the token: nothing of the user's own is sent.
        self._client = httpx.Client(headers=headers, auth=_as_it_is, timeout=_TIMEOUT, follow_redirects=False)
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
        return self._parsed(self._patiently("GET", self._url(path)), path, answer)

    def every(self, path: str, answer: type[T]) -> list[T]:
        """Return the items of all pages at `path`.

        Raises:
            GitHubError: they cannot be had, or there are more than are believed.
        """
        found: list[T] = []
        joint = "&" if "?" in path else "?"
        for page in range(1, _MOST_PAGES + 1):
            body = self._patiently("GET", self._url(f"{path}{joint}per_page={PER_PAGE}&page={page}"))
            items = self._parsed(body, path, list[answer])  # type: ignore[valid-type]
            found += items
            if len(items) < PER_PAGE:
                return found
        raise GitHubError(f"GitHub has more than {len(found):,} entries at {path}", "remove what is not needed there")

    def change(self, method: str, path: str, body: Mapping[str, Any] | None, answer: type[T]) -> T:
        """Ask for a change that may be asked for twice (PUT, PATCH, DELETE), and return the answer.

        Raises:
            GitHubError: it was refused, or GitHub cannot be reached.
        """
        return self._parsed(self._patiently(method, self._url(path), body), path, answer)

    def create(self, path: str, body: Mapping[str, Any], answer: type[T]) -> T:
        """Create something, and return it. It is asked for once: a second time might make two.

        Raises:
            GitHubError: it was refused, or GitHub cannot be reached.
        """
        return self._parsed(self._once(lambda: self._asked("POST", self._url(path), json=dict(body))), path, answer)

    def upload(self, url: str, name: str, file: Path, answer: type[T]) -> T:
        """Upload a file to the address that the API named for it, and return what it became.

        Raises:
            GitHubError: it was refused, or GitHub cannot be reached.
        """
        target = _safe(url.partition("{")[0]).copy_merge_params({"name": name})
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(file.stat().st_size)}
        with file.open("rb") as content:
            body = self._once(lambda: self._asked("POST", target, headers=headers, content=content))
        return self._parsed(body, name, answer)

    def _url(self, path: str) -> httpx.URL:
        return httpx.URL(f"{str(self._api).rstrip('/')}/repos/{self.repository}/{path}")

    def _patiently(self, method: str, url: httpx.URL, body: Mapping[str, Any] | None = None) -> bytes:
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_TryAgain),
            stop=tenacity.stop_after_attempt(ATTEMPTS),
            wait=_wait,
            sleep=self._sleep,
            reraise=True,
        )
        named = {} if body is None else {"json": dict(body)}
        return self._once(lambda: retrying(lambda: self._asked(method, url, **named)))

    def _once(self, ask: Callable[[], bytes]) -> bytes:
        try:
            return ask()
        except _TryAgain as last:
            raise last.error from None

    def _asked(self, method: str, url: httpx.URL, **named: Any) -> bytes:
        """Return the body of the answer, if that is a success."""
        said = f"{method} {url.path}"
        try:
            with self._client.stream(method, url, **named) as response:
                body = bytearray()
                for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) > _MOST_BYTES:
                        raise GitHubError(f"GitHub's answer to {said} has no end", "try again later")
        except httpx.HTTPError as error:
            reason = f"{url.host} cannot be reached: {type(error).__name__}"
            raise _TryAgain(GitHubError(f"{said}: {reason}", "try again later: githubstatus.com")) from None
        if not response.is_success:
            _refuse(response, said, bytes(body))
        return bytes(body)

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


def _refuse(response: httpx.Response, said: str, body: bytes) -> None:
    """Raise what an answer other than success means."""
    try:
        told = TypeAdapter(dict[str, Any]).validate_json(body).get("message")
    except ValidationError:
        told = None
    plain = "".join(c for c in told if c.isprintable())[:200] if isinstance(told, str) else "no reason given"
    hint = _PERMISSION.get(response.status_code, "see the message, then try again")
    error = GitHubError(f"GitHub answered {response.status_code} to {said}: {plain}", hint)
    wait_s = retry_after_s(response.headers)
    limited = response.status_code == httpx.codes.FORBIDDEN and wait_s is not None
    raise _TryAgain(error, wait_s) if limited or response.status_code in _AGAIN else error


def _wait(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.wait_s if isinstance(error, _TryAgain) else None
    jittered = (tenacity.wait_exponential(multiplier=0.5, max=8) + tenacity.wait_random(0, 0.5))(state)
    return max(jittered, min(asked or 0.0, _LONGEST_WAIT_S))
