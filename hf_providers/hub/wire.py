"""Pydantic models of the Hub's and the router's answers. Every key but the essential ones may be absent.

New keys are kept, so that they can be reported. Numbers, strings and booleans are never converted: a price in quotes is
not a price.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Annotated, Any, Final

from pydantic import AfterValidator, AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator

from hf_providers.catalog.schema import PRICE_SCALE
from hf_providers.hub.text import clean

_NAME = r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*"
MODEL_ID: Final = rf"^{_NAME}(/{_NAME})?$"
"""A model id: no part of it begins or ends with a dot or has two in a row, so that it is no path."""
PROVIDER_ID: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"
MAX_USD_PER_MTOK: Final = 10_000
MAX_VALUES: Final = 10_000
"""Most values in one list or object of a record: a model of a thousand languages has as many tags."""
_PRICE_STEP: Final = Decimal(1).scaleb(-PRICE_SCALE)


def exact_price(value: object) -> Decimal:
    """Return a wire number as USD per million tokens at nano-USD scale.

    JSON numbers come as the Hub's doubles. The shortest decimal form is what the Hub printed; rounding it to the scale
    removes the noise of binary arithmetic (0.060000000000000005 is 0.06).

    Raises:
        ValueError: not a finite number, negative, implausibly large, or too small for the scale.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("not a number")  # noqa: TRY004 pydantic takes a ValueError
    # Compared before any conversion: an integer of 400 digits is no float, and NaN is in no range.
    if not 0 <= value <= MAX_USD_PER_MTOK:
        raise ValueError(f"not between 0 and {MAX_USD_PER_MTOK} USD per million tokens")
    price = Decimal(repr(value))
    rounded = abs(price.quantize(_PRICE_STEP, ROUND_HALF_EVEN))
    if price and not rounded:
        raise ValueError("smaller than the scale of prices")
    return rounded


def visible(text: str) -> str:
    """Return the text without control and invisible characters.

    Raises:
        ValueError: nothing is left of it: it is no name of anything.
    """
    if not (shown := clean(text)):
        raise ValueError("has no visible character")
    return shown


def not_endless(value: object) -> object:
    """Return an object, if it has not too many keys.

    Raises:
        ValueError: it has too many, and each could be a problem to note.
    """
    if isinstance(value, dict) and len(value) > MAX_VALUES:
        raise ValueError(f"has more than {MAX_VALUES} keys")
    return value


def utc(value: object) -> datetime:
    """Return a time in ISO 8601 with its zone, in UTC.

    Raises:
        ValueError: it is no such text, or in UTC it is before year 1 or after 9999.
    """
    if not isinstance(value, str):
        raise ValueError("not a time in text")  # noqa: TRY004 pydantic takes a ValueError
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("not between the years 1 and 9999 in UTC") from None


Text = Annotated[str, Field(strict=True, min_length=1)]
ModelId = Annotated[str, Field(strict=True, max_length=200, pattern=MODEL_ID)]
ProviderId = Annotated[str, Field(strict=True, pattern=PROVIDER_ID)]
Name = Annotated[str, Field(strict=True, max_length=500), AfterValidator(visible)]
"""Part of a key: without a visible character it names nothing."""
Moment = Annotated[datetime, PlainValidator(utc)]
Flag = Annotated[bool, Field(strict=True)]
Count = Annotated[int, Field(strict=True, ge=0, lt=2**63)]
Context = Annotated[int, Field(strict=True, gt=0, le=10**9)]
Measured = Annotated[float, Field(strict=True, ge=0, le=1e12, allow_inf_nan=False)]
Price = Annotated[Decimal, BeforeValidator(exact_price)]
Texts = Annotated[list[Text], Field(max_length=MAX_VALUES)]


class _Wire(BaseModel):
    model_config = ConfigDict(extra="allow", protected_namespaces=())


class Pricing(_Wire):
    """USD per million tokens."""

    input: Price | None = None
    output: Price | None = None


class ProviderDetails(_Wire):
    """The provider's own statements."""

    context_length: Context | None = None
    pricing: Pricing | None = None


