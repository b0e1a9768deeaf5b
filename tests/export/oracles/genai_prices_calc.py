"""Print what genai-prices makes of each file, fetched as `UpdatePrices` fetches it, and the prices it ships.

    python genai_prices_calc.py REQUESTS.json FILE…

REQUESTS.json is a list of [provider, model, input_tokens, output_tokens, timestamp or null].
"""

import json
import sys
import threading
from datetime import datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from genai_prices import UpdatePrices, Usage, calc_price, data_snapshot
from genai_prices.types import ModelPrice

REQUESTS = json.loads(Path(sys.argv[1]).read_text())


class Handler(BaseHTTPRequestHandler):
    def __init__(self, content: bytes, *args, **kwargs) -> None:
        self.content = content
        super().__init__(*args, **kwargs)

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.content)

    def log_message(self, *_: object) -> None:
        pass


def fetched(path: str) -> dict:
    server = HTTPServer(("127.0.0.1", 0), partial(Handler, Path(path).read_bytes()))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with UpdatePrices(url=f"http://127.0.0.1:{server.server_port}/") as update:
            update.wait(30)
            return {"value": {"prices": prices(data_snapshot.get_snapshot()), "costs": list(map(cost, REQUESTS))}}
    except Exception as error:  # noqa: BLE001 - whatever theirs raises is the answer
        return {"error": repr(error)}
    finally:
        server.shutdown()
        data_snapshot.set_custom_snapshot(None)


def prices(snapshot: data_snapshot.DataSnapshot) -> dict:
    return {
        f"{provider.id}/{model.id}": shown(model.prices)
        for provider in snapshot.providers
        if provider.id.startswith("huggingface")
        for model in provider.models
    }


def shown(found: ModelPrice | list) -> list:
    last = found if isinstance(found, ModelPrice) else found[-1].prices
    return [str(last.input_mtok), str(last.output_mtok)]


def cost(request: list) -> str:
    provider, model, given, taken, at = request
    usage = Usage(input_tokens=given, output_tokens=taken)
    when = at and datetime.fromisoformat(at)
    return str(calc_price(usage, model, provider_id=provider, genai_request_timestamp=when).total_price)


shipped = prices(data_snapshot.get_snapshot())
print(json.dumps({"shipped": shipped, "files": [fetched(path) for path in sys.argv[2:]]}))
