"""The committed tree: canonical bytes, and reading and writing ``artifacts/`` and ``sql/``."""
