"""Rules on the names of artifacts."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from generator.artifact import ArtifactKind, canonical_name, naming_error
from generator.rules.rule import Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.documents import Document
    from generator.rules.rule import Workspace


class IllegalName(Rule):
    """Synapse refuses the name of an artifact."""

    code = "SYN104"

    def check(self, workspace: Workspace) -> Iterator[Finding]:
        """Look at every document's name."""
        for document in workspace.documents:
            if problem := naming_error(document.key.kind, document.key.name):
                yield Finding(document.key, ("name",), f'the name "{document.key.name}" is refused: {problem}')


class NameOfFile(Rule):
    """The name inside a document is not the name of its file."""

    code = "SYN105"

    def check(self, workspace: Workspace) -> Iterator[Finding]:
        """Compare: Studio takes the two for the same."""
        for document in workspace.documents:
            name = document.body.get("name")
            if name != document.key.name:
                message = f'the document is named {_shown(name)}, its file "{document.key.name}"'
                yield Finding(document.key, ("name",), message, hint="give both the same name")


class NamesAlike(Rule):
    """Two artifacts of a kind have the same name, or names that differ only by case."""

    code = "SYN106"

    def check(self, workspace: Workspace) -> Iterator[Finding]:
        """Compare without regard to case, as the service does ("Naming rules": names are case-insensitive)."""
        alike: defaultdict[tuple[ArtifactKind, str], list[Document]] = defaultdict(list)
        for document in workspace.documents:
            alike[document.key.kind, canonical_name(document.key.name)].append(document)
        for first, *others in alike.values():
            for other in others:
                how = (
                    "the same name as" if other.key.name == first.key.name else "a name that differs only by case from"
                )
                yield Finding(
                    other.key,
                    ("name",),
                    f'"{other.key.name}" has {how} another {other.key.kind.folder}, "{first.key.name}"',
                    hint="names of a kind are unique without regard to case",
                )


def _shown(name: object) -> str:
    return f'"{name}"' if isinstance(name, str) else "not at all"


RULES: tuple[type[Rule], ...] = (IllegalName, NameOfFile, NamesAlike)
