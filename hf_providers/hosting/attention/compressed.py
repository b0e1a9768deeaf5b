"""Compressed attention (DeepSeek-V4): groups of 4 or 128 tokens are kept as one vector, beside a short window.

Every layer keeps the last tokens (`sliding_window`) as one vector each of `head_dim` values, which serves as key and
value. A layer with ratio 4 or 128 keeps one more such vector for each group of so many tokens; with ratio 4 also an
index key in 4 bits with a scale byte a 32 values (68 bytes for a key of 128; 16 bits is the upper figure), and the
compressor's running sums in 32 bits, which do not grow.

Source: DeepSeek-V4, https://huggingface.co/deepseek-ai/DeepSeek-V4-Pro (report and inference/model.py);
`deepseek_v4.py` of aiconfigurator, https://github.com/ai-dynamo/aiconfigurator
Config: compress_ratios (a layer each, then those of the prediction layers), head_dim, sliding_window, index_head_dim.
"""

from __future__ import annotations

from hf_providers.errors import UnknownError
from hf_providers.hosting.attention.shape import Cache
from hf_providers.hosting.config import Config

TYPES = ("deepseek_v4",)

_RATIOS = (0, 4, 128)
_INDEXED_RATIO = 4


def read(config: Config) -> Cache:
    """Return what the model keeps.

    Raises:
        UnknownError: it can't be determined.
    """
    ratios, size, window = ratios_of(config), config.count("head_dim"), config.count("sliding_window")
    index = config.count("index_head_dim")
    kept = {f"last {window}": len(ratios) * size}
    kept |= {f"one in {ratio}": ratios.count(ratio) * size for ratio in _RATIOS[1:] if ratio in ratios}
    indexed, group = ratios.count(_INDEXED_RATIO), f"one in {_INDEXED_RATIO}"
    grouped = len(ratios) - ratios.count(0)
    return Cache(
        full=grouped,
        sliding=len(ratios) - grouped,
        linear=0,
        window=window,
        kv_values=kept,
        index_bytes={group: indexed * (index // 2 + index // 32)},
        index_bytes_upper={group: indexed * index * 2},
        state_bytes=sum(_running_sums(ratio, size, index) for ratio in ratios),
    )


def ratios_of(config: Config) -> list[int]:
    """Return the layers' ratios, without those of the layers that predict more tokens.

    Raises:
        UnknownError: they are not stated for each layer, or one is not known.
    """
    stated, layers = config.text.get("compress_ratios"), config.layers
    more = config.maybe("num_nextn_predict_layers") or 0
    if not isinstance(stated, list) or len(stated) not in {layers, layers + more}:
        raise UnknownError(f"compress_ratios does not say what the {layers} layers are")
    if any(type(ratio) is not int or ratio not in _RATIOS for ratio in stated):
        raise UnknownError("compress_ratios holds a ratio that is not known here")
    return stated[:layers]


def _running_sums(ratio: int, size: int, index: int) -> int:
    """Return the bytes of a layer's running sums and scores; groups of 4 overlap, so two of them are open at a time."""
    if ratio == 0:
        return 0
    overlap = 2 if ratio == _INDEXED_RATIO else 1
    main = 2 * ratio * overlap * size * 4
    return main + (2 * ratio * overlap * index * 4 if ratio == _INDEXED_RATIO else 0)
