"""Every generated document: what it should say now, and which of them say something else."""

from __future__ import annotations

from pathlib import Path

from pipeline.docs import cli_page, pages


def files() -> dict[Path, str]:
    """Return every generated document's text by its path."""
    return pages.files() | cli_page.files()


def stale() -> dict[Path, str]:
    """Return the documents that are missing or say something else, with what they should say."""
    return {path: text for path, text in files().items() if not path.is_file() or path.read_text("utf-8") != text}
