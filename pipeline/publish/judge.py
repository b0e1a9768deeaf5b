"""Decide whether a run may be published: implausibly small or large answers, and providers that the Hub refuses.

Offers are compared with the last day's healthy answers: an outage changes a status, but takes no offer off the list.
A size that lasts for long is accepted as the new one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from statistics import median

from pipeline.registry import Thresholds

DAY = timedelta(hours=24)
COMPARABLE = timedelta(hours=48)
MAX_LOOKS = 48


@dataclass(frozen=True, slots=True)
class Healthy:
    """The size of a source's healthy answers, and what has happened since.

    Attributes:
        listed_offers: Offers of the last healthy answer.
        low_since: Since when answers have been implausibly small, if they are.
        low_looks: How many answers in a row have been.
        looks: Time and size of the healthy answers of the last day.
        refused_since: Since when the Hub refuses to list the provider (400, 404), if it does.
        refusals: In how many runs in a row it has.
        surged_since: When the last answer was held because it was implausibly large.
    """

    listed_offers: int
    low_since: datetime | None = None
    low_looks: int = 0
    looks: tuple[tuple[datetime, int], ...] = ()
    refused_since: datetime | None = None
    refusals: int = 0
    surged_since: datetime | None = None

    def expected(self, now: datetime) -> float:
        """Return the median size of the last day's answers, against which a slow loss shows."""
        sizes = [size for at, size in self.looks if now - at <= DAY]
        return median(sizes) if sizes else self.listed_offers

    def looked(self, count: int, now: datetime) -> Healthy:
        """Return what is known after one more healthy answer."""
        recent = [look for look in self.looks if now - look[0] <= DAY and look[0] != now]
        return Healthy(count, looks=(*recent[-MAX_LOOKS:], (now, count)))


@dataclass(slots=True)
class Verdict:
    """Which answers of a run are accepted.

    Attributes:
        good: Providers whose listing is complete and healthy (or accepted), or that have ended.
        stale: Providers that failed or dropped, with the reason.
        healthy: The sizes to compare the next run's listings with, by provider.
        sizes: The same of other sources, by source and provider.
        small: Other sources whose answer is implausibly small, with the reason: it is discarded.
        ended: Providers that the Hub has refused to list for long, and since when.
        unknown: Providers that the Hub refuses to list and that had no offer before.
        surged: Providers that list implausibly many offers at once, with the reason: new ones wait for the next run.
        accepted_surge: Providers whose new offers are accepted now, and when these were first seen.
        refused: Why nothing may be published, or None.
        warnings: Odd answers that were accepted all the same.
        accepted_drop: Whether a drop was accepted because of --accept-drop.
    """

    good: set[str] = field(default_factory=set)
    stale: dict[str, str] = field(default_factory=dict)
    healthy: dict[str, Healthy] = field(default_factory=dict)
    sizes: dict[tuple[str, str], Healthy] = field(default_factory=dict)
    small: dict[tuple[str, str], str] = field(default_factory=dict)
    ended: dict[str, datetime] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    surged: dict[str, str] = field(default_factory=dict)
    accepted_surge: dict[str, datetime] = field(default_factory=dict)
    refused: str | None = None
    warnings: list[str] = field(default_factory=list)
    accepted_drop: bool = False

    def keep_first(self, providers: Iterable[str], before: Mapping[str, Healthy], moment: datetime) -> None:
        """Keep the providers' first answers of this moment: a history has one value at a time."""
        known = sorted(set(providers) & self.healthy.keys())
        for provider in known:
            self.good.discard(provider)
            for verdicts in (self.stale, self.ended, self.surged, self.accepted_surge):
                verdicts.pop(provider, None)
            self.healthy[provider] = before.get(provider, self.healthy[provider])
        if known:
            self.warnings.append(f"already observed at {moment.isoformat()}, and left as they are: {', '.join(known)}")


