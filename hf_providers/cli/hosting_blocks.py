"""The DEDICATED and LOCAL lines of an answer: one each, in plain words. On the way to every answer: cheap."""

from __future__ import annotations

from hf_providers.hosting import requirements
from hf_providers.rules.money import display
from hf_providers.text import fit, width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from hf_providers.cli.output import Screen
    from hf_providers.documents.types import HostingBlocks
    from hf_providers.hosting.estimate_types import Dedicated, Local

MACHINES_SHOWN = 3


def lines(screen: Screen, answer: HostingBlocks) -> list[str]:
    """Return a line for what is known: which endpoint holds the model, and which machine of one's own."""
    texts = []
    if answer["dedicated"]:
        texts.append(_line(screen, "DEDICATED", _dedicated(answer["dedicated"])))
    if answer["local"]:
        texts.append(_line(screen, "LOCAL", _local(answer["local"], alone=not answer["dedicated"])))
    return ["", *texts] if texts else []


def _line(screen: Screen, name: str, texts: Sequence[str]) -> str:
    """Return a heading and the longest text that fits: a price is never cut."""
    room = screen.cells - 12
    text = next((text for text in texts if width(text) <= room), fit(texts[-1], room))
    return f"{screen.style('bold', name)}{' ' * (12 - len(name))}{text}"


def _dedicated(dedicated: Dedicated) -> list[str]:
    """Return what the model needs and the cheapest instance that holds it, as in 8 × H200 (aws) $40.00/h."""
    best = dedicated["cheapest"]
    holds = "no listed instance holds it"
    if best is not None:
        name = requirements.instance_name(best).replace("NVIDIA ", "")
        holds = f"{name} {display(best['usd_per_hour'])}/h"
    return [f"{needs}: {holds}" for needs in requirements.total_texts(dedicated["needs"])] + [holds]


def _local(local: Local, *, alone: bool) -> list[str]:
    """Return the smallest machines of one's own that hold the model; what it needs where no other line says it."""
    desktops = [machine for machine in local["machines"] if machine["kind"] != "server"]
    fitting = ["no single desktop holds it"]
    if desktops:
        fitting = [requirements.machines_text(desktops, shown) for shown in range(MACHINES_SHOWN, 0, -1)]
    if not alone:
        return fitting
    return [f"{needs}: {text}" for text in fitting for needs in requirements.total_texts(local["needs"])] + fitting
