"""The pipeline engine: runs published pipelines on this machine's engines."""
