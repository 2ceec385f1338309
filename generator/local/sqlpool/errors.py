"""Errors of the pool, with SQL Server's numbers and words where they are known."""

from __future__ import annotations


class SqlError(Exception):
    """A statement failed; ``number`` is SQL Server's error number, ``line`` counts in the batch from 1."""

    def __init__(self, message: str, number: int = 50000, line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.number = number
        self.line = line

    def at(self, line: int) -> SqlError:
        """Return the error with a line, where it has none yet."""
        return self if self.line is not None else SqlError(self.message, self.number, line)

    def __str__(self) -> str:
        where = f", Line {self.line}" if self.line is not None else ""
        return f"Msg {self.number}{where}: {self.message}"


def syntax_error(near: str, line: int | None = None) -> SqlError:
    """Return error 102 or 156 in SQL Server's words."""
    return SqlError(f"Incorrect syntax near '{near}'.", 102, line)


def unsupported(what: str, line: int | None = None) -> SqlError:
    """Return the error for T-SQL that this front does not run."""
    return SqlError(f"{what} is not supported by the local SQL pool", 50000, line)
