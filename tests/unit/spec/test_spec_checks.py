# ruff: noqa: E501 - a row holds the exact text of a diagnostic
"""What the parts of a spec must have to do with each other."""

from collections.abc import Callable

import pytest

from generator.diagnostics import Diagnostic

Headlines = Callable[..., list[str]]
FARE = "{name: fare, type: float}"
MILES = "{name: miles, type: float, fill: 0}"
SOURCE = "{format: parquet, path: raw/trips}"
LIMITS = "  limits: {timeout: 1h, trials: 20, concurrent: 4}\n"
LAST = "  predictions: dbo.trips_predictions\n"


def test_a_target_that_is_not_a_column(rendered: Callable[..., str]) -> None:
    assert rendered(("target: fare", "target: fair")) == (
        'specs/trips.yaml:15:11: error[SYN021]: target "fair" is not a column; did you mean "fare"?\n'
        "      target: fair\n              ^"
    )


@pytest.mark.parametrize("name", ["pick]up", "driver's", "a b", "größe", "x.y", 'say "hi"', "select", "a`b", "100%"])
def test_sql_allows_almost_any_name_for_a_column(headlines: Headlines, name: str) -> None:
    quoted = "'" + name.replace("'", "''") + "'"
    assert headlines((MILES, f"{{name: {quoted}, type: float}}")) == []


@pytest.mark.parametrize("name", ["dbo.a]b's", "[my schema].[a]]b]", '"x.y".z'])
def test_and_for_a_table(headlines: Headlines, name: str) -> None:
    quoted = "'" + name.replace("'", "''") + "'"
    assert headlines(("table: dbo.trips\n", f"table: {quoted}\n")) == []


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("{name: Fare, type: float}", ['6:12: error[SYN022]: the column "Fare" stands twice, the first in line 5; SQL does not tell case apart']),
        ("{name: Prediction, type: float}", ['6:12: error[SYN022]: a feature cannot be named "Prediction": so is what the model returns']),
        ("{name: prediction, type: float, role: ignored}", []),
        ("{name: a b, type: float}\n  - {name: a.b, type: float}", ['7:12: error[SYN022]: a model cannot tell "a.b" from "a b": other characters become _ in its inputs']),
        ("{name: a b, type: float}\n  - {name: a.b, type: float, role: ignored}", []),
        ("{name: _is_test, type: float}", ['6:12: error[SYN022]: "_is_test" is the name of a column that the preparation adds']),
        ('{name: "a\\tb", type: float}', ["6:12: error[SYN024]: the name holds a control character"]),
        ("{name: miles, type: flot}", ['6:25: error[SYN025]: "flot" is no T-SQL type; did you mean "float"?']),
        ("{name: miles, type: xml}", ["6:25: error[SYN025]: a dedicated SQL pool has no type xml"]),
        ("{name: miles, type: datetime2}", ['6:25: error[SYN026]: "miles" is a feature, and datetime2 cannot be an input of PREDICT']),
        ("{name: miles, type: 'decimal(9,2)'}", ['6:25: error[SYN026]: "miles" is a feature, and decimal(9,2) cannot be an input of PREDICT']),
        ("{name: miles, type: datetime2, role: ignored}", []),
        ("{name: miles, type: nvarchar(max), role: ignored}", ["6:25: error[SYN026]: a columnstore table cannot hold nvarchar(max)"]),
        ("{name: miles, type: int, role: key}", ['6:36: error[SYN023]: "miles" is a second key; "id" is one already']),
        ("{name: miles, type: int, fill: x}", ['6:36: error[SYN027]: the fill "x" is no number, which int wants']),
        ("{name: miles, type: int, fill: 0.5}", ["6:36: error[SYN027]: the fill 0.5 is no whole number, which int wants"]),
        ("{name: miles, type: int, fill: true}", ["6:36: error[SYN027]: the fill true is not int"]),
        ("{name: miles, type: int, fill: 2147483648}", ["6:36: error[SYN027]: the fill 2147483648 is outside int, which holds -2147483648 to 2147483647"]),
        ("{name: miles, type: bigint, fill: 2147483648}", []),
        ("{name: miles, type: float, fill: 1}", []),
        ("{name: miles, type: float, fill: '1'}", ['6:38: error[SYN027]: the fill "1" is no number, which float wants']),
        ("{name: miles, type: nvarchar(3), fill: 1}", ["6:44: error[SYN027]: the fill 1 is no text, which nvarchar(3) wants; put it in quotes"]),
        ("{name: miles, type: nvarchar(3), fill: none}", ['6:44: error[SYN027]: the fill "none" has 4 characters; nvarchar(3) holds 3']),
        ("{name: miles, type: nvarchar(4), fill: none}", []),
        ("{name: miles, type: bit, role: ignored, fill: yes}", []),
        ("{name: miles, type: bit, role: ignored, fill: 2}", ["6:51: error[SYN027]: the fill 2 is not true or false"]),
        ("{name: miles, type: date, role: ignored, fill: 2026-01-31}", []),
        ("{name: miles, type: date, role: ignored, fill: 31.1.2026}", ['6:52: error[SYN027]: the fill "31.1.2026" is no date in ISO form, such as 2026-01-31']),
        ("{name: miles, type: datetime2, role: ignored, fill: soon}", ['6:57: error[SYN027]: the fill "soon" is no datetime2 in ISO form, such as 2026-01-31T13:30:00']),
        ("{name: miles, type: uniqueidentifier, role: ignored, fill: x}", ['6:64: error[SYN027]: the fill "x" is no GUID']),
        ("{name: miles, type: varbinary(8), role: ignored, fill: x}", ['6:60: error[SYN027]: the fill "x" cannot be given: varbinary(8) takes no fill']),
    ],
)  # fmt: skip
def test_columns(headlines: Headlines, column: str, expected: list[str]) -> None:
    assert headlines((MILES, column)) == expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("{name: id, type: bigint}", ["3:1: error[SYN023]: no column has role: key"]),
        ("{name: id, type: float, role: key}", ['4:22: error[SYN026]: "id" is the key, and float does not identify rows']),
        ("{name: id, type: nvarchar(max), role: key}", ['4:22: error[SYN026]: "id" is the key, and nvarchar(max) does not identify rows']),
        ("{name: id, type: uniqueidentifier, role: key}", []),
        ("{name: id, type: bigint, role: key, fill: 0}", ['4:47: error[SYN027]: the key "id" cannot have a fill: rows without a key would share one']),
        ("{name: run_id, type: bigint, role: key}", ['4:12: error[SYN022]: the key cannot be named "run_id": the predictions table has such a column beside it']),
    ],
)  # fmt: skip
def test_the_key(headlines: Headlines, key: str, expected: list[str]) -> None:
    assert headlines(("{name: id, type: bigint, role: key}", key)) == expected


