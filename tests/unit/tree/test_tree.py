from __future__ import annotations

import json
from pathlib import Path

import pytest

from generator.artifact import ArtifactKey, ArtifactKind
from generator.diagnostics import ExitCode, SynapseGenError
from generator.tree import files
from generator.tree.canonical import canonical_bytes
from generator.tree.changes import Changes, RenderedFile, compare
from generator.tree.layout import artifact_path, sql_path
from generator.tree.locate import locator
from generator.tree.manifest import Manifest, read_manifest
from generator.tree.read import read_tree

ALL = frozenset({"dev"})


def changes(root: Path, rendered: dict[str, bytes]) -> Changes:
    wanted = {"dev": {path: RenderedFile(content, "specs/a.yaml") for path, content in rendered.items()}}
    return compare(root, wanted, read_manifest(root), all_environments=ALL)


def write(root: Path, rendered: dict[str, bytes]) -> Changes:
    found = changes(root, rendered)
    files.apply(root, found.changes)
    return found


def test_bytes_are_studios(corpus: Path) -> None:
    """Witness: files that Studio committed."""
    checked = 0
    for path in sorted(corpus.rglob("pipeline/*.json")):
        content = path.read_bytes()
        if content.endswith(b"\n"):
            continue  # edited by hand: Studio writes no final newline
        assert canonical_bytes(json.loads(content)) == content, path
        checked += 1
    assert checked > 100


def test_what_is_stale_goes_and_what_is_equal_stays(tmp_path: Path) -> None:
    write(tmp_path, {"artifacts/dev/pipeline/a.json": b"a", "artifacts/dev/pipeline/b.json": b"b"})
    again = write(tmp_path, {"artifacts/dev/pipeline/a.json": b"a"})
    assert [c.path for c in again.changes] == ["artifacts/dev/pipeline/b.json", "artifacts/manifest.json"]
    assert again.unchanged == 1
    assert not (tmp_path / "artifacts/dev/pipeline/b.json").exists()
    assert not changes(tmp_path, {"artifacts/dev/pipeline/a.json": b"a"}).changes


def test_a_file_that_somebody_else_changed_is_a_conflict(tmp_path: Path) -> None:
    path = "artifacts/dev/pipeline/a.json"
    write(tmp_path, {path: b"a"})
    (tmp_path / path).write_bytes(b"edited in Studio")
    conflict = changes(tmp_path, {path: b"new"}).conflicts
    assert [d.code for d in conflict] == ["SYN205"]
    assert "was changed since it was rendered" in conflict[0].message


def test_a_file_that_is_not_ours_is_a_conflict(tmp_path: Path) -> None:
    path = tmp_path / "artifacts/dev/pipeline/a.json"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"theirs")
    assert (
        "was not rendered by synapse-gen"
        in changes(tmp_path, {"artifacts/dev/pipeline/a.json": b"a"}).conflicts[0].message
    )


def test_environments_that_left_lose_their_files(tmp_path: Path) -> None:
    write(tmp_path, {"artifacts/dev/pipeline/a.json": b"a"})
    found = compare(tmp_path, {}, read_manifest(tmp_path), all_environments=frozenset({"prod"}))
    assert next((c.action, c.path) for c in found.changes) == ("delete", "artifacts/dev/pipeline/a.json")


def test_a_disk_that_refuses_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"artifacts/dev/pipeline/a.json": b"a"})
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    written = []

    def full(handle: int) -> None:
        written.append(handle)
        if len(written) == 2:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(SynapseGenError) as caught:
        write(tmp_path, {"artifacts/dev/pipeline/a.json": b"A", "artifacts/dev/pipeline/c.json": b"c"})
    assert caught.value.exit_code is ExitCode.MACHINE
    assert "No space left on device" in caught.value.diagnostics[0].message
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before


@pytest.mark.parametrize("name", ["../x", "a/../../b", "a\\b", "", "a//b"])
def test_no_path_leads_out(name: str) -> None:
    with pytest.raises(SynapseGenError):
        sql_path("dev", name)


def test_no_link_leads_out(tmp_path: Path) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    outside.mkdir()
    (root / "artifacts").mkdir(parents=True)
    (root / "artifacts/dev").symlink_to(outside)
    with pytest.raises(SynapseGenError) as caught:
        write(root, {"artifacts/dev/a.json": b"a"})
    assert caught.value.diagnostics[0].code == "SYN207"
    assert not list(outside.iterdir())


def test_a_manifest_that_is_broken_says_so(tmp_path: Path) -> None:
    (tmp_path / "artifacts").mkdir()
    (tmp_path / "artifacts/manifest.json").write_text("<<<<<<< HEAD")
    with pytest.raises(SynapseGenError) as caught:
        read_manifest(tmp_path)
    assert caught.value.diagnostics[0].code == "SYN204"


def test_the_manifest_round_trips(tmp_path: Path) -> None:
    found = write(tmp_path, {"artifacts/dev/pipeline/a.json": b"a"})
    assert read_manifest(tmp_path) == found.manifest
    assert Manifest().of("dev") == {}


def test_a_file_that_is_no_artifact_is_reported_with_its_place(tmp_path: Path) -> None:
    folder = tmp_path / "artifacts/dev/pipeline"
    folder.mkdir(parents=True)
    (folder / "a.json").write_text('{\n"x": }')
    (folder / "b.json").write_text("[]")
    with pytest.raises(SynapseGenError) as caught:
        read_tree(tmp_path, "dev")
    assert [str(d.location) for d in caught.value.diagnostics] == [
        "artifacts/dev/pipeline/a.json:2:6",
        "artifacts/dev/pipeline/b.json",
    ]


def test_a_place_in_a_document_is_found_in_its_file(repository: Path) -> None:
    key = ArtifactKey(ArtifactKind.PIPELINE, "nyc_taxi_train")
    path = artifact_path("dev", key)
    content = (repository / path).read_bytes()
    locate = locator("dev", {path.as_posix(): content})
    for step in (("name",), ("properties", "activities", 3, "typeProperties", "timeout"), ("properties", "folder")):
        location, line = locate(key, step)
        assert line is not None
        assert f'"{step[-1]}"' in line
        assert content.decode().split("\n")[(location.line or 0) - 1] == line
