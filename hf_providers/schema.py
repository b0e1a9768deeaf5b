"""Every published table and column, defined once.

Arrow schemas (with these descriptions as column metadata), `datapackage.json`, the catalog's SQL, the documentation
page and the checks are all made from `TABLES`. A column's unit is the suffix of its name: `_usd_per_mtok` (USD per
million tokens), `_ms`, `_tps` (tokens per second), `_bytes`, `_at` (UTC). NULL means that no source said.

`volatile` columns say when something was looked at, not what was found: they are left out of a version's identity, so
that a run that finds nothing new publishes no new version.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SCHEMA_VERSION: Final = 1
"""The layout of the published dataset. Readers refuse a higher one; a breaking change is a new `v2/` beside `v1/`."""

PRICE_SCALE: Final = 9
"""Decimals of a price: nano-USD per million tokens."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, logical type, meaning and whether NULL may stand in it.

    Types: string, bool, int32, int64, float32, float64, timestamp (UTC, microseconds), price (DECIMAL(18,9)),
    list<string>, map<string,int64>, list<base_model> (structs of model_id and relation).
    """

    name: str
    type: str
    description: str
    nullable: bool = True
    unit: str | None = None
    enum: tuple[str, ...] = ()
    volatile: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One published table: its columns in order, its primary key, and the sort order, which is the key."""

    name: str
    description: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    partitioned: bool = False

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns, in published order."""
        return tuple(column.name for column in self.columns)

    @property
    def stable_names(self) -> tuple[str, ...]:
        """Names of the columns that make up the table's identity (all but the volatile ones)."""
        return tuple(column.name for column in self.columns if not column.volatile)


STATUSES: Final = ("live", "staging", "error")
READINESS: Final = ("hot", "warm", "cold", "unavailable")
MODALITIES: Final = ("text", "image", "audio", "video", "embedding", "other")
ROUTE: Final = ("model_id", "provider", "task")
"""The key of all history."""

USD_PER_MTOK: Final = "USD per million tokens"
TPS: Final = "tokens per second"


def _key(name: str, description: str) -> Column:
    return Column(name, "string", description, nullable=False)


_MODEL_ID = _key("model_id", "The model's id on the Hub: organisation/name.")
_PROVIDER = _key("provider", "The provider's id on the Hub, such as novita or hf-inference.")
_TASK = _key("task", "The task the model is served for, in the Hub's words; conversational is chat completion.")
_ROUTE_COLUMNS = (_MODEL_ID, _PROVIDER, _TASK)
_INPUT_PRICE = Column(
    "input_usd_per_mtok",
    "price",
    "Listed price of input tokens. NULL is unknown; 0 is listed at 0, which is not the same as free.",
    unit=USD_PER_MTOK,
)
_OUTPUT_PRICE = Column(
    "output_usd_per_mtok", "price", "Listed price of output tokens. NULL is unknown.", unit=USD_PER_MTOK
)
_CONTEXT = Column("context_length", "int64", "Context the provider serves.", unit="tokens")
_MEASURED = (
    Column("throughput_tps", "float32", "Output speed that Hugging Face measured.", unit=TPS),
    Column("ttft_ms", "float32", "Time to first token that Hugging Face measured.", unit="ms"),
    Column("request_latency_ms", "float32", "Time of one whole request that Hugging Face measured.", unit="ms"),
)
_VALID_FROM = Column("valid_from", "timestamp", "First moment these values were observed; inclusive.", nullable=False)
_VALID_TO = Column(
    "valid_to", "timestamp", "Moment another value, or absence, was observed; exclusive. NULL: no end observed."
)
_LAST_OBSERVED = Column(
    "last_observed_at", "timestamp", "Last moment these values were observed.", nullable=False, volatile=True
)
_HISTORY_SOURCE = Column("source", "string", "What said so first in this interval.", nullable=False)

PROVIDERS = Table(
    "providers",
    "One row a provider ever seen: curated facts with their source, and what it serves now.",
    ("provider",),
    (
        _PROVIDER,
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
            "regions",
            "list<string>",
            "Regions it is said to serve from, as compliance tags (eu, us). NULL is unknown.",
        ),
        Column("region_source", "string", "The page the regions were read on."),
        Column("models", "int64", "Models it lists, of any status.", nullable=False, unit="models"),
        Column("live_offers", "int64", "Its offers with status live.", nullable=False, unit="offers"),
        Column("first_seen", "timestamp", "First time it was seen in any observation of this dataset."),
        Column("last_seen", "timestamp", "Last time it was seen listing anything.", volatile=True),
        Column("active", "bool", "Whether it lists anything as of its last complete listing.", nullable=False),
        Column(
            "stale", "bool", "Whether its last crawl failed, so that its rows are from an earlier run.", nullable=False
        ),
    ),
)

