"""What models keep of their context: each family against an engine's log, a model card, or another tool's figures.

The configs written here hold the keys that the rule reads, as the published files state them.
"""

import json

import pytest

from hf_providers.errors import UnknownError
from hf_providers.hosting import attention
from hf_providers.hosting.config import MAX_BYTES, read

MIB, GIB = 2**20, 2**30


def cache_of(**keys):
    return attention.cache(read(json.dumps(keys).encode()))


def kept(rule: str, context: int) -> int:
    """Tokens that a layer keeps, written out once more: all of them, the last, or one in so many."""
    if rule == "all":
        return context
    number = int(rule.rpartition(" ")[2])
    return min(context, number) if rule.startswith("last") else context // number


def kv_bytes(cache, context: int, width: int = 2) -> int:
    values = sum(kept(rule, context) * count * width for rule, count in cache.kv_values.items())
    return values + sum(kept(rule, context) * count for rule, count in cache.index_bytes.items())


LLAMA_8B = {
    "model_type": "llama", "num_hidden_layers": 32, "hidden_size": 4096, "num_attention_heads": 32,
    "num_key_value_heads": 8,
}  # fmt: skip


def test_full_attention_as_written_out_by_hand():
    cache = cache_of(**LLAMA_8B)
    assert kv_bytes(cache, 131_072) == 32 * 8 * 128 * 2 * 2 * 131_072 == 16 * GIB


def test_full_attention_as_vllm_says_it_needs():
    """vllm-project/recipes#12: Qwen3-Coder-480B at 262144, "62.00 GiB KV cache is needed"."""
    cache = cache_of(
        model_type="qwen3_moe", num_hidden_layers=62, hidden_size=6144, num_attention_heads=96, num_key_value_heads=8,
        head_dim=128, use_sliding_window=False,
    )  # fmt: skip
    assert kv_bytes(cache, 262_144) == 62 * GIB


def test_windows_and_shared_layers_as_llama_cpp_reserves_them():
    """qualcomm/GenieX#1346: Gemma-4-E4B at 4096 cells: 64.00 MiB, with full-size windows 160.00 MiB more."""
    names = (["sliding_attention"] * 5 + ["full_attention"]) * 7
    gemma = {
        "model_type": "gemma4_text", "num_hidden_layers": 42, "num_kv_shared_layers": 18, "num_key_value_heads": 2,
        "head_dim": 256, "global_head_dim": 512, "attention_k_eq_v": False, "layer_types": names,
    }  # fmt: skip
    cache = cache_of(**gemma, sliding_window=512)
    assert cache.kv_values["all"] * 2 * 4096 == 64 * MIB
    assert cache.kv_values["last 512"] * 2 * 4096 == 160 * MIB


def test_heads_of_their_own_as_sglang_allocates_them():
    """sgl-project/sglang#15464: MiMo-V2-Flash on 4 GPUs, 1,496,958 tokens: 4.82 + 3.21 and 41.76 + 27.84 GB."""
    pattern = [0 if place == 0 or place % 6 == 5 else 1 for place in range(48)]
    cache = cache_of(
        model_type="mimo_v2_flash", num_hidden_layers=48, hidden_size=4096, num_attention_heads=64,
        num_key_value_heads=4, head_dim=192, v_head_dim=128, swa_num_key_value_heads=8, swa_head_dim=192,
        swa_v_head_dim=128, sliding_window=128, attention_chunk_size=128, hybrid_layer_pattern=pattern,
    )  # fmt: skip
    a_gpu = 2 * 1_496_958 / 4 / GIB
    assert cache.kv_values["all"] * a_gpu == pytest.approx(4.82 + 3.21, abs=0.01)
    assert cache.kv_values["last 128"] * a_gpu == pytest.approx(41.76 + 27.84, abs=0.01)


