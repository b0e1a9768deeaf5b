"""List machines that people run models on, with the memory that a model can use.

Facts from the hardware list of the npm package @huggingface/tasks 0.21.54 (MIT), which gives memory in GB; a selection.
On the way to every answer: this imports nothing but its own package.
"""

from __future__ import annotations

from hf_providers.hosting.memory import GB, USABLE_SHARE_PCT, fits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hf_providers.hosting.estimate_types import LocalMachine, MachineKind

SOURCE = "@huggingface/tasks 0.21.54"
UNIFIED_SHARE_PCT = 75
"""What a GPU may use of the memory that it shares with the CPU: about Metal's default limit
(`recommendedMaxWorkingSetSize`), and the 96 of 128 GB that Strix Halo gives away."""

MACHINES: tuple[tuple[str, int, MachineKind], ...] = (
    ("RTX 4060", 8, "gpu"),
    ("RTX 3060", 12, "gpu"),
    ("RTX 4070", 12, "gpu"),
    ("RTX 5070", 12, "gpu"),
    ("Arc B580", 12, "gpu"),
    ("RTX 4060 Ti", 16, "gpu"),
    ("RTX 4080", 16, "gpu"),
    ("RTX 5060 Ti", 16, "gpu"),
    ("RTX 5080", 16, "gpu"),
    ("RX 9070 XT", 16, "gpu"),
    ("RX 7900 XT", 20, "gpu"),
    ("RTX 3090", 24, "gpu"),
    ("RTX 4090", 24, "gpu"),
    ("RX 7900 XTX", 24, "gpu"),
    ("L4", 24, "server"),
    ("RTX 5090", 32, "gpu"),
    ("R9700 PRO", 32, "gpu"),
    ("RTX 6000 Ada", 48, "gpu"),
    ("L40s", 48, "server"),
    ("A100", 80, "server"),
    ("H100", 80, "server"),
    ("RTX PRO 6000 WS", 96, "gpu"),
    ("H200", 141, "server"),
    ("B200", 192, "server"),
    ("B300", 288, "server"),
    ("Apple M4", 16, "unified"),
    ("Apple M4", 32, "unified"),
    ("Apple M4 Pro", 48, "unified"),
    ("Apple M4 Pro", 64, "unified"),
    ("Apple M5 Max", 64, "unified"),
    ("Apple M4 Max", 128, "unified"),
    ("Apple M5 Max", 128, "unified"),
    ("Ryzen AI Max+ 395", 128, "unified"),
    ("GB10", 128, "unified"),
    ("Apple M3 Ultra", 256, "unified"),
    ("Apple M3 Ultra", 512, "unified"),
)
"""Name, memory in GB, and whether it is a GPU's own (of a desktop or of a server) or shared with the CPU."""


def fitting(weights: int | None, kv_cache: int | None) -> list[LocalMachine]:
    """Return the single machines on which weights and KV cache (bytes) fit, the least memory first.

    Each has `name`, `kind`, and the result of `memory.fits`. Empty if that is unknown.
    """
    holding: list[LocalMachine] = []
    for name, memory_gb, kind in MACHINES:
        share = UNIFIED_SHARE_PCT if kind == "unified" else USABLE_SHARE_PCT
        verdict = fits(weights, kv_cache, memory_gb * GB, usable_share_pct=share)
        if verdict["fits"]:
            holding.append({"name": name, "kind": kind, **verdict})
    return sorted(holding, key=lambda row: row["memory_bytes"])
