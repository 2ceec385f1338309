"""Parts a batch into statements.

T-SQL needs no semicolons, so a statement also ends where the next one begins: at a word that begins statements and
that the current one cannot have at that place.
"""

from __future__ import annotations

from functools import lru_cache

from generator.local.sqlpool.errors import SqlError, refused, syntax_error, unsupported
from generator.local.sqlpool.statements import (
    Block,
    CreateProcedure,
    If,
    Parameter,
    Plain,
    Statement,
    Text,
    Try,
    While,
)
from generator.tsql.batches import has_go
from generator.tsql.tokens import Token, TsqlTokenError, place_of, tokenize

_ALWAYS = {"BEGIN", "BREAK", "COMMIT", "CONTINUE", "CREATE", "DECLARE", "DROP", "IF", "PRINT", "RAISERROR", "RETURN",
           "ROLLBACK", "TRUNCATE", "WHILE", "ALTER", "USE", "WAITFOR", "GRANT", "DENY", "REVOKE", "DBCC", "KILL"}  # fmt: skip
_PERMISSIONS = ("GRANT", "DENY", "REVOKE")
# Words that begin a statement only before another one: they are no reserved words.
_PAIRS = {"COPY": ("INTO",), "RENAME": ("OBJECT", "DATABASE")}
_CHANGES = ("INSERT", "UPDATE", "DELETE", "MERGE")


@lru_cache(maxsize=128)
def parse_batch(text: str) -> Block:
    """Part a batch; SqlError where it cannot be."""
    line = has_go(text)
    if line is not None:
        raise SqlError("Incorrect syntax near 'GO'. GO parts batches in tools; the pool does not know it.", 103010,
                       line, 1)  # fmt: skip
    try:
        tokens = tokenize(text)
    except TsqlTokenError as error:
        raise SqlError(str(error), 105, *place_of(text, error.offset)) from error
    return _Parser(text, tokens).batch()


