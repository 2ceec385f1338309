"""Errors of the pool, with SQL Server's numbers and words where they are known."""

from __future__ import annotations

PARSE_ERROR = 103010
"""A dedicated SQL pool's number for "Parse error at line: .., column: ..: Incorrect syntax near '..'."."""
NOT_EMULATED = 50000
"""What the real pool may well do and this one does not."""


class SqlError(Exception):
    """A statement failed; ``number`` is SQL Server's, ``line`` and ``column`` count from 1 in the batch."""

    def __init__(
        self, message: str, number: int = NOT_EMULATED, line: int | None = None, column: int | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.number = number
        self.line = line
        self.column = column

    def at(self, line: int, column: int | None = None) -> SqlError:
        """Return the error with a place, where it has none yet."""
        return self if self.line is not None else SqlError(self.message, self.number, line, column)

    def __str__(self) -> str:
        if self.number == PARSE_ERROR:
            return (
                f"Msg {self.number}: Parse error at line: {self.line or 1}, column: {self.column or 1}: {self.message}"
            )
        column = f", Column {self.column}" if self.column is not None else ""
        where = f", Line {self.line}{column}" if self.line is not None else ""
        return f"Msg {self.number}{where}: {self.message}"


def syntax_error(near: str, line: int | None = None, column: int | None = None) -> SqlError:
    """Return a parse error in the pool's words."""
    return SqlError(f"Incorrect syntax near '{near}'.", PARSE_ERROR, line, column)


def unsupported(what: str, line: int | None = None, column: int | None = None) -> SqlError:
    """Return the error for T-SQL that this front does not run, though a real pool may."""
    return SqlError(f"{what} is not supported by the local SQL pool", NOT_EMULATED, line, column)


def refused(what: str, line: int | None = None, column: int | None = None) -> SqlError:
    """Return the error for T-SQL that a dedicated SQL pool itself does not have."""
    return SqlError(f"{what} is not supported in a dedicated SQL pool", 104385, line, column)
