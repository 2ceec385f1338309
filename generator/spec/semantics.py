"""What no schema can say of a spec: columns, targets and names that must fit each other."""

from __future__ import annotations

import difflib
from itertools import combinations
from typing import TYPE_CHECKING

from generator.artifact import ArtifactKind, naming_error
from generator.spec.automl import HashDistribution
from generator.spec.zones import iana_to_windows, is_windows_zone
from generator.tsql.identifiers import TsqlNameError, parse_object_name, quote_identifier
from generator.tsql.types import SqlType, TsqlTypeError, parse_sql_type

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.diagnostics import Diagnostic
    from generator.source import KeyPath, SourceDocument
    from generator.spec.automl import AutoMlSpec, Column, Schedule
    from generator.spec.project import Project

_REGRESSION_METRICS = {
    "SpearmanCorrelation",
    "NormalizedRootMeanSquaredError",
    "R2Score",
    "NormalizedMeanAbsoluteError",
}
_REGRESSORS = {"ElasticNet", "GradientBoosting", "DecisionTree", "KNN", "LassoLars", "SGD", "RandomForest",
               "ExtremeRandomTrees", "LightGBM", "XGBoostRegressor"}  # fmt: skip
_CLASSIFIERS = {"LogisticRegression", "SGD", "MultinomialNaiveBayes", "BernoulliNaiveBayes", "SVM", "LinearSVM", "KNN",
                "DecisionTree", "RandomForest", "ExtremeRandomTrees", "LightGBM", "GradientBoosting",
                "XGBoostClassifier"}  # fmt: skip
# Models of regression with an ONNX form: docstring of SupportedModels, azureml-train-automl-client 1.62.
_ONNX_REGRESSORS = _REGRESSORS - {"SGD"}
_MINUTES = {"m": 1, "h": 60, "d": 1440}


def project_findings(project: Project, source: SourceDocument) -> Iterator[Diagnostic]:
    """Yield what is wrong between the parts of synapse.yaml."""
    if project.default_environment not in project.environments:
        near = difflib.get_close_matches(project.default_environment, project.environments, n=1)
        guess = f'; did you mean "{near[0]}"?' if near else ""
        message = f'there is no environment "{project.default_environment}"{guess}'
        yield source.diagnostic("SYN011", message, ("default_environment",))
    first: dict[str, str] = {}
    for name, environment in project.environments.items():
        path = ("environments", name)
        if not name.isidentifier():
            yield source.diagnostic("SYN020", f'"{name}" names folders: use letters, digits and _', path, key=True)
        if environment.workspace in first:
            message = f'{first[environment.workspace]} has the workspace "{environment.workspace}" too'
            yield source.diagnostic("SYN020", message, (*path, "workspace"))
        first.setdefault(environment.workspace, name)
        if (environment.kind == "embedded") != (environment.authentication == "embedded"):
            message = "kind and authentication are embedded together or not at all"
            yield source.diagnostic("SYN020", message, (*path, "authentication"))


def spec_findings(spec: AutoMlSpec, source: SourceDocument) -> list[Diagnostic]:
    """Return what is wrong between the parts of a spec, in the order of the file."""
    findings = [
        *_name(spec, source),
        *_columns(spec, source),
        *_target(spec, source),
        *_training(spec, source),
        *_objects(spec, source),
        *_paths(spec, source),
        *_schedules(spec, source),
    ]
    return sorted(findings, key=lambda f: (f.location.line or 0, f.location.column or 0) if f.location else (0, 0))


def _name(spec: AutoMlSpec, source: SourceDocument) -> Iterator[Diagnostic]:
    problem = naming_error(ArtifactKind.NOTEBOOK, f"{spec.name}_predictions")
    if problem:
        yield source.diagnostic("SYN020", problem, ("name",))


def _columns(spec: AutoMlSpec, source: SourceDocument) -> Iterator[Diagnostic]:
    first: dict[str, int] = {}
    for index, column in enumerate(spec.columns):
        path: KeyPath = ("columns", index)
        folded = column.name.casefold()
        if folded in first:
            message = f'the column "{column.name}" stands twice (SQL does not tell case apart)'
            yield source.diagnostic("SYN022", message, (*path, "name"))
        first.setdefault(folded, index)
        yield from _column(spec, column, path, source)
    keys = [c for c in spec.columns if c.role == "key"]
    if len(keys) != 1:
        message = f"one column has the role key, here {len(keys)} have"
        hint = "the key identifies a row: its predictions are kept under it"
        yield source.diagnostic("SYN023", message, ("columns",), hint=hint)


