"""T-SQL as a dedicated SQL pool speaks it: identifiers, literals, types, batches."""
