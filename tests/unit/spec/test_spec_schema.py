import json
import re
from typing import Any

import pytest

from generator.spec.automl import AutoMlSpec
from generator.spec.patterns import PATTERNS
from generator.spec.project import Project
from generator.spec.schema import SPECS, json_schema
from generator.spec.structure import known_keys


def nodes(schema: Any) -> list[dict[str, Any]]:
    if isinstance(schema, dict):
        return [schema, *(node for value in schema.values() for node in nodes(value))]
    return [node for item in schema for node in nodes(item)] if isinstance(schema, list) else []


@pytest.mark.parametrize("kind", ["AutoML", "Project"])
def test_a_schema_for_editors(kind: str) -> None:
    schema = json_schema(kind, SPECS[kind])
    assert json.loads(json.dumps(schema)) == schema
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["additionalProperties"] is False
    found = nodes(schema)
    assert [n for n in found if n is not schema and isinstance(n.get("title"), str)] == []
    references = {n["$ref"].removeprefix("#/$defs/") for n in found if "$ref" in n}
    assert references <= set(schema["$defs"])


def test_it_knows_the_keys_and_what_they_mean() -> None:
    schema = json_schema("AutoML", SPECS["AutoML"])
    assert set(schema["required"]) == {"kind", "name", "columns", "prepare", "train", "deploy", "score"}
    column = schema["$defs"]["Column"]["properties"]
    assert column["expression"]["description"] == "Spark SQL; by default the source column of the same name."
    assert len(schema["$defs"]["Prepare"]["properties"]["source"]["oneOf"]) == 3


@pytest.mark.parametrize("kind", ["AutoML", "Project"])
def test_every_pattern_is_explained_in_words(kind: str) -> None:
    patterns = {n["pattern"] for n in nodes(json_schema(kind, SPECS[kind])) if isinstance(n.get("pattern"), str)}
    assert patterns
    assert patterns <= set(PATTERNS)


def test_no_pattern_is_explained_that_no_model_has() -> None:
    used = {
        n["pattern"]
        for k in ("AutoML", "Project")
        for n in nodes(json_schema(k, SPECS[k]))
        if isinstance(n.get("pattern"), str)
    }
    assert set(PATTERNS) <= used


@pytest.mark.parametrize(
    "name", ["a", "a.b", "[x].y", "..", "a..b", "a/b", "a\\b", "http://x", "a%2fb", "a?b", "a#b", "a b\n", "é", ""]
)
def test_names_in_urls_cannot_leave_their_segment(name: str) -> None:
    """Whatever becomes one segment of an ARM id or a host holds no slash, query, fragment or escape."""
    properties = json_schema("Project", SPECS["Project"])["$defs"]
    places = [("AzureMl", "workspace"), ("AzureMl", "datastore"), ("Environment", "workspace"), ("Storage", "account"),
              ("Environment", "resource_group"), ("KeyVault", "name"), ("SparkPool", "name")]  # fmt: skip
    for model, key in places:
        pattern = properties[model]["properties"][key]["pattern"]
        if re.fullmatch(pattern, name):
            assert not set(name) & set("/\\?#%:\n ")


@pytest.mark.parametrize(
    ("model", "location", "keys"),
    [
        (AutoMlSpec, ("prepare", "source", "<table>"), ["table", "where"]),
        (AutoMlSpec, ("prepare", "source", "<files>"), ["format", "path", "where"]),
        (AutoMlSpec, ("columns", 3), ["name", "type", "expression", "role", "fill"]),
        (AutoMlSpec, ("score", "distribution", "<hash>"), ["hash"]),
        (AutoMlSpec, ("train", "identity"), ["type", "client_id"]),
        (Project, ("environments", "dev", "sql_pool"), ["name", "resume"]),
        (AutoMlSpec, ("prepare", "source"), []),
        (AutoMlSpec, ("nothing", "here"), []),
    ],
)
def test_known_keys(model: type[AutoMlSpec | Project], location: tuple[str | int, ...], keys: list[str]) -> None:
    assert known_keys(model, location) == keys
