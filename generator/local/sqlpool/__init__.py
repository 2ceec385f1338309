"""The "dedicated SQL pool": a T-SQL front over DuckDB. What it does not know it refuses, with its place."""

from generator.local.sqlpool.pool import DuckDbSqlPool

__all__ = ["DuckDbSqlPool"]
