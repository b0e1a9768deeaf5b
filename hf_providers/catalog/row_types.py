"""The rows of the catalog, as types: what a column of a row holds, for type checkers and for the JSON Schemas.

Held equal to `schema.py` by a test. Imported at run time by the documentation alone (docs/schema is made of it):
whoever names a row in an annotation imports this where TYPE_CHECKING is true, so that no answer pays for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, NotRequired, TypeAlias

from pydantic import Field
from typing_extensions import ReadOnly, TypedDict  # pydantic asks for this one before Python 3.12, and brings it along

Price: TypeAlias = Annotated[str, Field(pattern=r"^\d{1,9}(\.\d{1,9})?$")]
"""An exact decimal as text: USD."""
Moment: TypeAlias = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")]
"""A time in UTC as ISO text."""
Count: TypeAlias = Annotated[int, Field(ge=0)]

Status: TypeAlias = Literal["live", "staging", "error"]
Readiness: TypeAlias = Literal["hot", "warm", "cold", "unavailable"]
MappingType: TypeAlias = Literal["single-model", "tag-filter"]
Modality: TypeAlias = Literal["text", "image", "audio", "video", "embedding", "other"]
ChangeKind: TypeAlias = Literal[
    "price", "added", "gone", "returned", "provider_added", "provider_gone",
    "status", "context", "tools", "structured_output",
]  # fmt: skip

AnyRow: TypeAlias = Mapping[str, Any]
"""A row of any table or query, by column: for what only prints it or reads columns that it is told by name."""
JsonObject: TypeAlias = dict[str, Any]
"""A JSON object whose form is somebody else's: the Hub's, a client's, another project's."""


class BaseModelRow(TypedDict):
    """A model that another one is made from."""

    model_id: str
    relation: str


class ProviderRow(TypedDict):
    """A provider ever seen."""

    provider: str
    name: str | None
    kind: Literal["serverless", "hf-inference"]
    hub_org: str | None
    homepage: str | None
    regions: list[str] | None
    region_source: str | None
    models: int
    live_offers: int
    first_seen: Moment | None
    last_seen: Moment | None
    active: bool
    stale: bool
    ended_at: Moment | None
    ended_source: str | None
    source: str | None


class ModelRow(TypedDict):
    """A model that a provider lists."""

    model_id: str
    author: str
    name: str
    pipeline_tag: str | None
    modality: Modality
    conversational: bool | None
    library: str | None
    license: str | None
    gated: Literal["false", "auto", "manual"] | None
    likes: int | None
    downloads: int | None
    created_at: Moment | None
    parameters: int | None
    parameters_source: Literal["count", "config"] | None
    parameters_reason: str | None
    active_parameters: int | None
    active_parameters_source: Literal["config", "name"] | None
    counted_parameters: int | None
    dtype_parameters: dict[str, int] | None
    is_moe: bool | None
    context_length: int | None
    base_models: list[BaseModelRow] | None
    inference: str | None
    last_seen_at: Moment | None
    source: str | None


class OfferValues(TypedDict):
    """An offer, in the columns that the library's `Offer` has."""

    model_id: str
    provider: str
    task: str
    provider_model_id: str
    status: Status
    readiness: Readiness
    type: MappingType | None
    adapter: str | None
    is_model_author: bool | None
    input_usd_per_mtok: Price | None
    output_usd_per_mtok: Price | None
    is_free: bool | None
    price_source: str | None
    context_length: int | None
    supports_tools: bool | None
    supports_structured_output: bool | None
    throughput_tps: float | None
    ttft_ms: float | None
    request_latency_ms: float | None
    validated_at: Moment | None
    observed_at: Moment | None
    price_observed_at: Moment | None
    measured_at: Moment | None
    source: str | None
    measured_source: str | None
    first_seen_at: Moment
    changed_at: Moment
    stale: bool


class ListedOffer(OfferValues):
    """An offer, in the columns that a provider's listing has of it."""

    previous_status: Status | None


class OfferRow(ListedOffer):
    """A model served by a provider for a task."""

    free_until: Moment | None
    listed: bool | None
    missing_since: Moment | None


class Priced(TypedDict):
    """What has two prices: an offer, or an interval of its history."""

    input_usd_per_mtok: ReadOnly[Price | None]
    output_usd_per_mtok: ReadOnly[Price | None]


