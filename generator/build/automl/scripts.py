"""SQL scripts for people: the same text as the pipelines run, to read and to run by hand in Studio."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.build.documents import sql_script

if TYPE_CHECKING:
    from generator.build.automl.names import Names
    from generator.build.automl.sql import Statements
    from generator.documents import Document
    from generator.spec.automl import AutoMlSpec
    from generator.spec.project import Environment


def sql_scripts(spec: AutoMlSpec, environment: Environment, names: Names, statements: Statements) -> list[Document]:
    """Return one script that creates everything and one that looks at the model and its predictions.

    A pipeline cannot run a SQL script artifact; here GO parts the batches, as Studio wants it.
    """
    pool, folder = environment.sql_pool.name, spec.folder or spec.name
    create = [text for _, text in (*statements.setup, *statements.procedure)]
    newest = f"(SELECT TOP 1 [run_id] FROM {names.predictions.quoted} ORDER BY [predicted_at] DESC)"
    variables = f"DECLARE @run_id nvarchar(64);\nSET @run_id = {newest};\n"
    look = [statements.in_service, variables + statements.evaluate + statements.sample]
    return [
        sql_script(
            f"{spec.name}_setup",
            "GO\n\n".join(create),
            pool=pool,
            folder=folder,
            description=f"What {spec.name}_setup creates.",
        ),
        sql_script(
            f"{spec.name}_predictions",
            "GO\n\n".join(look),
            pool=pool,
            folder=folder,
            description="The model in service and its newest predictions.",
        ),
    ]
