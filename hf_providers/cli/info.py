"""Which snapshot answers: where it is, when its facts were observed, and where they come from.

With --verify every file is hashed again and held against the manifest; that the manifest itself is the published one
can be checked by its attestation where it was synced: gh attestation verify MANIFEST --repo OWNER/REPOSITORY
"""

from __future__ import annotations

from hf_providers.catalog import MEND, READS_SCHEMA
from hf_providers.cli import NO_SNAPSHOT, OK, Stop, output, pick
from hf_providers.cli.table import Column
from hf_providers.text import clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

COUNTED = ("models", "offers", "providers", "price_history", "status_history", "changes")
FIELDS = (output.Field("key", Column("Key")), output.Field("value", Column("Value")))


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--verify", action="store_true", help="hash every file of it again; 3 where one is not right")


def main(args: argparse.Namespace) -> int:
    """Show the snapshot's facts about itself, and how many rows it has of what."""
    if args.verify:
        return verified(args)
    with pick.catalog(args) as catalog:
        there = {row[0] for row in catalog.query("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        counts = {name: catalog.query(f"SELECT count(*) FROM {name}")[0][0] for name in COUNTED if name in there}  # noqa: S608 our own names
        meta = {"path": catalog.path, **catalog.meta()}
        if args.format == "json":
            output.write_json({"schema_version": READS_SCHEMA, "snapshot": {**meta, "rows": counts}})
        else:
            rows = [{"key": key, "value": value} for key, value in (meta | counts).items()]
            output.listing(args, FIELDS, rows, catalog)
    return OK


def verified(args: argparse.Namespace) -> int:
    """Say which files are what the manifest says.

    Raises:
        Stop: one of them is not, or there is no manifest.
    """
    import os

    from hf_providers.catalog import find
    from hf_providers.transfer import SyncError
    from hf_providers.verify import attested_by, verify

    try:
        found = verify(find(args.snapshot, os.environ))
    except SyncError as error:
        raise Stop(NO_SNAPSHOT, str(error), error.hint) from None
    if args.format == "json":
        told = {"manifest": str(found.manifest), "right": found.right, "wrong": found.wrong}
        output.write_json({"schema_version": READS_SCHEMA, "verified": told | {"elsewhere": found.elsewhere}})
    else:
        for name, wrong in found.wrong.items():
            print(f"{clean(name)}: {clean(wrong)}")
        elsewhere = f", {len(found.elsewhere)} kept elsewhere" if found.elsewhere else ""
        print(f"{len(found.right)} files are what {found.manifest} says{elsewhere}")
        repository = attested_by(found.manifest)
        if repository:
            print(f"and the manifest itself: gh attestation verify {found.manifest} --repo {repository}")
    if found.wrong:
        raise Stop(NO_SNAPSHOT, f"{len(found.wrong)} files of {found.manifest.parent} are not right", MEND)
    return OK