def test_features_must_be_left(headlines: Headlines) -> None:
    assert headlines((f"  - {MILES}\n", ""), ("nvarchar(30)}", "nvarchar(30), role: ignored}")) == [
        "3:1: error[SYN023]: no column is a feature: there is nothing to learn from"
    ]


def test_a_misspelt_target_is_not_taken_for_a_feature(headlines: Headlines) -> None:
    assert headlines((FARE, "{name: fare, type: money}"), ("target: fare", "target: fair")) == [
        '15:11: error[SYN021]: target "fair" is not a column; did you mean "fare"?'
    ]


@pytest.mark.parametrize(
    ("task", "column", "expected"),
    [
        ("regression", "{name: fare, type: money}", []),
        ("regression", "{name: fare, type: nvarchar(9)}", ['15:11: error[SYN028]: regression predicts numbers; target "fare" is nvarchar(9)']),
        ("regression", "{name: fare, type: float, role: ignored}", ['15:11: error[SYN021]: target "fare" is a column with role: ignored']),
        ("classification", "{name: fare, type: int}", []),
        ("classification", "{name: fare, type: nvarchar(9)}", []),
        ("classification", "{name: fare, type: float}", ['15:11: error[SYN028]: classification predicts whole numbers or text; target "fare" is float']),
        ("classification", "{name: fare, type: nvarchar(max), role: ignored}", [
            "5:24: error[SYN026]: a columnstore table cannot hold nvarchar(max)",
            '15:11: error[SYN021]: target "fare" is a column with role: ignored',
            '15:11: error[SYN028]: classification predicts whole numbers or text; target "fare" is nvarchar(max)',
        ]),
    ],
)  # fmt: skip
def test_the_target(headlines: Headlines, task: str, column: str, expected: list[str]) -> None:
    metric = "R2Score" if task == "regression" else "Accuracy"
    changes = (FARE, column), ("task: regression", f"task: {task}"), ("metric: R2Score", f"metric: {metric}")
    assert headlines(*changes) == expected


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("onnx: true", []),
        ("onnx: false", ["18:9: error[SYN031]: the model must be ONNX: PREDICT in the SQL pool and the scoring notebook take nothing else"]),
        ("allowed_algorithms: [LightGBM, KNN]", []),
        ("allowed_algorithms: [LightGBM, SGD]", ["18:34: error[SYN030]: SGD cannot become ONNX; with onnx: true choose among DecisionTree, ElasticNet, ExtremeRandomTrees, GradientBoosting, KNN, LassoLars, LightGBM, RandomForest, XGBoostRegressor"]),
        ("allowed_algorithms: [XGBoostClassifier]", ['18:24: error[SYN030]: XGBoostClassifier is no algorithm of regression; did you mean "XGBoostRegressor"?']),
        ("allowed_algorithms: [KNN, KNN]", ["18:29: error[SYN030]: KNN stands twice"]),
        ("allowed_algorithms: [KNN]\n  blocked_algorithms: [SGD, KNN]", ["19:29: error[SYN030]: KNN is both allowed and blocked"]),
        ("blocked_algorithms: [DecisionTree, ElasticNet, ExtremeRandomTrees, GradientBoosting, KNN, LassoLars, LightGBM, RandomForest, SGD, XGBoostRegressor]",
            ["18:3: error[SYN030]: every algorithm is blocked"]),
        ("cross_validations: 3\n  validation_size: 0.2", ["19:20: error[SYN032]: either cross_validations or validation_size, not both"]),
        ("instance_type: Standard_DS3_v2\n  instance_count: 2", []),
        ("compute: cpu\n  instance_type: Standard_DS3_v2\n  instance_count: 2", [
            '19:18: error[SYN032]: instance_type goes with compute: serverless; the cluster "cpu" has its own',
            '20:19: error[SYN032]: instance_count goes with compute: serverless; the cluster "cpu" has its own']),
        ("identity: {type: managed, client_id: 00000000-0000-4000-8000-00000000000a}", []),
        ("identity: {type: user, client_id: 00000000-0000-4000-8000-00000000000a}", ["18:37: error[SYN033]: an identity of type user has no client_id"]),
        ("identity: {type: managed, client_id: me}", ['18:40: error[SYN019]: client_id: it must be a GUID such as 00000000-0000-0000-0000-000000000000, found "me"']),
    ],
)  # fmt: skip
def test_training(headlines: Headlines, settings: str, expected: list[str]) -> None:
    assert headlines((LIMITS, f"{LIMITS}  {settings}\n")) == expected


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ("timeout: 1h, trial_timeout: 60m, trials: 4, concurrent: 4", []),
        ("timeout: 1h, trial_timeout: 2h, trials: 4", ["17:40: error[SYN032]: a trial may take 2h, the whole job 1h"]),
        ("timeout: 1d, trials: 4, concurrent: 5", ["17:48: error[SYN032]: 5 trials at once, but 4 in all"]),
        ("timeout: 1d, trials: 4, cores_per_trial: 0", ["17:53: error[SYN032]: cores_per_trial is -1 (all) or at least 1"]),
    ],
)  # fmt: skip
def test_limits(headlines: Headlines, limits: str, expected: list[str]) -> None:
    assert headlines((LIMITS, f"  limits: {{{limits}}}\n")) == expected


