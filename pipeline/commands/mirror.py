"""Upload a dataset to a dataset repository of the Hugging Face Hub, in one commit, with a card and Croissant metadata.

Needs the extra `mirror`, and a token that may write there, as huggingface_hub reads it (HF_TOKEN, or hf auth login).
"""

from __future__ import annotations

import argparse
from importlib.util import find_spec
from pathlib import Path

from hf_providers.errors import install_hint
from pipeline.deploy.mirror import folder, mirror
from pipeline.errors import DatasetError

HELP = "upload the dataset to the Hugging Face Hub"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the dataset's folder")
    parser.add_argument("--repo-id", required=True, metavar="ORG/NAME", help="the dataset repository; made if missing")
    parser.add_argument("--dry-run", type=Path, metavar="DIR", help="write what would be uploaded there instead")


def main(args: argparse.Namespace) -> int:
    """Upload, or write the folder, and print what was uploaded."""
    for package, module in (("huggingface_hub", "huggingface_hub"), ("PyYAML", "yaml")):
        if find_spec(module) is None:
            raise DatasetError(f"{package} is not installed", install_hint("mirror"))
    if args.dry_run:
        manifest = folder(args.data, args.dry_run, args.repo_id)
        print(f"{args.dry_run} holds {manifest.version} as {args.repo_id} would")
        return 0
    done = mirror(args.data, args.repo_id)
    print(f"{done.version}: {done.added} files, {done.removed} removed: {done.url}")
    return 0