MODELS = Table(
    "models",
    "One row a model that at least one provider lists.",
    ("model_id",),
    (
        _MODEL_ID,
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
            "parameters", "int64", "Parameters over all tensors, as the safetensors headers state.", unit="parameters"
        ),
        Column("dtype_parameters", "map<string,int64>", "Parameters by tensor dtype.", unit="parameters"),
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
    ),
)

OFFERS = Table(
    "offers",
    "One row a model served by a provider for a task under the provider's own model id: the heart of the dataset.",
    ("model_id", "provider", "task", "provider_model_id"),
    (
        *_ROUTE_COLUMNS,
        _key("provider_model_id", "The provider's own name of the model. Several models may share one."),
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
        _INPUT_PRICE,
        _OUTPUT_PRICE,
        Column("is_free", "bool", "Whether the router says that it is free. NULL: it says nothing."),
        Column("price_source", "string", "What stated the price: router, hub-list or inference-page."),
        _CONTEXT,
        Column("supports_tools", "bool", "Whether tool calls passed Hugging Face's test."),
        Column("supports_structured_output", "bool", "Whether structured output passed Hugging Face's test."),
        *_MEASURED,
        Column("validated_at", "timestamp", "When Hugging Face last tested the mapping, where a source says."),
        Column("first_seen_at", "timestamp", "First time this offer was seen.", nullable=False),
        Column(
            "changed_at",
            "timestamp",
            "Since when these values, measurements left aside, have been seen.",
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
    "Every observation of a price on which two sources of one run disagree.",
    (*ROUTE, "source"),
    (
        *_ROUTE_COLUMNS,
        _key("source", "What stated this price."),
        _INPUT_PRICE,
        _OUTPUT_PRICE,
        Column("chosen", "bool", "Whether this is the price that `offers` carries.", nullable=False),
        Column("observed_at", "timestamp", "When it was observed.", nullable=False, volatile=True),
    ),
)

QUARANTINE = Table(
    "quarantine",
    "What the last run could not read: the record or the field was left out, and nothing was guessed.",
    ("source", "provider", "record_id", "field"),
    (
        _key("source", "The source it came from."),
        _key("provider", "The provider whose listing it stood in; empty for sources of no single provider."),
        _key("record_id", "The model id, or the record's place in its page."),
        _key("field", "The field that could not be read; empty for a whole record."),
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
        _key("source", "The source."),
        _key("provider", "The provider; empty for sources of no single provider."),
        Column(
            "result",
            "string",
            "ok; failed; stale (its listing dropped too far); skipped.",
            nullable=False,
            enum=("ok", "failed", "stale", "skipped"),
        ),
        Column("requests", "int64", "HTTP requests sent, retries included.", nullable=False, unit="requests"),
        Column("bytes", "int64", "Bytes of the bodies received, after decompression.", nullable=False, unit="bytes"),
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
        *_ROUTE_COLUMNS,
        _VALID_FROM,
        _INPUT_PRICE,
        _OUTPUT_PRICE,
        Column("is_free", "bool", "Whether the router said that it was free."),
        _VALID_TO,
        _LAST_OBSERVED,
        _HISTORY_SOURCE,
    ),
)

STATUS_HISTORY = Table(
    "status_history",
    "The status, context and capabilities of each route over time: one row an interval in which nothing changed.",
    (*ROUTE, "valid_from"),
    (
        *_ROUTE_COLUMNS,
        _VALID_FROM,
        Column("status", "string", "What the Hub said of the mapping.", nullable=False, enum=STATUSES),
        _CONTEXT,
        Column("supports_tools", "bool", "Whether tool calls passed Hugging Face's test."),
        Column("supports_structured_output", "bool", "Whether structured output passed Hugging Face's test."),
        _VALID_TO,
        _LAST_OBSERVED,
        _HISTORY_SOURCE,
    ),
)

MEASUREMENTS = Table(
    "measurements",
    "Speeds that Hugging Face measured: a row only when a value changed, one file a month.",
    (*ROUTE, "observed_at"),
    (
        *_ROUTE_COLUMNS,
        Column("observed_at", "timestamp", "When the values were first seen.", nullable=False),
        *_MEASURED,
    ),
    partitioned=True,
)

TABLES: Final[dict[str, Table]] = {
    table.name: table
    for table in (
        PROVIDERS,
        MODELS,
        OFFERS,
        PRICE_CONFLICTS,
        PRICE_HISTORY,
        STATUS_HISTORY,
        MEASUREMENTS,
        QUARANTINE,
        RUNS,
    )
}
