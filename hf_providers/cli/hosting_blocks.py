"""The DEDICATED and LOCAL lines of an answer: one each, in plain words. On the way to every answer: cheap."""

from __future__ import annotations

from hf_providers.hosting import requirements
from hf_providers.rules.money import display

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from hf_providers.cli.output import Screen

    Row = dict[str, Any]

MACHINES_SHOWN = 3


def lines(screen: Screen, answer: Row) -> list[str]:
    """Return a line for what is known: which endpoint holds the model, and which machine of one's own."""
    found = []
    if answer["dedicated"]:
        found += [screen.heading("DEDICATED", _dedicated(answer["dedicated"]))]
    if answer["local"]:
        found += [screen.heading("LOCAL", _local(answer["local"], alone=not answer["dedicated"]))]
    return ["", *found] if found else []


def _dedicated(dedicated: Row) -> str:
    """Return what the model needs and the cheapest instance that holds it, as in 8 × NVIDIA H200 (aws) $40.00/h."""
    best = dedicated["cheapest"]
    holds = "no listed instance holds it"
    if best is not None:
        holds = f"{requirements.instance_name(best)} {display(best['usd_per_hour'])}/h"
    return f"{requirements.total_text(dedicated['needs'])}: {holds}"


def _local(local: Row, *, alone: bool) -> str:
    """Return the smallest machines of one's own that hold the model; what it needs where no other line says it."""
    desktops = [machine for machine in local["machines"] if machine["kind"] != "server"]
    fitting = requirements.machines_text(desktops, MACHINES_SHOWN) if desktops else "no single desktop holds it"
    return f"{requirements.total_text(local['needs'])}: {fitting}" if alone else fitting
