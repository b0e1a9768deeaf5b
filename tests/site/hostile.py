"""A published dataset whose every name is meant to break a page, a link, a file system or a script."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from hf_providers.catalog.schema import TABLES
from pipeline.assemble.tables import from_rows
from pipeline.publish.derive import builders
from pipeline.publish.versions import Outcome, publish
from tests.dataset_samples import row

Row = dict[str, Any]

AT: Final = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
BEFORE: Final = AT - timedelta(days=40)
SCRIPT: Final = "evil/<script>alert(1)</script>"
BREAKOUT: Final = 'evil/"><img src=x onerror=alert(2)>'
NO_OFFER_LIVE: Final = "quiet/all-in-error"
NO_HISTORY: Final = "quiet/never-watched"
NO_AUTHOR: Final = "gpt2"
BASE: Final = "acme/Base-<b>7B</b>"
ADAPTER: Final = "artist/lora'); DROP TABLE models;--"
ORPHAN: Final = "artist/</table><h1>orphan"
EXACT: Final = "acme/exact"
ZERO: Final = "acme/listed-at-zero"
CASES: Final = ("case/Model", "case/model", "case/MODEL", "Case/model")
NAMES: Final = (
    SCRIPT,
    BREAKOUT,
    "evil/'-alert(3)-'",
    "evil/&lt;b&gt;&amp;amp;",
    "evil/</script><script>alert(4)</script>",
    "evil/{{ 7*7 }}{% raw %}",
    "evil/javascript:alert(5)",
    "evil/]]><!--",
    "../../x",
    "..",
    ".",
    "../..",
    "./.",
    "a/../../../etc/passwd",
    "%2e%2e/%2e%2e",
    "a/%2e%2e%2fx",
    "100%/sure%",
    "trail/dots...",
    ".hidden/.git",
    "spaces in/the name ",
    "rtl/\u202eevil\u2066\u200f",
    "عربي/نموذج",
    "日本/モデル",
    "emoji/😀👩‍👩‍👧‍👧",
    "long/" + "x" * 300,
    "long/" + "ü" * 300,
    "long/" + "ü" * 299 + "u",
    "back\\slash/c:\\windows",
    "con/nul",
    "q?a=1/h#main",
    "index.html/index.html",
    "gpt2/index.html",
    "gpt2.json/gpt2",
    "quiet/all-in-error.json",
    "assets/site.css",
    "~/~2E",
    "new\nline/tab\there\x07",
    *CASES,
)
"""Ids of chat models with a price each."""
EVIL_PROVIDER: Final = '"><script>alert(6)</script>/../%2e'
PROVIDERS: Final = (EVIL_PROVIDER, "..", "Usual", "usual", "\u202eprovider %", "p" * 300)


def names() -> set[str]:
    """Every model in it."""
    return {*NAMES, NO_OFFER_LIVE, NO_HISTORY, NO_AUTHOR, BASE, ADAPTER, ORPHAN, EXACT, ZERO}


def hostile(out: Path) -> Path:
    """Publish it into the folder `out` with the real publisher, and return the folder."""
    made = rows()
    content = {name: from_rows(TABLES[name], made.get(name, [])) for name in TABLES}
    outcome = Outcome("partial", AT, "<script>alert(7)</script> replay", runs=[_run()])
    publish(out, content, outcome, **builders(outcome, BEFORE))
    return out


def rows() -> dict[str, list[Row]]:
    """Its rows by table."""
    offers = list(_offers())
    models = [_model(name) for name in sorted(names())]
    return {
        "models": models,
        "offers": offers,
        "providers": [_provider(name, offers) for name in PROVIDERS],
        "price_history": list(_prices(offers)),
        "status_history": list(_statuses(offers)),
        "measurements": [
            row("measurements", **_route(offer), observed_at=AT - timedelta(days=days), throughput_tps=36.5 + days)
            for offer in offers[:6]
            for days in (1, 9)
        ],
        "quarantine": [
            row(
                "quarantine",
                source="router",
                provider=EVIL_PROVIDER,
                record_id=SCRIPT,
                field="<b>",
                reason="<script>alert(8)</script>",
                sample="<svg onload=alert(9)>",
                observed_at=AT,
            )
        ],
    }


def _model(model_id: str) -> Row:
    author, slash, name = model_id.partition("/")
    base = {ADAPTER: BASE, ORPHAN: "nobody/knows<this>"}.get(model_id)
    return row(
        "models",
        model_id=model_id,
        author=author if slash else "",
        name=name if slash else author,
        modality="image" if base else "text",
        pipeline_tag="text-to-image" if base else "text-generation",
        license="<u>license</u>&copy;",
        library='"lib',
        downloads=sum(map(ord, model_id)),
        base_models=[{"model_id": base, "relation": "adapter"}] if base else None,
    )


def _offer(model_id: str, provider: str, **values: Any) -> Row:
    """A live, cold chat offer; `values` say what else it is."""
    key = {"model_id": model_id, "provider": provider, "task": "conversational"}
    state = {"provider_model_id": f"<i>{model_id}</i>", "status": "live", "readiness": "cold", "type": "single-model"}
    seen = {"first_seen_at": BEFORE, "changed_at": BEFORE, "stale": False}
    return row("offers", **(key | state | seen | values))


def _priced(given: str, taken: str) -> Row:
    return {
        "input_usd_per_mtok": Decimal(given),
        "output_usd_per_mtok": Decimal(taken),
        "price_source": "<source>",
    }


def _offers() -> Iterable[Row]:
    for place, name in enumerate(NAMES):
        yield _offer(name, PROVIDERS[place % len(PROVIDERS)], **_priced("0.5", f"1.{place:02}"))
    yield _offer(SCRIPT, "..", supports_tools=True, throughput_tps=61.5, ttft_ms=480.0, readiness="hot")
    failed = {"status": "error", "readiness": "unavailable"}
    yield _offer(NO_OFFER_LIVE, "..", **failed, **_priced("1", "2"))
    yield _offer(NO_OFFER_LIVE, "usual", **failed)
    yield _offer(NO_HISTORY, "usual")
    yield _offer(NO_AUTHOR, "Usual")
    yield _offer(EXACT, "usual", **_priced("0.000000001", "1234.123456789"))
    yield _offer(EXACT, "..", **_priced("0.123456789", "0.100000000"))
    yield _offer(ZERO, "usual", **_priced("0", "0"))
    yield _offer(ZERO, "..")
    yield _offer(BASE, EVIL_PROVIDER, task="text-to-image", request_latency_ms=5300.0, readiness="hot")
    for adapter in (ADAPTER, ORPHAN):
        yield _offer(adapter, EVIL_PROVIDER, task="text-to-image", type="tag-filter", adapter="lora")


def _route(offer: Row) -> Row:
    return {name: offer[name] for name in ("model_id", "provider", "task")}


def _watched(offers: Iterable[Row]) -> list[Row]:
    return [offer for offer in offers if offer["model_id"] != NO_HISTORY]


def _prices(offers: Iterable[Row]) -> Iterable[Row]:
    """Each priced offer cost twice as much until ten days ago, and nobody looked for the ten before."""
    for offer in _watched(offers):
        if offer["price_source"] is None:
            continue
        now = {name: offer[name] for name in ("input_usd_per_mtok", "output_usd_per_mtok")}
        then = {name: value * 2 for name, value in now.items()}
        old, new = AT - timedelta(days=20), AT - timedelta(days=10)
        said = {"source": "<source>"}
        yield row(
            "price_history", **_route(offer), **then, **said, valid_from=BEFORE, valid_to=new, last_observed_at=old
        )
        yield row("price_history", **_route(offer), **now, **said, valid_from=new, last_observed_at=AT)


def _statuses(offers: Iterable[Row]) -> Iterable[Row]:
    for offer in _watched(offers):
        seen = {"status": offer["status"], "source": "<source>", "valid_from": BEFORE, "last_observed_at": AT}
        yield row("status_history", **_route(offer), **seen)


def _provider(provider: str, offers: Iterable[Row]) -> Row:
    own = [offer for offer in offers if offer["provider"] == provider]
    return row(
        "providers",
        provider=provider,
        name=f"{provider} & Söhne <inc>",
        kind="serverless",
        hub_org='"><script>alert(10)</script>',
        homepage="javascript:alert(11)",
        regions=["<eu>", "us\u202e"],
        region_source="data:text/html,<script>alert(12)</script>",
        models=len({offer["model_id"] for offer in own}),
        live_offers=sum(offer["status"] == "live" for offer in own),
        first_seen=BEFORE,
        last_seen=AT,
        active=bool(own),
        stale=provider == "..",
    )


def _run() -> Row:
    return row(
        "runs",
        run_at=AT,
        source="router",
        provider=EVIL_PROVIDER,
        result="failed",
        requests=1,
        bytes=2,
        records=3,
        quarantined=1,
        duration_ms=4,
        error="<script>alert(13)</script>",
        drift=["<b>new</b>"],
        origin="<i>origin</i>",
    )
