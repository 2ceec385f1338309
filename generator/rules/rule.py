"""What a rule is, and the indexed set of documents that it looks at."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from generator.artifact import ArtifactKey, ArtifactKind, canonical_name
from generator.diagnostics import Severity
from generator.documents import expressions, references, walk_activities
from generator.expressions import ExpressionSyntaxError, Uses, parse
from generator.expressions import references as uses_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from generator.documents import ActivityPlace, Document, ExpressionText, JsonPath, Reference
    from generator.expressions import Template
    from generator.rules.context import RuleContext


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a rule found, and where."""

    key: ArtifactKey
    path: JsonPath
    message: str
    hint: str | None = None
    severity: Severity | None = None
    """Where it is not the rule's own."""


class Rule(ABC):
    """One check. A subclass's docstring begins with its summary for people, one sentence."""

    code: ClassVar[str]
    severity: ClassVar[Severity] = Severity.ERROR
    shows_source: ClassVar[bool] = True
    """Whether the line of the file may be printed with a finding."""

    @abstractmethod
    def check(self, workspace: Workspace) -> Iterator[Finding]:
        """Yield every finding in the set."""

    @classmethod
    def summary(cls) -> str:
        """Return what the rule is about."""
        return (cls.__doc__ or "").split("\n", 1)[0]


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression of a document, parsed; ``template`` is the error where it is none."""

    document: Document
    text: ExpressionText
    template: Template | ExpressionSyntaxError
    owner: ActivityPlace | None
    """The innermost activity around it."""
    uses: Uses
    """What the expression refers to; nothing where it does not parse."""


@dataclass(slots=True)
class Workspace:
    """The set of documents with indexes that several rules need, made once; rules change nothing in it."""

    documents: Sequence[Document]
    context: RuleContext
    by_key: dict[ArtifactKey, Document] = field(init=False)
    references: tuple[tuple[Document, Reference], ...] = field(init=False)
    """Every reference, with the document that holds it."""
    expressions: tuple[Expression, ...] = field(init=False)
    """Every expression, but for those of inactive activities."""
    # By identity: two documents may claim one key, and documents are not hashable.
    _activities: dict[int, tuple[ActivityPlace, ...]] = field(init=False)
    _names: dict[tuple[ArtifactKind, str], str] = field(init=False)

    def __post_init__(self) -> None:
        self.by_key = {d.key: d for d in self.documents}
        self._activities = {id(d): tuple(walk_activities(d)) for d in self.of_kind(ArtifactKind.PIPELINE)}
        known = (*self.by_key, *self.context.given.artifacts)
        self._names = {(k.kind, canonical_name(k.name)): k.name for k in known}
        self.references = tuple((d, r) for d in self.documents for r in references(d))
        self.expressions = tuple(e for d in self.documents for e in self._expressions(d))

    def of_kind(self, kind: ArtifactKind) -> Iterator[Document]:
        """Return the documents of a kind."""
        return (d for d in self.documents if d.key.kind is kind)

    def activities(self, document: Document) -> tuple[ActivityPlace, ...]:
        """Return every activity of a pipeline, containers first."""
        return self._activities.get(id(document), ())

    def all_activities(self, *types: str) -> Iterator[tuple[Document, ActivityPlace]]:
        """Return every active activity of these types (none named: of all) in every pipeline."""
        for document in self.of_kind(ArtifactKind.PIPELINE):
            for place in self.activities(document):
                if (not types or place.type in types) and not place.is_inactive:
                    yield document, place

    def find(self, kind: ArtifactKind, name: str) -> Document | None:
        """Return the document of a name, without regard to case, as the service compares names."""
        actual = self._names.get((kind, canonical_name(name)))
        return self.by_key.get(ArtifactKey(kind, actual)) if actual is not None else None

    def known_name(self, key: ArtifactKey) -> str | None:
        """Return how an artifact that exists spells this name; None where there is none."""
        if key in self.by_key or key in self.context.given.artifacts:
            return key.name
        return self._names.get((key.kind, canonical_name(key.name)))

    def names(self, kind: ArtifactKind) -> list[str]:
        """Return the names of all artifacts of a kind, those of the workspace included."""
        return [name for (of, _), name in self._names.items() if of is kind]

    def _expressions(self, document: Document) -> Iterator[Expression]:
        places = {place.path: place for place in self.activities(document)}
        for text in expressions(document):
            owner = next((places[text.path[:n]] for n in range(len(text.path), 0, -1) if text.path[:n] in places), None)
            if owner is not None and owner.is_inactive:
                continue
            yield _parsed(document, text, owner)


def _parsed(document: Document, text: ExpressionText, owner: ActivityPlace | None) -> Expression:
    try:
        template = parse(text.text)
    except ExpressionSyntaxError as error:
        return Expression(document, text, error, owner, Uses((), (), (), (), ()))
    return Expression(document, text, template, owner, uses_of(template))


def label(place: ActivityPlace | None) -> str:
    """Return the beginning of a message about an activity."""
    return f'activity "{place.name}": ' if place is not None else ""
