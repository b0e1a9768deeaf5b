"""What people would use instead of `hfp`, in the same run: whole processes, as ratios to `python -c pass`.

    make bench-peers

The peers are installed in an environment of their own, build/peers; each is asked for what it does offline.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.bench.bench_hfp import DATA, medians, piped

PEERS = Path(__file__).resolve().parents[2] / "build" / "peers" / "bin"
OFFERS = DATA / "latest" / "offers.parquet"
MODEL = "deepseek-ai/DeepSeek-R1"
COLUMNS = "provider, readiness, input_usd_per_mtok, output_usd_per_mtok, throughput_tps"
DUCKDB = f"""
import duckdb
duckdb.sql("SELECT {COLUMNS} FROM '{OFFERS}' WHERE model_id = '{MODEL}' ORDER BY input_usd_per_mtok").show()
"""
POLARS = f"""
import polars as pl
offers = pl.scan_parquet({str(OFFERS)!r}).filter(pl.col("model_id") == {MODEL!r})
print(offers.select({COLUMNS.split(", ")!r}).sort("input_usd_per_mtok").collect())
"""
LITELLM = """
import litellm
print(litellm.completion_cost(model="gpt-4o", prompt="hello", completion="world"))
"""
CALC = ["calc", "--input-tokens", "10000000", "--output-tokens", "1000000", "gpt-4o"]


def main() -> int:
    if not PEERS.is_dir():
        print("the peers are not installed: make bench-peers")
        return 0
    ours = {"HFP_SNAPSHOT": str(DATA)}
    python, hfp = str(PEERS / "python"), str(Path(sys.executable).with_name("hfp"))
    with tempfile.TemporaryDirectory() as home:
        alone = {"HOME": home, "HF_HUB_OFFLINE": "1", "LITELLM_LOCAL_MODEL_COST_MAP": "True", "LLM_USER_PATH": home}
        times = {
            "pass": piped([sys.executable, "-c", "pass"], ours),
            "`hfp deepseek-r1`": piped([hfp, "deepseek-r1"], ours),
            "`hfp models`": piped([hfp, "models"], ours),
            "`hfp cost deepseek-r1 --in 10M --out 1M`": piped(
                [hfp, "cost", "deepseek-r1", "--in", "10M", "--out", "1M"], ours
            ),
            "the offers of a model by DuckDB over the Parquet": piped([python, "-c", DUCKDB], alone),
            "the same by polars": piped([python, "-c", POLARS], alone),
            "`hf models ls --help`": piped([str(PEERS / "hf"), "models", "ls", "--help"], alone),
            "`hf models info --help`": piped([str(PEERS / "hf"), "models", "info", "--help"], alone),
            "`genai-prices calc` of one model": piped([str(PEERS / "genai-prices"), *CALC], alone),
            "`llm models`": piped([str(PEERS / "llm"), "models"], alone),
            "litellm's `completion_cost`": piped([python, "-c", LITELLM], alone),
        }
        spent = medians(times)
    bare = spent.pop("pass")
    print(f"whole processes, medians, as ratios to `python -c pass` ({bare * 1000:.0f} ms)\n")
    print("| command | measured |\n|---|---:|")
    print("\n".join(f"| {what} | {found / bare:.1f} × |" for what, found in spent.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
