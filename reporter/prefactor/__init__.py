"""All that knows the platform's wire format, and nothing else does."""
