"""synapse-gen: Azure Synapse pipelines as code."""
