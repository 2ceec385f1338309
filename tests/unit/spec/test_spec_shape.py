# ruff: noqa: E501 - a row holds the exact text of a diagnostic
"""Misspelt, missing and wrong keys and values: one finding each, at its place, all at once."""

from collections.abc import Callable

import pytest

from generator.diagnostics import Diagnostic

Headlines = Callable[..., list[str]]


def test_a_good_spec_has_no_findings(findings: Callable[..., list[Diagnostic]]) -> None:
    assert findings() == []


def test_a_misspelt_key(rendered: Callable[..., str]) -> None:
    assert rendered(("metric: R2Score", "metirc: R2Score")) == (
        'specs/trips.yaml:16:3: error[SYN017]: the key "metirc" is not known here; did you mean "metric"?\n'
        "      metirc: R2Score\n      ^"
    )


def test_an_unknown_key_lists_the_known_ones(headlines: Headlines) -> None:
    assert headlines(("deploy: {", "deploy: {xyz: 1, ")) == [
        '18:10: error[SYN017]: the key "xyz" is not known here; known are model_table, model_path'
    ]


def test_a_missing_key_stands_at_its_parent(rendered: Callable[..., str]) -> None:
    assert rendered(("  metric: R2Score\n", "")) == (
        'specs/trips.yaml:13:1: error[SYN018]: the key "metric" is missing in train\n    train:\n    ^'
    )


def test_missing_keys_of_the_file_and_of_a_list_entry(headlines: Headlines) -> None:
    assert headlines(("name: trips\n", ""), ("{name: zone, type: nvarchar(30)}", "{expression: x}")) == [
        '1:1: error[SYN018]: the key "name" is missing',
        '6:5: error[SYN018]: the key "name" is missing in columns[3]',
        '6:5: error[SYN018]: the key "type" is missing in columns[3]',
    ]


def test_a_misspelling_hides_nothing(headlines: Headlines) -> None:
    assert headlines(
        ("columns:", "colums:"),
        ("type: float}", "type: flaot}"),
        ("target: fare", "taget: fair"),
        ("timeout: 1h", "timeuot: 1 hour"),
        ("table: dbo.trips\n", "tables: dbo.trips\n"),
    ) == [
        '3:1: error[SYN017]: the key "colums" is not known here; did you mean "columns"?',
        '5:24: error[SYN025]: "flaot" is no T-SQL type; did you mean "float"?',
        '15:3: error[SYN017]: the key "taget" is not known here; did you mean "target"?',
        '15:10: error[SYN021]: target "fair" is not a column; did you mean "fare"?',
        '17:12: error[SYN017]: the key "timeuot" is not known here; did you mean "timeout"?',
        '17:21: error[SYN019]: timeout: it must be a duration such as 30m, 1h or 2d, found "1 hour"',
        '20:3: error[SYN017]: the key "tables" is not known here; did you mean "table"?',
    ]


def test_a_wrong_value_hides_nothing_about_columns(headlines: Headlines) -> None:
    assert headlines(
        ("test: 0.3", "test: 3"), ("type: float, fill: 0", "type: flaot"), ("target: fare", "target: Fare")
    ) == [
        '6:25: error[SYN025]: "flaot" is no T-SQL type; did you mean "float"?',
        "10:17: error[SYN019]: test: it must be less than 1, found 3",
        '15:11: error[SYN021]: target "Fare" is not a column; did you mean "fare"?',
    ]


def test_a_wrong_word_hides_nothing(headlines: Headlines) -> None:
    assert headlines(("task: regression", "task: Regresion"), ("concurrent: 4", "concurrent: 40")) == [
        '14:9: error[SYN019]: task: "Regresion" is not allowed; did you mean "regression"?',
        "17:49: error[SYN032]: 40 trials at once, but 20 in all",
    ]


