"""The queries about what was: prices and status over time, as of a moment, and which models are variants."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pipeline.publish import queries
from tests.dataset_samples import row
from tests.queries.query_rows import HOUR, T0, ask, connected, in_nano, in_sqlite, interval, made, offer, usd

PRICED = [
    interval("price_history", 0, 2, 1, source="a/b@1", **usd("1", "2")),
    interval("price_history", 2, 3, 2, source="a/b@2", **usd("1", "4")),
    interval("price_history", 3, 4, 3),
    interval("price_history", 5, 6, 5, **usd("1", "4")),
    interval("price_history", 6, 7, 6, **usd("0", "0")),
    interval("price_history", 8, None, 9, source="router", **usd("0.000000001", "0")),
    interval("price_history", 0, None, 9, provider="q", **usd("5", "5")),
]


def test_price_changes_are_between_stated_prices_with_both_sources() -> None:
    with connected(made(price_history=PRICED)) as connection:
        found = ask(connection, "FROM price_changes")
    names = ("changed_at", "last_seen_before", "input_percent", "output_percent", "blended_percent", "sources_differ")
    assert [tuple(f[n] for n in names) for f in found] == [
        (T0 + 2 * HOUR, T0 + 1 * HOUR, 0.0, 100.0, 40.0, False),
        (T0 + 6 * HOUR, T0 + 5 * HOUR, -100.0, -100.0, -100.0, False),
        (T0 + 8 * HOUR, T0 + 6 * HOUR, None, None, None, True),
    ]
    assert found[-1]["input_usd_per_mtok"] == Decimal("1e-9")
    assert [(f["source_before"], f["source"]) for f in found] == [
        ("a/b@1", "a/b@2"),
        ("hub-list", "hub-list"),
        ("hub-list", "router"),
    ]


def test_price_changes_in_sqlite() -> None:
    content = made(price_history=PRICED)
    with connected(content) as connection:
        duck = [{name: in_nano(value) for name, value in f.items()} for f in ask(connection, "FROM price_changes")]
    assert in_sqlite(content, "price_changes") == duck


@pytest.mark.parametrize(
    ("hours", "price", "observed"),
    [(-1, None, None), (0, "1", True), (1, "1", True), (1.5, "1", False), (2, "1", True), (3, None, None),
     (4.5, None, None), (7.5, None, None), (9, "1e-9", True), (10, "1e-9", False)],
)  # fmt: skip
def test_the_price_as_of_a_moment(hours: float, price: str | None, observed: bool | None) -> None:
    moment = T0 + hours * HOUR
    with connected(made(price_history=PRICED)) as connection:
        as_macro = ask(connection, f"FROM price_as_of(as_of := '{moment.isoformat()}') WHERE provider = 'p'")
        sql = queries.read(queries.QUERIES / "price_as_of.sql").sql
        as_parameter = ask(connection, f"SELECT * FROM ({sql}) WHERE provider = 'p'", as_of=moment)
    assert as_macro == as_parameter
    known = [(f["input_usd_per_mtok"], f["observed"]) for f in as_macro]
    assert known == ([] if price is None else [(Decimal(price), observed)])


def test_the_trend_of_one_model_since_a_day() -> None:
    other = interval("price_history", 0, None, 1, model_id="o/other", **usd("9", "9"))
    with connected(made(price_history=[*PRICED, other])) as connection:
        since = (T0 + 5 * HOUR).isoformat()
        found = ask(connection, f"FROM price_trend(model_id := 'o/m', since := '{since}')")
    assert [(f["provider"], f["percent_since_first"]) for f in found] == [
        ("p", 40.0),
        ("p", -100.0),
        ("p", pytest.approx(-100.0)),
        ("q", 0.0),
    ]
    assert {f["model_id"] for f in found} == {"o/m"}


def test_variants_are_the_declared_ones() -> None:
    declared = [{"model_id": "o/base", "relation": "quantized"}, {"model_id": "o/unlisted", "relation": "merge"}]
    models = [
        row("models", model_id="o/base", author="o", name="base", modality="text"),
        row("models", model_id="o/q", author="o", name="q", modality="text", base_models=[*declared, declared[0]]),
    ]
    offers = [offer("o/base"), offer("o/base", "q", status="error"), offer("o/q", status="staging")]
    with connected(made(models=models, offers=offers)) as connection:
        found = [tuple(f.values()) for f in ask(connection, "FROM variants")]
    assert found == [("o/q", "o/base", "quantized", 0, 1, True), ("o/q", "o/unlisted", "merge", 0, 0, False)]
