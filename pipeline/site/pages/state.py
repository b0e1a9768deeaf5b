"""State of inference: price against speed, the price index, coverage by task, who is cheapest how often.

Each answer is one of the queries, named beside it: `hfp sql` and the SQL console give the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from hf_providers.rules.tasks import CHAT_TASK
from hf_providers.text import clean, price, rounded
from pipeline.site import paths, svg
from pipeline.site.charts import Dot, meter, scatter
from pipeline.site.page import Page, Raw
from pipeline.site.source import Row, Source

SHOWN: Final = 300
"""Rows of a table of numbers; the data have all."""

FRONTIER: Final = "FROM price_frontier"
INDEX: Final = "FROM price_index"
COVERAGE: Final = "FROM coverage ORDER BY live_models DESC, models DESC, task"
CHEAPEST: Final = "FROM cheapest_share"


def make(source: Source) -> Iterator[Page | Raw]:
    """Give the page."""
    yield Page(
        path="state/index.html",
        template="state.html",
        title="State of inference",
        description="Inference providers on Hugging Face as a whole: price and speed, price index, coverage, cheapest.",
        section="state/",
        context={
            "pareto": _pareto(source.sql(FRONTIER)),
            "index": _index(source.sql(INDEX)),
            "coverage": {"rows": source.sql(COVERAGE), "sql": COVERAGE},
            "cheapest": {"rows": source.sql(CHEAPEST), "sql": CHEAPEST},
            "meter": meter,
        },
    )


def _pareto(rows: Sequence[Row]) -> dict[str, Any]:
    """Return the chart of offers and its frontier; `chart` is None where no price is above 0."""
    drawn = [row for row in rows if Decimal(row["blended_usd_per_mtok"]) > 0 and row["throughput_tps"] > 0]
    frontier = [row for row in drawn if row["frontier"]]
    units = ("USD per 1M tokens, blended 3:1", "tokens per second")
    chart = (
        scatter("pareto", "Price and throughput of live chat offers", units, _dots(drawn), _dots(frontier))
        if drawn
        else None
    )
    return {
        "chart": chart,
        "frontier": frontier,
        "rows": rows[:SHOWN],
        "total": len(rows),
        "undrawn": len(rows) - len(drawn),
        "sql": FRONTIER,
    }


def _dots(rows: Sequence[Row]) -> list[Dot]:
    return [
        Dot(
            float(row["blended_usd_per_mtok"]),
            row["throughput_tps"],
            f"{clean(row['model_id'])} on {clean(row['provider'])}, ${price(row['blended_usd_per_mtok'])},"
            f" {rounded(row['throughput_tps'])} tokens/s",
            _place(row),
        )
        for row in rows
    ]


def _place(row: Row) -> str:
    """Return where an offer stands, relative to this page."""
    return f"../{paths.model(row['model_id'])}#{paths.offer(row['provider'], CHAT_TASK)}"


def _index(rows: Sequence[Row]) -> dict[str, Any]:
    """Return the index month by month as a chart and rows; `chart` is None where fewer than two months have one."""
    held = [
        svg.Held(_month(row["month"]), _month(row["month"], 1), Decimal(repr(round(row["price_index"], 2))))
        for row in rows
        if row["price_index"] is not None
    ]
    chart = None
    if len(held) > 1:
        unit = f"{rows[0]['month']} = 100"
        chart = svg.step_chart("price-index", "Price index", unit, {"index": held}, (held[0].begin, held[-1].end))
    return {"chart": chart, "rows": list(reversed(rows)), "sql": INDEX}


def _month(name: str, later: int = 0) -> float:
    """Return the beginning of a month, or of one some months later, in seconds since the epoch."""
    months = int(name[:4]) * 12 + int(name[5:7]) - 1 + later
    return datetime.fromisoformat(f"{months // 12:04d}-{months % 12 + 1:02d}-01T00:00:00Z").timestamp()
