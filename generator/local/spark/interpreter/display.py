"""``display`` and ``displayHTML``."""

from __future__ import annotations

from typing import Any

_ROWS = 20


def display(value: Any, summary: bool = False) -> None:
    """Show a value; of a Spark frame its first rows, or with ``summary`` its statistics."""
    from IPython.display import display as show

    if type(value).__module__.startswith("pyspark.sql") and hasattr(value, "show"):
        (value.summary() if summary else value).show(_ROWS, truncate=False)
    else:
        show(value)


def display_html(text: str) -> None:
    """Show HTML."""
    from IPython.display import HTML
    from IPython.display import display as show

    show(HTML(text))
