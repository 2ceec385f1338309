"""Stands in for Synapse's ``notebookutils`` (``mssparkutils``); refuses what the real one refuses.

Source: "Introduction to Microsoft Spark Utilities" for what each function does; signatures as the PyPI package
``dummy-notebookutils`` 1.6.3 declares them. What a local run does not have is refused by name.
"""

from . import credentials, env, fs, mssparkutils, notebook, runtime, session

__all__ = ["credentials", "env", "fs", "mssparkutils", "notebook", "runtime", "session"]
