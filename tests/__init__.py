"""The tests: real parts, both databases."""
