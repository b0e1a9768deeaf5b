"""The generated documents are current; the examples of docs/data.md run, over files and over HTTP."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import duckdb
import pytest

from hf_providers.catalog import duckdb_tables
from hf_providers.catalog.schema import DERIVED, TABLES
from hf_providers.rules import readiness
from pipeline.__main__ import main
from pipeline.docs import cli_page, pages
from pipeline.publish import queries
from pipeline.publish.derive import refresh
from pipeline.replay import serve
from tests.run.runs import Pipe, entry, facts, model, priced
from tests.threaded import running

ROOT = Path(__file__).resolve().parents[2]
PAGE = pages.DATA_PAGE.read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```(python|sql)\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
SERVED = "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a dataset in `data`: a copy of the repository's, or where there is none, one of made-up facts."""
    folder = tmp_path_factory.mktemp("docs")
    data = folder / "data"
    if (ROOT / "data" / "manifest.json").is_file():
        shutil.copytree(ROOT / "data", data)
        refresh(data)
        return folder
    with pytest.MonkeyPatch.context() as patch:
        pipe = Pipe(patch, folder)
        with serve(facts(model("o/m", entry(providerDetails=priced(1, 2))))) as server:
            assert pipe.run(server) == 0
        pipe.out.rename(data)
    return folder


class Quiet(SimpleHTTPRequestHandler):
    """What `python -m http.server` does, without its log."""

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def served(dataset: Path) -> Iterator[str]:
    """The address at which the dataset is served."""
    with running(ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(dataset / "data")))) as server:
        yield f"http://127.0.0.1:{server.server_address[1]}"


def test_the_pages_are_what_the_schema_and_the_queries_say(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["docs", "--check"]) == 0, capsys.readouterr().err


def test_a_stale_page_is_named_and_only_written_without_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page, docs = tmp_path / "data.md", tmp_path / "docs"
    page.write_text("old")
    monkeypatch.setattr(pages, "DATA_PAGE", page)
    monkeypatch.setattr(cli_page, "DOCS", docs)
    committed = {path.relative_to(ROOT / "docs") for path in (ROOT / "docs" / "schema").iterdir()}
    made = {docs / path for path in committed | {Path("cli.md"), Path("library.md")}}
    assert main(["docs", "--check"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert set(lines[:-1]) == {f"{path} is stale" for path in {page} | made}
    assert lines[-1] == "run python -m pipeline docs"
    assert page.read_text() == "old"
    assert not docs.exists()
    assert main(["docs"]) == 0
    assert page.read_text(encoding="utf-8") == PAGE
    assert {path for path in docs.rglob("*") if path.is_file()} == made
    assert main(["docs", "--check"]) == 0


def test_every_table_column_unit_and_key_is_on_the_page() -> None:
    for table in (TABLES | DERIVED).values():
        section = PAGE.partition(f"\n### {table.name}\n")[2].partition("\n##")[0]
        assert f"Key: {', '.join(f'`{name}`' for name in table.key)}." in section
        for column in table.columns:
            (line,) = [line for line in section.splitlines() if line.startswith(f"| `{column.name}` |")]
            assert column.description.replace("|", "\\|").replace("<", "&lt;") in line
            assert ("never NULL" in line) is not column.nullable
            assert ("*Volatile.*" in line) is column.volatile
            assert f"| {column.unit or ''} |" in line
    assert (readiness.__doc__ or "").partition("\n")[0] in PAGE


def test_every_query_is_on_its_page_with_its_columns_and_parameters() -> None:
    page = pages.QUERIES_PAGE.read_text(encoding="utf-8")
    for query in queries.read_all():
        section = page.partition(f"\n### {query.name}\n")[2].partition("\n##")[0]
        assert query.question in section
        for described in (*query.columns, *query.parameters):
            assert f"| `{described.name}` |" in section


@pytest.mark.parametrize("example", [text for _, text in EXAMPLES if SERVED not in text])
def test_examples_over_files_run_and_print_rows(
    example: str, dataset: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(dataset)
    if example.startswith("SELECT"):
        with duckdb.connect() as connection:
            assert connection.execute(example).fetchall() is not None
        return
    exec(compile(example, "docs/data.md", "exec"), {})
    assert "provider" in capsys.readouterr().out


@pytest.mark.parametrize("example", [text for _, text in EXAMPLES if SERVED in text])
def test_examples_over_http_run_and_print_rows(example: str, served: str, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(example.replace(SERVED, served), "docs/data.md", "exec"), {})
    assert "provider" in capsys.readouterr().out


def test_the_page_shows_duckdb_polars_and_pandas_over_files_and_the_latter_two_over_http() -> None:
    local = "".join(text for _, text in EXAMPLES if SERVED not in text)
    over_http = "".join(text for _, text in EXAMPLES if SERVED in text)
    assert all(f"import {name}" in local for name in ("duckdb", "polars", "pandas"))
    assert all(f"import {name}" in over_http for name in ("polars", "pandas"))
    assert "httpfs" in PAGE


def test_the_example_of_hfp_sql_is_what_it_can_be_asked(dataset: Path) -> None:
    (statement,) = re.findall(r'^hfp sql "(.*)"$', PAGE, re.MULTILINE)
    with duckdb_tables.connect(dataset / "data") as connection:
        names = [column[0] for column in connection.execute(statement).description]
    assert {"provider", "cost_usd"} <= set(names)
