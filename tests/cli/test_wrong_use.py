"""The command, wrongly used: exit code 2, one sentence that says what was wrong, and nothing happens."""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING

import pytest

from generator.cli.parameters import given_parameters, typed_parameters
from tests.cli.conftest import shell, snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import CommandLine


@pytest.mark.parametrize("command", ["validate", "render", "publish", "run nyc_taxi", "local start", "local reset"])
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--env", "locl"], 'error[SYN011]: there is no environment "locl"; did you mean "local"?'),
        (["--env", ""], 'error[SYN011]: there is no environment ""; there are local, dev, prod'),
        (["--env", "x\x1b[31m"], 'error[SYN011]: there is no environment "x\\u001b[31m"'),
        (["--env", "dev", "--env", "local"], "Invalid value for '--env': give it once"),
        (["--nothing"], "No such option '--nothing'"),
    ],
)
def test_environments_and_options(
    synapse_gen: CommandLine, project: Path, command: str, options: list[str], words: str
) -> None:
    before = snapshot(project)
    code, out, err = synapse_gen(*command.split(), *options, "--project", project)
    assert (code, out) == (2, "")
    assert words in err
    assert err.casefold().count("error") == 1
    assert snapshot(project) == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["rendr"], "No such command 'rendr'. Did you mean \"render\"?"),
        (["local", "strat"], "No such command 'strat'"),
        (["validate", "extra"], "unexpected extra argument (extra)"),
        (["validate", "--format", "yaml"], "'yaml' is not one of 'text', 'json'"),
        (["validate", "--format", "json", "--format", "text"], "Invalid value for '--format': give it once"),
        (["schema", "AutoMl"], "'AutoMl' is not one of 'Project', 'AutoML', 'Findings', 'Plan', 'History', 'Run'"),
        (["run"], "Missing argument 'PIPELINE'"),
        (["run", ""], "the name of the pipeline is empty"),
        (["run", "folder/nyc_taxi"], "a pipeline is called by its name alone"),
        (["run", "x", "--parameter", "y"], '"y" is not NAME=VALUE'),
        (["run", "x", "--parameter", "=1"], '"=1" is not NAME=VALUE'),
        (["run", "x", "--parameter", "y=1", "--parameter", "y=2"], '"y" is given twice'),
        (["local", "start", "--port", "99999"], "99999 is not in the range 0<=x<=65535"),
        (["validate", "--project", ""], "the name of the folder is empty"),
        (["validate", "--project", ".", "--project", "."], "Invalid value for '--project': give it once"),
        (["local", "status", "--env", "dev"], 'error[SYN303]: the environment "dev" is in Azure, not embedded'),
    ],
)
def test_arguments(
    synapse_gen: CommandLine, project: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str
) -> None:
    monkeypatch.chdir(project)
    before = snapshot(project)
    code, out, err = synapse_gen(*arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert snapshot(project) == before


def test_a_number_that_is_no_json_is_text() -> None:
    given = given_parameters(("a=NaN", "b=-Infinity", "c=1", "d=x=y", "e="))
    assert typed_parameters(given, {}) == {"a": "NaN", "b": "-Infinity", "c": 1, "d": "x=y", "e": ""}


def test_a_parameter_that_is_declared_as_text_stays_text() -> None:
    declared = {"year": {"type": "string"}, "rows": {"type": "int"}, "names": {"type": "array"}}
    given = given_parameters(("year=2018", "rows=5", 'names=["a"]', "other=true"))
    assert typed_parameters(given, {"parameters": declared}) == {
        "year": "2018",
        "rows": 5,
        "names": ["a"],
        "other": True,
    }


def test_a_folder_without_a_project(synapse_gen: CommandLine, tmp_path: Path) -> None:
    code, _, err = synapse_gen("validate", "--project", tmp_path)
    assert code == 2
    assert err == (
        f"error[SYN010]: there is no synapse.yaml in {tmp_path} or above it\n"
        "  help: go into a project, or name one with --project\n"
    )


def test_a_folder_that_does_not_exist(synapse_gen: CommandLine, tmp_path: Path) -> None:
    code, _, err = synapse_gen("validate", "--project", tmp_path / "nothing")
    assert (code, err) == (2, f"error[SYN010]: {tmp_path}/nothing is no folder\n")


def test_a_folder_that_was_deleted_under_us(tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    done = shell('cd gone; rmdir ../gone; "${@}" validate', tmp_path, {"PYTHONPATH": ""})
    assert (done.returncode, done.stderr) == (2, "error[SYN010]: the current folder was deleted\n")


def test_from_another_folder_and_twice(synapse_gen: CommandLine, project: Path, tmp_path: Path) -> None:
    (project / "specs/deep").mkdir()
    for _ in range(2):
        code, out, err = synapse_gen("render", "--project", project / "specs/deep")
        assert (code, out) == (0, "")
    assert re.fullmatch(r"\d+ files unchanged\n", err)


def test_a_port_that_is_in_use(synapse_gen: CommandLine, project: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for _ in range(2):
            code, out, err = synapse_gen("local", "start", "--port", port, "--project", project)
            assert (code, out) == (4, "")
            assert err == (
                f"error[SYN401]: port {port} cannot be used: Address already in use\n  help: choose another --port\n"
            )
    assert synapse_gen("local", "status", "--project", project)[1] == "not running\n"
