# ruff: noqa: E501 - a row holds the exact text of a diagnostic
"""synapse.yaml: its shape, and environments that fit each other."""

from collections.abc import Callable
from pathlib import Path

import pytest

from generator.diagnostics import SynapseGenError
from generator.spec.load import load_project

Write = Callable[..., Path]
Refused = Callable[[Path], str]
GOOD_ENDING = "        secret_name: deploy\n"


def headlines(text: str) -> list[str]:
    return [line.removeprefix("synapse.yaml:") for line in text.splitlines() if "error[" in line]


@pytest.mark.parametrize(
    ("change", "headline"),
    [
        (("version: 1", "version: 2"), '1:10: error[SYN019]: version: "2" is not allowed; it must be 1'),
        (("version: 1", "version: '1'"), '1:10: error[SYN019]: version: expected 1, found the text "1"'),
        (("version: 1\n", ""), '1:1: error[SYN018]: the key "version" is missing'),
        (("{name: sparkdev}", "{name: sparkdev, version: 3.5}"), "11:43: error[SYN019]: version: expected text, found 3.5"),
        (("{name: sparkdev}", '{name: sparkdev, version: "3.4"}'), '11:43: error[SYN019]: version: "3.4" is not allowed; did you mean "3.5"?'),
        (("{name: sparkdev}", "{name: spark_dev}"), '11:24: error[SYN019]: name: it must be 1 to 15 letters and digits, a letter first, found "spark_dev"'),
        (("{name: sqldev}", "{name: a/b}"), '12:22: error[SYN019]: name: it must be 1 to 60 characters, none of <>*%&:\\/?@- among them, no dot or space last, found "a/b"'),
        (("workspace: syn-dev", "workspace: Syn_Dev"), '7:16: error[SYN019]: workspace: it must be 1 to 50 lower-case letters, digits and hyphens, no hyphen first or last, found "Syn_Dev"'),
        (("workspace: syn-dev", "workspace: syn-ondemand"), '7:16: error[SYN020]: a workspace name cannot hold "-ondemand": "syn-ondemand"'),
        (("workspace: mlw-dev", "workspace: ../x"), '16:18: error[SYN019]: workspace: it must be 3 to 33 letters, digits, _ and -, a letter or digit first, found "../x"'),
        (("resource_group: rg-dev", "resource_group: a/b"), '9:21: error[SYN019]: resource_group: it must be 1 to 90 letters, digits and _-.(), no dot last, found "a/b"'),
        (("account: stdev", "account: st-dev"), '13:24: error[SYN019]: account: it must be 3 to 24 lower-case letters and digits, found "st-dev"'),
        (("subscription_id: 11111111-1111-4111-8111-11111111111b", "subscription_id: mine"), '8:22: error[SYN019]: subscription_id: it must be a GUID such as 00000000-0000-0000-0000-000000000000, found "mine"'),
        (("    region: westeurope\n", ""), '6:3: error[SYN018]: the key "region" is missing in dev'),
        (("secret_name: deploy", "client_secret: hunter2"), '22:9: error[SYN017]: the key "client_secret" is not known here; known are tenant_id, client_id, secret_name'),
        (("default_environment: dev", "default_environment: dve"), '3:22: error[SYN011]: default_environment "dve" is not an environment; did you mean "dev"?'),
        (("default_environment: dev", "default_environment: local"), '3:22: error[SYN011]: default_environment "local" is not an environment; there are dev'),
        (("linked_service: azure_ml", "linked_service: Key_Vault"), '18:23: error[SYN020]: the linked service "Key_Vault" is that of the key vault already'),
        (("linked_service: azure_ml", "linked_service: azure.ml"), "18:23: error[SYN020]: '.' is not allowed in the name of a linkedService"),
        (("linked_service: azure_ml", "linked_service: syn-dev-WorkspaceDefaultStorage"), '18:23: error[SYN020]: "syn-dev-WorkspaceDefaultStorage" is the name of a linked service that comes with the workspace'),
        (("    region: westeurope\n", "    region: westeurope\n    authentication: embedded\n"), "11:21: error[SYN039]: kind: azure does not go with authentication: embedded"),
        (("    region: westeurope\n", "    region: westeurope\n    kind: embedded\n"), "11:11: error[SYN039]: kind: embedded does not go with authentication: cli"),
        (("    region: westeurope\n", "    region: westeurope\n    cloud: China\n"), '11:12: error[SYN019]: cloud: "China" is not allowed; did you mean "china"?'),
        (("    region: westeurope\n", "    region: westeurope\n    authentication: azure_pipeline\n"), '11:21: error[SYN019]: authentication: "azure_pipeline" is not allowed; did you mean "azure_pipelines"?'),
        (("    region: westeurope\n", "    region: westeurope\n    state: {folder: a/../b}\n"), '11:21: error[SYN035]: "a/../b" is no folder of a container: "." and ".." lead nowhere in a URL'),
        (("    region: westeurope\n", "    region: westeurope\n    state: {folder: .}\n"), '11:21: error[SYN035]: "." is no folder of a container: "." and ".." lead nowhere in a URL'),
        (("    region: westeurope\n", "    region: westeurope\n    state: {folder: /a}\n"), '11:21: error[SYN019]: folder: it must be a path inside the container such as NYCTaxi/testdata: letters, digits and ._=- in each part, no slash first, found "/a"'),
        (("    region: westeurope\n", "    region: westeurope\n    state: {folder: 'a\\b'}\n"), '11:21: error[SYN019]: folder: it must be a path inside the container such as NYCTaxi/testdata: letters, digits and ._=- in each part, no slash first, found "a\\b"'),
        (("    region: westeurope\n", "    region: westeurope\n    state: {account: A}\n"), '11:22: error[SYN019]: account: it must be 3 to 24 lower-case letters and digits, found "A"'),
    ],
)  # fmt: skip
def test_findings(project: Write, refused: Refused, change: tuple[str, str], headline: str) -> None:
    found = headlines(refused(project(change)))
    missing = '22:9: error[SYN018]: the key "secret_name" is missing in service_principal'
    assert [line for line in found if line != missing.replace("22:9", "19:7")] == [headline]


