"""The offer that represents a route: one order, in rows and in frames."""

from __future__ import annotations

from itertools import permutations, product
from typing import Any

import polars as pl
import pytest

from pipeline.assemble.representative import representative_offer, representative_offers

TYPES = ("single-model", "tag-filter", "org-filter", None)
STATUSES = ("live", "staging", "error", "paused", None)
NAMES = ("a", "b", None)


def offer(kind: str | None, status: str | None, name: str | None) -> dict[str, Any]:
    route = {"model_id": "org/m", "provider": "novita", "task": "conversational"}
    return route | {"type": kind, "status": status, "provider_model_id": name}


def by_frame(offers: list[dict[str, Any]]) -> dict[str, Any]:
    columns = ("model_id", "provider", "task", "type", "status", "provider_model_id")
    frame = pl.DataFrame(offers, schema=dict.fromkeys(columns, pl.String))
    return representative_offers(frame).row(0, named=True)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("single-model", "error", "z"), ("tag-filter", "live", "a")),
        (("single-model", "error", "z"), ("org-filter", "live", "a")),
        ((None, "error", "z"), ("tag-filter", "live", "a")),
        (("single-model", "live", "z"), (None, "live", "a")),
        (("single-model", "staging", "z"), ("single-model", "error", "a")),
        (("single-model", "live", "z"), ("single-model", "staging", "a")),
        (("single-model", "error", "z"), ("single-model", "paused", "a")),
        (("single-model", "live", "a"), ("single-model", "live", "b")),
        (("single-model", "live", "b"), ("single-model", "live", None)),
    ],
)
def test_which_comes_first(first: tuple[str | None, ...], second: tuple[str | None, ...]) -> None:
    for pair in permutations((offer(*first), offer(*second))):
        assert representative_offer(list(pair)) == offer(*first)
        assert by_frame(list(pair)) == offer(*first)


@pytest.mark.slow
def test_rows_and_frames_agree_on_every_pair() -> None:
    every = [offer(*values) for values in product(TYPES, STATUSES, NAMES)]
    for one, other in product(every, every):
        assert representative_offer([one, other]) == by_frame([one, other])
