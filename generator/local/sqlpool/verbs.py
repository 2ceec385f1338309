"""The statements that are neither queries nor control flow: variables, messages, calls, transactions, COPY."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from generator.local.sqlpool.copy import copy_into
from generator.local.sqlpool.copy_statement import parse_copy
from generator.local.sqlpool.errors import SqlError, syntax_error, unsupported
from generator.local.sqlpool.reader import Reader, split
from generator.local.sqlpool.statements import Text, source_of
from generator.local.sqlpool.typemap import declared_type
from generator.tsql.identifiers import quote_identifier
from generator.tsql.tokens import tokenize

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.local.sqlpool.session import Session

PLAIN_VERBS = {"SELECT", "WITH", "INSERT", "UPDATE", "DELETE"}
KNOWN_VERBS = {"BEGIN TRAN", "BREAK", "COMMIT", "CONTINUE", "COPY", "CREATE", "DECLARE", "DENY", "DROP", "EXEC",
               "EXECUTE", "GRANT", "PRINT", "RAISERROR", "RENAME", "RETURN", "REVOKE", "ROLLBACK", "SET", "THROW",
               "TRUNCATE"}  # fmt: skip
# Options of a session that change nothing that is emulated.
_SESSION_OPTIONS = ("NOCOUNT", "XACT_ABORT", "ANSI_NULLS", "QUOTED_IDENTIFIER", "ANSI_WARNINGS", "ANSI_PADDING",
                    "ARITHABORT", "CONCAT_NULL_YIELDS_NULL")  # fmt: skip


def unknown_verb(verb: str) -> SqlError:
    """Return the error for a statement that is not known, with the one that was perhaps meant."""
    near = difflib.get_close_matches(verb, [*PLAIN_VERBS, *KNOWN_VERBS], n=1, cutoff=0.75)
    return unsupported(f"the statement {verb}" + (f" (did you mean {near[0]}?)" if near else ""))


class Verbs:
    """Runs these statements for a session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        changes = session.changes
        self._by_verb: dict[str, Callable[[Text], None]] = {
            "BEGIN TRAN": self._begin,
            "COMMIT": self._commit,
            "COPY": self._copy,
            "CREATE": changes.create,
            "DECLARE": self._declare,
            "DENY": self._grant,
            "DROP": changes.drop,
            "EXEC": self._exec,
            "EXECUTE": self._exec,
            "GRANT": self._grant,
            "PRINT": self._print,
            "RAISERROR": self._raiserror,
            "RENAME": changes.rename,
            "REVOKE": self._grant,
            "ROLLBACK": self._rollback,
            "SET": self._set,
            "THROW": self._throw,
            "TRUNCATE": changes.truncate,
        }

    def run(self, verb: str, text: Text) -> None:
        """Run one statement; SqlError where it fails."""
        self._by_verb[verb](text)

    def _declare(self, text: Text) -> None:
        for part in split(text.tokens[1:]):
            if not part or part[0].kind != "variable":
                raise syntax_error(part[0].text if part else "DECLARE", *text.place(part[0] if part else None))
            at = next((i for i, t in enumerate(part) if t.text == "="), len(part))
            words = part[1:at]
            if words and words[0].upper == "AS":
                words = words[1:]
            if not words:
                raise syntax_error(part[-1].text, *text.place(part[-1]))
            if words[0].upper in ("TABLE", "CURSOR"):
                # "T-SQL features": table variables and cursors are no part of a dedicated SQL pool.
                raise SqlError(f"A {words[0].text.lower()} variable is not supported in a dedicated SQL pool.", 104385,
                               *text.place(words[0]))  # fmt: skip
            try:
                declared = declared_type(source_of(text.batch, words).replace("\n", " "))
            except SqlError as error:
                raise error.at(*text.place(words[0])) from error
            value = None
            if at < len(part):
                value = self._session.queries.assigned_value(text.part(part[at + 1 :]), declared)
            self._session.variables.declare(part[0].text[1:], declared, value)

    def _set(self, text: Text) -> None:
        reader = Reader(text)
        reader.take("SET")
        target = reader.take()
        if target.upper in _SESSION_OPTIONS:
            reader.take("ON", "OFF")
            reader.end()
            return
        if target.kind != "variable" or target.text.startswith("@@"):
            raise unsupported(f"SET {target.text}", *text.place(target))
        declared = self._session.variables.type(target.text[1:])
        sign = reader.take("=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=")
        value = reader.rest()
        if sign.text == "=":
            self._session.variables.set(target.text[1:], self._session.queries.assigned_value(value, declared))
            return
        # The value alone first: its errors are placed in the batch, those of the whole are not.
        self._session.queries.value(value)
        operated = _whole(f"{target.text} {sign.text[0]} ({value.source})")
        self._session.variables.set(target.text[1:], self._session.queries.assigned_value(operated, declared))

    def _print(self, text: Text) -> None:
        value, _ = self._session.queries.value(text.part(text.tokens[1:]))
        self._session.messages.append("" if value is None else str(value))

    def _throw(self, text: Text) -> None:
        parts = split(text.tokens[1:])
        if len(parts) != 3:
            raise syntax_error("THROW", *text.place())
        number, message = (self._session.queries.value(text.part(p))[0] for p in parts[:2])
        if not isinstance(number, int) or number < 50000:
            raise SqlError(f"Error number {number} in the THROW statement is outside the valid range. Specify an error "
                           "number in the valid range of 50000 to 2147483647.", 35100)  # fmt: skip
        raise SqlError(str(message), number)

    def _raiserror(self, text: Text) -> None:
        reader = Reader(text)
        reader.take("RAISERROR")
        parts = reader.parenthesised()
        if reader.found("WITH"):
            reader.take("NOWAIT", "LOG", "SETERROR")
        reader.end()
        if len(parts) < 3:
            raise syntax_error(")", *text.place())
        message, severity, _, *arguments = (self._session.queries.value(text.part(p))[0] for p in parts)
        words = _formatted(str(message), arguments)
        if isinstance(severity, int) and severity <= 10:
            self._session.messages.append(words)
            return
        raise SqlError(words, 50000)

    def _exec(self, text: Text) -> None:
        reader = Reader(text)
        reader.take("EXEC", "EXECUTE")
        following = reader.peek()
        if following is not None and following.text == "(":
            raise unsupported("EXEC of a text (dynamic SQL)", *text.place())
        if following is not None and following.kind == "variable":
            raise unsupported("EXEC with a return value", *text.place())
        schema, name = reader.name()
        full = f"{quote_identifier(schema)}.{quote_identifier(name)}"
        named: dict[str, Any] = {}
        plain: list[Any] = []
        for part in split(text.tokens[reader.at :]) if reader.peek() is not None else []:
            is_named = len(part) > 2 and part[0].kind == "variable" and part[1].text == "="
            value, _ = self._session.queries.value(text.part(part[2:] if is_named else part))
            if is_named:
                named[part[0].text] = value
            elif named:
                raise SqlError("Must pass parameter number and subsequent parameters as '@name = value'.", 119)
            else:
                plain.append(value)
        if plain:
            named = {**self._session.positional(full, plain), **named}
        self._session.run_procedure(full, named)

    def _copy(self, text: Text) -> None:
        session = self._session
        session.records_affected += copy_into(parse_copy(text), session.connection, session.catalogue, session.lake)

    def _grant(self, text: Text) -> None:
        self._session.messages.append(f"Noted, not enforced locally: {' '.join(text.source.split())}")

    def _begin(self, text: Text) -> None:
        if self._session.in_transaction:
            # "Use transactions in dedicated SQL pool": no nested transactions, no savepoints.
            raise SqlError("Nested transactions are not supported in a dedicated SQL pool.", 104385, *text.place())
        self._session.connection.execute("BEGIN TRANSACTION")
        self._set_transaction(is_open=True)

    def _commit(self, text: Text) -> None:
        self._end("COMMIT", text, 3902)

    def _rollback(self, text: Text) -> None:
        self._end("ROLLBACK", text, 3903)

    def _end(self, word: str, text: Text, number: int) -> None:
        if not self._session.in_transaction:
            raise SqlError(
                f"The {word} TRANSACTION request has no corresponding BEGIN TRANSACTION.", number, *text.place()
            )
        if not self._session.is_doomed:
            self._session.connection.execute(word)
        self._set_transaction(is_open=False)

    def _set_transaction(self, *, is_open: bool) -> None:
        self._session.in_transaction, self._session.is_doomed = is_open, False
        self._session.variables.set_transactions(int(is_open))


def _formatted(message: str, arguments: list[Any]) -> str:
    """Return a message with %s and %d replaced in order, as RAISERROR does."""
    for argument in arguments:
        marks = [m for m in (message.find("%s"), message.find("%d"), message.find("%i")) if m >= 0]
        if not marks:
            break
        at = min(marks)
        message = f"{message[:at]}{'(null)' if argument is None else argument}{message[at + 2 :]}"
    return message


def _whole(source: str) -> Text:
    return Text(source, tuple(tokenize(source)))
