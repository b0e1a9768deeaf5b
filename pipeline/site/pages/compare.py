"""Two to four models or providers side by side: by a script for any, and in the page for the most used chat models."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from markupsafe import Markup

from hf_providers.documents.answer import document
from hf_providers.rules import ranking
from hf_providers.rules.money import display
from hf_providers.rules.tasks import CHAT_TASK
from hf_providers.text import clean, price, rounded, seconds, short, tokens
from pipeline.site import history, index, paths, svg
from pipeline.site.page import Page, Raw
from pipeline.site.source import Row, Source

SHOWN: Final = 4
"""Models side by side in the page itself, and at most by the script."""
UNIT: Final = "USD per 1M tokens, blended 3:1"


@dataclass(frozen=True, slots=True)
class Property:
    """A line of the comparison.

    Attributes:
        label: What it is called, with its unit.
        text: What is shown of a model's answer.
        rank: More for the better; None where it is unknown. Without it, no model is best.
    """

    label: str
    text: Callable[[Row], str]
    rank: Callable[[Row], Decimal | float | None] = lambda _: None


def make(source: Source) -> Iterator[Page | Raw]:
    """Give the page; its script reads the search index and the JSON API."""
    chat = [
        row["model_id"]
        for row in source.models
        if any(
            offer["task"] == CHAT_TASK and ranking.is_live(offer, source.since)
            for offer in source.offers_by_model.get(row["model_id"], ())
        )
    ]
    answers = [document(source.catalog, model_id) for model_id in chat[:SHOWN]]
    found = index.make(source)
    yield Page(
        path="compare/index.html",
        template="compare.html",
        title="Compare",
        description="Two to four models or providers side by side: price, speed, context, readiness, tools.",
        script="compare.js",
        section="compare/",
        context={
            "index": found,
            "shown": [answer["model"]["model_id"] for answer in answers],
            "rows": [_row(line, answers) for line in PROPERTIES],
            "chart": _chart(source, chat[:SHOWN]),
            "providers": [
                {"id": name, "place": paths.provider(name)}
                for name, provider in source.providers.items()
                if provider["active"]
            ],
        },
    )


def _chart(source: Source, models: Sequence[str]) -> Markup | None:
    """Return the cheapest price of each model over time; None where no price of them was ever known."""
    last = source.catalog.meta()["checked_at"]
    lines = {clean(model_id): _held(source.cheapest_over_time.get(model_id, ()), last) for model_id in models}
    every = [held for line in lines.values() for held in line]
    if not every:
        return None
    span = min(held.begin for held in every), max(held.end for held in every)
    return svg.step_chart("cheapest", "Cheapest price over time", UNIT, lines, span, history.WIDE)


def _held(rows: Sequence[Row], last: str) -> list[svg.Held]:
    return [
        svg.Held(
            history.seconds(row["from_at"]),
            history.seconds(row["to_at"] or last),
            Decimal(row["blended_usd_per_mtok"]),
            f"{clean(row['model_id'])}: {display(row['blended_usd_per_mtok'])} on {clean(row['provider'])}"
            f" · {row['from_at'][:10]} to {(row['to_at'] or last)[:10]}",
        )
        for row in rows
    ]


def _row(line: Property, answers: Sequence[Row]) -> dict[str, Any]:
    """A line for the template: each value, and whether it is the best of at least two known and different ones."""
    ranks = [line.rank(answer) for answer in answers]
    known = [rank for rank in ranks if rank is not None]
    top = max(known) if len(known) > 1 and min(known) < max(known) else None
    values = [
        {"text": line.text(answer), "best": top is not None and rank == top}
        for answer, rank in zip(answers, ranks, strict=True)
    ]
    return {"label": line.label, "values": values}


def _of(answer: Row, pick: str, column: str) -> Any:
    """A column of the offer that was picked; None where none was."""
    return answer[pick] and answer[pick][column]


def _negative(value: str | float | None) -> Decimal | None:
    return None if value is None else -Decimal(str(value))


def _live(answer: Row) -> list[Row]:
    return [offer for offer in answer["offers"] if ranking.is_live(offer, answer["snapshot"].get("recent_since"))]


def _providers(answer: Row) -> int:
    return len({offer["provider"] for offer in _live(answer)})


def _hot(answer: Row) -> int:
    return sum(offer["readiness"] == "hot" for offer in answer["offers"])


def _context(answer: Row) -> int | None:
    return max(
        (offer["context_length"] for offer in _live(answer) if offer["context_length"] is not None), default=None
    )


def _some(answer: Row, column: str) -> str:
    """How many live offers have a capability, of how many that say so."""
    said = [offer[column] for offer in _live(answer) if offer[column] is not None]
    return f"{sum(said)} of {len(said)} offers" if said else "—"


def _named(answer: Row, pick: str) -> str:
    return _of(answer, pick, "provider") or "—"


PROPERTIES: Final = (
    Property("Task", lambda a: ", ".join(sorted({offer["task"] for offer in a["offers"]})) or "—"),
    Property("Parameters", lambda a: short(a["model"]["parameters"])),
    Property("License", lambda a: a["model"]["license"] or "—"),
    Property("Live providers", lambda a: str(_providers(a)), _providers),
    Property("Hot offers", lambda a: str(_hot(a)), _hot),
    Property(
        "Cheapest, blended 3:1, $/1M",
        lambda a: price(_of(a, "cheapest", "blended_usd_per_mtok")),
        lambda a: _negative(_of(a, "cheapest", "blended_usd_per_mtok")),
    ),
    Property("… input, $/1M", lambda a: price(_of(a, "cheapest", "input_usd_per_mtok"))),
    Property("… output, $/1M", lambda a: price(_of(a, "cheapest", "output_usd_per_mtok"))),
    Property("… from", lambda a: _named(a, "cheapest")),
    Property(
        "Fastest, tokens/s",
        lambda a: rounded(_of(a, "fastest", "throughput_tps")),
        lambda a: _of(a, "fastest", "throughput_tps"),
    ),
    Property(
        "… time to first token",
        lambda a: seconds(_of(a, "fastest", "ttft_ms")),
        lambda a: _negative(_of(a, "fastest", "ttft_ms")),
    ),
    Property(
        "… whole request",
        lambda a: seconds(_of(a, "fastest", "request_latency_ms")),
        lambda a: _negative(_of(a, "fastest", "request_latency_ms")),
    ),
    Property("… from", lambda a: _named(a, "fastest")),
    Property("Largest context served", lambda a: tokens(_context(a)), _context),
    Property("Tools", lambda a: _some(a, "supports_tools")),
    Property("Structured output", lambda a: _some(a, "supports_structured_output")),
    Property("Likes", lambda a: short(a["model"]["likes"])),
)
"""The lines of a comparison of models; site/scripts/lib/compare.js has the same."""
