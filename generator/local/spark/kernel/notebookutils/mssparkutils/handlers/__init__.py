"""Where the real package keeps what notebooks sometimes catch."""

from . import notebookHandler

__all__ = ["notebookHandler"]
