"""The server: each tool with its arguments, over the official SDK. Needs the extra `mcp`.

The snapshot is opened for each call, as `hfp` does, so that a sync is seen at once; nothing is written.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from inspect import signature
from typing import Annotated, Any, Literal

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.stdio import stdio_server
from mcp_types import CallToolResult, InputRequiredResult, ToolAnnotations
from pydantic import Field, ValidationError

from hf_providers import __version__
from hf_providers.catalog.database import Catalog
from hf_providers.catalog.locate import open_snapshot
from hf_providers.documents.cost import Job
from hf_providers.errors import HfProvidersError
from hf_providers.mcp import tools as library
from hf_providers.mcp.answers import MOST_BYTES, Answer, spelt_text, whole_text
from hf_providers.mcp.unreadable import answered
from hf_providers.text import clean

INSTRUCTIONS = (
    "Who serves an open model through Hugging Face Inference Providers, at what price, how fast: from a dated snapshot,"
    ' offline. Name a model by its id (find_model finds it). Prices are USD per million tokens; "unknown" is not 0,'
    " null is that there is none (of valid_to: no end was observed), and a price of 0 is only what was listed."
    " snapshot.checked_at is the facts' date; what a row dates itself was seen then."
)
LINE_BYTES = MOST_BYTES // 2 - 1
READ_ONLY = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)

ModelName = Annotated[str, Field(description="the model's id or exact name; ID:PROVIDER pins a provider")]
Provider = Annotated[str | None, Field(description="only this provider, by its id")]
Page = Annotated[int, Field(description="a page of the short answer: next_page of the one before")]
Full = Annotated[bool, Field(description="the whole document, as hfp --json prints it")]
Tools = Annotated[bool | None, Field(description="whether it can call tools")]
Structured = Annotated[bool | None, Field(description="whether it can answer by a JSON schema")]
MinContext = Annotated[int | None, Field(description="the least context, in tokens")]
Since = Annotated[str | None, Field(description="a date or time, ISO 8601, UTC")]


class Server:
    """The tools over the snapshot that a path names, or that `hfp` would use."""

    def __init__(self, snapshot: str | None = None) -> None:
        self._snapshot = snapshot

    def _say(self, make: Callable[[Catalog], str]) -> str:
        """Return the text that a function makes of the snapshot.

        Raises:
            ToolError: it failed; the text is hfp's two lines. The SDK hides the text of any other error.
        """
        try:
            with open_snapshot(self._snapshot, os.environ) as catalog:
                return make(catalog)
        except HfProvidersError as error:
            raise ToolError(_lines(f"{error}\n{error.hint}")) from None
        except ValueError as error:
            message, _, hint = str(error).partition(": ")
            raise ToolError(_lines(f"{message}\n{hint or 'see the description of the tool'}")) from None
        except sqlite3.Error as error:
            from hf_providers.catalog import damage

            wrong = damage.of_snapshot(self._snapshot, os.environ) or f"the snapshot cannot be read: {error}"
            raise ToolError(_lines(f"{wrong}\nfetch it again: hfp sync")) from None

    def _answer(self, make: Callable[[Catalog], Answer], page: int, full: bool) -> str:
        return self._say(lambda catalog: make(catalog).text(page, full))

    def find_model(
        self,
        query: Annotated[str, Field(description="an id, a name, or words of it")],
        page: Page = 1,
        full: Full = False,
    ) -> str:
        """Find models by name, the best match first. Answers by matched_by how each was found; typo is a guess."""
        return self._answer(lambda catalog: library.find_model(catalog, query), page, full)

    def offers(
        self,
        model: ModelName,
        provider: Provider = None,
        task: Annotated[str | None, Field(description="a task of the Hub's, or chat, image, audio, …")] = None,
        readiness: Annotated[str | None, Field(description="hot, warm, cold or unavailable")] = None,
        tools: Tools = None,
        structured_output: Structured = None,
        min_context: MinContext = None,
        page: Page = 1,
        full: Full = False,
    ) -> str:
        """List who serves a model: price, speed, context, tools, readiness; the cheapest (at 3:1) and the fastest."""
        return self._answer(
            lambda catalog: library.offers(
                catalog,
                model,
                provider=provider,
                task=task,
                readiness=readiness,
                tools=tools,
                structured_output=structured_output,
                min_context=min_context,
            ),
            page,
            full,
        )

    def cost(
        self,
        model: ModelName,
        input_tokens: Annotated[int, Field(description="of one request")],
        output_tokens: Annotated[int, Field(description="of one request")] = 0,
        requests: int = 1,
        provider: Provider = None,
        as_of: Annotated[str | None, Field(description="at the prices of this date, ISO 8601, UTC")] = None,
        page: Page = 1,
        full: Full = False,
    ) -> str:
        """Price a job with every provider, exactly; what is unknown is listed as unknown."""

        def make(catalog: Catalog) -> Answer:
            then = None if as_of is None else library.moment(as_of)
            job = Job(input_tokens, output_tokens, requests=requests, as_of=then)
            return library.job_cost(catalog, model, job, provider)

        return self._answer(make, page, full)

    def price_history(
        self, model: ModelName, provider: Provider = None, since: Since = None, page: Page = 1, full: Full = False
    ) -> str:
        """List the intervals in which a model's prices held, by provider, each with its source."""
        return self._answer(lambda catalog: library.price_history(catalog, model, provider, since), page, full)

    def what_changed(
        self,
        since: Since = None,
        model: Annotated[str | None, Field(description="only this model, by its id")] = None,
        provider: Provider = None,
        kind: Annotated[str | None, Field(description="only this kind: price, added, gone, status, …")] = None,
        page: Page = 1,
        full: Full = False,
    ) -> str:
        """List what changed, the newest first; by default in the seven days before the snapshot."""
        return self._answer(lambda catalog: library.what_changed(catalog, since, model, provider, kind), page, full)

    def cheapest(
        self,
        task: str = "chat",
        tools: Tools = None,
        structured_output: Structured = None,
        min_context: MinContext = None,
        min_throughput: Annotated[float | None, Field(description="the least tokens a second")] = None,
        page: Page = 1,
        full: Full = False,
    ) -> str:
        """List models by their cheapest blended price (3:1 input to output) among the offers that pass the filters."""
        return self._answer(
            lambda catalog: library.cheapest(
                catalog,
                task=task,
                tools=tools,
                structured_output=structured_output,
                min_context=min_context,
                min_throughput=min_throughput,
            ),
            page,
            full,
        )

    def compare(
        self,
        models: Annotated[list[str], Field(description="2 to 10 ids or exact names")],
        page: Page = 1,
        full: Full = False,
    ) -> str:
        """Compare models: how many live offers, the cheapest price, the highest throughput, the context."""
        return self._answer(lambda catalog: library.compare(catalog, models), page, full)

    def fits_on(
        self,
        model: ModelName,
        machine: Annotated[str | None, Field(description="as h200, 2x4090, m4 max, or 24GB")] = None,
        context: Annotated[int | None, Field(description="tokens of a sequence", ge=1)] = None,
        weights: Annotated[str | None, Field(description="a weight format, as Q4_K_M or BF16")] = None,
        page: Page = 1,
        full: Full = False,
    ) -> str:
        """Estimate what a model needs to run, which machines and endpoints hold it, and whether one machine does."""
        return self._answer(lambda catalog: library.fits_on(catalog, model, machine, context, weights), page, full)

    def snippet(
        self,
        model: ModelName,
        lang: Literal["python", "javascript", "curl"] = "python",
        provider: Provider = None,
        rule: Annotated[Literal["cheapest", "fastest"] | None, Field(description="which offer")] = None,
        full: Full = False,
    ) -> str:
        """Write code that calls a model, and say why this offer."""

        def make(catalog: Catalog) -> str:
            said = library.snippet(catalog, model, lang, provider, rule)
            if full:
                return whole_text(said)
            kept = ("provider", "input_usd_per_mtok", "output_usd_per_mtok")
            offer = {key: said["offer"][key] for key in kept}
            checked = {"checked_at": said["snapshot"]["checked_at"]}
            return spelt_text(said | {"offer": offer, "snapshot": checked})

        return self._say(make)


