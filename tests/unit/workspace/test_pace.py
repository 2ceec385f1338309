"""How long the client waits."""

from __future__ import annotations

from itertools import accumulate, islice
from typing import Any

import pytest
from azure.core.pipeline import Pipeline, PipelineContext, PipelineResponse
from azure.core.rest import HttpRequest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.workspace.pace import Durations, Expected, Pace, PatientRetryPolicy


def looks(pace: Pace, until: float, expected: Expected | None = None) -> list[float]:
    """Return the moments of the looks up to the first at or after ``until``."""
    found: list[float] = []
    for moment in accumulate(pace.delays(expected)):
        found.append(moment)
        if moment >= until:
            break
    return found


def learnt(*seconds: float) -> Expected:
    """Return what is expected after operations that took so long, each found by looking as the client does."""
    durations = Durations()
    for one in seconds:
        found = looks(Pace(), one, durations.expected("x"))
        durations.learn("x", found[-2] if len(found) > 1 else 0.0, found[-1])
    expected = durations.expected("x")
    assert expected
    return expected


def test_the_first_look_is_at_once_and_the_next_are_close() -> None:
    assert list(islice(Pace().delays(), 4)) == pytest.approx([0.0, 0.1, 0.1, 0.1])


@pytest.mark.parametrize("seconds", [0.1, 0.5, 3.0, 6.0, 60.0, 600.0])
def test_an_operation_is_seen_to_be_done_soon_after_and_with_few_looks(seconds: float) -> None:
    found = looks(Pace(), seconds)
    assert found[-1] - seconds <= max(0.11, 0.34 * seconds)
    assert found[-1] - seconds <= 3.0
    assert len(found) <= 25 + seconds / 3.0


@pytest.mark.parametrize("seconds", [0.2, 3.0, 6.0, 30.0])
def test_an_operation_that_takes_what_others_took_is_seen_at_once(seconds: float) -> None:
    found = looks(Pace(), seconds, learnt(*[seconds] * 20))
    assert found[-1] - seconds <= max(0.06, seconds / 20)
    assert len(found) <= 6


@pytest.mark.parametrize(("before", "now"), [(3.0, 1.0), (1.0, 3.0), (10.0, 2.0), (2.0, 10.0)])
def test_a_service_that_becomes_quicker_or_slower_is_followed(before: float, now: float) -> None:
    expected = learnt(*[before] * 20, *[now] * 30)
    assert expected.mean == pytest.approx(now, rel=0.25)
    assert looks(Pace(), now, expected)[-1] - now <= max(0.2, now / 5)


@settings(derandomize=True, deadline=None)
@given(st.none() | st.builds(Expected, st.floats(0, 2000), st.floats(0, 2000)))
def test_no_pause_is_negative_or_longer_than_the_slowest_after_the_first(expected: Expected | None) -> None:
    first, *others = islice(Pace().delays(expected), 200)
    assert 0 <= first <= (expected.mean if expected else 0)
    assert all(0 < pause <= Pace().slowest for pause in others)


@settings(derandomize=True, deadline=None)
@given(st.lists(st.floats(0, 600), min_size=1, max_size=50))
def test_what_is_expected_lies_between_what_was_seen(seconds: list[float]) -> None:
    durations = Durations()
    for one in seconds:
        durations.learn("x", one, one)
    expected = durations.expected("x")
    assert expected
    assert min(seconds) - 1e-9 <= expected.mean <= max(seconds) + 1e-9
    assert 0 <= expected.earliest <= expected.mean


def test_durations_are_learnt_by_kind_and_of_a_new_kind_what_others_take_is_expected() -> None:
    durations = Durations()
    assert durations.expected("PUT pipelines") is None
    durations.learn("PUT pipelines", 3.0, 3.0)
    durations.learn("PUT notebooks", 9.0, 9.0)
    assert [round(e.mean) for e in map(durations.expected, ["PUT pipelines", "PUT notebooks", "DELETE x"]) if e] == [
        3,
        9,
        9,
    ]


def test_an_operation_ends_between_two_looks() -> None:
    durations = Durations()
    durations.learn("x", 3.8, 4.0)
    durations.learn("y", 0.0, 4.0)
    assert [round(e.mean, 2) for e in map(durations.expected, "xy") if e] == [3.9, 3.8]


class Answer:
    """As much of an answer as retries look at."""

    def __init__(self, status: int, method: str, retry_after: str | None) -> None:
        self.status_code = status
        self.request = HttpRequest(method, "https://w.example/x")
        self.headers = {"Retry-After": retry_after} if retry_after is not None else {}


def response(status: int, method: str = "GET", retry_after: str | None = None) -> PipelineResponse[Any, Any]:
    answer = Answer(status, method, retry_after)
    return PipelineResponse(answer.request, answer, PipelineContext(None))


def is_sent_again(status: int, method: str = "GET", retry_after: str | None = None) -> bool:
    policy = PatientRetryPolicy(longest=120.0, retry_total=3)
    found = response(status, method, retry_after)
    found.http_response.http_request = found.http_request
    return policy.is_retry(policy.configure_retries({}), found)


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_write_that_was_too_much_is_not_sent_again_from_here(method: str) -> None:
    assert not is_sent_again(429, method, "1")
    assert is_sent_again(503, method, "1")


@pytest.mark.parametrize(
    ("status", "expected"), [(429, True), (503, True), (500, True), (200, False), (404, False), (400, False)]
)
def test_a_reading_is_sent_again_where_it_may_succeed(status: int, expected: bool) -> None:
    assert is_sent_again(status) is expected


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("1", True),
        ("120", True),
        ("121", False),
        ("99999999", False),
        ("soon", True),
        ("", True),
        ("-5", True),
        ("1e400", False),
    ],
)
def test_a_service_that_asks_for_more_patience_than_there_is_ends_the_retries(asked: str, expected: bool) -> None:
    assert is_sent_again(503, "GET", asked) is expected


@pytest.mark.parametrize(("asked", "expected"), [("7", 7.0), ("0.5", 0.5), ("soon", None), ("", None), (None, None)])
def test_the_seconds_that_are_asked_for(asked: str | None, expected: float | None) -> None:
    assert PatientRetryPolicy().get_retry_after(response(429, "GET", asked)) == expected


def test_it_is_the_policy_of_the_real_pipeline() -> None:
    class Transport:
        def __init__(self) -> None:
            self.sent = 0

        def send(self, request: Any, **_: Any) -> Any:
            self.sent += 1
            answer = Answer(429 if self.sent < 3 else 200, "GET", "0")
            answer.http_request = request  # type: ignore[attr-defined] - what retries look at
            return answer

        def sleep(self, _: float) -> None:
            """Time does not pass here."""

    transport: Any = Transport()
    pipeline: Any = Pipeline(transport, policies=[PatientRetryPolicy(retry_total=5, retry_backoff_factor=0)])
    assert pipeline.run(HttpRequest("GET", "https://w.example/x")).http_response.status_code == 200
    assert transport.sent == 3
