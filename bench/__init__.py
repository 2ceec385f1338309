"""Measures how fast the product is; nothing here is a test, and no test depends on a clock."""
