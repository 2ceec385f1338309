"""The pipeline engine's HTTP client: real applications, inside the process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from generator.local.hosts import Hosts
from generator.local.http_client import LocalHttpClient
from generator.local.ports import UnroutedHostError

if TYPE_CHECKING:
    from starlette.requests import Request


async def echo(request: Request) -> JSONResponse:
    body = (await request.body()).decode()
    values = {"method": request.method, "query": request.url.query, "own": request.headers.get("x-own"), "body": body}
    return JSONResponse({**values, "host": request.headers["host"]}, status_code=201, headers={"x-ms-id": "1"})


async def elsewhere(_: Request) -> RedirectResponse:
    return RedirectResponse("https://vault.vault.azure.net/echo")


async def own(_: Request) -> Response:
    raise AssertionError("the data plane was called without its token")


@pytest.fixture
def client() -> LocalHttpClient:
    methods = ["GET", "PUT", "POST", "DELETE"]
    app = Starlette(routes=[Route("/echo", echo, methods=methods), Route("/elsewhere", elsewhere)])
    data_plane = Starlette(routes=[Route("/echo", own)])
    return LocalHttpClient(Hosts({"management.azure.com": app, "*.vault.azure.net": app}, data_plane))


def test_a_request_arrives_as_it_was_sent(client: LocalHttpClient) -> None:
    answer = client.request("PUT", "https://Management.azure.com:443/echo?a=b%20c", {"X-Own": "5"}, b"{}")
    assert (answer.status, answer.headers["x-ms-id"]) == (201, "1")
    assert answer.body == (b'{"method":"PUT","query":"a=b%20c","own":"5","body":"{}","host":"management.azure.com"}')


def test_redirections_are_not_followed(client: LocalHttpClient) -> None:
    answer = client.request("GET", "https://management.azure.com/elsewhere", {}, None)
    assert (answer.status, answer.headers["location"]) == (307, "https://vault.vault.azure.net/echo")


def test_a_host_header_does_not_choose_who_answers(client: LocalHttpClient) -> None:
    assert client.request("GET", "https://a.vault.azure.net/echo", {"Host": "127.0.0.1"}, None).status == 201


@pytest.mark.parametrize(
    "url",
    [
        "http://management.azure.com/echo",
        "https://management.azure.com:8443/echo",
        "https://management.azure.com@example.org/echo",
        "https://example.org/echo",
        "https://vault.azure.net/echo",
        "https://127.0.0.1/echo",
        "https://[::1/echo",
        "https://management.azure.com:99999/echo",
        "file:///etc/passwd",
        "",
    ],
)
def test_nothing_else_is_reached(client: LocalHttpClient, url: str) -> None:
    with pytest.raises(UnroutedHostError):
        client.request("GET", url, {}, None)


def test_the_error_names_the_hosts_and_no_password(client: LocalHttpClient) -> None:
    with pytest.raises(UnroutedHostError) as caught:
        client.request("GET", "https://user:password@example.org/x?sig=secret", {}, None)
    assert str(caught.value) == (
        "https://example.org is not answered here: the embedded workspace reaches no network,"
        " only https to management.azure.com, *.vault.azure.net"
    )