def test_gated_delta_state_as_llama_cpp_logs_it():
    """ggml-org/llama.cpp#23792, Qwen3.5-27B, 3 sequences: S (f32) 432.00 MiB, R (f32) 16.88 MiB; R is 16 bits here."""
    cache = cache_of(
        model_type="qwen3_5_text", num_hidden_layers=64, hidden_size=5120, num_attention_heads=24,
        num_key_value_heads=4, head_dim=256, full_attention_interval=4, linear_num_key_heads=16,
        linear_num_value_heads=48, linear_key_head_dim=128, linear_value_head_dim=128, linear_conv_kernel_dim=4,
    )  # fmt: skip
    assert 3 * cache.state_bytes / MIB == pytest.approx(432.00 + 16.88 / 2, abs=0.01)
    assert (cache.full, cache.linear) == (16, 48)


def test_gated_delta_state_of_another_model():
    """JamePeng/llama-cpp-python#78, Qwen3.5 with 32 layers: R (f32) 2.25 MiB, S (f32) 48.00 MiB."""
    cache = cache_of(
        model_type="qwen3_5_text", num_hidden_layers=32, num_key_value_heads=4, head_dim=256, linear_num_key_heads=16,
        linear_num_value_heads=32, linear_key_head_dim=128, linear_value_head_dim=128, linear_conv_kernel_dim=4,
        layer_types=(["linear_attention"] * 3 + ["full_attention"]) * 8, mamba_ssm_dtype="float32",
    )  # fmt: skip
    assert cache.state_bytes / MIB == pytest.approx(48.00 + 2.25 / 2, abs=0.001)


def test_mamba_beside_attention_as_llama_cpp_logs_it():
    """GeniePod/genie-claw#410: Falcon-H1-1.5B at 32768: KV 768.00 MiB; R 0.98 + S 72.00 MiB, both f32."""
    cache = cache_of(
        model_type="falcon_h1", num_hidden_layers=24, num_attention_heads=8, num_key_value_heads=2, head_dim=128,
        mamba_n_heads=48, mamba_d_head=64, mamba_d_state=256, mamba_n_groups=1, mamba_d_conv=4,
    )  # fmt: skip
    assert kv_bytes(cache, 32_768) == 768 * MIB
    assert cache.state_bytes / MIB == pytest.approx(72.00 + 0.98 / 2, abs=0.01)


def test_jamba_as_its_paper_tabulates_it():
    """arXiv 2403.19887: 4 GB of KV cache at 256K tokens in 16 bits."""
    cache = cache_of(
        model_type="jamba", num_hidden_layers=32, hidden_size=4096, num_attention_heads=32, num_key_value_heads=8,
        attn_layer_period=8, attn_layer_offset=4, mamba_d_conv=4, mamba_d_state=16, mamba_expand=2,
    )  # fmt: skip
    assert kv_bytes(cache, 262_144) == 4 * GIB
    # transformers 5.24.0 keeps [8192, 16] in 32 bits, and as many inputs as vLLM's `mamba1_state_shape` and one more
    assert cache.state_bytes == 28 * (8192 * 16 * 4 + 8192 * 3 * 2)


MAMBA2 = {
    "num_attention_heads": 32, "num_key_value_heads": 8, "hidden_size": 4096, "mamba_n_heads": 128, "mamba_d_head": 64,
    "mamba_d_state": 128, "mamba_n_groups": 1, "mamba_d_conv": 4,
}  # fmt: skip


def test_bamba_as_vllm_shares_out_its_blocks():
    """vllm-project/vllm#10909, Bamba-9B: a GPU with 34.78 GiB for the KV cache has 189,945 blocks of 16 tokens."""
    cache = cache_of(**MAMBA2, model_type="bamba", num_hidden_layers=32, attn_layer_indices=[9, 18, 27])
    assert kv_bytes(cache, 16) * 189_945 / GIB == pytest.approx(34.78, abs=0.01)


