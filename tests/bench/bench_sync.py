"""`hfp sync`: what it takes to learn that nothing has changed, and what it fetches where something has.

Whole processes against a server on this machine, as ratios to `python -c pass`; over TLS with a certificate of its own
that stands in a folder, where a system has them. A changed hour is the committed dataset with more likes for one model
in twenty, and another speed for one offer in four. What it fetches is compared with the files that differ, and with
what rsync would send of them at least (`rsync_bound`).
"""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from hf_providers.catalog.schema import TABLES
from pipeline.publish.dataset import Dataset, load_existing
from pipeline.publish.derive import builders
from pipeline.publish.versions import Outcome, publish
from tests.bench.bench_hfp import DATA, medians, piped
from tests.bench.limits import Figure, report
from tests.bench.rsync_bound import literal_bytes
from tests.sync.served import Served
from tests.threaded import running

UNCHANGED = 6.0
DIFFERING = 1.05
"""The manifest may come twice: to who asks whether it has changed, and to who fetches it."""
QUIETLY = ("http_proxy", "https_proxy", "all_proxy", "hf_hub_offline", "transformers_offline", "ssl_cert_file")
HFP = str(Path(sys.executable).with_name("hfp"))


def main() -> int:
    subprocess.run([sys.executable, "-m", "compileall", "-q", "hf_providers"], check=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        publish_twice(folder)
        tls, trusted = certificate(folder)
        with serving(folder / "before") as http, serving(folder / "before", tls) as https:
            plain = environment(folder / "plain", http.url, trusted)
            secret = environment(folder / "secret", https.url.replace("http://127.0.0.1", "https://localhost"), trusted)
            for environ in (plain, secret):
                run(environ)
            unchanged = [asked(server, environ) for server, environ in ((http, plain), (https, secret))]
            spent = medians(
                {
                    "pass": piped([sys.executable, "-c", "pass"], plain),
                    "http": piped([HFP, "sync"], plain),
                    "https": piped([HFP, "sync"], secret),
                    "`import ssl`": piped([sys.executable, "-c", "import ssl"], plain),
                    "`import httpx`": piped([sys.executable, "-c", "import httpx"], plain),
                }
            )
        with serving(folder / "after") as server:
            shutil.copytree(folder / "plain", folder / "changed")
            changed = asked(server, environment(folder / "changed", server.url, trusted))
        differing, least = of_differing(load_existing(folder / "before"), load_existing(folder / "after"))
    return report("`hfp sync`", [*times(spent, unchanged), *sizes(changed, differing, least)])


def publish_twice(folder: Path) -> None:
    """Publish the committed dataset, and an hour later the same with other likes and speeds."""
    last = load_existing(DATA)
    content = {name: last.table(name) for name in TABLES if name != "runs"}
    changed = dict(content)
    changed["models"] = scaled(content["models"], "likes", 20)
    changed["offers"] = scaled(content["offers"], "throughput_tps", 4)
    now = datetime.now(UTC) - timedelta(hours=3)
    for tables, at, place in ((content, now, "before"), (changed, now + timedelta(hours=1), "after")):
        outcome = Outcome("complete", at, "made of the committed dataset", provenance=last.manifest.provenance)
        publish(folder / "origin", tables, outcome, **builders(outcome, at - timedelta(hours=1)))
        shutil.copytree(folder / "origin", folder / place)


def scaled(table: pa.Table, column: str, every: int) -> pa.Table:
    """Return the table with a column a tenth and one larger in one row of so many."""
    place, chosen = table.column_names.index(column), pa.array(n % every == 0 for n in range(table.num_rows))
    more = pc.add(pc.multiply(pc.cast(table[column], pa.float64()), 1.1), 1)
    there = pc.cast(pc.round(more) if pa.types.is_integer(table[column].type) else more, table[column].type)
    return table.set_column(place, table.schema.field(place), pc.if_else(chosen, there, table[column]))


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """Return what a server shows, and a folder with it as OpenSSL looks certificates up there."""
    crt, key, trusted = folder / "crt.pem", folder / "key.pem", folder / "trusted"
    new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    named = ["-addext", "subjectAltName=DNS:localhost", "-out", str(crt), "-keyout", str(key)]
    subprocess.run([*new, *named], check=True, capture_output=True)
    hashed = subprocess.check_output(["openssl", "x509", "-hash", "-noout", "-in", str(crt)], text=True).strip()
    trusted.mkdir()
    shutil.copyfile(crt, trusted / f"{hashed}.0")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(crt, key)
    return tls, trusted


@contextmanager
def serving(folder: Path, tls: ssl.SSLContext | None = None) -> Iterator[Served]:
    server = Served(folder)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    with running(server):
        yield server


def environment(cache: Path, url: str, trusted: Path) -> dict[str, str]:
    empty = {name: "" for quiet in QUIETLY for name in (quiet, quiet.upper())}
    return empty | {"HFP_CACHE": str(cache), "HFP_DATA_URL": url, "SSL_CERT_DIR": str(trusted)}


def run(environ: Mapping[str, str]) -> None:
    subprocess.run([HFP, "sync"], check=True, capture_output=True, env=os.environ | environ)


def asked(server: Served, environ: Mapping[str, str]) -> tuple[int, int]:
    """Sync once more, and return how often the server was asked, and the bytes of the bodies that it sent."""
    server.paths()
    before = server.sent_bytes
    run(environ)
    return len(server.paths()), server.sent_bytes - before


def of_differing(before: Dataset, after: Dataset) -> tuple[int, int]:
    """Return the bytes of the files and of the manifest that differ, and those that rsync would send of them."""
    known = {Path(file.path).name: before.root / file.path for file in before.manifest.files}
    hashes = {file.sha256 for file in before.manifest.files}
    new = [after.root / file.path for file in after.manifest.files if file.sha256 not in hashes]
    pairs = [(known.get(path.name), path) for path in new]
    pairs.append((before.root / "manifest.json", after.root / "manifest.json"))
    least = sum(literal_bytes(old.read_bytes() if old else b"", path.read_bytes()) for old, path in pairs)
    return sum(path.stat().st_size for _, path in pairs), least


def times(spent: Mapping[str, float], unchanged: list[tuple[int, int]]) -> list[Figure]:
    bare = spent["pass"]
    found = [
        Figure(f"nothing changed, over {how}, to `python -c pass`", UNCHANGED, spent[how] / bare, "×", 2)
        for how in ("http", "https")
    ]
    found += [
        Figure(f"… {name} alone takes", None, spent[name] / bare, "×", 2) for name in ("`import ssl`", "`import httpx`")
    ]
    requests, size = (max(one[place] for one in unchanged) for place in (0, 1))
    return [*found, Figure("… its requests", 1, requests), Figure("… bytes that came", 0, size)]


def sizes(changed: tuple[int, int], differing: int, least: int) -> list[Figure]:
    requests, size = changed
    came = f"something changed: bytes that came, to the {differing:,} of what differs"
    return [
        Figure(came, DIFFERING, size / differing, "×", 3),
        Figure("… its requests", None, requests),
        Figure(f"… bytes that came, to the {least:,} of rsync's bound", None, size / least, "×", 2),
    ]  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
