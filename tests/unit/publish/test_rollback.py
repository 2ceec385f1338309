"""What a rollback brings back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.diagnostics import ExitCode, SynapseGenError
from generator.publish.history import (
    KEPT,
    Before,
    Entry,
    Record,
    forget_old,
    load_record,
    new_id,
    record_ids,
    save_record,
)
from generator.publish.rollback import Past, body_of, load_past, past_of, target_of
from generator.publish.state import STATE, Loaded, Pending, load_state, save_state
from generator.workspace.folder import FolderStore
from generator.workspace.objects import ChangedError
from tests.unit.publish.building import by_identity, key, live_of, owned_of, pipeline, state_of, trigger

P, Q, T = "pipeline/p", "pipeline/q", "trigger/t"


def entry(action: Any, text: str | None = None, *, owned: bool = True) -> Entry:
    before = None if action == "create" else Before(text=text, owned=owned_of(P, {}) if owned else None)
    return Entry(action=action, before=before)


def record(number: int, entries: dict[str, Entry], triggers: Any = None) -> Record:
    return Record(
        id=f"2026112{number}T000000Z-000000",
        purpose="publish",
        who="ana",
        started="",
        entries=entries,
        triggers=triggers or {},
    )


def texts(past: Past) -> dict[str, str | None]:
    return {text: before.text if before else None for text, before in past.befores.items()}


def test_the_oldest_of_several_publishes_says_how_it_was() -> None:
    oldest = record(1, {P: entry("update", "{}"), Q: entry("create")}, {"t": "Started"})
    middle = record(2, {P: entry("update", '{"a":1}'), Q: entry("update", "[]")}, {"t": "Stopped", "u": "Stopped"})
    newest = record(3, {P: entry("delete", '{"a":2}'), "dataset/d": entry("update", "7")})
    past = past_of([newest, middle, oldest])
    assert texts(past) == {P: "{}", "dataset/d": "7", Q: None}
    assert past.triggers == {"t": "Started", "u": "Stopped"}
    assert past_of([newest]).befores[P] is not None
    assert {k.folder for k in past.kinds} == {"pipeline", "dataset", "trigger"}


def test_an_artifact_under_two_spellings_is_one() -> None:
    past = past_of(
        [
            record(2, {"pipeline/a": entry("update", "{}")}, {"t": "Stopped"}),
            record(1, {"pipeline/A": entry("create")}, {"T": "Started"}),
        ]
    )
    assert texts(past) == {"pipeline/A": None}
    assert past.triggers == {"T": "Started"}
    target = target_of(past, {}).target
    assert (list(target.artifacts), {str(k) for k in target.goes}) == ([], {"pipeline/A"})


def test_what_was_replaced_or_deleted_comes_back_and_what_was_created_goes() -> None:
    past = past_of(
        [record(1, {P: entry("update", '{"a":1}'), Q: entry("create"), T: entry("delete", "{}", owned=False)})]
    )
    found = target_of(past, {})
    assert {str(w.key) for w in found.target.artifacts.values()} == {P, T}
    assert {str(k) for k in found.target.goes} == {Q}
    assert found.bytes_of(key(P)) == b'{"name":"p","properties":{"a":1}}'
    assert found.disowned == {key(T).identity}
    assert found.target.artifacts[key(P).identity].published_as == owned_of(P, {}).wanted


def test_triggers_come_back_in_the_state_that_they_had() -> None:
    there = live_of("trigger/U", trigger(P, state="Started"))
    deleted = json.dumps(trigger(P, state="Started"))
    past = past_of([record(1, {T: entry("delete", deleted)}, {"T": "Started", "u": "Stopped", "gone": "Started"})])
    found = target_of(past, by_identity([there]))
    states = {str(w.key): w.content.state for w in found.target.artifacts.values()}
    assert states == {T: "Started", "trigger/U": "Stopped"}
    # One whose state nobody touched keeps the one that it has, whatever its text said then.
    past = past_of([record(1, {T: entry("update", deleted)})])
    assert target_of(past, {}).target.artifacts[key(T).identity].content.state is None


def test_a_trigger_that_was_replaced_comes_back_with_its_old_content_too() -> None:
    there = live_of(T, trigger("pipeline/new", state="Stopped"))
    past = past_of([record(1, {T: entry("update", '{"old":1}')}, {"t": "Started"})])
    found = target_of(past, by_identity([there]))
    assert found.bytes_of(key(T)) == b'{"name":"t","properties":{"old":1}}'
    assert found.target.artifacts[key(T).identity].content.state == "Started"


def test_what_held_a_secret_cannot_be_brought_back_and_each_is_told() -> None:
    past = past_of([record(1, {P: entry("update"), Q: entry("update"), T: entry("update", "{}")})])
    with pytest.raises(SynapseGenError) as caught:
        target_of(past, {})
    assert [d.code for d in caught.value.diagnostics] == ["SYN332", "SYN332"]
    assert {d.message.split()[0] for d in caught.value.diagnostics} == {P, Q}


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1.50,"b":1e5,"c":-0,"d":-0.0,"e":123456789012345678901234567890,"f":1E+2}',
        '{ "a" : [ 1.0 , 2 ] ,\n "b":"\\u00e9\\/\\ud83d\\ude00" }',
        '{"é":"日本","\\u00e9":"\\n\\"\\\\"}',
        '{"a":1,"a":2}',
        "{}",
        " { } ",
        "null",
        "[1.50]",
    ],
)
@pytest.mark.parametrize("kind", ["notebook", "pipeline"])
def test_properties_are_sent_as_the_service_wrote_them(text: str, kind: str) -> None:
    assert body_of(key(f"{kind}/x"), text) == f'{{"name":"x","properties":{text}}}'.encode()


def test_what_the_service_adds_is_not_sent_and_the_rest_is_as_it_was() -> None:
    text = '{ "a": 1.50,\n"lastPublishTime" : "2020", "é": [1e5 , -0], "b": {"lastPublishTime": 1} }'
    assert body_of(key(P), text).decode() == (
        '{"name":"p","properties":{"a":1.50,"\\u00e9":[1e5 , -0],"b":{"lastPublishTime": 1}}}'
    )
    assert body_of(key(P), '{"lastPublishTime":1}') == b'{"name":"p","properties":{}}'
    assert b"lastPublishTime" in body_of(key("notebook/p"), text)


@pytest.mark.parametrize("name", ['it"s', "back\\slash", "ünï", "a'b"])
def test_names_with_quotes_are_names(name: str) -> None:
    assert json.loads(body_of(key(f"pipeline/{name}"), "{}")) == {"name": name, "properties": {}}


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@settings(derandomize=True, deadline=None)
@given(st.dictionaries(st.text(), JSON, max_size=4), st.booleans(), st.sampled_from([None, 1, "\t"]))
def test_a_body_says_what_the_artifact_was(properties: Any, is_published: bool, indent: Any) -> None:
    sent = dict(properties) | ({"lastPublishTime": "now"} if is_published else {})
    body = json.loads(body_of(key(P), json.dumps(sent, indent=indent)))
    assert body == {"name": "p", "properties": {k: v for k, v in properties.items() if k != "lastPublishTime"}}


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "store")


def test_a_record_is_read_as_it_was_written(store: FolderStore) -> None:
    wanted = record(1, {P: entry("update", '{"é":1.50}'), Q: entry("create")}, {"t": "Started"})
    version = save_record(store, wanted)
    assert load_record(store, wanted.id) == wanted
    save_record(store, wanted.model_copy(update={"outcome": "done"}), version)
    assert load_record(store, wanted.id).outcome == "done"


def damaged() -> Iterator[tuple[str, bytes]]:
    import gzip

    whole = gzip.compress(b'{"version":1}')
    yield "empty", b""
    yield "no archive", b"x"
    yield "cut", whole[:-9]
    yield "broken inside", whole[:12] + b"\xff\xff\xff" + whole[15:]
    yield "no record", whole
    yield "no JSON", gzip.compress(b"{")
    yield "no text", gzip.compress(b"\xff")
    wrong = json.loads(record(1, {P: entry("create")}).model_dump_json())
    yield "newer", gzip.compress(json.dumps(wrong | {"version": 2}).encode())
    yield "no artifact", gzip.compress(json.dumps(wrong | {"entries": {"p": wrong["entries"][P]}}).encode())


@pytest.mark.parametrize("content", [pytest.param(content, id=name) for name, content in damaged()])
def test_a_damaged_record_is_told(content: bytes, store: FolderStore) -> None:
    store.write("history/x.json.gz", content, replaces=None)
    with pytest.raises(SynapseGenError, match=r"record of publish x in .* cannot be read") as caught:
        load_record(store, "x")
    assert caught.value.diagnostics[0].code == "SYN331"
    assert caught.value.exit_code is ExitCode.WORKSPACE


@pytest.mark.parametrize("record_id", ["x", "", "../state", "../history/y", "a b", "y.json"])
def test_a_publish_that_there_is_not_is_told_whatever_it_is_called(record_id: str, store: FolderStore) -> None:
    save_record(store, record(1, {}).model_copy(update={"id": "y"}))
    for read in (load_record, load_past):
        with pytest.raises(SynapseGenError, match="there is no publish") as caught:
            read(store, record_id)
        assert caught.value.exit_code is ExitCode.USAGE


def test_the_past_is_that_before_the_last_publish_or_after_a_named_one(store: FolderStore) -> None:
    records = [record(n, {P: entry("update", f'{{"n":{n}}}')}) for n in (1, 2, 3)]
    for one in records:
        save_record(store, one)
    assert texts(load_past(store, None)) == {P: '{"n":3}'}
    assert texts(load_past(store, records[0].id)) == {P: '{"n":2}'}
    assert [r.id for r in load_past(store, records[0].id).records] == [records[2].id, records[1].id]
    with pytest.raises(SynapseGenError, match="nothing to undo"):
        load_past(store, records[2].id)


def test_without_a_publish_there_is_nothing_to_bring_back(store: FolderStore) -> None:
    with pytest.raises(SynapseGenError, match="nothing was published yet"):
        load_past(store, None)


def test_only_the_newest_records_are_kept(store: FolderStore) -> None:
    ids = [f"{n:04}" for n in range(KEPT + 3)]
    for one in ids:
        save_record(store, record(1, {}).model_copy(update={"id": one}))
    forget_old(store)
    assert record_ids(store) == ids[3:]


def test_ids_sort_by_time_also_within_a_second_and_from_another_zone() -> None:
    begin = datetime(2026, 11, 25, 6, 30, 12, tzinfo=UTC)
    moments = [begin + timedelta(microseconds=n) for n in (0, 1, 5, 70_000, 999_999, 1_000_000)]
    ids = [new_id(m.astimezone(timezone(timedelta(hours=-n)))) for n, m in enumerate(moments)]
    assert ids == sorted(ids)
    assert ids[0].startswith("20261125T063012Z-")


def load(store: FolderStore, **other: str) -> Loaded:
    return load_state(store, **({"project": "p", "environment": "dev", "workspace": "w"} | other))


def test_a_state_is_read_as_it_was_saved_and_nobody_overwrites_it_unseen(store: FolderStore) -> None:
    first = load(store)
    assert (first.version, first.state.owned) == (None, {})
    wanted = state_of(
        {P: owned_of(P, {})}, sql={"a": "1"}, pending=Pending(publish_id="x", writes={P: ("1", None)}, running=())
    )
    second = save_state(store, first, wanted)
    assert second.state == load(store).state == wanted.model_copy(update={"serial": 1})
    with pytest.raises(ChangedError):
        save_state(store, first, wanted)
    assert save_state(store, load(store), wanted).state.serial == 2


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "the file"),
        (b"\xff", "the file"),
        (b"[]", "the file"),
        (b"{}", "project"),
        (b'{"project":"p","environment":"dev","workspace":"w","version":2}', "version"),
        (b'{"project":"p","environment":"dev","workspace":"w","more":1}', "more"),
        (
            b'{"project":"p","environment":"dev","workspace":"w","owned":{"p":{"wanted":"","live":"","etag":""}}}',
            "owned.p",
        ),
        (
            b'{"project":"p","environment":"dev","workspace":"w","pending":{"publish_id":"","writes":{"x/y":[]},"running":[]}}',
            "pending.writes.x/y",
        ),
    ],
)
def test_a_state_that_cannot_be_read_is_told(content: bytes, why: str, store: FolderStore) -> None:
    store.write(STATE, content, replaces=None)
    with pytest.raises(SynapseGenError) as caught:
        load(store)
    (found,) = caught.value.diagnostics
    assert (found.code, caught.value.exit_code) == ("SYN330", ExitCode.WORKSPACE)
    assert f"cannot be read: {why}" in found.message


@pytest.mark.parametrize("other", [{"project": "q"}, {"workspace": "v"}], ids=str)
def test_the_state_of_another_workspace_is_refused(other: dict[str, str], store: FolderStore) -> None:
    save_state(store, load(store), state_of())
    with pytest.raises(SynapseGenError, match="is the state of p in the workspace w"):
        load(store, **other)


def test_an_environment_may_be_given_another_name(store: FolderStore) -> None:
    save_state(store, load(store), state_of())
    assert load(store, environment="test").state.environment == "test"


def test_a_state_holds_no_artifact() -> None:
    state = state_of({P: owned_of(P, pipeline(secret="hunter2"))})
    assert b"hunter2" not in state.to_bytes()
