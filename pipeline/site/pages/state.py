"""State of inference: price against speed, the price index, coverage by task, who is cheapest how often.

Each answer is the result of a query, shown with it: `hfp sql` and the SQL console give the same.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Final

from hf_providers.rules.tasks import CHAT_TASK
from hf_providers.text import clean, price, rounded
from pipeline.site import history, paths, svg
from pipeline.site.charts import Column, Dot, Part, meter, scatter, stacked
from pipeline.site.page import Page, Raw, with_json
from pipeline.site.source import Context, Row, Source

SHOWN: Final = 300
"""Most rows of a table of numbers; the data has all."""
BOX: Final = svg.Box(width=1000, height=280, left=0, right=0, fluid=True)

FRONTIER: Final = "FROM price_frontier"
INDEX: Final = "FROM price_index"
COVERAGE: Final = "FROM coverage ORDER BY live_models DESC, models DESC, task"
CHEAPEST: Final = "FROM cheapest_share"
BY_PROVIDER: Final = "FROM provider_price_index"
CHEAPEST_THEN: Final = """\
SELECT i.month, c.provider, count(*) AS cheapest_of
FROM price_index AS i
JOIN cheapest_over_time AS c
    ON strftime(c.from_at, '%Y-%m') <= i.month AND coalesce(strftime(c.to_at, '%Y-%m') > i.month, true)
WHERE c.priced_offers > 1
GROUP BY i.month, c.provider
ORDER BY i.month, cheapest_of DESC, c.provider"""
"""Who was the cheapest at the end of each month, among models that at least two providers priced."""
LOOKED: Final = """\
SELECT provider, min(looked_at) AS known_from, max(looked_at) AS known_to, count(*) AS looks
FROM (
    SELECT provider, looked_at, sum(gap) OVER (PARTITION BY provider ORDER BY looked_at) AS stretch
    FROM (
        SELECT provider, looked_at, CASE WHEN looked_at <= lag(looked_at) OVER (
            PARTITION BY provider ORDER BY looked_at
        ) + INTERVAL 24 HOUR THEN 0 ELSE 1 END AS gap
        FROM looks
    )
)
GROUP BY provider, stretch
ORDER BY provider, known_from"""
"""Stretches of listings that are at most a day apart: between stretches nothing is known."""


def make(source: Source) -> Iterator[Page | Raw]:
    """Give the page, and the rows of each of its answers as JSON."""
    answers = {
        "price_frontier": FRONTIER,
        "price_index": INDEX,
        "provider_price_index": BY_PROVIDER,
        "coverage": COVERAGE,
        "looks": LOOKED,
        "cheapest_share": CHEAPEST,
        "cheapest_then": CHEAPEST_THEN,
    }
    results = {name: source.sql(query) for name, query in answers.items()}
    page = Page(
        path="state/index.html",
        template="state.html",
        title="State of inference",
        description="Inference providers on Hugging Face as a whole: price and speed, price index, coverage, cheapest.",
        section="state/",
        context={
            "pareto": _pareto(results["price_frontier"]),
            "index": _index(results["price_index"]),
            "by_provider": _by_provider(results["provider_price_index"]),
            "coverage": {"rows": results["coverage"], "sql": COVERAGE},
            "looked": _looked(results["looks"]),
            "cheapest": {"rows": results["cheapest_share"], "sql": CHEAPEST},
            "then": _then(results["cheapest_then"]),
            "history": history,
            "meter": meter,
        },
    )
    document = {name: {"query": query, "rows": results[name]} for name, query in answers.items()}
    yield from with_json(page, source.head() | document)


def _pareto(rows: Sequence[Row]) -> Context:
    """Return the chart of offers and its frontier; `chart` is None without a price above 0."""
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
    """Return the address of an offer, relative to this page."""
    return f"../{paths.model(row['model_id'])}#{paths.offer(row['provider'], CHAT_TASK)}"


def _index(rows: Sequence[Row]) -> Context:
    """Return the monthly index as a chart and rows; `chart` is None where fewer than two months have one."""
    held = [
        svg.Held(_month(row["month"]), _month(row["month"], 1), Decimal(repr(round(row["price_index"], 2))))
        for row in rows
        if row["price_index"] is not None
    ]
    chart = None
    if len(held) > 1:
        unit, span = f"{rows[0]['month']} = 100", (held[0].begin, held[-1].end)
        chart = svg.step_chart("price-index", "Price index", unit, {"index": held}, span, history.WIDE)
    return {"chart": chart, "rows": list(reversed(rows)), "sql": INDEX}


def _by_provider(rows: Sequence[Row]) -> Context:
    """Return the index of the providers with the most prices compared, a line each, with `rows` newest first."""
    by_provider: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row["price_index"] is not None:
            by_provider[row["provider"]].append(row)
    several = [(sum(row["routes"] for row in own), name) for name, own in by_provider.items() if len(own) > 1]
    names = [name for _, name in sorted(several, key=lambda one: (-one[0], one[1]))][: history.SERIES]
    lines = {clean(name): [_index_of(name, row) for row in by_provider[name]] for name in names}
    every = [held for line in lines.values() for held in line]
    span = every and (min(held.begin for held in every), max(held.end for held in every))
    chart = span and svg.step_chart(
        "provider-index", "Price index by provider", "its base month = 100", lines, span, BOX
    )
    shown = [row for row in reversed(rows) if row["provider"] in names]
    return {
        "chart": chart or None,
        "names": names,
        "more": len(several) - len(names),
        "rows": shown,
        "sql": BY_PROVIDER,
    }


def _index_of(name: str, row: Row) -> svg.Held:
    value = Decimal(repr(round(row["price_index"], 2)))
    label = f"{clean(name)}: {value:.1f} · {row['month']} · {row['routes']} prices compared, {row['base_month']} = 100"
    return svg.Held(_month(row["month"]), _month(row["month"], 1), value, label)


def _then(rows: Sequence[Row]) -> Context:
    """Return how many models each provider was the cheapest for, by month: a chart, and rows newest first."""
    totals: Counter[str] = Counter()
    months: dict[str, dict[str, int]] = defaultdict(dict)
    for row in rows:
        totals[row["provider"]] += row["cheapest_of"]
        months[row["month"]][row["provider"]] = row["cheapest_of"]
    names = [name for name, _ in sorted(totals.items(), key=lambda one: (-one[1], one[0]))][: history.SERIES]
    columns = [
        Column(month, [_part(month, name, own, names) for name in _order(own, names)]) for month, own in months.items()
    ]
    chart = (
        stacked("cheapest-then", "Models of which each provider was the cheapest", "models", columns, BOX)
        if columns
        else None
    )
    by_month = [
        {"month": month, "of": sum(own.values()), "who": [(name, own[name]) for name in _order(own, names)]}
        for month, own in reversed(months.items())
    ]
    return {"chart": chart, "names": names, "others": len(totals) - len(names), "rows": by_month, "sql": CHEAPEST_THEN}


def _order(own: Mapping[str, int], names: Sequence[str]) -> list[str]:
    """Return a month's providers: those with their own colour in its order, then the others by name."""
    return [name for name in names if name in own] + sorted(own.keys() - set(names))


