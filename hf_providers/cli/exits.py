"""How a command ends: the exit codes, and the error that carries one."""

from __future__ import annotations

OK, NOTHING_FOUND, AMBIGUOUS, NO_SNAPSHOT, NETWORK, IN_PART, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130


class Stop(Exception):
    """The command can't go on: the exit code, one line of what is wrong, one of what to type."""

    def __init__(self, code: int, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint
