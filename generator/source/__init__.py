"""YAML and JSON with the position of every key and value; duplicate keys are refused."""

from generator.source.document import KeyPath, SourceDocument
from generator.source.text import read_text
from generator.source.yaml_reader import load_yaml

__all__ = ["KeyPath", "SourceDocument", "load_yaml", "read_text"]
