"""The types of a column and a table, and the columns that several tables share. The tables are in `schema.py`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, logical type, meaning and whether it may be NULL.

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


USD_PER_MTOK: Final = "USD per million tokens"
TPS: Final = "tokens per second"


def key_column(name: str, description: str) -> Column:
    """Return a text column that is part of a key: never NULL."""
    return Column(name, "string", description, nullable=False)


OLDER: Final = "NULL: of a release before 0.2."
MODEL_ID = key_column("model_id", "The model's id on the Hub: organisation/name.")
PROVIDER = key_column("provider", "The provider's id on the Hub, such as novita or hf-inference.")
TASK = key_column("task", "The task the model is served for, in the Hub's words; conversational is chat completion.")
ROUTE_COLUMNS = (MODEL_ID, PROVIDER, TASK)
PRICES = (
    Column(
        "input_usd_per_mtok",
        "price",
        "Listed price of input tokens. NULL is unknown; 0 is listed at 0, which is not the same as free.",
        unit=USD_PER_MTOK,
    ),
    Column("output_usd_per_mtok", "price", "Listed price of output tokens. NULL is unknown.", unit=USD_PER_MTOK),
)
CONTEXT = Column("context_length", "int64", "Context the provider serves.", unit="tokens")
CAPABILITIES = (
    Column("supports_tools", "bool", "Whether tool calls passed Hugging Face's test."),
    Column("supports_structured_output", "bool", "Whether structured output passed Hugging Face's test."),
)
MEASURED = (
    Column("throughput_tps", "float32", "Output speed that Hugging Face measured.", unit=TPS),
    Column("ttft_ms", "float32", "Time to first token that Hugging Face measured.", unit="ms"),
    Column("request_latency_ms", "float32", "Time of one whole request that Hugging Face measured.", unit="ms"),
)
DATED = (
    Column(
        "observed_at",
        "timestamp",
        "When `source` last said that this offer exists with this status. NULL: of a release before 0.2.",
        volatile=True,
    ),
    Column("price_observed_at", "timestamp", "When `price_source` last stated this price.", volatile=True),
    Column("measured_at", "timestamp", "When `measured_source` last stated these measurements.", volatile=True),
)
"""The dates of the parts of an offer: a value is as old as the last statement of a source."""
STATED_BY = (
    Column(
        "source",
        "string",
        "What last said that this offer exists with this status: hub-list, hub-model, partner-mapping or router; or a"
        f" recording, by its repository. {OLDER}",
    ),
    Column(
        "measured_source",
        "string",
        f"What stated these measurements: hub-list, router, inference-page or models-page. {OLDER}",
    ),
)
LISTED = (
    Column(
        "listed",
        "bool",
        "Whether its provider's own listing has it. false: a registration or the model's own page alone states it."
        " NULL: not recorded.",
    ),
    Column(
        "missing_since",
        "timestamp",
        "Since when its provider's listing, of several pages, lacks it: it stands as last seen until a second look.",
    ),
)
FREE_UNTIL = Column("free_until", "timestamp", "When the promotion ends that `is_free` speaks of, where a source says.")
LAST_SEEN = Column(
    "last_seen_at",
    "timestamp",
    "When a source last said that somebody serves the model. Of one without an offer it is not recorded who did. NULL:"
    " nobody was seen to serve it, or the row is of a release before 0.2.",
    volatile=True,
)
FIRST_MEASURED = Column("observed_at", "timestamp", "When the values were first seen.", nullable=False)
STATUS_THEN: Final = (
    "The status of the offer at that time: a latency in error is that of a failing call. NULL: not recorded."
)
VALID_FROM = Column("valid_from", "timestamp", "First moment these values were observed; inclusive.", nullable=False)
VALID_TO = Column(
    "valid_to", "timestamp", "Moment another value, or absence, was observed; exclusive. NULL: no end observed."
)
LAST_OBSERVED = Column(
    "last_observed_at", "timestamp", "Last moment these values were observed.", nullable=False, volatile=True
)
HISTORY_SOURCE = Column("source", "string", "What said so first in this interval.", nullable=False)
PROVIDER_END = (
    Column(
        "ended_at",
        "timestamp",
        "Since when it serves nothing: its list was empty, the Hub refused it, or it was dropped. NULL: it serves"
        " something, or nobody saw it end.",
    ),
    Column("ended_source", "string", "What said so: hub-list, or a recording, by its repository and commit."),
    Column(
        "source",
        "string",
        "What told of it: the source of its newest offer, else of its newest interval in the histories, else the"
        f" registry of this project. {OLDER}",
    ),
)
"""The columns for since when a provider has served nothing, and for its sources."""
MODEL_SOURCE = Column(
    "source",
    "string",
    "What stated these facts: hub-list or hub-model; or of a model of which the Hub's own facts are not known,"
    f" what said that somebody serves it. {OLDER}",
)
