"""Synapse's data plane: artifacts, runs and what is said about the workspace."""
