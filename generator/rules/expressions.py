"""Rules on expressions: that they parse, and that what they name exists where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.artifact import ArtifactKind, canonical_name
from generator.diagnostics import Severity, did_you_mean
from generator.documents import as_object
from generator.expressions import ExpressionSyntaxError, check
from generator.rules.activities import depends_on, siblings
from generator.rules.rule import Finding, Rule, label

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from generator.documents import ActivityPlace, Document, JsonPath
    from generator.expressions import Use
    from generator.rules.rule import Expression, Workspace

_LONGEST = 8192  # "Characters per expression" of the service's limits
# "System variables supported by Azure Data Factory and Azure Synapse Analytics", pipeline scope.
_SYSTEM = (
    *("DataFactory", "Pipeline", "RunId", "TriggerType", "TriggerId", "TriggerName", "TriggerTime", "GroupId"),
    *("TriggeredByPipelineName", "TriggeredByPipelineRunId", "globalParameters"),
)


def _at(expression: Expression, message: str, hint: str | None = None) -> Finding:
    return Finding(expression.document.key, expression.text.path, label(expression.owner) + message, hint)


def _position(text: str, offset: int) -> str:
    """Return where in a text an offset is, as people count, with what stands there."""
    line, column = text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1
    where = f"line {line}, character {column}" if "\n" in text else f"character {column}"
    rest = text[offset : offset + 30].split("\n", 1)[0]
    return f"at {where}" + (f" ({rest})" if rest else "")


class Syntax(Rule):
    """An expression does not parse."""

    code = "SYN120"

    def check(self, workspace: Workspace) -> Iterator[Finding]:
        """Parse every expression."""
        for expression in workspace.expressions:
            if isinstance(error := expression.template, ExpressionSyntaxError):
                where = _position(expression.text.text, error.offset)
                hint = None
                if expression.text.path[-1] in ("text", "body", "value"):
                    hint = "where the text is meant as it is, write @@ for its first @, and @@{ for @{"
                yield _at(expression, f"the expression is not valid {where}: {error.message}", hint)


class Functions(Rule):
    """An expression calls a function that Synapse does not have, or with a wrong number of arguments."""

    code = "SYN121"

    def check(self, workspace: Workspace) -> Iterator[Finding]:
        """Look every call up in the table of functions."""
        for expression in workspace.expressions:
            if isinstance(expression.template, ExpressionSyntaxError):
                continue
            for problem in check(expression.template):
                where = _position(expression.text.text, problem.offset)
                yield _at(expression, f"the expression is wrong {where}: {problem.message}")


class TooLong(Rule):
    """An expression is longer than the service takes."""

    code = "SYN126"

    def check(self, workspace: Workspace) -> Iterator[Finding]:
        """Count the characters of each text that holds a call."""
        for expression in workspace.expressions:
            length = len(expression.text.text)
            if length > _LONGEST and expression.uses.functions:
                hint = "make it of parts: variables, parameters, or text that is no expression"
                yield _at(expression, f"the expression has {length} characters; {_LONGEST} are allowed", hint)


class UndeclaredParameter(Rule):
    """An expression reads a parameter that its document does not declare."""

    code = "SYN123"

    def check(self, workspace: Workspace) -> Iterator[Finding]:
        """Compare with the pipeline's, dataset's or linked service's own parameters."""
        for expression in workspace.expressions:
            declared = as_object(expression.document.properties.get("parameters"))
            for use in _unknown(expression.uses.parameters, declared):
                what = expression.document.key.kind.folder
                message = f'the {what} declares no parameter "{use.name}"{did_you_mean(use.name, declared)}'
                yield _at(expression, message)


class UndeclaredVariable(Rule):
    """A variable is read or set that the pipeline does not declare."""

    code = "SYN124"

    def check(self, workspace: Workspace) -> Iterator[Finding]:
        """Compare with the pipeline's variables."""
        for expression in workspace.expressions:
            declared = as_object(expression.document.properties.get("variables"))
            for use in _unknown(expression.uses.variables, declared):
                message = f'the pipeline declares no variable "{use.name}"{did_you_mean(use.name, declared)}'
                yield _at(expression, message)
        for document, place in workspace.all_activities("SetVariable", "AppendVariable"):
            name, path = place.type_properties.get("variableName"), (*place.path, "typeProperties", "variableName")
            declared = as_object(document.properties.get("variables"))
            if place.type_properties.get("setSystemVariable") is True or not isinstance(name, str):
                continue
            if not name.startswith("@") and canonical_name(name) not in map(canonical_name, declared):
                message = f'{label(place)}the pipeline declares no variable "{name}"{did_you_mean(name, declared)}'
                yield Finding(document.key, path, message)


class SelfReference(Rule):
    """A variable is set to an expression that reads it.

    Studio and the service refuse that: "The expression contains self referencing variable".
    """

    code = "SYN127"

    def check(self, workspace: Workspace) -> Iterator[Finding]:
        """Look at the value of every SetVariable."""
        for expression in workspace.expressions:
            owner = expression.owner
            if owner is None or owner.type != "SetVariable":
                continue
            name = canonical_name(str(owner.type_properties.get("variableName")))
            if any(canonical_name(use.name) == name for use in expression.uses.variables):
                hint = "set another variable first, and this one to that"
                yield _at(expression, "a variable cannot be set to an expression that reads it", hint)


