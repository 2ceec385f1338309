"""Two artifacts compared by what they mean: what does not count is in one table, each row with its reason."""

from generator.diff.fields import ABSENT, FieldChange, field_changes
from generator.diff.normal import fingerprint, normalised

__all__ = ["ABSENT", "FieldChange", "field_changes", "fingerprint", "normalised"]
