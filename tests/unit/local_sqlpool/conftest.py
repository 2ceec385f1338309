"""A SQL pool with nothing in it, and what tests ask of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from generator.local.sqlpool import DuckDbSqlPool
from tests.conftest import local_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from generator.local.ports import LocalSettings, SqlResult

POOL = "sqllocal"


@dataclass
class PoolUnderTest:
    """The engine, and its lake on this disk."""

    engine: DuckDbSqlPool
    root: Path

    def run(self, text: str, **parameters: Any) -> SqlResult:
        """Run a batch that succeeds."""
        result = self.engine.execute(POOL, text, parameters)
        assert result.error is None, result.error
        return result

    def rows(self, text: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a batch's only result."""
        (only,) = self.run(text, **parameters).result_sets
        return list(only.rows)

    def value(self, text: str, **parameters: Any) -> Any:
        """Return the only value of a batch's only result."""
        ((only,),) = self.rows(text, **parameters)
        return only

    def types(self, text: str) -> list[str]:
        """Return the T-SQL types of a batch's only result."""
        (only,) = self.run(text).result_sets
        return [kind for _, kind in only.columns]

    def error(self, text: str, **parameters: Any) -> str:
        """Return the message with which a batch fails."""
        result = self.engine.execute(POOL, text, parameters)
        assert result.error is not None, result
        return result.error.message

    def call(self, name: str, **parameters: Any) -> SqlResult:
        """Run a procedure that succeeds."""
        result = self.engine.execute_procedure(POOL, name, parameters)
        assert result.error is None, result.error
        return result

    def put(self, path: str, content: str | bytes) -> None:
        """Write a file of the account's container ``lake``."""
        target = self.root / "lake" / "sttaxilocal.dfs.core.windows.net" / "lake" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())


def settings(root: Path, *, predict: bool = True) -> LocalSettings:
    return local_settings(root, sql_pool=POOL, storage_account="sttaxilocal", predict=predict)


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[PoolUnderTest]:
    engine = DuckDbSqlPool(settings(tmp_path))
    yield PoolUnderTest(engine, tmp_path)
    engine.close()


@pytest.fixture(scope="module")
def shared_pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PoolUnderTest]:
    """A pool for tests that leave nothing in it."""
    root = tmp_path_factory.mktemp("pool")
    engine = DuckDbSqlPool(settings(root))
    yield PoolUnderTest(engine, root)
    engine.close()


@pytest.fixture
def pool_without_predict(tmp_path: Path) -> Iterator[PoolUnderTest]:
    engine = DuckDbSqlPool(settings(tmp_path, predict=False))
    yield PoolUnderTest(engine, tmp_path)
    engine.close()


@pytest.fixture
def reopened(pool: PoolUnderTest) -> Iterator[Any]:
    """Close the pool and open its file again, as a new process would."""
    opened: list[DuckDbSqlPool] = []

    def again() -> PoolUnderTest:
        pool.engine.close()
        opened.append(DuckDbSqlPool(settings(pool.root)))
        return PoolUnderTest(opened[-1], pool.root)

    yield again
    for engine in opened:
        engine.close()
