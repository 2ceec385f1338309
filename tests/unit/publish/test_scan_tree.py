"""The committed tree as a target."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from generator.artifact import ArtifactKind
from generator.diagnostics import SynapseGenError
from generator.publish.tree import kinds_in, properties_of, scan_tree
from generator.tree.canonical import sha256
from generator.workspace.port import WorkspaceError
from tests.unit.publish.building import key, pipeline

PIPELINE = "artifacts/dev/pipeline/p.json"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {
        PIPELINE: json.dumps({"name": "p", "properties": pipeline("notebook/n")}),
        "artifacts/dev/notebook/n.json": '{"name": "n", "properties": {"x": 1.50}}',
        "sql/dev/b.sql": "SELECT 2",
        "sql/dev/deep/a.sql": "SELECT 1",
        "sql/dev/notes.txt": "no SQL",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def test_a_tree_is_known_by_hashes_and_references_and_read_again_when_it_is_sent(root: Path) -> None:
    tree = scan_tree(root, root / "artifacts/dev", sql=root / "sql/dev")
    wanted = tree.artifacts[key("pipeline/p").identity]
    content = (root / PIPELINE).read_bytes()
    assert (wanted.file, wanted.sha256) == (PIPELINE, sha256(content))
    assert {str(k) for k in wanted.content.runs} == {"notebook/n"}
    assert tree.bytes_of(key("pipeline/P")) == content
    assert list(tree.sql) == ["sql/dev/b.sql", "sql/dev/deep/a.sql"]
    assert tree.sql["sql/dev/b.sql"] == sha256(b"SELECT 2")
    assert kinds_in(root / "artifacts/dev") == {ArtifactKind.PIPELINE, ArtifactKind.NOTEBOOK}


def test_what_is_not_the_projects_is_left_out(root: Path) -> None:
    tree = scan_tree(root, root / "artifacts/dev", takes=lambda k: k.kind is ArtifactKind.NOTEBOOK)
    assert [str(w.key) for w in tree.artifacts.values()] == ["notebook/n"]
    assert tree.sql == {}


def test_a_file_that_went_meanwhile_is_not_sent(root: Path) -> None:
    tree = scan_tree(root, root / "artifacts/dev")
    (root / PIPELINE).unlink()
    with pytest.raises(WorkspaceError, match="nothing was sent"):
        tree.bytes_of(key("pipeline/p"))


def test_a_folder_without_sql_has_none(root: Path) -> None:
    assert scan_tree(root, root / "artifacts/dev", sql=root / "nowhere").sql == {}


def test_sql_that_cannot_be_read_is_told_with_its_place(root: Path) -> None:
    (root / "sql/dev/folder.sql").mkdir()
    with pytest.raises(SynapseGenError) as caught:
        scan_tree(root, root / "artifacts/dev", sql=root / "sql/dev")
    (found,) = caught.value.diagnostics
    assert (found.code, str(found.location)) == ("SYN206", "sql/dev/folder.sql")


@pytest.mark.parametrize("content", [b"[]", b"null", b'{"name":"p"}'])
def test_a_document_without_properties_has_none(content: bytes) -> None:
    assert properties_of(content) is None
