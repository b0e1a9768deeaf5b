"""The DEDICATED and LOCAL blocks of an answer, as lines. On the way to every answer: cheap."""

from __future__ import annotations

from hf_providers.hosting import requirements
from hf_providers.rules.money import display
from hf_providers.text import clean, fit, short

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from hf_providers.cli.output import Screen

    Row = dict[str, Any]


def lines(screen: Screen, found: Row) -> list[str]:
    """Return the blocks' lines, none for what is not known."""
    told = []
    if found["dedicated"]:
        told += [
            "",
            screen.heading("DEDICATED", f"your own endpoint, {requirements.billing(found['dedicated'])}; estimates"),
        ]
        told += [fit(line, screen.cells) for line in dedicated_lines(found["dedicated"])]
    if found["local"]:
        told += ["", screen.heading("LOCAL", "your own hardware; estimates, hfp need says more")]
        told += [fit(line, screen.cells) for line in local_lines(found["local"])]
    return told


def dedicated_lines(found: Row) -> list[str]:
    """Return the cheapest instance and from where on it pays."""
    best, even = found["cheapest"], found["break_even"]
    if best is None:
        return [f"  no listed GPU instance holds {requirements.weights_text(found['needs'])}"]
    rate = f"{display(best['usd_per_hour'])}/h  {requirements.size(best['memory_bytes'])}  {_holds(found)}"
    told = [f"  {requirements.instance_name(best)}  {rate}"]
    if even:
        told.append(
            f"  pays from {short(even['tokens_per_hour'])} tokens/h on at {even['mix']} ({clean(even['provider'])}),"
            f" if it serves {even['output_tps']:,} output tok/s"
        )
    return told


def _holds(found: Row) -> str:
    needs = found["needs"]
    stated = needs["weight_format"] or "published"
    cache = ", KV unknown" if needs["kv_cache_bytes"] is None else " and KV cache"
    return f"holds {stated} weights{cache}"


def local_lines(found: Row) -> list[str]:
    """Return the weights, the cache, and the smallest machines that hold them."""
    needs = found["needs"]
    told = [f"  {requirements.weights_text(needs)} · {requirements.cache_text(needs)}"]
    return [*told, f"  {requirements.machines_text(found['machines'], 3)}"]
