"""Types of the estimates of running a model yourself, for type checkers and the JSON Schemas.

Imported at run time by the documentation alone, like `catalog.row_types`.
"""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypeAlias

from pydantic import Field
from typing_extensions import ReadOnly, TypedDict  # pydantic asks for this one before Python 3.12, and brings it along

from hf_providers.catalog.row_types import Count, InstanceRow, JobsMachineRow, Moment, Price

Mix: TypeAlias = Annotated[str, Field(pattern=r"^\d+:\d+$")]
"""Input to output tokens, as in 3:1."""
ParametersSource: TypeAlias = Literal["count", "config", "name", "given"]
ActiveSource: TypeAlias = Literal["config", "name", "given"]
MachineKind: TypeAlias = Literal["gpu", "unified", "server"]


class ModelFacts(TypedDict):
    """What the estimates read of a row of `models`: of a model that the snapshot lacks, its id alone."""

    model_id: ReadOnly[str]
    context_length: ReadOnly[NotRequired[int | None]]
    counted_parameters: ReadOnly[NotRequired[int | None]]
    dtype_parameters: ReadOnly[NotRequired[dict[str, int] | None]]
    parameters: ReadOnly[NotRequired[int | None]]
    parameters_source: ReadOnly[NotRequired[ParametersSource | None]]
    pipeline_tag: ReadOnly[NotRequired[str | None]]
    library: ReadOnly[NotRequired[str | None]]


class Parameters(TypedDict):
    """How many parameters a model has, and who says so."""

    parameters: Count | None
    parameters_source: ParametersSource | None
    active_parameters: Count | None
    """Those that a token uses, of a mixture of experts."""
    active_parameters_source: ActiveSource | None


class ResolvedParameters(Parameters):
    """The same, with the reason where they are unknown."""

    parameters_reason: str | None


class Weights(TypedDict):
    """The bytes of a model's weights and what they are of, or why they are unknown."""

    weights_bytes: Count | None
    weights_source: str | None
    """What the weights' size was made from."""
    weights_unknown: str | None
    """Why the size of the published weights is not known."""
    weight_format: str | None
    """The format; null is as published."""
    bits_per_weight: float | None
    """Of that format, scales included."""
    bits_source: str | None
    """Where the bits are from; null for a plain type."""
    assumed_format: bool
    """Whether it stands in for a published size not known."""


class Needs(Weights, Parameters):
    """What the model needs, an estimate, and its inputs."""

    left_out: str | None
    """What config.json mentions and `parameters` does not count."""
    kv_cache_bytes: Count | None
    """Keys and values; layers with a window keep the window."""
    kv_cache_bytes_upper: Count | None
    """The same where an engine reserves the whole context for layers with a window."""
    kv_cache_unknown: str | None
    """Why the KV cache is not known; null where it is."""
    state_bytes: Count | None
    """Recurrent state, the same at any context."""
    kv_bytes_per_value: Count
    context_length: Count
    batch: Count


class Verdict(TypedDict):
    """Whether something fits, and what this was judged by."""

    fits: bool | None
    """Whether it fits; null where that can't be told."""
    needed_bytes: Count | None
    usable_bytes: Count
    usable_share_pct: Count
    overhead_bytes: Count


class Fit(Verdict):
    """The same, with the memory that it was compared with."""

    memory_bytes: Count


class FittingInstance(InstanceRow, Verdict):
    """An instance that holds the model."""


class BestInstance(FittingInstance):
    """The cheapest instance that holds the model."""

    usd_per_month: Price
    """730 hours of one replica."""


class Use(TypedDict):
    """A level of use, with the mix and the capacity that it was reckoned with."""

    tokens_per_hour: Count
    requests_per_hour: Count | None
    output_tps: Count
    utilisation: float | None
    usd_per_hour: Price
    mix: Mix
    capacity_tps: Count | None
    tokens_per_request: Count | None


class UseLevel(Use):
    """The same with the prices of the tokens; one that the mix has none of may be unknown."""

    input_usd_per_mtok: Price | None
    output_usd_per_mtok: Price | None


class BreakEven(Use):
    """From where on the endpoint is no dearer than that provider."""

    input_usd_per_mtok: Price
    output_usd_per_mtok: Price
    provider: str


class ScaleToZero(TypedDict):
    """A day's cost of an endpoint that stops when idle."""

    busy_minutes_per_day: Count
    bursts_per_day: Count
    idle_minutes: Count
    billed_minutes_per_day: Count
    usd_per_day: Price
    usd_per_day_always_on: Price


class Dedicated(TypedDict):
    """The endpoints that hold the model. An estimate; judged_by says what was compared with the memory."""

    estimate: Literal[True]
    needs: Needs
    judged_by: str
    cheapest: BestInstance | None
    instances: list[FittingInstance]
    break_even: BreakEven | None
    scale_to_zero: NotRequired[ScaleToZero | None]


class LocalMachine(Fit):
    """A machine of one's own that holds the model."""

    name: str
    kind: MachineKind


class Local(TypedDict):
    """The machines that hold the model. An estimate; judged_by says what was compared with the memory."""

    estimate: Literal[True]
    needs: Needs
    judged_by: str
    machines: list[LocalMachine]
    source: str


class FittingJobsMachine(JobsMachineRow, Verdict):
    """A machine of HF Jobs that holds the model."""


class Jobs(TypedDict):
    """The machines of HF Jobs that hold it. An estimate; judged_by says what was compared with the memory."""

    estimate: Literal[True]
    judged_by: str
    cheapest: FittingJobsMachine | None
    machines: list[FittingJobsMachine]
    observed_at: Moment


class NamedMachine(TypedDict):
    """The machine that a name or a size means."""

    name: str
    kind: str
    devices: Count
    memory_bytes: Count
    usable_share_pct: Count


class BestFormat(TypedDict):
    """The most bits a weight that fit with so much context."""

    weight_format: str | None
    """The format; null is as published."""
    weights_bytes: Count
    context_length: Count
    largest_context: Count | None


class JudgedMachine(NamedMachine):
    """What the machine of --machine can run."""

    usable_bytes: Count
    judged_by: str
    fits: bool | None
    """Whether it fits; null where that can't be told."""
    largest_context: Count | None
    """Tokens that fit beside the weights; null is unknown."""
    best_format: BestFormat | None


class ThisMachine(TypedDict):
    """This machine's memory, whether a GPU was found, and whether the model fits into the memory."""

    memory_bytes: Count | None
    gpu_found: bool
    fits: bool | None
    """Whether it fits; null where that can't be told."""
    needed_bytes: Count | None
    usable_bytes: NotRequired[Count]
    usable_share_pct: NotRequired[Count]
    overhead_bytes: NotRequired[Count]


class RunCommand(TypedDict):
    """A command that runs the model."""

    tool: str
    command: str
    known: bool | None
    """Whether the model is known to be there for it."""
    note: str
    answers: NotRequired[bool]
    """Whether the tool answers on this machine."""
