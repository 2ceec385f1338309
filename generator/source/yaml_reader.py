"""YAML into plain values with positions.

PyYAML composes the nodes, which carry their marks; values are constructed here, so that duplicate keys, tags and
runaway aliases are refused with their place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from generator.diagnostics import Diagnostic, Location, SynapseGenError
from generator.source.document import KeyPath, Position, SourceDocument, line_of

if TYPE_CHECKING:
    from collections.abc import Hashable

_LARGEST_COUNT = 200_000
"""Values in a file, aliases counted as often as they are used: a few lines of YAML can stand for billions."""
_DEEPEST = 60
_PLAIN = {
    "tag:yaml.org,2002:null",
    "tag:yaml.org,2002:bool",
    "tag:yaml.org,2002:int",
    "tag:yaml.org,2002:float",
    "tag:yaml.org,2002:str",
}


def load_yaml(text: str, display: str) -> SourceDocument:
    """Parse one YAML document.

    Raises SYN004 (syntax), SYN005 (duplicate key), SYN006 (tags, several documents, too deep or too large).
    """
    loader = yaml.CSafeLoader(text) if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        builder = _Builder(display, text)
        value = builder.build(node, ())
    except yaml.YAMLError as error:
        raise SynapseGenError(_syntax_error(error, display, text)) from error
    except RecursionError as error:
        raise SynapseGenError(Diagnostic("SYN006", "the file is nested too deeply", Location(display))) from error
    finally:
        loader.dispose()
    return SourceDocument(display, text, value, builder.positions)


def _syntax_error(error: yaml.YAMLError, display: str, text: str) -> Diagnostic:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    line = mark.line + 1 if mark else None
    where = Location(display, line, mark.column + 1 if mark else None)
    return Diagnostic("SYN004", f"this is no YAML: {problem}", where, source_line=line_of(text, line))


class _Builder:
    """Constructs plain values and notes where each came from."""

    def __init__(self, display: str, text: str) -> None:
        self._display = display
        self._text = text
        self._count = 0
        self._constructor = yaml.constructor.SafeConstructor()
        self.positions: dict[KeyPath, Position] = {}

    def build(self, node: yaml.Node | None, path: KeyPath, key: yaml.Node | None = None) -> Any:
        if node is None:
            return None
        self._count += 1
        if self._count > _LARGEST_COUNT or len(path) > _DEEPEST:
            raise self._error("SYN006", "the file stands for too many values; aliases multiply them", node)
        start, before = node.start_mark, key.start_mark if key else None
        self.positions[path] = Position(
            start.line + 1,
            start.column + 1,
            before.line + 1 if before else None,
            before.column + 1 if before else None,
        )
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*path, index)) for index, item in enumerate(node.value)]
        return self._scalar(node)

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        value: dict[str, Any] = {}
        first: dict[str, yaml.Node] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag == "tag:yaml.org,2002:merge":
                raise self._error("SYN006", "a key is a plain word here", key_node)
            key = str(key_node.value)
            if key in first:
                line = first[key].start_mark.line + 1
                raise self._error("SYN005", f'the key "{key}" stands twice; the first is in line {line}', key_node)
            first[key] = key_node
            value[key] = self.build(value_node, (*path, key), key_node)
        return value

    def _scalar(self, node: yaml.Node) -> Hashable:
        if node.tag not in _PLAIN:
            # Dates among them: a spec wants them as text, exactly as written.
            return str(node.value) if node.tag == "tag:yaml.org,2002:timestamp" else self._refuse_tag(node)
        try:
            value: Hashable = self._constructor.construct_object(node)
        except ValueError as error:
            raise self._error("SYN004", f"this is no value: {error}", node) from error
        return value

    def _refuse_tag(self, node: yaml.Node) -> Hashable:
        raise self._error("SYN006", f"the tag {node.tag} is not known here", node)

    def _error(self, code: str, message: str, node: yaml.Node) -> SynapseGenError:
        mark = node.start_mark
        where = Location(self._display, mark.line + 1, mark.column + 1)
        return SynapseGenError(Diagnostic(code, message, where, source_line=line_of(self._text, mark.line + 1)))
