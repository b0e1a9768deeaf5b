"""What the mirror shows: a card whose configurations load, and Croissant that mlcroissant accepts and reads by."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import datasets
import duckdb
import mlcroissant
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from huggingface_hub import DatasetCard

from hf_providers.catalog.columns import TPS, USD_PER_MTOK
from hf_providers.catalog.schema import DERIVED, TABLES
from pipeline.__main__ import main
from pipeline.publish import croissant, derive
from pipeline.publish.dataset import Provenance, load
from pipeline.publish.versions import publish
from tests.dataset_samples import ROOT, START, loaded, manifest_of, outcome, sample

REPO = "acme/offers"


@pytest.fixture(scope="module", params=["committed", "sample"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What would be uploaded of the repository's dataset, and of one in which every table has a row."""
    base = tmp_path_factory.mktemp("mirror")
    data = ROOT / "data"
    if request.param == "sample":
        data = base / "dataset"
        publish(data, sample(1), outcome(), build=with_views)
    assert main(["mirror", "--data", str(data), "--repo-id", REPO, "--dry-run", str(base / "out")]) == 0
    return base / "out"


def with_views(tables: dict[str, pa.Table], folder: Path) -> None:
    derive.write(derive.derive(tables), folder, START, None)


def rows(folder: Path) -> Counter[str]:
    """The rows of each table and view that has any, counted by Parquet's footers."""
    counts: Counter[str] = Counter()
    for path in (*(folder / "latest").glob("*.parquet"), *folder.glob("measurements/*/*.parquet")):
        name = path.stem if path.parent.name == "latest" else "measurements"
        counts[name] += pq.read_metadata(path).num_rows
    return +counts


def columns(name: str, folder: Path) -> tuple[str, ...]:
    known = (TABLES | DERIVED).get(name)
    return known.column_names if known else tuple(pq.read_schema(folder / "latest" / f"{name}.parquet").names)


def test_every_table_and_view_with_rows_is_a_configuration_of_files_that_are_there(folder: Path) -> None:
    card = DatasetCard.load(folder / "README.md").data.to_dict()
    configs = {entry["config_name"]: entry["data_files"] for entry in card["configs"]}
    assert configs.keys() == rows(folder).keys()
    assert {"offers", "measurements", "model_summary"} <= configs.keys()
    assert all(any(folder.glob(pattern)) for pattern in configs.values())
    assert [entry["config_name"] for entry in card["configs"] if entry.get("default")] == ["offers"]
    assert card["license"] == "apache-2.0"
    assert card["pretty_name"]
    low, high = {"n<1K": (0, 1e3), "1K<n<10K": (1e3, 1e4)}[card["size_categories"][0]]
    assert low <= sum(count for name, count in rows(folder).items() if name in TABLES) < high