def test_a_metric_of_the_other_task(headlines: Headlines) -> None:
    assert headlines(("metric: R2Score", "metric: AUCWeighted")) == [
        "16:11: error[SYN029]: AUCWeighted is no metric of regression; it has NormalizedRootMeanSquaredError, NormalizedMeanAbsoluteError, R2Score, SpearmanCorrelation"
    ]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("table: dbo.trips\n", "table: a.b.c\n"), '20:10: error[SYN024]: "a.b.c" has 3 parts; write schema.name'),
        (("table: dbo.trips\n", "table: '[dbo.x'\n"), "20:10: error[SYN024]: \"[dbo.x\" is no object name: '[' is not closed"),
        (("table: dbo.trips\n", "table: dbo.\n"), "20:10: error[SYN024]: the name is empty"),
        (("table: dbo.trips\n", "table: '#trips'\n"), "20:10: error[SYN024]: dbo.#trips would be a temporary table, gone with the session that made it"),
        (("table: dbo.trips\n", f"table: {'x' * 125}\n"), "20:10: error[SYN024]: the name has 130 characters; SQL allows 128"),
        (("table: dbo.trips\n", "table: DBO.Models\n"), "20:10: error[SYN034]: DBO.Models belongs to deploy.model_table already"),
        (("procedure: dbo.predict_trips", "procedure: trips_load"), "21:14: error[SYN034]: dbo.trips_load belongs to score.table already"),
        (("predictions: dbo.trips_predictions", "predictions: DBO.trips_old"), "22:16: error[SYN034]: DBO.trips_old belongs to score.table already"),
        (("predictions: dbo.trips_predictions", "predictions: dbo.predict_trips"), "22:16: error[SYN034]: dbo.predict_trips belongs to score.procedure already"),
        ((SOURCE, "{sql_pool: dbo.trips_predictions}"), '9:22: error[SYN034]: "dbo.trips_predictions" is score.predictions: a run would overwrite its own source'),
        ((SOURCE, "{sql_pool: a.b.c}"), '9:22: error[SYN024]: "a.b.c" has 3 parts; write schema.name'),
        ((LAST, f'{LAST}  grant_execute_to: [ok, "a\\nb"]\n'), "23:26: error[SYN024]: the name holds a control character"),
    ],
)  # fmt: skip
def test_sql_objects(headlines: Headlines, change: tuple[str, str], expected: str) -> None:
    assert headlines(change) == [expected]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("test_path: trips/test", "test_path: a/../b"), '12:14: error[SYN035]: "a/../b" is no path inside the container: "." and ".." lead nowhere in a URL'),
        (("test_path: trips/test", "test_path: a/_b"), '12:14: error[SYN035]: "a/_b": Spark and COPY skip what begins with "_" or "."'),
        (("test_path: trips/test", "test_path: trips/train/x/"), '12:14: error[SYN035]: "trips/train/x" and "trips/train" of prepare.training_path lie in each other, and each is emptied when written'),
        (("test_path: trips/test", "test_path: trips/tests"), None),
        (("test_path: trips/test", "test_path: x\n  training_path: x"), '12:14: error[SYN035]: "x" is written by prepare.training_path too, and emptied before'),
        ((SOURCE, "{format: csv, path: trips}"), '9:31: error[SYN035]: the source "trips" and prepare.training_path "trips/train" lie in each other: a run would overwrite its source'),
        ((SOURCE, "{format: csv, path: ../raw}"), '9:31: error[SYN035]: "../raw" is neither a URL nor a path inside the container, such as raw/trips'),
        ((SOURCE, "{format: csv, path: /raw}"), '9:31: error[SYN035]: "/raw" is neither a URL nor a path inside the container, such as raw/trips'),
        ((SOURCE, "{format: csv, path: abfss://c@acc.dfs.core.windows.net/a/b}"), None),
        ((SOURCE, "{format: csv, path: abfss://c@acc.dfs.core.chinacloudapi.cn/a/b}"), None),
        ((SOURCE, "{format: csv, path: wasbs://c@acc.blob.core.usgovcloudapi.net/a/b}"), None),
        ((SOURCE, "{format: csv, path: abfss://c@acc.dfs.core.example.net/a}"), "9:31: error[SYN035]: this is no abfss URL; it is written abfss://container@account.dfs.core.windows.net/folder"),
        ((SOURCE, "{format: csv, path: abfss://c@acc.blob.core.windows.net/a}"), "9:31: error[SYN035]: this is no abfss URL; it is written abfss://container@account.dfs.core.windows.net/folder"),
        ((SOURCE, "{format: csv, path: wasbs://acc.blob.core.windows.net/a}"), "9:31: error[SYN035]: this is no wasbs URL; it is written wasbs://container@account.blob.core.windows.net/folder"),
        ((SOURCE, "{format: csv, path: s3://bucket/a}"), "9:31: error[SYN035]: s3:// cannot be read here"),
        ((SOURCE, "{table: trips_train}"), "9:19: error[SYN035]: the source is the training table: a run would overwrite its own source"),
    ],
)  # fmt: skip
def test_the_lake(headlines: Headlines, change: tuple[str, str], expected: str | None) -> None:
    assert headlines(change) == ([expected] if expected else [])


