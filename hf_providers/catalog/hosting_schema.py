"""The tables of running a model oneself: dedicated instances, Jobs hardware, and what models are made of."""

from __future__ import annotations

from typing import Final

from hf_providers.catalog.columns import (
    HISTORY_SOURCE,
    LAST_OBSERVED,
    MODEL_ID,
    OLDER,
    VALID_FROM,
    VALID_TO,
    Column,
    Table,
    key_column,
)

USD_PER_HOUR: Final = "USD per hour"
INSTANCE_KINDS: Final = ("cpu", "gpu", "inf2", "tpu")
_INSTANCE_KEY = (
    key_column("cloud", "The cloud it runs in: aws, azure, gcp."),
    key_column("instance_type", "The instance type, such as nvidia-h200."),
    key_column("size", "Its size, such as x8."),
)
_KIND = Column("kind", "string", "The table of the documentation it stands in.", nullable=False, enum=INSTANCE_KINDS)
_USD_PER_HOUR = Column(
    "usd_per_hour", "price", "Listed price of one replica, billed by the minute.", nullable=False, unit=USD_PER_HOUR
)
_DEPRECATED = Column(
    "deprecated", "bool", "Whether the documentation sets it in italics or calls it deprecated.", nullable=False
)

ENDPOINT_INSTANCES = Table(
    "endpoint_instances",
    "One row an instance that dedicated Inference Endpoints run on, as the documentation lists it.",
    ("cloud", "instance_type", "size"),
    (
        *_INSTANCE_KEY,
        _KIND,
        _USD_PER_HOUR,
        Column("units", "int64", "Its vCPUs, GPUs or accelerators.", unit="units"),
        Column(
            "memory_bytes", "int64", "Memory of all its units together (a CPU's: RAM), GB taken as 10^9.", unit="bytes"
        ),
        Column("ram_bytes", "int64", "Main memory beside the accelerators', where listed.", unit="bytes"),
        Column("architecture", "string", "What it is, in the documentation's words."),
        _DEPRECATED,
        Column("observed_at", "timestamp", "When it was last read.", nullable=False, volatile=True),
        Column(
            "stale",
            "bool",
            "Whether the row is from an earlier run because the page could not be read.",
            nullable=False,
        ),
        Column("source", "string", f"What lists it: endpoints (the page), or a recording of the page. {OLDER}"),
    ),
)

ENDPOINT_PRICE_HISTORY = Table(
    "endpoint_price_history",
    "What each instance cost, when: one row an interval in which price and deprecation did not change.",
    ("cloud", "instance_type", "size", "valid_from"),
    (*_INSTANCE_KEY, VALID_FROM, _KIND, _USD_PER_HOUR, _DEPRECATED, VALID_TO, LAST_OBSERVED, HISTORY_SOURCE),
)