@pytest.mark.filterwarnings("default")
def test_load_dataset_reads_each_configuration_whole(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    datasets.disable_progress_bars()
    counts = rows(folder)
    assert set(datasets.get_dataset_config_names(str(folder))) == counts.keys()
    for name, count in counts.items():
        data = datasets.load_dataset(str(folder), name, split="train", cache_dir=str(tmp_path))
        assert data.num_rows == count
        assert tuple(data.column_names) == columns(name, folder)
    offers = datasets.load_dataset(str(folder), split="train", cache_dir=str(tmp_path))
    priced = [row["input_usd_per_mtok"] for row in offers if row["input_usd_per_mtok"] is not None]
    assert all(isinstance(price, Decimal) for price in priced)


@pytest.mark.filterwarnings("default")
def test_maps_become_pairs_for_the_viewer_and_stay_maps_in_the_dataset(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    models = datasets.load_dataset(str(folder), "models", split="train", cache_dir=str(tmp_path))
    shown = {row["model_id"]: row["dtype_parameters"] for row in models}
    stored = pq.ParquetFile(folder / "latest" / "models.parquet").read().to_pylist()
    assert {row["model_id"]: row["dtype_parameters"] for row in stored} == {
        model: pairs if pairs is None else [(pair["key"], pair["value"]) for pair in pairs]
        for model, pairs in shown.items()
    }


def test_it_says_what_each_table_holds_and_where_it_is_from(folder: Path) -> None:
    text = (folder / "README.md").read_text()
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["version"] in text
    assert manifest["checked_at"][:16].replace("T", " ") in text
    for name, count in rows(folder).items():
        assert f"| `{name}` | {count:,} | " in text
    held = {file["table"] for file in manifest["files"] if file["table"]} & TABLES.keys()
    assert len(held) > len(TABLES) - 2, "a dataset of an older release lacks the newest table alone"
    assert all(TABLES[name].description in text for name in held)
    question = (ROOT / "queries" / "cheapest.sql").read_text(encoding="utf-8").splitlines()[0].removeprefix("-- ")
    assert question in text
    assert all(entry["description"] in text for entry in manifest["provenance"])
    units = dict(re.findall(r"`(_[a-z_]+)`(?: is|,)? ([A-Za-z ]+)", text))
    assert units["_usd_per_mtok"] == USD_PER_MTOK
    assert units["_tps"] == TPS


def test_the_query_it_shows_runs_where_the_files_are(folder: Path) -> None:
    shown = re.search(r"```sql\n(.*?)```", (folder / "README.md").read_text(), re.DOTALL)
    assert shown is not None
    assert f"'hf://datasets/{REPO}/" in shown[1]
    found = duckdb.sql(shown[1].replace(f"hf://datasets/{REPO}", str(folder))).fetchall()
    stored = pq.ParquetFile(folder / "latest" / "offers.parquet").read().to_pylist()
    live = [row for row in stored if row["status"] == "live" and row["output_usd_per_mtok"] is not None]
    assert len(found) == len(live)
    assert [row[3] for row in found] == sorted(row["output_usd_per_mtok"] for row in live)


def test_what_the_dataset_says_is_no_markup(tmp_path: Path) -> None:
    said = Provenance(source="x", description="<img src=x>\n# head [a](b) | c\u202e", license="<b>MIT")
    publish(tmp_path / "data", sample(1), replace(outcome(), provenance=[said], origin="<i>\nhere"))
    assert main(["mirror", "--data", str(tmp_path / "data"), "--repo-id", REPO, "--dry-run", str(tmp_path / "o")]) == 0
    text = (tmp_path / "o" / "README.md").read_text()
    assert "- &lt;img src=x&gt; # head &#91;a](b) &#124; c (license: &lt;b&gt;MIT)\n" in text
    assert "(&lt;i&gt; here)" in text


def test_an_archived_month_is_left_out_and_the_card_says_where_it_is(tmp_path: Path) -> None:
    publish(tmp_path / "data", sample(1), outcome())
    manifest = manifest_of(tmp_path / "data")
    months = [file for file in manifest["files"] if file["table"] == "measurements"]
    for file in months:
        file["url"] = f"https://github.example/releases/{Path(file['path']).name}"
        (tmp_path / "data" / file["path"]).unlink()
    (tmp_path / "data" / "manifest.json").write_text(json.dumps(manifest))
    assert main(["mirror", "--data", str(tmp_path / "data"), "--repo-id", REPO, "--dry-run", str(tmp_path / "o")]) == 0
    card = DatasetCard.load(tmp_path / "o" / "README.md")
    assert len(months) == 2
    assert all(f"<{file['url']}>" in card.text for file in months)
    assert "measurements" not in {entry["config_name"] for entry in card.data.to_dict()["configs"]}
    assert not list((tmp_path / "o").glob("measurements/**/*.parquet"))


@pytest.mark.filterwarnings("default")
def test_an_archived_month_that_the_folder_has_is_mirrored_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    data, out = tmp_path / "data", tmp_path / "o"
    publish(data, sample(1), outcome())
    manifest = manifest_of(data)
    [february] = [file for file in manifest["files"] if "month=2026-02" in file["path"]]
    february["url"] = "https://github.example/releases/february.parquet"
    (data / "manifest.json").write_text(json.dumps(manifest))
    assert main(["mirror", "--data", str(data), "--repo-id", REPO, "--dry-run", str(out)]) == 0
    there = out / february["path"].removeprefix("v1/")
    assert hashlib.sha256(there.read_bytes()).hexdigest() == february["sha256"]
    count = sample(1)["measurements"].num_rows
    assert rows(out)["measurements"] == count == 2
    text = (out / "README.md").read_text()
    assert f"| `measurements` | {count:,} | " in text
    assert "Archived" not in text
    assert datasets.load_dataset(str(out), "measurements", split="train", cache_dir=str(tmp_path)).num_rows == count
    addresses = {entry["sha256"]: entry["contentUrl"] for entry in described(out)["distribution"]}
    home = f"https://huggingface.co/datasets/{REPO}/resolve/main"
    assert addresses[february["sha256"]] == f"{home}/{there.relative_to(out)}"
    assert [file["url"] for file in manifest_of(out)["files"] if "url" in file] == [february["url"]]


@pytest.mark.parametrize("repo", ["offers", "acme/a b", "../acme", "acme/x/y", "acme/--\n", ""])
def test_what_is_no_repository_is_refused_before_anything_is_written(
    repo: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["mirror", "--data", str(ROOT / "data"), "--repo-id", repo, "--dry-run", str(tmp_path / "o")]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == "give --repo-id as ORG/NAME"
    assert not (tmp_path / "o").exists()


def described(folder: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((folder / "croissant.json").read_text())
    return document


@pytest.mark.filterwarnings("default")
def test_mlcroissant_accepts_it_and_reads_every_row_by_it(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    document = described(folder)
    prefix = f"https://huggingface.co/datasets/{REPO}/resolve/main/"
    files = {entry["@id"]: entry["contentUrl"] for entry in document["distribution"]}
    assert all(url.startswith(prefix) for url in files.values())
    local = {name: str(folder / url.removeprefix(prefix)) for name, url in files.items()}
    dataset = mlcroissant.Dataset(jsonld=document, mapping=local)
    assert not dataset.metadata.ctx.issues.errors
    assert not dataset.metadata.ctx.issues.warnings
    assert not [record.message for record in caplog.records if record.name.startswith(("absl", "mlcroissant"))]
    total = 0
    for record_set in document["recordSet"]:
        read = list(dataset.records(record_set["@id"]))
        assert len(read) == pq.read_metadata(local[f"{record_set['@id']}.parquet"]).num_rows
        total += len(read)
    assert total == sum(count for name, count in rows(folder).items() if name in TABLES | DERIVED)


@pytest.mark.filterwarnings("default")
def test_a_row_read_by_it_is_the_row(folder: Path) -> None:
    document = described(folder)
    path = folder / "latest" / "offers.parquet"
    reader = mlcroissant.Dataset(jsonld=document, mapping={"offers.parquet": str(path)})
    first, stored = next(iter(reader.records("offers"))), pq.ParquetFile(path).read().to_pylist()[0]
    assert first["offers/model_id"].decode() == stored["model_id"]
    assert first["offers/first_seen_at"] == stored["first_seen_at"]
    price = stored["input_usd_per_mtok"]
    assert first["offers/input_usd_per_mtok"] == (None if price is None else float(price))


def test_every_column_is_described_with_its_unit(folder: Path) -> None:
    for record_set in described(folder)["recordSet"]:
        table = (TABLES | DERIVED)[record_set["@id"].partition("-")[0]]
        fields = {field["name"]: field for field in record_set["field"]}
        assert tuple(fields) == table.column_names
        for column in table.columns:
            assert column.description in fields[column.name]["description"]
            assert (column.unit or "") in fields[column.name]["description"]
        assert [key["@id"].rpartition("/")[2] for key in record_set["key"]] == list(table.key)


def test_names_are_unique_and_an_archived_month_is_where_it_is_kept(tmp_path: Path) -> None:
    publish(tmp_path, sample(1), outcome())
    manifest = loaded(tmp_path).manifest
    month, *_ = [file for file in manifest.files if file.table == "measurements"]
    url = "https://github.example/releases/february.parquet"
    again = month.model_copy(update={"path": month.path.replace(".parquet", "0.parquet"), "url": url})
    document = croissant.document(
        manifest.model_copy(update={"files": (*manifest.files, again)}), "https://x.example/d/"
    )
    addresses = {entry["@id"]: entry["contentUrl"] for entry in document["distribution"]}
    assert len(addresses) == len(document["distribution"])
    assert url in addresses.values()
    assert f"https://x.example/d/{month.path}" in addresses.values()


def test_the_folder_is_a_dataset_and_an_old_one_is_not_written_over(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert load(folder) is not None
    assert main(["mirror", "--data", str(ROOT / "data"), "--repo-id", REPO, "--dry-run", str(folder)]) == 1
    assert "is not empty" in capsys.readouterr().err