@dataclass(frozen=True, slots=True)
class Judge:
    """The rules of one run: its time, its options, and the thresholds."""

    now: datetime
    accept_drop: bool = False
    accept_jump: bool = False
    limits: Thresholds = field(default_factory=Thresholds)
    other_surges: frozenset[str] = frozenset()

    def low(self, what: str, count: int, last: Healthy | None, verdict: Verdict) -> tuple[str, Healthy] | None:
        """Return why an answer is too small, with the updated memory; None where it is accepted.

        Args:
            what: The source in words, such as `novita lists` or `router states`.
            count: How many offers it has.
            last: The memory of its healthy size.
            verdict: Gets a warning where a small answer is accepted.
        """
        if last is None or not dropped(count, last.expected(self.now), self.limits):
            return None
        since, looks = last.low_since or self.now, last.low_looks + 1
        reason = f"{what} {count} offers, {last.expected(self.now):g} before"
        if self.accept_drop:
            verdict.accepted_drop = True
            verdict.warnings.append(f"{reason}: accepted as asked")
            return None
        if self._has_settled(since, looks):
            verdict.warnings.append(f"{reason}: low since {since.isoformat()}, taken as the new truth")
            return None
        return f"{reason}: dropped too far", replace(last, low_since=since, low_looks=looks)

    def _has_settled(self, since: datetime, looks: int) -> bool:
        return looks >= self.limits.settle_looks and self.now - since >= self.limits.settle_time

    def listing(self, verdict: Verdict, provider: str, count: int, last: Healthy | None) -> None:
        """Judge a listing that was received."""
        if low := self.low(f"{provider} lists", count, last, verdict):
            verdict.stale[provider], verdict.healthy[provider] = low
            return
        verdict.good.add(provider)
        if last is not None and self._surges(verdict, provider, count, last):
            verdict.healthy[provider] = replace(last, surged_since=self.now, refused_since=None, refusals=0)
            return
        accepted = provider in verdict.accepted_surge
        verdict.healthy[provider] = self.known_after(count, None if accepted else last)

    def known_after(self, count: int, last: Healthy | None) -> Healthy:
        """Return the memory after an accepted answer; a small one that was accepted sets the new size."""
        if last is None or dropped(count, last.expected(self.now), self.limits):
            last = Healthy(count)
        return last.looked(count, self.now)

    def _surges(self, verdict: Verdict, provider: str, count: int, last: Healthy) -> bool:
        """Return whether the new offers of a listing have to wait for the next listing to confirm them."""
        if not self._is_more(count, last):
            return False
        reason = f"{provider} lists {count} offers, {last.expected(self.now):g} before"
        confirmed = last.surged_since is not None and provider not in self.other_surges
        if self.accept_jump or confirmed:
            verdict.accepted_surge[provider] = last.surged_since or self.now
            verdict.warnings.append(f"{reason}: {'accepted as asked' if self.accept_jump else 'confirmed'}")
            return False
        verdict.surged[provider] = f"{reason}: what is new is held until the next run confirms it"
        return True

    def _is_more(self, count: int, last: Healthy) -> bool:
        """Return whether an answer is implausibly larger than the last healthy one, if that is recent."""
        expected = last.expected(self.now)
        is_recent = bool(last.looks) and self.now - last.looks[-1][0] <= COMPARABLE
        more = count > self.limits.surge_factor * expected and count - expected > self.limits.min_surge
        return more and is_recent and bool(last.listed_offers)

    def size_after(self, count: int, last: Healthy | None) -> Healthy:
        """Return the memory after an answer of another source: a single surge does not set the new size.

        Otherwise one answer with made-up rows would make all real ones look too small.
        """
        if last is None or not self._is_more(count, last):
            return self.known_after(count, last)
        return Healthy(count).looked(count, self.now) if last.surged_since else replace(last, surged_since=self.now)

    def refusal(self, verdict: Verdict, provider: str, last: Healthy | None, *, others_answer: bool) -> None:
        """Judge a provider that the Hub refuses to list: it never knew it, or no longer does."""
        if last is None:
            verdict.unknown.add(provider)
            return
        since, times = last.refused_since or self.now, last.refusals + (1 if others_answer else 0)
        known = replace(last, refused_since=since, refusals=times)
        if self._has_settled(since, times):
            verdict.good.add(provider)
            verdict.ended[provider] = since
            if last.listed_offers:
                reason = f"{provider}: refused by the Hub since {since.isoformat()}, taken as ended then"
                verdict.warnings.append(reason)
            known = replace(known, listed_offers=0, looks=())
        elif last.listed_offers:
            verdict.stale[provider] = "the Hub refuses to list it"
        else:
            # It listed nothing while the Hub knew it, so there is nothing to become stale.
            verdict.unknown.add(provider)
        verdict.healthy[provider] = known


