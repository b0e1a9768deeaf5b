"""Every published table and column, defined once; the columns that several have stand in `columns.py`.

Arrow schemas (with these descriptions as column metadata), `datapackage.json`, the catalog's SQL, the documentation
page and the checks are all made from `TABLES`. A column's unit is the suffix of its name: `_usd_per_mtok` (USD per
million tokens), `_ms`, `_tps` (tokens per second), `_bytes`, `_at` (UTC). NULL means that no source stated it.

`volatile` columns say when something was observed, not what: they are left out of a version's identity, so that a run
that finds nothing new publishes no new version.
"""

from __future__ import annotations

from typing import Final

from hf_providers.catalog.columns import (
    CAPABILITIES,
    CONTEXT,
    DATED,
    FIRST_MEASURED,
    FREE_UNTIL,
    HISTORY_SOURCE,
    LAST_OBSERVED,
    LAST_SEEN,
    LISTED,
    MEASURED,
    MODEL_ID,
    MODEL_SOURCE,
    OLDER,
    PRICES,
    PROVIDER,
    PROVIDER_END,
    ROUTE_COLUMNS,
    STATED_BY,
    STATUS_THEN,
    VALID_FROM,
    VALID_TO,
    Column,
    Table,
    key_column,
)
from hf_providers.catalog.hosting_schema import (
    ARCHITECTURES,
    ENDPOINT_INSTANCES,
    ENDPOINT_PRICE_HISTORY,
    JOBS_HARDWARE,
)

SCHEMA_VERSION: Final = 1
"""The layout of the published dataset. Readers refuse a higher one; a breaking change is a new `v2/` beside `v1/`."""

PRICE_SCALE: Final = 9
"""Decimals of a price: nano-USD per million tokens."""

STATUSES: Final = ("live", "staging", "error")
READINESS: Final = ("hot", "warm", "cold", "unavailable")
MODALITIES: Final = ("text", "image", "audio", "video", "embedding", "other")
ROUTE: Final = ("model_id", "provider", "task")
"""The key of all history."""

PROVIDERS = Table(
    "providers",
    "One row a provider ever seen: curated facts with their source, and what it serves now.",
    ("provider",),
    (
        PROVIDER,
        Column("name", "string", "Display name, from the registry; NULL for a provider not curated yet."),
        Column(
            "kind",
            "string",
            "Billed by token or request (serverless), or by compute time (hf-inference).",
            nullable=False,
            enum=("serverless", "hf-inference"),
        ),
        Column("hub_org", "string", "The provider's organisation on the Hub."),
        Column("homepage", "string", "The provider's home page."),
        Column(
            "regions", "list<string>", "Regions it is said to serve from, as compliance tags (eu, us). NULL is unknown."
        ),
        Column("region_source", "string", "The page the regions were read on."),
        Column("models", "int64", "Models it lists, of any status.", nullable=False, unit="models"),
        Column(
            "live_offers",
            "int64",
            "Its offers that were live when last seen, and seen recently.",
            nullable=False,
            unit="offers",
        ),
        Column("first_seen", "timestamp", "First time it was seen in any observation of this dataset."),
        Column("last_seen", "timestamp", "Last time it was seen listing anything.", volatile=True),
        Column("active", "bool", "Whether it lists anything as of its last complete listing.", nullable=False),
        Column(
            "stale", "bool", "Whether its last crawl failed, so that its rows are from an earlier run.", nullable=False
        ),
        *PROVIDER_END,
    ),
)

MODELS = Table(
    "models",
    "One row a model that at least one provider lists, or was seen to be served by somebody unknown.",
    ("model_id",),
    (
        MODEL_ID,
        Column("author", "string", "The organisation or user part of the id.", nullable=False),
        Column("name", "string", "The id without its author.", nullable=False),
        Column("pipeline_tag", "string", "The Hub's task tag of the model."),
        Column(
            "modality",
            "string",
            "What it is about, judged by its pipeline tag or else its offers' tasks.",
            nullable=False,
            enum=MODALITIES,
        ),
        Column(
            "conversational",
            "bool",
            "Whether it is a chat model: the Hub's tag, or an offer for chat. NULL is unknown.",
        ),
        Column("library", "string", "The library it is published for."),
        Column("license", "string", "The license tag."),
        Column(
            "gated", "string", "Whether access must be asked for, in the Hub's words.", enum=("false", "auto", "manual")
        ),
        Column("likes", "int64", "Likes on the Hub.", unit="likes"),
        Column("downloads", "int64", "Downloads of the last 30 days on the Hub.", unit="downloads"),
        Column("created_at", "timestamp", "When the repository was created."),
        Column(
            "parameters",
            "int64",
            "Parameters, where the count of its tensors, its config.json and its name do not contradict each other. "
            "NULL is unknown.",
            unit="parameters",
        ),
        Column(
            "parameters_source",
            "string",
            "Where they are from: the Hub's count of tensors, or arithmetic on config.json.",
            enum=("count", "config"),
        ),
        Column("parameters_reason", "string", "Why they are unknown although something is said of them."),
        Column(
            "active_parameters",
            "int64",
            "Parameters that a token uses, of a mixture of experts. NULL is unknown, or all of them.",
            unit="parameters",
        ),
        Column(
            "active_parameters_source",
            "string",
            "Where they are from: arithmetic on config.json, or the model's name.",
            enum=("config", "name"),
        ),
        Column(
            "counted_parameters",
            "int64",
            "What the Hub counts (safetensors.total): stored elements, which can hold several weights each.",
            unit="elements",
        ),
        Column("dtype_parameters", "map<string,int64>", "The same by tensor dtype.", unit="elements"),
        Column(
            "is_moe", "bool", "Mixture of experts, where the Hub's tags or the architecture say so. NULL is unknown."
        ),
        Column("context_length", "int64", "The largest context that any provider serves.", unit="tokens"),
        Column(
            "base_models",
            "list<base_model>",
            "Declared base models with the relation: finetune, adapter, quantized, merge, or base where none is named.",
        ),
        Column("inference", "string", "The Hub's model-level inference state; warm, or NULL where it says nothing."),
        LAST_SEEN,
        MODEL_SOURCE,
    ),
)