@pytest.mark.parametrize(
    ("change", "headline"),
    [
        (("name: trips\n", "name: 123\n"), "2:7: error[SYN019]: name: expected text, found 123"),
        (("name: trips\n", "name: yes\n"), "2:7: error[SYN019]: name: expected text, found yes"),
        (("trials: 20", "trials: yes"), "17:33: error[SYN019]: trials: expected a whole number, found yes"),
        (("trials: 20", "trials: 2.5"), "17:33: error[SYN019]: trials: expected a whole number, found 2.5"),
        (("trials: 20", "trials: 0"), "17:33: error[SYN019]: trials: it must be 1 or more, found 0"),
        (("trials: 20", "trials: 9999"), "17:33: error[SYN019]: trials: it must be 1000 or less, found 9999"),
        (("test: 0.3", "test: 0"), "10:17: error[SYN019]: test: it must be more than 0, found 0"),
        (("test: 0.3", "test: .inf"), "10:17: error[SYN019]: test: it must be a finite number, found inf"),
        (("test: 0.3", "test: [0.3]"), "10:17: error[SYN019]: test: expected a number, found a list"),
        (("  source: {f", "  keep: ''\n  source: {f"), '9:9: error[SYN019]: keep: it must have 1 or more characters, found ""'),
        (("deploy: {model_table: dbo.models}", "deploy:"), "18:8: error[SYN019]: deploy: expected a mapping of keys to values, found nothing"),
        (("deploy: {model_table: dbo.models}", "deploy: dbo.models"), '18:9: error[SYN019]: deploy: expected a mapping of keys to values, found "dbo.models"'),
        (("concurrent: 4", "early_termination: 1"), "17:56: error[SYN019]: early_termination: expected true or false, found 1"),
        (("metric: R2Score", "metric: R2"), ('16:11: error[SYN019]: metric: "R2" is not allowed; choose one of '
            "SpearmanCorrelation, NormalizedRootMeanSquaredError, R2Score, NormalizedMeanAbsoluteError, AUCWeighted, Accuracy, NormMacroRecall, AveragePrecisionScoreWeighted, PrecisionScoreWeighted")),
        (("metric: R2Score", "metric: r2score"), '16:11: error[SYN019]: metric: "r2score" is not allowed; did you mean "R2Score"?'),
        (("fill: 0", "fill: [0]"), "6:38: error[SYN019]: fill: expected text, a number, true or false, found a list"),
        (("fill: 0", "fill: .nan"), "6:38: error[SYN019]: fill: it must be a finite number, found nan"),
        (("test_path: trips/test", "test_path: /trips"), '12:14: error[SYN019]: test_path: it must be a path inside the container such as NYCTaxi/testdata: letters, digits and ._=- in each part, no slash first, found "/trips"'),
        (("name: trips\n", "name: my trips\n"), '2:7: error[SYN019]: name: it must be 1 to 100 letters, digits and _, a letter first: artifacts are named after it, found "my trips"'),
        (("name: trips\n", "name: trips[1]\n"), '2:7: error[SYN019]: name: it must be 1 to 100 letters, digits and _, a letter first: artifacts are named after it, found "trips[1]"'),
        (("name: trips\n", 'name: "\\e[31m"\n'), '2:7: error[SYN019]: name: it must be 1 to 100 letters, digits and _, a letter first: artifacts are named after it, found "\\u001b[31m"'),
    ],
)  # fmt: skip
def test_wrong_values(headlines: Headlines, change: tuple[str, str], headline: str) -> None:
    assert headlines(change) == [headline]


def test_what_yaml_takes_for_something_else_is_explained(rendered: Callable[..., str]) -> None:
    assert rendered(("name: trips\n", "name: on\n")) == (
        "specs/trips.yaml:2:7: error[SYN019]: name: expected text, found on\n    name: on\n          ^\n"
        '  help: YAML reads on as true; put it in quotes: "on"'
    )
    assert rendered(("trials: 20", 'trials: "20"')).endswith('found "20"\n      limits: {timeout: 1h, trials: "20", concurrent: 4}\n'
        "                                    ^\n  help: leave the quotes out")  # fmt: skip


