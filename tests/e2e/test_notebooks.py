"""Notebooks in a started embedded workspace whose folder has a name that has to be quoted everywhere.

A Spark session takes seconds, so few notebooks do many things; each writes what it saw into the lake, and the tests look.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from generator.local import process
from generator.local.trips import MONTH_URL, ROWS
from tests.conftest import local_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [pytest.mark.engines, pytest.mark.xdist_group("notebooks")]

STRANGE = """pro'ject "x" é %20 [1]"""
LONGEST = 120.0
"""Seconds for anything here."""
ENDED = ("Succeeded", "Failed", "Cancelled")
LONG_JOB = "spark.range(1).rdd.map(lambda _: __import__('time').sleep(600)).count()"
LOOK = """
import hashlib, json, os, subprocess, sys, time

seen = {}

def look(name, call):
    '''Keep what a call returns, or what people would be told of its exception.'''
    from generator.local.lake import LakePaths
    from generator.local.spark.failures import explain
    from generator.local.spark.interpreter.start import SETTINGS

    began = time.monotonic()
    try:
        seen[name] = call()
    except Exception as error:
        seen[name] = explain(type(error).__name__, str(error), LakePaths(SETTINGS))
    seen[name + ' seconds'] = time.monotonic() - began

def keep(path):
    notebookutils.fs.put(path, json.dumps(seen), True)
"""


class Workspace:
    """A started workspace: publishes notebooks, each in a pipeline of its own, and runs them."""

    def __init__(self, root: Path) -> None:
        self.settings = local_settings(root)
        self.root = root
        self.lake = root / "lake/account.dfs.core.windows.net/lake"
        self.server = process.ensure_running(self.settings)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        answer = process.request(self.server, method, f"{path}?api-version=2020-12-01", body)
        return json.loads(answer) if answer else None

    def publish(self, name: str, *cells: str | dict[str, Any]) -> None:
        document = {"nbformat": 4, "nbformat_minor": 2, "cells": [c if isinstance(c, dict) else code(c) for c in cells]}
        self.call("PUT", f"/notebooks/{name}", {"name": name, "properties": document})

    def start(self, name: str, **parameters: str | int) -> str:
        """Run a notebook; returns the id of the pipeline's run."""
        given = {k: {"value": v, "type": "int" if isinstance(v, int) else "string"} for k, v in parameters.items()}
        reference = {"referenceName": name, "type": "NotebookReference"}
        properties = {"notebook": reference, "parameters": given}
        activities = [{"name": "n", "type": "SynapseNotebook", "typeProperties": properties}]
        self.call("PUT", f"/pipelines/{name}", {"name": name, "properties": {"activities": activities}})
        return str(self.call("POST", f"/pipelines/{name}/createRun", {})["runId"])

    def ended(self, run: str) -> dict[str, Any]:
        """Wait for a run; returns its activity."""

        def is_ended() -> bool:
            return self.call("GET", f"/pipelineruns/{run}")["status"] in ENDED

        until(is_ended)
        window = {"lastUpdatedAfter": "2000-01-01T00:00:00Z", "lastUpdatedBefore": "2100-01-01T00:00:00Z"}
        name = self.call("GET", f"/pipelineruns/{run}")["pipelineName"]
        found = self.call("POST", f"/pipelines/{name}/pipelineruns/{run}/queryActivityruns", window)["value"]
        return dict(found[0])

    def run(self, name: str, *cells: str | dict[str, Any], **parameters: str | int) -> dict[str, Any]:
        self.publish(name, *cells)
        return self.ended(self.start(name, **parameters))

    def seen(self, path: str) -> dict[str, Any]:
        return dict(json.loads((self.lake / path).read_text()))

    def secret(self) -> str:
        return str(json.loads((self.root / "secrets.json").read_bytes())["deploy"])


def code(source: str, *, tags: tuple[str, ...] = ()) -> dict[str, Any]:
    metadata = {"tags": list(tags)} if tags else {}
    return {"cell_type": "code", "metadata": metadata, "source": source.splitlines(keepends=True)}