def test_a_number_where_text_is_wanted_is_explained(project: Write, refused: Refused) -> None:
    text = refused(project(("{name: sparkdev}", "{name: sparkdev, version: 3.5}")))
    assert text.splitlines()[1:] == [
        "        spark_pool: {name: sparkdev, version: 3.5}",
        " " * 46 + "^",
        '  help: YAML reads 3.5 as a number; put it in quotes: "3.5"',
    ]


@pytest.mark.parametrize("ending", ["", "    git: connected\n"])
def test_environments_must_differ(project: Write, refused: Refused, ending: str) -> None:
    text = refused(project((GOOD_ENDING, f"{GOOD_ENDING}{ending}  Dev: *dev\n  te st: *dev\n")))
    expected = [
        '23:3: error[SYN020]: the environments "dev" and "Dev" differ in case only',
        '24:3: error[SYN020]: the environment "te st" names folders: use up to 32 letters, digits, _ and -, a letter first',
        '7:16: error[SYN039]: the workspace "syn-dev" is that of the environment "dev" already',
        '7:16: error[SYN039]: the workspace "syn-dev" is that of the environment "dev" already',
    ]
    if ending:
        expected = [line.replace("24:3", "25:3").replace("23:3", "24:3") for line in expected]
        expected += ['23:10: error[SYN039]: the environment "dev" is connected to git already; at most one is'] * 2
    assert sorted(headlines(text)) == sorted(expected)


def test_no_environments(project: Write, refused: Refused) -> None:
    root = project()
    (root / "synapse.yaml").write_text("version: 1\nname: x\nenvironments: {}\n", encoding="utf-8")
    assert headlines(refused(root)) == [
        "3:15: error[SYN019]: environments: it must have 1 or more entries, found a mapping"
    ]


def test_an_environment_that_is_no_mapping(project: Write, refused: Refused) -> None:
    root = project()
    (root / "synapse.yaml").write_text("version: 1\nname: x\nenvironments:\n  dev: cloud\n", encoding="utf-8")
    assert headlines(refused(root)) == ['4:8: error[SYN019]: dev: expected a mapping of keys to values, found "cloud"']


EMBEDDED = "    region: westeurope\n    kind: embedded\n    authentication: embedded\n"


@pytest.mark.parametrize(
    ("setting", "headline"),
    [
        ("cloud: usgovernment", "13:12: error[SYN039]: the embedded workspace answers at the public cloud's hosts, not at those of usgovernment"),
        ("state: {container: other}", "13:5: error[SYN039]: an embedded workspace keeps the state of publishing beside its own"),
    ],
)  # fmt: skip
def test_what_an_embedded_environment_cannot_have(
    project: Write, refused: Refused, setting: str, headline: str
) -> None:
    assert headlines(refused(project(("    region: westeurope\n", f"{EMBEDDED}    {setting}\n")))) == [headline]


@pytest.mark.parametrize(
    ("dev", "prod", "expected"),
    [
        ("", "", []),
        ("{folder: s}", "{folder: s/}", ['25:21: error[SYN039]: the state of "prod" would be in that of "dev": s in lake']),
        ("{folder: s}", "{folder: s/prod}", ['25:21: error[SYN039]: the state of "prod" would be in that of "dev": s in lake']),
        ("{folder: synapse-gen}", "", ['24:3: error[SYN039]: the state of "prod" would be in that of "dev": synapse-gen in lake']),
        ("{folder: s}", "{folder: s, container: other}", []),
        ("{folder: s}", "{folder: s, account: stother}", []),
        ("{folder: s}", "{folder: st}", []),
    ],
)  # fmt: skip
def test_no_two_environments_share_a_state(project: Write, dev: str, prod: str, expected: list[str]) -> None:
    root = project()
    head, body = (root / "synapse.yaml").read_text(encoding="utf-8").split("  dev: &dev\n")
    first, second = (f"    state: {state}\n{body}" if state else body for state in (dev, prod))
    text = f"{head}  dev:\n{first}  prod:\n{second.replace('syn-dev', 'syn-prod')}"
    (root / "synapse.yaml").write_text(text, encoding="utf-8")
    try:
        load_project(root)
        found = []
    except SynapseGenError as error:
        found = [d.headline.removeprefix("synapse.yaml:") for d in error.diagnostics]
    assert found == expected
