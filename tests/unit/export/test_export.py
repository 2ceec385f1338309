"""A tree as Microsoft's task reads it back: the same artifacts, each after what it needs."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.artifact import ArtifactKey, ArtifactKind
from generator.diagnostics import Severity, SynapseGenError
from generator.documents import Document
from generator.export import PARAMETERS_FILE, TEMPLATE_FILE, Export, export_workspace
from generator.export.resources import resource_type
from generator.tree.canonical import canonical_bytes
from generator.tree.read import CommittedArtifact, walk_tree
from tests.unit.export.task import GivesUpError, Sent, read

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).resolve().parents[3]
TREES = sorted((*(ROOT / "artifacts").glob("*/"), *(ROOT / "tests/golden/artifacts").glob("*/")))
WORKSPACES = ["az-courses", "azure-test-drive", "planning-inspectorate-odw", "serengeti", "synapse-e2e"]
_K = ArtifactKind


def artifact(kind: ArtifactKind, name: str, properties: dict[str, Any]) -> CommittedArtifact:
    key, body = ArtifactKey(kind, name), {"name": name, "properties": properties}
    return CommittedArtifact(key, f"artifacts/x/{key}.json", canonical_bytes(body), Document(key, body))


def refers(kind: ArtifactKind, name: str, *to: tuple[str, str]) -> CommittedArtifact:
    return artifact(kind, name, {"anything": [{"referenceName": n, "type": t} for n, t in to]})


def runs(name: str, *others: str) -> CommittedArtifact:
    cells = [{"cell_type": "code", "source": [f"%run {other}\n"]} for other in others]
    return artifact(_K.NOTEBOOK, name, {"cells": cells})


def service(name: str, **values: Any) -> CommittedArtifact:
    return artifact(_K.LINKED_SERVICE, name, {"annotations": [], "type": "Any", "typeProperties": values})


def rounds_of(export: Export, workspace: str = "syn-x") -> list[list[Sent]]:
    return read(export.files[TEMPLATE_FILE].decode(), export.files[PARAMETERS_FILE].decode(), workspace)


def is_default(name: str) -> bool:
    """Whether the workspace itself makes it; the task sends none of them."""
    return (
        name.endswith(("-WorkspaceDefaultStorage", "-WorkspaceDefaultSqlServer")) or name == "WorkspaceSystemIdentity"
    )


def workspace_of(artifacts: Iterable[CommittedArtifact]) -> str:
    """Return the workspace whose default linked services a tree refers to most."""
    found = Counter(re.findall(rb'"([a-z0-9-]+)-WorkspaceDefault', b"".join(a.content for a in artifacts)))
    return found.most_common(1)[0][0].decode() if found else "w-x"


def errors(export: Export) -> list[str]:
    return [f.message for f in export.findings if f.severity is Severity.ERROR]


def require_faithful(artifacts: list[CommittedArtifact], workspace: str) -> dict[tuple[str, str], int]:
    """Check that the task sends what the tree has, in order; return each artifact's round."""
    export = export_workspace(artifacts, workspace)
    assert errors(export) == []
    rounds = rounds_of(export, workspace)
    sent = {(s.type, str(s.body["name"])): s for batch in rounds for s in batch if not s.is_default}
    for each in artifacts:
        if each.key.kind in (_K.DATABASE, _K.MANAGED_VIRTUAL_NETWORK) or is_default(each.key.name):
            continue
        body = sent.pop((resource_type(each.key.kind), each.key.name)).body
        assert body["properties"] == each.document.properties
    assert not sent
    at = {(s.type.rpartition("/")[2], s.name): n for n, batch in enumerate(rounds) for s in batch}
    for number, batch in enumerate(rounds):
        for s in batch:
            for need in s.needs:
                kind, name = need.split("/")[-2:]
                assert kind == "managedVirtualNetworks" or at[kind, name] < number, f"{s.name} with or before {need}"
    return at


@pytest.mark.parametrize(
    "tree", TREES, ids=lambda tree: f"{'golden' if 'tests' in tree.parts[-4:] else 'own'}-{tree.name}"
)
def test_the_task_reads_our_trees_as_they_are(tree: Path) -> None:
    artifacts = list(walk_tree(tree, ROOT))
    rounds = require_faithful(artifacts, workspace_of(artifacts))
    assert len(set(rounds.values())) >= 3, "triggers wait for pipelines, which wait for notebooks"


@pytest.mark.parametrize("workspace", WORKSPACES)
def test_the_task_reads_real_workspaces_as_they_are(corpus: Path, workspace: str) -> None:
    artifacts = list(walk_tree(corpus / workspace, corpus))
    require_faithful(artifacts, workspace_of(artifacts))


