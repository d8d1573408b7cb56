"""From the view to documents: one module per format, each with a ``render`` that is a plain callable."""
