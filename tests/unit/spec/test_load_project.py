"""Files of a project: found, read, refused, all findings of all of them at once."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generator.diagnostics import CATALOGUE, ExitCode, SynapseGenError
from generator.spec.load import environment_of, find_project_root, load_project, load_spec

REPOSITORY = Path(__file__).parents[3]
Write = Callable[..., Path]
Refused = Callable[[Path], str]
Another = Callable[..., str]


def test_this_repository() -> None:
    loaded = load_project(find_project_root(REPOSITORY / "specs"))
    assert loaded.root == REPOSITORY
    assert list(loaded.project.environments) == ["local", "dev", "prod"]
    (taxi,) = loaded.specs
    assert taxi.source.path == "specs/nyc_taxi.yaml"
    assert taxi.spec.name == "nyc_taxi"
    assert taxi.spec.target.name == "fareAmount"
    assert taxi.spec.key.name == "tripId"
    assert len(taxi.spec.features) == 6
    assert taxi.spec.train.limits.timeout == "1h"
    assert taxi.spec.score.schedule is not None
    assert taxi.spec.score.schedule.at == "02:00"


def test_a_project_and_its_specs_in_the_order_of_their_names(project: Write, another: Another) -> None:
    changes = (("name: trips\n", "name: aaa\n"), ("table: dbo.trips\n", "table: dbo.a\n"),
               ("predictions: dbo.trips_predictions", "predictions: dbo.ap"), ("dbo.predict_trips", "dbo.predict_a"),
               ("test_path: trips/test", "test_path: aaa/test"), ("default.trips_train", "default.a"))  # fmt: skip
    specs = {"specs/trips.yaml": another(), "specs/zzz.yaml": another(*changes), "specs/notes.txt": "no spec"}
    loaded = load_project(project(specs=specs))
    assert [(s.spec.name, s.source.path) for s in loaded.specs] == [
        ("aaa", "specs/zzz.yaml"),
        ("trips", "specs/trips.yaml"),
    ]
    assert loaded.source.path == "synapse.yaml"


def test_the_root_is_the_nearest_folder_with_a_project(project: Write) -> None:
    root = project()
    (root / "specs" / "deep").mkdir()
    assert find_project_root(root / "specs" / "deep") == root


def test_no_project(tmp_path: Path) -> None:
    with pytest.raises(SynapseGenError) as caught:
        find_project_root(tmp_path)
    (found,) = caught.value.diagnostics
    assert found.headline == f"error[SYN010]: there is no synapse.yaml in {tmp_path} or above it"
    assert found.hint == "go into a project, or name one with --project"
    assert caught.value.exit_code is ExitCode.USAGE


def test_a_project_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(SynapseGenError) as caught:
        find_project_root(tmp_path / "nowhere")
    assert caught.value.diagnostics[0].message == f"{tmp_path / 'nowhere'} is no folder"
    assert caught.value.exit_code is ExitCode.USAGE


def test_every_finding_of_every_file_at_once(project: Write, refused: Refused, another: Another) -> None:
    specs = {
        "specs/a.yaml": another(("target: fare", "target: fair")),
        "specs/b.yaml": "kind: [",
        "specs/c.yaml": "",
        "specs/d.yaml": another(("name: trips\n", "name: zz\n"), ("type: bigint", "type: biggint")),
    }
    lines = refused(project(("region: westeurope", "regoin: westeurope"), specs=specs)).splitlines()
    assert [line for line in lines if "error[" in line] == [
        'synapse.yaml:10:5: error[SYN017]: the key "regoin" is not known here; did you mean "region"?',
        'specs/a.yaml:15:11: error[SYN021]: target "fair" is not a column; did you mean "fare"?',
        "specs/b.yaml:1:8: error[SYN004]: this is no YAML: a value is expected here",
        "specs/c.yaml: error[SYN002]: the file is empty",
        'specs/d.yaml:4:22: error[SYN025]: "biggint" is no T-SQL type; did you mean "bigint"?',
        "specs/d.yaml:11:19: error[SYN034]: the training table default.trips_train is that of specs/a.yaml too",
        "specs/d.yaml:20:10: error[SYN034]: dbo.trips is written by specs/a.yaml too",
        "specs/d.yaml:21:14: error[SYN034]: dbo.predict_trips is written by specs/a.yaml too",
        "specs/d.yaml:22:16: error[SYN034]: dbo.trips_predictions is written by specs/a.yaml too",
        'specs/d.yaml:12:14: error[SYN035]: "trips/test" is written by specs/a.yaml too, and emptied before',
    ]


@pytest.mark.parametrize(
    ("content", "headline"),
    [
        (b"", "specs/trips.yaml: error[SYN002]: the file is empty"),
        (b"\x00\x01\x02", "specs/trips.yaml:1:1: error[SYN003]: the file is binary: it holds a NUL character"),
        (b"\x89PNG\r\n", "specs/trips.yaml:1:1: error[SYN003]: byte 0x89 is not UTF-8: the file is binary or has another encoding"),
        (b"# nothing\n", "specs/trips.yaml: error[SYN012]: the file holds nothing where a mapping of keys to values is expected"),
        (b"- a\n", "specs/trips.yaml:1:1: error[SYN012]: the file holds a list where a mapping of keys to values is expected"),
        (b"just text", 'specs/trips.yaml:1:1: error[SYN012]: the file holds "just text" where a mapping of keys to values is expected'),
        (b"kind: AutoML\nkind: AutoML\n", 'specs/trips.yaml:2:1: error[SYN005]: the key "kind" stands twice; the first is at 1:1'),
    ],
)  # fmt: skip
def test_files_that_are_no_specs(project: Write, refused: Refused, content: bytes, headline: str) -> None:
    root = project()
    (root / "specs/trips.yaml").write_bytes(content)
    assert refused(root).splitlines()[0] == headline


def test_no_specs(project: Write, refused: Refused) -> None:
    assert refused(project(specs={})) == (
        "synapse.yaml:4:1: error[SYN014]: the project has no specs: no file fits specs/*.yaml\n"
        "    specs: [specs/*.yaml]\n"
        "    ^\n"
        "  help: write one; `synapse-gen schema` describes it"
    )


def test_no_specs_where_nothing_says_which(project: Write, refused: Refused) -> None:
    headline = refused(project(("specs: [specs/*.yaml]\n", ""), specs={})).splitlines()[0]
    assert headline == "synapse.yaml:1:1: error[SYN014]: the project has no specs: no file fits specs/*.yaml"


@pytest.mark.parametrize(
    ("specs", "headline"),
    [
        ("[]", "4:1: error[SYN014]: the project has no specs: no file fits an empty list"),
        ("[../*.yaml]", '4:9: error[SYN013]: "../*.yaml" leads out of the project; patterns are relative to the folder of synapse.yaml'),
        ("[a/../../b]", '4:9: error[SYN013]: "a/../../b" leads out of the project; patterns are relative to the folder of synapse.yaml'),
        ("[/etc/*]", '4:9: error[SYN013]: "/etc/*" leads out of the project; patterns are relative to the folder of synapse.yaml'),
        ("['C:/x']", '4:9: error[SYN013]: "C:/x" leads out of the project; patterns are relative to the folder of synapse.yaml'),
        ("['']", "4:9: error[SYN013]: an empty pattern fits no file"),
        ("['a\\b']", "4:9: error[SYN013]: a pattern for files parts folders with forward slashes"),
        ("['**x']", "4:9: error[SYN013]: \"**x\" is no pattern for files: Invalid pattern: '**' can only be an entire path component"),
        ("[specs/*.yaml, specs/tirps.yaml]", '4:23: error[SYN014]: there is no file "specs/tirps.yaml"'),
        ("[specs]", '4:9: error[SYN014]: there is no file "specs"'),
        ("specs/*.yaml", '4:8: error[SYN019]: specs: expected a list, found "specs/*.yaml"'),
        ("[1]", "4:9: error[SYN019]: specs[0]: expected text, found 1"),
    ],
)  # fmt: skip
def test_patterns(project: Write, refused: Refused, specs: str, headline: str) -> None:
    lines = refused(project(("specs: [specs/*.yaml]", f"specs: {specs}"))).splitlines()
    assert [line for line in lines if "error[" in line] == [f"synapse.yaml:{headline}"]


def test_a_folder_is_told_what_to_write(project: Write, refused: Refused) -> None:
    assert refused(project(("[specs/*.yaml]", "[specs]"))).splitlines()[-1] == "  help: write specs/*.yaml"


def test_links_out_of_the_project_are_refused(
    project: Write, refused: Refused, tmp_path: Path, another: Another
) -> None:
    root = project()
    (tmp_path / "outside.yaml").write_text(another(), encoding="utf-8")
    (root / "specs/link.yaml").symlink_to(tmp_path / "outside.yaml")
    (root / "specs/inside.yml").symlink_to(root / "specs/trips.yaml")
    assert refused(root).splitlines()[0] == (
        "synapse.yaml:4:9: error[SYN013]: specs/link.yaml is a link that leads out of the project"
    )


def test_hidden_folders_and_the_project_file_hold_no_specs(project: Write, another: Another) -> None:
    specs = {"specs/trips.yaml": another(), ".venv/x.yaml": "x", "specs/.draft.yaml": "x"}
    loaded = load_project(project(("[specs/*.yaml]", "['**/*.yaml']"), specs=specs))
    assert [s.source.path for s in loaded.specs] == ["specs/trips.yaml"]


def test_two_specs_of_one_name(project: Write, refused: Refused, another: Another) -> None:
    specs = {"specs/a.yaml": another(), "specs/b.yaml": another(("name: trips\n", "name: Trips\n"))}
    assert refused(project(specs=specs)) == (
        'specs/a.yaml:2:7: error[SYN016]: the name "trips" is taken by specs/b.yaml:2:7\n    name: trips\n          ^'
    )


def test_specs_may_share_the_table_of_models_and_nothing_else(
    project: Write, refused: Refused, another: Another
) -> None:
    changes = (("name: trips\n", "name: rides\n"), ("table: dbo.trips\n", "table: dbo.rides\n"),
               ("predictions: dbo.trips_predictions", "predictions: dbo.rides_predictions"),
               ("default.trips_train", "default.rides_train"), ("dbo.predict_trips", "dbo.TRIPS_LOAD"),
               ("test_path: trips/test", "test_path: trips"))  # fmt: skip
    lines = refused(project(specs={"specs/a.yaml": another(), "specs/b.yaml": another(*changes)})).splitlines()
    assert [line for line in lines if "error[" in line] == [
        "specs/a.yaml:20:10: error[SYN034]: dbo.trips_load is written by specs/b.yaml too",
        'specs/a.yaml:12:14: error[SYN035]: "trips/test" and "trips" of specs/b.yaml lie in each other, and each is emptied when written',
    ]


def test_a_project_file_that_cannot_be_read(tmp_path: Path, refused: Refused) -> None:
    (tmp_path / "synapse.yaml").mkdir()
    assert refused(tmp_path) == "synapse.yaml: error[SYN001]: this is a folder, a file is wanted"


def test_environments_by_name(project: Write) -> None:
    loaded = load_project(project())
    assert environment_of(loaded, None)[0] == "dev"
    name, environment = environment_of(loaded, "dev")
    assert (name, environment.workspace) == ("dev", "syn-dev")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("dve", 'there is no environment "dve"; did you mean "dev"?'),
        ("staging", 'there is no environment "staging"; there are dev'),
        ("", 'there is no environment ""; there are dev'),
    ],
)
def test_an_unknown_environment(project: Write, name: str, message: str) -> None:
    loaded = load_project(project())
    with pytest.raises(SynapseGenError) as caught:
        environment_of(loaded, name)
    assert caught.value.diagnostics[0].headline == f"error[SYN011]: {message}"
    assert caught.value.exit_code is ExitCode.USAGE


@given(data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_but_our_error_is_ever_raised(project: Write, another: Another, data: st.DataObject) -> None:
    """Bytes of a good spec or project, some of them replaced, doubled or cut: read, or refused with places."""
    root = project()
    file = data.draw(st.sampled_from(["specs/trips.yaml", "synapse.yaml"]))
    content = bytearray((root / file).read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content)))
        until = min(len(content), at + data.draw(st.integers(0, 12)))
        content[at:until] = data.draw(
            st.sampled_from(
                [b"", b" ", b"\n", b": ", b"- ", b"[", b"}", b"null", b"yes", b"-1", b"\xff", b"&a ", b"*a", b"x"]
            )
            | st.binary(max_size=4)
            | st.just(bytes(content[until : until + 30]))
        )
    (root / file).write_bytes(bytes(content))
    codes: set[str] = set()
    try:
        load_project(root)
    except SynapseGenError as error:
        codes = {d.code for d in error.diagnostics}
        places = [d.location for d in error.diagnostics]
        assert all(place is not None for place in places)
    assert codes <= set(CATALOGUE)


@given(st.binary(max_size=200))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nor_for_any_bytes(project: Write, content: bytes) -> None:
    root = project()
    (root / "specs/trips.yaml").write_bytes(content)
    with pytest.raises(SynapseGenError):
        load_project(root)


WORDS = st.sampled_from(
    ["table", "format", "path", "sql_pool", "where", "hash", "name", "type", "role", "x", "<table>", "str"]
)
VALUES = st.recursive(
    st.sampled_from(["null", "yes", "1", "1.5", "x", "float", "'1'", "AutoML", ".nan", "2020-01-01"]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
        | st.dictionaries(WORDS, inner, max_size=3).map(
            lambda d: "{" + ", ".join(f"{k}: {v}" for k, v in d.items()) + "}"
        )
    ),
    max_leaves=6,
)


@given(st.data())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nor_for_any_value_in_any_place(another: Another, data: st.DataObject) -> None:
    old = data.draw(st.sampled_from([
        "AutoML", "{name: fare, type: float}", "{format: parquet, path: raw/trips}", "{test: 0.3}", "regression", "R2Score",
        "{timeout: 1h, trials: 20, concurrent: 4}", "{model_table: dbo.models}", "dbo.predict_trips", "nvarchar(30)",
        "name: trips", "{name: id, type: bigint, role: key}", "trips/test",
    ]))  # fmt: skip
    new = data.draw(VALUES)
    text = another((old, new), ("  predictions:", f"  distribution: {data.draw(VALUES)}\n  predictions:"))
    lines = text.split("\n")
    found: list[str] = []
    try:
        load_spec(text, "f.yaml")
    except SynapseGenError as error:
        for diagnostic in error.diagnostics:
            where = diagnostic.location
            assert where is not None
            assert where.line is not None
            assert where.column is not None
            assert where.column <= len(lines[where.line - 1]) + 1
            assert diagnostic.source_line in (lines[where.line - 1], None)
            found.append(diagnostic.headline)
    assert len(found) == len(set(found)), "one mistake, one finding"
