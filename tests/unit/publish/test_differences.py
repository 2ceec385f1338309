"""Secrets are shown nowhere: what a plan says of a field that differs."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.artifact import ArtifactKind
from generator.publish.planning import differences
from generator.publish.secrets import _HINTS, _NAMES, BLANK, holds_secret, without_secrets
from generator.rules.secrets import _PATTERNS

SECRET = "hunter2hunter2hunter2hunter2"
PEM = ["-----BEGIN RSA PRIVATE KEY-----\n", f"{SECRET}\n", "-----END RSA PRIVATE KEY-----\n"]

HOLDERS: dict[str, Any] = {
    "secure string": {"type": "SecureString", "value": SECRET},
    "secure string in small letters": {"value": SECRET, "type": "securestring"},
    "secure parameter": {"p": {"type": "SecureString", "defaultValue": SECRET}},
    "password": {"password": SECRET},
    "password parameter": {"password": {"type": "String", "defaultValue": SECRET}},
    "account key": {"accountKey": {"type": "String", "value": SECRET}},
    "connection string": {"connectionString": f"Endpoint=x;AccountKey={SECRET};EndpointSuffix=y"},
    "connection string with password": {"connectionString": f"Server=x;Password={SECRET};Database=y"},
    "signature": {"url": f"https://x.blob.core.windows.net/c?sv=2022&sig={SECRET}"},
    "header": {"headers": {"Authorization": f"Basic {SECRET}"}},
    "function key": {"headers": {"x-functions-key": SECRET}},
    "text with JSON": {"body": f'{{"user": "a", "password": "{SECRET}"}}'},
    "text with escaped JSON": {"body": f'"{{\\"clientSecret\\": \\"{SECRET}\\"}}"'},
    "Spark option": {"configs": {"spark.hadoop.fs.azure.account.key.x.dfs.core.windows.net": SECRET}},
    "Spark option of a connector": {"configs": {"spark.mysql.password": SECRET}},
    "lines of a cell": {"cells": [{"cell_type": "code", "source": ["x = 1\n", f"password = '{SECRET}'"]}]},
    "one line of a cell": {"cells": [{"cell_type": "code", "source": [f"password = '{SECRET}'"]}]},
    "key over lines of a cell": {"cells": [{"cell_type": "code", "source": PEM}]},
    "key over lines without ends": {"scriptLines": [line.strip() for line in PEM]},
    "key over items": {"arguments": [line.strip() for line in PEM]},
    "list": {"items": [1, [{"type": "SecureString", "value": SECRET}]]},
}


def wrapped(value: Any, depth: int) -> Any:
    wraps = [lambda v: {"typeProperties": v}, lambda v: {"activities": [{"name": "a", "x": v}]}, lambda v: [v, 1]]
    return wraps[depth](value) if depth < len(wraps) else value


def changed(value: Any) -> Any:
    """Return a document with every text changed a little, so that each is a difference."""
    if isinstance(value, dict):
        return {k: v if k in ("type", "cell_type", "name") else changed(v) for k, v in value.items()}
    if isinstance(value, list):
        return [changed(item) for item in value]
    return value.replace("hunter2", "hunter3") if isinstance(value, str) else value


def leaks(old: Any, new: Any, kind: ArtifactKind) -> bool:
    text = json.dumps([d.model_dump() for d in differences(kind, old, new)])
    return "hunter" in text


@pytest.mark.parametrize("kind", [ArtifactKind.LINKED_SERVICE, ArtifactKind.PIPELINE, ArtifactKind.NOTEBOOK], ids=str)
@pytest.mark.parametrize("depth", range(4))
@pytest.mark.parametrize("holder", HOLDERS)
def test_no_secret_is_in_what_a_plan_shows(holder: str, depth: int, kind: ArtifactKind) -> None:
    old = wrapped(HOLDERS[holder], depth)
    new = changed(copy.deepcopy(old))
    for one, other in ((old, new), (old, {}), ({}, new), (old, None), (old, "x"), ({"a": old}, {"a": 1})):
        assert differences(kind, one, other), "they differ"
        assert not leaks(one, other, kind)
        assert not leaks(other, one, kind)


IN_TEXTS = ("connection", "one line", "signature", "header", "text", "line", "key over")


@pytest.mark.parametrize("holder", [name for name in HOLDERS if not name.startswith(IN_TEXTS)])
def test_a_text_that_is_a_secret_is_shown_nowhere_else(holder: str) -> None:
    held = HOLDERS[holder]
    assert not leaks({"here": held}, {"here": held, "description": f"it is {SECRET}"}, ArtifactKind.PIPELINE)
    assert not leaks({"here": held}, {"here": {SECRET: 1}}, ArtifactKind.PIPELINE)
    assert not leaks({"here": held, SECRET: 1}, {"here": held}, ArtifactKind.PIPELINE)


@pytest.mark.parametrize("holder", HOLDERS)
def test_no_secret_is_shown_after_it_has_moved_or_become_another_type(holder: str) -> None:
    held = HOLDERS[holder]
    assert not leaks({"here": held}, {"there": held}, ArtifactKind.PIPELINE)
    assert not leaks({"here": held}, {"here": [held]}, ArtifactKind.PIPELINE)


@pytest.mark.parametrize("holder", HOLDERS)
def test_what_holds_a_secret_is_not_kept(holder: str) -> None:
    assert holds_secret({"a": [HOLDERS[holder]]})


def test_what_becomes_a_secure_string_was_secret_before() -> None:
    old = {"p": {"type": "String", "defaultValue": "hunter1"}}
    new = {"p": {"type": "SecureString", "defaultValue": "hunter2"}}
    assert not leaks(old, new, ArtifactKind.PIPELINE)
    assert not leaks({"p": "hunter1"}, {"p": {"type": "SecureString", "value": "**********"}}, ArtifactKind.PIPELINE)


def test_a_short_secret_is_blanked_where_it_stands() -> None:
    (found,) = differences(
        ArtifactKind.LINKED_SERVICE, {"password": "abc", "x": "abcd"}, {"password": "abd", "x": "abcd"}
    )
    assert (found.path, found.old, found.new) == ("password", BLANK, BLANK)


@pytest.mark.parametrize(
    "value",
    [
        {"password": {"type": "AzureKeyVaultSecret", "secretName": "sql", "store": {"referenceName": "kv"}}},
        {"password": "@pipeline().parameters.password"},
        {"password": {"type": "SecureString", "value": "**********"}},
        {"headers": {"Authorization": "Bearer @{activity('token').output.access_token}"}},
        {"connectionString": "Server=@{linkedService().server};Password=${password};"},
        {"parameters": {"password": {"type": "string"}}},
        {"cells": [{"source": ["password = getSecret('kv', 'name')\n", "print('sig=')"]}]},
        {"secretName": "deploy", "secretVersion": "", "apiKey": ""},
    ],
)
def test_what_only_looks_like_a_secret_is_shown_and_kept(value: Any) -> None:
    assert without_secrets(value) == value
    assert not holds_secret(value)


def test_a_text_that_no_file_can_hold_is_shown_with_a_sign_in_its_place() -> None:
    (found,) = differences(ArtifactKind.PIPELINE, {"a": "x\ud800"}, {"a": ["\udfff", {"\ud800": 1}]})
    assert json.loads(found.model_dump_json()) == {"path": "a", "old": "x?", "new": ["?", {"?": 1}]}


def test_a_text_without_a_hint_is_found_by_no_pattern() -> None:
    """The hint only saves time: what a pattern finds has it."""
    for _, pattern in _PATTERNS:
        found = re.sub(r"[\\\\?*]|\\\\s", "", pattern.pattern).lower()
        assert any(hint in found for hint in _HINTS), pattern
    assert all(any(hint in name.lower() for hint in _HINTS) for name in _NAMES)


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=15,
)


@settings(derandomize=True, deadline=None)
@given(JSON, st.sampled_from(sorted(HOLDERS)), JSON)
def test_blanking_is_thorough_and_done_once(before: Any, holder: str, after: Any) -> None:
    value = [before, {"x": HOLDERS[holder], "y": after}]
    once = without_secrets(value)
    assert SECRET not in json.dumps(once)
    assert not holds_secret(once["x"] if isinstance(once, dict) else once[1]["x"])
    assert without_secrets(once) == once
    assert SECRET in json.dumps(value)
