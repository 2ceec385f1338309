"""What the parts of the embedded workspace are to each other: settings, results and the engines' interfaces.

Engines are synchronous and run in worker threads; a cancel is a ``threading.Event``. They return failures of the
user's work as results and raise only for faults of ours.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping
    from pathlib import Path

    import pyarrow as pa

    from generator.local.faults.model import FaultFile


@dataclass(frozen=True, slots=True)
class LocalSettings:
    """One embedded workspace: where its state lives, and the names that it answers to."""

    root: Path
    workspace: str
    tenant_id: str
    subscription_id: str
    resource_group: str
    region: str
    spark_pool: str
    sql_pool: str
    storage_account: str
    container: str
    key_vault: str
    secret_names: tuple[str, ...]
    client_id: str
    """The service principal that the deploy notebook signs in as."""
    azure_ml_resource_group: str
    azure_ml_workspace: str
    datastore: str
    predict: bool = True
    """Whether the SQL pool has PREDICT switched on."""
    faults: FaultFile | None = None
    """How the data plane misbehaves; None leaves it as it is where it runs, and means no faults where it is started."""

    def to_json(self) -> str:
        """Return the settings as a file holds them; ``root`` is where the file is."""
        values = asdict(replace(self, faults=None))
        del values["root"], values["faults"]
        if self.faults is not None and (faults := self.faults.model_dump(mode="json", exclude_defaults=True)):
            values["faults"] = faults
        return json.dumps(values, indent=2)

    @classmethod
    def from_json(cls, text: str, root: Path) -> LocalSettings:
        """Read what :meth:`to_json` wrote."""
        values = json.loads(text)
        values["secret_names"] = tuple(values["secret_names"])
        if "faults" in values:
            from generator.local.faults.model import FaultFile

            values["faults"] = FaultFile.model_validate(values["faults"])
        return cls(root=root, **values)

    def at(self, root: Path) -> LocalSettings:
        """Return the same workspace with its state elsewhere."""
        return replace(self, root=root)


@dataclass(frozen=True, slots=True)
class ActivityError:
    """Why an activity failed, as queryActivityruns shows it."""

    code: str
    message: str
    failure_type: str = "UserError"
    """``UserError`` or ``SystemError``."""


@dataclass(frozen=True, slots=True)
class NotebookResult:
    """How a notebook ended."""

    status: str
    """``Succeeded``, ``Failed`` or ``Cancelled``."""
    exit_value: str | None
    error: ActivityError | None
    session_id: str


class NotebookEngine(Protocol):
    """Runs notebooks as a Spark pool does."""

    def run(
        self, notebook: Mapping[str, Any], parameters: Mapping[str, Any], *, run_id: str, cancel: threading.Event
    ) -> NotebookResult:
        """Run a published notebook with parameter values; returns when it has ended or was cancelled."""


@dataclass(frozen=True, slots=True)
class ResultSet:
    """Rows that a statement returned."""

    columns: tuple[tuple[str, str], ...]
    """Name and T-SQL type of each column."""
    rows: tuple[tuple[Any, ...], ...]

    def records(self) -> list[dict[str, Any]]:
        """Return the rows as JSON has them."""
        names = [name for name, _ in self.columns]
        return [dict(zip(names, (_plain(v) for v in row), strict=True)) for row in self.rows]


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return value.hex().upper() if isinstance(value, bytes) else str(value)


@dataclass(frozen=True, slots=True)
class SqlResult:
    """What a batch did."""

    result_sets: tuple[ResultSet, ...]
    records_affected: int
    messages: tuple[str, ...]
    error: ActivityError | None


class SqlEngine(Protocol):
    """Runs T-SQL as a dedicated SQL pool does."""

    def execute(self, pool: str, text: str, parameters: Mapping[str, Any] | None = None) -> SqlResult:
        """Run one batch; ``parameters`` are the values of ``@name`` in it."""

    def execute_procedure(self, pool: str, name: str, parameters: Mapping[str, Any]) -> SqlResult:
        """Run a stored procedure by its name, quoted or not."""

    def read_table(self, pool: str, name: str) -> pa.Table:
        """Return a table's rows for Spark's connector."""


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """An answer to an HTTP request."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class UnroutedHostError(Exception):
    """A request went to a host that the embedded workspace does not answer for; it reaches no network."""


class HttpClient(Protocol):
    """Sends requests to the hosts that the embedded workspace answers for."""

    def request(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> HttpResponse:
        """Send a request; UnroutedHostError for a host that nobody answers for."""
