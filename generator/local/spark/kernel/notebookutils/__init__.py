"""Stands in for Synapse's ``notebookutils`` (``mssparkutils``); refuses what the real one refuses."""

from . import credentials, env, fs, notebook

__all__ = ["credentials", "env", "fs", "notebook"]