def test_granite_as_two_implementations_keep_it():
    """ollama/ollama#12982, Granite-4.0-H-Small: ssm_d_conv 4, ssm_d_inner 8192, ssm_d_state 128, ssm_n_group 1.

    llama.cpp keeps (d_conv - 1) x (d_inner + 2 x n_group x d_state) and d_state x d_inner values of each layer whose
    KV heads are 0. transformers 5.24.0 keeps [128, 64, 128] of it in 32 bits.
    """
    names = ["attention" if place in {5, 15, 25, 35} else "mamba" for place in range(40)]
    cache = cache_of(**MAMBA2, model_type="granitemoehybrid", layer_types=names)
    assert cache.state_bytes == 36 * (4 * 128 * 8192 + 2 * 3 * (8192 + 2 * 128))
    assert cache.state_bytes - 36 * 2 * 3 * 8448 == 36 * 4 * 128 * 64 * 128
    assert (cache.full, cache.kv_values) == (4, {"all": 4 * 2 * 8 * 128})


def test_gemma_3n_as_llama_cpp_reserves_it():
    """ggml-org/llama.cpp#14604, Gemma-3n-E4B: 256 MiB for 32768 cells of 4 full layers; layers 20 to 34 reuse."""
    cache = cache_of(
        model_type="gemma3n_text", num_hidden_layers=35, num_kv_shared_layers=15, num_key_value_heads=2, head_dim=256,
        sliding_window=512, layer_types=(["sliding_attention"] * 4 + ["full_attention"]) * 7,
    )  # fmt: skip
    assert cache.kv_values["all"] * 2 * 32_768 == 256 * MIB
    assert (cache.full, cache.sliding) == (4, 16)


NEMOTRON = {
    "model_type": "nemotron_h", "num_attention_heads": 32, "num_key_value_heads": 2, "head_dim": 128,
    "mamba_num_heads": 64, "mamba_head_dim": 64, "ssm_state_size": 128, "n_groups": 8, "conv_kernel": 4,
    "mamba_ssm_cache_dtype": "float32",
}  # fmt: skip
PATTERN = "MEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEMEM*EMEMEMEME"


@pytest.mark.parametrize(
    "layers",
    [
        {"num_hidden_layers": 52, "hybrid_override_pattern": PATTERN},
        {"layers_block_type": [{"M": "mamba", "E": "moe", "*": "attention"}[letter] for letter in PATTERN]},
    ],
)
def test_both_forms_of_nemotron(layers):
    """NVIDIA-AI-Blueprints/nemotron-voice-agent#95: Nemotron-3-Nano at 128K, state included, about 0.86 GB."""
    cache = cache_of(**NEMOTRON, **layers)
    assert (cache.full, cache.linear) == (6, 23)
    assert (kv_bytes(cache, 131_072) + cache.state_bytes) / 1e9 == pytest.approx(0.86, abs=0.01)


def test_searched_layers_as_llama_cpp_users_tabulate_them():
    """ggml-org/llama.cpp#12843: Nemotron-Ultra-253B keeps 2048 values a token and layer; layers without keep none."""
    with_attention = {"attention": {"n_heads_in_group": 16, "no_op": False}}
    cache = cache_of(
        model_type="nemotron-nas", num_hidden_layers=3, num_attention_heads=128, hidden_size=16384,
        block_configs=[with_attention, {"attention": {"n_heads_in_group": None, "no_op": True}}, with_attention],
    )  # fmt: skip
    assert (cache.full, cache.kv_values) == (2, {"all": 2 * 2048})


V32 = {
    "model_type": "deepseek_v32", "num_hidden_layers": 61, "kv_lora_rank": 512, "qk_rope_head_dim": 64,
    "index_head_dim": 128,
}  # fmt: skip


def v4(layers: int, first: list[int]):
    ratios = first + [4, 128] * layers
    return cache_of(
        model_type="deepseek_v4", num_hidden_layers=layers, head_dim=512, sliding_window=128, index_head_dim=128,
        num_nextn_predict_layers=1, compress_ratios=[*ratios[:layers], 0],
    )  # fmt: skip