def dropped(listed: int, before: float, limits: Thresholds) -> bool:
    """Return whether a listing is implausibly smaller than healthy ones."""
    return listed < limits.healthy_share * before and before - listed >= limits.min_drop


def judge(
    listed: Mapping[str, int | None],
    before: Mapping[str, Healthy],
    now: datetime,
    *,
    accept_drop: bool = False,
    accept_jump: bool = False,
    refusing: Iterable[str] = (),
    limits: Thresholds | None = None,
    other_surges: Iterable[str] = (),
) -> Verdict:
    """Return which listings are accepted, and whether the run may be published at all.

    Args:
        listed: Offers that each asked provider listed; None where its crawl failed.
        before: The memory of each provider's healthy listings.
        now: The time of this run.
        accept_drop: Accept drops; recorded in the verdict.
        accept_jump: Accept surges.
        refusing: Providers among the failed that the Hub refused to list with 400 or 404.
        limits: The thresholds, by default those of the registry.
        other_surges: Providers that list other offers than the held ones: these do not confirm them.
    """
    rules = Judge(now, accept_drop, accept_jump, limits or Thresholds(), frozenset(other_surges))
    refused = frozenset(refusing)
    verdict = Verdict(healthy=dict(before))
    others_answer = any(listed.values())
    for provider, count in sorted(listed.items()):
        if provider in refused:
            rules.refusal(verdict, provider, before.get(provider), others_answer=others_answer)
        elif count is None:
            verdict.stale[provider] = "its crawl failed"
        else:
            rules.listing(verdict, provider, count, before.get(provider))
    verdict.refused = _refusal(verdict, listed, before, rules)
    return verdict


def judge_others(
    verdict: Verdict,
    sizes: Mapping[tuple[str, str], int],
    before: Mapping[tuple[str, str], Healthy],
    now: datetime,
    *,
    accept_drop: bool = False,
    limits: Thresholds | None = None,
) -> None:
    """Judge the answers of all other sources by the same rule of drops, and add the result to the verdict.

    Args:
        verdict: Gets `sizes`, `small` and warnings.
        sizes: How much each source that answered states, by source and provider.
        before: The memory of their healthy sizes.
        now: The time of this run.
        accept_drop: Accept drops.
        limits: The thresholds, by default those of the registry.
    """
    rules = Judge(now, accept_drop, limits=limits or Thresholds())
    verdict.sizes = dict(before)
    for source, count in sorted(sizes.items()):
        last = before.get(source)
        low = rules.low(f"{' '.join(filter(None, source))} states", count, last, verdict)
        if low:
            verdict.small[source], verdict.sizes[source] = low
        elif verdict.surged and last is not None and count > last.expected(now):
            verdict.sizes[source] = last  # offers held in a listing do not raise this size either
        else:
            verdict.sizes[source] = rules.size_after(count, last)


def _refusal(
    verdict: Verdict, listed: Mapping[str, int | None], before: Mapping[str, Healthy], rules: Judge
) -> str | None:
    """Return why nothing may be published: no listing was received, or too much is missing overall.

    A single provider never stops the others, however large it is; a drop across several does.
    """
    if not any(listed[provider] for provider in verdict.good):
        return "no provider's listing was accepted"
    share = rules.limits.healthy_share
    known = [p for p in listed if p in before and p not in verdict.ended]
    expected = sum(before[p].listed_offers for p in known)
    fresh = sum(listed[p] or 0 for p in known if p in verdict.good)
    missing = [p for p in verdict.stale if p in before]
    if len(missing) > 1 and fresh < share * expected:
        return f"{fresh} of {expected} offers listed, under {share:.0%}; missing: {', '.join(missing)}"
    return None
