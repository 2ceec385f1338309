"""What a Synapse notebook finds in its session: ``spark``, ``sc``, ``notebookutils``, ``display``."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from generator.local.lake import OPEN_DATA_HOST
from generator.local.ports import LocalSettings

_VIEW = "org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme"
_LOCAL = "org.apache.hadoop.fs.LocalFileSystem"


def start(namespace: dict[str, Any], *, spark_is_needed: bool, session: str) -> None:
    """Fill the notebook's namespace."""
    import notebookutils

    namespace["notebookutils"] = notebookutils
    namespace["mssparkutils"] = notebookutils
    namespace["display"] = _display
    namespace["displayHTML"] = print
    if not spark_is_needed:
        return
    spark = _session(_settings(), session)
    namespace["spark"] = spark
    namespace["sc"] = spark.sparkContext


def _settings() -> LocalSettings:
    return LocalSettings.from_json(os.environ["SYNAPSE_LOCAL_SETTINGS"], Path(os.environ["SYNAPSE_LOCAL_ROOT"]))


def _display(value: Any, *_: Any, **__: Any) -> None:
    value.show(20, truncate=False) if hasattr(value, "show") else print(value)


def _session(settings: LocalSettings, session: str) -> Any:
    from pyspark.sql import SparkSession

    root = settings.root
    container = f"{settings.container}@{settings.storage_account}.dfs.core.windows.net"
    scratch = root / "spark" / "scratch"
    scratch.mkdir(parents=True, exist_ok=True)
    options = {
        "spark.app.name": session,
        "spark.ui.enabled": "false",
        "spark.driver.memory": "2g",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "4",
        "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
        "spark.local.dir": str(scratch),
        "spark.driver.extraJavaOptions": f"-Dderby.system.home={root / 'spark'} -Dderby.stream.error.file=/dev/null -Duser.timezone=UTC",
        "spark.hadoop.fs.defaultFS": f"abfss://{container}",
        "spark.hadoop.javax.jdo.option.ConnectionURL": f"jdbc:derby:;databaseName={root / 'spark' / 'metastore'};create=true",
        "spark.hadoop.hive.exec.scratchdir": f"file://{scratch}/hive",
        "spark.hadoop.hive.exec.local.scratchdir": str(scratch),
        "spark.sql.warehouse.dir": f"abfss://{container}/synapse/workspaces/{settings.workspace}/warehouse",
        **_mounts(settings),
    }
    builder = SparkSession.builder.master("local[2]").enableHiveSupport()
    for name, value in options.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    _add_connector(spark)
    return spark


def _mounts(settings: LocalSettings) -> dict[str, str]:
    """Return the view file systems under which the usual URLs lead to local folders, unmodified."""
    lake = settings.root / "lake"
    account = f"{settings.storage_account}.dfs.core.windows.net"
    places = {f"{settings.container}@{account}": lake / account / settings.container}
    public = lake / OPEN_DATA_HOST
    if public.is_dir():
        places |= {f"{folder.name}@{OPEN_DATA_HOST}": folder for folder in public.iterdir()}
    options = {"spark.hadoop.fs.viewfs.overload.scheme.target.file.impl": _LOCAL}
    for scheme in ("abfss", "wasbs"):
        options[f"spark.hadoop.fs.{scheme}.impl"] = _VIEW
        options[f"spark.hadoop.fs.viewfs.overload.scheme.target.{scheme}.impl"] = _LOCAL
    for authority, folder in places.items():
        folder.mkdir(parents=True, exist_ok=True)
        table = f"spark.hadoop.fs.viewfs.mounttable.{authority}"
        options[f"{table}.linkFallback"] = folder.as_uri()
        options[f"{table}.link./.none"] = folder.as_uri()
    return options


def _add_connector(spark: Any) -> None:
    """Add ``spark.read.synapsesql``, which the pool's connector brings in Synapse."""
    from pyspark.sql import DataFrameReader

    def synapsesql(reader: Any, table: str) -> Any:
        import requests

        pool, _, name = table.partition(".")
        url = f"{os.environ['SYNAPSE_LOCAL_CONTROL_URL']}/_local/sqlPools/{pool}/tables/{name}"
        token = {"Authorization": f"Bearer {os.environ['SYNAPSE_LOCAL_TOKEN']}"}
        response = requests.get(url, headers=token, timeout=600, proxies={"http": "", "https": ""})
        if response.status_code != 200:
            raise RuntimeError(json.loads(response.text)["message"])
        folder = _settings().root / "spark" / "scratch" / "synapsesql"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{os.getpid()}-{abs(hash(table))}.parquet"
        path.write_bytes(response.content)
        return spark.read.parquet(path.as_uri())

    DataFrameReader.synapsesql = synapsesql  # type: ignore[attr-defined]  # the connector adds it in Synapse too
