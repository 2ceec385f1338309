"""From an environment to the place that it is published to: the workspace, and the store of what was published."""

from __future__ import annotations

import getpass
import os
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

from generator.cli.connect import Connection, connect, local_root, refused
from generator.diagnostics import Diagnostic, ExitCode, SynapseGenError
from generator.workspace.objects import LockedError, StoreError
from generator.workspace.port import WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.publish import Place
    from generator.spec.load import LoadedProject
    from generator.spec.project import Environment
    from generator.workspace.objects import ObjectStore

# Which run of which pipeline: variables that the services document for every run.
_RUNS = (
    ("GITHUB_RUN_ID", "GitHub run {GITHUB_RUN_ID} of {GITHUB_REPOSITORY}"),
    ("BUILD_BUILDID", "Azure Pipelines build {BUILD_BUILDID} of {SYSTEM_TEAMPROJECT}"),
    ("CI_PIPELINE_ID", "GitLab pipeline {CI_PIPELINE_ID} of {CI_PROJECT_PATH}"),
)
_PUBLISHED = "published"


def place_of(project: LoadedProject, name: str, environment: Environment) -> tuple[Place, Connection]:
    """Connect to the workspace and the store of an environment; SYN302 or SYN338 where that fails."""
    from generator.publish import Place
    from generator.workspace.clock import SystemClock

    connection = connect(project, name, environment)
    place = Place(
        workspace=connection.workspace,
        store=_store(project, name, environment),
        clock=SystemClock(),
        project=project.project.name,
        environment=name,
        name=environment.workspace,
        who=who(),
    )
    return place, connection


def _store(project: LoadedProject, name: str, environment: Environment) -> ObjectStore:
    if environment.kind == "embedded":
        from generator.workspace.folder import FolderStore

        return FolderStore(local_root(project.root, name) / _PUBLISHED)
    from generator.spec.state import state_place
    from generator.workspace.blobs import BlobStore
    from generator.workspace.credentials import storage_credential

    return BlobStore(state_place(project.project, name), storage_credential(environment))


def who() -> str:
    """Return who publishes, for the one who waits: a run of a pipeline, or a person and a machine."""
    for variable, form in _RUNS:
        if os.environ.get(variable):
            return form.format_map(_Variables())
    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = "somebody"
    return f"{user}@{socket.gethostname()}"


class _Variables(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return os.environ.get(key, "?")


@contextmanager
def told() -> Iterator[None]:
    """Turn what the workspace or the store refuses into what the command line shows, exit code 3."""
    try:
        yield
    except LockedError as error:
        hint = "wait for it; a lock that nobody renews ends by itself within a minute"
        raise SynapseGenError(Diagnostic("SYN337", error.message, hint=hint), exit_code=ExitCode.WORKSPACE) from error
    except StoreError as error:
        # What the system says of a folder is this machine's; what is said of a storage account is the account's.
        is_ours = isinstance(error.__cause__, OSError) and not isinstance(
            error.__cause__, (ConnectionError, TimeoutError)
        )
        code = ExitCode.MACHINE if is_ours else ExitCode.WORKSPACE
        raise SynapseGenError(Diagnostic("SYN338", error.message), exit_code=code) from error
    except WorkspaceError as error:
        raise refused(error) from error
