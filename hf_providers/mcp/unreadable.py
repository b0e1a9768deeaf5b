"""Answer a line that is not a message: the SDK's server drops it silently, and the sender would wait forever."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.shared.message import SessionMessage
from mcp_types import INVALID_REQUEST, PARSE_ERROR, ErrorData, JSONRPCError, JSONRPCNotification
from pydantic import ValidationError

Read = SessionMessage | Exception


@asynccontextmanager
async def answered(read: Any, write: Any) -> AsyncIterator[MemoryObjectReceiveStream[Read]]:
    """Yield the messages of one stream; answer anything else with an error on the other.

    Args:
        read: The SDK's stream of messages, and of exceptions for lines that it could not read.
        write: The SDK's stream of answers.
    """
    forward, messages = anyio.create_memory_object_stream[Read](0)
    async with anyio.create_task_group() as group:
        group.start_soon(_relay, read, write, forward)
        yield messages
        group.cancel_scope.cancel()


async def _relay(read: Any, write: Any, forward: MemoryObjectSendStream[Read]) -> None:
    async with forward:
        async for item in read:
            if isinstance(item, Exception):
                if (sent := _sent(item)) is not None:
                    await write.send(SessionMessage(_error(sent)))
            elif _lacks_id(item.message):
                await write.send(SessionMessage(_error(None)))
            else:
                await forward.send(item)


def _lacks_id(message: Any) -> bool:
    """Return whether it is a request with a missing or invalid id, which the SDK reads as a notification."""
    return isinstance(message, JSONRPCNotification) and not message.method.startswith("notifications/")


def _sent(error: Exception) -> Any:
    """Return the line: text that is not JSON, or an object that is not a message; None for an empty line."""
    if not isinstance(error, ValidationError):
        return ""
    inputs = [wrong["input"] for wrong in error.errors(include_url=False, include_context=False)]
    whole = next((value for value in inputs if isinstance(value, dict)), inputs[0])
    return None if isinstance(whole, str) and not whole.strip() else whole


def _error(sent: Any) -> JSONRPCError:
    if isinstance(sent, str):
        try:
            sent = json.loads(sent)  # json accepts half a surrogate pair, which the SDK's reader refuses
        except (ValueError, RecursionError):
            return JSONRPCError(jsonrpc="2.0", id=None, error=ErrorData(code=PARSE_ERROR, message="this is not JSON"))
    message = "this is not a request of the protocol"
    return JSONRPCError(jsonrpc="2.0", id=_id(sent), error=ErrorData(code=INVALID_REQUEST, message=message))


def _id(sent: Any) -> str | int | None:
    """Return the id for an answer, if there is one."""
    identifier = sent.get("id") if isinstance(sent, dict) else None
    is_text = isinstance(identifier, str) and identifier.isprintable()
    return identifier if is_text or (isinstance(identifier, int) and not isinstance(identifier, bool)) else None