ARCHITECTURES = Table(
    "architectures",
    "One row a chat model whose config.json was read: what it states, and what its KV cache holds where that is known.",
    ("model_id",),
    (
        MODEL_ID,
        Column("sha", "string", "The commit at which config.json was read."),
        Column("model_type", "string", "The model type of its language model, in the words of transformers."),
        Column("layers", "int64", "Layers.", unit="layers"),
        Column("full_attention_layers", "int64", "Layers that keep the whole context. NULL: not known.", unit="layers"),
        Column(
            "sliding_attention_layers", "int64", "Layers that keep at most a window (or chunk) of it.", unit="layers"
        ),
        Column("linear_attention_layers", "int64", "Layers whose state does not grow with the context.", unit="layers"),
        Column("sliding_window", "int64", "Window of those layers.", unit="tokens"),
        Column("hidden_size", "int64", "Width of the model.", unit="values"),
        Column("attention_heads", "int64", "Query heads.", unit="heads"),
        Column("kv_heads", "int64", "Key and value heads.", unit="heads"),
        Column("head_dim", "int64", "Size of a head.", unit="values"),
        Column(
            "kv_lora_rank",
            "int64",
            "Rank of the compressed keys and values of multi-head latent attention.",
            unit="values",
        ),
        Column("qk_rope_head_dim", "int64", "The part of a key that carries positions beside them.", unit="values"),
        Column("experts", "int64", "Routed experts of a layer. 0 is stated none, NULL not stated.", unit="experts"),
        Column("active_experts", "int64", "Routed experts that a token uses.", unit="experts"),
        Column("max_positions", "int64", "Context the model was made for.", unit="tokens"),
        Column("dtype", "string", "Data type of the weights, in the words of config.json."),
        Column("quantization", "string", "Quantisation method of the published weights, where config.json states one."),
        Column(
            "quantization_bits",
            "int64",
            "Bits of a quantised weight, where config.json states one number for all of them.",
            unit="bits",
        ),
        Column("quantization_group_size", "int64", "Weights that share a scale, where stated.", unit="weights"),
        Column(
            "kv_values",
            "map<string,int64>",
            "Values of keys and values that a token adds, summed over the layers, by which tokens are kept: all, "
            "last N (a window), one in N (compressed). Times the bytes of a value it is the KV cache. NULL: not known.",
            unit="values",
        ),
        Column(
            "index_bytes",
            "map<string,int64>",
            "Bytes of index keys (sparse attention) that a token adds, as the reference implementation keeps them.",
            unit="bytes",
        ),
        Column(
            "index_bytes_upper",
            "map<string,int64>",
            "The same in 16 bits, in every layer that an engine may give an indexer.",
            unit="bytes",
        ),
        Column(
            "state_bytes", "int64", "Bytes of recurrent state of a sequence, the same at any context.", unit="bytes"
        ),
        Column(
            "config_parameters",
            "int64",
            "Parameters of the language model by arithmetic on config.json. NULL: not known.",
            unit="parameters",
        ),
        Column(
            "config_active_parameters",
            "int64",
            "Those that a token uses; NULL for a model without experts, or where it is not known.",
            unit="parameters",
        ),
        Column("embedding_parameters", "int64", "Those of the embeddings among them.", unit="parameters"),
        Column("expert_parameters", "int64", "Those of the routed experts among them.", unit="parameters"),
        Column(
            "left_out", "string", "What config.json mentions and the arithmetic leaves out, such as a vision tower."
        ),
        Column("config", "string", "The keys of config.json that the rules read, as JSON."),
        Column("reason", "string", "Why it is not known what the KV cache holds; NULL where it is."),
        Column("observed_at", "timestamp", "When config.json was read.", nullable=False, volatile=True),
        Column(
            "source",
            "string",
            f"Who read config.json: architectures (from the Hub), or the repository that keeps a copy. {OLDER}",
        ),
    ),
)

JOBS_HARDWARE = Table(
    "jobs_hardware",
    "One row a machine that HF Jobs run on, as the documentation lists it: billed by the minute while a job runs.",
    ("hardware",),
    (
        key_column("hardware", "The machine, in the documentation's words, such as 8x Nvidia H200."),
        Column("kind", "string", "Whether it has a GPU.", nullable=False, enum=("cpu", "gpu")),
        Column("units", "int64", "Its GPUs; NULL where it has none.", unit="units"),
        Column("cpus", "int64", "Its vCPUs.", unit="units"),
        Column("ram_bytes", "int64", "Its main memory, GB taken as 10^9.", unit="bytes"),
        Column("memory_bytes", "int64", "Memory of all its GPUs together, GB taken as 10^9.", unit="bytes"),
        Column("usd_per_hour", "price", "Listed price, billed by the minute.", nullable=False, unit=USD_PER_HOUR),
        Column("listed_at", "timestamp", "When the documentation first listed it at this price.", nullable=False),
        Column("observed_at", "timestamp", "When the list was last read.", nullable=False, volatile=True),
        Column("source", "string", f"What listed it first at this price, by its repository and commit. {OLDER}"),
    ),
)
