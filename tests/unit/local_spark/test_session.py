"""What a session is started with, whatever the folder of the project is called."""

from __future__ import annotations

from pathlib import Path

from generator.local.spark.session import session_options
from tests.conftest import local_settings

STRANGE = Path("""/p'q "r" \\ é %20; [1]""")


def test_a_path_is_quoted_where_it_is_split_and_as_it_stands_elsewhere() -> None:
    options = session_options(local_settings(STRANGE), "s", {}, Path("/t mp"))
    java = options["spark.driver.extraJavaOptions"]
    assert r"""-Dderby.system.home="/p'q \"r\" \\ é %20; [1]/spark" """ in java
    assert '-Djava.io.tmpdir="/t mp" ' in java
    assert options["spark.hadoop.javax.jdo.option.ConnectionURL"] == "jdbc:derby:;databaseName=metastore;create=true"
    assert options["spark.hadoop.hive.exec.scratchdir"] == f"file://{STRANGE}/spark/scratch/hive"
    assert options["spark.local.dir"] == f"{STRANGE}/spark/scratch"


def test_the_targets_of_mounts_are_encoded_as_urls_are() -> None:
    options = session_options(local_settings(STRANGE), "s", {}, Path("/t"))
    fallback = options["spark.hadoop.fs.viewfs.mounttable.lake@account.dfs.core.windows.net.linkFallback"]
    assert fallback == (
        "lakefile:///p%27q%20%22r%22%20%5C%20%C3%A9%20%2520%3B%20%5B1%5D/lake/account.dfs.core.windows.net/lake"
    )


def test_a_notebook_moves_neither_the_lake_nor_the_metastore() -> None:
    asked = {"spark.sql.warehouse.dir": "/x", "spark.sql.shuffle.partitions": "9"}
    options = session_options(local_settings(STRANGE), "s", asked, Path("/t"))
    assert options["spark.sql.warehouse.dir"].startswith("abfss://lake@account.dfs.core.windows.net/synapse/")
    assert options["spark.sql.shuffle.partitions"] == "9"
