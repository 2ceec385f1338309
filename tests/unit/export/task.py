"""How Microsoft's Synapse workspace deployment task reads a template: its rules, rewritten here as a reader.

From its ``utils/arm_template_utils.ts`` and ``orchestrator.ts`` (Azure/Synapse-workspace-deployment): everything is done
to the text of the files, and resources go out in rounds of at most twenty, each waited for at its end.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

_BACKSLASH = "7FD5C49AB6444AC1ACCD56B689067FBBAD85B74B0D8943CA887371839DFECF85"
_QUOTE = "48C16896271D483C916DE1C4EC6F24DBC945F900F9AB464B828EC8005364D322"
_JOIN = re.compile(r"\[concat\(([^\n\r\u2028\u2029]*?)\)\]")
_DEFAULT = re.compile(r'"referenceName":"[a-z0-9-]+-WorkspaceDefault(Storage|SqlServer)"')
_PREFIX = "Microsoft.Synapse/workspaces/"
_NEVER_DEPLOYED = {_PREFIX + name for name in ("sqlPools", "bigDataPools", "managedVirtualNetworks")}
_ALWAYS_THERE = ("/managedvirtualnetworks/", "/sqlpools/", "/bigdatapools/", "/managedprivateendpoints/")
_DEFAULTS = (
    ("workspacedefaultsqlserver", "azuresqldw", _PREFIX + "linkedServices"),
    ("workspacedefaultstorage", "azureblobfs", _PREFIX + "linkedServices"),
    ("workspacesystemidentity", "managedidentity", _PREFIX + "credentials"),
)


class GivesUpError(Exception):
    """The task ends the deployment."""


@dataclass
class Sent:
    """A resource that the task sends."""

    name: str
    type: str
    body: dict[str, Any]
    needs: list[str]
    is_default: bool


def read(template: str, parameters: str, workspace: str) -> list[list[Sent]]:
    """Return the rounds of a deployment to a workspace."""
    text = _with_parameters(template, _values(parameters, workspace))
    text = _with_variables(text)
    return _rounds(_resources(json.loads(_joined(text), parse_int=_javascript_number), workspace))


def _values(parameters: str, workspace: str) -> dict[str, str]:
    protected = parameters.replace('\\"', _QUOTE).replace("\\", _BACKSLASH)
    values = {f"parameters('{n}')": str(p["value"]) for n, p in json.loads(protected)["parameters"].items()}
    values["parameters('workspaceName')"] = workspace
    for key, value in values.items():
        if "parameters" in value:
            for inside, put in values.items():
                values[key] = values[key].replace(f"[{inside}]", put).replace(inside, f"'{put}'")
    return {key: _joined(value) if "concat" in value else value for key, value in values.items()}


def _with_parameters(text: str, values: dict[str, str]) -> str:
    for key, value in values.items():
        text = text.replace(f'"[{key}]"', value if _is_json(value) else f'"{value}"').replace(key, f"'{value}'")
    return text


def _with_variables(text: str) -> str:
    for name, value in json.loads(text)["variables"].items():
        text = text.replace(f"variables('{name}')", _joined(value))
    return text


def _joined(text: str) -> str:
    def join(found: re.Match[str]) -> str:
        parts = [part.strip() for part in found.group(1).split(",")]
        return "".join(part[1:-1] if part.endswith("'") else part for part in parts)

    return _JOIN.sub(join, text)


def _is_json(text: str) -> bool:
    def refuse(name: str) -> None:
        raise ValueError(name)

    try:
        json.loads(text, parse_constant=refuse)
    except ValueError:
        return False
    return True


def _javascript_number(digits: str) -> int:
    return int(float(digits))


def _resources(template: dict[str, Any], workspace: str) -> list[Sent]:
    found: dict[tuple[str, str], Sent] = {}
    for resource in template["resources"]:
        if resource["type"] in _NEVER_DEPLOYED:
            continue
        if "sparkjobdefinition" in resource["type"].lower() and not resource["properties"]["jobProperties"]["file"]:
            raise GivesUpError("no file in a Spark job definition")
        resource["name"] = resource["name"].rpartition("/")[2]
        resource["dependsOn"] = [_for_target(need, workspace) for need in resource["dependsOn"]]
        is_default = any(
            part in resource["name"].lower()
            and str(resource["properties"].get("type", "")).lower() == kind
            and resource["type"] == where
            for part, kind, where in _DEFAULTS
        )
        name = resource["name"]
        if is_default and resource["type"].endswith("/linkedServices"):
            name = workspace + name[name.rindex("-") :]
        content = json.dumps(resource, separators=(",", ":"), ensure_ascii=False)
        content = _DEFAULT.sub(lambda m: f'"referenceName":"{workspace}-WorkspaceDefault{m.group(1)}"', content)
        body = json.loads(content.replace(_QUOTE, '\\"').replace(_BACKSLASH, "\\"))
        found.setdefault((name, resource["type"]), Sent(name, resource["type"], body, body["dependsOn"], is_default))
    return list(found.values())


def _for_target(need: str, workspace: str) -> str:
    if "linkedServices/" in need and "-workspacedefault" in need.lower():
        return need[: need.rindex("/") + 1] + workspace + need[need.rindex("-") :]
    return need


def _rounds(resources: list[Sent]) -> list[list[Sent]]:
    taken: set[int] = set()
    there: set[str] = set()
    rounds: list[list[Sent]] = []
    for _ in range(500):
        batch: list[Sent] = []
        for sent in [s for s in resources if id(s) not in taken]:
            if all(_is_there(need, there) for need in sent.needs):
                taken.add(id(sent))
                there.add(f"/{sent.type.removeprefix(_PREFIX)}/{sent.name}".lower())
                if len(batch) >= 20:
                    rounds.append(batch)
                    batch = []
                batch.append(sent)
        if not batch:
            break
        rounds.append(batch)
    if len(taken) < len(resources):
        raise GivesUpError("Could not figure out full dependancy model")
    return rounds


def _is_there(need: str, there: set[str]) -> bool:
    # The task looks whether the path ends in the type and the name of something that it has taken.
    path = f"/{need}".lower()
    return any(part in path for part in _ALWAYS_THERE) or "/" + "/".join(path.split("/")[-2:]) in there
