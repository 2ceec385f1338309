"""The proxy of notebooks: hosts that the embedded workspace answers for lead to it, all others nowhere."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_CONNECT = re.compile(rb"CONNECT ([A-Za-z0-9.-]+):(\d+) HTTP/1\.[01]\r\n")
_LARGEST_HEAD = 16_384


class ConnectProxy:
    """A CONNECT proxy on the loopback: port 443 of a known host becomes our own TLS port."""

    def __init__(self, knows: Callable[[str], bool], tls_port: int) -> None:
        self._knows = knows
        self._tls_port = tls_port
        self._server: asyncio.Server | None = None

    async def start(self) -> int:
        """Listen; returns the port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=_LARGEST_HEAD)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Stop listening."""
        if self._server:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            match = _CONNECT.match(head)
            host = match[1].decode() if match else ""
            if match is None or match[2] != b"443" or not self._knows(host):
                text = f"the embedded workspace reaches no network: nobody answers for {host or 'this request'}\n"
                head_line = "HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nConnection: close\r\n"
                writer.write(f"{head_line}Content-Length: {len(text)}\r\n\r\n{text}".encode())
                return
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._tls_port)
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            pass
        finally:
            with suppress(ConnectionError, RuntimeError):
                writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        with suppress(ConnectionError, RuntimeError):
            writer.close()
