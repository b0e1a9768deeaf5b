"""Fetch the newest published snapshot, verified, and use it from then on.

It is kept in $HFP_CACHE, or hf-providers in the cache folder, and the address it came from is remembered. Only what
has changed is fetched; the snapshot that is there stays until the new one is whole and opens. With --check nothing is
fetched: exit code 0 says that there is nothing newer, 5 that there is.
"""

from __future__ import annotations

import os

from hf_providers.catalog.database import READS_SCHEMA
from hf_providers.catalog.locate import cache_folder
from hf_providers.cli import output
from hf_providers.cli.exits import IN_PART, OK, USAGE, Stop
from hf_providers.sync.address import address
from hf_providers.sync.unchanged import unchanged

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from hf_providers.cli.option_types import OutputOptions
    from hf_providers.sync.unchanged import Unchanged
    from hf_providers.sync.update import Synced

    class SyncOptions(OutputOptions):
        """`hfp sync`."""

        url: str | None
        check: bool
        force: bool


FIELDS = ("version", "checked_at", "newer", "files", "bytes", "folder", "url")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "--from",
        dest="url",
        metavar="URL",
        help="a published manifest, or its folder (default: $HFP_DATA_URL, the last one, or this release's)",
    )
    parser.add_argument("--check", action="store_true", help="only say whether there is a newer one")
    parser.add_argument(
        "--force",
        action="store_true",
        help="accept a snapshot that is older than the local one, or dated later than this machine's clock",
    )


def main(options: SyncOptions) -> int:
    """Sync, and say what was done."""
    if options.snapshot:
        raise Stop(USAGE, "hfp sync fetches into the cache, not into --snapshot", "name another cache: HFP_CACHE=DIR")
    folder = cache_folder(os.environ)
    url = options.url or address(folder, os.environ)
    if url is None:
        raise Stop(USAGE, "no address to sync from is known: this is not a release", "give one: hfp sync --from URL")
    done = unchanged(url, folder, os.environ, locks=not options.check) or _synced(url, folder, options)
    result: dict[str, object] = {name: getattr(done, name) for name in FIELDS} | {"folder": str(done.folder)}
    if options.format == "json":
        output.write_json({"schema_version": READS_SCHEMA, **result})
    elif options.format == "csv":
        output.write_csv(FIELDS, [[result[name] for name in FIELDS]], raw=options.raw)
    else:
        print(text(done, check=options.check))
    return IN_PART if options.check and done.newer else OK


def _synced(url: str, folder: str, options: SyncOptions) -> Synced:
    from hf_providers.cli.sync_snapshot import synced

    return synced(url, folder, force=options.force, check=options.check)


def text(done: Synced | Unchanged, *, check: bool) -> str:
    """Return what was found or done, in a line."""
    which = f"snapshot {done.version} of {done.checked_at[:10]} {done.checked_at[11:16]} UTC"
    if not done.newer and not done.files:
        return f"already the newest: {which}"
    if check:
        return f"newer: {which}; fetch it: hfp sync"
    if not done.files:
        return f"{which} is in use (checked again there; no file has changed)"
    return f"{which} is in use ({done.files} files, {done.bytes / 10**6:,.1f} MB fetched into {done.folder})"
