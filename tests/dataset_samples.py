"""Small datasets for the tests of tables on disk: every table of number `k` differs from that of `k + 1`."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from hf_providers.catalog.schema import TABLES
from pipeline.assemble.tables import from_rows
from pipeline.publish.dataset import Dataset, load
from pipeline.publish.versions import Outcome

ROOT = Path(__file__).resolve().parents[1]
START = datetime(2026, 2, 26, 11, 27, tzinfo=UTC)
INSTANCE = {"cloud": "aws", "instance_type": "nvidia-t4", "size": "x1"}
ROUTE = {"model_id": "acme/Talk-7B", "provider": "novita", "task": "conversational"}


def row(table: str, **values: Any) -> dict[str, Any]:
    """A row of `table` with these values, and NULL in all other columns."""
    return dict.fromkeys(TABLES[table].column_names) | values


def sample_rows(k: int) -> dict[str, list[dict[str, Any]]]:
    """Rows of every table but `runs`; `k` stands in each of them."""
    return listed_rows(k) | observed_rows(k) | hardware_rows(k)


def listed_rows(k: int) -> dict[str, list[dict[str, Any]]]:
    """Rows of providers, models and offers."""
    return {
        "providers": [
            row(
                "providers",
                provider="novita",
                kind="serverless",
                models=k,
                live_offers=1,
                active=True,
                stale=False,
            )
        ],
        "models": [
            row(
                "models",
                model_id=ROUTE["model_id"],
                author="acme",
                name="Talk-7B",
                modality="text",
                likes=k,
                dtype_parameters={"BF16": 7, "F32": 1},
                base_models=[{"model_id": "acme/Base", "relation": "finetune"}],
            )
        ],
        "offers": [
            row(
                "offers",
                **ROUTE,
                provider_model_id=name,
                status="live",
                readiness="cold",
                stale=False,
                input_usd_per_mtok=Decimal(k).scaleb(-9),
                first_seen_at=START,
                changed_at=START,
            )
            for name in ("talk", "talk-turbo")
        ],
    }


def observed_rows(k: int) -> dict[str, list[dict[str, Any]]]:
    """Rows of what was observed over time, of an architecture, and of what could not be used."""
    at = START + timedelta(microseconds=k)
    interval = ROUTE | {"valid_from": START, "last_observed_at": at, "source": f"source-{k}"}
    return {
        "price_conflicts": [row("price_conflicts", **ROUTE, source=f"s{k}", chosen=True, observed_at=at)],
        "price_history": [row("price_history", **interval, output_usd_per_mtok=Decimal("0.1"))],
        "status_history": [row("status_history", **interval, status="live")],
        "measurements": [
            row("measurements", **ROUTE, observed_at=START, throughput_tps=36.5),
            row("measurements", **ROUTE, observed_at=START + timedelta(days=30), ttft_ms=float(k)),
        ],
        "architectures": [row("architectures", model_id=ROUTE["model_id"], sha=f"{k:040x}", layers=61, observed_at=at)],
        "quarantine": [
            row(
                "quarantine",
                source="router",
                provider="",
                record_id=str(k),
                field="",
                reason="odd",
                observed_at=at,
            )
        ],
    }


def hardware_rows(k: int) -> dict[str, list[dict[str, Any]]]:
    """Rows of machines and their prices."""
    at = START + timedelta(microseconds=k)
    return {
        "endpoint_instances": [
            row(
                "endpoint_instances",
                **INSTANCE,
                kind="gpu",
                usd_per_hour=Decimal("0.5"),
                units=k,
                deprecated=False,
                observed_at=at,
                stale=False,
            )
        ],
        "endpoint_price_history": [
            row(
                "endpoint_price_history",
                **INSTANCE,
                valid_from=START,
                kind="gpu",
                usd_per_hour=Decimal("0.5"),
                deprecated=False,
                last_observed_at=at,
                source=f"source-{k}",
            )
        ],
        "jobs_hardware": [
            row(
                "jobs_hardware",
                hardware="Nvidia T4 - small",
                kind="gpu",
                units=1,
                memory_bytes=16 * 10**9 + k,
                usd_per_hour=Decimal("0.4"),
                listed_at=START,
                observed_at=at,
            )
        ],
    }


def sample(k: int) -> dict[str, pa.Table]:
    """Number `k` as Arrow tables."""
    return {name: from_rows(TABLES[name], rows) for name, rows in sample_rows(k).items()}


def run_row(minute: int) -> dict[str, Any]:
    """A row of `runs`, of a run at that minute."""
    return row(
        "runs",
        run_at=START + timedelta(minutes=minute),
        source="router",
        provider="",
        result="ok",
        requests=1,
        bytes=2,
        records=3,
        quarantined=0,
        duration_ms=4,
        drift=["new key: x"],
        origin="huggingface.co",
    )


def outcome(minute: int = 0, **changes: Any) -> Outcome:
    """A complete run at that minute, with its row of `runs`."""
    checked_at = START + timedelta(minutes=minute)
    complete = Outcome("complete", checked_at, "huggingface.co", runs=[run_row(minute)])
    return replace(complete, **changes)


def loaded(out: Path) -> Dataset:
    dataset = load(out)
    assert dataset is not None
    return dataset


def manifest_of(out: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((out / "manifest.json").read_text())
    return document


def state(out: Path) -> dict[str, tuple[str, int, int]]:
    """Every file but the lock: its SHA-256, its inode, and when it was last written."""
    return {
        path.relative_to(out).as_posix(): (
            hashlib.sha256(path.read_bytes()).hexdigest(),
            path.stat().st_ino,
            path.stat().st_mtime_ns,
        )
        for path in out.rglob("*")
        if path.is_file() and path.name != ".lock"
    }


def alias_is_the_version(out: Path) -> bool:
    version = out / "v1" / manifest_of(out)["version"]

    def contents(folder: Path) -> dict[str, bytes]:
        return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}

    return contents(version) == contents(out / "latest")
