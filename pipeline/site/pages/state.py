"""State of inference: price against speed, the price index, coverage by task, who is cheapest how often.

Each answer is one statement over the dataset, shown with it: `hfp sql` and the SQL console give the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from hf_providers.text import clean, price, rounded
from pipeline.site import svg
from pipeline.site.charts import Dot, meter, scatter
from pipeline.site.page import Page, Raw
from pipeline.site.source import Row, Source

SHOWN: Final = 300
"""Rows of a table of numbers; the data have all."""

PARETO: Final = """SELECT
    p.model_id, p.provider, p.blended_usd_per_mtok, p.throughput_tps,
    p.blended_usd_per_mtok > 0 AND NOT EXISTS (
        SELECT 1
        FROM pareto AS b
        WHERE
            b.blended_usd_per_mtok > 0
            AND b.blended_usd_per_mtok <= p.blended_usd_per_mtok
            AND b.throughput_tps >= p.throughput_tps
            AND (b.blended_usd_per_mtok < p.blended_usd_per_mtok OR b.throughput_tps > p.throughput_tps)
    ) AS frontier
FROM pareto AS p
ORDER BY p.blended_usd_per_mtok, p.throughput_tps, p.model_id, p.provider"""

INDEX: Final = """WITH stated AS (
    SELECT
        model_id, provider, task, valid_from, last_observed_at,
        CAST(3 * input_usd_per_mtok + output_usd_per_mtok AS DOUBLE) AS blended
    FROM price_history
    WHERE input_usd_per_mtok IS NOT NULL AND output_usd_per_mtok IS NOT NULL
), relative AS (
    SELECT
        *,
        blended / nullif(first_value(blended) OVER (
            PARTITION BY model_id, provider, task ORDER BY valid_from
        ), 0) AS of_first
    FROM stated
), months AS (
    SELECT unnest(generate_series(
        date_trunc('month', (SELECT min(valid_from) FROM stated)),
        date_trunc('month', (SELECT max(last_observed_at) FROM stated)),
        INTERVAL 1 MONTH
    )) AS month
), monthly AS (
    SELECT r.model_id, r.provider, r.task, m.month, arg_max(r.of_first, r.valid_from) AS of_first
    FROM months AS m
    JOIN relative AS r ON r.valid_from < m.month + INTERVAL 1 MONTH AND r.last_observed_at >= m.month
    WHERE r.of_first IS NOT NULL
    GROUP BY r.model_id, r.provider, r.task, m.month
), links AS (
    SELECT
        m.month,
        count(n.of_first) AS observed,
        count(b.of_first) AS routes,
        count(*) FILTER (n.of_first < b.of_first) AS cheaper,
        count(*) FILTER (n.of_first > b.of_first) AS dearer,
        median(n.of_first) FILTER (b.of_first IS NOT NULL) / nullif(median(b.of_first), 0) AS link
    FROM months AS m
    LEFT JOIN monthly AS n ON n.month = m.month
    LEFT JOIN monthly AS b
        ON b.month = n.month - INTERVAL 1 MONTH
        AND b.model_id = n.model_id AND b.provider = n.provider AND b.task = n.task
    GROUP BY m.month
), chains AS (
    SELECT *, count(*) FILTER (link IS NULL) OVER (ORDER BY month) AS chain
    FROM links
)
SELECT
    strftime(month, '%Y-%m') AS month, observed, routes, cheaper, dearer,
    CASE
        WHEN observed > 0 THEN 100 * coalesce(product(link) OVER (PARTITION BY chain ORDER BY month), 1)
    END AS price_index
FROM chains
ORDER BY month"""

COVERAGE: Final = "FROM coverage ORDER BY live_models DESC, models DESC, task"

CHEAPEST: Final = """WITH priced AS (
    SELECT DISTINCT model_id, task, provider
    FROM offers
    WHERE status = 'live' AND input_usd_per_mtok IS NOT NULL AND output_usd_per_mtok IS NOT NULL
), contested AS (
    SELECT model_id, task FROM priced GROUP BY model_id, task HAVING count(*) >= 2
)
SELECT
    p.provider,
    count(*) AS priced,
    count(c.provider) AS cheapest_of,
    (SELECT count(*) FROM contested) AS contested
FROM priced AS p
JOIN contested AS t ON t.model_id = p.model_id AND t.task = p.task
LEFT JOIN cheapest AS c ON c.model_id = p.model_id AND c.task = p.task AND c.provider = p.provider
GROUP BY p.provider
ORDER BY cheapest_of DESC, priced DESC, p.provider"""


def make(source: Source) -> Iterator[Page | Raw]:
    """Give the page."""
    yield Page(
        path="state/index.html",
        template="state.html",
        title="State of inference",
        description="Inference providers on Hugging Face as a whole: price and speed, price index, coverage, cheapest.",
        section="state/",
        context={
            "pareto": _pareto(source.sql(PARETO)),
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
        "sql": PARETO,
    }


def _dots(rows: Sequence[Row]) -> list[Dot]:
    return [
        Dot(
            float(row["blended_usd_per_mtok"]),
            row["throughput_tps"],
            f"{clean(row['model_id'])} on {clean(row['provider'])}, ${price(row['blended_usd_per_mtok'])},"
            f" {rounded(row['throughput_tps'])} tokens/s",
        )
        for row in rows
    ]


def _index(rows: Sequence[Row]) -> dict[str, Any]:
    """Return the index month by month as a chart and rows; `chart` is None where it has fewer than two months."""
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
