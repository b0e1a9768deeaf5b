"""What people would use instead of the crawl, through the same replay: a process each, the same providers and fields.

`huggingface_hub` gives its objects, the bare loop the parsed JSON; neither checks a value, and neither has anything of
the router, of partners or of prices. Both ask for one page after the other, as their callers do.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from pipeline.crawl.sources.hub_list import EXPAND

PEERS = Path(__file__).resolve().parents[2] / "build" / "peers" / "bin" / "python"
"""Where `make bench-peers` installs them; without it they run in this environment, the loop with `json`."""
_TIMED = """
import json, sys, time
endpoint, providers, expand = json.load(sys.stdin)
{setup}
begun, cpu = time.perf_counter(), time.process_time()
{work}
print(json.dumps({{"wall_s": time.perf_counter() - begun, "cpu_s": time.process_time() - cpu, "models": len(models)}}))
"""
HUGGINGFACE_HUB = _TIMED.format(
    setup="from huggingface_hub import HfApi; api = HfApi(endpoint=endpoint, token=False)",
    work="""models = [
    model for provider in providers
    for model in api.list_models(inference_provider=provider, sort="created_at", expand=expand)
]""",
)
BARE_LOOP = _TIMED.format(
    setup="""import httpx
try:
    from orjson import loads
except ImportError:
    from json import loads""",
    work="""models = []
with httpx.Client(headers={"Accept-Encoding": "gzip"}) as client:
    for provider in providers:
        query = {"inference_provider": provider, "limit": 1000, "sort": "createdAt", "expand[]": expand}
        url = httpx.URL(endpoint + "/api/models", params=query)
        while url:
            reply = client.get(url)
            models += loads(reply.content)
            url = reply.links.get("next", {}).get("url")""",
)


def measure(script: str, endpoint: str, providers: Sequence[str]) -> dict[str, float]:
    """Return the seconds (wall and processor) that a peer takes for all listings, and how many models it got."""
    python = str(PEERS) if PEERS.is_file() else sys.executable
    asked = json.dumps([endpoint, list(providers), list(EXPAND)])
    done = subprocess.run([python, "-c", script], input=asked, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found
