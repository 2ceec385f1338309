"""The one Jinja environment: strict, sandboxed, and deaf to values that nobody quoted.

Templates make text only (T-SQL, notebooks, project files), never JSON. Every value that a template
prints passes a filter that quotes it for the language it lands in; ``finalize`` refuses the others, so
that a name with ``]`` or ``'`` in it can neither break a statement nor add one.
"""

from __future__ import annotations

import json
import traceback
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
import jinja2.sandbox

from generator.diagnostics import Diagnostic, Location, SynapseGenError
from generator.tsql.identifiers import ObjectName, quote_identifier
from generator.tsql.literals import quote_literal
from generator.tsql.types import SqlType

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Quoted(str):
    """Text that a quoting filter has made safe for its language."""

    __slots__ = ()


class UnquotedValueError(jinja2.TemplateRuntimeError):
    """A template prints a value without saying for which language it is quoted."""


def packaged_templates() -> Path:
    """Return the folder of the product's own templates: in the wheel, or beside the package."""
    inside = Path(str(resources.files("generator"))) / "_templates"
    return inside if inside.is_dir() else Path(__file__).resolve().parent.parent / "templates"


class Templates:
    """Renders the product's templates; those of a project's own ``templates/`` stand before them.

    Raises :class:`SynapseGenError` (SYN201, SYN202) for a template that is broken, at its line.
    """

    def __init__(self, project_root: Path | None = None) -> None:
        folders = [packaged_templates()]
        if project_root is not None:
            folders.insert(0, project_root / "templates")
        self._root = project_root
        self._jinja = _environment(tuple(folders))

    def render(self, name: str, values: Mapping[str, Any]) -> str:
        """Return the text of template ``name``, which ends with exactly one line end."""
        try:
            text = self._jinja.get_template(name).render(values).strip("\n") + "\n"
        except jinja2.TemplateNotFound as error:
            filename, line = _template_frame(error)
            message = f'there is no template "{error.name}"'
            hint = None if filename else "reinstall synapse-gen"
            raise SynapseGenError(self._diagnostic("SYN201", message, filename, line, hint)) from error
        except jinja2.TemplateSyntaxError as error:
            raise SynapseGenError(
                self._diagnostic("SYN201", str(error.message), error.filename, error.lineno)
            ) from error
        except _UnreadableTemplateError as error:
            raise SynapseGenError(self._diagnostic("SYN201", error.reason, error.filename, None)) from error
        except (*_FAILURES, jinja2.TemplateError) as error:
            filename, line = _template_frame(error)
            message = next((words for kind, words in _OVERFLOWS.items() if isinstance(error, kind)), str(error))
            raise SynapseGenError(self._diagnostic("SYN202", message, filename, line)) from error
        if "\0" in text:
            filename = self._jinja.get_template(name).filename
            raise SynapseGenError(self._diagnostic("SYN202", "it prints a NUL character", filename, None))
        return text

    def _diagnostic(
        self, code: str, message: str, filename: str | None, line: int | None, hint: str | None = None
    ) -> Diagnostic:
        source_line = None
        path = filename or "templates"
        if filename and line:
            lines = Path(filename).read_text(encoding="utf-8", errors="replace").splitlines()
            source_line = lines[line - 1] if line <= len(lines) else None
        if filename and self._root and Path(filename).is_relative_to(self._root):
            path = Path(filename).relative_to(self._root).as_posix()
        where = Location(path, line) if filename else None
        return Diagnostic(code, f"template: {message}", where, source_line=source_line, hint=hint)


_FAILURES = (ArithmeticError, TypeError, ValueError, LookupError, AttributeError, RecursionError, MemoryError)
"""What a template's own expressions can raise."""
_OVERFLOWS: dict[type[Exception], str] = {
    RecursionError: "it calls itself without end",
    MemoryError: "it wants more memory than there is",
}


