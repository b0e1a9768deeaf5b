"""Running a server in a thread, for as long as a test needs it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from socket import SHUT_RDWR
from socketserver import TCPServer
from threading import Event, Thread
from typing import Any, TypeVar

S = TypeVar("S", bound=TCPServer)


@contextmanager
def running(server: S) -> Iterator[S]:
    """Serve until the end of the block, then close.

    Headers and body are two writes; the second would wait for the acknowledgement of the first.
    """
    failed = server.handle_error

    def tell(request: Any, address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):  # a client may leave when it has seen enough
            failed(request, address)

    server.handle_error = tell  # type: ignore[method-assign]
    made_by: Any = server.RequestHandlerClass
    getattr(made_by, "func", made_by).disable_nagle_algorithm = True
    # Shutting its socket down ends the wait for a connection; where it does not, on macOS and Windows, this does.
    server.timeout = 0.5
    ended = Event()

    def answer() -> None:
        while not ended.is_set():
            server.handle_request()

    with server:
        thread = Thread(target=answer)
        thread.start()
        try:
            yield server
        finally:
            ended.set()
            with suppress(OSError):
                server.socket.shutdown(SHUT_RDWR)
            thread.join()