@pytest.mark.parametrize("suffix", ["core.windows.net", "core.chinacloudapi.cn", "core.usgovcloudapi.net"])
def test_an_https_url_is_translated(findings: Callable[..., list[Diagnostic]], suffix: str) -> None:
    (found,) = findings((SOURCE, f"{{format: csv, path: https://acc.blob.{suffix}/c/d/e}}"))
    assert found.headline == "specs/trips.yaml:9:31: error[SYN035]: https:// cannot be read here"
    assert found.hint == f"write wasbs://c@acc.blob.{suffix}/d/e"


def test_a_sas_token_is_refused_and_not_repeated(rendered: Callable[..., str]) -> None:
    text = rendered((SOURCE, "{format: csv, path: 'abfss://c@acc.dfs.core.windows.net/a?sv=1&sig=hunter2'}"))
    assert text == (
        "specs/trips.yaml:9:31: error[SYN037]: the URL has a query; a SAS token in it would be a secret in plain text\n  help: leave it out: Spark reads with the workspace's identity"
    )


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ('every: day, at: "02:00", time_zone: W. Europe Standard Time', []),
        ("every: day, at: 10:30", []),
        ("every: week, on: [Monday, Friday], at: 02:00", []),
        ("every: day, start: 2026-02-01T00:00:00Z", []),
        ("every: day, state: keep", []),
        ("every: day, state: Keep", ['23:33: error[SYN019]: state: "Keep" is not allowed; did you mean "keep"?']),
        ("every: day, on: [Monday]", ["23:26: error[SYN036]: days of the week do not go with every: day"]),
        ("every: week, on: [Monday, Monday]", ["23:40: error[SYN036]: Monday stands twice"]),
        ("every: hour, at: 02:00", ["23:27: error[SYN036]: a time of day does not go with every: hour"]),
        ("every: day, at: 2:00", ['23:30: error[SYN019]: at: it must be a time of day such as "02:00", found "2:00"']),
        ("every: day, start: 2026-02-30T00:00:00", ["23:33: error[SYN036]: 2026-02-30T00:00:00 is no moment: day is out of range for month"]),
        ("every: day, time_zone: Romance Standard Time, start: 2026-02-01T00:00:00Z", ["23:67: error[SYN036]: a start with Z is in UTC, but the time zone is Romance Standard Time"]),
        ("every: day, time_zone: Europe/Vienna", ['23:37: error[SYN036]: "Europe/Vienna" is no time zone that Synapse knows; did you mean "W. Europe Standard Time"?']),
        ("every: day, time_zone: W Europe Standard Time", ['23:37: error[SYN036]: "W Europe Standard Time" is no time zone that Synapse knows; did you mean "W. Europe Standard Time"?']),
        ("every: day, time_zone: Mars", ['23:37: error[SYN036]: "Mars" is no time zone that Synapse knows']),
    ],
)  # fmt: skip
def test_schedules(headlines: Headlines, schedule: str, expected: list[str]) -> None:
    assert headlines((LAST, f"{LAST}  schedule: {{{schedule}}}\n")) == expected
    on_training = [line.replace("23:", "18:", 1) for line in expected]
    assert headlines((LIMITS, f"{LIMITS}  schedule: {{{schedule}}}\n")) == on_training
