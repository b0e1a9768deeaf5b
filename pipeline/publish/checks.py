"""May it be published? Listings that dropped too far, and rows that the SQL checks select.

Listed offers are compared with the last healthy run: outages change a status, they do not take an offer off the list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from pipeline.registry import Thresholds

CHECKS = Path(__file__).resolve().parents[2] / "queries" / "checks"


@dataclass(frozen=True, slots=True)
class Healthy:
    """A provider's last healthy listing: how many offers it had, and since when listings are lower, if they are."""

    listed_offers: int
    low_since: datetime | None = None


@dataclass(slots=True)
class Verdict:
    """What the listings of a run are worth.

    Attributes:
        good: Providers whose listing is complete and healthy (or accepted).
        stale: Providers that failed or dropped, with the reason.
        healthy: What the next run is to be compared with.
        refused: Why nothing may be published, or None.
        warnings: Surges, and drops that were accepted.
        accepted_drop: Whether a drop was published because it was asked for.
    """

    good: set[str] = field(default_factory=set)
    stale: dict[str, str] = field(default_factory=dict)
    healthy: dict[str, Healthy] = field(default_factory=dict)
    refused: str | None = None
    warnings: list[str] = field(default_factory=list)
    accepted_drop: bool = False


def dropped(listed: int, before: int, limits: Thresholds) -> bool:
    """Return whether a listing is too much smaller than the last healthy one to be believed."""
    return listed < limits.healthy_share * before and before - listed >= limits.min_drop


def judge(
    listed: Mapping[str, int | None],
    before: Mapping[str, Healthy],
    now: datetime,
    *,
    accept_drop: bool = False,
    limits: Thresholds | None = None,
) -> Verdict:
    """Return which listings are taken, and whether the run may be published at all.

    Args:
        listed: Offers that each asked provider listed; None where its crawl failed.
        before: The last healthy listing of each provider known so far.
        now: The time of this run.
        accept_drop: Take drops as true; recorded in the verdict.
        limits: The thresholds, by default those of the registry.
    """
    limits = limits or Thresholds()
    verdict = Verdict(healthy=dict(before))
    for provider, count in sorted(listed.items()):
        _judge_one(verdict, provider, count, before.get(provider), now, accept_drop, limits)
    verdict.refused = _refusal(verdict, listed, before, limits)
    return verdict


def _judge_one(
    verdict: Verdict,
    provider: str,
    count: int | None,
    last: Healthy | None,
    now: datetime,
    accept_drop: bool,
    limits: Thresholds,
) -> None:
    if count is None:
        verdict.stale[provider] = "its crawl failed"
        return
    if last is not None and dropped(count, last.listed_offers, limits):
        low_since = last.low_since or now
        what = f"{provider} lists {count} offers, {last.listed_offers} before"
        if accept_drop:
            verdict.accepted_drop = True
            verdict.warnings.append(f"{what}: accepted as asked")
        elif now - low_since >= limits.settle_time:
            verdict.warnings.append(f"{what}: low since {low_since.isoformat()}, taken as the new truth")
        else:
            verdict.stale[provider] = f"{what}: dropped too far"
            verdict.healthy[provider] = Healthy(last.listed_offers, low_since)
            return
    if last is not None and last.listed_offers and count > limits.surge_factor * last.listed_offers:
        verdict.warnings.append(f"{provider} lists {count} offers, {last.listed_offers} before: more than expected")
    verdict.good.add(provider)
    verdict.healthy[provider] = Healthy(count)


def _refusal(
    verdict: Verdict, listed: Mapping[str, int | None], before: Mapping[str, Healthy], limits: Thresholds
) -> str | None:
    """Return why nothing may be published: nothing was listed at all, or too much is missing overall.

    One provider alone never holds back the others, however large it is; a drop across several does.
    """
    if not verdict.good or not any(listed[provider] for provider in verdict.good):
        return "no provider's listing could be taken"
    expected = sum(before[p].listed_offers for p in listed if p in before)
    fresh = sum(listed[p] or 0 for p in listed if p in before and p in verdict.good)
    missing = [p for p in verdict.stale if p in before]
    if len(missing) > 1 and fresh < limits.healthy_share * expected:
        return f"{fresh} of {expected} offers listed, under {limits.healthy_share:.0%}; missing: {', '.join(missing)}"
    return None


def sql_checks(tables: Mapping[str, pa.Table], folder: Path = CHECKS) -> list[str]:
    """Run every check over the tables and return one line for each that selects rows; none is as it should be.

    Raises:
        duckdb.Error: a check is not valid SQL over the tables.
    """
    findings = []
    with duckdb.connect() as connection:
        for name, table in tables.items():
            connection.register(name, table)
        for check in sorted(folder.glob("*.sql")):
            query = f"SELECT columns(*)::VARCHAR FROM ({check.read_text(encoding='utf-8')}) LIMIT 4"  # noqa: S608 our own file
            bad = connection.execute(query).fetchall()
            if bad:
                examples = "; ".join(", ".join(map(str, row)) for row in bad[:3])
                findings.append(f"{check.stem}: {examples}{' …' if len(bad) > 3 else ''}")
    return findings