@pytest.mark.parametrize(("layers", "first", "percent"), [(61, [128, 128], 10), (43, [0, 0], 7)])
def test_compressed_against_the_model_card(layers, first, percent):
    """DeepSeek-V4's card and report: at 1M tokens Pro needs 10 %, Flash 7 % of the KV cache of V3.2.

    Both as they are served, in 8 bits: 656 bytes a token and layer for V3.2 (vLLM's fp8_ds_mla) and 132 of index key.
    """
    cache, context = v4(layers, first), 1_048_576
    before = 61 * (656 + 132) * context
    now = kv_bytes(cache, context, width=1) * 656 / 576
    assert 100 * now / before == pytest.approx(percent, abs=1)


def test_indexed_as_aiconfigurator_counts_it():
    """ai-dynamo/aiconfigurator 0.12.0 gives 10,266,083,328 bytes for DeepSeek-V3.2 at 131,072 tokens in 16 bits."""
    assert kv_bytes(cache_of(**V32), 131_072) == 10_266_083_328


def test_shared_indexers_keep_no_keys():
    """GLM-5.2's file names 21 layers with an indexer of their own; llama.cpp's table of it has the same 21."""
    names = ["full"] * 3 + (["shared"] * 3 + ["full"]) * 18 + ["shared"] * 3
    glm = {**V32, "model_type": "glm_moe_dsa", "num_hidden_layers": 78, "index_topk_freq": 4}
    assert cache_of(**glm, indexer_types=names).index_bytes == {"all": 21 * 132}
    assert cache_of(**glm, indexer_types=names).index_bytes_upper == {"all": 78 * 256}
    with pytest.raises(UnknownError, match="share indexers"):
        cache_of(**glm)


def test_latent_attention_as_ik_llama_cpp_reserves_it():
    """ikawrakow/ik_llama.cpp#235 logs "n_embd_head_qk_rope = 64, kv_lora_rank = 512" for each of DeepSeek's layers."""
    plain = {key: V32[key] for key in ("num_hidden_layers", "kv_lora_rank", "qk_rope_head_dim")}
    assert cache_of(model_type="deepseek_v3", **plain).kv_values == {"all": 61 * (512 + 64)}


def test_latent_sizes_of_a_file_that_turns_latent_attention_off_are_not_believed():
    plain = {key: V32[key] for key in ("num_hidden_layers", "kv_lora_rank", "qk_rope_head_dim")}
    for value in (False, 0, "no"):
        with pytest.raises(UnknownError, match="use_mla is"):
            cache_of(model_type="deepseek_v2", use_mla=value, **plain)
    assert cache_of(model_type="deepseek_v2", use_mla=True, **plain).kv_values == {"all": 61 * (512 + 64)}


@pytest.mark.parametrize("kind", ["sliding_attention", "linear_attention", "chunked_attention"])
def test_layers_that_a_family_does_not_have_are_not_ignored(kind):
    plain = {key: V32[key] for key in ("num_hidden_layers", "kv_lora_rank", "qk_rope_head_dim")}
    with pytest.raises(UnknownError, match=f"layer type '{kind}' is not known here for deepseek_v3"):
        cache_of(model_type="deepseek_v3", layer_types=["full_attention", kind, *["full_attention"] * 59], **plain)
    full = cache_of(model_type="deepseek_v3", layer_types=["full_attention"] * 61, **plain)
    assert full.kv_values == {"all": 61 * 576}


def test_a_window_that_is_switched_off_is_none():
    mistral = {**LLAMA_8B, "model_type": "mistral", "sliding_window": 4096}
    assert cache_of(**mistral).kv_values == {"last 4096": 32 * 2 * 8 * 128}
    assert cache_of(**mistral, use_sliding_window=False).kv_values == {"all": 32 * 2 * 8 * 128}
    with pytest.raises(UnknownError, match="use_sliding_window is 'no'"):
        cache_of(**mistral, use_sliding_window="no")


def test_kimi_delta_as_aiconfigurator_counts_it():
    """aiconfigurator 0.12.0 at 131,072 tokens, less its 5 slots of state a request: 5,870,739,456 bytes for Kimi-K3."""
    full = [*range(4, 93, 4), 93]
    cache = cache_of(
        model_type="kimi_linear", num_hidden_layers=93, kv_lora_rank=512, qk_rope_head_dim=64,
        linear_attn_config={
            "full_attn_layers": full, "kda_layers": [n for n in range(1, 94) if n not in full], "num_heads": 96,
            "head_dim": 128, "short_conv_kernel_size": 4,
        },
    )  # fmt: skip
    assert kv_bytes(cache, 131_072) + 5 * cache.state_bytes == 5_870_739_456


