"""Which snapshot answers: where it is, when its facts were observed, and where they come from.

With --verify every file is hashed again and held against the manifest; that the manifest itself is the published one
can be checked by its attestation where it was synced: gh attestation verify MANIFEST --repo OWNER/REPOSITORY
"""

from __future__ import annotations

import os

from hf_providers.catalog.database import MEND, READS_SCHEMA, asked_of_manifest
from hf_providers.cli import output, resolve_model
from hf_providers.cli.exits import NO_SNAPSHOT, OK, Stop
from hf_providers.cli.table import Column
from hf_providers.documents.provenance import made_of
from hf_providers.text import clean, wrapped

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

    from hf_providers.cli.option_types import OutputOptions
    from hf_providers.documents.types import Info, Provenance, SnapshotInfo

    class InfoOptions(OutputOptions):
        """`hfp info`."""

        verify: bool


SAID = ("source", "description", "url", "license", "from", "to")
COUNTED = ("models", "offers", "providers", "price_history", "status_history", "changes")
FIELDS = (output.Field("key", Column("Key")), output.Field("value", Column("Value")))


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--verify", action="store_true", help="hash every file of it again; 3 where one is not right")


def main(options: InfoOptions) -> int:
    """Show the snapshot's facts about itself, and how many rows it has of what."""
    if options.verify:
        return verified(options)
    with resolve_model.catalog(options) as catalog:
        there = {row[0] for row in catalog.query("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        counts = {name: catalog.query(f"SELECT count(*) FROM {name}")[0][0] for name in COUNTED if name in there}  # noqa: S608 our own names
        sources = provenance(catalog.path)
        told: SnapshotInfo = {"path": catalog.path, **catalog.meta(), "rows": counts, "provenance": sources}
        if options.format == "json":
            document: Info = {"schema_version": READS_SCHEMA, "snapshot": told}
            output.write_json(document)
            return OK
        facts: dict[str, object] = {"path": catalog.path, **catalog.meta(), **counts}
        rows = [{"key": key, "value": value} for key, value in facts.items()]
        if options.format == "csv":
            rows += [{"key": "provenance", "value": _said(source)} for source in sources]
        output.listing(options, FIELDS, rows, catalog, _where_from(sources, output.Screen().cells))
    return OK


def provenance(path: str) -> list[Provenance]:
    """Return what the manifest beside a catalog says of where its facts come from, apart from the Hub as it answers.

    Empty where it says nothing, or cannot be read.
    """
    told = ", ".join(f"value ->> '$.{key}'" for key in SAID)
    sql = f"SELECT {told} FROM json_each(:manifest, '$.provenance')"  # noqa: S608 - our own keys
    rows = asked_of_manifest(os.path.realpath(path), sql)
    found: list[Any] = [dict(zip(SAID, map(_text, row), strict=True)) for row in rows]
    return found


def _text(value: object) -> str | None:
    return clean(value) if isinstance(value, str) else None


def _said(source: Provenance) -> str:
    """Return in a line what a source is, of which time it tells, where it is, and its license."""
    days = dict.fromkeys(moment[:10] for moment in (source["from"], source["to"]) if moment)
    license_ = f"license {source['license']}" if source["license"] else "no license stated"
    told = (source["source"], " to ".join(days), source["description"], source["url"], license_)
    return " · ".join(filter(None, told))


def _where_from(sources: list[Provenance], cells: int) -> str:
    if not sources:
        return ""
    told = [line for source in sources for line in _indented(f"  {_said(source)}", cells)]
    return "\n".join([*_indented(f"made of {made_of(sources)}", cells), "its facts come from:", *told])


def _indented(text: str, cells: int) -> list[str]:
    """Return a text in lines, those behind its first two cells further in."""
    first, *more = wrapped(text, cells - 4)
    return [first, *(f"    {line}" for line in more)]


def verified(options: InfoOptions) -> int:
    """Say which files are what the manifest says.

    Raises:
        Stop: one of them is not, or there is no manifest.
    """
    from hf_providers.catalog.locate import find
    from hf_providers.catalog.verification import attested_by, verify

    found = verify(find(options.snapshot, os.environ))
    if options.format == "json":
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
