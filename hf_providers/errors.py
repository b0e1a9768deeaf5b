"""The errors of the library and of `hfp`: `str(error)` says what is wrong in one line, `error.hint` what to do.

    HfProvidersError
    ├── SnapshotError           no snapshot, or one that cannot be read
    │   ├── NoTables            it has no Parquet tables, which SQL needs
    │   └── ManifestError       its manifest is missing, damaged, or names files outside it
    ├── StatementRefused        an SQL statement would do more than read
    ├── ModelNotFound           no model is meant
    ├── AmbiguousModel          several models fit
    ├── UnknownProvider         the snapshot knows no provider of this id
    ├── NoSnippet               no ready-made code for the request
    │   └── NotServed           no provider serves the model in the requested way
    ├── LogError                a usage log cannot be read at all
    ├── Unpriced                a request has no known cost
    │   └── NoSuchProvider      it names a provider that the snapshot does not have
    ├── UnknownError            a config.json does not say it
    ├── SyncError               no newer dataset was fetched
    │   ├── BadAddress          not an address of a dataset
    │   ├── FileGone            the server has no such file
    │   ├── OtherBytes          it has another file than the manifest names
    │   └── NoManifest          nothing is published there
    └── HubError                the Hub or the router gave no usable answer
        ├── HubUnreachable      no connection, or a failing server
        ├── HubRefused          a final refusal
        │   └── HubNotFound     nothing there
        ├── HubRateLimited      the rate limit is reached
        ├── HubBadAnswer        an unusable answer
        ├── HubTimeout          the time of the whole run is over
        ├── HubOffline          HF_HUB_OFFLINE forbids requests
        └── CallError           a paid call was refused or failed

A command's exit (`cli.exits.Stop`) and exceptions that never reach a caller are defined where they are used; the
pipeline's own errors are in `pipeline/errors.py`. Imported for every answer, so it imports nothing itself.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar


class HfProvidersError(Exception):
    """What went wrong, in one line, and in `hint` what to do about it, where something can be done.

    >>> from hf_providers import Model
    >>> try:
    ...     Model("qwweenn")
    ... except HfProvidersError as error:
    ...     type(error).__name__
    'ModelNotFound'
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class SnapshotError(HfProvidersError):
    """The snapshot is missing, damaged, or of a layout that this release does not read."""


class NoTables(SnapshotError):
    """The snapshot has no Parquet tables to query."""


class ManifestError(SnapshotError):
    """A manifest is missing, damaged, of another layout, or names files outside the dataset."""


class StatementRefused(HfProvidersError):
    """An SQL statement would do more than read the dataset."""


class ModelNotFound(HfProvidersError, LookupError):
    """No model of the snapshot is meant. `nearest` are ids of similar names, best first.

    >>> from hf_providers import Model
    >>> try:
    ...     Model("qwweenn")
    ... except ModelNotFound as error:
    ...     error.nearest[0]
    'Qwen/Qwen3-8B'
    """

    def __init__(self, query: str, nearest: list[str], instead: str = "") -> None:
        super().__init__(
            f"no model {query!r} in the snapshot"
            + (f"; {instead}" if instead else "")
            + (f"; nearest: {', '.join(nearest[:5])}" if nearest else "")
        )
        self.nearest = nearest


class AmbiguousModel(HfProvidersError, LookupError):
    """Several models have the name. `matches` are the ids of the first of them, the most used first.

    >>> from hf_providers import Model
    >>> try:
    ...     Model("meta-llama-3-8b-instruct")
    ... except AmbiguousModel as error:
    ...     Model(error.matches[0])
    Model('meta-llama/Meta-Llama-3-8B-Instruct')
    """

    def __init__(self, query: str, matches: list[str], total: int) -> None:
        super().__init__(f"{query!r} fits {total} models: {', '.join(matches[:5])}")
        self.matches = matches


class UnknownProvider(HfProvidersError, KeyError, ValueError):
    """The snapshot knows no provider of this id; the message lists those that it knows.

    A KeyError, as of a mapping, and a ValueError, as of an argument.

    >>> from hf_providers import providers
    >>> try:
    ...     providers.get("grok")
    ... except UnknownProvider as error:
    ...     str(error)[:36]
    "no provider 'grok' in the snapshot: "
    """

    def __str__(self) -> str:
        return str(self.args[0])


