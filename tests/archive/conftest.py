"""The archive of a test."""

from archives import archive

__all__ = ["archive"]
