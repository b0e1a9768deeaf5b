"""Ready-to-paste code that calls a model: on the provider that you name, the cheapest, the fastest, or the router's.

MODEL:PROVIDER pins a provider; MODEL:cheapest, MODEL:fastest and MODEL:preferred let the router choose when it runs.
"""

from __future__ import annotations

from hf_providers.catalog.database import READS_SCHEMA
from hf_providers.catalog.exact import bare_model
from hf_providers.cli import output, resolve_model
from hf_providers.cli.exits import AMBIGUOUS, NOTHING_FOUND, OK, USAGE, Stop
from hf_providers.cli.options import open_catalog

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from hf_providers.catalog.row_types import SnapshotMeta
    from hf_providers.cli.option_types import ModelOptions
    from hf_providers.snippets.choose import Wanted, Written

    class RunOptions(ModelOptions):
        """`hfp run`."""

        rule: str | None
        provider: str | None
        task: str | None
        include_old: bool
        lang: str
        client: str | None
        stream: bool
        bill_to: str | None
        tools: bool
        json_schema: bool


LANGS = ("python", "javascript", "curl")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    resolve_model.arguments(parser)
    group = parser.add_argument_group("which offer")
    which = group.add_mutually_exclusive_group()
    which.add_argument(
        "--cheapest", dest="rule", action="store_const", const="cheapest", help="the lowest price at 3:1"
    )
    which.add_argument("--fastest", dest="rule", action="store_const", const="fastest", help="the highest speed")
    which.add_argument("--provider", metavar="P", help="this provider")
    group.add_argument("--task", metavar="T", help="this task, where it is served for several")
    group.add_argument("--include-old", action="store_true", help="also choose among offers not seen for 45 days")
    group = parser.add_argument_group("which code")
    group.add_argument("--lang", choices=LANGS, default="python", help="the language (default: python)")
    group.add_argument("--client", metavar="C", help="the client: huggingface_hub, openai, requests, huggingface.js, …")
    group.add_argument("--stream", action="store_true", help="print the answer while it comes (chat)")
    group.add_argument("--bill-to", metavar="ORG", help="the organisation that pays")
    group.add_argument("--tools", action="store_true", help="offer the model a tool (chat)")
    group.add_argument("--json-schema", action="store_true", help="ask for an answer by a JSON schema (chat)")


def main(options: RunOptions) -> int:
    """Print code; as JSON with the offer that it calls and why."""
    if options.format in {"csv", "markdown"}:
        raise Stop(USAGE, f"code cannot be printed as {options.format}", "leave --format out, or take --json")
    from hf_providers.errors import NoSnippet
    from hf_providers.snippets.choose import write

    with open_catalog(options.snapshot) as catalog:
        named = [options.provider.lower()] if options.provider else []
        picked = resolve_model.model(options, options.model, catalog, providers=named)
        if picked is None:
            return AMBIGUOUS
        model_id, suffix = picked.model_id, picked.policy or picked.provider
        meta = catalog.meta()
        since = None if options.include_old else catalog.recent_since()
        model = catalog.model(model_id) or bare_model(model_id)
        try:
            written = write(model, catalog.offers(model_id), _choice(options, suffix), meta["checked_at"], since)
        except NoSnippet as error:
            raise Stop(NOTHING_FOUND, str(error), error.hint or f"see who serves it: hfp {model_id}") from None
    if options.format == "json":
        _write_json(picked, written, meta)
    else:
        print(written.snippet.code.rstrip("\n"))
    return OK


def _choice(options: RunOptions, suffix: str | None) -> Wanted:
    from hf_providers.snippets.choose import Wanted, policy_of

    policy = policy_of(suffix)
    if suffix and (options.rule or options.provider):
        raise Stop(USAGE, f"both :{suffix} and an option say which offer", "leave one of them out")
    return Wanted(
        provider=options.provider or (None if policy else suffix),
        rule=options.rule,
        policy=policy,
        task=options.task,
        lang=options.lang,
        client=options.client,
        stream=options.stream,
        bill_to=options.bill_to,
        tools=options.tools,
        json_schema=options.json_schema,
    )


def _write_json(picked: resolve_model.Picked, written: Written, meta: SnapshotMeta) -> None:
    code = {"lang": written.snippet.lang, "client": written.snippet.client, "code": written.snippet.code}
    about = {"schema_version": READS_SCHEMA, **picked.asked, "model_id": picked.model_id, **code}
    output.write_json({**about, "offer": written.offer, "why": written.why, "snapshot": meta})
