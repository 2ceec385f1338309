"""The Web activity: what it sends, what it makes of the answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

URL = "https://management.azure.com/x?sig=secret"


@pytest.fixture
def web(workspace: Any, activity: Any) -> Callable[..., dict[str, Any]]:
    """Runs one Web activity; returns its activity run."""

    def run(**properties: Any) -> dict[str, Any]:
        policy = properties.pop("policy", {})
        properties = {"method": "GET", "url": URL} | properties
        workspace.publish("p", activity("W", "WebActivity", properties, policy=policy))
        workspace.run("p")
        found: dict[str, Any] = workspace.activity("W")
        return found

    return run


def test_it_carries_the_managed_identity_and_merges_the_answer(workspace: Any, web: Any) -> None:
    headers = {"content-type": "application/json", "x-ms-request-id": "1", "location": "https://h/y"}
    workspace.http.answers = [(200, {"properties": {"status": "Online"}}, headers)]
    run = web(
        method="put",
        url="@concat('https://management.azure.com', '/x')",
        body={"a": 1},
        headers={"X-Own": "@string(5)", "Host": "login.microsoftonline.com"},
        authentication={"type": "MSI", "resource": "https://management.azure.com/"},
    )
    method, url, sent, body = workspace.http.seen[0]
    assert (method, url, body) == ("PUT", "https://management.azure.com/x", b'{"a": 1}')
    assert sent == {
        "X-Own": "5",
        "Authorization": "Bearer token-for-https://management.azure.com/",
    }
    assert run["output"] == {
        "properties": {"status": "Online"},
        "ADFWebActivityResponseHeaders": {
            "Content-Type": "application/json",
            "x-ms-request-id": "1",
            "Location": "https://h/y",
        },
    }


@pytest.mark.parametrize(
    ("answer", "expected"),
    [([1, 2], {"Response": [1, 2]}), (b"text", {"Response": "text"}), (b"", {}), (5, {"Response": 5})],
)
def test_an_answer_that_is_no_object(workspace: Any, web: Any, answer: Any, expected: Any) -> None:
    workspace.http.answers = [(200, answer, {})]
    assert web()["output"] == expected | {"ADFWebActivityResponseHeaders": {}}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((404, {"error": {"message": "gone"}}), ("Response status code: '404 - Not Found'", '"message": "gone"')),
        ((302, b"", {"location": "https://h/y"}), ("'302 - Found'",)),
        ((599, b""), ("'599 - Unknown'",)),
    ],
)
def test_an_answer_that_is_a_refusal(workspace: Any, web: Any, answer: Any, words: tuple[str, ...]) -> None:
    workspace.http.answers = [answer]
    run = web()
    assert (run["status"], run["error"]["errorCode"]) == ("Failed", "2108")
    assert all(w in run["error"]["message"] for w in ("Error calling the endpoint", *words))
    assert "sig=secret" not in run["error"]["message"]
    assert len(workspace.http.seen) == 1


def test_the_body_of_a_refusal_can_be_read(workspace: Any, web: Any) -> None:
    workspace.http.answers = [(409, {"code": "Conflict"})]
    assert web()["output"]["code"] == "Conflict"


def test_a_host_that_nobody_answers_for(web: Any) -> None:
    run = web(url="https://unknown.example/x")
    assert run["error"]["errorCode"] == "2108"
    assert "is not answered here" in run["error"]["message"]


@pytest.mark.parametrize(
    ("properties", "words"),
    [
        ({"method": "POST"}, "the body of a Web activity is required for POST"),
        ({"method": "TRACE"}, "the method of a Web activity is one of"),
        ({"headers": "a: b"}, "the headers of a Web activity are an object"),
        ({"headers": {"a": "x\r\nHost: evil"}}, "the header 'a' holds characters"),
        ({"headers": {"a": "é"}}, "the header 'a' holds characters"),
    ],
)
def test_a_request_that_cannot_be_sent(workspace: Any, web: Any, properties: Any, words: str) -> None:
    assert words in web(**properties)["error"]["message"]
    assert workspace.http.seen == []


def test_an_answer_that_is_too_large(workspace: Any, web: Any) -> None:
    workspace.http.answers = [(200, b"x" * (4 * 1024 * 1024 + 1))]
    assert web()["error"]["errorCode"] == "2001"


def accepted(**headers: str) -> tuple[int, Any, dict[str, str]]:
    return (202, {}, {"location": "/operations/1"} | headers)


def test_an_operation_that_goes_on_is_followed_to_its_end(workspace: Any, web: Any) -> None:
    workspace.http.answers = [accepted(), accepted(**{"retry-after": "3"}), (200, {"done": True})]
    run = web(method="POST", body="{}", authentication={"type": "MSI", "resource": "x"})
    assert run["output"]["done"] is True
    assert workspace.clock.waited == [10, 3]
    assert [(m, u) for m, u, _, _ in workspace.http.seen[1:]] == [
        ("GET", "https://management.azure.com/operations/1")
    ] * 2
    assert workspace.http.seen[2][2]["Authorization"] == "Bearer token-for-x"


def test_an_operation_is_not_followed_where_that_is_off_or_there_is_nothing_to_follow(workspace: Any, web: Any) -> None:
    workspace.http.answers = [accepted()]
    assert web(turnOffAsync=True)["status"] == "Succeeded"
    assert len(workspace.http.seen) == 1


def test_an_operation_that_does_not_end_in_time(workspace: Any, web: Any) -> None:
    workspace.http.answers = [accepted()]
    run = web(policy={"timeout": "0.00:00:25"})
    assert run["error"]["errorCode"] == "ActionTimedOut"
    assert workspace.clock.waited == [10, 10, 5]


def test_credentials_in_its_input_are_not_shown(workspace: Any, web: Any) -> None:
    run = web(headers={"authorization": "Bearer hidden", "Accept": "x"})
    assert workspace.http.seen[0][2]["authorization"] == "Bearer hidden"
    assert run["input"]["headers"] == {"authorization": "**********", "Accept": "x"}