class _Parser:
    def __init__(self, text: str, tokens: list[Token]) -> None:
        self._text = text
        self._tokens = tokens
        self._at = 0
        self._in_procedure = False
        self._loops = 0

    def batch(self) -> Block:
        if self._word() == "CREATE" and self._word(1) in ("PROCEDURE", "PROC"):
            return Block((self._procedure(),))
        return Block(tuple(self._statements(until=None)))

    def _statements(self, until: str | None) -> list[Statement]:
        found: list[Statement] = []
        ended = True
        while True:
            while self._sign(";"):
                self._at += 1
                ended = True
            if self._at >= len(self._tokens):
                if until:
                    raise syntax_error(f"the end of the batch ({until} is missing)", *self._end())
                return found
            if until and self._word() == until:
                self._at += 1
                return found
            if self._word() == "WITH" and not ended:
                raise SqlError(
                    "Incorrect syntax near the keyword 'with'. If this statement is a common table expression, "
                    "the previous statement must be terminated with a semicolon.",
                    319,
                    *self._place(),
                )
            found.append(self._statement())
            ended = False

    def _statement(self) -> Statement:
        word, following = self._word(), self._word(1)
        if word == "BEGIN" and following in ("TRAN", "TRANSACTION"):
            return self._words_only("BEGIN TRAN", 2)
        if word == "BEGIN" and following == "TRY":
            return self._try()
        if word == "BEGIN":
            self._at += 1
            return Block(tuple(self._statements(until="END")))
        if word == "IF":
            return self._if()
        if word == "WHILE":
            return self._while()
        if word == "CREATE" and following == "OR":
            # "CREATE PROCEDURE": the syntax for Azure Synapse Analytics has no OR ALTER.
            raise syntax_error("OR", *place_of(self._text, self._tokens[self._at + 1].start))
        if word == "CREATE" and following in ("PROCEDURE", "PROC"):
            raise SqlError(
                "'CREATE/ALTER PROCEDURE' must be the first statement in a query batch.", 111, *self._place()
            )
        if word in ("COMMIT", "ROLLBACK"):
            return self._words_only(word, 2 if following in ("TRAN", "TRANSACTION", "WORK") else 1)
        if word in ("BREAK", "CONTINUE"):
            if not self._loops:
                raise SqlError(
                    f"Cannot use a {word} statement outside the scope of a WHILE statement.", 135, *self._place()
                )
            return self._words_only(word, 1)
        if word == "RETURN" and self._in_procedure:
            # "Using stored procedures for dedicated SQL pool": the return statement is not implemented.
            raise refused("RETURN in a stored procedure", *self._place())
        return self._plain()

    def _words_only(self, verb: str, count: int) -> Plain:
        begin = self._at
        self._at += count
        if verb not in ("BREAK", "CONTINUE") and self._at < len(self._tokens) and self._tokens[self._at].is_name:
            # A transaction's name, unless the next statement begins here.
            token = self._tokens[self._at]
            self._at += token.kind == "bracket"
        return Plain(verb, self._cut(begin, self._at))

    def _try(self) -> Try:
        self._at += 2
        body = Block(tuple(self._statements(until="END")))
        self._expect("TRY")
        while self._sign(";"):
            self._at += 1
        self._expect("BEGIN")
        self._expect("CATCH")
        handler = Block(tuple(self._statements(until="END")))
        self._expect("CATCH")
        return Try(body, handler)

    def _if(self) -> If:
        self._at += 1
        condition = self._condition()
        then = self._statement_of("IF")
        mark = self._at
        while self._sign(";"):
            self._at += 1
        if self._word() == "ELSE":
            self._at += 1
            return If(condition, then, self._statement_of("ELSE"))
        self._at = mark
        return If(condition, then, None)

    def _while(self) -> While:
        self._at += 1
        condition = self._condition()
        self._loops += 1
        try:
            return While(condition, self._statement_of("WHILE"))
        finally:
            self._loops -= 1

    def _statement_of(self, owner: str) -> Statement:
        if self._at >= len(self._tokens) or self._sign(";") or self._word() == "END":
            raise syntax_error(owner, *self._end())
        return self._statement()

    def _condition(self) -> Text:
        begin, depth, cases = self._at, 0, 0
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            depth += _depth(token)
            cases += {"CASE": 1, "END": -1}.get(token.upper, 0)
            starts = token.upper in _ALWAYS | {"SELECT", "SET", "WITH", "EXEC", "EXECUTE", "THROW", *_CHANGES}
            if depth == 0 and cases == 0 and (starts or self._is_pair(self._at)):
                break
            self._at += 1
        return self._cut(begin, self._at)

    def _plain(self) -> Plain:
        begin, depth, cases = self._at, 0, 0
        verb = self._word()
        if not verb:
            raise syntax_error(self._here(), *self._place())
        seen: set[str] = set()
        self._at += 1
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            if token.text == ";" and depth == 0:
                break
            depth += _depth(token)
            if depth == 0 and token.kind == "word":
                if token.upper == "CASE":
                    cases += 1
                elif token.upper == "END" and cases:
                    cases -= 1
                elif cases == 0 and (token.upper in ("END", "ELSE") or self._begins(verb, seen)):
                    break
                seen.add(token.upper)
                if token.upper == "WITH" and self._tokens[self._at - 1].upper == "AS":
                    seen.add("AS WITH")  # CREATE TABLE ... AS WITH name AS (...) SELECT
            self._at += 1
        return Plain(verb, self._cut(begin, self._at))

    def _begins(self, verb: str, seen: set[str]) -> bool:
        """Whether the current word begins the next statement."""
        word, before, after = self._word(), self._tokens[self._at - 1], self._word(1)
        if before.text == "." or (verb in _PERMISSIONS and "TO" not in seen):
            return False
        has_body = bool(seen & {"SELECT", "VALUES", "EXEC", "EXECUTE", "DEFAULT"})
        if word == "SELECT":
            joined = before.upper in ("UNION", "ALL", "EXCEPT", "INTERSECT", "AS", "FOR")
            waits = verb in ("INSERT", "WITH") or "AS WITH" in seen
            return not (joined or (waits and not has_body))
        if word in ("EXEC", "EXECUTE"):
            return not (verb == "INSERT" and not has_body) and before.upper not in ("AS", "WITH")
        if word == "SET":
            return not (verb == "ALTER" or (verb in ("UPDATE", "WITH") and "SET" not in seen))
        if word == "WITH":
            options = (
                self._sign("(", 1) or before.upper == "AS" or after in ("ROLLUP", "CUBE", "TIES", "GRANT", "NOWAIT")
            )
            return not options
        if word in _CHANGES:
            return not (verb == "WITH" and not has_body) and after != "JOIN" and before.upper != "ON"
        if word == "IF":
            return verb not in ("DROP", "CREATE", "ALTER")
        if word == "THROW":
            return before.upper not in ("AS", "SELECT") and before.text != ","
        if word == "DROP":
            return verb != "ALTER"
        return word in _ALWAYS or self._is_pair(self._at)

    def _is_pair(self, at: int) -> bool:
        following = self._tokens[at + 1].upper if at + 1 < len(self._tokens) else ""
        return following in _PAIRS.get(self._tokens[at].upper, ())

    def _procedure(self) -> CreateProcedure:
        self._in_procedure = True
        self._at += 2
        begin = self._at
        while self._at < len(self._tokens) and (
            self._sign(".") or self._at == begin or (self._sign(".", -1) and self._tokens[self._at].is_name)
        ):
            self._at += 1
        name = self._cut(begin, self._at)
        parameters = self._parameters()
        if self._word() == "WITH":
            raise refused(f"WITH {self._word(1)} of a procedure", *self._place())
        self._expect("AS")
        body = Block(tuple(self._statements(until=None)))
        if not body.statements:
            raise syntax_error("AS", *self._end())
        return CreateProcedure(name, parameters, body, self._text)

    def _parameters(self) -> tuple[Parameter, ...]:
        parenthesis = self._sign("(")
        self._at += parenthesis
        found: list[Parameter] = []
        while self._at < len(self._tokens) and self._tokens[self._at].kind == "variable":
            name = self._tokens[self._at].text[1:].casefold()
            self._at += 1
            self._at += self._word() == "AS" and self._word(1) != "BEGIN"
            found.append(Parameter(name, self._parameter_type()))
            if not self._sign(","):
                break
            self._at += 1
        if parenthesis and not self._sign(")"):
            raise syntax_error(self._here(), *self._place())
        self._at += parenthesis
        return tuple(found)

    def _parameter_type(self) -> str:
        begin, depth = self._at, 0
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            stops = token.text in (",", "=", ")") or token.upper in ("AS", "OUTPUT", "OUT", "READONLY", "WITH")
            if depth == 0 and stops:
                break
            depth += _depth(token)
            self._at += 1
        if self._sign("="):
            # "Using stored procedures for dedicated SQL pool": default parameters are not implemented.
            raise refused("a default value of a procedure's parameter", *self._place())
        if self._word() == "READONLY":
            raise refused("a READONLY parameter", *self._place())
        if self._word() in ("OUTPUT", "OUT"):
            raise unsupported("an OUTPUT parameter", *self._place())
        return self._cut(begin, self._at).source

    def _expect(self, word: str) -> None:
        if self._word() != word:
            raise syntax_error(self._here(), *self._place())
        self._at += 1

    def _cut(self, start: int, end: int) -> Text:
        if start >= end:
            raise syntax_error(self._here(), *self._place())
        return Text(self._text, tuple(self._tokens[start:end]))

    def _word(self, ahead: int = 0) -> str:
        at = self._at + ahead
        return self._tokens[at].upper if at < len(self._tokens) else ""

    def _sign(self, text: str, ahead: int = 0) -> bool:
        at = self._at + ahead
        return 0 <= at < len(self._tokens) and self._tokens[at].kind == "sign" and self._tokens[at].text == text

    def _here(self) -> str:
        return self._tokens[self._at].text if self._at < len(self._tokens) else "the end of the batch"

    def _place(self) -> tuple[int, int]:
        if self._at < len(self._tokens):
            return place_of(self._text, self._tokens[self._at].start)
        return self._end()

    def _end(self) -> tuple[int, int]:
        return place_of(self._text, self._tokens[-1].end if self._tokens else 0)


def _depth(token: Token) -> int:
    return {"(": 1, ")": -1}.get(token.text, 0) if token.kind == "sign" else 0
