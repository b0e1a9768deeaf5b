"""Find the snapshot that answers: the named one, else the newer of the synced and the installed one.

Imported for every answer, so it imports little, like `database`.
"""

from __future__ import annotations

import os
import sys

from hf_providers.catalog.database import FILE, MEND, Catalog
from hf_providers.catalog.json_text import manifest_text, read_json
from hf_providers.errors import SnapshotError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


def open_snapshot(explicit: str | None, environ: Mapping[str, str]) -> Catalog:
    """Open the snapshot that `find` finds.

    Raises:
        SnapshotError: there is none, or it can't be read; the hint names the next one that can.
    """
    try:
        path = find(explicit, environ)
        try:
            return Catalog(path)
        except SnapshotError:
            newer = find(explicit, environ)  # a sync may have replaced it meanwhile
            if newer == path:
                raise
            return Catalog(newer)
    except SnapshotError as error:
        spare = _first_usable(environ)
        if spare is None:
            raise
        raise SnapshotError(str(error), f"{error.hint}, or set HFP_SNAPSHOT={spare}") from None


def find(explicit: str | None, environ: Mapping[str, str]) -> str:
    """Return the path of the catalog: `explicit`, or $HFP_SNAPSHOT, or the newer of the synced and the installed one.

    Each may be a dataset's folder, a folder with a catalog.sqlite, or the file itself.

    Raises:
        SnapshotError: none is there, or the first that is has a manifest that can't be read.
    """
    named = explicit or environ.get("HFP_SNAPSHOT")
    if named:
        path = _catalog_in(named)
        if path is None:
            fetch = f"fetch it first: hfp sync --from {named}" if "://" in named else None
            raise SnapshotError(
                f"there is no snapshot at {named}", fetch or "name a dataset's folder or a catalog.sqlite"
            )
        return path
    places = _places(environ)
    first = next(filter(None, map(_catalog_in, places)), None)
    if first is None:
        raise SnapshotError("there is no snapshot on this machine", MEND)
    others = [path for path in map(_readable_in, places) if path]
    return _newest(first, others) if others else first


def ignored(used: str, environ: Mapping[str, str]) -> str | None:
    """Return the path of the synced catalog if it is unused because the one in use has newer facts."""
    if environ.get("HFP_SNAPSHOT"):
        return None
    try:
        synced = _catalog_in(cache_folder(environ))
    except SnapshotError:
        return None
    installed = any(os.path.abspath(used).startswith(f"{place}/") for place in _installed())  # noqa: PTH100
    return synced if installed and synced != used else None


def _readable_in(place: str) -> str | None:
    """Return the path of the catalog at a path; None where there is none, or its manifest cannot be read."""
    try:
        return _catalog_in(place)
    except SnapshotError:
        return None


def _newest(first: str, others: Iterable[str]) -> str:
    """Return the path whose facts are newest, `first` where nothing is newer or it cannot be read: opening says why."""
    checked_at = _checked_at(first)
    if checked_at is None:
        return first
    for path in others:
        found = _checked_at(path)
        if found is not None and found > checked_at:
            first, checked_at = path, found
    return first


def _checked_at(path: str) -> str | None:
    """Return when a catalog's facts were last checked, as ISO text in UTC; None where it cannot be read."""
    try:
        with Catalog(path) as catalog:
            return catalog.meta().get("checked_at")
    except SnapshotError:
        return None


def cache_folder(environ: Mapping[str, str], system: str = sys.platform) -> str:
    """Return the folder of the synced dataset: $HFP_CACHE, or in the system's folder for caches."""
    if environ.get("HFP_CACHE"):
        return environ["HFP_CACHE"]
    home = os.path.expanduser("~")  # noqa: PTH111
    if environ.get("XDG_CACHE_HOME"):
        return f"{environ['XDG_CACHE_HOME']}/hf-providers"
    if system == "win32":
        return f"{environ.get('LOCALAPPDATA') or home + '/AppData/Local'}/hf-providers/Cache"
    return f"{home}/Library/Caches/hf-providers" if system == "darwin" else f"{home}/.cache/hf-providers"


def _places(environ: Mapping[str, str]) -> Iterator[str]:
    """Yield where a snapshot may be when none is named: synced, installed with the program, or in a checkout."""
    yield cache_folder(environ)
    yield from _installed()


def _installed() -> tuple[str, str]:
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
    return f"{here}/_bundled/data", f"{os.path.dirname(here)}/data"  # noqa: PTH120


def _first_usable(environ: Mapping[str, str]) -> str | None:
    """Return the first path whose snapshot can be read; one that was refused is refused here again."""
    for place in _places(environ):
        try:
            path = _catalog_in(place)
            if path is not None:
                Catalog(path).close()
                return place
        except SnapshotError:
            continue
    return None


def _catalog_in(place: str) -> str | None:
    """Return the catalog of a dataset's folder, of a plain folder, or the file itself; None where there is none."""
    if os.path.isfile(place):  # noqa: PTH113
        return place
    manifest = f"{place}/manifest.json"
    if os.path.isfile(manifest):  # noqa: PTH113
        return f"{place}/{_named_in(manifest)}"
    return f"{place}/{FILE}" if os.path.isfile(f"{place}/{FILE}") else None  # noqa: PTH113


def _named_in(manifest: str) -> str:
    """Return the relative path of the catalog that a manifest names."""
    text = manifest_text(manifest)
    try:
        rows = read_json("SELECT value ->> 'path' FROM json_each(:text, '$.files')", text=text)
    except ValueError as error:
        raise SnapshotError(f"{manifest} is damaged: {error}", MEND) from None
    paths = [str(path) for (path,) in rows if str(path).rpartition("/")[2] == FILE]
    if not paths or paths[0].startswith("/") or ".." in paths[0].split("/") or set(paths[0]) & {"\\", ":"}:
        raise SnapshotError(f"{manifest} names no {FILE} in its folder", MEND)
    return paths[0]
