"""The data's page beside the Parquet files themselves: columns, rows, sizes, and the metadata."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from selectolax.lexbor import LexborHTMLParser

from pipeline.site.pages import tables
from tests.site.rendered import first_page

URL = "https://example.org/"


@pytest.fixture(scope="module")
def tree(data: Path) -> LexborHTMLParser:
    return first_page(data, tables.make)


def parquet(data: Path) -> list[Path]:
    return sorted((data / "latest").glob("*.parquet"))


def test_every_file_is_described_with_the_columns_that_it_has(data: Path, tree: LexborHTMLParser) -> None:
    """Names and meanings are those in the files' own schema."""
    assert len(parquet(data)) > 15
    for file in parquet(data):
        rows = tree.css(f'table[aria-label="Columns of {file.stem}"] tbody tr')
        schema = pq.read_schema(file)
        assert [row.css_first("th").text() for row in rows] == schema.names, file.stem
        for row in rows:
            said = schema.field(row.css_first("th").text()).metadata[b"description"].decode()
            assert row.css_first(".meaning").text().startswith(said)
        assert all(row.css_first(".type").text() for row in rows)


def test_every_file_is_linked_with_its_rows_and_bytes(data: Path, tree: LexborHTMLParser) -> None:
    shown = {}
    for row in tree.css("table.files tbody tr"):
        link = row.css_first("a[download]")
        if link is not None:
            counts = [cell.text().replace(",", "") for cell in row.css("td.n")]
            shown[link.attributes["href"]] = (int(counts[0]), int(counts[1]))
    assert shown == {
        f"../data/latest/{file.name}": (pq.read_metadata(file).num_rows, file.stat().st_size) for file in parquet(data)
    }


def test_every_month_of_measurements_is_linked(data: Path, tree: LexborHTMLParser) -> None:
    rows = tree.css('table[aria-label="Measurements by month"] tbody tr')
    links = [row.css_first("a").attributes["href"] or "" for row in rows]
    files = sorted((data / "measurements").rglob("*.parquet"))
    assert [data / link.removeprefix("../data/") for link in links] == files
    assert [row.css_first("th").text() for row in rows] == [file.parent.name.removeprefix("month=") for file in files]


def test_the_linked_data_names_each_file_with_its_hash(data: Path, tree: LexborHTMLParser) -> None:
    said = json.loads(tree.css_first('script[type="application/ld+json"]').text())
    assert said["@type"] == "Dataset"
    hashes = {part["contentUrl"]: part["sha256"] for part in said["distribution"]}
    assert hashes == {
        f"{URL}data/latest/{file.name}": hashlib.sha256(file.read_bytes()).hexdigest() for file in parquet(data)
    }
    assert said["version"] == json.loads((data / "manifest.json").read_text())["version"]


def test_recordings_and_sources_are_those_of_the_manifest(data: Path, tree: LexborHTMLParser) -> None:
    manifest = json.loads((data / "manifest.json").read_text())
    shown = [row.css("td")[0].text() for row in tree.css("table.provenance tbody tr")]
    assert len(shown) == len(manifest["provenance"]) > 0
    for text, entry in zip(shown, manifest["provenance"], strict=True):
        assert text.startswith(entry["description"])
    fresh = [[cell.text() for cell in row.css("th, td")][:3] for row in tree.css("table.sources tbody tr")]
    assert fresh == [[one["source"], one["provider"] or "all", one["result"]] for one in manifest["sources"]]


def test_the_query_for_duckdb_answers_over_the_files(data: Path, tree: LexborHTMLParser) -> None:
    shown = [node.text() for node in tree.css("pre[data-copy]")]
    assert len(shown) == 4
    local = shown[0].replace(f"{URL}data/", f"{data}/")
    assert local != shown[0]
    assert 0 < len(duckdb.connect().execute(local).fetchall()) <= 10


@pytest.mark.parametrize("client", [1, 2])
def test_the_code_for_python_runs_over_the_files(data: Path, tree: LexborHTMLParser, client: int) -> None:
    code = tree.css("pre[data-copy]")[client].text().replace(f"{URL}data/", f"{data}/")
    printed: list[object] = []
    exec(code, {"print": printed.append})
    assert "provider" in str(printed[0])


def test_an_archived_month_leads_to_its_archive() -> None:
    from pipeline.publish.dataset import File

    file = File(path="v1/measurements/month=2025-01/x.parquet", table="measurements", sha256="0" * 64, bytes=1, rows=2)
    here = tables._month(file)
    assert (here["month"], here["path"]) == ("2025-01", "data/v1/measurements/month=2025-01/x.parquet")
    away = tables._month(file.model_copy(update={"url": "https://example.org/a.parquet"}))
    assert (away["path"], away["url"]) == (None, "https://example.org/a.parquet")


@pytest.mark.parametrize(
    ("given", "links"),
    [
        ("https://a.example/x, https://b.example/y", ["https://a.example/x", "https://b.example/y"]),
        ("javascript:alert(1)", []),
        ("http://plain.example", []),
        ("https://a.example/\u202ex", []),
        (None, []),
    ],
)
def test_only_addresses_of_the_web_are_linked(given: str | None, links: list[str]) -> None:
    assert tables.webs(given) == links


def test_hostile_runs_and_names_are_text(hostile_data: Path) -> None:
    tree = first_page(hostile_data, tables.make)
    assert [
        node for node in tree.css("script:not([src])") if node.attributes.get("type") != "application/ld+json"
    ] == []
