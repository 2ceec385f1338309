"""``kind: AutoML``: from a source to predictions inside the SQL pool."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, StringConstraints, Tag

from generator.spec.base import Guid, SpecModel, Text

SqlObjectName = Annotated[str, StringConstraints(min_length=1, max_length=257)]
"""``schema.name``; parsed and quoted by :mod:`generator.tsql`."""
Duration = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]*(m|h|d)$")]
"""``30m``, ``1h``, ``2d``."""
LakePath = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._=-]+(/[A-Za-z0-9._=-]+)*/?$")]
"""A path inside the environment's storage container, without a leading slash.

It becomes part of URLs, of Python and of COPY's location, where other characters would need three ways of escaping."""

Algorithm = Literal[
    "ElasticNet", "GradientBoosting", "DecisionTree", "KNN", "LassoLars", "SGD", "RandomForest",
    "ExtremeRandomTrees", "LightGBM", "XGBoostRegressor", "LogisticRegression", "MultinomialNaiveBayes",
    "BernoulliNaiveBayes", "SVM", "LinearSVM", "XGBoostClassifier",
]  # fmt: skip
Metric = Literal[
    "SpearmanCorrelation", "NormalizedRootMeanSquaredError", "R2Score", "NormalizedMeanAbsoluteError",
    "AUCWeighted", "Accuracy", "NormMacroRecall", "AveragePrecisionScoreWeighted", "PrecisionScoreWeighted",
]  # fmt: skip


class Column(SpecModel):
    """A column of the contract: its SQL type and how Spark computes it."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=128)]
    type: str
    """A T-SQL type, for example ``nvarchar(30)``."""
    expression: Text | None = None
    """Spark SQL; by default the source column of the same name."""
    role: Literal["feature", "key", "ignored"] = "feature"
    fill: str | int | float | bool | None = None
    """What stands in for a null."""


class TableSource(SpecModel):
    """An existing Spark table."""

    table: Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?$")]
    where: Text | None = None


class FileSource(SpecModel):
    """Files in a lake or on a public storage account."""

    format: Literal["parquet", "csv", "delta"]
    path: Text
    """An ``abfss://`` or ``wasbs://`` URL, or a path in the environment's container."""
    where: Text | None = None


class SqlPoolSource(SpecModel):
    """A table of the dedicated SQL pool, read through the Synapse Spark connector."""

    sql_pool: SqlObjectName
    where: Text | None = None


SOURCE_FORMS = {"table": "<table>", "format": "<files>", "path": "<files>", "sql_pool": "<sql_pool>"}
"""A key that only one form of source has -> the form's tag, which pydantic's locations show; no key looks like one."""


def source_form(source: Any) -> str | None:
    """Return the tag of the form that a source was meant to have, by the keys that are there; None for none."""
    match source:
        case TableSource():
            return "<table>"
        case FileSource():
            return "<files>"
        case SqlPoolSource():
            return "<sql_pool>"
        case dict():
            return next((SOURCE_FORMS[key] for key in source if key in SOURCE_FORMS), None)
        case _:
            return None


Source = Annotated[
    Annotated[TableSource, Tag("<table>")]
    | Annotated[FileSource, Tag("<files>")]
    | Annotated[SqlPoolSource, Tag("<sql_pool>")],
    Discriminator(source_form),
]


class Sample(SpecModel):
    """How many rows of the source to go on with, chosen by a seeded hash."""

    rows: Annotated[int, Field(ge=1)]
    seed: int = 0


class Split(SpecModel):
    """Which share of the rows is kept back to test with."""

    test: Annotated[float, Field(gt=0, lt=1)]
    seed: int = 0


class Prepare(SpecModel):
    """The Spark preparation."""

    source: Source
    sample: Sample | None = None
    keep: Text | None = None
    """Spark SQL over the contract's columns; rows where it is not true are left out."""
    split: Split
    training_table: Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*\.[A-Za-z_][A-Za-z0-9_]*$")]
    training_path: LakePath | None = None
    """Where the MLTable folders go; by default beside the test data (``<name>/train``)."""
    test_path: LakePath


class Limits(SpecModel):
    """Limits of the AutoML job."""

    timeout: Duration
    trial_timeout: Duration | None = None
    trials: Annotated[int, Field(ge=1, le=1000)]
    concurrent: Annotated[int, Field(ge=1, le=1000)] = 1
    cores_per_trial: Annotated[int, Field(ge=-1)] | None = None
    exit_score: float | None = None
    early_termination: bool = True


