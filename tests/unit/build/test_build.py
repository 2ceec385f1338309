from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from generator.artifact import ArtifactKind
from generator.build import Built, build
from generator.build.activities import literal_text
from generator.build.automl.job import iso_duration
from generator.build.automl.main import recurrence
from generator.expressions import Scope, evaluate
from generator.rules import RuleContext, run_rules
from generator.spec.automl import AutoMlSpec, Schedule
from generator.spec.project import Environment, Project
from generator.templating import Templates
from generator.tree.canonical import canonical_bytes


@pytest.fixture(scope="module")
def taxi(repository: Path) -> AutoMlSpec:
    return AutoMlSpec.model_validate(yaml.safe_load((repository / "specs/nyc_taxi.yaml").read_text()))


@pytest.fixture(scope="module")
def environments(repository: Path) -> Project:
    return Project.model_validate(yaml.safe_load((repository / "synapse.yaml").read_text()))


def rendered(spec: AutoMlSpec, project: Project, name: str = "local") -> Built:
    return build([spec], project.environments[name], Templates())


def variant(spec: AutoMlSpec, **parts: dict[str, object]) -> AutoMlSpec:
    document = spec.model_dump(exclude_unset=True, mode="json")
    for part, values in parts.items():
        document[part] = {**document[part], **values}
    return AutoMlSpec.model_validate(document)


def pipeline_of(built: Built, name: str) -> dict[str, object]:
    return next(d.body for d in built.documents if d.key.kind is ArtifactKind.PIPELINE and d.key.name == name)


def activity_names(built: Built, name: str) -> list[str]:
    return [a["name"] for a in pipeline_of(built, name)["properties"]["activities"]]


def test_twice_gives_the_same_bytes(taxi: AutoMlSpec, environments: Project) -> None:
    first, second = (rendered(taxi, environments) for _ in range(2))
    assert [canonical_bytes(d.body) for d in first.documents] == [canonical_bytes(d.body) for d in second.documents]
    assert first.sql == second.sql


def test_the_local_and_the_dev_tree_differ_only_in_declared_values(taxi: AutoMlSpec, environments: Project) -> None:
    """Every difference is a value of synapse.yaml: with those replaced by their keys the trees are the same."""

    def normal(name: str) -> dict[str, str]:
        built = rendered(taxi, environments, name)
        values = sorted(_leaves(environments.environments[name].model_dump(), ()), key=lambda v: -len(str(v[1])))
        texts = {str(d.key): canonical_bytes(d.body).decode() for d in built.documents}
        texts |= {f.path: f.text for f in built.sql}
        return {key: _with_keys(text, values) for key, text in texts.items()}

    local, dev = normal("local"), normal("dev")
    assert local.keys() == dev.keys()
    for key, text in local.items():
        assert text == dev[key], key


def _leaves(value: object, path: tuple[str, ...]) -> list[tuple[str, object]]:
    if isinstance(value, dict):
        return [leaf for k, v in value.items() for leaf in _leaves(v, (*path, k))]
    return [(".".join(path), value)] if value not in (None, "") else []


def _with_keys(text: str, values: list[tuple[str, object]]) -> str:
    keys = sorted(key for key, _ in values)
    for key, value in values:
        if key == "azure_ml.poll_seconds":
            text = text.replace(f'"waitTimeInSeconds": {value}\n', '"waitTimeInSeconds": <poll>\n', 1)
        elif isinstance(value, str) and key not in _CHOICES:
            # Two keys may hold one value; what replaces it has no letter, so that nothing replaces that again.
            text = text.replace(value, f"<{min(keys.index(k) for k, v in values if v == value)}>")
    return text


_CHOICES = {"kind", "cloud", "authentication", "git", "spark_pool.version", "spark_pool.executor_size"}


# What Microsoft calls these services in the clouds, each with what precedes it in a host or address.
_HOSTS = {
    "china": {
        "://management.azure.com": "://management.chinacloudapi.cn",
        "://login.microsoftonline.com": "://login.chinacloudapi.cn",
        "sttaxidev.dfs.core.windows.net": "sttaxidev.dfs.core.chinacloudapi.cn",
        "kv-taxi-dev.vault.azure.net": "kv-taxi-dev.vault.azure.cn",
    },
    "usgovernment": {
        "://management.azure.com": "://management.usgovcloudapi.net",
        "://login.microsoftonline.com": "://login.microsoftonline.us",
        "sttaxidev.dfs.core.windows.net": "sttaxidev.dfs.core.usgovcloudapi.net",
        "kv-taxi-dev.vault.azure.net": "kv-taxi-dev.vault.usgovcloudapi.net",
    },
}


