"""The kernel's folder: short, private, gone afterwards."""

from __future__ import annotations

import tempfile
import threading
from typing import TYPE_CHECKING

from generator.local.spark.process import KernelProcess

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_folder_goes_with_the_kernel(tmp_path: Path) -> None:
    with KernelProcess(threading.Event(), tmp_path) as kernel:
        folder = kernel.temporary.parent
        assert folder.stat().st_mode & 0o077 == 0
        kernel.output.write(b"a" * 100_000 + "ü".encode())
        assert kernel.last_words().endswith("aü")
        assert len(kernel.last_words()) < 70_000
    assert not folder.exists()


def test_what_a_killed_server_left_goes_with_the_next_kernel_of_its_workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/tmp")  # noqa: S108 - the usual one, whatever the machine's is
    first, second = tmp_path / "1", tmp_path / "2"
    never = threading.Event()
    with KernelProcess(never, first) as left, KernelProcess(never, second) as other, KernelProcess(never, first):
        assert not left.temporary.exists()
        assert other.temporary.exists()


def test_a_long_path_of_temporary_files_is_not_taken_for_sockets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("long" * 20)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    with KernelProcess(threading.Event(), tmp_path) as kernel:
        assert len(f"{kernel.temporary.parent}/k-5".encode()) < 100
    assert not list(deep.iterdir())
