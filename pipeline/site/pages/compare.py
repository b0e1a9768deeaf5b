"""Two to four models or providers side by side: by a script for any, and in the page for the most used chat models."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, Final

from markupsafe import Markup

from hf_providers.catalog.row_types import AnyRow, OfferRow
from hf_providers.documents.answer import document
from hf_providers.documents.types import Answer
from hf_providers.rules import ranking
from hf_providers.rules.money import display
from hf_providers.rules.tasks import CHAT_TASK
from hf_providers.text import clean, price, rounded, seconds, short, tokens
from pipeline.site import history, index, paths, svg
from pipeline.site.page import Page, Raw, with_json
from pipeline.site.source import Context, Row, Source

SHOWN: Final = 4
"""Models side by side in the page itself, and at most by the script."""
UNIT: Final = "USD per 1M tokens, blended 3:1"


@dataclass(frozen=True, slots=True)
class Property:
    """A line of the comparison of models; the page hands the list to its script, which compares any others by it.

    Attributes:
        label: What it is called, with its unit.
        value: A name in `VALUES`, or an object of the answer and its key: `cheapest.provider`.
        kind: How it is written: a name in `KINDS`.
        best: Which is the best: the `most` or the `least`. Without it, no model is best.
    """

    label: str
    value: str
    kind: str = "text"
    best: str | None = None


def make(source: Source) -> Iterator[Page | Raw]:
    """Give the page, and the answers that it shows as it comes; its script reads the search index and the JSON API."""
    chat = [
        row["model_id"]
        for row in source.models
        if any(
            offer["task"] == CHAT_TASK and ranking.is_live(offer, source.since)
            for offer in source.offers_by_model.get(row["model_id"], ())
        )
    ]
    answers = [document(source.catalog, model_id) for model_id in chat[:SHOWN]]
    page = Page(
        path="compare/index.html",
        template="compare.html",
        title="Compare",
        description="Two to four models or providers side by side: price, speed, context, readiness, tools.",
        script="compare.js",
        section="compare/",
        context={
            "index": index.make(source),
            "shown": [answer["model"]["model_id"] for answer in answers],
            "rows": [_row(line, answers) for line in PROPERTIES],
            "properties": json.dumps([asdict(line) for line in PROPERTIES], ensure_ascii=False),
            "chart": _chart(source, chat[:SHOWN]),
            "providers": [
                {"id": name, "place": paths.provider(name)}
                for name, provider in source.providers.items()
                if provider["active"]
            ],
        },
    )
    yield from with_json(page, source.head() | {"models": answers})


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


def _row(line: Property, answers: Sequence[Answer]) -> Context:
    """A line for the template: each value, whether it is the best of at least two known and different ones, its date.

    What reads the same is equally good, so 1,048,576 tokens are no better than 1,000,000: both are 1M. An old speed is
    shown with its date, and is not judged.
    """
    values = [_value(line, answer) for answer in answers]
    dates = [_old_date(line, answer) for answer in answers]
    texts = [KINDS[line.kind](value) for value in values]
    ranked = [
        (rank, text)
        for value, date, text in zip(values, dates, texts, strict=True)
        if not date and (rank := _rank(line, value)) is not None
    ]
    top = max(ranked)[1] if len({text for _, text in ranked}) > 1 else None
    cells = [
        {"text": text, "best": not date and text == top, "date": date if value is not None else None}
        for value, date, text in zip(values, dates, texts, strict=True)
    ]
    return {"label": line.label, "values": cells}


def _value(line: Property, answer: Answer) -> Any:
    """Return a property of an answer; None where it is unknown, or no offer was picked."""
    if line.value in VALUES:
        return VALUES[line.value](answer)
    part, key = line.value.split(".")
    picked: AnyRow | None = _fastest(answer) if part == "fastest" else answer[part]  # type: ignore[literal-required]
    return picked and picked[key]


def _fastest(answer: Answer) -> OfferRow | None:
    """Return the fastest offer by recent measurements; where there is none, by older ones of its live offers."""
    task = ranking.main_task(answer["offers"])
    return answer["fastest"] or ranking.fastest([one for one in _live(answer) if one["task"] == task], None)


def _old_date(line: Property, answer: Answer) -> str | None:
    """Return the day of an old measurement, where the line is a figure of one."""
    if line.kind == "text" or not line.value.startswith("fastest.") or answer["fastest"]:
        return None
    older = _fastest(answer)
    return older and ((older["measured_at"] or "")[:10] or "date unknown")


def _rank(line: Property, value: Any) -> Decimal | None:
    """Return more for the better value; None where it is unknown, or none is better."""
    if line.best is None or value is None:
        return None
    return Decimal(str(value)) if line.best == "most" else -Decimal(str(value))


def _live(answer: Answer) -> list[OfferRow]:
    return [offer for offer in answer["offers"] if ranking.is_live(offer, answer["snapshot"].get("recent_since"))]


def _providers(answer: Answer) -> int:
    return len({offer["provider"] for offer in _live(answer)})


def _hot(answer: Answer) -> int:
    return sum(offer["readiness"] == "hot" for offer in answer["offers"])


def _context(answer: Answer) -> int | None:
    return max(
        (offer["context_length"] for offer in _live(answer) if offer["context_length"] is not None), default=None
    )


def _some(answer: Answer, column: str) -> str | None:
    """How many live offers have a capability, of how many that say so; None where none says."""
    offers: list[AnyRow] = list(_live(answer))
    flags = [offer[column] for offer in offers if offer[column] is not None]
    return f"{sum(flags)} of {len(flags)} offers" if flags else None


VALUES: Final[Mapping[str, Callable[[Answer], Any]]] = {
    "tasks": lambda answer: ", ".join(sorted({offer["task"] for offer in answer["offers"]})),
    "live_providers": _providers,
    "hot_offers": _hot,
    "largest_context": _context,
    "tools": lambda answer: _some(answer, "supports_tools"),
    "structured_output": lambda answer: _some(answer, "supports_structured_output"),
}
"""What is counted from the offers; site/scripts/lib/compare.js counts the same."""
KINDS: Final[Mapping[str, Callable[[Any], str]]] = {
    "text": lambda value: "—" if value in (None, "") else str(value),
    "price": price,
    "rounded": rounded,
    "seconds": seconds,
    "short": short,
    "tokens": tokens,
}
PROPERTIES: Final = (
    Property("Task", "tasks"),
    Property("Parameters", "model.parameters", "short"),
    Property("License", "model.license"),
    Property("Live providers", "live_providers", best="most"),
    Property("Hot offers", "hot_offers", best="most"),
    Property("Cheapest, blended 3:1, $/1M", "cheapest.blended_usd_per_mtok", "price", "least"),
    Property("… input, $/1M", "cheapest.input_usd_per_mtok", "price"),
    Property("… output, $/1M", "cheapest.output_usd_per_mtok", "price"),
    Property("… from", "cheapest.provider"),
    Property("Fastest, tokens/s", "fastest.throughput_tps", "rounded", "most"),
    Property("… time to first token", "fastest.ttft_ms", "seconds", "least"),
    Property("… whole request", "fastest.request_latency_ms", "seconds", "least"),
    Property("… from", "fastest.provider"),
    Property("Largest context served", "largest_context", "tokens", "most"),
    Property("Tools", "tools"),
    Property("Structured output", "structured_output"),
    Property("Likes", "model.likes", "short"),
)
"""The lines of a comparison of models."""
