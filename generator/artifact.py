"""What an artifact is: its kind, its key, and Synapse's rules for its name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum


class ArtifactKind(Enum):
    """A kind of workspace artifact.

    ``folder`` is its folder in git, as Studio names it (facts: 75 public workspaces);
    ``collection`` its collection in the data plane's REST paths (azure-synapse-artifacts 0.22.0);
    ``reference`` the ``type`` of a reference to it, or None where none is known.
    """

    PIPELINE = ("pipeline", "pipelines", "PipelineReference")
    NOTEBOOK = ("notebook", "notebooks", "NotebookReference")
    LINKED_SERVICE = ("linkedService", "linkedservices", "LinkedServiceReference")
    DATASET = ("dataset", "datasets", "DatasetReference")
    SQL_SCRIPT = ("sqlscript", "sqlScripts", None)
    TRIGGER = ("trigger", "triggers", "TriggerReference")
    # Not rendered, but read: workspaces hold them, and rendered artifacts refer to them. The data plane has no
    # collection of credentials, virtual networks or lake databases in that SDK; the names are the REST reference's.
    DATA_FLOW = ("dataflow", "dataflows", "DataFlowReference")
    SPARK_JOB_DEFINITION = ("sparkJobDefinition", "sparkJobDefinitions", "SparkJobDefinitionReference")
    SPARK_CONFIGURATION = ("sparkConfiguration", "sparkconfigurations", "SparkConfigurationReference")
    KQL_SCRIPT = ("kqlscript", "kqlScripts", None)
    CREDENTIAL = ("credential", "credentials", "CredentialReference")
    INTEGRATION_RUNTIME = ("integrationRuntime", "integrationRuntimes", "IntegrationRuntimeReference")
    MANAGED_VIRTUAL_NETWORK = ("managedVirtualNetwork", "managedVirtualNetworks", "ManagedVirtualNetworkReference")
    DATABASE = ("database", "databases", None)

    def __init__(self, folder: str, collection: str, reference: str | None) -> None:
        self.folder = folder
        self.collection = collection
        self.reference = reference

    @classmethod
    def of_folder(cls, folder: str) -> ArtifactKind:
        """Return the kind whose git folder is ``folder``; KeyError where there is none."""
        for kind in cls:
            if kind.folder == folder:
                return kind
        raise KeyError(folder)


@dataclass(frozen=True, slots=True)
class ArtifactKey:
    """Kind and name: what identifies an artifact in a workspace."""

    kind: ArtifactKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind.folder}/{self.name}"

    @classmethod
    def parse(cls, text: str) -> ArtifactKey:
        """Return the key that :meth:`__str__` wrote; ValueError where it is none."""
        folder, slash, name = text.partition("/")
        try:
            kind = ArtifactKind.of_folder(folder)
        except KeyError:
            raise ValueError(f"{text} names no kind of artifact") from None
        if not slash or not name:
            raise ValueError(f"{text} names no artifact")
        return cls(kind, name)

    @property
    def identity(self) -> tuple[ArtifactKind, str]:
        """What two keys share that name one artifact: the service does not tell case apart."""
        return (self.kind, canonical_name(self.name))

    @property
    def sort_key(self) -> tuple[str, str]:
        """Orders keys as folders list them."""
        return (self.kind.folder, self.name)


def canonical_name(name: str) -> str:
    """Return the form in which the service compares names: without regard to case."""
    return name.casefold()


# Length and characters: "Naming rules" of Azure Data Factory (which the pipeline side of Synapse
# shares): 1-260 characters (datasets, linked services, pipelines, triggers), start with a letter, a
# digit or an underscore, none of <>*#.%&:\\+?/ . Notebook and SQL script: 1-140 characters and none of
# <>*%&:\\?/{}|# , a space or dot last. Sources and what is inferred: docs/open-questions.md.
_ILLEGAL = re.compile(r"[<>*#.%&:\\+?/{}|\[\]'\"\x00-\x1f]")
_MAX_LENGTH = {ArtifactKind.NOTEBOOK: 140, ArtifactKind.SQL_SCRIPT: 140}
_FIRST = re.compile(r"[A-Za-z0-9_]")


def naming_error(kind: ArtifactKind, name: str) -> str | None:
    """Return why Synapse would refuse ``name`` for this kind, or None where it would not."""
    limit = _MAX_LENGTH.get(kind, 260)
    if not name:
        return "the name is empty"
    if len(name) > limit:
        return f"the name has {len(name)} characters; {kind.folder} allows {limit}"
    if bad := _ILLEGAL.search(name):
        return f"{bad.group()!r} is not allowed in the name of a {kind.folder}"
    if not _FIRST.match(name):
        return "a name starts with a letter, a digit or an underscore"
    if name != name.strip() or name.endswith("."):
        return "a name does not begin or end with a space, nor end with a dot"
    return None