def text(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": [source]}


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LONGEST
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def alive(group: int) -> list[str]:
    """Return the processes of a group; one that has ended and was not waited for is not alive."""
    command = ["ps", "-A", "-o", "pgid=,stat=,args="]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = [line.split(None, 2) for line in done.stdout.splitlines()]
    return [" ".join(rest) for pgid, *rest in lines if int(pgid) == group and not rest[0].startswith("Z")]


def exit_value(activity: dict[str, Any]) -> str:
    assert activity["status"] == "Succeeded", activity["error"]
    return str(activity["output"]["status"]["Output"]["result"]["exitValue"])


def error(activity: dict[str, Any]) -> str:
    assert activity["status"] == "Failed"
    return str(activity["error"]["message"])


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    made = Workspace(tmp_path_factory.mktemp("notebooks") / STRANGE)
    yield made
    process.stop(made.root)


FIRST = (
    text("# Everything that needs a session"),
    code('%%configure -f\n{\n  // few rows\n  "conf": {"spark.sql.shuffle.partitions": "3"}, "driverMemory": "28g"\n}'),
    code("limit = 1\nlabel = 'unset'", tags=("parameters",)),
    code(LOOK),
    code(
        "%%sql\nCREATE OR REPLACE TEMP VIEW few AS SELECT 1 AS a UNION ALL SELECT 2;\n"
        "-- not two; statements\nSELECT COUNT(*) AS `many;of` FROM few;\nCREATE OR REPLACE TEMP VIEW one AS SELECT ';' AS b"
    ),
    code('%run tools/shared {"factor": 21}'),
    code("""
look('parameters', lambda: [limit, label])
look('configured', lambda: spark.conf.get('spark.sql.shuffle.partitions'))
look('sql', lambda: [spark.table('few').count(), spark.table('one').first().b])
look('shared', lambda: [doubled, describe()])
look('apart', lambda: notebookutils.notebook.run('apart', 60, {'n': 7}))
look('apart shares', lambda: ['own' in globals(), doubled])
look('itself', lambda: notebookutils.notebook.run('FIRST', 60))
look('missing', lambda: notebookutils.notebook.run('nowhere', 60))
look('slow job', lambda: notebookutils.notebook.run('slow_job', 2))
look('after', lambda: spark.range(7).count())
look('slow code', lambda: notebookutils.notebook.run('slow_code', 1))
""".lstrip()),
    code("""
look('same place', lambda: [
    notebookutils.fs.put('/same/ü 1.txt', 'a', True), spark.read.text('/same/ü 1.txt').count(),
    notebookutils.fs.put('home.txt', 'a', True), spark.read.text('home.txt').count(),
    spark.range(4).coalesce(1).write.mode('overwrite').csv('/same/by spark'),
    len([f for f in notebookutils.fs.ls('/same/by spark') if f.name.endswith('.csv')]),
])
spark.range(5).write.mode('overwrite').saveAsTable('Kept_Table')
account = 'azureopendatastorage'
look('month', lambda: spark.read.parquet(f'wasbs://nyctlc@{account}.blob.core.windows.net/yellow/puYear=2018/puMonth=5/').count())
look('no month', lambda: spark.read.parquet(f'wasbs://nyctlc@{account}.blob.core.windows.net/green/'))
look('container', lambda: spark.read.text('abfss://other@account.dfs.core.windows.net/x'))
look('amazon', lambda: spark.read.text('s3a://bucket/x'))
look('delta', lambda: spark.range(1).write.format('delta').save('/delta'))
look('upwards', lambda: spark.read.text('/../../../secrets.json').count())
def fails(_):
    raise LookupError('in a task')
look('task', lambda: spark.range(1).rdd.map(fails).count())
keep('/first.json')
spark.read.text('abfss://lake@elsewhere.dfs.core.windows.net/x').show()
""".lstrip()),
)  # fmt: skip
SHARED = (code("factor = 1", tags=("parameters",)), "doubled = 2 * factor", "def describe():\n    return f'x{factor}'")


@pytest.fixture(scope="module")
def first(workspace: Workspace) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the notebook saw, and the activity that ran it."""
    workspace.publish("shared", *SHARED)
    parameters = code("n = 0", tags=("parameters",))
    ends = 'notebookutils.notebook.exit(f"{n + 1} {doubled}")'
    workspace.publish("apart", parameters, "own = n", '%run shared {"factor": 5}', ends, "1/0")
    workspace.publish("slow_job", LONG_JOB)
    workspace.publish("slow_code", "import time\nwhile True:\n    time.sleep(0.01)")
    activity = workspace.run("first", *FIRST, limit=5, label="it's ü")
    assert (workspace.lake / "first.json").is_file(), activity["error"]
    return workspace.seen("first.json"), activity


def test_values_of_the_activity_stand_over_the_parameters_cell(first: Any) -> None:
    assert first[0]["parameters"] == [5, "it's ü"]


def test_settings_of_the_first_cell_take_effect(first: Any) -> None:
    assert first[0]["configured"] == "3"


def test_a_sql_cell_runs_every_statement_and_shows_what_they_return(workspace: Workspace, first: Any) -> None:
    assert first[0]["sql"] == [2, ";"]
    assert any("many;of" in path.read_text() for path in (workspace.root / "logs/notebooks").glob("*.ipynb"))


def test_run_shares_variables_and_takes_parameters(first: Any) -> None:
    assert first[0]["shared"] == [42, "x21"]


def test_a_notebook_that_is_run_apart_has_its_own_variables_and_an_exit_value(first: Any) -> None:
    assert (first[0]["apart"], first[0]["apart shares"]) == ("8 10", [False, 42])


def test_a_notebook_neither_runs_itself_nor_one_that_is_not_published(first: Any) -> None:
    assert first[0]["itself"] == "RecursionError: notebook FIRST runs itself; Synapse does not allow it"
    assert "there is no notebook nowhere in the workspace" in first[0]["missing"]


def test_a_notebook_that_takes_too_long_is_ended_and_the_session_goes_on(first: Any) -> None:
    seen = first[0]
    assert seen["slow job"] == "TimeoutError: notebook slow_job did not end within 2 seconds"
    assert seen["slow code"] == "TimeoutError: notebook slow_code did not end within 1 seconds"
    assert 2 <= seen["slow job seconds"] < 30
    assert 1 <= seen["slow code seconds"] < 10
    assert seen["after"] == 7


def test_spark_and_notebookutils_mean_the_same_place(workspace: Workspace, first: Any) -> None:
    assert first[0]["same place"] == [True, 1, True, 1, None, 1]
    assert (workspace.lake / "same/ü 1.txt").is_file()
    assert (workspace.lake / "user/trusted-service-user/home.txt").is_file()


def test_the_public_account_has_the_generated_month(first: Any) -> None:
    assert first[0]["month"] == ROWS
    assert first[0]["no month"].endswith(f"has one month of that dataset, which is generated: {MONTH_URL}")


def test_what_a_local_run_does_not_reach_gives_one_sentence(first: Any) -> None:
    seen = first[0]
    assert seen["container"] == (
        "Py4JJavaError: abfss://other@account.dfs.core.windows.net: there is no container other in the storage account "
        "account.dfs.core.windows.net of the local workspace"
    )
    assert seen["amazon"] == (
        "Py4JJavaError: s3a://bucket/x leads out of the local workspace, which reaches no network"
    )
    assert seen["delta"].startswith("Py4JJavaError: the local Spark has no Delta Lake")
    assert seen["upwards"] == "Py4JJavaError: a path with .. leads out of its container"
    assert seen["task"] == "Py4JJavaError: LookupError: in a task (raised in a Python function on Spark)"


def test_the_error_of_a_run_names_the_unknown_account_and_the_line(first: Any) -> None:
    message = error(first[1])
    assert (
        "the storage account elsewhere.dfs.core.windows.net is not in the local workspace, which has account" in message
    )
    assert message.endswith("(cell 8, line 19)")


SECOND = (
    LOOK,
    """
seen['group'] = os.getpgid(0)
look('table', lambda: [spark.table('kept_table').count(), spark.sql('select * from KEPT_TABLE').count()])
keep('/second.json')
""".lstrip(),
    LONG_JOB,
)


@pytest.mark.usefixtures("first")
def test_tables_stay_and_a_cancelled_run_leaves_no_process(workspace: Workspace) -> None:
    workspace.publish("second", *SECOND)
    workspace.publish("waiting", "notebookutils.fs.put('/waiting.txt', 'ran', True)")
    run = workspace.start("second")
    until((workspace.lake / "second.json").is_file)
    queued = workspace.start("waiting")
    workspace.call("POST", f"/pipelineruns/{queued}/cancel")
    assert workspace.ended(queued)["status"] == "Cancelled"
    assert not (workspace.lake / "waiting.txt").exists()
    seen = workspace.seen("second.json")
    assert seen["table"] == [5, 5]
    assert any("java" in line for line in alive(seen["group"]))
    workspace.call("POST", f"/pipelineruns/{run}/cancel")
    assert workspace.ended(run)["status"] == "Cancelled"
    until(lambda: not alive(seen["group"]))
    assert exit_value(workspace.run("next", "notebookutils.notebook.exit('ran')")) == "ran"


PLAIN = (
    LOOK,
    """
look('ls', lambda: [
    notebookutils.fs.put('/files/a.txt', 'häh', True), notebookutils.fs.head('/files/a.txt'),
    notebookutils.fs.put('abfss://lake@account.dfs.core.windows.net/files/b.txt', 'b'),
    [f.name for f in notebookutils.fs.ls('/files')],
    notebookutils.fs.cp('/files/a.txt', 'copy.txt'), notebookutils.fs.exists('copy.txt'),
    notebookutils.fs.mv('copy.txt', '/files/deep/c.txt', True), notebookutils.fs.exists('copy.txt'),
    notebookutils.fs.append('/files/deep/c.txt', '!'), notebookutils.fs.head('/files/deep/c.txt'),
    notebookutils.fs.rm('/files/b.txt'), notebookutils.fs.exists('/files/b.txt'),
])
import tempfile
place = tempfile.mkdtemp()
look('file', lambda: [
    notebookutils.fs.cp('/files/a.txt', f'file:{place}/a %20#?.txt'), os.listdir(place),
    notebookutils.fs.head(f'file://{place}/a %20#?.txt'), notebookutils.fs.mv(f'file:{place}/a %20#?.txt', '/files/d.txt', True),
])
look('existing', lambda: notebookutils.fs.put('/files/a.txt', 'x'))
look('full', lambda: notebookutils.fs.rm('/files'))
look('into itself', lambda: notebookutils.fs.cp('/files', '/files/deep', True))
look('onto itself', lambda: notebookutils.fs.mv('/files/a.txt', '/files/a.txt', False, True))
look('container', lambda: notebookutils.fs.rm('/', True))
look('container moved', lambda: notebookutils.fs.mv('abfss://lake@account.blob.core.windows.net', '/x'))
look('out', lambda: notebookutils.fs.head('/files/../../../secrets.json'))
look('account', lambda: notebookutils.fs.ls('abfss://lake@elsewhere.dfs.core.windows.net/'))
look('no container', lambda: notebookutils.fs.ls('abfss://other@account.dfs.core.windows.net/'))
look('still', lambda: [notebookutils.fs.head('/files/a.txt'), notebookutils.fs.head('/files/d.txt')])
""".lstrip(),
    """
secret = notebookutils.credentials.getSecret('kv-x', 'deploy')
token = notebookutils.credentials.getToken('Storage')
seen['secret'] = hashlib.sha256(secret.encode()).hexdigest()
print(secret, token, dict(os.environ))
look('machine learning', lambda: notebookutils.credentials.getToken('https://ml.azure.com'))
look('vault', lambda: notebookutils.credentials.getSecret('elsewhere', 'deploy'))
look('vault host', lambda: notebookutils.credentials.getSecret('kv-x.vault.azure.net/secrets/deploy?', 'deploy'))
from azure.identity import ManagedIdentityCredential
look('managed identity', lambda: ManagedIdentityCredential().get_token('https://management.azure.com/.default').token)
import requests
look('metadata', lambda: requests.get('http://169.254.169.254/metadata/identity', timeout=9).text)
look('internet', lambda: requests.get('https://example.org/', timeout=9).text)
""".lstrip(),
    """
for command in ('%pip install x', 'pip install x', '!pip install x', '!python -m pip install x', '%conda install x'):
    result = get_ipython().run_cell(command)
    seen[command] = str(result.error_before_exec or result.error_in_exec)
""".lstrip(),
    """
seen['modules'] = [n for n in sys.modules if n.startswith('py4j')]
seen['group'] = os.getpgid(0)
seen['processes'] = subprocess.run(['ps', '-A', '-o', 'pgid=,args='], capture_output=True, text=True).stdout
seen['folders'] = [os.getcwd(), tempfile.gettempdir(), get_ipython().ipython_dir]
keep('/plain.json')
notebookutils.notebook.exit(f'{len(seen)} things')
""".lstrip(),
    "raise AssertionError('after the exit')",
)


@pytest.fixture(scope="module")
def plain(workspace: Workspace) -> dict[str, Any]:
    """What a notebook saw that uses no Spark."""
    activity = workspace.run("plain", *PLAIN)
    assert exit_value(activity) == f"{len(workspace.seen('plain.json'))} things"
    return workspace.seen("plain.json")


def test_a_notebook_without_spark_starts_no_jvm(plain: dict[str, Any]) -> None:
    own = [line for line in plain["processes"].splitlines() if int(line.split(None, 1)[0]) == plain["group"]]
    assert own
    assert not [line for line in own if "java" in line]
    assert plain["modules"] == []


def test_files_are_put_read_listed_copied_moved_and_removed(plain: dict[str, Any]) -> None:
    listing = [True, "häh", True, ["a.txt", "b.txt"], True, True, True, False, True, "häh!", True, False]
    assert plain["ls"] == listing
    assert plain["file"] == [True, ["a %20#?.txt"], "häh", True]


def test_what_would_lose_files_is_refused(plain: dict[str, Any]) -> None:
    url = "abfss://lake@account.dfs.core.windows.net"
    assert plain["existing"] == f"FileExistsError: {url}/files/a.txt already exists; say overwrite=True"
    assert plain["full"] == f"OSError: {url}/files is a folder that is not empty; say recurse=True"
    assert plain["into itself"] == f"ValueError: {url}/files/deep lies in {url}/files itself"
    assert plain["onto itself"] == f"ValueError: {url}/files/a.txt lies in {url}/files/a.txt itself"
    assert plain["container"] == f"PermissionError: {url}/ is a container; a notebook neither removes nor moves it"
    assert plain["container moved"].startswith(
        "PermissionError: abfss://lake@account.blob.core.windows.net is a container"
    )
    assert plain["still"] == ["häh", "häh"]


def test_files_elsewhere_are_refused(plain: dict[str, Any]) -> None:
    assert plain["out"] == "LakePathError: '..' is no name in a container"
    assert plain["account"].startswith("LakePathError: the storage account elsewhere.dfs.core.windows.net is not in")
    assert "there is no such container" in plain["no container"]


def test_the_vault_gives_its_secret(workspace: Workspace, plain: dict[str, Any]) -> None:
    assert plain["secret"] == hashlib.sha256(workspace.secret().encode()).hexdigest()
    assert "there is no vault elsewhere.vault.azure.net in the local workspace" in plain["vault"]
    assert "is no name of a vault" in plain["vault host"]


def test_identities_that_a_notebook_does_not_have_are_refused_at_once(plain: dict[str, Any]) -> None:
    assert plain["machine learning"].startswith(
        "ValueError: Access token couldn't be obtained. Audience has invalid characters: https://ml.azure.com."
    )
    assert plain["managed identity"].startswith("CredentialUnavailableError: ")
    assert plain["managed identity seconds"] < 30
    assert "ManagedIdentityCredential does not work in it" in plain["metadata"]
    assert plain["internet"].startswith("ProxyError: ")


def test_nothing_is_installed(plain: dict[str, Any]) -> None:
    for command in (
        "%pip install x",
        "pip install x",
        "!pip install x",
        "!python -m pip install x",
        "%conda install x",
    ):
        assert "a local run installs nothing" in plain[command], command


@pytest.mark.usefixtures("first")
def test_nothing_secret_is_kept_and_no_folder_is_left(workspace: Workspace, plain: dict[str, Any]) -> None:
    hidden = (workspace.secret().encode(), workspace.server.token.encode(), b"local.ey")
    kept = [p for p in workspace.root.rglob("*") if p.is_file() and p.name not in ("secrets.json", "server.json")]
    assert [p for p in kept if any(value in p.read_bytes() for value in hidden)] == []
    logs = [p.read_text() for p in (workspace.root / "logs/notebooks").glob("*.ipynb")]
    assert sum("'SYNAPSE_LOCAL_TOKEN': '[REDACTED]'" in log for log in logs) == 1
    working, temporary, settings = plain["folders"]
    assert str(workspace.root) in working
    assert settings.startswith(temporary)
    assert not [folder for folder in plain["folders"] if Path(folder).exists()]


@pytest.mark.parametrize(
    ("name", "cells", "message"),
    [
        (
            "raises",
            (text("# x"), "a = 1", "\n\ndef f():\n    raise KeyError('gone')\n\nf()"),
            "KeyError: 'gone' (cell 3, line 6)",
        ),
        ("leaves", ("import sys\nsys.exit(3)", "1"), "SystemExit 3: the code told Python to end; "),
        ("exits", ("exit()", "notebookutils.notebook.exit('went on')"), "SystemExit: the code told Python to end; "),
        (
            "dies",
            ("1", "import os\nos.kill(os.getpid(), 9)"),
            "the notebook's session ended in cell 2: its process died: it was killed",
        ),
        ("late", ("a = 1", "%%configure\n{}"), "cell 2: %%configure stands in the first code cell or nowhere"),
    ],
)
def test_a_notebook_that_fails_gives_one_error(
    workspace: Workspace, name: str, cells: tuple[Any, ...], message: str
) -> None:
    activity = workspace.run(name, *cells)
    assert error(activity).startswith(message)
    assert "\n" not in error(activity)
    assert activity["error"]["errorCode"] == "6002"


def test_a_killed_server_leaves_no_process_and_the_next_one_goes_on(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "killed")
    try:
        cells = (
            LOOK,
            "seen['group'] = os.getpgid(0)\nseen['tmp'] = os.environ['TMPDIR']\nkeep('/long.json')",
            LONG_JOB,
        )
        workspace.publish("long", *cells)
        run = workspace.start("long")
        until((workspace.lake / "long.json").is_file)
        seen = workspace.seen("long.json")
        os.kill(workspace.server.pid, signal.SIGKILL)
        until(lambda: not alive(seen["group"]))
        workspace.server = process.ensure_running(workspace.settings)
        assert workspace.ended(run)["status"] == "Failed"
        done = workspace.run("next", "import tempfile\nnotebookutils.notebook.exit(tempfile.gettempdir())")
        assert exit_value(done).startswith(tempfile.gettempdir())
        assert not Path(seen["tmp"]).exists()
    finally:
        process.stop(workspace.root)
