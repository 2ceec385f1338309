"""The settings of the local Spark session: where its URLs, tables and files are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.local.lake import HADOOP_SCHEMES, LakePaths

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from generator.local.ports import LocalSettings

USER = "trusted-service-user"
"""Spark's user in Synapse: paths without a slash at their beginning lie under ``/user/trusted-service-user/``."""
_VIEW = "org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme"
_RAW = "org.apache.hadoop.fs.RawLocalFileSystem"
_RAW_SCHEME = "lakefile"
_NOWHERE = "org.apache.hadoop.fs.HarFileSystem"
_ELSEWHERE = ("s3a", "s3", "gs", "adl", "hdfs", "http", "https")


def scratch_folder(root: Path) -> Path:
    """Return the folder of what a session needs while it runs."""
    return root / "spark" / "scratch"


def work_folder(root: Path) -> Path:
    """Return the folder in which a notebook runs: of its session alone, as on a node of the pool."""
    return scratch_folder(root) / "work"


def metastore_folder(root: Path) -> Path:
    """Return the folder of the embedded metastore, which takes one session at a time."""
    return root / "spark" / "metastore"


def session_options(settings: LocalSettings, session: str, asked: Mapping[str, str], temporary: Path) -> dict[str, str]:
    """Return the properties of a session; ``asked`` are the notebook's own, which ours override.

    ``temporary`` is a folder that goes with the session: Java's libraries and Hive leave files in it.
    """
    root, lake = settings.root, LakePaths(settings)
    scratch, metastore = scratch_folder(root), metastore_folder(root)
    java = (
        f"-Dderby.system.home={_quoted(metastore.parent)}",
        "-Dderby.stream.error.file=/dev/null",
        f"-Djava.io.tmpdir={_quoted(temporary)}",
        # Its files would stay in the machine's folder for temporary files when the JVM is killed.
        "-XX:-UsePerfData",
        "-Duser.timezone=UTC",
    )
    return {
        "spark.sql.shuffle.partitions": "4",
        **asked,
        "spark.app.name": session,
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.memory": "2g",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.session.timeZone": "UTC",
        "spark.local.dir": str(scratch),
        "spark.driver.extraJavaOptions": " ".join(java),
        # Under Derby's home, so that no character of the path can end it.
        "spark.hadoop.javax.jdo.option.ConnectionURL": f"jdbc:derby:;databaseName={metastore.name};create=true",
        # Hadoop takes a path as it stands: nothing in it is decoded.
        "spark.hadoop.hive.exec.scratchdir": f"file://{scratch}/hive",
        "spark.hadoop.hive.exec.local.scratchdir": str(scratch),
        "spark.hadoop.fs.defaultFS": lake.default_url,
        # Where Synapse keeps managed tables.
        "spark.sql.warehouse.dir": f"{lake.default_url}/synapse/workspaces/{settings.workspace}/warehouse",
        **file_systems(lake),
    }


def file_systems(lake: LakePaths) -> dict[str, str]:
    """Return the properties under which the usual URLs lead to local folders, unmodified.

    Each container is a mount table named by the authority of its URLs. An authority without a table would make the view
    fall back to the root of this machine's disk: the class that it asks for then refuses, naming the URL, as it does for
    schemes that lead elsewhere. The raw file system leaves no checksum files, which would contradict a file that
    anything but Spark has changed.
    """
    options = {f"spark.hadoop.fs.{_RAW_SCHEME}.impl": _RAW}
    for scheme in HADOOP_SCHEMES:
        options[f"spark.hadoop.fs.{scheme}.impl"] = _VIEW
        options[f"spark.hadoop.fs.viewfs.overload.scheme.target.{scheme}.impl"] = _NOWHERE
    options |= {f"spark.hadoop.fs.{scheme}.impl": _NOWHERE for scheme in _ELSEWHERE}
    for authority, folder in lake.containers().items():
        target = f"{_RAW_SCHEME}://{folder.as_uri().removeprefix('file://')}"
        table = f"spark.hadoop.fs.viewfs.mounttable.{authority}"
        options[f"{table}.linkFallback"] = target
        # A table needs a link besides.
        options[f"{table}.link./.none"] = target
    return options


def _quoted(path: Path) -> str:
    # As Spark's launcher splits options: quotes, in which a backslash takes the next character as it stands.
    return '"{}"'.format(str(path).replace("\\", r"\\").replace('"', r"\""))
