"""Read a model's `config.json`: untrusted, so every number that a rule may use is checked before any rule runs.

A value of the wrong kind, or larger than any model has, makes the whole file unusable: what follows from a broken file
would look right and be wrong.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from hf_providers.errors import UnknownError
from hf_providers.text import clean

MAX_BYTES: Final = 8 << 20
"""Largest config.json read. The largest known (MiniMax-M3-NVFP4, which lists every quantised layer) has 3.1 MB."""

NESTED: Final = ("text_config", "llm_config", "language_config", "thinker_config")
"""Where a model of several modalities keeps its language model."""

_LIMITS: Final[dict[str, int]] = {
    **dict.fromkeys(
        (
            "num_hidden_layers", "num_nextn_predict_layers", "num_kv_shared_layers", "first_k_dense_replace",
            "full_attention_interval", "attn_layer_period", "attn_layer_offset", "no_rope_layer_interval",
            "sliding_window_pattern", "_sliding_window_pattern", "interleave_moe_layer_step", "decoder_sparse_step",
            "num_dense_layers",
        ),
        2_000,
    ),
    **dict.fromkeys(
        (
            "num_attention_heads", "num_key_value_heads", "num_global_key_value_heads", "swa_num_key_value_heads",
            "swa_num_attention_heads", "linear_num_key_heads", "linear_num_value_heads", "mamba_num_heads",
            "mamba_n_heads", "index_n_heads", "num_attention_groups", "n_groups", "mamba_n_groups", "o_groups",
        ),
        4_096,
    ),
    **dict.fromkeys(
        (
            "head_dim", "attention_head_dim", "global_head_dim", "v_head_dim", "swa_head_dim", "swa_v_head_dim",
            "qk_nope_head_dim", "qk_rope_head_dim", "index_head_dim", "linear_key_head_dim", "linear_value_head_dim",
            "mamba_head_dim", "mamba_d_head", "ssm_state_size", "mamba_d_state", "conv_kernel", "mamba_d_conv",
            "linear_conv_kernel_dim", "conv_L_cache", "mamba_expand", "expand",
        ),
        65_536,
    ),
    **dict.fromkeys(
        (
            "num_experts", "num_local_experts", "n_routed_experts", "moe_num_experts", "num_experts_per_tok",
            "num_experts_per_token", "experts_per_token", "top_k_experts", "moe_k", "n_shared_experts",
            "num_shared_experts",
        ),
        100_000,
    ),
    **dict.fromkeys(
        (
            "hidden_size", "moe_intermediate_size", "kv_lora_rank", "q_lora_rank", "o_lora_rank", "mamba_d_ssm",
            "shared_expert_intermediate_size", "moe_shared_expert_intermediate_size", "shared_intermediate_size",
            "intermediate_size_mlp", "dense_intermediate_size", "share_expert_dim", "moe_latent_size",
            "routed_expert_hidden_size", "hidden_size_per_layer_input",
        ),
        4_000_000,
    ),
    **dict.fromkeys(("vocab_size", "vocab_size_per_layer_input"), 50_000_000),
    **dict.fromkeys(("max_position_embeddings", "sliding_window", "attention_chunk_size"), 10**9),
}  # fmt: skip
"""The largest plausible value of every count that a rule reads, far above that of any known model."""

_POSITIVE: Final = frozenset(
    {
        "num_hidden_layers", "hidden_size", "num_attention_heads", "num_key_value_heads", "head_dim", "vocab_size",
        "kv_lora_rank", "max_position_embeddings", "intermediate_size", "num_global_key_value_heads",
        "global_head_dim", "swa_num_key_value_heads", "num_heads", "short_conv_kernel_size", "sparse_index_dim",
        "n_heads_in_group",
    }
)  # fmt: skip
"""Counts of which 0 describes no model."""

_LISTS: Final = ("layer_types", "layers_block_type", "mlp_layer_types", "indexer_types", "hybrid_layer_pattern")
"""Lists that name every layer."""


class Config:
    """A checked config.json: the language model's part of it, and the whole file around that."""

    def __init__(self, whole: Mapping[str, Any]) -> None:
        """Check the numbers.

        Raises:
            UnknownError: a number is of the wrong kind or implausible, or a list does not name every layer.
        """
        self.whole = whole
        self.text: Mapping[str, Any] = next((whole[key] for key in NESTED if isinstance(whole.get(key), dict)), whole)
        for key, most in _LIMITS.items():
            if not _in_words(key, self.text.get(key)):
                _check_count(key, self.text.get(key), most)
        widths = self.text.get("intermediate_size")
        for width in widths if isinstance(widths, list) else [widths]:  # Gemma-3n states one for each layer
            _check_count("intermediate_size", width, 4_000_000)
        for key in _LISTS:
            self._check_list(key)

    def _check_list(self, key: str) -> None:
        names, layers = self.text.get(key), self.maybe("num_hidden_layers")
        if names is None:
            return
        if not isinstance(names, list) or len(names) > 2_000:
            raise UnknownError(f"{key} is no list with a name for each layer")
        if layers is not None and len(names) != layers:
            raise UnknownError(f"{key} names {len(names)} layers, num_hidden_layers says {layers}")

    @property
    def model_type(self) -> str:
        """The language model's type in the words of transformers; empty where none is stated."""
        value = self.text.get("model_type")
        return clean(value)[:100] if isinstance(value, str) else ""

    @property
    def architecture(self) -> str:
        """The first of `architectures`; empty where none is stated."""
        names = self.text.get("architectures") or self.whole.get("architectures")
        return clean(names[0])[:100] if isinstance(names, list) and names and isinstance(names[0], str) else ""

    @property
    def is_encoder_decoder(self) -> bool:
        """Whether any part of the file says that the model has an encoder and a decoder."""
        return any(part.get("is_encoder_decoder") not in (None, False) for part in (self.text, self.whole))

    @property
    def layers(self) -> int:
        """How many layers there are: `num_hidden_layers`, or as many as a list names.

        Raises:
            UnknownError: neither is stated.
        """
        stated = self.maybe("num_hidden_layers")
        if stated is not None:
            return stated
        for key in _LISTS:
            if self.text.get(key):
                return len(self.text[key])
        raise UnknownError("num_hidden_layers is not stated")

    def maybe(self, *keys: str) -> int | None:
        """Return the number of the first key that has one; None if none has."""
        return next((self.text[key] for key in keys if isinstance(self.text.get(key), int)), None)

    def count(self, *keys: str, least: int = 1) -> int:
        """Return the number of the first key that has one.

        Raises:
            UnknownError: none does, or it is below `least`.
        """
        value = self.maybe(*keys)
        if value is None:
            raise UnknownError(f"{keys[0]} is not stated")
        if value < least:
            raise UnknownError(f"{keys[0]} is {value}, which no model has")
        return value

    def flag(self, key: str) -> bool | None:
        """Return what is true or false, the language model's own first; None where it is not stated.

        Raises:
            UnknownError: it is something else.
        """
        return flag(self.stated(key), key)

    def stated(self, key: str) -> Any:
        """Return a value, the language model's own first; None where neither part of the file has one."""
        value = self.text.get(key)
        return self.whole.get(key) if value is None else value

    def names(self, key: str) -> list[str] | None:
        """Return a list that names every layer; None where the file has none.

        Raises:
            UnknownError: it holds something other than names.
        """
        names = self.text.get(key)
        if not names:
            return None
        if not all(isinstance(name, str) for name in names):
            raise UnknownError(f"{key} holds something else than names")
        return [clean(name)[:60] for name in names]

    def marks(self, key: str, layers: int) -> list[int]:
        """Return a list of 0 and 1, one for each layer.

        Raises:
            UnknownError: it is no such list.
        """
        return marks(self.text.get(key), key, layers)

    def part(self, key: str) -> Mapping[str, Any]:
        """Return an object inside the file.

        Raises:
            UnknownError: there is none.
        """
        value = self.text.get(key)
        if not isinstance(value, dict):
            raise UnknownError(f"{key} is not stated" if value is None else f"{key} is no object")
        return value


