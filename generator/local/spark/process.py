"""The process of a kernel: started with its own process group, ended with everything that it started.

A kernel whose parent has died ends by itself (ipykernel's parent poller), and its JVM with it (Spark's gateway ends at
the end of its input), so that a killed server leaves no process behind; its folder goes with the next session.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from types import TracebackType

_COMMAND = (sys.executable, "-Xfrozen_modules=off", "-m", "ipykernel_launcher", "-f", "{connection_file}")
_LOOK_SECONDS = 0.1
_LAST_BYTES = 64 * 1024
_LONGEST_FOLDER = 60
"""Paths of sockets have about a hundred characters at most; what stands before the name of a kernel's folder, this."""


class KernelProcess:
    """A kernel over sockets of the file system, which only this user can reach. A context; leaving it kills."""

    def __init__(self, cancel: threading.Event, root: Path) -> None:
        """``cancel``: once set, the kernel is killed. ``root`` is the workspace's, which runs one kernel at a time."""
        self._cancel = cancel
        self._done = threading.Event()
        base, prefix = _base(), _prefix(root)
        for left in base.glob(f"{prefix}*"):
            shutil.rmtree(left, ignore_errors=True)
        # In the system's folder for temporary files: paths of sockets must be short.
        self._folder = tempfile.TemporaryDirectory(prefix=prefix, dir=base, ignore_cleanup_errors=True)
        self.temporary = Path(self._folder.name) / "tmp"
        """The notebook's folder for temporary files, which goes with it."""
        self.temporary.mkdir()
        self.manager = _manager(Path(self._folder.name))
        self.output = (Path(self._folder.name) / "output").open("w+b", buffering=0)
        """Where the kernel and its JVM write what is no cell's output."""
        self._watcher = threading.Thread(target=self._watch, name="kernel-watcher", daemon=True)

    def __enter__(self) -> Self:
        self._watcher.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._watcher.join()
        self._kill()
        self.output.close()
        self._folder.cleanup()

    def last_words(self) -> str:
        """Return the end of what the kernel and its JVM wrote."""
        self.output.seek(max(0, self.output.seek(0, os.SEEK_END) - _LAST_BYTES))
        return self.output.read().decode(errors="replace")

    def _watch(self) -> None:
        while not self._done.wait(_LOOK_SECONDS):
            if self._cancel.is_set():
                self._kill()
                # It may not have been started yet: go on looking.

    def _kill(self) -> None:
        """Kill the kernel's process group: the JVM is in it, and Spark's Python workers end with that."""
        group = getattr(getattr(self.manager, "provisioner", None), "pgid", None)
        if group:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)


def _base() -> Path:
    usual = Path(tempfile.gettempdir())
    return usual if len(os.fsencode(usual)) <= _LONGEST_FOLDER else Path("/tmp")  # noqa: S108 - mkdtemp makes the folder


def _prefix(root: Path) -> str:
    return f"synapse-kernel-{hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:8]}-"


def _manager(folder: Path) -> Any:
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager

    manager = AsyncKernelManager(transport="ipc", ip=str(folder / "k"), connection_file=str(folder / "kernel.json"))
    # There is no setter, and the default one is looked up in folders of the machine.
    manager._kernel_spec = KernelSpec(argv=list(_COMMAND))  # noqa: SLF001
    return manager