def test_chunks_hold_at_most_a_chunk():
    """aiconfigurator 0.12.0 counts Llama-4-Scout without chunks: 25,769,803,776 bytes at 131,072 tokens."""
    scout = {**LLAMA_8B, "model_type": "llama4_text", "num_hidden_layers": 48, "head_dim": 128}
    cache = cache_of(**scout, attention_chunk_size=8192)
    assert sum(cache.kv_values.values()) * 2 * 131_072 == 25_769_803_776
    assert (cache.full, cache.sliding, cache.window) == (12, 36, 8192)


def test_block_sparse_keeps_all_keys_and_an_index_key():
    """vLLM and TensorRT-LLM: MiniMax-M3 keeps 4 KV heads of 128 in 60 layers, one index key of 128 in the 57 sparse."""
    marks = [0] * 3 + [1] * 57
    cache = cache_of(
        model_type="minimax_m3", num_hidden_layers=60, num_key_value_heads=4, head_dim=128,
        sparse_attention_config={
            "use_sparse_attention": True, "sparse_index_dim": 128, "sparse_attention_freq": marks,
            "sparse_disable_index_value": marks,
        },
    )  # fmt: skip
    assert (cache.kv_values, cache.index_bytes) == ({"all": 60 * 2 * 4 * 128}, {"all": 57 * 128 * 2})


def test_short_convolutions_as_llama_cpp_reserves_their_cache():
    """ggml-org/llama.cpp#18641, LFM2.5 with 16 layers of which 6 have attention: 48.00 MiB for 4096 cells."""
    places = [2, 5, 8, 10, 12, 14]
    lfm = {"model_type": "lfm2", "num_hidden_layers": 16, "hidden_size": 2048, "full_attn_idxs": places}
    cache = cache_of(**lfm, num_attention_heads=32, num_key_value_heads=8, conv_L_cache=3)
    assert kv_bytes(cache, 4096) == 48 * MIB


def test_short_convolutions_as_vllm_shapes_them():
    """`short_conv_state_shape` of vLLM and `n_embd_r` of llama.cpp: hidden size x (kernel - 1) a layer."""
    names = ["conv", "conv", "full_attention", "conv"]
    cache = cache_of(
        model_type="lfm2", layer_types=names, hidden_size=2048, num_attention_heads=32, num_key_value_heads=8,
        conv_L_cache=3,
    )  # fmt: skip
    assert (cache.kv_values, cache.state_bytes) == ({"all": 2 * 8 * 64}, 3 * 2048 * 2 * 2)


def test_lightning_as_two_implementations_keep_it():
    """The state as vLLM shapes and types it, and as transformers 5.24.0 keeps it: [64, 128, 128] in bfloat16."""
    cache = cache_of(
        model_type="minimax_m1", num_hidden_layers=8, attn_type_list=[0] * 7 + [1], num_attention_heads=64,
        num_key_value_heads=8, head_dim=128,
    )  # fmt: skip
    assert (cache.kv_values, cache.state_bytes) == ({"all": 2 * 8 * 128}, 7 * 64 * 128 * 128 * 2)


