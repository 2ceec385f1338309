"""YAML and JSON with the position of every key and value; duplicate keys are refused."""

from generator.source.document import KeyPath, Position, SourceDocument
from generator.source.json_reader import load_json
from generator.source.text import read_text
from generator.source.yaml_reader import load_yaml

__all__ = ["KeyPath", "Position", "SourceDocument", "load_json", "load_yaml", "read_text"]