def _part(month: str, name: str, own: Mapping[str, int], names: Sequence[str]) -> Part:
    label = f"{clean(name)}: the cheapest of {own[name]} of {sum(own.values())} models · end of {month}"
    return Part(names.index(name) + 1 if name in names else 0, own[name], label)


def _looked(rows: Sequence[Row]) -> Context:
    """Return when each provider's list was read: a strip, how often, and the longest gap."""
    by_provider: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_provider[row["provider"]].append(row)
    if not by_provider:
        return {"rows": [], "sql": LOOKED}
    begin = min(history.seconds(row["known_from"]) for row in rows)
    end = max(history.seconds(row["known_to"]) for row in rows)
    across = svg.Scale(*svg.widened(begin, end), 0, history.STRIP)
    return {
        "rows": [{"provider": name} | _stretches(own, across) for name, own in by_provider.items()],
        "begin": f"{datetime.fromtimestamp(begin, UTC):%Y-%m-%d}",
        "end": f"{datetime.fromtimestamp(end, UTC):%Y-%m-%d}",
        "sql": LOOKED,
    }


def _stretches(own: Sequence[Row], across: svg.Scale) -> Context:
    held = [(history.seconds(row["known_from"]), history.seconds(row["known_to"])) for row in own]
    gaps = [later[0] - earlier[1] for earlier, later in pairwise(held)]
    return {
        "looks": sum(row["looks"] for row in own),
        "hours": sum(end - begin for begin, end in held) / 3600,
        "gap": max(gaps) / 3600 if gaps else None,
        "last": own[-1]["known_to"],
        "strip": svg.strip([(begin, end, "live") for begin, end in held], across, history.HEIGHT),
    }


def _month(name: str, later: int = 0) -> float:
    """Return the beginning of a month, or of one some months later, in seconds since the epoch."""
    months = int(name[:4]) * 12 + int(name[5:7]) - 1 + later
    return datetime.fromisoformat(f"{months // 12:04d}-{months % 12 + 1:02d}-01T00:00:00Z").timestamp()