@pytest.mark.parametrize("cloud", _HOSTS)
def test_the_trees_of_two_clouds_differ_in_hosts_only(taxi: AutoMlSpec, environments: Project, cloud: str) -> None:
    """The source stays where the spec says it is: the trips are open data of the public cloud."""

    def texts(environment: Environment) -> dict[str, str]:
        built = build([taxi], environment, Templates())
        return {str(d.key): canonical_bytes(d.body).decode() for d in built.documents} | {
            f.path: f.text for f in built.sql
        }

    # Resuming the pool calls Azure Resource Manager too.
    pool = environments.environments["dev"].sql_pool.model_copy(update={"resume": True})
    public = environments.environments["dev"].model_copy(update={"sql_pool": pool})
    expected = texts(public)
    for old, new in _HOSTS[cloud].items():
        assert any(old in text for text in expected.values()), old
        expected = {key: text.replace(old, new) for key, text in expected.items()}
    found = texts(public.model_copy(update={"cloud": cloud}))
    assert found == expected
    left = [
        host
        for text in found.values()
        for host in re.findall(r"[\w.-]+\.(?:azure|windows|microsoftonline)\.(?:com|net)", text)
    ]
    assert left
    assert {host for host in left if not host.endswith("azureopendatastorage.blob.core.windows.net")} == set()


@pytest.mark.parametrize("cloud", ["public", *_HOSTS])
def test_the_rules_find_nothing_in_the_tree_of_a_cloud(taxi: AutoMlSpec, environments: Project, cloud: str) -> None:
    environment = environments.environments["prod"].model_copy(update={"cloud": cloud})
    context = RuleContext.of_workspace(
        environment.workspace, spark_pools=[environment.spark_pool.name], sql_pools=[environment.sql_pool.name]
    )
    assert run_rules(build([taxi], environment, Templates()).documents, context) == []


def test_a_name_with_bracket_or_quote_stays_a_name(taxi: AutoMlSpec, environments: Project) -> None:
    spec = variant(taxi, score={"table": "dbo.[odd]]name'; DROP TABLE x--]"})
    built = rendered(spec, environments)
    create = next(f.text for f in built.sql if "CREATE TABLE [dbo].[odd" in f.text)
    assert "CREATE TABLE [dbo].[odd]]name'; DROP TABLE x--]" in create
    assert "OBJECT_ID(N'[dbo].[odd]]name''; DROP TABLE x--]', N'U')" in create
    assert all("/" not in f.path.removeprefix("nyc_taxi/") for f in built.sql)


@pytest.mark.parametrize(
    ("engine", "present", "absent"),
    [
        ("auto", {"Probe PREDICT", "Predict", "Score on Spark"}, set()),
        ("predict", {"Predict"}, {"Probe PREDICT", "Score on Spark"}),
        ("spark", {"Score on Spark"}, {"Probe PREDICT", "Predict"}),
    ],
)
def test_the_engine_decides_what_the_score_pipeline_does(
    taxi: AutoMlSpec, environments: Project, engine: str, present: set[str], absent: set[str]
) -> None:
    built = rendered(variant(taxi, score={"engine": engine}), environments)
    names = set(activity_names(built, "nyc_taxi_score"))
    assert present <= names
    assert not absent & names
    fallback = any(d.key.name == "nyc_taxi_score" and d.key.kind is ArtifactKind.NOTEBOOK for d in built.documents)
    assert fallback == (engine != "predict")


@pytest.mark.parametrize(
    ("engine", "missing"),
    [
        ("auto", []),
        ("predict", ["107_", "502_", "601_", "602_", "603_"]),
        ("spark", ["201_", "202_", "502_"]),
    ],
)
def test_statements_that_the_engine_never_runs_are_not_rendered(
    taxi: AutoMlSpec, environments: Project, engine: str, missing: list[str]
) -> None:
    def numbers(spec: AutoMlSpec) -> set[str]:
        return {f.path.removeprefix("nyc_taxi/")[:4] for f in rendered(spec, environments).sql}

    assert sorted(numbers(taxi) - numbers(variant(taxi, score={"engine": engine}))) == missing


def test_incremental_mode_upserts_and_scores_what_arrived(taxi: AutoMlSpec, environments: Project) -> None:
    built = rendered(variant(taxi, score={"mode": "incremental"}), environments)
    texts = {f.path.split("/")[1]: f.text for f in built.sql}
    assert not any("RENAME OBJECT" in t for t in texts.values())
    assert any("DELETE FROM [dbo].[nyc_taxi]\n" in t for t in texts.values())
    assert "FROM [dbo].[nyc_taxi_load];" in texts["202_dbo.predict_nyc_taxi.sql"]