def _column(spec: AutoMlSpec, column: Column, path: KeyPath, source: SourceDocument) -> Iterator[Diagnostic]:
    try:
        quote_identifier(column.name)
    except TsqlNameError as error:
        yield source.diagnostic("SYN024", str(error), (*path, "name"))
    try:
        sql_type = parse_sql_type(column.type)
    except TsqlTypeError as error:
        yield source.diagnostic("SYN025", str(error), (*path, "type"))
        return
    if column.role == "feature" and column.name != spec.train.target and sql_type.onnx_type is None:
        yield source.diagnostic(
            "SYN026",
            f"{sql_type.ddl} cannot be an input of PREDICT",
            (*path, "type"),
            hint="features are int, bigint, real, float, char, varchar or nvarchar; others take role: ignored",
        )
    if column.role == "key" and sql_type.name in ("binary", "varbinary"):
        yield source.diagnostic("SYN026", f"{sql_type.ddl} cannot be a key", (*path, "type"))
    if column.fill is not None and not _fits(column.fill, sql_type):
        message = f"the fill {column.fill!r} is no {sql_type.ddl}"
        yield source.diagnostic("SYN027", message, (*path, "fill"))


def _fits(fill: str | float, sql_type: SqlType) -> bool:
    if isinstance(fill, str):
        return not sql_type.is_numeric and (sql_type.length is None or len(fill) <= sql_type.length)
    if isinstance(fill, bool):
        return sql_type.name == "bit"
    return sql_type.is_numeric and (isinstance(fill, int) or not sql_type.is_integer)


def _target(spec: AutoMlSpec, source: SourceDocument) -> Iterator[Diagnostic]:
    target, at = spec.train.target, ("train", "target")
    column = next((c for c in spec.columns if c.name == target), None)
    if column is None:
        near = difflib.get_close_matches(target, [c.name for c in spec.columns], n=1)
        guess = f'; did you mean "{near[0]}"?' if near else ""
        yield source.diagnostic("SYN021", f'target "{target}" is not a column{guess}', at)
        return
    if column.role != "feature":
        yield source.diagnostic("SYN021", f'target "{target}" is a column of role {column.role}', at)
    try:
        sql_type = parse_sql_type(column.type)
    except TsqlTypeError:
        return
    if spec.train.task == "regression" and not sql_type.is_numeric:
        yield source.diagnostic("SYN028", f"regression predicts numbers, {target} is {sql_type.ddl}", at)
    if spec.train.task == "classification" and not (sql_type.is_integer or sql_type.is_text):
        yield source.diagnostic(
            "SYN028", f"classification predicts whole numbers or text, {target} is {sql_type.ddl}", at
        )


def _training(spec: AutoMlSpec, source: SourceDocument) -> Iterator[Diagnostic]:
    train, limits = spec.train, spec.train.limits
    if (train.metric in _REGRESSION_METRICS) != (train.task == "regression"):
        yield source.diagnostic("SYN029", f"{train.metric} is no metric of {train.task}", ("train", "metric"))
    legal = _REGRESSORS if train.task == "regression" else _CLASSIFIERS
    for key in ("allowed_algorithms", "blocked_algorithms"):
        for index, name in enumerate(getattr(train, key)):
            if name not in legal:
                yield source.diagnostic("SYN030", f"{name} is no algorithm of {train.task}", ("train", key, index))
            elif key == "allowed_algorithms" and name in train.blocked_algorithms:
                yield source.diagnostic("SYN030", f"{name} is both allowed and blocked", ("train", key, index))
    if train.onnx and train.task == "regression" and train.allowed_algorithms:
        if not set(train.allowed_algorithms) & _ONNX_REGRESSORS:
            message = f"none of these has an ONNX form; choose among {', '.join(sorted(_ONNX_REGRESSORS))}"
            yield source.diagnostic("SYN030", message, ("train", "allowed_algorithms"))
    if not train.onnx:
        message = "the SQL pool and the scoring notebook need an ONNX model"
        yield source.diagnostic("SYN031", message, ("train", "onnx"), hint="leave onnx out, or set it to true")
    if limits.trial_timeout and _minutes(limits.trial_timeout) > _minutes(limits.timeout):
        yield source.diagnostic("SYN032", "a trial may take longer than the job", ("train", "limits", "trial_timeout"))
    if limits.concurrent > limits.trials:
        yield source.diagnostic("SYN032", "more trials at once than there are", ("train", "limits", "concurrent"))
    if train.identity and train.identity.type != "managed" and train.identity.client_id:
        yield source.diagnostic("SYN033", "only a managed identity has a client_id", ("train", "identity", "client_id"))
    if train.cross_validations is not None and train.validation_size is not None:
        message = "either cross_validations or validation_size, not both"
        yield source.diagnostic("SYN032", message, ("train", "validation_size"))
    if train.instance_type and train.compute != "serverless":
        message = "a compute cluster has its own instance type"
        yield source.diagnostic("SYN032", message, ("train", "instance_type"))


