"""`python -m pipeline mirror` in a fork, which has the pipeline imported and huggingface_hub not."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Mapping, Sequence

from pipeline.__main__ import main
from pipeline.commands import mirror  # noqa: F401 a fork has it imported


def run(arguments: Sequence[str], environ: Mapping[str, str], errors: str) -> int:
    """Be that process, in an environment of its own, its errors going to a file; return its exit code."""
    os.environ.clear()
    os.environ.update(environ)
    os.dup2(os.open(errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666), 2)
    warnings.simplefilter("error")
    assert "huggingface_hub" not in sys.modules, "it reads its environment when it is imported"
    return main(arguments)