def test_resuming_the_pool_is_up_to_the_environment(taxi: AutoMlSpec, environments: Project) -> None:
    prod, dev = (rendered(taxi, environments, name) for name in ("prod", "dev"))
    for name in ("nyc_taxi_setup", "nyc_taxi_train", "nyc_taxi_score"):
        assert "Wait for the SQL pool" in activity_names(prod, name)
        assert "Wait for the SQL pool" not in activity_names(dev, name)
    assert "/resume?api-version=" in json.dumps(pipeline_of(prod, "nyc_taxi_setup"))


def test_the_job_belongs_to_the_run_that_prepared_its_data(taxi: AutoMlSpec, environments: Project) -> None:
    """A rerun from a failed activity has another id; what an earlier run prepared or submitted is found by that run's."""
    activities = pipeline_of(rendered(taxi, environments), "nyc_taxi_train")["properties"]["activities"]
    of = {a["name"]: a["typeProperties"] for a in activities}
    prepared = {"status": {"Output": {"result": {"exitValue": '{"run_id": "r-1"}'}}}}
    scope = Scope(
        utc_now=lambda: pytest.fail("no clock"), system={"RunId": "r-2"}, activities={"Prepare": {"output": prepared}}
    )
    job = json.loads(evaluate(of["Submit job"]["body"], scope))
    assert job["properties"]["taskDetails"]["trainingData"]["uri"].endswith("/paths/nyc_taxi/train/r-1/")
    assert of["Submit job"]["body"]["value"].count("@{") == 1
    for call in ("Find job", "Submit job", "Cancel job"):
        assert "/jobs/nyc_taxi-r-1" in evaluate(of[call]["url"], scope)
    assert evaluate(of["Deploy"]["parameters"]["run_id"]["value"], scope) == "r-1"
    assert evaluate(of["Deploy"]["parameters"]["job_name"]["value"], scope) == "nyc_taxi-r-1"


@pytest.mark.parametrize(
    ("message", "goes_on"),
    [("Parse error at line: 1, column: 4: Incorrect syntax near '='.", True), ("The permission was denied.", False)],
)
def test_setup_goes_on_without_the_procedure_only_where_predict_is_missing(
    taxi: AutoMlSpec, environments: Project, message: str, goes_on: bool
) -> None:
    activities = pipeline_of(rendered(taxi, environments), "nyc_taxi_setup")["properties"]["activities"]
    decision = next(a for a in activities if a["type"] == "IfCondition")["typeProperties"]
    scope = Scope(utc_now=lambda: pytest.fail("no clock"), variables={"predict_problem": message})
    assert evaluate(decision["expression"], scope) is goes_on
    (other,) = decision["ifFalseActivities"]
    assert evaluate(other["typeProperties"]["message"], scope) == message


def test_secrets_are_only_referred_to(taxi: AutoMlSpec, environments: Project) -> None:
    service = next(d for d in rendered(taxi, environments).documents if d.key.name == "azure_ml")
    key = service.properties["typeProperties"]["servicePrincipalKey"]
    assert key["type"] == "AzureKeyVaultSecret"
    assert set(key) == {"type", "store", "secretName"}


@pytest.mark.parametrize(
    ("duration", "expected"), [("30m", "PT30M"), ("90m", "PT1H30M"), ("1h", "PT1H"), ("2d", "P2D"), ("25h", "P1DT1H")]
)
def test_durations_are_written_as_the_service_does(duration: str, expected: str) -> None:
    assert iso_duration(duration) == expected


def test_a_start_has_z_only_in_utc() -> None:
    local = Schedule(every="day", at="02:00", time_zone="W. Europe Standard Time")
    assert recurrence(local)["startTime"] == "2026-01-01T00:00:00"
    assert recurrence(Schedule(every="hour"))["startTime"] == "2026-01-01T00:00:00Z"
    assert recurrence(local)["schedule"] == {"minutes": [0], "hours": [2]}


@pytest.mark.parametrize("state", ["Started", "Stopped", "keep"])
def test_a_trigger_whose_state_is_kept_says_nothing_of_it(taxi: AutoMlSpec, environments: Project, state: str) -> None:
    spec = variant(taxi, score={"schedule": {"every": "day", "state": state}})
    (trigger,) = (d for d in rendered(spec, environments).documents if d.key.name == "nyc_taxi_score_schedule")
    expected = {} if state == "keep" else {"runtimeState": state}
    assert {k: v for k, v in trigger.properties.items() if k == "runtimeState"} == expected
    context = RuleContext.of_workspace("syn-taxi-local", spark_pools=["sparklocal"], sql_pools=["sqllocal"])
    assert run_rules(rendered(spec, environments).documents, context) == []


@given(st.text(alphabet="@{}a' "))
def test_text_of_a_script_comes_back_as_it_was(text: str) -> None:
    assert evaluate(literal_text(text), Scope(utc_now=lambda: pytest.fail("no clock"))) == text
