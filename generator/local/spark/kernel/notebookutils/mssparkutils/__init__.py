"""The older name of ``notebookutils``: ``from notebookutils import mssparkutils``."""

from notebookutils import credentials, env, fs, notebook, runtime, session

from . import handlers

__all__ = ["credentials", "env", "fs", "handlers", "notebook", "runtime", "session"]
