"""The JSON documents as types: for type checkers, and what the JSON Schemas in docs/schema are made from.

Imported at run time by the documentation alone, like `catalog.row_types`. New keys may be added without a new
schema_version.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired, TypeAlias

from pydantic import Field
from typing_extensions import TypedDict  # pydantic asks for this one before Python 3.12, and brings it along

from hf_providers.catalog.row_types import (
    Count,
    ListedOffer,
    ModelRow,
    Moment,
    OfferRow,
    Price,
    ProviderRow,
    Readiness,
    SnapshotMeta,
    Status,
    VariantRow,
)
from hf_providers.hosting.estimate_types import (
    Dedicated,
    Jobs,
    JudgedMachine,
    Local,
    Mix,
    Needs,
    RunCommand,
    ThisMachine,
)

MatchedBy: TypeAlias = Literal["id", "name", "words", "typo", "alias"]


class Asked(TypedDict):
    """How a model was asked for."""

    query: str
    """The model as it was typed, without a provider or a policy."""
    matched_by: MatchedBy
    """How it was found: by its id or its name, letter case aside; by words; as it is probably spelt; by another name
    than its own. Each answer is of the model that `model_id` names."""


class MaybeAsked(TypedDict):
    """The same, of a document that the site publishes, too, or that is of no one model."""

    query: NotRequired[str]
    """The model as it was typed, without a provider or a policy."""
    matched_by: NotRequired[MatchedBy]
    """How it was found: by its id or its name, letter case aside; by words; as it is probably spelt; by another name
    than its own. Each answer is of the model that `model_id` names."""


class CheapestOffer(OfferRow):
    """The cheapest offer, with the blended price by which it was picked."""

    mix: Mix
    blended_usd_per_mtok: Price


class RouterChoice(TypedDict):
    """What the router's policies pick, of all offers: fastest (as without a suffix), and cheapest by output price."""

    fastest: OfferRow | None
    cheapest: OfferRow | None


class Variant(VariantRow):
    """A relative of the model, and who serves it."""

    providers: int
    """How many serve it, as far as was seen recently."""
    known_providers: int
    """How many were ever seen to list it."""
    parameters: int | None


class HostingBlocks(TypedDict):
    """What it takes to run the model oneself; null for what is not known, or not about a chat model."""

    dedicated: Dedicated | None
    local: Local | None


class Answer(MaybeAsked, HostingBlocks):
    """The answer of hfp MODEL --json."""

    schema_version: Literal[1]
    model: ModelRow
    offers: list[OfferRow]
    left_out: Count
    """Offers that the filters left out."""
    cheapest: CheapestOffer | None
    fastest: OfferRow | None
    router_choice: RouterChoice | None
    variants: list[Variant]
    snapshot: SnapshotMeta


class NamedModel(TypedDict):
    """A model that the snapshot lacks."""

    model_id: str


class NeedDocument(MaybeAsked):
    """What hfp need MODEL --json says."""

    schema_version: Literal[1]
    model: ModelRow | NamedModel
    needs: Needs
    serverless: OfferRow | None
    mix: Mix
    dedicated: Dedicated | None
    jobs: Jobs | None
    local: Local | None
    machine: JudgedMachine | None
    this_machine: ThisMachine | None
    commands: list[RunCommand]
    snapshot: SnapshotMeta


class Listing(MaybeAsked):
    """A listing of hfp … --json: each row has the keys that columns names."""

    schema_version: Literal[1]
    columns: list[str]
    rows: list[dict[str, Any]]  # what they hold is the command's, or of `hfp sql` the query's
    snapshot: SnapshotMeta


class ProviderListing(TypedDict):
    """A provider's offers, of hfp providers NAME --json."""

    schema_version: Literal[1]
    columns: Annotated[list[str], Field(json_schema_extra={"uniqueItems": True})]
    """The keys of each row, those first that its offers are compared by."""
    rows: list[ListedOffer]
    provider: ProviderRow
    total: Count
    """How many offers it has; with --limit, rows are the first of them."""
    snapshot: SnapshotMeta


class Match(TypedDict):
    """A model that fits what was typed."""

    model_id: str
    pipeline_tag: str | None
    parameters: int | None
    providers: int
    live_offers: int
    likes: int | None
    downloads: int | None


class Matches(Asked):
    """The models that fit, best first."""

    schema_version: Literal[1]
    matches: list[Match]
    total: Annotated[int, Field(ge=1)]
    """How many models fit; matches are the first of them."""
    snapshot: SnapshotMeta


Provenance = TypedDict(
    "Provenance",
    {
        "source": str | None,
        "description": str | None,
        "url": str | None,
        "license": str | None,
        "from": str | None,
        "to": str | None,
    },
)
"""A source of the snapshot's facts apart from the Hub, with the days that it tells of."""


class SnapshotInfo(SnapshotMeta):
    """The snapshot's facts about itself, how many rows it has of what, and where they come from."""

    path: str
    rows: dict[str, Count]
    provenance: list[Provenance]


class Info(TypedDict):
    """The snapshot of hfp info --json."""

    schema_version: Literal[1]
    snapshot: SnapshotInfo


class ComparedOffer(OfferRow):
    """An offer with its blended price."""

    blended_usd_per_mtok: Price | None


class DatedPrice(TypedDict):
    """The price of an offer, now or at a time gone by; an offer's own row has more keys."""

    provider: str
    task: str | None
    status: Status | None
    observed_at: Moment | None
    readiness: Readiness | None
    old: bool
    seen_lately: NotRequired[bool]
    is_free: bool | None
    free_until: Moment | None
    free_now: bool
    input_usd_per_mtok: Price | None
    output_usd_per_mtok: Price | None
    price_last_seen_at: Moment | None


class OfferCost(TypedDict):
    """What a job costs with an offer; null where it is unknown."""

    request_nano_usd: int | None
    total_nano_usd: int | None
    total_usd: Price | None
    credits: int | None


class PricedOffer(DatedPrice, OfferCost):
    """An offer with what a job costs."""


class StatedJob(TypedDict):
    """What is priced."""

    input_tokens: int
    output_tokens: int
    as_of: Moment | None
    credit_usd: str | None
    cached_tokens: int
    requests: int
    monthly: bool


class PlanCredits(TypedDict):
    """The monthly credits of a plan, and how many requests they buy."""

    nano_usd: int
    requests: int | None


class CostHead(TypedDict):
    """What the listing of a job's costs has beside its rows."""

    model_id: str
    job: StatedJob
    cheapest: PricedOffer | None
    monthly_credits: dict[str, PlanCredits] | None


class ModelSummary(ModelRow):
    """A model with a summary of its offers."""

    providers: int
    live_offers: int
    tasks: list[str]
    cheapest_provider: str | None
    blended_usd_per_mtok: Price | None
    throughput_tps: float | None
    _blended: int | None
