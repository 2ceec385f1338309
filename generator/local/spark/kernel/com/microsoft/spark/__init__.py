"""Namespace of the Spark pool's own packages."""