def test_the_form_is_studios() -> None:
    export = export_workspace(
        [
            artifact(
                _K.LINKED_SERVICE,
                "LS_ADLS2",
                {
                    "annotations": [],
                    "type": "AzureBlobFS",
                    "typeProperties": {"url": "https://lake.dfs.core.windows.net/"},
                    "connectVia": {
                        "referenceName": "AutoResolveIntegrationRuntime",
                        "type": "IntegrationRuntimeReference",
                    },
                },
            ),
            artifact(_K.INTEGRATION_RUNTIME, "AutoResolveIntegrationRuntime", {"type": "Managed"}),
        ],
        "syn-x",
    )
    # Member by member as in ruippcunha/mastering_synapsecicd, TemplateForWorkspace.json.
    assert export.files[TEMPLATE_FILE].decode() == (
        "{\n"
        '\t"$schema": "http://schema.management.azure.com/schemas/2015-01-01/deploymentTemplate.json#",\n'
        '\t"contentVersion": "1.0.0.0",\n'
        '\t"parameters": {\n'
        '\t\t"workspaceName": {\n'
        '\t\t\t"type": "string",\n'
        '\t\t\t"metadata": "Workspace name",\n'
        '\t\t\t"defaultValue": "syn-x"\n'
        "\t\t},\n"
        '\t\t"LS_ADLS2_properties_typeProperties_url": {\n'
        '\t\t\t"type": "string",\n'
        '\t\t\t"defaultValue": "https://lake.dfs.core.windows.net/"\n'
        "\t\t}\n"
        "\t},\n"
        '\t"variables": {\n'
        "\t\t\"workspaceId\": \"[concat('Microsoft.Synapse/workspaces/', parameters('workspaceName'))]\"\n"
        "\t},\n"
        '\t"resources": [\n'
        "\t\t{\n"
        "\t\t\t\"name\": \"[concat(parameters('workspaceName'), '/LS_ADLS2')]\",\n"
        '\t\t\t"type": "Microsoft.Synapse/workspaces/linkedServices",\n'
        '\t\t\t"apiVersion": "2019-06-01-preview",\n'
        '\t\t\t"properties": {\n'
        '\t\t\t\t"annotations": [],\n'
        '\t\t\t\t"type": "AzureBlobFS",\n'
        '\t\t\t\t"typeProperties": {\n'
        '\t\t\t\t\t"url": "[parameters(\'LS_ADLS2_properties_typeProperties_url\')]"\n'
        "\t\t\t\t},\n"
        '\t\t\t\t"connectVia": {\n'
        '\t\t\t\t\t"referenceName": "AutoResolveIntegrationRuntime",\n'
        '\t\t\t\t\t"type": "IntegrationRuntimeReference"\n'
        "\t\t\t\t}\n"
        "\t\t\t},\n"
        '\t\t\t"dependsOn": [\n'
        "\t\t\t\t\"[concat(variables('workspaceId'), '/integrationRuntimes/AutoResolveIntegrationRuntime')]\"\n"
        "\t\t\t]\n"
        "\t\t},\n"
        "\t\t{\n"
        "\t\t\t\"name\": \"[concat(parameters('workspaceName'), '/AutoResolveIntegrationRuntime')]\",\n"
        '\t\t\t"type": "Microsoft.Synapse/workspaces/integrationRuntimes",\n'
        '\t\t\t"apiVersion": "2019-06-01-preview",\n'
        '\t\t\t"properties": {\n'
        '\t\t\t\t"type": "Managed"\n'
        "\t\t\t},\n"
        '\t\t\t"dependsOn": []\n'
        "\t\t}\n"
        "\t]\n"
        "}"
    )
    assert json.loads(export.files[PARAMETERS_FILE]) == {
        "$schema": "https://schema.management.azure.com/schemas/2015-01-01/deploymentParameters.json#",
        "contentVersion": "1.0.0.0",
        "parameters": {
            "workspaceName": {"value": "syn-x"},
            "LS_ADLS2_properties_typeProperties_url": {"value": "https://lake.dfs.core.windows.net/"},
        },
    }


def test_a_connection_string_is_a_secure_parameter() -> None:
    export = export_workspace([service("db", connectionString="Server=x;Database=@{linkedService().DBName}")], "w")
    assert export.template["parameters"]["db_connectionString"] == {
        "type": "secureString",
        "metadata": "Secure string for 'connectionString' of 'db'",
        "defaultValue": "Server=x;Database=@{linkedService().DBName}",
    }


