"""Which snapshot answers: where it is, when its facts were observed, and where they come from.

With --verify every file is hashed again and compared with the manifest. A synced manifest can itself be verified by its
attestation: gh attestation verify MANIFEST --repo OWNER/REPOSITORY
"""

from __future__ import annotations

import os

from hf_providers.catalog.database import MEND, READS_SCHEMA, asked_of_manifest
from hf_providers.cli import output
from hf_providers.cli.exits import NO_SNAPSHOT, OK, Stop
from hf_providers.cli.options import open_catalog
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
    parser.add_argument("--verify", action="store_true", help="hash every file again; exit code 3 where one is wrong")


def main(options: InfoOptions) -> int:
    """Show what the snapshot says about itself, and how many rows each table has."""
    if options.verify:
        return verified(options)
    with open_catalog(options.snapshot) as catalog:
        there = {row[0] for row in catalog.query("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        counts = {name: catalog.query(f"SELECT count(*) FROM {name}")[0][0] for name in COUNTED if name in there}  # noqa: S608 our own names
        sources = provenance(catalog.path)
        info: SnapshotInfo = {"path": catalog.path, **catalog.meta(), "rows": counts, "provenance": sources}
        if options.format == "json":
            document: Info = {"schema_version": READS_SCHEMA, "snapshot": info}
            output.write_json(document)
            return OK
        facts: dict[str, object] = {"path": catalog.path, **catalog.meta(), **counts}
        rows = [{"key": key, "value": value} for key, value in facts.items()]
        if options.format == "csv":
            rows += [{"key": "provenance", "value": _source_line(source)} for source in sources]
        output.listing(options, FIELDS, rows, catalog, _where_from(sources, output.Screen().cells))
    return OK


def provenance(path: str) -> list[Provenance]:
    """Return the sources that the manifest beside a catalog names, other than the Hub itself.

    Empty if it names none, or cannot be read.
    """
    fields = ", ".join(f"value ->> '$.{key}'" for key in SAID)
    sql = f"SELECT {fields} FROM json_each(:manifest, '$.provenance')"  # noqa: S608 - our own keys
    rows = asked_of_manifest(os.path.realpath(path), sql)
    sources: list[Any] = [dict(zip(SAID, map(_text, row), strict=True)) for row in rows]
    return sources


def _text(value: object) -> str | None:
    return clean(value) if isinstance(value, str) else None


def _source_line(source: Provenance) -> str:
    """Return a source in a line: its name, the days it covers, its description, address and license."""
    days = dict.fromkeys(moment[:10] for moment in (source["from"], source["to"]) if moment)
    license_ = f"license {source['license']}" if source["license"] else "no license stated"
    parts = (source["source"], " to ".join(days), source["description"], source["url"], license_)
    return " · ".join(filter(None, parts))


def _where_from(sources: list[Provenance], cells: int) -> str:
    if not sources:
        return ""
    lines = [line for source in sources for line in _indented(f"  {_source_line(source)}", cells)]
    return "\n".join([*_indented(f"made of {made_of(sources)}", cells), "its facts come from:", *lines])


def _indented(text: str, cells: int) -> list[str]:
    """Return a text in lines, the second and later ones indented two cells further."""
    first, *more = wrapped(text, cells - 4)
    return [first, *(f"    {line}" for line in more)]


def verified(options: InfoOptions) -> int:
    """Say which files are what the manifest says.

    Raises:
        Stop: one of them is not, or there is no manifest.
    """
    from hf_providers.catalog.locate import find
    from hf_providers.catalog.verification import attested_by, verify

    checked = verify(find(options.snapshot, os.environ))
    if options.format == "json":
        result = {"manifest": str(checked.manifest), "right": checked.right, "wrong": checked.wrong}
        output.write_json({"schema_version": READS_SCHEMA, "verified": result | {"elsewhere": checked.elsewhere}})
    else:
        for name, wrong in checked.wrong.items():
            print(f"{clean(name)}: {clean(wrong)}")
        elsewhere = f", {len(checked.elsewhere)} kept elsewhere" if checked.elsewhere else ""
        print(f"{len(checked.right)} files are what {checked.manifest} says{elsewhere}")
        repository = attested_by(checked.manifest)
        if repository:
            print(f"and the manifest itself: gh attestation verify {checked.manifest} --repo {repository}")
    if checked.wrong:
        raise Stop(NO_SNAPSHOT, f"{len(checked.wrong)} files of {checked.manifest.parent} are wrong", MEND)
    return OK