OFFERS = Table(
    "offers",
    "One row a model served by a provider for a task under the provider's own model id: the heart of the dataset.",
    ("model_id", "provider", "task", "provider_model_id"),
    (
        *ROUTE_COLUMNS,
        key_column(
            "provider_model_id",
            "The provider's own name of the model. Several models may share one. Empty: not known, because only a"
            " source that does not say it, such as the router, has stated the offer.",
        ),
        Column(
            "status",
            "string",
            "What the Hub says of the mapping: live, staging, error (its last validation failed).",
            nullable=False,
            enum=STATUSES,
        ),
        Column("previous_status", "string", "The status before, where the Hub says.", enum=STATUSES),
        Column(
            "readiness",
            "string",
            "hot, warm, cold or unavailable; the rule is in the documentation.",
            nullable=False,
            enum=READINESS,
        ),
        Column(
            "type",
            "string",
            "A mapping of its own (single-model), or one rule for all models with some tags (tag-filter).",
            enum=("single-model", "tag-filter"),
        ),
        Column("adapter", "string", "Kind of adapter where the mapping serves one, such as lora."),
        Column("is_model_author", "bool", "Whether the provider published the model."),
        *PRICES,
        Column(
            "is_free",
            "bool",
            "Whether the router says that it is free for now (a promotion); the listed price stands beside it. NULL: it"
            " says nothing.",
        ),
        FREE_UNTIL,
        Column(
            "price_source",
            "string",
            "What stated the price: router, hub-list, hub-model or inference-page; or a recording, by its repository.",
        ),
        CONTEXT,
        *CAPABILITIES,
        *MEASURED,
        Column("validated_at", "timestamp", "When Hugging Face last tested the mapping, where a source says."),
        *DATED,
        *STATED_BY,
        *LISTED,
        Column("first_seen_at", "timestamp", "First time this offer, or its route, was seen.", nullable=False),
        Column(
            "changed_at",
            "timestamp",
            "Since when these values, measurements left aside, have been seen; of the time before the first crawl only"
            " price, status, context and capabilities are known.",
            nullable=False,
        ),
        Column(
            "stale",
            "bool",
            "Whether the row is from an earlier run because the provider's crawl failed.",
            nullable=False,
        ),
    ),
)

PRICE_CONFLICTS = Table(
    "price_conflicts",
    "Every observation of a price on which two sources disagree, of one run or, in recordings, of one week.",
    (*ROUTE, "source"),
    (
        *ROUTE_COLUMNS,
        key_column("source", "What stated this price."),
        *PRICES,
        Column("chosen", "bool", "Whether this is the price that `offers` carries.", nullable=False),
        Column("observed_at", "timestamp", "When it was observed.", nullable=False, volatile=True),
    ),
)

QUARANTINE = Table(
    "quarantine",
    "What the last run could not read: the record or the field was left out, and nothing was guessed.",
    ("source", "provider", "record_id", "field"),
    (
        key_column("source", "The source it came from."),
        key_column("provider", "The provider whose listing it stood in; empty for sources of no single provider."),
        key_column("record_id", "The model id, or the record's place in its page."),
        key_column("field", "The field that could not be read; empty for a whole record."),
        Column("reason", "string", "Why.", nullable=False),
        Column("sample", "string", "The beginning of the value, control characters stripped."),
        Column("observed_at", "timestamp", "When.", nullable=False, volatile=True),
    ),
)