class _UnreadableTemplateError(Exception):
    """A template is there and cannot be read."""

    def __init__(self, filename: Path, reason: str) -> None:
        super().__init__(reason)
        self.filename = str(filename)
        self.reason = reason


class _Loader(jinja2.FileSystemLoader):
    """Reads templates; an override that is there and cannot be read is an error, not passed over."""

    def get_source(self, environment: jinja2.Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        for folder in self.searchpath:
            path = Path(folder, *jinja2.loaders.split_template_path(template))
            if (path.exists() or path.is_symlink()) and not path.is_file():
                raise _UnreadableTemplateError(path, "it is no file that can be read")
            if path.is_file():
                break
        try:
            return super().get_source(environment, template)
        except jinja2.TemplateNotFound:  # an OSError as well
            raise
        except UnicodeDecodeError as error:
            byte = error.object[error.start]
            reason = f"byte 0x{byte:02X} at offset {error.start} is not UTF-8; save it as UTF-8"
            raise _UnreadableTemplateError(path, reason) from error
        except OSError as error:
            raise _UnreadableTemplateError(path, f"it cannot be read: {error.strerror}") from error


def _template_frame(error: BaseException) -> tuple[str | None, int | None]:
    # Jinja rewrites tracebacks so that frames of a template carry its own file and line.
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.endswith(".j2")]
    return (frames[-1].filename, frames[-1].lineno) if frames else (None, None)


@cache
def _environment(folders: tuple[Path, ...]) -> jinja2.Environment:
    environment = jinja2.sandbox.ImmutableSandboxedEnvironment(
        loader=_Loader([str(f) for f in folders]),
        undefined=jinja2.StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters.update(_FILTERS)
    return environment


def _finalize(value: Any) -> Any:
    if isinstance(value, Quoted | jinja2.runtime.Undefined):
        return value
    raise UnquotedValueError(
        f"a value is printed unquoted: {type(value).__name__}; pass it through one of the filters "
        + ", ".join(sorted(_FILTERS))
    )


def _identifier(value: Any) -> Quoted:
    """Quote a T-SQL identifier or an object name."""
    return Quoted(value.quoted if isinstance(value, ObjectName) else quote_identifier(value))


def _literal(value: Any) -> Quoted:
    """Quote a T-SQL literal."""
    return Quoted(quote_literal(value))


def _url(value: Any) -> Quoted:
    """Quote a URL for COPY, whose grammar has a plain string there."""
    return Quoted(quote_literal(str(value), national=False))


def _sqltype(value: Any) -> Quoted:
    """Print a T-SQL type, which was parsed before."""
    if isinstance(value, SqlType):
        return Quoted(value.ddl)
    raise TypeError(f"{type(value).__name__} is not a T-SQL type")


def _python(value: Any) -> Quoted:
    """Quote a Python literal for a notebook's cell."""
    if isinstance(value, Quoted) or not _is_literal(value):
        raise TypeError(f"{type(value).__name__} is no plain value for a notebook")
    return Quoted(_python_literal(value))


def _comment(value: Any) -> Quoted:
    """Print text inside a one-line comment: no line end can leave it."""
    return Quoted(" ".join(str(value).split()))


def _is_literal(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_is_literal(k) and _is_literal(v) for k, v in value.items())
    if isinstance(value, list | tuple):
        return all(_is_literal(v) for v in value)
    return value is None or isinstance(value, str | int | float | bool)


def _python_literal(value: Any) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)  # a JSON string is a Python string
    if isinstance(value, dict):
        rows = "".join(f"    {_python_literal(k)}: {_python_literal(v)},\n" for k, v in value.items())
        return f"{{\n{rows}}}" if value else "{}"
    if isinstance(value, list | tuple):
        rows = "".join(f"    {_python_literal(v)},\n" for v in value)
        return f"[\n{rows}]" if value else "[]"
    return repr(value)


_FILTERS = {
    "comment": _comment,
    "identifier": _identifier,
    "literal": _literal,
    "python": _python,
    "sqltype": _sqltype,
    "url": _url,
}
