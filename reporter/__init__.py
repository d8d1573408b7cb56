"""Reads what AI agents declare about their data risk, and reports it to an auditor."""

__version__ = "0.1.0"