class NotUpstream(Rule):
    """An expression reads the output of an activity that has not run before."""

    code = "SYN125"

    def check(self, workspace: Workspace) -> Iterator[Finding]:
        """Compare with what is upstream: by dependencies, through the containers around the activity."""
        upstream = {id(d): _Upstream(workspace, d) for d in workspace.of_kind(ArtifactKind.PIPELINE)}
        for expression in workspace.expressions:
            if id(expression.document) not in upstream:
                continue
            for use in expression.uses.activities:
                if problem := upstream[id(expression.document)].problem(use.name, expression):
                    message, severity = problem
                    path, start = expression.text.path, label(expression.owner)
                    yield Finding(expression.document.key, path, start + message, severity=severity)


class _Upstream:
    """What has run before each activity of a pipeline."""

    def __init__(self, workspace: Workspace, document: Document) -> None:
        self._places = workspace.activities(document)
        self._by_name = {place.name: place for place in self._places}
        self._lists = siblings(workspace, document)

    def problem(self, name: str, expression: Expression) -> tuple[str, Severity] | None:
        if name not in self._by_name:
            return self._unknown(name)
        owner = expression.owner
        if owner is None:
            return f'activity("{name}") cannot be read outside an activity', Severity.ERROR
        before = self._before(owner)
        if name in before or name in self._inside_until(owner, expression.text.path):
            return None
        if name == owner.name:
            return "activity() names the activity itself", Severity.ERROR
        around = next((c.name for c in self._by_name[name].containers if c.name in before), None)
        if around is not None:
            # Studio commits this (seen in public workspaces); that a run sees it is not published.
            return f'"{name}" stands inside "{around}": outside it, its output may not be there', Severity.WARNING
        return f'the output of "{name}" cannot be read: depend on it, directly or through others', Severity.ERROR

    def _unknown(self, name: str) -> tuple[str, Severity]:
        alike = next((n for n in self._by_name if canonical_name(n) == canonical_name(name)), None)
        if alike is not None:
            return f'activity() names "{name}", which differs only by case from "{alike}"', Severity.WARNING
        near = did_you_mean(name, self._by_name)
        return f'activity() names "{name}", which is not in the pipeline{near}', Severity.ERROR

    def _before(self, place: ActivityPlace) -> set[str]:
        found: set[str] = set()
        for around in (place, *place.containers):
            beside = self._lists[around.scope]
            waiting = [around]
            while waiting:
                for name, _, _ in depends_on(waiting.pop()):
                    if name in beside and name not in found:
                        found.add(name)
                        waiting.append(beside[name])
        return found

    def _inside_until(self, owner: ActivityPlace, path: JsonPath) -> set[str]:
        # "Until activity": the expression is evaluated after all child activities.
        if owner.type != "Until" or path[len(owner.path) + 1] != "expression":
            return set()
        return {p.name for p in self._places if p.parent == owner}


class ItemOutsideLoop(Rule):
    """item() is read where there is no item."""

    code = "SYN128"

    def check(self, workspace: Workspace) -> Iterator[Finding]:
        """Look for a ForEach around the expression, or a Filter that it belongs to."""
        for expression in workspace.expressions:
            if expression.document.key.kind is not ArtifactKind.PIPELINE:
                continue
            if any(use.name.lower() == "item" for use in expression.uses.functions) and not _has_item(expression):
                yield _at(expression, "item() has a value only inside a ForEach, and in the condition of a Filter")


def _has_item(expression: Expression) -> bool:
    owner = expression.owner
    if owner is None:
        return False
    return owner.type == "Filter" or any(container.type == "ForEach" for container in owner.containers)


class SystemVariable(Rule):
    """An expression reads a system variable that Synapse does not have."""

    code = "SYN129"
    severity = Severity.WARNING

    def check(self, workspace: Workspace) -> Iterator[Finding]:
        """Compare the members of pipeline() with the documented ones."""
        known = {name.lower() for name in _SYSTEM}
        for expression in workspace.expressions:
            for use in expression.uses.members:
                if use.name.lower() not in known:
                    near = did_you_mean(use.name, _SYSTEM)
                    yield _at(expression, f'pipeline() has no member "{use.name}"{near}')


def _unknown(uses: Iterable[Use], declared: Mapping[str, object]) -> Iterator[Use]:
    # "Naming rules": names of parameters and variables are case-insensitive.
    names = {canonical_name(name) for name in declared}
    return (use for use in uses if canonical_name(use.name) not in names)


RULES: tuple[type[Rule], ...] = (
    Syntax,
    Functions,
    UndeclaredParameter,
    UndeclaredVariable,
    NotUpstream,
    TooLong,
    SelfReference,
    ItemOutsideLoop,
    SystemVariable,
)
