"""The variables of a batch or procedure, and what ``@@`` and ERROR_MESSAGE() tell."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from generator.local.sqlpool.errors import SqlError
from generator.local.sqlpool.translate import placeholder
from generator.local.sqlpool.typemap import declared_type

if TYPE_CHECKING:
    from collections.abc import Iterable

    from generator.tsql.types import SqlType

_State = tuple[dict[str, "SqlType"], dict[str, Any]]


class Variables:
    """Types and values by name, without ``@``; names compare without regard to case."""

    def __init__(self) -> None:
        self.types: dict[str, SqlType] = {}
        self._values: dict[str, Any] = {}
        self._system: dict[str, Any] = {"@error": 0, "@trancount": 0}
        self.set_error(None, in_transaction=False)

    def declare(self, name: str, sql_type: SqlType, value: Any) -> None:
        """Add a variable; SqlError where there is one of that name."""
        key = name.casefold()
        if key in self.types:
            raise SqlError(f"The variable name '@{name}' has already been declared. Variable names must be unique within "
                           "a query batch or stored procedure.", 134)  # fmt: skip
        self.types[key] = sql_type
        self._values[key] = value

    def type(self, name: str) -> SqlType:
        """Return a variable's type; SqlError where it is not declared."""
        key = name.casefold()
        if key not in self.types:
            raise SqlError(f'Must declare the scalar variable "@{name}".', 137)
        return self.types[key]

    def set(self, name: str, value: Any) -> None:
        """Give a declared variable a value of its type."""
        self.type(name)
        self._values[name.casefold()] = value

    def values(self, names: Iterable[str]) -> dict[str, Any] | None:
        """Return the values of some variables under the names that DuckDB knows them by."""
        return {placeholder(n): self._system[n] if n.startswith("@") else self._values[n] for n in names} or None

    def set_error(self, error: SqlError | None, *, in_transaction: bool) -> None:
        """Note the error that a CATCH block handles, or that there is none."""
        self._system["@error_message"] = None if error is None else error.message
        self._system["@error_number"] = None if error is None else error.number
        self._system["@error_line"] = None if error is None else error.line
        self._system["@error"] = 0 if error is None else error.number
        # -2, where SQL Server says -1: "Use transactions in dedicated SQL pool", transaction state.
        self._system["@xact_state"] = (-2 if error is not None else 1) if in_transaction else 0

    def set_transactions(self, count: int) -> None:
        """Note how many transactions are open."""
        self._system["@trancount"] = count

    def enter(self) -> _State:
        """Begin a procedure's scope; returns the one to come back to."""
        outer = self.types, self._values
        self.types, self._values = {}, {}
        return outer

    def leave(self, outer: _State) -> None:
        """End a procedure's scope."""
        self.types, self._values = outer


def type_of_value(value: Any) -> SqlType:
    """Return the T-SQL type as which a Python value comes into a batch."""
    if isinstance(value, str):
        return declared_type("nvarchar(4000)" if len(value) <= 4000 else "nvarchar(max)")
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        return declared_type(f"decimal(38,{min(38, -exponent) if isinstance(exponent, int) and exponent < 0 else 0})")
    kinds = {bool: "bit", int: "bigint", float: "float", bytes: "varbinary(max)", datetime: "datetime2", date: "date"}
    return declared_type(kinds.get(type(value), "nvarchar(4000)"))