class Identity(SpecModel):
    """Which identity the training job reads the data with."""

    type: Literal["managed", "user", "aml_token"]
    client_id: Guid | None = None
    """Of a user-assigned managed identity."""


class Schedule(SpecModel):
    """When a pipeline starts by itself."""

    every: Literal["minute", "hour", "day", "week", "month"]
    interval: Annotated[int, Field(ge=1, le=1000)] = 1
    at: Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")] | None = None
    on: tuple[Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"], ...] = ()
    start: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z?$")] = "2026-01-01T00:00:00"
    """First moment; local time of ``time_zone`` where it has no ``Z``."""
    time_zone: str = "UTC"
    """A Windows time zone name, as Synapse wants it."""
    state: Literal["Started", "Stopped", "keep"] = "Stopped"
    """``keep``: publishing leaves the trigger as it was in the workspace; a new one stays stopped."""


class Train(SpecModel):
    """The AutoML training job."""

    task: Literal["regression", "classification"]
    target: Text
    metric: Metric
    limits: Limits
    compute: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,62}$")] = "serverless"
    """``serverless`` or the name of a compute cluster."""
    instance_type: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]+$")] | None = None
    instance_count: Annotated[int, Field(ge=1)] | None = None
    """Nodes of serverless compute; by default as many as trials run at once."""
    onnx: bool = True
    allowed_algorithms: tuple[Algorithm, ...] = ()
    blocked_algorithms: tuple[Algorithm, ...] = ()
    cross_validations: Annotated[int, Field(ge=2, le=100)] | None = None
    validation_size: Annotated[float, Field(gt=0, lt=1)] | None = None
    featurization: Literal["auto", "off"] = "auto"
    ensemble: bool = False
    """Whether a voting ensemble is trained as well."""
    explain: bool = False
    identity: Identity | None = None
    schedule: Schedule | None = None


class Deploy(SpecModel):
    """Where models are kept."""

    model_table: SqlObjectName
    model_path: LakePath | None = None
    """Where the deploy notebook writes the models' hex; by default ``<name>/models``."""


class HashDistribution(SpecModel):
    """Rows are spread by the hash of a column."""

    hash: Text


def distribution_form(distribution: Any) -> str:
    """Return the tag of a distribution: a mapping is meant as a hash distribution, anything else as a word."""
    return "<hash>" if isinstance(distribution, dict | HashDistribution) else "<word>"


Distribution = Annotated[
    Annotated[Literal["round_robin", "replicate"], Tag("<word>")] | Annotated[HashDistribution, Tag("<hash>")],
    Discriminator(distribution_form),
]


class Score(SpecModel):
    """Loading, predicting and keeping the predictions."""

    table: SqlObjectName
    distribution: Distribution = "round_robin"
    index: Literal["columnstore", "heap"] = "columnstore"
    procedure: SqlObjectName
    predictions: SqlObjectName
    prediction_path: LakePath | None = None
    """Where the fallback on Spark leaves its predictions; by default ``<name>/predictions``."""
    mode: Literal["full", "incremental"] = "full"
    engine: Literal["predict", "spark", "auto"] = "auto"
    grant_execute_to: tuple[Annotated[str, StringConstraints(min_length=1, max_length=128)], ...] = ()
    """Database principals that may run the procedure; granted again each time it is created."""
    reject_rows: Annotated[int, Field(ge=0)] = 0
    """How many bad rows COPY leaves out before it fails."""
    schedule: Schedule | None = None


class AutoMlSpec(SpecModel):
    """Which table, which target column, which task."""

    kind: Literal["AutoML"]
    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,99}$")]
    description: str | None = None
    folder: Annotated[str, StringConstraints(pattern=r"^[^/\\]+(/[^/\\]+)*$")] | None = None
    """Folder in Studio's tree; by default the name."""
    columns: Annotated[tuple[Column, ...], Field(min_length=2)]
    prepare: Prepare
    train: Train
    deploy: Deploy
    score: Score

    @property
    def features(self) -> tuple[Column, ...]:
        """The columns that the model reads, in the contract's order."""
        return tuple(c for c in self.columns if c.role == "feature" and c.name != self.train.target)

    @property
    def target(self) -> Column:
        """The column to predict; KeyError where the spec was not validated."""
        for column in self.columns:
            if column.name == self.train.target:
                return column
        raise KeyError(self.train.target)

    @property
    def key(self) -> Column:
        """The column that identifies a row; KeyError where the spec was not validated."""
        for column in self.columns:
            if column.role == "key":
                return column
        raise KeyError("key")
