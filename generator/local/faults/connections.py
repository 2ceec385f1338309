"""Connections of our servers: listening for them, and closing one without an answer.

No ASGI application can do the latter by itself:

uvicorn answers 500 to an application that raises before it has begun its answer, and offers nothing to close a
connection. So the protocol that it is given puts a function that does into the scope's ``extensions``, which is where
the ASGI specification has servers offer more. uvicorn's choice of parsers is settled by that: h11, which it requires.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

_EXTENSION = "synapse_gen.drop"


def listen(port: int) -> socket.socket:
    """Return a socket that listens on the loopback; ``port`` 0 takes a free one. Raises OSError."""
    # The protocol is named: asyncio sends small packets at once (TCP_NODELAY) only where it is, and an answer's head
    # and body would else be 40 ms apart.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(512)
    return listener


class DroppingProtocol(H11Protocol):
    """uvicorn's protocol, whose applications may close the connection."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        application: Any = self.app

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            scope.setdefault("extensions", {})[_EXTENSION] = self.transport.abort
            await application(scope, receive, send)

        self.app = app


async def drop(scope: Scope, receive: Receive) -> None:
    """Close a request's connection at once, unanswered; ConnectionResetError where the server cannot do that."""
    close = scope.get("extensions", {}).get(_EXTENSION)
    if close is None:
        raise ConnectionResetError("the connection was closed by a fault")
    close()
    # Until uvicorn knows that nobody is there: to whom would it complain of the missing answer?
    while (await receive())["type"] != "http.disconnect":
        pass
