"""The types of rows are what `schema.py` says: names, values, and what may be NULL."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import pytest

from hf_providers.billing import bill_types, totals
from hf_providers.catalog import database, row_types
from hf_providers.catalog.columns import Column
from hf_providers.catalog.database import Catalog
from hf_providers.catalog.locate import find
from hf_providers.catalog.row_types import Moment, Price
from hf_providers.catalog.schema import DERIVED, SCHEMA_VERSION, TABLES
from hf_providers.documents import types
from hf_providers.model import Model
from hf_providers.offer import Offer, PriceInterval
from pipeline.backfill.merge import QuarantineRow
from pipeline.publish.report import ChangeRow
from pipeline.publish.run_record import RunRow

ROWS = {
    "providers": row_types.ProviderRow,
    "models": row_types.ModelRow,
    "offers": row_types.OfferRow,
    "price_history": row_types.PriceIntervalRow,
    "status_history": row_types.StatusIntervalRow,
    "endpoint_instances": row_types.InstanceRow,
    "endpoint_price_history": row_types.InstancePriceIntervalRow,
    "jobs_hardware": row_types.JobsMachineRow,
    "architectures": row_types.ArchitectureRow,
    "price_conflicts": row_types.PriceConflictRow,
    "changes": row_types.ChangeRow,
}
NOT_IN_THE_CATALOG = {"measurements", "quarantine", "runs"}
VALUES: dict[str, Any] = {
    "string": str,
    "bool": bool,
    "int64": int,
    "float32": float,
    "float64": float,
    "timestamp": Moment,
    "price": Price,
    "list<string>": list[str],
    "map<string,int64>": dict[str, int],
    "list<base_model>": list[row_types.BaseModelRow],
}


def hints(row: Any) -> dict[str, Any]:
    return get_type_hints(row, include_extras=True)


def taken_apart(hint: Any) -> tuple[Any, bool]:
    """The type of a key's value, and whether it may be None; an Annotated one only where it says what a text is."""
    parts = [part for part in get_args(hint) if part is not NoneType] if NoneType in get_args(hint) else [hint]
    (value,) = parts
    if get_origin(value) is Annotated and get_args(value)[0] is not str:
        value = get_args(value)[0]
    return value, NoneType in get_args(hint)


def expected(column: Column) -> tuple[Any, bool]:
    return Literal[column.enum] if column.enum else VALUES[column.type], column.nullable


MADE = {"changes": ChangeRow, "runs": RunRow, "quarantine": QuarantineRow}


@pytest.mark.parametrize("name", MADE)
def test_a_row_that_the_pipeline_makes_is_of_its_table_with_its_times_as_times(name: str) -> None:
    table = (TABLES | DERIVED)[name]
    said = {key: taken_apart(hint) for key, hint in hints(MADE[name]).items()}
    times = {column.name: (datetime, column.nullable) for column in table.columns if column.type == "timestamp"}
    assert said == {column.name: expected(column) for column in table.columns} | times


@pytest.mark.parametrize("name", ROWS)
def test_a_row_s_type_is_its_table(name: str) -> None:
    table = (TABLES | DERIVED)[name]
    said = {key: taken_apart(hint) for key, hint in hints(ROWS[name]).items()}
    assert said == {column.name: expected(column) for column in table.columns}


def test_every_table_of_the_catalog_has_a_type(data: Path) -> None:
    assert set(TABLES | DERIVED) - NOT_IN_THE_CATALOG == set(ROWS)
    with Catalog(find(str(data), {})) as catalog:
        held = {name for (name,) in catalog.query("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        daily = [name for (name,) in catalog.query("SELECT name FROM pragma_table_info('measurements_daily')")]
        meta = catalog.meta()
    assert held & NOT_IN_THE_CATALOG == set()
    assert held >= set(ROWS)
    assert daily == list(hints(row_types.DailyMeasurementRow))
    assert set(meta) <= set(hints(row_types.SnapshotMeta))


def test_an_architecture_may_lack_keys_and_no_other_row_may() -> None:
    for name, row in ROWS.items():
        assert row.__required_keys__ == (frozenset() if name == "architectures" else frozenset(hints(row)))


def test_the_version_of_the_layout_is_the_one_that_documents_say() -> None:
    for document in (types.Answer, types.Listing, types.NeedDocument, types.Info, types.Matches, bill_types.BillTotals):
        assert hints(document)["schema_version"] == Literal[1]
    assert (SCHEMA_VERSION, database.READS_SCHEMA) == (1, 1)


def test_a_bill_s_sums_are_those_that_are_added_up() -> None:
    assert list(hints(bill_types.Sums)) == ["group", "name", *totals.KEYS]


def test_objects_have_the_keys_that_their_types_say(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HFP_SNAPSHOT", str(data))
    model = Model("deepseek-ai/DeepSeek-R1")
    assert set(model.providers[0].to_dict()) == set(hints(row_types.OfferValues))
    assert set(model.history()[0].to_dict()) == set(hints(row_types.IntervalValues))
    assert set(Offer.__dataclass_fields__) - {"as_of"} == set(hints(row_types.OfferValues))
    assert set(PriceInterval.__dataclass_fields__) == set(hints(row_types.IntervalValues))
