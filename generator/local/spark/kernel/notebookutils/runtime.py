"""``notebookutils.runtime``: what runs, and for whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


class _Context(Mapping[str, Any]):
    """The context of the notebook that runs now; one that another refers to has its own name in it."""

    def _values(self) -> dict[str, Any]:
        from generator.local.spark.interpreter.references import current_notebook
        from generator.local.spark.interpreter.start import SESSION

        name = current_notebook()
        return {
            "notebookname": name,
            "currentNotebookName": name,
            "pipelinejobid": SESSION["run_id"],
            # The engine is not told which activity it runs for.
            "activityrunid": "",
            "isForPipeline": True,
            "isReferenceRun": name != SESSION["notebook"],
        }

    def __getitem__(self, key: str) -> Any:
        return self._values()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values())

    def __len__(self) -> int:
        return len(self._values())

    def __repr__(self) -> str:
        return repr(self._values())


context = _Context()