class Features(_Wire):
    """Capabilities that passed Hugging Face's tests."""

    tool_calling: Flag | None = Field(None, alias="toolCalling")
    structured_output: Flag | None = Field(None, alias="structuredOutput")


class Performance(_Wire):
    """Hugging Face's measurements."""

    tokens_per_second: Measured | None = Field(None, alias="tokensPerSecond")
    first_token_latency_ms: Measured | None = Field(None, alias="firstTokenLatencyMs")
    request_latency_ms: Measured | None = Field(None, alias="requestLatencyMs")


class _Offered(_Wire):
    """A mapping. Newer forms have two statuses instead of one, and the measurements at the top level."""

    provider: ProviderId
    status: Name = Field(validation_alias=AliasChoices("status", "modelStatus", "providerStatus"))
    provider_status: Name | None = Field(None, alias="providerStatus")
    free_until: Moment | None = Field(None, alias="freeUntil")
    tokens_per_second: Measured | None = Field(None, alias="tokensPerSecond")
    previous_status: Text | None = Field(None, alias="previousStatus")
    type: Text | None = None
    adapter: Text | None = Field(None, validation_alias=AliasChoices("adapter", "adapterType"))
    is_model_author: Flag | None = Field(None, alias="isModelAuthor")
    features: Features | None = None
    performance: Performance | None = None
    details: ProviderDetails | None = Field(None, alias="providerDetails")


class WireMapping(_Offered):
    """One mapping of a model: in a list's array, or, `provider` being its key, in a single model's object."""

    provider_id: Name = Field(alias="providerId")
    task: Name


class WirePageMapping(_Offered):
    """One mapping on the inference page; the model's id is put beside it before it is read."""

    id: ModelId
    provider_id: Name | None = Field(None, alias="providerId")
    task: Name | None = None
    validated_at: Moment | None = Field(None, alias="lastValidationTimestamp")


class Safetensors(_Wire):
    """Parameters, in all and by tensor dtype."""

    parameters: Annotated[dict[Name, Count] | None, BeforeValidator(not_endless)] = None
    total: Count | None = None


class WireModel(_Wire):
    """A model of the list endpoint, and of the single-model one once its mapping is an array."""

    id: ModelId
    pipeline_tag: Text | None = None
    tags: Texts | None = None
    library_name: Text | None = None
    likes: Count | None = None
    downloads: Count | None = None
    created_at: Moment | None = Field(None, alias="createdAt")
    sha: Text | None = None
    gated: Any = None
    inference: Text | None = None
    safetensors: Safetensors | None = None
    card_data: Any = Field(None, alias="cardData")
    mappings: list[WireMapping] | None = Field(None, alias="inferenceProviderMapping", max_length=MAX_VALUES)


class WireRouterProvider(_Wire):
    """One provider of a router's model."""

    provider: ProviderId
    status: Name
    context_length: Context | None = None
    pricing: Pricing | None = None
    is_free: Flag | None = None
    free_until: Moment | None = Field(None, validation_alias=AliasChoices("free_until", "freeUntil"))
    supports_tools: Flag | None = None
    supports_structured_output: Flag | None = None
    first_token_latency_ms: Measured | None = None
    throughput: Measured | None = None
    is_model_author: Flag | None = None


class Architecture(_Wire):
    """What goes into a model and what comes out."""

    input_modalities: Texts | None = None
    output_modalities: Texts | None = None


class WireRouterModel(_Wire):
    """A model of the router's list."""

    id: ModelId
    created: Count | None = None
    architecture: Architecture | None = None
    providers: list[WireRouterProvider] = Field([], max_length=MAX_VALUES)


class WireRegistration(_Wire):
    """A provider's registration; its two outer keys are put in it as `task` and `id` before it is read."""

    id: Annotated[str, Field(strict=True, max_length=500, pattern=rf"{MODEL_ID}|^tag-filter=.")]
    task: Name
    provider_id: Name = Field(alias="providerId")
    status: Name
    adapter: Text | None = Field(None, alias="adapterType")
    tags: Texts | None = None
