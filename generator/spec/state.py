"""Where publishing keeps its state: what it owns, the lock and the history of an environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generator.spec.project import Environment, Project


@dataclass(frozen=True, slots=True)
class StatePlace:
    """A folder of a container of Azure Blob Storage."""

    account_url: str
    """The account's Blob endpoint, without a slash at its end."""
    container: str
    folder: str
    """Without a slash at either end."""


def state_place(project: Project, environment_name: str) -> StatePlace:
    """Return where the state of an environment in Azure is; KeyError where there is no such environment.

    What ``state`` leaves out is the environment's own storage, and a folder that no other project or environment has.
    """
    environment = project.environments[environment_name]
    account, container = _container(environment)
    folder = environment.state.folder or f"synapse-gen/{project.name}/{environment_name}"
    return StatePlace(f"https://{account}.{environment.hosts.blob}", container, folder.rstrip("/"))


def _container(environment: Environment) -> tuple[str, str]:
    state, storage = environment.state, environment.storage
    return state.account or storage.account, state.container or storage.container