def _minutes(duration: str) -> int:
    return int(duration[:-1]) * _MINUTES[duration[-1]]


def _objects(spec: AutoMlSpec, source: SourceDocument) -> Iterator[Diagnostic]:
    named = {
        ("deploy", "model_table"): spec.deploy.model_table,
        ("score", "table"): spec.score.table,
        ("score", "procedure"): spec.score.procedure,
        ("score", "predictions"): spec.score.predictions,
    }
    taken: dict[str, KeyPath] = {}
    for path, text in named.items():
        try:
            name = parse_object_name(text)
            # The longest name that is derived from it must be one as well.
            quote_identifier(name.name + (f"_{spec.name}_load" if path[0] == "deploy" else "_load"))
        except TsqlNameError as error:
            yield source.diagnostic("SYN024", str(error), path)
            continue
        folded = str(name).casefold()
        if folded in taken:
            yield source.diagnostic("SYN034", f"{name} is already {'.'.join(map(str, taken[folded]))}", path)
        taken.setdefault(folded, path)
    distribution = spec.score.distribution
    if isinstance(distribution, HashDistribution) and distribution.hash not in {c.name for c in spec.columns}:
        near = difflib.get_close_matches(distribution.hash, [c.name for c in spec.columns], n=1)
        guess = f'; did you mean "{near[0]}"?' if near else ""
        message = f'"{distribution.hash}" is not a column{guess}'
        yield source.diagnostic("SYN021", message, ("score", "distribution", "hash"))


def _paths(spec: AutoMlSpec, source: SourceDocument) -> Iterator[Diagnostic]:
    paths: dict[KeyPath, str] = {
        ("prepare", "training_path"): spec.prepare.training_path or f"{spec.name}/train",
        ("prepare", "test_path"): spec.prepare.test_path,
        ("deploy", "model_path"): spec.deploy.model_path or f"{spec.name}/models",
        ("score", "prediction_path"): spec.score.prediction_path or f"{spec.name}/predictions",
    }
    for path, text in paths.items():
        if any(part in ("", ".", "..") for part in text.rstrip("/").split("/")):
            yield source.diagnostic("SYN035", f'"{text}" is no path inside the container', path)
    for (one, first), (two, second) in combinations(paths.items(), 2):
        outer, inner = sorted((first.rstrip("/") + "/", second.rstrip("/") + "/"), key=len)
        if inner.startswith(outer):
            message = f'"{second}" and {".".join(map(str, one))} "{first}" lie in each other'
            yield source.diagnostic("SYN035", f"{message}: each is emptied when it is written", two)
    location = getattr(spec.prepare.source, "path", "")
    scheme = location.partition("://")[0] if "://" in location else ""
    if scheme and scheme not in ("abfss", "wasbs"):
        message = f"{scheme}:// cannot be read here; use abfss:// or wasbs://"
        yield source.diagnostic("SYN035", message, ("prepare", "source", "path"))


def _schedules(spec: AutoMlSpec, source: SourceDocument) -> Iterator[Diagnostic]:
    for stage, schedule in (("train", spec.train.schedule), ("score", spec.score.schedule)):
        if schedule:
            yield from _schedule(schedule, (stage, "schedule"), source)


def _schedule(schedule: Schedule, path: KeyPath, source: SourceDocument) -> Iterator[Diagnostic]:
    if schedule.on and schedule.every != "week":
        yield source.diagnostic("SYN036", "days of the week go with every: week", (*path, "on"))
    if schedule.at and schedule.every in ("minute", "hour"):
        yield source.diagnostic("SYN036", f"a time of day does not go with every: {schedule.every}", (*path, "at"))
    zone = schedule.time_zone
    if not is_windows_zone(zone):
        windows = iana_to_windows(zone)
        guess = f'; did you mean "{windows}"?' if windows else ""
        message = f'"{zone}" is no time zone that Synapse knows{guess}'
        yield source.diagnostic("SYN036", message, (*path, "time_zone"), hint="Synapse takes Windows time zone names")
    elif zone != "UTC" and schedule.start.endswith("Z"):
        yield source.diagnostic("SYN036", "a start with Z is UTC, but the time zone is another", (*path, "start"))