class NoSnippet(HfProvidersError, LookupError):
    """There is no ready-made code for what was asked; the message says what there is instead.

    >>> from hf_providers import Model
    >>> try:
    ...     Model("deepseek-r1").snippet("python", provider="cohere")
    ... except NoSnippet as error:
    ...     str(error)
    'cohere does not serve deepseek-ai/DeepSeek-R1 for conversational'
    """


class NotServed(NoSnippet):
    """No provider of the kind that was asked for serves the model."""


class LogError(HfProvidersError):
    """A usage log can't be read at all.

    >>> from hf_providers import bill
    >>> try:
    ...     bill("no/such.jsonl")
    ... except LogError as error:
    ...     str(error)[:22]
    "the log can't be read:"
    """


class Unpriced(HfProvidersError):
    """A request has no known cost."""


class NoSuchProvider(Unpriced):
    """A request names a provider that the snapshot does not have."""


class UnknownError(HfProvidersError):
    """A config.json does not say something; the message is one line for people."""


class SyncError(HfProvidersError):
    """No newer dataset was fetched; the local one is as it was.

    Attributes:
        local: Whether the cause is on this machine, not at the server.
    """

    def __init__(self, message: str, hint: str, *, local: bool = False) -> None:
        super().__init__(message, hint)
        self.local = local


class BadAddress(SyncError):
    """This is not an address to fetch from."""


class FileGone(SyncError):
    """The server says that it has no such file: a definite 404 or 410."""


class OtherBytes(SyncError):
    """The server's file is not the one that the manifest names."""


class NoManifest(SyncError):
    """The server says that there is no manifest: a definite 404 or 410."""


class HubError(HfProvidersError):
    """A request to the Hub or the router that gave no usable answer.

    >>> HubError("the Hub did not answer", "try again in a minute").hint
    'try again in a minute'

    Attributes:
        hint: One line that says what to do.
        attempts: How often a request that ends like this is tried in all; 1 is final.
    """

    ATTEMPTS: ClassVar[int] = 1

    def __init__(self, message: str, hint: str, *, attempts: int | None = None) -> None:
        super().__init__(message, hint)
        self.attempts = self.ATTEMPTS if attempts is None else attempts


class HubUnreachable(HubError):
    """No connection, a broken one, a request that took too long, or a failing server (408, 5xx)."""

    ATTEMPTS = 5


class HubRefused(HubError):
    """A final refusal: 401, 403, or another 4xx.

    Attributes:
        status: The HTTP status; 0 where no answer had it.
    """

    def __init__(self, message: str, hint: str = "", *, status: int = 0) -> None:
        super().__init__(message, hint)
        self.status = status


class HubNotFound(HubRefused):
    """Nothing there: 404, or the 401 that an anonymous caller gets for a missing or private model."""


class HubRateLimited(HubError):
    """The rate limit is reached.

    Attributes:
        wait_s: Seconds until it resets, as the server said; a cautious guess where it said nothing.
    """

    ATTEMPTS = 5

    def __init__(self, message: str, hint: str, *, wait_s: float, attempts: int | None = None) -> None:
        super().__init__(message, hint, attempts=attempts)
        self.wait_s = wait_s


class HubBadAnswer(HubError):
    """An answer that is not what was asked for: truncated, too large, not JSON, of another shape, an error in a 200."""

    ATTEMPTS = 3


class HubTimeout(HubError):
    """The time that the whole run may take is over."""


class HubOffline(HubError):
    """HF_HUB_OFFLINE forbids requests."""


class CallError(HubError):
    """A paid call that was refused or failed. `status` is the HTTP status, or None without an answer.

    >>> CallError("no credits are left", "buy some, or wait for the next month", 402).status
    402
    """

    def __init__(self, message: str, hint: str, status: int | None = None) -> None:
        super().__init__(message, hint)
        self.status = status


def install_hint(extra: str) -> str:
    """Return what to type: by the package's name where it is installed, else from the bare checkout.

    pip adds an extra to an installed package without asking an index for the package itself.
    """
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        distribution("hf-providers")
    except PackageNotFoundError:
        return f"install it: pip install '.[{extra}]' in the checkout"
    return f"install it: pip install 'hf-providers[{extra}]'"
