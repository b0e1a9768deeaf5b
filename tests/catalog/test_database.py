"""Opening a snapshot: which one, and what happens to one that cannot be read."""

import json
import random
import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from hf_providers.catalog import database as catalogs
from hf_providers.catalog import locate, search
from hf_providers.catalog.database import Catalog
from hf_providers.catalog.locate import find, open_snapshot
from hf_providers.catalog.schema import TABLES
from hf_providers.errors import SnapshotError
from pipeline.assemble import tables
from pipeline.publish.catalog_build import build
from pipeline.publish.derive import builders
from pipeline.publish.versions import publish
from tests.dataset_samples import outcome, sample


def write(path: Path, *model_ids: str) -> Path:
    """A catalog of these models."""
    rows = [
        dict.fromkeys(TABLES["models"].column_names)
        | {"model_id": model_id, "author": "a", "name": model_id.partition("/")[2], "modality": "text"}
        | {"base_models": [{"model_id": "a/Base", "relation": "finetune"}], "conversational": True}
        for model_id in model_ids
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"models": tables.from_rows(TABLES["models"], rows), "offers": tables.empty(TABLES["offers"])}
    build(content, path, {"from": path.parent.name})
    return path


def dataset(root: Path, *, at: str = "v1/0123/catalog.sqlite") -> Path:
    """A dataset's folder, as far as the catalog goes."""
    write(root / at, "a/Big-1")
    files = [{"path": "v1/0123/offers.parquet", "table": "offers"}, {"path": at, "table": None}]
    (root / "manifest.json").write_text(json.dumps({"schema_version": 1, "files": files}))
    return root


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An environment whose cache is empty, with a sound snapshot installed along."""
    package = tmp_path / "checkout" / "hf_providers"
    monkeypatch.setattr(locate, "__file__", str(package / "catalog" / "locate.py"))
    dataset(tmp_path / "checkout" / "data", at="latest/catalog.sqlite")
    return {"HFP_CACHE": str(tmp_path / "cache")}


def refusal(path: Path) -> SnapshotError:
    with pytest.raises(SnapshotError) as caught:
        Catalog(str(path))
    for text in (str(caught.value), caught.value.hint):
        assert text
        assert "\n" not in text
    return caught.value


def test_places_are_asked_in_order(tmp_path: Path, home: dict[str, str]) -> None:
    bundled = dataset(tmp_path / "checkout" / "hf_providers" / "_bundled" / "data")
    checkout = tmp_path / "checkout" / "data"
    assert find(None, home) == f"{bundled}/v1/0123/catalog.sqlite"
    cache = dataset(tmp_path / "cache")
    assert find(None, home) == f"{cache}/v1/0123/catalog.sqlite"
    named = {**home, "HFP_SNAPSHOT": str(checkout)}
    assert find(None, named) == f"{checkout}/latest/catalog.sqlite"
    assert find(str(cache), named) == f"{cache}/v1/0123/catalog.sqlite"


def test_the_cache_is_where_the_environment_says() -> None:
    assert locate.cache_folder({"HFP_CACHE": "/c", "XDG_CACHE_HOME": "/x"}) == "/c"
    assert locate.cache_folder({"XDG_CACHE_HOME": "/x"}) == "/x/hf-providers"
    assert locate.cache_folder({}, "linux") == str(Path.home() / ".cache" / "hf-providers")
    assert locate.cache_folder({}, "darwin") == str(Path.home() / "Library" / "Caches" / "hf-providers")
    assert locate.cache_folder({"LOCALAPPDATA": r"C:\Users\a\AppData\Local"}, "win32").replace("\\", "/") == (
        "C:/Users/a/AppData/Local/hf-providers/Cache"
    )
    assert locate.cache_folder({"HFP_CACHE": "/c", "LOCALAPPDATA": "C:"}, "win32") == "/c"


@pytest.mark.parametrize(
    ("path", "system", "uri"),
    [
        ("/a b/c?d#e%20.sqlite", "linux", "file:///a b/c%3fd%23e%2520.sqlite"),
        ("//a/b.sqlite", "linux", "file:////a/b.sqlite"),
        ("a/b.sqlite", "darwin", "file:a/b.sqlite"),
        (r"C:\Users\a#b\c.sqlite", "win32", "file:///C:/Users/a%23b/c.sqlite"),
        (r"\\server\share\c.sqlite", "win32", "file:////server/share/c.sqlite"),
        (r"cache\c.sqlite", "win32", "file:cache/c.sqlite"),
    ],
)
def test_the_uri_of_a_file_is_as_sqlite_documents_it(path: str, system: str, uri: str) -> None:
    assert catalogs.file_uri(path, system) == uri


def test_a_path_that_begins_with_two_slashes_is_opened(tmp_path: Path) -> None:
    path = write(tmp_path / "catalog.sqlite", "a/Big-1")
    with Catalog(f"/{path}") as catalog:
        assert catalog.model("a/Big-1") is not None


def test_a_file_and_a_plain_folder_can_be_named(tmp_path: Path) -> None:
    path = write(tmp_path / "plain" / "catalog.sqlite", "a/Big-1")
    assert find(str(path), {}) == find(str(path.parent), {}) == str(path)


@pytest.mark.parametrize("name", ["100% sure?", "a#b", "ünï cödé", "a;b'c\"d"])
def test_any_folder_name_will_do(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name / "catalog.sqlite", "a/Big-1")
    with open_snapshot(str(path.parent), {}) as catalog:
        assert catalog.meta() == {"from": name}


def test_a_read_only_folder_will_do_and_nothing_is_written(tmp_path: Path) -> None:
    path = write(tmp_path / "ro" / "catalog.sqlite", "a/Big-1")
    before = path.read_bytes()
    path.chmod(0o444)
    path.parent.chmod(0o555)
    with Catalog(str(path)) as catalog:
        assert catalog.model("a/Big-1") is not None
        with pytest.raises(SnapshotError):
            catalog.query("DELETE FROM models")
    path.parent.chmod(0o755)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["catalog.sqlite"]


def test_no_snapshot_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locate, "__file__", str(tmp_path / "nowhere" / "hf_providers" / "catalog" / "locate.py"))
    with pytest.raises(SnapshotError, match="no snapshot on this machine") as caught:
        open_snapshot(None, {"HFP_CACHE": str(tmp_path)})
    assert "hfp sync" in caught.value.hint


def test_a_named_snapshot_that_is_missing_is_not_replaced_silently(tmp_path: Path, home: dict[str, str]) -> None:
    with pytest.raises(SnapshotError, match="there is no snapshot at") as caught:
        open_snapshot(str(tmp_path / "typo"), home)
    assert str(tmp_path / "checkout" / "data") in caught.value.hint


def test_a_damaged_cache_is_refused_and_the_next_one_named(tmp_path: Path, home: dict[str, str]) -> None:
    cache = dataset(tmp_path / "cache")
    file = cache / "v1/0123/catalog.sqlite"
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(SnapshotError, match="damaged") as caught:
        open_snapshot(None, home)
    assert "hfp sync" in caught.value.hint
    spare = str(tmp_path / "checkout" / "data")
    assert spare in caught.value.hint
    with open_snapshot(spare, home) as catalog:
        assert catalog.model("a/Big-1") is not None


def test_a_newer_layout_is_refused_and_says_what_to_upgrade(tmp_path: Path) -> None:
    path = write(tmp_path / "new" / "catalog.sqlite", "a/Big-1")
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 2")
    connection.close()
    error = refusal(path)
    assert "layout 2" in str(error)
    assert "pip install --upgrade hf-providers" in error.hint


@pytest.mark.parametrize("content", [b"", b"\0" * 8192, b"SQLite format 3\0" + b"\xff" * 4096, b"<html>404</html>"])
def test_what_is_no_catalog_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "catalog.sqlite"
    path.write_bytes(content)
    refusal(path)


def test_another_sqlite_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE models (model_id)")
    connection.close()
    assert "no catalog of hf-providers" in str(refusal(path))


def test_a_truncated_file_is_refused_wherever_it_ends(tmp_path: Path) -> None:
    whole = write(tmp_path / "catalog.sqlite", *(f"a/Big-{i}" for i in range(300))).read_bytes()
    for length in range(0, len(whole), 997):
        path = tmp_path / "cut.sqlite"
        path.write_bytes(whole[:length])
        refusal(path)


def test_wrong_bytes_are_answered_with_one_error_or_not_noticed(tmp_path: Path) -> None:
    whole = write(tmp_path / "catalog.sqlite", *(f"a/Big-{i}" for i in range(300))).read_bytes()
    rng = random.Random(3)
    noticed = 0
    for _ in range(60):
        wrong = bytearray(whole)
        at = rng.randrange(len(wrong) - 512)
        wrong[at : at + 512] = rng.randbytes(512)
        path = tmp_path / "wrong.sqlite"
        path.write_bytes(wrong)
        try:
            with Catalog(str(path)) as catalog:
                catalog.models()
                catalog.variants("a/Big-7")
        except SnapshotError as error:
            noticed += 1
            assert error.hint  # noqa: PT017
    assert noticed > 10


@pytest.mark.parametrize(
    "manifest",
    [
        "",
        "{",
        "[]",
        '{"files": 7}',
        '{"files": [7, null, "x"]}',
        '{"files": [{"path": null}]}',
        '{"files": [{"path": "/etc/catalog.sqlite"}]}',
        '{"files": [{"path": "../cache/catalog.sqlite"}]}',
        '{"files": [{"path": "v1/../../catalog.sqlite"}]}',
        '{"files": [{"path": "v1/not-catalog.sqlite"}]}',
        '{"files": [{"path": "..\\\\cache/catalog.sqlite"}]}',
        '{"files": [{"path": "C:/catalog.sqlite"}]}',
        "\udcff",
    ],
)
def test_a_manifest_that_names_no_catalog_is_refused(tmp_path: Path, home: dict[str, str], manifest: str) -> None:
    cache = dataset(tmp_path / "cache")
    (cache / "manifest.json").write_bytes(manifest.encode(errors="surrogateescape"))
    with pytest.raises(SnapshotError, match=r"manifest\.json") as caught:
        open_snapshot(None, home)
    assert str(tmp_path / "checkout" / "data") in caught.value.hint


def test_a_catalog_the_manifest_names_but_that_is_gone_is_refused(tmp_path: Path, home: dict[str, str]) -> None:
    (dataset(tmp_path / "cache") / "v1/0123/catalog.sqlite").unlink()
    with pytest.raises(SnapshotError, match="no snapshot at"):
        open_snapshot(None, home)


def test_values_never_become_sql(tmp_path: Path) -> None:
    with Catalog(str(write(tmp_path / "catalog.sqlite", "a/Big-1"))) as catalog:
        for value in ("' OR 1=1 --", '"', "a/Big-1' --", "%", "a\0b"):
            assert catalog.model(value) is None
            assert catalog.offers(value, value) == []
            assert catalog.variants(value) == []
        assert catalog.rows("models; DROP TABLE models") == []


def test_booleans_and_lists_come_as_python_has_them(tmp_path: Path) -> None:
    with Catalog(str(write(tmp_path / "catalog.sqlite", "a/One"))) as catalog:
        (row,) = catalog.models()
    assert row["conversational"] is True
    assert row["base_models"] == [{"model_id": "a/Base", "relation": "finetune"}]


def test_the_way_to_the_answer_imports_nothing_but_sqlite() -> None:
    """Not even the parts of sqlite3 that are Python, which take datetime along: search and catalog add only themselves,
    for each module costs a share of a process of a few milliseconds.
    """

    def modules(code: str) -> set[str]:
        script = f"{code}\nimport sys\nprint(*sys.modules)"
        return set(
            subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
        )

    added = modules("import hf_providers.catalog.database, hf_providers.catalog.search") - modules("import _sqlite3")
    catalog = {"aliases", "database", "exact", "json_text", "names", "pasted", "search"}
    ours = {
        "hf_providers",
        "hf_providers.errors",
        "hf_providers.catalog",
        *(f"hf_providers.catalog.{name}" for name in catalog),
    }
    assert added == {"__future__"} | ours


def test_a_search_that_finds_something_loads_no_library(tmp_path: Path) -> None:
    path = write(tmp_path / "catalog.sqlite", "a/Big-Model-1", "a/Small-Model-2")
    code = (
        "import sys; from hf_providers.catalog import locate, search\n"
        f"opened = locate.open_snapshot({str(path)!r}, {{}})\n"
        "for query in ('a/Big-Model-1', 'big model 1', 'model small', 'bgi-model-1'):\n"
        "    print(search.find(opened, query).matched_by, 'rapidfuzz' in sys.modules, 're' in sys.modules)\n"
    )
    out = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True,
                         cwd=Path(search.__file__).parents[2]).stdout  # fmt: skip
    assert out.splitlines() == [f"{how} False False" for how in ("id", "name", "words", "typo")]


def test_a_version_that_was_checked_again_is_as_old_as_that(tmp_path: Path) -> None:
    """A run that finds nothing new publishes a manifest alone."""
    said = outcome(1)
    for again in (said, replace(said, checked_at=said.checked_at + timedelta(days=2), result="partial")):
        publish(tmp_path, sample(1), again, **builders(said))
    (version,) = tmp_path.glob("v1/*/catalog.sqlite")
    for place in (tmp_path / "latest" / "catalog.sqlite", version):
        with Catalog(str(place)) as catalog:
            assert catalog.meta()["checked_at"] == "2026-02-28T11:28:00Z"
            assert catalog.meta()["result"] == "partial"
    (tmp_path / "manifest.json").write_text("{")
    with Catalog(str(tmp_path / "latest" / "catalog.sqlite")) as catalog:
        assert catalog.meta()["checked_at"] == "2026-02-26T11:28:00Z"
