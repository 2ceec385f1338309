"""Rules on Azure Machine Learning.

Source: "Quickstart: Create a new Azure Machine Learning linked service in Synapse" (azure-docs,
articles/synapse-analytics/machine-learning/quickstart-integrate-azure-machine-learning.md), its limitations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.artifact import ArtifactKind
from generator.diagnostics import Severity
from generator.documents import as_object
from generator.rules.rule import Finding, Rule, label
from generator.spec.clouds import CLOUDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.documents import ActivityPlace
    from generator.rules.rule import Workspace

_SERVICES = ("AzureMLService", "AzureML")
_ACTIVITIES = ("AzureMLExecutePipeline", "AzureMLBatchExecution", "AzureMLUpdateResource")
_ADDRESSES = ("microsoft.machinelearningservices", *(f".{cloud.azure_ml}" for cloud in CLOUDS.values()))


class ExfiltrationProtection(Rule):
    """Azure Machine Learning is used where data-exfiltration protection rules it out."""

    code = "SYN152"

    def check(self, workspace: Workspace) -> Iterator[Finding]:
        """Look at linked services, Azure ML's activities, and calls of its REST interfaces."""
        if not workspace.context.data_exfiltration_protection:
            return
        hint = "use a workspace without data-exfiltration protection, or train and deploy outside Synapse"
        suffix = "is not supported in a workspace with data-exfiltration protection"
        for document in workspace.of_kind(ArtifactKind.LINKED_SERVICE):
            if document.properties.get("type") in _SERVICES:
                yield Finding(document.key, ("properties", "type"), f"Azure Machine Learning {suffix}", hint)
        for document, place in workspace.all_activities():
            if place.type in _ACTIVITIES or _calls_azure_ml(place):
                message = f"{label(place)}Azure Machine Learning {suffix}"
                yield Finding(document.key, (*place.path, "type"), message, hint)


def _calls_azure_ml(place: ActivityPlace) -> bool:
    if place.type not in ("WebActivity", "WebHook"):
        return False
    url = place.type_properties.get("url")
    text = str(as_object(url).get("value", url)).lower()
    return any(address in text for address in _ADDRESSES)


class SelfHostedRuntime(Rule):
    """An Azure Machine Learning linked service uses a self-hosted integration runtime."""

    code = "SYN153"
    severity = Severity.WARNING

    def check(self, workspace: Workspace) -> Iterator[Finding]:
        """Look up the integration runtime of each, where its document is in the set."""
        for document in workspace.of_kind(ArtifactKind.LINKED_SERVICE):
            reference = as_object(document.properties.get("connectVia"))
            runtime = workspace.find(ArtifactKind.INTEGRATION_RUNTIME, str(reference.get("referenceName")))
            is_self_hosted = runtime is not None and runtime.properties.get("type") == "SelfHosted"
            if is_self_hosted and document.properties.get("type") in _SERVICES:
                message = (
                    f'Azure Machine Learning does not support the self-hosted runtime "{reference["referenceName"]}"'
                )
                yield Finding(
                    document.key, ("properties", "connectVia"), message, hint="use AutoResolveIntegrationRuntime"
                )


RULES: tuple[type[Rule], ...] = (ExfiltrationProtection, SelfHostedRuntime)
