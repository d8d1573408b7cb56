"""Sealing: what makes it known who made a run, and that nobody changed it since. It takes the extra ``sign``."""
