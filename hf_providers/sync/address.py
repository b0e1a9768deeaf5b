"""Return the address to sync from: the argument, $HFP_DATA_URL, the last one synced from, or this release's.

A release is built with the address of the repository that builds it; a source checkout has none. Imported for every
answer, whose footer names it, so it imports little.
"""

from __future__ import annotations

import os

from hf_providers.catalog.json_text import read_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

STATE = ".sync.json"
"""The file next to a synced dataset with its address, and the validators for the next request."""
BUILT_IN = "data_url.txt"
"""The file next to this one in a release."""
MOST_BYTES = 1 << 16


def address(folder: str, environ: Mapping[str, str]) -> str | None:
    """Return the address of `hfp sync` without an argument; None where there is none.

    Args:
        folder: The folder of the synced dataset.
        environ: The environment: HFP_DATA_URL.
    """
    here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120
    return environ.get("HFP_DATA_URL") or remembered(folder) or _read(f"{here}/{BUILT_IN}").strip() or None


def remembered(folder: str) -> str | None:
    """Return the address that the dataset in this folder was synced from; None where it is unknown."""
    state = _read(f"{folder}/{STATE}")
    try:
        value = read_json("SELECT :state ->> '$.url'", state=state)[0][0] if state else None
    except ValueError:
        return None
    return value if isinstance(value, str) else None


def host(url: str) -> str:
    """Return the host of an address, without a name or password before it, or a query behind it."""
    return url.partition("://")[2].partition("/")[0].rpartition("@")[2].partition("?")[0]


def _read(path: str) -> str:
    if not os.path.isfile(path):  # noqa: PTH113 - and no pipe that somebody planted
        return ""
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return file.read(MOST_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""