class IntervalValues(TypedDict):
    """An interval in which a price held, in the columns that the library's `PriceInterval` has."""

    provider: str
    task: str
    valid_from: Moment
    input_usd_per_mtok: Price | None
    output_usd_per_mtok: Price | None
    valid_to: Moment | None
    last_observed_at: Moment
    source: str


class PriceIntervalRow(IntervalValues):
    """An interval in which a route's price held."""

    model_id: str
    is_free: bool | None


class StatusIntervalRow(TypedDict):
    """An interval in which a route's status and capabilities held."""

    model_id: str
    provider: str
    task: str
    valid_from: Moment
    status: Status
    context_length: int | None
    supports_tools: bool | None
    supports_structured_output: bool | None
    valid_to: Moment | None
    last_observed_at: Moment
    source: str


class InstanceRow(TypedDict):
    """An instance of dedicated Inference Endpoints."""

    cloud: str
    instance_type: str
    size: str
    kind: Literal["cpu", "gpu", "inf2", "tpu"]
    usd_per_hour: Price
    units: int | None
    memory_bytes: Count | None
    ram_bytes: int | None
    architecture: str | None
    deprecated: bool
    observed_at: Moment
    stale: bool
    source: str | None


class InstancePriceIntervalRow(TypedDict):
    """An interval in which an instance's price held."""

    cloud: str
    instance_type: str
    size: str
    valid_from: Moment
    kind: Literal["cpu", "gpu", "inf2", "tpu"]
    usd_per_hour: Price
    deprecated: bool
    valid_to: Moment | None
    last_observed_at: Moment
    source: str


class JobsMachineRow(TypedDict):
    """A machine that HF Jobs run on."""

    hardware: str
    kind: Literal["cpu", "gpu"]
    units: int | None
    cpus: int | None
    ram_bytes: int | None
    memory_bytes: Count | None
    usd_per_hour: Price
    listed_at: Moment
    observed_at: Moment
    source: str | None


class ArchitectureRow(TypedDict, total=False):
    """What a model's config.json states, and what follows from it; of a file that was only read, without its model."""

    model_id: str
    sha: str | None
    model_type: str | None
    layers: int | None
    full_attention_layers: int | None
    sliding_attention_layers: int | None
    linear_attention_layers: int | None
    sliding_window: int | None
    hidden_size: int | None
    attention_heads: int | None
    kv_heads: int | None
    head_dim: int | None
    kv_lora_rank: int | None
    qk_rope_head_dim: int | None
    experts: int | None
    active_experts: int | None
    max_positions: int | None
    dtype: str | None
    quantization: str | None
    quantization_bits: int | None
    quantization_group_size: int | None
    kv_values: dict[str, int] | None
    index_bytes: dict[str, int] | None
    index_bytes_upper: dict[str, int] | None
    state_bytes: int | None
    config_parameters: int | None
    config_active_parameters: int | None
    embedding_parameters: int | None
    expert_parameters: int | None
    left_out: str | None
    config: str | None
    reason: str | None
    observed_at: Moment
    source: str | None


class PriceConflictRow(TypedDict):
    """A price on which two sources disagree."""

    model_id: str
    provider: str
    task: str
    source: str
    input_usd_per_mtok: Price | None
    output_usd_per_mtok: Price | None
    chosen: bool
    observed_at: Moment


class Change(TypedDict):
    """A change between two observations, without its time."""

    kind: ChangeKind
    provider: str
    model_id: str | None
    task: str | None
    before: str | None
    after: str | None
    percent: float | None
    times: int
    source_before: str | None
    source: str | None


class ChangeRow(Change):
    """A change between two observations."""

    changed_at: Moment


class DailyMeasurementRow(TypedDict):
    """The medians of a day's measurements of a route."""

    model_id: str
    provider: str
    task: str
    day: str
    throughput_tps: float | None
    ttft_ms: float | None
    request_latency_ms: float | None
    n: int


class VariantRow(TypedDict):
    """A relative of a model."""

    model_id: str
    variant_id: str
    relation: str
    declared: bool
    """Whether the Hub's tags say so; else it is guessed from the name."""


class SnapshotMeta(TypedDict):
    """What the snapshot says of itself: its version, when its facts were observed, and what answered."""

    version: str
    checked_at: Moment
    origin: str
    observed_at: NotRequired[Moment]
    recent_since: NotRequired[Moment]
    result: NotRequired[str]
    live_observed_at: NotRequired[Moment]
    live_routed_at: NotRequired[Moment]
