"""The formats of a check, made from its verdict."""