def marks(value: Any, key: str, layers: int) -> list[int]:
    """Return a list of 0 and 1, one for each layer.

    Raises:
        UnknownError: `value` is no such list.
    """
    if not isinstance(value, list) or len(value) != layers or any(type(m) is not int or m not in {0, 1} for m in value):
        raise UnknownError(f"{key} does not say of each of {layers} layers what it is")
    return value


def read(body: bytes) -> Config:
    """Return the config in these bytes.

    Raises:
        UnknownError: it is too large, no JSON object, or not plausible.
    """
    if len(body) > MAX_BYTES:
        raise UnknownError(f"config.json is larger than {MAX_BYTES >> 20} MiB")
    try:
        whole = json.loads(body)
    except (ValueError, RecursionError):
        whole = None
    if not isinstance(whole, dict):
        raise UnknownError("config.json is not a JSON object")
    return Config(whole)


def number(value: Any, key: str, most: int) -> int:
    """Return a number from a nested object, checked as the others are.

    Raises:
        UnknownError: it is missing, of the wrong kind, or implausible.
    """
    if value is None:
        raise UnknownError(f"{key} is not stated")
    _check_count(key, value, most)
    return int(value)


def flag(value: Any, key: str) -> bool | None:
    """Return what is true or false; None where it is not stated.

    Raises:
        UnknownError: `value` is something else.
    """
    if value is not None and not isinstance(value, bool):
        raise UnknownError(f"{key} is {clean(repr(value))[:40]}, not true or false")
    return value


