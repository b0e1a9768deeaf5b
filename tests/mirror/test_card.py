"""What the mirror shows: a card whose configurations load, and Croissant that mlcroissant accepts and reads by."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import datasets
import mlcroissant
import pyarrow.parquet as pq
import pytest
from huggingface_hub import DatasetCard

from hf_providers.schema import DERIVED, TABLES
from pipeline import croissant
from pipeline.__main__ import main
from pipeline.dataset import load
from pipeline.publish import publish
from tests.dataset_samples import ROOT, loaded, outcome, sample

REPO = "acme/offers"


@pytest.fixture(scope="module", params=["committed", "sample"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What would be uploaded of the repository's dataset, and of one in which every table has a row."""
    base = tmp_path_factory.mktemp("mirror")
    data = ROOT / "data"
    if request.param == "sample":
        data = base / "dataset"
        publish(data, sample(1), outcome())
    assert main(["mirror", "--data", str(data), "--repo-id", REPO, "--dry-run", str(base / "out")]) == 0
    return base / "out"


def rows(folder: Path) -> dict[str, int]:
    """The rows of each table that has any, counted by Parquet's footers."""
    counts = dict.fromkeys(TABLES | DERIVED, 0)
    for path in (*(folder / "latest").glob("*.parquet"), *folder.glob("measurements/*/*.parquet")):
        name = path.stem if path.parent.name == "latest" else "measurements"
        if name in counts:
            counts[name] += pq.read_metadata(path).num_rows
    return {name: count for name, count in counts.items() if count}


def test_every_table_with_rows_is_a_configuration_of_files_that_are_there(folder: Path) -> None:
    card = DatasetCard.load(folder / "README.md").data.to_dict()
    configs = {entry["config_name"]: entry["data_files"] for entry in card["configs"]}
    assert configs.keys() == rows(folder).keys()
    assert all(any(folder.glob(pattern)) for pattern in configs.values())
    assert [entry["config_name"] for entry in card["configs"] if entry.get("default")] == ["offers"]
    assert card["license"] == "apache-2.0"
    assert card["pretty_name"]
    low, high = {"n<1K": (0, 1e3), "1K<n<10K": (1e3, 1e4)}[card["size_categories"][0]]
    assert low <= sum(rows(folder).values()) < high


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
        assert tuple(data.column_names) == (TABLES | DERIVED)[name].column_names
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
    assert total == sum(rows(folder).values())


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
