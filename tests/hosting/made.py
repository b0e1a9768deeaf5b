"""Running `hfp` in this process on a made-up catalog, and on the committed dataset."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from hf_providers.catalog.schema import TABLES
from hf_providers.cli.main import main
from pipeline.assemble import tables
from pipeline.publish.catalog_build import build
from tests.cli.hfp import META, Result, model, offer, priced, provider, row

Row = dict[str, Any]
Hfp = Callable[..., Result]
ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data"
MAY = datetime(2026, 5, 19, tzinfo=UTC)
T = "acme/Talk-7B"


def hfp(*argv: str) -> Result:
    """What one run printed, and its exit code."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(argv)
    return Result(code, out.getvalue(), err.getvalue())


def said(result: Result) -> Any:
    """The JSON of a result."""
    return json.loads(result.out)


def instance(instance_type: str, usd_per_hour: str, gb: int, **more: Any) -> Row:
    place = {"cloud": "aws", "instance_type": instance_type, "size": "x1", "kind": "gpu", "units": 1}
    stated = {"usd_per_hour": Decimal(usd_per_hour), "memory_bytes": gb * 10**9, "architecture": instance_type}
    return row(
        "endpoint_instances", **(place | stated | {"deprecated": False, "observed_at": MAY, "stale": False} | more)
    )


def architecture(model_id: str, **values: Any) -> Row:
    return row("architectures", model_id=model_id, sha="a" * 40, observed_at=MAY, **values)


def catalog(path: Path, rows: dict[str, list[Row]]) -> str:
    """Write a catalog of these rows and return its path."""
    content = {name: tables.from_rows(table, rows.get(name, [])) for name, table in TABLES.items()}
    build(content, path, META)
    return str(path)


def usual(path: Path, **more: list[Row]) -> str:
    """A catalog with a 7.62 B chat model that three providers offer, one of them without a price, and its history."""
    prices = {"input_usd_per_mtok": Decimal(1), "output_usd_per_mtok": Decimal(3)}
    dearer = {"input_usd_per_mtok": Decimal(2), "output_usd_per_mtok": Decimal(6)}
    rows: dict[str, list[Row]] = {
        "models": [
            model(T, parameters=7_620_000_000, conversational=True, library="transformers", context_length=8192)
        ],
        "offers": [offer(T, "alpha", **prices), offer(T, "beta", **dearer), offer(T, "gamma")],
        "providers": [provider(name) for name in ("alpha", "beta", "gamma")],
        "price_history": [
            priced(T, "alpha", "2026-01-01", "2026-02-01", **dearer),
            priced(T, "alpha", "2026-02-01", None, **prices),
            priced(T, "beta", "2026-01-15", None, **dearer),
        ],
    }
    return catalog(path, rows | more)
