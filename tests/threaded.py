"""Running a server in a thread, for as long as a test needs it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import BaseServer
from threading import Thread
from typing import Any, TypeVar

S = TypeVar("S", bound=BaseServer)


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
    with server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
