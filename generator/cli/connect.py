"""From an environment to its workspace: in Azure, or the embedded one, started if need be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from generator.cli.terminal import progress
from generator.diagnostics import Diagnostic, ExitCode, SynapseGenError
from generator.workspace.port import WorkspaceError

if TYPE_CHECKING:
    from pathlib import Path

    from generator.local.ports import LocalSettings
    from generator.local.process import LocalServer
    from generator.spec.load import LoadedProject
    from generator.spec.project import Environment
    from generator.workspace.port import Workspace

STATE = ".synapse-gen"


@dataclass(frozen=True, slots=True)
class Connection:
    """A workspace, and the embedded one's process where it is one."""

    workspace: Workspace
    local: LocalServer | None


def connect(project: LoadedProject, name: str, environment: Environment) -> Connection:
    """Connect to an environment's workspace; SYN302 where it cannot be reached or signed in to."""
    from generator.workspace.azure import AzureWorkspace

    try:
        if environment.kind == "azure":
            return Connection(AzureWorkspace.connect(environment), None)
        from generator.local import process

        server = process.ensure_running(local_settings(project.root, name, environment))
        if server.is_new:
            progress(f"started the embedded workspace {environment.workspace} at {server.url}")
        return Connection(AzureWorkspace.connect_local(server.url, server.token, environment), server)
    except WorkspaceError as error:
        raise refused(error) from error


def refused(error: WorkspaceError) -> SynapseGenError:
    """Return a workspace's refusal as what the command line shows, exit code 3."""
    return SynapseGenError(Diagnostic("SYN302", error.message), exit_code=ExitCode.WORKSPACE)


def local_root(root: Path, name: str) -> Path:
    """Return the folder that holds the state of an embedded environment."""
    return root / STATE / name


def local_settings(root: Path, name: str, environment: Environment) -> LocalSettings:
    """Return the embedded workspace's settings; SYN303, exit code 2, for an environment in Azure."""
    from generator.local.ports import LocalSettings

    if environment.kind != "embedded":
        raise SynapseGenError(
            Diagnostic("SYN303", f'the environment "{name}" is in Azure, not embedded'), exit_code=ExitCode.USAGE
        )
    azure_ml = environment.azure_ml
    return LocalSettings(
        root=local_root(root, name),
        workspace=environment.workspace,
        tenant_id=azure_ml.service_principal.tenant_id,
        subscription_id=environment.subscription_id,
        resource_group=environment.resource_group,
        region=environment.region,
        spark_pool=environment.spark_pool.name,
        sql_pool=environment.sql_pool.name,
        storage_account=environment.storage.account,
        container=environment.storage.container,
        key_vault=environment.key_vault.name,
        secret_names=(azure_ml.service_principal.secret_name,),
        client_id=azure_ml.service_principal.client_id,
        azure_ml_resource_group=azure_ml.resource_group or environment.resource_group,
        azure_ml_workspace=azure_ml.workspace,
        datastore=azure_ml.datastore,
        predict=environment.embedded.predict,
    )