def _in_words(key: str, value: Any) -> bool:
    """Return whether a count is stated by the words that some types have for it: "auto", or "LLLG" for a pattern."""
    if not isinstance(value, str):
        return False
    return (key, value) == ("mamba_d_head", "auto") or (key == "sliding_window_pattern" and set(value) == {"L", "G"})


def _check_count(key: str, value: Any, most: int) -> None:
    if value is None:
        return
    if type(value) is not int or not (1 if key in _POSITIVE else 0) <= value <= most:
        raise UnknownError(f"{key} is {clean(repr(value))[:40]}, which no model has")


_READ_TOO: Final = (
    "model_type", "intermediate_size", "moe_layer_freq", "mlp_only_layers", "compress_ratios", "block_configs",
    "attn_type_list", "no_rope_layers", "attn_layer_indices", "full_attn_idxs", "linear_attn_config",
    "sparse_attention_config", "hybrid_override_pattern", "use_sliding_window", "attention_k_eq_v",
    "attn_output_gate", "enable_moe_block", "mamba_ssm_dtype", "mamba_ssm_cache_dtype", "index_topk_freq",
    "index_topk_pattern", "use_cla", "cross_attention_layers", "use_mla", "mla_use_output_gate", "expert_dtype",
)  # fmt: skip
TOWERS: Final = ("vision_config", "audio_config", "vision_tower", "speech_config")
"""Where a file describes what reads images and sound."""
MAX_KEPT: Final = 64 << 10


def kept(config: Config, quantization: Mapping[str, Any]) -> str | None:
    """Return the keys that the rules read, as JSON with the same result; None if that is too long or not JSON.

    Args:
        config: The whole file.
        quantization: The known quantisation, in the form of `quantization_config`.
    """
    keys = {key: config.text[key] for key in (*_LIMITS, *_LISTS, *_READ_TOO) if config.text.get(key) is not None}
    for part in (config.whole, config.text):
        keys |= {key: part[key] for key in ("dtype", "torch_dtype") if isinstance(part.get(key), str)}
    tied = config.stated("tie_word_embeddings")
    keys |= {} if tied is None else {"tie_word_embeddings": tied if isinstance(tied, bool) else "neither"}
    if config.stated("is_encoder_decoder") is not None:
        keys["is_encoder_decoder"] = config.is_encoder_decoder
    keys |= {key: {} for key in TOWERS if isinstance(config.whole.get(key), dict)}
    keys |= {"architectures": [config.architecture]} if config.architecture else {}
    keys |= {"quantization_config": dict(quantization)} if quantization else {}
    try:
        text = json.dumps(keys, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except ValueError:
        return None
    return text if len(text) <= MAX_KEPT else None