TOOLS = (
    "find_model", "offers", "cost", "price_history", "what_changed", "cheapest", "compare", "fits_on", "snippet",
)  # fmt: skip


def _lines(text: str) -> str:
    """Return the lines cleaned, and so short that an answer of two is at most 2 KB."""
    lines = [clean(line) for line in text.splitlines()]
    return "\n".join(line if len(line.encode()) <= LINE_BYTES else _cut(line) for line in lines)


def _cut(line: str) -> str:
    return line.encode()[: LINE_BYTES - 3].decode(errors="ignore") + "…"


def tables() -> str:
    """Return the tables and their columns, each with its type and description."""
    from hf_providers.catalog.schema import TABLES

    columns_by_table = {
        name: {
            "description": table.description,
            "columns": {column.name: f"{column.type}: {column.description}" for column in table.columns},
        }
        for name, table in TABLES.items()
    }
    return whole_text(columns_by_table)


class PlainErrors(MCPServer[None]):
    """The SDK's server, whose errors are hfp's two lines alone."""

    async def run_stdio_async(self) -> None:
        """Serve until stdin closes; answer lines that are not messages, too."""
        async with stdio_server() as (read, write), answered(read, write) as messages:
            own = self._lowlevel_server
            await own.run(messages, write, own.create_initialization_options())

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[None, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Call a tool.

        Raises:
            ToolError: there is no such tool, the arguments are wrong, or the snapshot cannot answer.
        """
        if name in TOOLS:
            _refuse_unknown_arguments(name, arguments)
        try:
            return await super().call_tool(name, arguments, context)
        except ToolError as error:
            if not isinstance(error.__cause__, ToolError | ValidationError | None):
                raise  # a defect, which the SDK logs
            raise ToolError(_lines(_refusal(name, error))) from None


def _refuse_unknown_arguments(name: str, arguments: dict[str, Any]) -> None:
    """Refuse an unknown argument: the SDK would silently ignore a misspelt filter.

    Raises:
        ToolError: there is one.
    """
    _, *known = signature(getattr(Server, name)).parameters
    if unknown := sorted(arguments.keys() - set(known)):
        raise ToolError(_lines(f"{name} has no argument {unknown[0][:60]!r}\nchoose {', '.join(known)}"))


def _refusal(name: str, error: ToolError) -> str:
    """Return hfp's two lines on why a tool was not called, or failed."""
    if name not in TOOLS:
        return f"no tool is called {name[:100]!r}\nchoose {', '.join(TOOLS)}"
    wrong = error.__cause__
    if not isinstance(wrong, ValidationError):
        return str(wrong or error)
    first = wrong.errors(include_url=False, include_input=False)[0]
    what = ".".join(map(str, first["loc"]))
    return f"{name}: {what}: {first['msg'].lower()}\nsee the arguments in the description of the tool"


def make(snapshot: str | None = None) -> MCPServer[None]:
    """Return the server over a snapshot: of this dataset folder or catalog file, or the one that `hfp` would use."""
    served = PlainErrors("hf-providers", instructions=INSTRUCTIONS, version=__version__, log_level="WARNING")
    own = Server(snapshot)
    for name in TOOLS:
        served.add_tool(getattr(own, name), name=name, annotations=READ_ONLY, structured_output=False)
    served.resource("hfp://schema", name="schema", description="the dataset's tables", mime_type="application/json")(
        tables
    )
    return served
