from __future__ import annotations

from pathlib import Path

import pytest

from generator.cli.project import open_project, render
from generator.cli.spec_lines import spec_lines


@pytest.mark.parametrize(
    ("artifact", "line"),
    [
        ("notebook/nyc_taxi_prepare", "prepare:"),
        ("notebook/nyc_taxi_deploy", "deploy:"),
        ("pipeline/nyc_taxi_train", "train:"),
        ("trigger/nyc_taxi_score_schedule", "  schedule:"),
        ("pipeline/nyc_taxi_setup", "name: nyc_taxi"),
        ("pipeline/nyc_taxi", "name: nyc_taxi"),
        ("linkedService/key_vault", "name: nyc_taxi"),
    ],
)
def test_an_artifact_comes_from_the_part_of_the_spec_that_it_is_called_after(
    repository: Path, artifact: str, line: str
) -> None:
    project = open_project(repository)
    found = spec_lines(project, render(project, "dev").built["dev"].spec_of)[artifact]
    assert found.path == "specs/nyc_taxi.yaml"
    assert found.line is not None
    text = (repository / found.path).read_text(encoding="utf-8").splitlines()[found.line - 1]
    assert text.startswith(line)
    # The caret stands under the key, or under the name that follows it.
    assert text[(found.column or 0) - 1 :].split(":")[0] in line