def test_alternating_windows():
    """aiconfigurator 0.12.0 gives 4,836,556,800 bytes for gpt-oss-120b at 131,072 tokens, and that is with windows."""
    cache = cache_of(
        model_type="gpt_oss", num_hidden_layers=36, num_key_value_heads=8, head_dim=64, sliding_window=128,
        layer_types=["sliding_attention", "full_attention"] * 18,
    )  # fmt: skip
    assert kv_bytes(cache, 131_072) == 4_836_556_800


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"model_type": "brand_new"}, "brand_new is not known here"),
        ({"model_type": None}, r"\(none stated\) is not known here"),
        ({"num_hidden_layers": -32}, "num_hidden_layers is -32"),
        ({"num_hidden_layers": 0}, "num_hidden_layers is 0"),
        ({"num_hidden_layers": "32"}, "num_hidden_layers is '32'"),
        ({"num_hidden_layers": 32.0}, "num_hidden_layers is 32.0"),
        ({"num_hidden_layers": True}, "num_hidden_layers is True"),
        ({"num_hidden_layers": None}, "num_hidden_layers is not stated"),
        ({"num_experts": 10**9}, "num_experts is 1000000000"),
        ({"n_routed_experts": -1}, "n_routed_experts is -1"),
        ({"vocab_size": [1, 2]}, "vocab_size is"),
        ({"num_key_value_heads": {"a": 1}}, "num_key_value_heads is"),
        ({"head_dim": 10**30}, "head_dim is"),
        ({"head_dim": 0}, "head_dim is 0"),
        ({"intermediate_size": "14336"}, "intermediate_size is '14336'"),
        ({"intermediate_size": [14336, -1]}, "intermediate_size is -1"),
        ({"num_key_value_heads": 64}, "64 KV heads are more than there are heads"),
        ({"layer_types": ["full_attention"] * 33}, "layer_types names 33 layers, num_hidden_layers says 32"),
        ({"layer_types": ["full_attention"] * 31}, "layer_types names 31 layers"),
        ({"layer_types": "full_attention"}, "layer_types is no list"),
        ({"layer_types": [1] * 32}, "layer_types holds something else"),
        ({"layer_types": ["telepathy"] * 32}, "'telepathy' is not known here"),
        ({"layer_types": ["sliding_attention"] * 32}, "its size is not stated"),
        ({"num_kv_shared_layers": 8}, "num_kv_shared_layers changes what is kept"),
        ({"index_head_dim": 128}, "index_head_dim changes what is kept"),
        ({"kv_lora_rank": 512}, "kv_lora_rank changes what is kept"),
        ({"is_encoder_decoder": True}, "an encoder and a decoder"),
    ],
)
def test_what_is_not_known_has_a_reason(changed, reason):
    with pytest.raises(UnknownError, match=reason):
        cache_of(**{**LLAMA_8B, **changed})


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"{", b"\xff\xfe\x00", b"[" * 100_000, b'{"a":' + b"9" * 5_000 + b"}"]
)
def test_what_is_no_config_has_a_reason(body):
    with pytest.raises(UnknownError, match="not a JSON object"):
        read(body)


def test_a_huge_file_is_not_read():
    body = json.dumps({**LLAMA_8B, "padding": "x" * 10_000_000}).encode()
    assert len(body) > MAX_BYTES
    with pytest.raises(UnknownError, match="larger than 8 MiB"):
        read(body)


@pytest.mark.parametrize("junk", [None, -1, 10**12, "7", 1.5, True, [], [1], {}, {"a": []}, "\x1b[2J"])
def test_no_value_of_any_key_raises_another_error(junk):
    """Every key that any family reads, with every kind of junk: an answer or a reason, and nothing else."""
    whole = [LLAMA_8B, NEMOTRON | {"hybrid_override_pattern": PATTERN, "num_hidden_layers": 52}, V32]
    more = {
        "layer_types", "hybrid_override_pattern", "layers_block_type", "indexer_types", "compress_ratios",
        "attn_type_list", "no_rope_layers", "attn_layer_indices", "full_attn_idxs", "linear_attn_config",
        "sparse_attention_config", "hybrid_layer_pattern", "mamba_ssm_dtype", "mamba_ssm_cache_dtype",
        "block_configs", "text_config", "architectures",
    }  # fmt: skip
    for kind in attention.FAMILIES:
        for base in whole:
            for key in {*base, *more}:
                try:
                    found = cache_of(**{**base, "model_type": kind, key: junk})
                except UnknownError:
                    continue
                assert min(found.state_bytes, *found.kv_values.values()) >= 0
                assert sum(found.kv_values.values()) > 0