RUNS = Table(
    "runs",
    "One row a run, source and provider: what was asked, what came, and how it ended.",
    ("run_at", "source", "provider"),
    (
        Column(
            "run_at", "timestamp", "The run's observation time: the time of every value it observed.", nullable=False
        ),
        key_column("source", "The source."),
        key_column("provider", "The provider; empty for sources of no single provider."),
        Column(
            "result",
            "string",
            "ok; failed; stale (its listing dropped too far); skipped.",
            nullable=False,
            enum=("ok", "failed", "stale", "skipped"),
        ),
        Column("requests", "int64", "HTTP requests sent, retries included.", nullable=False, unit="requests"),
        Column("bytes", "int64", "Bytes of the bodies received, after decompression.", nullable=False, unit="bytes"),
        Column("unchanged", "int64", "Requests answered with 304: what was known still stands.", unit="requests"),
        Column("records", "int64", "Records read.", nullable=False, unit="records"),
        Column("quarantined", "int64", "Records or fields that could not be read.", nullable=False, unit="records"),
        Column("duration_ms", "int64", "Time from the first request to the last byte.", nullable=False, unit="ms"),
        Column("error", "string", "Why it failed, in one line."),
        Column("drift", "list<string>", "New keys and new enum values that were met."),
        Column("origin", "string", "The host that answered; a replay says that it is one.", nullable=False),
    ),
)

PRICE_HISTORY = Table(
    "price_history",
    "What each route cost, when: one row an interval in which nothing changed.",
    (*ROUTE, "valid_from"),
    (
        *ROUTE_COLUMNS,
        VALID_FROM,
        *PRICES,
        Column(
            "is_free",
            "bool",
            "Whether the router said that it was free. false where it said at some time that it was not. NULL: it said"
            " nothing.",
        ),
        VALID_TO,
        LAST_OBSERVED,
        HISTORY_SOURCE,
    ),
)

STATUS_HISTORY = Table(
    "status_history",
    "The status, context and capabilities of each route over time: one row an interval in which nothing changed.",
    (*ROUTE, "valid_from"),
    (
        *ROUTE_COLUMNS,
        VALID_FROM,
        Column("status", "string", "What the Hub said of the mapping.", nullable=False, enum=STATUSES),
        CONTEXT,
        *CAPABILITIES,
        VALID_TO,
        LAST_OBSERVED,
        HISTORY_SOURCE,
    ),
)

MEASUREMENTS = Table(
    "measurements",
    "Speeds that Hugging Face measured: a row only when a value changed, one file a month.",
    (*ROUTE, "observed_at"),
    (
        *ROUTE_COLUMNS,
        FIRST_MEASURED,
        *MEASURED,
        Column("status", "string", STATUS_THEN, enum=STATUSES),
        Column("source", "string", f"What stated them first. {OLDER}"),
    ),
    partitioned=True,
)

_PUBLISHED = (
    PROVIDERS, MODELS, OFFERS, PRICE_CONFLICTS, PRICE_HISTORY, STATUS_HISTORY, MEASUREMENTS,
    ENDPOINT_INSTANCES, ENDPOINT_PRICE_HISTORY, JOBS_HARDWARE, ARCHITECTURES, QUARANTINE, RUNS,
)  # fmt: skip
TABLES: Final[dict[str, Table]] = {table.name: table for table in _PUBLISHED}

CHANGE_KINDS: Final = (
    "price", "added", "gone", "returned", "provider_added", "provider_gone",
    "status", "context", "tools", "structured_output",
)  # fmt: skip

CHANGES = Table(
    "changes",
    "What changed, and when that was seen: derived from the histories, one row a change.",
    ("changed_at", "kind", "provider", "model_id", "task"),
    (
        Column("changed_at", "timestamp", "First moment at which it was observed to be otherwise.", nullable=False),
        Column(
            "kind",
            "string",
            "price: between two stated prices, or from one to none (after is NULL). added: first seen, on the list of"
            " a provider that was listed before. gone, returned: missing from its provider's complete list, and back."
            " provider_added, provider_gone: with all it lists. Else what changed: status, context, tools,"
            " structured_output.",
            nullable=False,
            enum=CHANGE_KINDS,
        ),
        PROVIDER,
        Column("model_id", "string", "The model's id; NULL where it is about a provider."),
        Column("task", "string", "The task; NULL where it is about a provider."),
        Column("before", "string", "What it was. Of prices: input / output, USD per million tokens."),
        Column("after", "string", "What it is since."),
        Column("percent", "float64", "Change of the blended price, 3 input tokens to 1 output token.", unit="percent"),
        Column(
            "times",
            "int64",
            "How often it changed on that day (UTC): status, tools and structured output flap, and a day's changes of "
            "one route are one row, from the first value before to the last one after.",
            nullable=False,
            unit="changes",
        ),
        Column("source_before", "string", "What said so before. A change between two sources may be theirs alone."),
        Column("source", "string", "What says so since; NULL where it is an absence."),
    ),
)

DERIVED: Final[dict[str, Table]] = {CHANGES.name: CHANGES}
"""Tables derived from others: published with them, and not part of a version's identity."""
