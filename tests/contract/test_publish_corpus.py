"""Real workspaces published whole: every artifact arrives as it is in git, and nothing is left to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from generator.local.clock import SystemClock
from generator.local.faults.model import FaultFile
from generator.local.faults.serve import data_plane_server, plain_settings
from generator.local.store import ArtifactStore
from generator.publish import Source, Terms, prepare_publish
from generator.publish.given import given_reason
from generator.publish.tree import Tree, scan_tree
from generator.tree.read import walk_tree
from generator.workspace.azure import AzureWorkspace
from tests.contract.places import place_for, publish

if TYPE_CHECKING:
    from generator.artifact import ArtifactKey
    from generator.spec.project import Environment

WORKSPACES = ("planning-inspectorate-odw", "azure-test-drive", "synapse-e2e", "az-courses", "serengeti")


def needed(tree: Tree) -> set[ArtifactKey]:
    return {key for wanted in tree.artifacts.values() for key in wanted.content.needs}


def workspace_of(tree: Tree) -> str:
    """The workspace's name, from the default storage that every workspace has."""
    end = "-WorkspaceDefaultStorage"
    names = {key.name for key in needed(tree) | {w.key for w in tree.artifacts.values()} if key.name.endswith(end)}
    return next(iter(sorted(names)), f"w{end}").removesuffix(end)


def left_out(tree: Tree) -> set[ArtifactKey]:
    """What the copies leave out, because it looked like a secret; the workspaces had it."""
    return {key for key in needed(tree) if key.identity not in tree.artifacts and given_reason(key) is None}


@pytest.mark.parametrize("name", WORKSPACES)
def test_a_real_workspace_arrives_whole_and_the_second_plan_is_empty(
    corpus: Path, tmp_path: Path, name: str, dev: Environment
) -> None:
    folder = corpus / name
    tree = scan_tree(folder, folder)
    pools = {pool for w in tree.artifacts.values() for pool in w.content.pools}
    settings = plain_settings(workspace_of(tree), tmp_path, spark_pool=next((n for _, n in sorted(pools)), "spark"))
    store = ArtifactStore(None, SystemClock())
    # The embedded workspace has one pool of a kind; where there are more, it looks at no reference.
    faults = FaultFile(check_references=len(pools) < 2)
    environment = dev.model_copy(
        update={
            "workspace": settings.workspace,
            "subscription_id": settings.subscription_id,
            "resource_group": settings.resource_group,
        }
    )
    with data_plane_server(settings, store=store, faults=faults) as server:
        workspace = AzureWorkspace.connect_local(server.url, server.token, environment)
        place = place_for(workspace, tmp_path, name=settings.workspace)
        for key in left_out(tree):
            store.put(key.kind, key.name, b'{"properties": {}}')
        source = Source(folder, folder)
        prepared, published = publish(place, source)
        assert not published.report.failed
        published_keys = {change.key for change in prepared.plan.changes}
        for artifact in walk_tree(folder, folder):
            if artifact.key not in published_keys:
                assert given_reason(artifact.key)
                continue
            live = workspace.read(artifact.key)
            assert live is not None, artifact.path
            assert _shown(live.properties) == _shown(artifact.document.properties), artifact.path
        again = prepare_publish(place, source, Terms(prune=True))
        assert again.plan.is_empty
        assert not again.plan.conflicts
        workspace.close()


def _shown(properties: dict[str, object]) -> bytes:
    """The bytes, without what the service adds itself: a time, and the state of a trigger."""
    return json.dumps({k: v for k, v in properties.items() if k not in ("lastPublishTime", "runtimeState")}).encode()
