"""What goes wrong in a tool, in hfp's two lines: what is wrong, and what to do."""

from __future__ import annotations


class Refusal(Exception):
    """The tool cannot answer. Its text is what the agent reads: one line of what is wrong, one of what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(f"{message}\n{hint}")
