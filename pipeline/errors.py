"""The errors of the pipeline: `str(error)` says what is wrong in one line, `error.hint` what to do.

    hf_providers.errors.HfProvidersError
    ├── DatasetError            a dataset is missing or damaged, or cannot be written
    ├── RunError                a run published nothing
    │   └── OlderError          what it observed is older than what is published
    ├── PartialError            published, but some source failed or went stale
    ├── QueryError              a query's comment lacks what the docs are made from
    ├── BackfillError           a recording cannot be merged
    ├── ReplayError             the replay cannot start
    ├── AssetError              the site's scripts cannot be bundled
    └── GitHubError             GitHub refused or failed

An exception that never leaves its module is defined there.
"""

from __future__ import annotations

from hf_providers.errors import HfProvidersError


class DatasetError(HfProvidersError):
    """What is wrong with a dataset."""


class RunError(HfProvidersError):
    """Why nothing was published."""


class OlderError(RunError):
    """What was observed is older than what is published."""


class PartialError(HfProvidersError):
    """Which sources failed or went stale; the process ends with `code`."""

    code = 4


class QueryError(HfProvidersError):
    """What is wrong with a query's comment."""


class BackfillError(HfProvidersError):
    """Why a recording cannot be merged."""


class ReplayError(HfProvidersError):
    """Why the replay cannot start."""


class AssetError(HfProvidersError):
    """Why the scripts cannot be bundled."""


class GitHubError(HfProvidersError):
    """What GitHub refused or failed to do; `status` where it answered."""

    def __init__(self, message: str, hint: str, status: int | None = None) -> None:
        super().__init__(message, hint)
        self.status = status
