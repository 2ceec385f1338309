"""Certificates of the embedded workspace, so that notebooks verify TLS as they always do."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

import trustme

from generator.local.files import write_atomic

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Certificates:
    """Files of a certificate authority that only this workspace's notebooks trust, and of its server."""

    authority: Path
    server: Path
    """Certificate chain and private key in one file, readable by its owner alone."""

    def server_context(self) -> ssl.SSLContext:
        """Return the context of the server."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.server)
        return context


def make_certificates(folder: Path, hosts: tuple[str, ...]) -> Certificates:
    """Make an authority and a certificate for ``hosts`` (names, or ``*.`` before a domain); new at each start."""
    authority = trustme.CA()
    server = authority.issue_cert(*hosts)
    chain = b"".join(blob.bytes() for blob in server.cert_chain_pems)
    certificates = Certificates(folder / "authority.pem", folder / "server.pem")
    write_atomic(certificates.authority, authority.cert_pem.bytes())
    write_atomic(certificates.server, server.private_key_pem.bytes() + chain)
    return certificates
