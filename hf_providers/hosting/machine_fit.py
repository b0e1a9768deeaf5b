"""Judge a machine: whether a model fits, at which context, and in which weight format.

Used by `hfp need --machine` only, not by `hfp MODEL`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from hf_providers.hosting import memory, weights
from hf_providers.hosting.hardware import MACHINES, UNIFIED_SHARE_PCT
from hf_providers.hosting.memory import GB, GIB, USABLE_SHARE_PCT
from hf_providers.hosting.requirements import held, judged_by

if TYPE_CHECKING:
    from hf_providers.catalog.row_types import ArchitectureRow
    from hf_providers.hosting.estimate_types import BestFormat, JudgedMachine, MachineKind, NamedMachine, Needs

LONGEST: Final = 10**8
"""The longest context tried for a model that does not state its own."""
LONGEST_NAME: Final = 60
_UNITS: Final = {"g": GB, "gb": GB, "gib": GIB, "t": 1000 * GB, "tb": 1000 * GB}
_MEMORY: Final = re.compile(r"(?:(.+?)[\s-]*\b)?([0-9]{1,6})\s*(gib|gb|g|tb|t)", re.IGNORECASE)
_SEVERAL: Final = re.compile(r"([0-9]{1,3})\s*[x×*]\s*(.+)|(.*[0-9].*?)\s*[x×*]\s*([0-9]{1,2})", re.IGNORECASE)
_MAKERS: Final = ("nvidia", "geforce", "amd", "radeon", "intel")


def find(text: str) -> NamedMachine:
    """Return the named machine: its name, memory, devices and the share of memory that may be used.

    A name of the hardware list (`h200`, `nvidia rtx 4090`, `m4 max`), with another memory than the list has (`a100
    40GB`), a size (`24GB`), or several (`8xh200`, `h200x8`).

    Raises:
        ValueError: no machine, or several, have this name; the message names them.
    """
    if len(text) > LONGEST_NAME:
        raise ValueError(f"{text[:40]!r} is not in the list of machines: type a size, as in 24GB")
    devices, name = _several(text.strip())
    sized = _MEMORY.fullmatch(name)
    memory_bytes = int(sized[2]) * _UNITS[sized[3].lower()] if sized else None
    if not 1 <= devices <= 64 or (memory_bytes is not None and not GB <= memory_bytes <= 100_000 * GB):
        raise ValueError(f"{text[:40]!r} is out of range for a machine")
    if sized and memory_bytes and not sized[1]:
        unit = {"g": "GB", "gib": "GiB", "t": "TB"}.get(sized[3].lower(), sized[3].upper())
        return _machine(f"{sized[2]} {unit}", memory_bytes, "gpu", devices)
    label, listed, kind = _named(name, sized[1] if sized else "")
    return _machine(label, memory_bytes or listed * GB, kind, devices)


def _several(text: str) -> tuple[int, str]:
    """Return the number of devices and their name, from 2x4090 or 4090 x 2."""
    match = _SEVERAL.fullmatch(text)
    if match is None:
        return 1, text
    return (int(match[1]), match[2]) if match[1] else (int(match[4]), match[3])


def _machine(name: str, memory_bytes: int, kind: MachineKind, devices: int) -> NamedMachine:
    share = UNIFIED_SHARE_PCT if kind == "unified" else USABLE_SHARE_PCT
    return {
        "name": f"{devices} x {name}" if devices > 1 else name,
        "kind": kind,
        "devices": devices,
        "memory_bytes": devices * memory_bytes,
        "usable_share_pct": share,
    }


def _plain(text: str) -> str:
    """Return only letters and digits, in lower case, without the manufacturer."""
    plain = "".join(c for c in text.lower() if c.isalnum())
    for maker in _MAKERS:
        plain = plain.removeprefix(maker)
    return plain


def _named(name: str, without_memory: str) -> tuple[str, int, MachineKind]:
    """Return the machine of the list with this name, which needs its memory if several have it.

    A listed name with another memory is that machine with that memory.
    """
    machines = _listed(_plain(name))
    if not machines and without_memory:
        machines = _listed(_plain(without_memory))
        if len({m[0] for m in machines}) == 1:
            return machines[0]
    if len(machines) == 1:
        return machines[0]
    if not machines:
        raise ValueError(f"{name[:40]!r} is not in the list of machines: type a size, as in 24GB")
    raise ValueError(f"{name[:40]!r} means {', '.join(f'{m[0]} {m[1]}GB' for m in machines[:6])}")


def _listed(plain: str) -> list[tuple[str, int, MachineKind]]:
    """Return the machines of the list with this name, or else those whose name it is a part of."""
    exact = [m for m in MACHINES if plain in {_plain(m[0]), _plain(f"{m[0]}{m[1]}"), _plain(f"{m[0]}{m[1]}gb")}]
    return exact or [m for m in MACHINES if plain and plain in _plain(f"{m[0]}{m[1]}gb")]


def judge(machine: NamedMachine, needs: Needs, facts: ArchitectureRow, context: int | None) -> JudgedMachine:
    """Return what the machine can run of a model.

    Args:
        machine: What `find` gives.
        needs: What `requirements.need` gives.
        facts: The model's row of `architectures`, or an empty one.
        context: The tokens asked for; None asks for the longest.

    Returns:
        The machine with `usable_bytes` (after the margin), `fits` (at the context of `needs`), `largest_context` at
        the weights of `needs`, and `best_format`: the most bits a weight that leave room for `context` (or 8,192)
        tokens, with the largest context then. None is unknown, or that there is none. Where the cache is unknown the
        weights alone are judged, and `judged_by` says so.
    """
    room = machine["memory_bytes"] * machine["usable_share_pct"] // 100 - machine["devices"] * memory.OVERHEAD_BYTES
    return {
        **machine,
        "usable_bytes": max(0, room),
        "judged_by": judged_by(needs),
        "fits": _fits(needs["weights_bytes"], held(needs), room),
        "largest_context": _largest(needs, facts, needs["weights_bytes"], room),
        "best_format": _best(needs, facts, room, context or min(needs["context_length"], 8192)),
    }


def _fits(weights_bytes: int | None, cache: int | None, room: int) -> bool | None:
    """Return whether both fit; None if unknown. If one alone is too large, they do not fit."""
    if (weights_bytes or 0) + (cache or 0) > room:
        return False
    return None if weights_bytes is None or cache is None else True


def _cache_bytes(needs: Needs, facts: ArchitectureRow, context: int) -> int | None:
    cache = memory.cache(facts, context, batch=needs["batch"], bytes_per_value=needs["kv_bytes_per_value"])
    return None if cache is None else cache.lower + cache.state


def _largest(needs: Needs, facts: ArchitectureRow, weights_bytes: int | None, room: int) -> int | None:
    """Return the largest context that fits beside the weights; 0 if not even one token does.

    At most the model's own, or a longer one that was asked for or that it is served with.
    """
    if weights_bytes is None or _cache_bytes(needs, facts, 1) is None:
        return None
    low, high = 0, max(facts.get("max_positions") or LONGEST, needs["context_length"])
    while low < high:
        middle = (low + high + 1) // 2
        if weights_bytes + (_cache_bytes(needs, facts, middle) or 0) <= room:
            low = middle
        else:
            high = middle - 1
    return low


def _best(needs: Needs, facts: ArchitectureRow, room: int, context: int) -> BestFormat | None:
    """Return the format with the most bits a weight that fits with so much context."""
    cache = _cache_bytes(needs, facts, context) or 0
    for name, size in _formats(needs, facts):
        if size + cache <= room:
            return {
                "weight_format": name,
                "weights_bytes": size,
                "context_length": context,
                "largest_context": _largest(needs, facts, size, room),
            }
    return None


def _formats(needs: Needs, facts: ArchitectureRow) -> list[tuple[str | None, int]]:
    """Return the available formats and their bytes, the largest first; None is as published."""
    published = None if needs["weight_format"] else needs["weights_bytes"]
    formats: list[tuple[str | None, int]] = [] if published is None else [(None, published)]
    if needs["parameters"] is not None:
        split = facts.get("embedding_parameters"), facts.get("expert_parameters")
        sizes = [(name, weights.at_format(needs["parameters"], name, *split)) for name in weights.BITS_PER_WEIGHT]
        formats += [(name, size) for name, size in sizes if published is None or size < published]
    return sorted(formats, key=lambda pair: -pair[1])
