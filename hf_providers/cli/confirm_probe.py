"""Before a probe: whom it asks, what it costs at most, and whether that is wanted."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from hf_providers.cli.exits import INTERRUPTED, NOTHING_FOUND, USAGE, Stop
from hf_providers.live import probe
from hf_providers.live.router_calls import needs_token
from hf_providers.rules.money import display, usd
from hf_providers.rules.tasks import CHAT_TASK
from hf_providers.text import clean

if TYPE_CHECKING:
    from hf_providers.cli.option_types import StatusOptions
    from hf_providers.hub import Settings
    from hf_providers.live.offers_now import Live


def probed(options: StatusOptions, found: Live, settings: Settings) -> list[probe.Probe]:
    """Return how each live chat provider answered one request, once the cost was said and agreed to.

    Raises:
        Stop: there is nobody to ask, or the cost is not wanted.
        HubError: there is no token.
    """
    chats = {o["provider"]: o for o in found.offers if o["task"] == CHAT_TASK and o["status"] == "live"}
    if not chats:
        message = f"no live provider of {found.model_id} takes chats, which is what a probe sends"
        raise Stop(NOTHING_FOUND, message, f"see its state without: hfp status {found.model_id}")
    needs_token(settings)
    providers = _agreed(options, probe.estimate(chats.values()))
    return probe.probe(settings, found.model_id, providers, options.time_limit)


def _agreed(options: StatusOptions, cost: probe.Estimate) -> tuple[str, ...]:
    """Return the providers to ask, after saying what that costs.

    Raises:
        Stop: it costs more than is wanted, or nobody agreed.
    """
    providers = cost.priced if options.max_cost is not None else cost.priced + cost.unpriced
    if options.max_cost is not None and (cost.nano_usd > options.max_cost or not providers):
        limit = f"--max-cost {display(usd(options.max_cost))}"
        reason = (
            f"about {display(usd(cost.nano_usd))}, more than {limit}" if providers else f"unknown, so not below {limit}"
        )
        raise Stop(USAGE, f"probing would cost {reason}", "raise it, or name one --provider")
    left_out = options.max_cost is not None
    print(clean(_said(cost, len(providers), left_out=left_out)), file=sys.stderr)
    if not options.yes:
        _ask()
    return providers


def _said(cost: probe.Estimate, count: int, *, left_out: bool) -> str:
    requests = f"{count} request{'s' if count != 1 else ''} of at most {probe.MAX_TOKENS} tokens"
    said = f"{requests}: at most about {display(usd(cost.nano_usd))}" if cost.priced else f"{requests}: price unknown"
    if not cost.unpriced or not cost.priced:
        return said
    names = ", ".join(cost.unpriced)
    return f"{said}; not asked, price unknown: {names}" if left_out else f"{said}, and of unknown price: {names}"


def _ask() -> None:
    if not sys.stdin.isatty():
        raise Stop(USAGE, "a probe spends money, and there is nobody here to ask", "add --yes to agree beforehand")
    print("send them? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise Stop(INTERRUPTED, "nothing was sent", "the state without a probe: leave --probe out")
