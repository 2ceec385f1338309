"""The three notebooks: prepare, deploy, and scoring on Spark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from generator.build.automl.job import API_VERSION, HISTORY_METRIC
from generator.build.documents import notebook
from generator.build.notebooks import cells_of
from generator.spec.automl import FileSource, SqlPoolSource, TableSource
from generator.tsql.identifiers import parse_object_name
from generator.tsql.types import parse_sql_type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.build.automl.contract import Contract
    from generator.build.automl.names import Names
    from generator.documents import Document
    from generator.spec.automl import AutoMlSpec, Prepare
    from generator.spec.project import Environment
    from generator.templating import Templates


def notebooks(
    spec: AutoMlSpec, environment: Environment, names: Names, contract: Contract, templates: Templates
) -> list[Document]:
    """Render the notebooks; the fallback only where it may be needed."""
    wanted = [
        ("prepare", names.prepare_notebook, _prepare(spec, environment, names, contract), "Prepares the rows."),
        ("deploy", names.deploy_notebook, _deploy(spec, environment, names, contract), "Deploys the best model."),
    ]
    if spec.score.engine != "predict":
        values = _score(spec, names, contract)
        wanted.append(("score", names.score_notebook, values, "Scores on Spark where the pool has no PREDICT."))
    pool = environment.spark_pool
    return [
        notebook(
            name,
            cells_of(templates.render(f"notebook/automl/{template}.py.j2", values)),
            spark_pool=pool.name,
            size=pool.executor_size,
            executors=pool.executors,
            description=description,
            folder=spec.folder or spec.name,
        )
        for template, name, values, description in wanted
    ]


def _prepare(spec: AutoMlSpec, environment: Environment, names: Names, contract: Contract) -> Mapping[str, Any]:
    prepare = spec.prepare
    return {
        "name": spec.name,
        "lake": names.lake,
        "source": _source(prepare, environment, names),
        "where": prepare.source.where,
        "sample": prepare.sample.model_dump() if prepare.sample else None,
        "split": prepare.split.model_dump(),
        "keep": prepare.keep,
        "training_table": prepare.training_table,
        "training_path": names.training_path,
        "test_path": names.test_path,
        "key": contract.key.name,
        "columns": [
            {"name": c.name, "type": c.type.spark_type, "expression": c.expression, "fill": c.fill}
            for c in contract.columns
        ],
        "training_columns": [*contract.inputs, contract.target.name],
    }


def _source(prepare: Prepare, environment: Environment, names: Names) -> dict[str, str | None]:
    match prepare.source:
        case TableSource(table=table):
            return {"kind": "table", "table": table}
        case SqlPoolSource(sql_pool=text):
            name = parse_object_name(text)
            return {"kind": "sql_pool", "table": f"{environment.sql_pool.name}.{name.schema}.{name.name}"}
        case FileSource(format=kind, path=path):
            return {
                "kind": kind,
                "path": path if "://" in path else names.lake + path,
                "public": _public_account(path),
            }


def _public_account(path: str) -> str | None:
    """Return the setting that tells Spark to read a Blob account without a signature; None for other accounts.

    Source: the Synapse samples of "NYC Taxi & Limousine Commission - yellow taxi trip records" (Azure Open Datasets),
    which set ``fs.azure.sas.<container>.<account>.blob.core.windows.net`` to an empty text before they read.
    """
    url = urlsplit(path)
    return f"fs.azure.sas.{url.username}.{url.hostname}" if url.scheme == "wasbs" else None


def _deploy(spec: AutoMlSpec, environment: Environment, names: Names, contract: Contract) -> Mapping[str, Any]:
    azure_ml = environment.azure_ml
    key, higher_is_better = HISTORY_METRIC[spec.train.metric]
    return {
        "name": spec.name,
        "subscription_id": environment.subscription_id,
        "resource_group": azure_ml.resource_group or environment.resource_group,
        "azure_ml_workspace": azure_ml.workspace,
        "api_version": API_VERSION,
        "sign_in": f"https://{environment.hosts.authority}",
        "resource_manager": environment.hosts.resource_manager_url,
        "tenant_id": azure_ml.service_principal.tenant_id,
        "client_id": azure_ml.service_principal.client_id,
        "key_vault": environment.key_vault.name,
        "key_vault_linked_service": environment.key_vault.linked_service,
        "secret_name": azure_ml.service_principal.secret_name,
        "lake": names.lake,
        "model_path": names.model_path,
        "metric": {"key": key, "higher_is_better": higher_is_better},
        "inputs": contract.inputs,
        "output_type": contract.output_type,
    }


def _score(spec: AutoMlSpec, names: Names, contract: Contract) -> Mapping[str, Any]:
    return {
        "name": spec.name,
        "lake": names.lake,
        "model_path": names.model_path,
        "test_path": names.test_path,
        "prediction_path": names.prediction_path,
        "key": contract.key.name,
        "schema": ", ".join(f"`{c.name.replace('`', '``')}` {c.type.spark_type}" for c in contract.columns),
        "inputs": contract.inputs,
        "prediction_spark_type": parse_sql_type(contract.prediction_type.ddl).spark_type,
    }
