"""The proxy of notebooks: hosts that the embedded workspace answers for lead to it, all others nowhere."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_CONNECT = re.compile(rb"CONNECT ([A-Za-z0-9.-]+):(\d{1,5}) HTTP/1\.[01]\r\n")
_PLAIN = re.compile(rb"[A-Z]+ http://([A-Za-z0-9.-]+)[/: ]")
_LARGEST_HEAD = 16_384
_HEAD_SECONDS = 30.0
_INSTANCE_METADATA = "169.254.169.254"


class ConnectProxy:
    """A CONNECT proxy on the loopback: port 443 of a known host becomes our own TLS port."""

    def __init__(self, knows: Callable[[str], bool], tls_port: int) -> None:
        self._knows = knows
        self._tls_port = tls_port
        self._server: asyncio.Server | None = None
        self._tunnels: set[asyncio.Task[None]] = set()

    async def start(self) -> int:
        """Listen; returns the port."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=_LARGEST_HEAD)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Stop listening, and end the tunnels that are open."""
        if self._server:
            self._server.close()
        for tunnel in tuple(self._tunnels):
            tunnel.cancel()
        await asyncio.gather(*self._tunnels, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._tunnels.add(task)
        task.add_done_callback(self._tunnels.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _HEAD_SECONDS)
            match = _CONNECT.match(head)
            if match is None or match[2] != b"443" or not self._knows(match[1].decode()):
                writer.write(_refusal(head))
                await writer.drain()
                return
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._tls_port)
            try:
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
            finally:
                far_writer.close()
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError):  # a time that is up is one too
            pass
        finally:
            writer.close()


def _refusal(head: bytes) -> bytes:
    """Return the answer to who asks for another host: a sentence that names it."""
    named = _CONNECT.match(head) or _PLAIN.match(head)
    host = named[1].decode() if named else "this request"
    if host == _INSTANCE_METADATA:
        text = (
            "a Synapse notebook has no instance metadata endpoint, so ManagedIdentityCredential does not work in it: "
            "use notebookutils.credentials.getToken or a service principal"
        )
    else:
        text = f"the embedded workspace reaches no network: nobody answers for https on {host}"
    content = f"{text}\n".encode()
    lines = (
        "HTTP/1.1 403 Forbidden",
        "Content-Type: text/plain",
        "Connection: close",
        f"Content-Length: {len(content)}",
    )
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Carry bytes one way; the end of one side's stream is passed on, the other way goes on."""
    with suppress(ConnectionError, RuntimeError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    with suppress(OSError, RuntimeError):
        writer.write_eof()
