"""The Spark session of a notebook."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generator.local.spark.session import scratch_folder, session_options

if TYPE_CHECKING:
    from generator.local.ports import LocalSettings


def start(settings: LocalSettings, session: dict[str, Any]) -> dict[str, Any]:
    """Start the session; returns the names that Synapse gives it in a notebook."""
    from pyspark.sql import SparkSession, SQLContext

    builder = SparkSession.builder.master("local[2]").enableHiveSupport()
    temporary = Path(tempfile.gettempdir())
    for name, value in session_options(settings, session["id"], session["conf"], temporary).items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    _add_connector(settings)
    context = spark.sparkContext
    return {"spark": spark, "sc": context, "sqlContext": SQLContext(context, spark)}


def _add_connector(settings: LocalSettings) -> None:
    """Add ``spark.read.synapsesql``, which the dedicated pool's connector brings in Synapse."""
    from pyspark.sql import DataFrameReader, DataFrameWriter, SparkSession

    def read(_reader: Any, table_name: str = "") -> Any:
        parts = table_name.split(".")
        if len(parts) != 3 or not all(parts):
            raise ValueError(f"synapsesql takes a name of three parts, <pool>.<schema>.<table>, not {table_name!r}")
        handle, path = tempfile.mkstemp(suffix=".parquet", dir=scratch_folder(settings.root))
        with os.fdopen(handle, "wb") as file:
            file.write(_table(parts[0], f"{parts[1]}.{parts[2]}"))
        # Not with the reader's own options, which are the connector's.
        literal = re.sub(r"([\\\[\]{}*?])", r"\\\1", path)  # the path may hold what is a pattern for Hadoop
        return SparkSession.builder.getOrCreate().read.parquet(f"file://{literal}")

    def write(*_: Any, **__: Any) -> None:
        raise NotImplementedError("writing to a dedicated SQL pool with synapsesql is not supported in a local run")

    # The connector adds them in Synapse too.
    DataFrameReader.synapsesql = read  # type: ignore[attr-defined]  # see above
    DataFrameWriter.synapsesql = write  # type: ignore[attr-defined]  # see above


def _table(pool: str, name: str) -> bytes:
    """Return a table of the local pool as parquet."""
    from urllib.parse import quote

    import requests

    with requests.Session() as http:
        http.trust_env = False  # the workspace itself, not by the proxy
        http.headers["Authorization"] = f"Bearer {os.environ['SYNAPSE_LOCAL_TOKEN']}"
        url = f"{os.environ['SYNAPSE_LOCAL_CONTROL_URL']}/_local/sqlPools/{quote(pool)}/tables/{quote(name)}"
        response = http.get(url, timeout=600)
    if response.status_code != 200:
        try:
            message = response.json()["message"]
        except (ValueError, KeyError):
            message = f"the local SQL pool answered {response.status_code}"
        raise RuntimeError(message)
    return bytes(response.content)
