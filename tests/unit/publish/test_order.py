"""Which artifact waits for which."""

from __future__ import annotations

from typing import Any

import pytest

from generator.artifact import ArtifactKey, ArtifactKind
from generator.diagnostics import SynapseGenError
from generator.documents import Document
from generator.publish import dependencies


def pipeline(name: str, *references: tuple[str, str]) -> Document:
    found = [{"referenceName": to, "type": kind} for kind, to in references]
    return Document(ArtifactKey(ArtifactKind.PIPELINE, name), {"name": name, "properties": {"activities": found}})


def calls(name: str, *called: str) -> Document:
    return pipeline(name, *(("PipelineReference", other) for other in called))


def shown(documents: list[Document]) -> dict[str, set[str]]:
    return {k.name: {n.name for n in needed} for k, needed in dependencies(documents).items()}


def test_what_is_referred_to_comes_before() -> None:
    assert shown([calls("a", "b", "c"), calls("b", "c"), calls("c")]) == {"a": {"b", "c"}, "b": {"c"}, "c": set()}


@pytest.mark.parametrize(
    "reference",
    [
        ("LinkedServiceReference", "w-WorkspaceDefaultStorage"),
        ("LinkedServiceReference", "nowhere"),
        ("PipelineReference", "only in the workspace"),
        ("BigDataPoolReference", "spark"),
        ("NobodysReference", "b"),
        ("PipelineReference", "@pipeline().parameters.which"),
        ("PipelineReference", "a"),
    ],
)
def test_nobody_waits_for_what_is_not_sent(reference: tuple[str, str]) -> None:
    assert shown([pipeline("a", reference), calls("b")]) == {"a": set(), "b": set()}


def test_references_do_not_tell_case_apart() -> None:
    assert shown([calls("a", "B"), calls("b")]) == {"a": {"b"}, "b": set()}
    assert shown([calls("a", "A")]) == {"a": set()}


def test_a_circle_is_told_in_the_direction_of_the_references() -> None:
    with pytest.raises(SynapseGenError) as caught:
        dependencies([calls("a", "b"), calls("b", "c"), calls("c", "A"), calls("d", "a")])
    diagnostic: Any = caught.value.diagnostics[0]
    assert diagnostic.code == "SYN301"
    text = diagnostic.message.split(": ")[1].replace("pipeline/", "")
    assert text in ("a -> b -> c -> a", "b -> c -> a -> b", "c -> a -> b -> c")
