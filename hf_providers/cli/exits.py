"""How a command ends: the exit codes, and the error that carries one."""

from __future__ import annotations

from hf_providers.errors import HfProvidersError

OK, NOTHING_FOUND, USAGE, NO_SNAPSHOT, NETWORK, IN_PART, AMBIGUOUS = range(7)
DEFECT, IO_FAILED, INTERRUPTED = 70, 74, 130
"""The first two are EX_SOFTWARE and EX_IOERR of sysexits.h."""
MEANINGS = {
    OK: "answered",
    NOTHING_FOUND: "nothing found",
    USAGE: "wrong usage",
    NO_SNAPSHOT: "no usable snapshot",
    NETWORK: "network or service refused",
    IN_PART: "answered in part",
    AMBIGUOUS: "ambiguous: several models fit",
    DEFECT: "a defect of hfp",
    IO_FAILED: "input or output failed",
    INTERRUPTED: "interrupted",
}
"""Every exit code with what it means, for --help."""


class Stop(HfProvidersError):
    """The command can't go on: the exit code, one line of what is wrong, one of what to type."""

    def __init__(self, code: int, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.code = code
