"""Typed models of what people write, and reading them with every finding at once."""
