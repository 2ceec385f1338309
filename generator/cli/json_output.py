"""What ``--format json`` prints: documents with a version, whose schemas ``synapse-gen schema`` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from generator.publish.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generator import diagnostics
    from generator.cli.summary import Summary
    from generator.publish.history import Record
    from generator.runs import RunReport


class _Output(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, validate_by_name=True)

    def text(self) -> str:
        """Return the JSON text; what was not set is left out."""
        return self.model_dump_json(by_alias=True, exclude_unset=True, indent=2)


class Finding(_Output):
    """One finding."""

    code: str
    """SYN and three digits."""
    severity: Literal["error", "warning", "note"]
    message: str
    path: str | None
    """The file, relative to the project."""
    line: int | None
    """From 1."""
    column: int | None
    """From 1, in characters."""
    hint: str | None


class Findings(_Output):
    """The output of ``validate``."""

    version: Literal[1]
    findings: tuple[Finding, ...]

    @classmethod
    def of(cls, found: Sequence[diagnostics.Diagnostic]) -> Findings:
        """Return the document of some diagnostics."""
        return cls(version=1, findings=tuple(_finding(f) for f in found))


class Publish(_Output):
    """One publish or rollback that can be gone back to."""

    id: str
    purpose: Literal["publish", "rollback"]
    who: str
    started: str
    """ISO 8601, UTC."""
    finished: str | None
    outcome: str
    """begun, done, failed in part or interrupted."""
    artifacts: dict[str, str]
    """create, update or delete, by artifact."""


class History(_Output):
    """The output of ``rollback --list``, the newest first."""

    version: Literal[1]
    publishes: tuple[Publish, ...]

    @classmethod
    def of(cls, records: Sequence[Record]) -> History:
        """Return the document of some records."""
        return cls(
            version=1,
            publishes=tuple(
                Publish(
                    id=r.id,
                    purpose=r.purpose,
                    who=r.who,
                    started=r.started,
                    finished=r.finished,
                    outcome=r.outcome,
                    artifacts={name: entry.action for name, entry in r.entries.items()},
                )
                for r in records
            ),
        )


class Activity(_Output):
    """One attempt at an activity."""

    name: str
    type: str
    status: str
    """Succeeded, Failed, Cancelled, InProgress, Queued, ...: the service's own word."""
    seconds: float | None
    error: str | None
    run: PipelineRun | None
    """The run that an ExecutePipeline activity started."""


class PipelineRun(_Output):
    """A pipeline run and what it did."""

    pipeline: str
    run_id: str = Field(alias="runId")
    status: str
    seconds: float | None
    message: str
    activities: tuple[Activity, ...]


class Run(_Output):
    """The output of ``run``."""

    version: Literal[1]
    run: PipelineRun
    engine: Literal["local-emulation"] | None = None
    """Of a run in an embedded workspace."""
    substitutes: dict[str, str] | None = None
    """What stood in for what, in an embedded workspace."""
    not_checked: tuple[str, ...] | None = None
    """What a run in an embedded workspace does not show."""
    measures: dict[str, Any] | None = None
    """Figures by name, of a spec's own pipeline that succeeded: prepared, trained, test, loaded, predicted, r2, ..."""
    predictions: tuple[dict[str, Any], ...] | None = None
    """A few rows: key, actual, prediction."""

    @classmethod
    def of(cls, report: RunReport, summary: Summary) -> Run:
        """Return the document of a run that has ended."""
        values: dict[str, Any] = dict(summary.honesty or {})
        if summary.measures:
            values |= {"measures": summary.measures.values, "predictions": tuple(summary.measures.sample)}
        return cls(version=1, run=_run(report), **values)


def _finding(found: diagnostics.Diagnostic) -> Finding:
    where = found.location
    return Finding(
        code=found.code,
        severity=found.severity.value,
        message=found.message,
        path=where.path if where else None,
        line=where.line if where else None,
        column=where.column if where else None,
        hint=found.hint,
    )


def _run(report: RunReport) -> PipelineRun:
    return PipelineRun(
        pipeline=report.pipeline,
        run_id=report.run_id,
        status=report.status,
        seconds=report.seconds,
        message=report.message,
        activities=tuple(
            Activity(
                name=a.name,
                type=a.type,
                status=a.status,
                seconds=a.seconds,
                error=a.error,
                run=_run(a.child) if a.child else None,
            )
            for a in report.activities
        ),
    )


OUTPUTS: dict[str, type[BaseModel]] = {"Findings": Findings, "Plan": Plan, "History": History, "Run": Run}
"""The documents by the names that ``synapse-gen schema`` knows."""
