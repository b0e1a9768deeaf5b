"""Ask before a probe: say which providers it calls and what it costs at most."""

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


def probed(options: StatusOptions, live: Live, settings: Settings) -> list[probe.Probe]:
    """Return how each live chat provider answered one request, after the user agreed to the cost.

    Raises:
        Stop: no live chat provider, or the user did not agree to the cost.
        HubError: there is no token.
    """
    chats = {o["provider"]: o for o in live.offers if o["task"] == CHAT_TASK and o["status"] == "live"}
    if not chats:
        message = f"no live provider of {live.model_id} takes chats, which is what a probe sends"
        raise Stop(NOTHING_FOUND, message, f"see its state without: hfp status {live.model_id}")
    needs_token(settings)
    providers = _agreed(options, probe.estimate(chats.values()))
    return probe.probe(settings, live.model_id, providers, options.time_limit)


def _agreed(options: StatusOptions, cost: probe.Estimate) -> tuple[str, ...]:
    """Return the providers to ask, after saying what that costs.

    Raises:
        Stop: it costs more than --max-cost, or the user did not agree.
    """
    providers = cost.priced if options.max_cost is not None else cost.priced + cost.unpriced
    if options.max_cost is not None and (cost.nano_usd > options.max_cost or not providers):
        limit = f"--max-cost {display(usd(options.max_cost))}"
        reason = (
            f"about {display(usd(cost.nano_usd))}, more than {limit}" if providers else f"unknown, so not below {limit}"
        )
        raise Stop(USAGE, f"probing would cost {reason}", "raise it, or name one --provider")
    left_out = options.max_cost is not None
    print(clean(_cost_text(cost, len(providers), left_out=left_out)), file=sys.stderr)
    if not options.yes:
        _ask()
    return providers


def _cost_text(cost: probe.Estimate, count: int, *, left_out: bool) -> str:
    requests = f"{count} request{'s' if count != 1 else ''} of at most {probe.MAX_TOKENS} tokens"
    text = f"{requests}: at most about {display(usd(cost.nano_usd))}" if cost.priced else f"{requests}: price unknown"
    if not cost.unpriced or not cost.priced:
        return text
    names = ", ".join(cost.unpriced)
    return f"{text}; not asked, price unknown: {names}" if left_out else f"{text}, and of unknown price: {names}"


def _ask() -> None:
    if not sys.stdin.isatty():
        raise Stop(USAGE, "a probe costs money, and there is no terminal to ask on", "agree beforehand: --yes")
    print("send them? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise Stop(INTERRUPTED, "nothing was sent", "leave --probe out to see the state without one")