@pytest.mark.parametrize(
    "value",
    [
        "123",
        "true",
        "null",
        '"quoted"',
        "[1, 2]",
        "",
        'say "x"',
        'back\\slash \\n \\" end\\',
        "two\nlines\tand a tab",
        "[dbo].[t]",
        "[[x]",
        "ünï ✓ 𝄞 \u2028",
        "{'a': 1}",
        "$& $1 \\1",
        {"type": "AzureKeyVaultSecret", "secretName": "s"},
        {"type": "SecureString", "value": "x"},
        5,
        None,
    ],
    ids=repr,
)
def test_any_connection_value_comes_back(value: Any) -> None:
    require_faithful([service("a", url=value, connectionString=value, other=value)], "w")


def test_only_linked_services_have_parameters() -> None:
    properties = {"type": "Any", "typeProperties": {"url": "https://x/", "connectionString": "y"}}
    export = export_workspace([artifact(kind, "a", properties) for kind in (_K.DATASET, _K.CREDENTIAL)], "w")
    assert list(export.parameters["parameters"]) == ["workspaceName"]


def test_names_with_spaces_dashes_and_parentheses_come_back() -> None:
    require_faithful(
        [
            refers(_K.PIPELINE, "Load (all) - 1 ", ("Sql lake-1 (x)", "LinkedServiceReference")),
            service("Sql lake-1 (x)", url="https://x/"),
        ],
        "w",
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[concat('a', 'b')]", "joins the text [concat(...)]"),
        ("x = [concat(a,\nb)] ", "joins the text [concat(...)]"),
        ("@{parameters('workspaceName')}", "replaces the text parameters('workspaceName')"),
        ("[parameters('lake_properties_typeProperties_url')]", "replaces the text parameters('lake_"),
        (2**53 + 1, "rounds the number 9007199254740993"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_the_task_would_change_is_an_error(text: Any, words: str) -> None:
    lake = service("lake", url="https://x/")
    changed = artifact(_K.SQL_SCRIPT, "s", {"content": {"query": ["fine", text]}})
    export = export_workspace([lake, changed], "w")
    assert [message.partition("the task ")[2][: len(words)] for message in errors(export)] == [words]
    assert errors(export)[0].startswith("sqlscript/s: properties.content.query[1]: ")
    found = next(f for f in export.findings if f.code == "SYN320")
    assert str(found.location) == "artifacts/x/sqlscript/s.json"
    back = next(s for batch in rounds_of(export) for s in batch if s.name == "s")
    assert back.body["properties"] != changed.document.properties, "the reader of the tests does change it"


@pytest.mark.parametrize("name", ["a, b", "it's", "x)]"])
def test_names_that_the_task_cannot_read_are_errors(name: str) -> None:
    assert "the task cannot read a name with" in errors(export_workspace([runs(name)], "w"))[0]


def test_a_spark_job_definition_without_a_file_is_an_error() -> None:
    export = export_workspace([artifact(_K.SPARK_JOB_DEFINITION, "j", {"jobProperties": {"file": ""}})], "w")
    assert "without jobProperties.file" in errors(export)[0]
    with pytest.raises(GivesUpError, match="no file"):
        rounds_of(export)


def test_a_pipelines_variable_workspace_id_keeps_its_expression() -> None:
    reading = artifact(_K.PIPELINE, "p", {"activities": [{"url": "@variables('workspaceId')"}]})
    export = export_workspace([reading, runs("n")], "w")
    assert list(export.template["variables"]) == ["workspaceId2"]
    require_faithful([reading, refers(_K.PIPELINE, "q", ("p", "PipelineReference"))], "w")


def test_each_dependant_goes_out_after_what_it_needs_is_done() -> None:
    rounds = require_faithful(
        [
            refers(_K.TRIGGER, "t", ("p", "PipelineReference")),
            refers(_K.PIPELINE, "p", ("a", "PipelineReference"), ("D", "DatasetReference"), ("n", "NotebookReference")),
            refers(_K.PIPELINE, "a", ("z", "PipelineReference")),
            refers(_K.PIPELINE, "z"),
            refers(_K.DATASET, "d", ("l", "LinkedServiceReference")),
            refers(_K.LINKED_SERVICE, "l", ("kv", "LinkedServiceReference"), ("c", "CredentialReference")),
            refers(_K.LINKED_SERVICE, "kv", ("ir", "IntegrationRuntimeReference")),
            refers(_K.CREDENTIAL, "c", ("kv", "LinkedServiceReference")),
            refers(_K.INTEGRATION_RUNTIME, "ir", ("default", "ManagedVirtualNetworkReference")),
            artifact(_K.MANAGED_VIRTUAL_NETWORK, "default", {}),
            runs("n", "/shared/helpers", "nowhere"),
            runs("helpers"),
        ],
        "w",
    )
    assert [name for (_, name), _ in sorted(rounds.items(), key=lambda item: item[1])][-2:] == ["p", "t"]
    assert rounds["notebooks", "helpers"] < rounds["notebooks", "n"]


def test_more_than_a_round_holds_still_comes_in_order() -> None:
    chain = [refers(_K.PIPELINE, f"p{n}", (f"p{n + 1}", "PipelineReference")) for n in range(30)]
    crowd = [refers(_K.PIPELINE, f"q{n}", ("p0", "PipelineReference")) for n in range(45)]
    require_faithful([*chain, *crowd, refers(_K.PIPELINE, "p30")], "w")


def test_the_other_order_would_send_a_dependant_too_soon() -> None:
    export = export_workspace(
        [refers(_K.PIPELINE, "a", ("l", "LinkedServiceReference")), service("l", url="https://x/")], "w"
    )
    assert [[s.name for s in batch] for batch in rounds_of(export)] == [["l"], ["a"]]
    export.template["resources"].reverse()
    assert [[s.name for s in batch] for batch in rounds_of(export)] == [["l", "a"]]


def test_what_the_template_does_not_hold_is_no_dependency() -> None:
    export = export_workspace(
        [
            refers(
                _K.PIPELINE,
                "p",
                ("w-WorkspaceDefaultStorage", "LinkedServiceReference"),
                ("AutoResolveIntegrationRuntime", "IntegrationRuntimeReference"),
                ("pool", "BigDataPoolReference"),
                ("nowhere", "NotebookReference"),
                ("p", "PipelineReference"),
            )
        ],
        "w",
    )
    assert export.template["resources"][0]["dependsOn"] == []
    reading = rounds_of(export, "other")[0][0].body["properties"]["anything"]
    assert reading[0]["referenceName"] == "other-WorkspaceDefaultStorage", "the task's own way to the target's"


def test_a_reference_in_another_case_is_a_dependency_on_the_artifact() -> None:
    artifacts = [refers(_K.PIPELINE, "p", ("LAKE", "LinkedServiceReference")), service("Lake", url="https://x/")]
    export = export_workspace(artifacts, "w")
    assert export.template["resources"][0]["dependsOn"] == [
        "[concat(variables('workspaceId'), '/linkedServices/Lake')]"
    ]
    require_faithful(artifacts, "w")


def test_a_circle_is_an_error_that_names_it() -> None:
    artifacts = [
        refers(_K.PIPELINE, "a", ("b", "PipelineReference")),
        refers(_K.PIPELINE, "b", ("c", "PipelineReference"), ("d", "PipelineReference")),
        refers(_K.PIPELINE, "c", ("a", "PipelineReference")),
        refers(_K.PIPELINE, "d"),
    ]
    with pytest.raises(SynapseGenError) as caught:
        export_workspace(artifacts, "w")
    assert caught.value.diagnostics[0].code == "SYN301"
    assert caught.value.diagnostics[0].message.endswith(": pipeline/a -> pipeline/b -> pipeline/c -> pipeline/a")


def test_notebooks_that_run_each_other_are_no_circle() -> None:
    rounds = require_faithful([runs("a", "b"), runs("b", "a", "c"), runs("c")], "w")
    assert rounds["notebooks", "c"] < rounds["notebooks", "b"]


def test_kinds_that_the_task_does_not_deploy_are_told() -> None:
    export = export_workspace(
        [artifact(_K.DATABASE, "lake", {}), artifact(_K.SPARK_CONFIGURATION, "conf", {"configs": {}})], "w"
    )
    assert [(f.code, f.severity) for f in export.findings] == [
        ("SYN321", Severity.WARNING),
        ("SYN324", Severity.WARNING),
    ]
    assert [r["type"] for r in export.template["resources"]] == ["Microsoft.Synapse/workspaces/sparkConfigurations"]


def pieces() -> st.SearchStrategy[str]:
    words = (
        "[concat(",
        ")]",
        "parameters('workspaceName')",
        "variables('workspaceId')",
        "[",
        "]",
        "'",
        '"',
        "\\",
        ",",
        "\n",
    )
    return st.lists(st.sampled_from(words) | st.text(max_size=3), max_size=6).map("".join)


@given(values=st.lists(pieces(), max_size=4), url=pieces(), secret=pieces())
def test_a_text_comes_back_or_is_an_error(values: list[str], url: str, secret: str) -> None:
    artifacts: Iterable[CommittedArtifact] = [
        artifact(_K.SQL_SCRIPT, "s", {"content": values}),
        service("l", url=url, connectionString=secret),
    ]
    artifacts = list(artifacts)
    if not errors(export_workspace(artifacts, "w")):
        require_faithful(artifacts, "w")
