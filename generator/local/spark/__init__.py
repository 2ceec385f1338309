"""Notebooks on local Spark."""
