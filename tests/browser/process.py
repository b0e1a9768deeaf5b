"""The real `hfp`, a process of its own on the committed dataset."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.site.conftest import DATA

HFP = Path(sys.executable).with_name("hfp")


def hfp_json(*words: str) -> Any:
    """What `hfp … --json` prints."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("HFP_", "HF_"))}
    command = [str(HFP), *words, "--json", "--snapshot", str(DATA)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment, timeout=60)
    return json.loads(done.stdout)
