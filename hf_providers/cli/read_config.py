"""Read the config.json that `--config` names: a local file, or a model's, fetched from the Hub."""

from __future__ import annotations

import os
import re

from hf_providers.cli.exits import IO_FAILED, NETWORK, USAGE, Stop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hf_providers.catalog.row_types import ArchitectureRow

TIME_S = 15.0
_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")


def facts(source: str) -> ArchitectureRow:
    """Return what a config.json says, in the columns of `architectures`; broken ones say why and nothing else.

    Raises:
        Stop: there is no such file, it can't be read, or the Hub could not be asked or refused.
    """
    if os.path.isfile(source):  # noqa: PTH113
        return _from_file(source)
    if source.endswith(".json") or not _ID.fullmatch(source):
        raise Stop(USAGE, f"there is no file {source[:200]!r}", "name a config.json, or a model's id: owner/name")
    return _from_hub(source)


def _from_file(path: str) -> ArchitectureRow:
    from hf_providers.hosting.architecture import parse
    from hf_providers.hosting.config import MAX_BYTES

    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return parse(file.read(MAX_BYTES + 1))
    except OSError as error:
        raise Stop(IO_FAILED, f"{path[:200]} can't be read: {error.strerror}", "check the path") from None


def _from_hub(model_id: str) -> ArchitectureRow:
    from hf_providers.errors import HubError, HubNotFound
    from hf_providers.hosting.architecture import absent, parse
    from hf_providers.hub import Hub, Settings

    try:
        with Hub(Settings.from_env(), concurrency=1, deadline_s=TIME_S) as hub:
            return hub.fetch(f"/{model_id}/resolve/main/config.json", None, parse)
    except HubNotFound:
        return absent()
    except HubError as error:
        raise Stop(NETWORK, str(error), error.hint) from None