class TestSource:
    def source(self, text: str) -> tuple[str, str]:
        return "source: {format: parquet, path: raw/trips}", text

    @pytest.mark.parametrize(
        "text",
        ["source: {table: default.x}", "source: {sql_pool: dbo.x}", "source: {format: csv, path: x, where: a > 1}"],
    )
    def test_each_form(self, headlines: Headlines, text: str) -> None:
        assert headlines(self.source(text)) == []

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("source: {format: parqet, path: x}", ['9:20: error[SYN019]: format: "parqet" is not allowed; did you mean "parquet"?']),
            ("source: {frmat: parquet, path: x}", ['9:12: error[SYN017]: the key "frmat" is not known here; did you mean "format"?']),
            ("source: {path: x}", ['9:3: error[SYN018]: the key "format" is missing in source']),
            ("source: {tabel: default.x}", ['9:12: error[SYN017]: the key "tabel" is not known here; did you mean "table"?']),
            ("source: {table: default.x, path: y}", ['9:30: error[SYN017]: the key "path" does not go with "table": a source has one form']),
            ("source: {table: default.x, pth: y}", ['9:30: error[SYN017]: the key "pth" is not known here; known are table, where']),
            ("source: {table: 'a b'}", ['9:19: error[SYN019]: table: it must be a Spark table such as default.trips, found "a b"']),
            ("source: {where: x}", ["9:3: error[SYN018]: source does not say where the data is: give table, or format and path, or sql_pool"]),
            ("source: default.x", ['9:11: error[SYN019]: source: expected a mapping with table, or format and path, or sql_pool, found "default.x"']),
            ("source:", ["9:10: error[SYN019]: source: expected a mapping with table, or format and path, or sql_pool, found nothing"]),
        ],
    )  # fmt: skip
    def test_one_finding_for_the_form_that_was_meant(
        self, headlines: Headlines, text: str, expected: list[str]
    ) -> None:
        assert headlines(self.source(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("replicate", []),
        ("{hash: id}", []),
        ("round_robbin", ['23:17: error[SYN019]: distribution: "round_robbin" is not allowed; did you mean "round_robin"?']),
        ("[id]", ["23:17: error[SYN019]: distribution: a list is not allowed; choose one of round_robin, replicate"]),
        ("1", ['23:17: error[SYN019]: distribution: "1" is not allowed; choose one of round_robin, replicate']),
        ("{hsh: id}", ['23:18: error[SYN017]: the key "hsh" is not known here; did you mean "hash"?']),
        ("{hash: 1}", ["23:24: error[SYN019]: hash: expected text, found 1"]),
        ("{hash: Id}", ['23:24: error[SYN021]: hash "Id" is not a column; did you mean "id"?']),
    ],
)  # fmt: skip
def test_distribution(headlines: Headlines, text: str, expected: list[str]) -> None:
    before = "  predictions: dbo.trips_predictions\n"
    assert headlines((before, f"{before}  distribution: {text}\n")) == expected


def test_what_looks_like_a_secret_is_not_repeated(rendered: Callable[..., str]) -> None:
    text = rendered(("deploy: {", "deploy: {account_key: hunter2, "))
    assert text == (
        'specs/trips.yaml:18:10: error[SYN017]: the key "account_key" is not known here; known are model_table, model_path\n'
        "  help: a secret has no place in a file; keep it in the key vault and give its name (secret_name)"
    )


@pytest.mark.parametrize(
    ("kind", "headline"),
    [
        ("kind: AutoMl\n", '1:7: error[SYN015]: there is no kind "AutoMl"; did you mean "AutoML"?'),
        ("kind: Forecast\n", '1:7: error[SYN015]: there is no kind "Forecast"; kinds are AutoML'),
        ("kind: 3\n", "1:7: error[SYN015]: there is no kind 3; kinds are AutoML"),
        ("kind: [AutoML]\n", "1:7: error[SYN015]: there is no kind a list; kinds are AutoML"),
        ("", "1:1: error[SYN015]: the spec names no kind; kinds are AutoML"),
    ],
)
def test_an_unknown_kind(headlines: Headlines, kind: str, headline: str) -> None:
    assert headlines(("kind: AutoML\n", kind)) == [headline]
