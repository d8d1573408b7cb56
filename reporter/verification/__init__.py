"""Whether a run or a PDF is whole, unchanged, sealed by whom, and what its own evidence gives."""
