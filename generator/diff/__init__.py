"""Two artifacts compared by what they mean: what does not count is in one table, each row with its reason."""

from generator.diff.fields import ABSENT, FieldChange, field_changes, is_secure
from generator.diff.normal import fingerprint, normalised

__all__ = ["ABSENT", "FieldChange", "field_changes", "fingerprint", "is_secure", "normalised"]
